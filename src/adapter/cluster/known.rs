//! Under which path the server has a kind: known ones without asking, others from its discovery.

use serde::Deserialize;

use super::ResourceKind;
use crate::flux::live::FluxKind;

/// A kind in the version that questions are asked in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) plural: String,
    pub(super) is_namespaced: bool,
}

/// Kinds that every cluster has in these versions: group, version, kind, plural, whether in a namespace.
const BUILT_IN: [(&str, &str, &str, &str, bool); 20] = [
    ("", "v1", "ConfigMap", "configmaps", true),
    ("", "v1", "Event", "events", true),
    ("", "v1", "Namespace", "namespaces", false),
    ("", "v1", "Node", "nodes", false),
    ("", "v1", "PersistentVolume", "persistentvolumes", false),
    (
        "",
        "v1",
        "PersistentVolumeClaim",
        "persistentvolumeclaims",
        true,
    ),
    ("", "v1", "Pod", "pods", true),
    ("", "v1", "Secret", "secrets", true),
    ("", "v1", "Service", "services", true),
    ("", "v1", "ServiceAccount", "serviceaccounts", true),
    ("apps", "v1", "DaemonSet", "daemonsets", true),
    ("apps", "v1", "Deployment", "deployments", true),
    ("apps", "v1", "ReplicaSet", "replicasets", true),
    ("apps", "v1", "StatefulSet", "statefulsets", true),
    ("batch", "v1", "CronJob", "cronjobs", true),
    ("batch", "v1", "Job", "jobs", true),
    ("networking.k8s.io", "v1", "Ingress", "ingresses", true),
    (
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
        false,
    ),
    (
        "rbac.authorization.k8s.io",
        "v1",
        "ClusterRoleBinding",
        "clusterrolebindings",
        false,
    ),
    (
        "rbac.authorization.k8s.io",
        "v1",
        "RoleBinding",
        "rolebindings",
        true,
    ),
];

impl Served {
    /// Returns where a kind is in most clusters: the built-in ones, and those of Flux in the version of Flux 2.9.
    pub(super) fn usual(kind: &ResourceKind) -> Option<Self> {
        if let Some(flux) = FluxKind::of(&kind.group, &kind.kind) {
            let [group, version, kind, plural] =
                [flux.group, flux.version, flux.kind, flux.plural].map(str::to_owned);
            return Some(Served {
                group,
                version,
                kind,
                plural,
                is_namespaced: true,
            });
        }
        let fits = |row: &&(&str, _, &str, _, _)| row.0 == kind.group && row.2 == kind.kind;
        let &(group, version, kind, plural, is_namespaced) = BUILT_IN.iter().find(fits)?;
        let [group, version, kind, plural] = [group, version, kind, plural].map(str::to_owned);
        Some(Served {
            group,
            version,
            kind,
            plural,
            is_namespaced,
        })
    }

    /// Returns `<plural>.<group>`, as roles and `kubectl` name it.
    pub(super) fn resource_name(&self) -> String {
        match self.group.as_str() {
            "" => self.plural.clone(),
            group => format!("{}.{group}", self.plural),
        }
    }

    /// Returns `<group>/<version>`, as objects have it.
    pub(super) fn api_version(&self) -> String {
        match self.group.as_str() {
            "" => self.version.clone(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// Returns the path of the objects in a namespace, or of all.
    pub(super) fn path(&self, namespace: Option<&str>) -> String {
        let root = if self.group.is_empty() {
            "/api"
        } else {
            "/apis"
        };
        let version = self.api_version();
        match namespace.filter(|_| self.is_namespaced) {
            Some(namespace) => format!("{root}/{version}/namespaces/{namespace}/{}", self.plural),
            None => format!("{root}/{version}/{}", self.plural),
        }
    }
}

/// What discovery says of all groups at once (`apidiscovery.k8s.io`, Kubernetes 1.26 and newer).
#[derive(Debug, Default, Deserialize)]
pub(super) struct Discovery {
    items: Vec<Group>,
}

#[derive(Debug, Deserialize)]
struct Group {
    #[serde(default)]
    metadata: Named,
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Debug, Default, Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

#[derive(Debug, Deserialize)]
struct Version {
    version: String,
    #[serde(default)]
    resources: Vec<Resource>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    resource: String,
    #[serde(default)]
    response_kind: Kind,
    #[serde(default)]
    scope: String,
}

#[derive(Debug, Default, Deserialize)]
struct Kind {
    #[serde(default)]
    kind: String,
}

impl Discovery {
    /// Tells whether the server has a group.
    pub(super) fn has_group(&self, group: &str) -> bool {
        self.items.iter().any(|item| item.metadata.name == group)
    }

    /// Returns a kind in the newest version that has it; the server lists the preferred version first. Flux serves Receiver
    /// in v1, and Alert, of the same group, in v1beta3 only.
    pub(super) fn find(&self, kind: &ResourceKind) -> Option<Served> {
        let group = self
            .items
            .iter()
            .find(|item| item.metadata.name == kind.group)?;
        group.versions.iter().find_map(|version| {
            let mut all = version.resources.iter();
            let resource = all.find(|resource| resource.response_kind.kind == kind.kind)?;
            Some(Served {
                group: kind.group.to_string(),
                version: version.version.clone(),
                kind: kind.kind.to_string(),
                plural: resource.resource.clone(),
                is_namespaced: resource.scope == "Namespaced",
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn usual_kinds_need_no_discovery() {
        let path = |group: &str, kind: &str, namespace| {
            Some(Served::usual(&ResourceKind::new(group, kind))?.path(namespace))
        };
        assert_eq!(
            path("", "Pod", Some("x")).unwrap(),
            "/api/v1/namespaces/x/pods"
        );
        assert_eq!(path("", "Node", Some("x")).unwrap(), "/api/v1/nodes");
        assert_eq!(
            path("helm.toolkit.fluxcd.io", "HelmRelease", None).unwrap(),
            "/apis/helm.toolkit.fluxcd.io/v2/helmreleases"
        );
        assert_eq!(path("helm.cattle.io", "HelmChart", None), None);
    }

    #[test]
    fn a_kind_is_found_in_the_first_version_that_has_it() {
        let discovery: Discovery = serde_json::from_value(json!({"items": [
            {"metadata": {"name": "stale.example"}},
            {"metadata": {"name": "n.io"}, "versions": [
                {"version": "v1", "resources": [{"resource": "receivers", "responseKind": {"kind": "Receiver"}, "scope": "Namespaced"}]},
                {"version": "v1beta3", "resources": [{"resource": "alerts", "responseKind": {"kind": "Alert"}, "scope": "Cluster"}]},
            ]},
        ]}))
        .unwrap();
        let found = |kind| discovery.find(&ResourceKind::new("n.io", kind));
        assert_eq!(
            found("Alert").unwrap().path(Some("x")),
            "/apis/n.io/v1beta3/alerts"
        );
        assert_eq!(found("Receiver").unwrap().api_version(), "n.io/v1");
        assert_eq!(found("Provider"), None);
        assert!(discovery.has_group("stale.example") && !discovery.has_group("other"));
    }
}
