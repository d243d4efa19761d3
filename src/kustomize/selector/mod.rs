//! Which objects a patch or replacement is for (kustomize api 0.21 `types.SelectorRegex`, `resmap.Select`).

mod labels;
mod pattern;

use labels::LabelSelector;
use pattern::Pattern;

use crate::manifest::Node;

/// An identity of an object: what it is now, or was before a transformer renamed it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Identity<'a> {
    /// For example `apps`; empty for the core group.
    pub group: &'a str,
    /// For example `v1`.
    pub version: &'a str,
    /// For example `Deployment`.
    pub kind: &'a str,
    /// `metadata.name`.
    pub name: &'a str,
    /// The namespace as written.
    pub namespace: &'a str,
    /// The namespace in which the object ends up: `default` where none is written, and kustomize's own word for objects
    /// that cannot have one.
    pub effective_namespace: &'a str,
}

/// A selector of objects. Everything that it says must fit; empty parts fit everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selector {
    group: Pattern,
    version: Pattern,
    kind: Pattern,
    name: Pattern,
    namespace: Pattern,
    labels: String,
    annotations: String,
}

impl Selector {
    /// Reads `target` of a patch, or `select` and `reject` of a replacement.
    ///
    /// # Errors
    /// One of the patterns is no regular expression.
    pub(crate) fn read(node: &Node) -> Result<Self, String> {
        let text = |key| {
            let value = node.get(key).filter(|value| !value.is_null());
            value.and_then(Node::text).unwrap_or_default()
        };
        Ok(Selector {
            group: Pattern::new(text("group"))?,
            version: Pattern::new(text("version"))?,
            kind: Pattern::new(text("kind"))?,
            name: Pattern::new(text("name"))?,
            namespace: Pattern::new(text("namespace"))?,
            labels: text("labelSelector").to_owned(),
            annotations: text("annotationSelector").to_owned(),
        })
    }

    /// Tells whether a patch with this target is for the object. Name and namespace may fit the original identity or the
    /// current one, each for itself; the kind must fit the current one.
    ///
    /// # Errors
    /// The label or annotation selector cannot be read. As in kustomize that shows only when the rest fits.
    pub(crate) fn matches(
        &self,
        original: Identity<'_>,
        current: Identity<'_>,
        node: &Node,
    ) -> Result<bool, String> {
        let either = |pattern: &Pattern, a, b| pattern.matches(a) || pattern.matches(b);
        let (old, new) = (original.effective_namespace, current.effective_namespace);
        if !either(&self.namespace, old, new) || !either(&self.name, original.name, current.name) {
            return Ok(false);
        }
        Ok(self.matches_kind(current) && self.matches_metadata(node)?)
    }

    /// Tells whether group, version, kind, name and namespace fit one identity, as targets of replacements want it.
    pub(crate) fn matches_identity(&self, id: Identity<'_>) -> bool {
        self.matches_kind(id) && self.name.matches(id.name) && self.namespace.matches(id.namespace)
    }

    fn matches_kind(&self, id: Identity<'_>) -> bool {
        self.group.matches(id.group)
            && self.version.matches(id.version)
            && self.kind.matches(id.kind)
    }

    /// Tells whether the object's labels and annotations fit.
    ///
    /// # Errors
    /// The label or annotation selector cannot be read.
    pub(crate) fn matches_metadata(&self, node: &Node) -> Result<bool, String> {
        let fits = |selector: &str, field| -> Result<bool, String> {
            if selector.is_empty() {
                return Ok(true);
            }
            let values = node.at_path(&["metadata", field]);
            let get = |key: &str| values?.get(key).map(|v| v.text().unwrap_or_default());
            Ok(LabelSelector::parse(selector)?.matches(get))
        };
        Ok(fits(&self.labels, "labels")? && fits(&self.annotations, "annotations")?)
    }

    /// Tells whether it asks for labels or annotations.
    pub(crate) fn asks_for_metadata(&self) -> bool {
        !self.labels.is_empty() || !self.annotations.is_empty()
    }

    /// Tells whether it asks for any part of an identity.
    pub(crate) fn asks_for_identity(&self) -> bool {
        let parts = [
            &self.group,
            &self.version,
            &self.kind,
            &self.name,
            &self.namespace,
        ];
        !parts.into_iter().all(Pattern::is_any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{FileId, SourceFile};

    fn parse(text: &str) -> Node {
        let file = SourceFile::parse(FileId::NONE, "", text);
        file.documents[0].root.clone().unwrap()
    }

    const NEW: Identity<'_> = Identity {
        group: "apps",
        version: "v1",
        kind: "Deployment",
        name: "dev-app",
        namespace: "",
        effective_namespace: "default",
    };

    fn matches(selector: &str) -> bool {
        let node = parse("metadata: {labels: {app: x, n: 5}, annotations: {a: ''}}");
        let old = Identity { name: "app", ..NEW };
        Selector::read(&parse(selector))
            .unwrap()
            .matches(old, NEW, &node)
            .unwrap()
    }

    #[test]
    fn everything_must_fit_as_a_whole() {
        assert!(matches("{}"));
        assert!(matches("{kind: Deploy.*, name: app, namespace: default}"));
        assert!(matches("{name: 'dev-app|other', group: apps, version: v1}"));
        assert!(!matches("{kind: Deploy}"));
        assert!(!matches("{name: ap}"));
        assert!(!matches("{namespace: other}"));
        assert!(matches(
            "{labelSelector: 'app=x,n>4', annotationSelector: 'a=,!b'}"
        ));
        assert!(!matches("{labelSelector: 'app in (y,z)'}"));
    }

    #[test]
    fn a_bad_label_selector_shows_only_when_the_rest_fits() {
        let try_it = |text| {
            Selector::read(&parse(text))
                .unwrap()
                .matches(NEW, NEW, &Node::mapping())
        };
        assert_eq!(try_it("{kind: Pod, labelSelector: '='}"), Ok(false));
        assert!(try_it("{labelSelector: '='}").is_err());
        assert!(Selector::read(&parse("{name: '('}")).is_err());
    }
}
