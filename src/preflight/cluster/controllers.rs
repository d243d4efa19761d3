//! The controllers of Flux, the roles of their ServiceAccounts, and the CRDs.

use serde_json::Value;

use crate::flux::ConditionStatus;
use crate::flux::live::Workload;
use crate::preflight::fact::Fact;
use crate::preflight::facts::{Binding, ControllerFacts, CrdFacts};

/// The controllers of Flux 2.9, those of `--components-extra` last.
pub const CONTROLLERS: [&str; 7] = [
    "source-controller",
    "kustomize-controller",
    "helm-controller",
    "notification-controller",
    "image-reflector-controller",
    "image-automation-controller",
    "source-watcher",
];

const VERSION: &str = "app.kubernetes.io/version";
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
const PART_OF: &str = "app.kubernetes.io/part-of";

/// Who binds which ServiceAccount of a namespace.
#[derive(Clone, Debug, Default)]
pub struct Subjects(Vec<(Vec<String>, Binding)>);

impl Subjects {
    /// Reads ClusterRoleBindings, and RoleBindings of the namespace of Flux.
    pub fn of<'v>(bindings: impl IntoIterator<Item = &'v Value>, namespace: &str) -> Self {
        let all = bindings.into_iter();
        Subjects(all.filter_map(|object| bound(object, namespace)).collect())
    }

    fn of_account(&self, account: &str) -> Vec<Binding> {
        let binds = |names: &Vec<String>| names.iter().any(|name| name == account || name == "*");
        let all = self.0.iter().filter(|(names, _)| binds(names));
        all.map(|(_, binding)| binding.clone()).collect()
    }
}

/// Returns the ServiceAccounts that a binding names, `*` for all of the namespace; nothing where it names none.
fn bound(object: &Value, namespace: &str) -> Option<(Vec<String>, Binding)> {
    let text = |value: &Value, pointer: &str| -> Option<String> {
        Some(value.pointer(pointer)?.as_str()?.to_owned())
    };
    let own_group = format!("system:serviceaccounts:{namespace}");
    let role = text(object, "/roleRef/name")?;
    // Kubernetes itself lets all ServiceAccounts read a thing or two, by roles of its own: no right of Flux is among them.
    let is_usual = role.starts_with("system:");
    let subjects = object.get("subjects").and_then(Value::as_array)?.iter();
    let accounts = subjects.filter_map(|subject| {
        let (kind, name) = (text(subject, "/kind")?, text(subject, "/name")?);
        match kind.as_str() {
            "ServiceAccount" => {
                let of = text(subject, "/namespace");
                of.is_none_or(|of| of == namespace).then_some(name)
            }
            "User" => {
                let own = format!("system:serviceaccount:{namespace}:");
                Some(name.strip_prefix(&own)?.to_owned())
            }
            "Group" if !is_usual && (name == own_group || name == "system:serviceaccounts") => {
                Some("*".to_owned())
            }
            _ => None,
        }
    });
    let accounts: Vec<String> = accounts.collect();
    let binding = Binding {
        name: text(object, "/metadata/name")?,
        role,
        is_everywhere: text(object, "/kind")? == "ClusterRoleBinding",
    };
    (!accounts.is_empty()).then_some((accounts, binding))
}

/// Picks the controllers out of the Deployments of a namespace: those that say they are part of Flux, and those with the name
/// of a controller, as somebody makes by hand.
pub fn controllers(deployments: &[Value], subjects: &Fact<Subjects>) -> Vec<ControllerFacts> {
    let all = deployments.iter();
    all.filter_map(|object| controller(object, subjects))
        .collect()
}

fn controller(object: &Value, subjects: &Fact<Subjects>) -> Option<ControllerFacts> {
    let workload = Workload::of(object)?;
    let is_known = CONTROLLERS.contains(&workload.id.name.as_str());
    if !is_known && label(object, PART_OF) != Some("flux") {
        return None;
    }
    let account = object.pointer("/spec/template/spec/serviceAccountName");
    let account = account.and_then(Value::as_str).unwrap_or("default");
    let trouble = match workload.replicas {
        Some((_, 0)) => Some("it is scaled to 0".to_owned()),
        _ if workload.ready == ConditionStatus::True => None,
        _ => Some(workload.message),
    };
    let bound_by = subjects.as_ref().map_err(Clone::clone);
    Some(ControllerFacts {
        name: workload.id.name,
        image: workload.images.into_iter().next().unwrap_or_default(),
        version: label(object, VERSION).map(str::to_owned),
        trouble,
        service_account: account.to_owned(),
        bound_by: bound_by.map(|subjects| subjects.of_account(account)),
    })
}

/// Reads a CRD; nothing for what has no name.
pub fn crd(object: &Value) -> Option<CrdFacts> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let list = |pointer: &str| {
        let all = object.pointer(pointer).and_then(Value::as_array);
        all.into_iter().flatten()
    };
    let is_served = |version: &&Value| version.get("served") == Some(&Value::Bool(true));
    let served = list("/spec/versions").filter(is_served);
    let served = served.filter_map(|version| version.get("name")?.as_str());
    let stored = list("/status/storedVersions").filter_map(Value::as_str);
    Some(CrdFacts {
        name: text("/metadata/name")?.to_owned(),
        kind: text("/spec/names/kind")?.to_owned(),
        served: served.map(str::to_owned).collect(),
        stored: stored.map(str::to_owned).collect(),
        version: label(object, VERSION).map(str::to_owned),
        managed_by: label(object, MANAGED_BY).map(str::to_owned),
    })
}

