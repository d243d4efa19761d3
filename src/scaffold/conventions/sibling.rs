//! One service as an example: its files as they are written.

use std::sync::Arc;

use crate::flux::kind;
use crate::manifest::{Document, FileId, Node, Place, SourceFile, Span, Tree};
use crate::scaffold::layout::{Registration, Role, Service};
use crate::scaffold::names::{self, NAME};

/// The kind that a service may share with all others, under any name.
const SHARED: &str = "ImageUpdateAutomation";

/// A sibling service with its files.
pub(crate) struct Sibling<'m> {
    pub(crate) service: &'m Service,
    pub(crate) files: Vec<SiblingFile<'m>>,
}

/// One file of a sibling.
pub(crate) struct SiblingFile<'m> {
    pub(crate) source: Arc<SourceFile>,
    pub(crate) roles: &'m [Role],
}

impl<'m> Sibling<'m> {
    pub(crate) fn of(tree: &Tree, service: &'m Service) -> Self {
        let files = service.parts.iter().filter_map(|part| {
            // Inputs of generators are anything; reading them as YAML takes time and tells nothing.
            let is_yaml = part.path.ends_with(".yaml") || part.path.ends_with(".yml");
            if !is_yaml || part.roles.contains(&Role::Input) {
                return None;
            }
            Some(SiblingFile {
                source: tree.source(&part.path)?,
                roles: &part.roles,
            })
        });
        Sibling {
            service,
            files: files.collect(),
        }
    }

    /// Returns its name.
    pub(crate) fn name(&self) -> &str {
        &self.service.name
    }

    /// Returns `text` with `{name}` for the sibling's name, if that occurs.
    pub(crate) fn pattern(&self, text: &str) -> String {
        names::pattern(text, self.name()).unwrap_or_else(|| text.to_owned())
    }

    /// Returns the files with this role, its own first.
    pub(crate) fn with(&self, role: Role) -> impl Iterator<Item = &SiblingFile<'m>> {
        self.files.iter().filter(move |f| f.roles.contains(&role))
    }

    /// Returns the objects in its files as they are written, aliases expanded.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &Node> {
        let objects = self.files.iter().filter(|f| !f.is_patch());
        objects.flat_map(|f| f.source.documents.iter().filter_map(root))
    }

    /// Returns the objects of one kind that belong to the sibling: in shared files, those that are named after it.
    pub(crate) fn of_kind(&self, wanted: &'static str) -> impl Iterator<Item = &Node> {
        self.files
            .iter()
            .filter(|f| !f.is_patch())
            .flat_map(move |file| {
                let objects = file.source.documents.iter().filter_map(root);
                objects
                    .filter(move |node| kind(node) == wanted && self.owns(node, &file.source.path))
            })
    }

    /// Tells whether an object is its own: in shared files, one that is named after it, or the one kind that is shared.
    pub(crate) fn owns(&self, object: &Node, path: &str) -> bool {
        let name = || object.text_at(&["metadata", "name"]).unwrap_or_default();
        self.is_own(path) || kind(object) == SHARED || names::pattern(name(), self.name()).is_some()
    }

    /// Tells whether a file stands in its folder.
    pub(crate) fn is_own(&self, path: &str) -> bool {
        let folders = self.service.folders.iter();
        folders.clone().any(|folder| names::is_within(path, folder))
    }

    /// Returns the first host under which it is reached.
    pub(crate) fn host(&self) -> Option<&str> {
        super::network::host(self)?.text()
    }

    /// Returns its first Flux Kustomization as it is written, with its file and document.
    pub(crate) fn unit(&self) -> Option<(&SourceFile, &Document, &Node)> {
        self.service.registrations.iter().find_map(|r| {
            let Registration::Document { file, document, .. } = r else {
                return None;
            };
            let file = self.files.iter().find(|f| f.source.path == *file)?;
            let document = file.source.documents.get(*document)?;
            Some((file.source.as_ref(), document, root(document)?))
        })
    }

    /// Returns the first text at the end of `path` in objects of one kind, with its place.
    pub(crate) fn text(&self, kind: &'static str, path: &[&str]) -> Option<(String, Place)> {
        self.of_kind(kind)
            .find_map(|node| placed(node.at_path(path)?))
    }

    /// Like `text`, with `{name}` for its name.
    pub(crate) fn text_pattern(
        &self,
        kind: &'static str,
        path: &[&str],
    ) -> Option<(String, Place)> {
        let (text, place) = self.text(kind, path)?;
        Some((self.pattern(&text), place))
    }
}

impl SiblingFile<'_> {
    fn is_patch(&self) -> bool {
        let kinds = [Role::Patch, Role::Input, Role::Kustomization];
        self.roles.iter().any(|role| kinds.contains(role))
    }

    /// Returns the place of its beginning.
    pub(crate) fn start(&self) -> Place {
        start(self.source.id)
    }
}

/// Returns the place of a file's beginning.
pub(crate) fn start(file: FileId) -> Place {
    Place {
        file,
        span: Span::new(0, 0),
    }
}

/// Returns the tree of a document, aliases expanded.
pub(crate) fn root(document: &Document) -> Option<&Node> {
    document.resolved()?.ok()
}

/// Returns the text of a scalar that is not empty, with its place.
pub(crate) fn placed(node: &Node) -> Option<(String, Place)> {
    let text = node.text().filter(|t| !t.is_empty())?;
    Some((text.to_owned(), node.place))
}

/// Returns the pattern of a host: its first label is the service's, whatever it is, where at least two follow.
pub(crate) fn host_pattern(host: &str, name: &str) -> String {
    if let Some(pattern) = names::pattern(host, name) {
        return pattern;
    }
    let is_template = host.contains("{{") || host.starts_with("${APP");
    match host.split_once('.') {
        Some((first, rest))
            if !is_template
                && !first.is_empty()
                && (rest.contains('.') || rest.starts_with("${")) =>
        {
            format!("{NAME}.{rest}")
        }
        _ => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_begin_with_the_name() {
        assert_eq!(
            host_pattern("romm.lab.example.dev", "romm"),
            "{name}.lab.example.dev"
        );
        assert_eq!(
            host_pattern("home.lab.example.dev", "homepage"),
            "{name}.lab.example.dev"
        );
        assert_eq!(
            host_pattern("pw.${DOMAIN}", "vaultwarden"),
            "{name}.${DOMAIN}"
        );
        assert_eq!(host_pattern("example.dev", "site"), "example.dev");
        let template = "{{ .Release.Name }}.example.dev";
        assert_eq!(host_pattern(template, "romm"), template);
    }
}
