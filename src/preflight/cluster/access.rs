//! What a user must be allowed to do in a cluster for `flux bootstrap` to go through.

use crate::preflight::facts::{Level, Permission};

/// Something that bootstrap does in the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// The verb, as roles name it.
    pub verb: &'static str,
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The plural.
    pub resource: &'static str,
    /// Whether it is done in the namespace of Flux only.
    pub in_namespace: bool,
}

const fn everywhere(verb: &'static str, group: &'static str, resource: &'static str) -> Need {
    Need {
        verb,
        group,
        resource,
        in_namespace: false,
    }
}

const fn inside(verb: &'static str, group: &'static str, resource: &'static str) -> Need {
    Need {
        verb,
        group,
        resource,
        in_namespace: true,
    }
}

const RBAC: &str = "rbac.authorization.k8s.io";
const CRDS: &str = "apiextensions.k8s.io";

/// What bootstrap does, in its order: server-side apply of what `flux install` generates (create and patch; roles that give
/// more than the user has need `escalate` and `bind`), then the Secret, then the sync objects (flux2 v2.9.5
/// `pkg/bootstrap/bootstrap_plain_git.go`, `manifests/`).
pub const NEEDS: [Need; 24] = [
    everywhere("create", "", "namespaces"),
    everywhere("patch", "", "namespaces"),
    everywhere("get", CRDS, "customresourcedefinitions"),
    everywhere("create", CRDS, "customresourcedefinitions"),
    everywhere("patch", CRDS, "customresourcedefinitions"),
    everywhere("create", RBAC, "clusterroles"),
    everywhere("patch", RBAC, "clusterroles"),
    everywhere("escalate", RBAC, "clusterroles"),
    everywhere("bind", RBAC, "clusterroles"),
    everywhere("create", RBAC, "clusterrolebindings"),
    everywhere("patch", RBAC, "clusterrolebindings"),
    inside("create", "", "serviceaccounts"),
    inside("create", "", "services"),
    inside("create", "", "resourcequotas"),
    inside("create", "apps", "deployments"),
    inside("patch", "apps", "deployments"),
    inside("create", "networking.k8s.io", "networkpolicies"),
    inside("get", "", "secrets"),
    inside("create", "", "secrets"),
    inside("update", "", "secrets"),
    inside("create", crate::flux::SOURCE_GROUP, "gitrepositories"),
    inside("patch", crate::flux::SOURCE_GROUP, "gitrepositories"),
    inside("create", crate::flux::KUSTOMIZE_GROUP, "kustomizations"),
    inside("patch", crate::flux::KUSTOMIZE_GROUP, "kustomizations"),
];

impl Need {
    /// Returns the fact that a cluster's answer makes.
    pub fn answered(&self, namespace: &str, is_allowed: bool) -> Permission {
        let dot = if self.group.is_empty() { "" } else { "." };
        let inside = match self.in_namespace {
            true => format!(" -n {namespace}"),
            false => String::new(),
        };
        Permission {
            what: format!("{} {}{dot}{}{inside}", self.verb, self.resource, self.group),
            level: Level::Bootstrap,
            is_allowed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_is_named_as_kubectl_auth_can_i_takes_it() {
        let named = |need: &Need| need.answered("flux-system", true).what;
        let all: Vec<String> = NEEDS.iter().map(named).collect();
        assert_eq!(all.first().unwrap(), "create namespaces");
        assert!(all.contains(&"bind clusterroles.rbac.authorization.k8s.io".to_owned()));
        assert!(all.contains(&"update secrets -n flux-system".to_owned()));
        let mut once = all.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), all.len());
    }
}
