//! The image objects of a cluster, read from what its units apply.

use super::policy_spec::TagPolicySpec;
use crate::flux::{self, Applied, Cluster, IMAGE_GROUP, ObjectRef, SourceOf};
use crate::manifest::{Node, Place};

/// The ImagePolicies, ImageRepositories and ImageUpdateAutomations of one cluster.
#[derive(Default)]
pub struct ImageObjects<'m> {
    /// ImagePolicies.
    pub policies: Vec<ImageObject<'m>>,
    /// ImageRepositories.
    pub repositories: Vec<ImageObject<'m>>,
    /// ImageUpdateAutomations.
    pub automations: Vec<Automation<'m>>,
}

/// One applied image object.
#[derive(Clone)]
pub struct ImageObject<'m> {
    /// Namespace and name after rendering. May hold `${...}` where a variable is unknown.
    pub id: ObjectRef,
    /// The index of its unit in the cluster.
    pub unit: usize,
    /// The object.
    pub applied: &'m Applied,
}

/// One applied ImageUpdateAutomation.
#[derive(Clone)]
pub struct Automation<'m> {
    /// The object.
    pub object: ImageObject<'m>,
    /// `spec.update.path`, clamped to the repository root; empty for the whole repository.
    pub path: String,
    /// Whether its source shows this repository.
    pub source: SourceOf,
    /// `spec.suspend`.
    pub suspended: bool,
}

impl<'m> ImageObjects<'m> {
    /// Collects the image objects that `cluster` applies, whatever their version.
    pub fn of(cluster: &'m Cluster<'_>) -> Self {
        let mut found = ImageObjects::default();
        for (unit, applied) in cluster.objects() {
            if flux::group(&applied.node) != IMAGE_GROUP {
                continue;
            }
            let object = ImageObject {
                id: ObjectRef::of(&applied.node),
                unit,
                applied,
            };
            match flux::kind(&applied.node) {
                "ImagePolicy" => found.policies.push(object),
                "ImageRepository" => found.repositories.push(object),
                "ImageUpdateAutomation" => found.automations.push(Automation::of(cluster, object)),
                _ => {}
            }
        }
        found
    }

    /// Returns the policy of this namespace and name.
    pub fn policy(&self, namespace: &str, name: &str) -> Option<&ImageObject<'m>> {
        self.policies
            .iter()
            .find(|p| p.id.namespace == namespace && p.id.name == name)
    }

    /// Returns the repository that a policy names: its namespace is the policy's own unless given.
    pub fn repository_of(&self, policy: &ImageObject<'_>) -> Option<&ImageObject<'m>> {
        let id = policy.repository_ref();
        self.repositories.iter().find(|r| r.id == id)
    }

    /// Reads what a policy and its repository say about choosing tags.
    pub fn tag_policy(&self, policy: &ImageObject<'_>) -> TagPolicySpec {
        TagPolicySpec::of(
            policy.node(),
            self.repository_of(policy).map(ImageObject::node),
        )
    }
}

impl<'m> ImageObject<'m> {
    /// Returns the object's tree.
    pub fn node(&self) -> &'m Node {
        &self.applied.node
    }

    /// Returns the place of the field at `path`, else of its nearest parent, else of the object.
    pub fn place(&self, path: &[&str]) -> Place {
        let whole = self.applied.origin.place;
        (0..=path.len())
            .rev()
            .filter_map(|n| self.node().at_path(path.get(..n)?))
            .map(|node| node.place)
            .find(|place| place.is_known())
            .unwrap_or(whole)
    }

    /// Returns `spec.imageRepositoryRef`, with the policy's namespace where it names none.
    pub fn repository_ref(&self) -> ObjectRef {
        let field = |key| {
            self.node()
                .text_at(&["spec", "imageRepositoryRef", key])
                .filter(|t| !t.is_empty())
        };
        let namespace = field("namespace").unwrap_or(&self.id.namespace);
        ObjectRef::new(namespace, field("name").unwrap_or_default())
    }

    /// Tells whether a part of the identity is a variable that cannot be known offline.
    pub fn has_unknown_name(&self) -> bool {
        self.id.name.contains("${") || self.id.namespace.contains("${")
    }
}

impl<'m> Automation<'m> {
    fn of(cluster: &Cluster<'_>, object: ImageObject<'m>) -> Self {
        let spec = |path: &[&str]| object.node().at_path(path);
        let text = |path: &[&str]| spec(path).and_then(Node::text).filter(|t| !t.is_empty());
        let kind = text(&["spec", "sourceRef", "kind"]).unwrap_or("GitRepository");
        let namespace = text(&["spec", "sourceRef", "namespace"]).unwrap_or(&object.id.namespace);
        let name = text(&["spec", "sourceRef", "name"]).unwrap_or_default();
        let source = cluster.source_is_here(kind, &ObjectRef::new(namespace, name));
        let path = flux::folder(text(&["spec", "update", "path"]).unwrap_or_default());
        let suspended = spec(&["spec", "suspend"])
            .and_then(Node::as_bool)
            .unwrap_or(false);
        Automation {
            object,
            path,
            source,
            suspended,
        }
    }

    /// Tells whether it would write a marker for `policy` in `file`.
    pub fn updates(&self, policy: &ImageObject<'_>, file: &str) -> bool {
        self.object.id.namespace == policy.id.namespace
            && !self.suspended
            && self.source == SourceOf::Here
            && self.covers(file)
            && self.selects(policy)
    }

    /// Tells whether `update.path` contains the file at `file`.
    pub fn covers(&self, file: &str) -> bool {
        let below = file.strip_prefix(self.path.as_str());
        self.path.is_empty() || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Tells whether `policySelector` matches the policy; an absent selector matches every one.
    pub fn selects(&self, policy: &ImageObject<'_>) -> bool {
        let Some(selector) = self.object.node().at_path(&["spec", "policySelector"]) else {
            return true;
        };
        let label = |key: &str| {
            policy
                .node()
                .at_path(&["metadata", "labels"])
                .and_then(|l| l.get(key))
                .and_then(Node::text)
        };
        let labels = selector
            .get("matchLabels")
            .and_then(Node::entries)
            .unwrap_or_default();
        let equal = labels
            .iter()
            .all(|e| e.key.text().is_some_and(|key| label(key) == e.value.text()));
        let expressions = selector
            .get("matchExpressions")
            .and_then(Node::items)
            .unwrap_or_default();
        equal && expressions.iter().all(|e| expression_holds(e, &label))
    }
}

/// Judges one entry of `matchExpressions` (apimachinery `LabelSelectorAsSelector`).
fn expression_holds<'l>(expression: &Node, label: &dyn Fn(&str) -> Option<&'l str>) -> bool {
    let value = expression.text_at(&["key"]).and_then(label);
    let values = expression
        .get("values")
        .and_then(Node::items)
        .unwrap_or_default();
    let listed = || value.is_some_and(|v| values.iter().any(|n| n.text() == Some(v)));
    match expression.text_at(&["operator"]) {
        Some("In") => listed(),
        Some("NotIn") => !listed(),
        Some("Exists") => value.is_some(),
        Some("DoesNotExist") => value.is_none(),
        _ => false,
    }
}
