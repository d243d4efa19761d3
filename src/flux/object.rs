//! Names of things: kinds, references, and the identity of an object.

use std::fmt;

use crate::manifest::Node;

/// The API group of Flux Kustomizations.
pub const KUSTOMIZE_GROUP: &str = "kustomize.toolkit.fluxcd.io";
/// The API group of sources.
pub const SOURCE_GROUP: &str = "source.toolkit.fluxcd.io";
/// The API group of image policies, repositories and automations.
pub const IMAGE_GROUP: &str = "image.toolkit.fluxcd.io";
/// The API group of flux-operator.
pub const OPERATOR_GROUP: &str = "fluxcd.controlplane.io";

/// A namespace and a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectRef {
    /// Empty for cluster-scoped objects, and where no namespace is given.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl ObjectRef {
    /// Makes a reference.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        ObjectRef {
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    /// Returns the reference that an object's metadata makes.
    pub fn of(node: &Node) -> Self {
        let field = |key| node.text_at(&["metadata", key]).unwrap_or_default();
        ObjectRef::new(field("namespace"), field("name"))
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            f.write_str(&self.name)
        } else {
            write!(f, "{}/{}", self.namespace, self.name)
        }
    }
}

/// Returns the API group of an object, empty for the core group.
pub fn group(node: &Node) -> &str {
    node.text_at(&["apiVersion"])
        .and_then(|v| v.split_once('/'))
        .map_or("", |(group, _)| group)
}

/// Returns the kind of an object.
pub fn kind(node: &Node) -> &str {
    node.text_at(&["kind"]).unwrap_or_default()
}

/// Tells whether an object is of this group and kind, whatever the version.
pub fn is(node: &Node, of_group: &str, of_kind: &str) -> bool {
    kind(node) == of_kind && group(node) == of_group
}

/// Tells whether `node` is a Flux Kustomization (not a kustomization file).
pub fn is_kustomization(node: &Node) -> bool {
    is(node, KUSTOMIZE_GROUP, "Kustomization")
}

/// Returns the pod spec of a built-in workload.
pub fn pod_spec(object: &Node) -> Option<&Node> {
    let path: &[&str] = match kind(object) {
        "Pod" => &["spec"],
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" => {
            &["spec", "template", "spec"]
        }
        _ => return None,
    };
    object.at_path(path)
}