fn label<'v>(object: &'v Value, name: &str) -> Option<&'v str> {
    object.pointer("/metadata/labels")?.get(name)?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::preflight::fact::Unavailable;

    fn binding(kind: &str, name: &str, role: &str, subjects: Value) -> Value {
        json!({
            "kind": kind, "metadata": {"name": name}, "roleRef": {"kind": "ClusterRole", "name": role},
            "subjects": subjects,
        })
    }

    fn account(name: &str, namespace: &str) -> Value {
        json!({"kind": "ServiceAccount", "name": name, "namespace": namespace})
    }

    fn deployment(name: &str, labels: Value, account: Option<&str>, ready: u64) -> Value {
        let mut pod = json!({"containers": [{"image": format!("ghcr.io/fluxcd/{name}:v1.0.0")}]});
        if let Some(account) = account {
            pod["serviceAccountName"] = account.into();
        }
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": name, "namespace": "flux-system", "labels": labels, "generation": 1},
            "spec": {"replicas": 1, "template": {"spec": pod}},
            "status": {"observedGeneration": 1, "updatedReplicas": 1, "readyReplicas": ready},
        })
    }

    #[test]
    fn a_controller_knows_who_binds_its_account() {
        let admins = json!([
            account("kustomize-controller", "flux-system"),
            account("x", "other")
        ]);
        let crds = json!([
            account("kustomize-controller", "flux-system"),
            account("image-reflector-controller", "other")
        ]);
        let bindings = [
            binding(
                "ClusterRoleBinding",
                "cluster-reconciler-flux-system",
                "cluster-admin",
                admins,
            ),
            binding(
                "ClusterRoleBinding",
                "crd-controller-flux-system",
                "crd-controller-flux-system",
                crds,
            ),
            binding(
                "RoleBinding",
                "local",
                "edit",
                json!([{"kind": "User", "name": "system:serviceaccount:flux-system:source-controller"}]),
            ),
            binding("ClusterRoleBinding", "nobody", "view", Value::Null),
        ];
        let subjects = Ok(Subjects::of(&bindings, "flux-system"));
        let flux = json!({PART_OF: "flux", VERSION: "v2.7.5"});
        let deployments = [
            deployment(
                "kustomize-controller",
                flux.clone(),
                Some("kustomize-controller"),
                1,
            ),
            deployment(
                "source-controller",
                flux.clone(),
                Some("source-controller"),
                0,
            ),
            deployment(
                "image-reflector-controller",
                json!({}),
                Some("image-reflector-controller"),
                1,
            ),
            deployment("web", json!({}), None, 1),
        ];
        let found = controllers(&deployments, &subjects);
        let names = |place: usize| {
            let bound = found[place].bound_by.as_ref().unwrap().iter();
            bound
                .map(|b| format!("{} {} {}", b.name, b.role, b.is_everywhere))
                .collect::<Vec<_>>()
        };
        assert_eq!(found.len(), 3);
        assert_eq!(
            names(0),
            [
                "cluster-reconciler-flux-system cluster-admin true",
                "crd-controller-flux-system crd-controller-flux-system true"
            ]
        );
        assert_eq!(found[0].version.as_deref(), Some("v2.7.5"));
        assert_eq!(found[0].trouble, None);
        assert_eq!(found[0].image, "ghcr.io/fluxcd/kustomize-controller:v1.0.0");
        assert_eq!(names(1), ["local edit false"]);
        assert_eq!(found[1].trouble.as_deref(), Some("0 of 1 pods are ready"));
        assert_eq!(names(2), [""; 0]);
        let groups = json!([{"kind": "Group", "name": "system:serviceaccounts:flux-system"}]);
        let all = Subjects::of(
            &[binding(
                "ClusterRoleBinding",
                "all",
                "cluster-admin",
                groups,
            )],
            "flux-system",
        );
        assert_eq!(all.of_account("whoever").len(), 1);
        // Every cluster has this one.
        let issuer = "system:service-account-issuer-discovery";
        let groups = json!([{"kind": "Group", "name": "system:serviceaccounts"}]);
        let usual = binding("ClusterRoleBinding", issuer, issuer, groups);
        let none = Subjects::of(&[usual], "flux-system");
        assert!(none.of_account("whoever").is_empty());
    }

    #[test]
    fn what_is_not_known_of_bindings_stays_unknown() {
        let unknown = Err(Unavailable::not_asked("forbidden"));
        let flux = json!({PART_OF: "flux"});
        let found = controllers(&[deployment("source-controller", flux, None, 1)], &unknown);
        assert!(found[0].bound_by.is_err());
        assert_eq!(found[0].service_account, "default");
        let mut none = deployment("source-controller", json!({}), None, 0);
        none["spec"]["replicas"] = 0.into();
        let found = controllers(&[none], &unknown);
        assert_eq!(found[0].trouble.as_deref(), Some("it is scaled to 0"));
    }

    #[test]
    fn a_crd_tells_served_and_stored_versions() {
        let object = json!({
            "metadata": {"name": "imagepolicies.image.toolkit.fluxcd.io", "labels": {VERSION: "v2.7.5", MANAGED_BY: "Helm"}},
            "spec": {"names": {"kind": "ImagePolicy"}, "versions": [
                {"name": "v1", "served": true}, {"name": "v1beta2", "served": true}, {"name": "v1beta1", "served": false},
            ]},
            "status": {"storedVersions": ["v1beta2", "v1"]},
        });
        let facts = crd(&object).unwrap();
        assert_eq!(
            (facts.served.join(" "), facts.stored.join(" ")),
            ("v1 v1beta2".to_owned(), "v1beta2 v1".to_owned())
        );
        assert_eq!(facts.managed_by.as_deref(), Some("Helm"));
        assert_eq!(crd(&json!({"metadata": {"name": "x"}})), None);
    }
}
