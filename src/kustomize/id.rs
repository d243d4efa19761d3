//! The identity of objects: group, version, kind, namespace and name (kyaml 0.21 `resid`).

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use smol_str::SmolStr;

use super::selector::Identity;

/// The namespace that kustomize gives to objects that have none because they cannot.
pub(crate) const NO_NAMESPACE: &str = "_non_namespaceable_";

/// Group, version and kind. As a selector, empty parts select everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Gvk {
    /// For example `apps`; empty for the core group.
    pub group: SmolStr,
    /// For example `v1`.
    pub version: SmolStr,
    /// For example `Deployment`.
    pub kind: SmolStr,
}

impl Gvk {
    /// Reads `apps/v1` and a kind.
    pub(super) fn new(api_version: &str, kind: &str) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Gvk {
            group: group.into(),
            version: version.into(),
            kind: kind.into(),
        }
    }

    /// Tells whether this selector selects `other`.
    pub(super) fn selects(&self, other: &Gvk) -> bool {
        let fits = |want: &SmolStr, have: &SmolStr| want.is_empty() || want == have;
        fits(&self.kind, &other.kind)
            && fits(&self.group, &other.group)
            && fits(&self.version, &other.version)
    }

    /// Orders as kustomize orders field specifications: kinds that others refer to first.
    pub(super) fn order(&self) -> (i32, String) {
        let or = |text: &SmolStr, none: &str| {
            if text.is_empty() {
                none.into()
            } else {
                text.clone()
            }
        };
        let text = format!(
            "{}_{}_{}",
            or(&self.group, "~G"),
            or(&self.version, "~V"),
            or(&self.kind, "~K")
        );
        (super::order::rank(&self.kind), text)
    }
}

impl fmt::Display for Gvk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |text: &SmolStr, none: &'static str| {
            if text.is_empty() {
                none.into()
            } else {
                text.clone()
            }
        };
        write!(
            f,
            "{}.{}.{}",
            or(&self.kind, "[noKind]"),
            or(&self.version, "[noVer]"),
            or(&self.group, "[noGrp]")
        )
    }
}

/// The identity of one object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Id {
    /// What it is.
    pub gvk: Gvk,
    /// `metadata.name`.
    pub name: SmolStr,
    /// `metadata.namespace`, as written.
    pub namespace: SmolStr,
    /// Whether kustomize knows that objects of this kind have no namespace.
    pub cluster_scoped: bool,
    key: u64,
}

impl Id {
    /// Makes an identity.
    pub(super) fn new(gvk: Gvk, name: SmolStr, namespace: SmolStr, cluster_scoped: bool) -> Self {
        let mut id = Id {
            gvk,
            name,
            namespace,
            cluster_scoped,
            key: 0,
        };
        let mut hasher = DefaultHasher::new();
        (&id.gvk, &id.name, id.effective_namespace()).hash(&mut hasher);
        id.key = hasher.finish();
        id
    }

    /// Returns the namespace in which the object ends up, as far as one can tell here.
    pub(super) fn effective_namespace(&self) -> &str {
        if self.cluster_scoped {
            NO_NAMESPACE
        } else if self.namespace.is_empty() {
            "default"
        } else {
            &self.namespace
        }
    }

    /// Returns the parts that selectors look at.
    pub(crate) fn identity(&self) -> Identity<'_> {
        Identity {
            group: &self.gvk.group,
            version: &self.gvk.version,
            kind: &self.gvk.kind,
            name: &self.name,
            namespace: &self.namespace,
            effective_namespace: self.effective_namespace(),
        }
    }

    /// Tells whether both are in the same namespace.
    pub(super) fn same_namespace(&self, other: &Id) -> bool {
        self.effective_namespace() == other.effective_namespace()
    }
}

impl PartialEq for Id {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
            && self.name == other.name
            && self.gvk == other.gvk
            && self.same_namespace(other)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |text: &SmolStr, none: &'static str| {
            if text.is_empty() {
                none.into()
            } else {
                text.clone()
            }
        };
        write!(
            f,
            "{}/{}.{}",
            self.gvk,
            or(&self.name, "[noName]"),
            or(&self.namespace, "[noNs]")
        )
    }
}
