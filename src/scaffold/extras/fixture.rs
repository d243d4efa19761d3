//! Small repositories for the tests of places outside a service's folder.

use crate::flux::Model;
use crate::manifest::Tree;
use crate::scaffold::plan::{Draft, Plan};
use crate::scaffold::spec::ServiceSpec;

use super::Wish;

const SYNC: &str = "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: flux-system
  namespace: flux-system
spec:
  url: https://example.org/me/repo
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: flux-system
  namespace: flux-system
spec:
  path: ./apps
  sourceRef:
    kind: GitRepository
    name: flux-system
";

/// A time in tests.
pub(super) const NOW: &str = "2026-11-21T13:10:00Z";

/// Returns a repository whose folder `apps` is applied as it is.
pub(super) fn tree(files: &[(&str, &str)]) -> Tree {
    let sync = ("apps/flux-system/gotk-sync.yaml", SYNC);
    Tree::of_texts(files.iter().copied().chain([sync]))
}

/// Renders it.
pub(super) fn model(tree: &Tree) -> Model<'_> {
    Model::of(tree, Some("https://example.org/me/repo"))
}

/// Returns a service with host, port and probe.
pub(super) fn service() -> ServiceSpec {
    ServiceSpec {
        name: "paper-less".to_owned(),
        namespace: "paper".to_owned(),
        description: Some("Documents".to_owned()),
        port: Some(8000),
        host: Some("paper.lab.example.org".to_owned()),
        probe: Some("/api/health".to_owned()),
        ..ServiceSpec::default()
    }
}

/// Returns what every place is told in tests.
pub(super) fn wish() -> Wish<'static> {
    Wish {
        now: NOW,
        ..Wish::default()
    }
}

/// Returns a file as a draft leaves it.
pub(super) fn after(draft: Draft<'_>, path: &str) -> String {
    let Plan { changes, .. } = draft.finish();
    let change = changes.into_iter().find(|change| change.path == path);
    change.map(|change| change.after).unwrap_or_default()
}
