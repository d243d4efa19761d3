//! Sources: whether one shows this repository, and which revision of it.

use super::super::generator::folder;
use super::super::object::{ObjectRef, SOURCE_GROUP, is};
use super::super::roots;
use super::super::unit::SourceOf;
use super::Cluster;
use crate::manifest::Node;

/// A source, as `sourceRef` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SourceRef {
    kind: String,
    id: ObjectRef,
}

impl Cluster<'_> {
    /// Tells whose files the source of a Flux Kustomization shows.
    pub(super) fn source_of(&self, kustomization: &Node, is_root: bool) -> SourceOf {
        let reference = source_ref(kustomization);
        let path = folder(kustomization.text_at(&["spec", "path"]).unwrap_or_default());
        if self.source.is_none() {
            return self.guessed_source(&reference, &path, is_root);
        }
        match self.source_is_here(&reference.kind, &reference.id) {
            SourceOf::Here => self.revision_of(&reference),
            elsewhere => elsewhere,
        }
    }

    /// Without a bootstrap nothing says which source shows this repository: one that has the unit's folder does, unless
    /// the folder is the root, which every repository has.
    fn guessed_source(&self, reference: &SourceRef, path: &str, is_root: bool) -> SourceOf {
        let SourceRef { kind, id } = reference;
        if !path.is_empty() && self.view.tree().is_dir(path) {
            return SourceOf::Here;
        }
        match roots::declared_source_url(self.view.tree(), kind, id) {
            Some(url) if self.urls.contains(&normalized_url(&url)) => SourceOf::Here,
            Some(url) if id.name != "flux-system" => SourceOf::Elsewhere(url),
            _ if is_root => SourceOf::Here,
            _ => self.source_is_here(kind, id),
        }
    }

    /// Tells whether a source of this repository shows the branch that the root's source shows, or another revision.
    fn revision_of(&self, reference: &SourceRef) -> SourceOf {
        let revision = |reference: &SourceRef| {
            let SourceRef { kind, id } = reference;
            let found =
                self.find(|node| is(node, SOURCE_GROUP, kind) && ObjectRef::of(node) == *id);
            found.map(|object| revision(&object.node))
        };
        let root = self.source.as_ref().and_then(revision);
        match (root, revision(reference)) {
            (Some(root), Some(own)) if root != own => {
                SourceOf::Elsewhere(format!("this repository at {own}"))
            }
            _ => SourceOf::Here,
        }
    }

    /// Tells whether a source shows this repository: the root's own source, or one with the same URL.
    pub fn source_is_here(&self, of_kind: &str, id: &ObjectRef) -> SourceOf {
        let reference = SourceRef {
            kind: of_kind.to_owned(),
            id: id.clone(),
        };
        if self.source.as_ref() == Some(&reference) {
            return SourceOf::Here;
        }
        let found = self.find(|node| is(node, SOURCE_GROUP, of_kind) && ObjectRef::of(node) == *id);
        match found.and_then(|o| o.node.text_at(&["spec", "url"])) {
            Some(url) if self.urls.contains(&normalized_url(url)) => SourceOf::Here,
            Some(_) if self.source.is_none() && self.urls.is_empty() => SourceOf::Here,
            Some(url) => SourceOf::Elsewhere(url.to_owned()),
            None if self.source.is_none() => SourceOf::Here,
            None => SourceOf::Elsewhere(format!("{of_kind} {id}")),
        }
    }

    /// Tells whether the repository holds the cluster's bootstrap, and with it the source of its root.
    pub fn is_bootstrapped(&self) -> bool {
        self.source.is_some()
    }

    /// Tells whether `id` is the source of the root, which a FluxInstance may imply without any file.
    pub fn applies_source(&self, id: &ObjectRef) -> bool {
        self.source
            .as_ref()
            .is_some_and(|s| s.kind == "GitRepository" && s.id == *id)
    }

    /// Tells whether a source belongs to another owner than this repository does, as far as their URLs tell.
    pub(super) fn is_foreign(&self, source: &str) -> bool {
        let is_url = source.contains("://") || source.contains('@');
        is_url
            && !self.urls.is_empty()
            && !self
                .urls
                .iter()
                .any(|own| owner(own) == owner(&normalized_url(source)))
    }
}

pub(super) fn source_ref(kustomization: &Node) -> SourceRef {
    let field = |key| {
        kustomization
            .text_at(&["spec", "sourceRef", key])
            .filter(|t| !t.is_empty())
    };
    let own = kustomization
        .text_at(&["metadata", "namespace"])
        .unwrap_or_default();
    SourceRef {
        kind: field("kind").unwrap_or("GitRepository").to_owned(),
        id: ObjectRef::new(
            field("namespace").unwrap_or(own),
            field("name").unwrap_or_default(),
        ),
    }
}

/// Returns what of a git repository a source shows; a source without a branch is taken for one of the default branch.
fn revision(source: &Node) -> String {
    let field = |key| {
        source
            .text_at(&["spec", "ref", key])
            .filter(|t| !t.is_empty())
    };
    let pinned = ["commit", "name", "semver", "tag"];
    match pinned.into_iter().find_map(field) {
        Some(pinned) => pinned.to_owned(),
        None => match field("branch") {
            None | Some("main" | "master") => "the default branch".to_owned(),
            Some(branch) => format!("the branch {branch}"),
        },
    }
}

/// Returns host and path of a git URL, so that ssh and https spellings of one repository agree.
pub(super) fn normalized_url(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let rest = rest.trim_end_matches('/').trim_end_matches(".git");
    rest.replacen(':', "/", 1).to_lowercase()
}

/// Returns host and owner of a normalized URL.
fn owner(url: &str) -> &str {
    url.match_indices('/')
        .nth(1)
        .and_then(|(at, _)| url.get(..at))
        .unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::super::Model;
    use super::*;
    use crate::manifest::Tree;

    #[test]
    fn urls_of_one_repository_agree() {
        let same = [
            "https://github.com/me/home.git",
            "ssh://git@github.com/me/home",
            "git@github.com:me/home.git",
        ];
        assert!(
            same.iter()
                .all(|url| normalized_url(url) == "github.com/me/home")
        );
    }

    const SYNC: &str = "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: https://github.com/me/home, ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: clusters/a, sourceRef: {kind: GitRepository, name: flux-system}}
";

    fn tenant(url: &str, branch: &str, path: &str) -> String {
        format!(
            "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: team, namespace: flux-system}}
spec: {{url: {url}, ref: {{branch: {branch}}}}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: team, namespace: flux-system}}
spec: {{path: {path}, sourceRef: {{kind: GitRepository, name: team}}}}
"
        )
    }

    fn source_of_team(files: &[(&str, &str)]) -> SourceOf {
        let tree = Tree::of_texts(files.iter().copied());
        let model = Model::of(&tree, None);
        let mut units = model.clusters.iter().flat_map(|c| &c.units);
        let team = units
            .find(|u| u.id.name == "team")
            .map(|u| u.source.clone());
        team.expect("the unit is there")
    }

    #[test]
    fn a_source_with_another_branch_is_elsewhere() {
        let of = |url, branch| {
            let team = tenant(url, branch, "./apps");
            source_of_team(&[
                ("clusters/a/flux-system/gotk-sync.yaml", SYNC),
                ("clusters/a/team.yaml", &team),
            ])
        };
        assert_eq!(of("ssh://git@github.com/me/home", "main"), SourceOf::Here);
        let here = "https://github.com/me/home";
        assert!(matches!(of(here, "team"), SourceOf::Elsewhere(_)));
        let there = "https://github.com/you/home";
        assert!(matches!(of(there, "main"), SourceOf::Elsewhere(_)));
    }

    #[test]
    fn without_a_bootstrap_the_folder_tells_the_source() {
        let of = |path| {
            let team = tenant("https://example.com/charts", "main", path);
            source_of_team(&[("ks/team.yaml", &team), ("apps/a.yaml", "")])
        };
        assert_eq!(of("./apps"), SourceOf::Here);
        assert!(matches!(of("./"), SourceOf::Elsewhere(_)));
    }
}
