//! The names of a new service's files: as siblings name theirs, else sensible ones.

use super::Site;
use crate::scaffold::conventions::Conventions;
use crate::scaffold::layout::Role;
use crate::scaffold::names::{NAME, base, stem};
use crate::scaffold::spec::Workload;

impl Site {
    /// Returns the folder in which its manifests stand: its own, or one below.
    pub fn main(&self) -> &str {
        &self.main
    }

    /// Tells whether the service is one file among others.
    pub fn is_one_file(&self) -> bool {
        self.file.is_some()
    }

    /// Returns the path of the file for documents with this role. Several roles may share one.
    pub fn file_of(&self, conventions: &Conventions, workload: Workload, role: Role) -> String {
        match role {
            Role::Kustomization => {
                if let Some(path) = &self.kustomization {
                    return path.clone();
                }
            }
            Role::FluxKustomization => {
                if let Some((file, _)) = &self.unit {
                    return file.clone();
                }
            }
            _ => {}
        }
        if let Some(file) = &self.file {
            return file.clone();
        }
        let folder = match (role, self.overlay_of_namespace()) {
            (Role::Namespace, Some(overlay)) => overlay,
            _ => &self.main,
        };
        let name = self.name_of(conventions, workload, role);
        format!("{folder}/{}", name.replace(NAME, &self.name))
    }

    /// Returns the name of a file, with `{name}` for the name of the service.
    fn name_of(&self, conventions: &Conventions, workload: Workload, role: Role) -> String {
        if role == Role::Workload
            && let Some(name) = of_kind(conventions, workload)
        {
            return name;
        }
        let main = learnt_name(conventions, Role::Workload);
        let main = main.or_else(|| learnt_name(conventions, Role::Release));
        let shared = main.filter(|main| is_shared(conventions, main));
        let learnt = learnt_name(conventions, role);
        let name = match (learnt, shared) {
            (Some(learnt), Some(shared)) if !is_frequent(conventions, role) => {
                return if learnt == shared { learnt } else { shared };
            }
            (Some(learnt), _) => learnt,
            (None, Some(shared)) => shared,
            (None, None) => self.default_name(conventions, role),
        };
        match role {
            Role::Workload => of_workload(&name, workload),
            _ => name,
        }
    }

    /// Returns a name for a role that no sibling has, in the manner of the others.
    fn default_name(&self, conventions: &Conventions, role: Role) -> String {
        let stem = default_stem(role);
        let of = |role| learnt_name(conventions, role);
        let prefix = match of(Role::Workload).or_else(|| of(Role::Service)) {
            Some(name) if name.starts_with("{name}-") => "{name}-",
            _ => "",
        };
        format!("{prefix}{stem}.{}", self.extension)
    }
}

/// Returns the name that siblings give to the file with this role, if it says what the file is for: it has the service's
/// name or a word for the role.
fn learnt_name(conventions: &Conventions, role: Role) -> Option<String> {
    let name = base(&conventions.files.by_role.get(&role)?.value);
    let stem = stem(name).to_lowercase();
    let says = words(role).iter().any(|word| stem.contains(word));
    (says || stem.contains(NAME)).then(|| name.to_owned())
}

/// Returns the name that siblings give to the file of another kind of workload than most have.
fn of_kind(conventions: &Conventions, workload: Workload) -> Option<String> {
    let kind = match workload {
        Workload::StatefulSet => "StatefulSet",
        Workload::CronJob => "CronJob",
        _ => return None,
    };
    let name = base(&conventions.files.by_workload.get(kind)?.value);
    let words = ["stateful", "cron", "job", NAME];
    let says = words.iter().any(|word| name.to_lowercase().contains(word));
    says.then(|| name.to_owned())
}

/// Tells whether at least a quarter of the siblings have a file with this role and the usual name.
fn is_frequent(conventions: &Conventions, role: Role) -> bool {
    let learnt = conventions.files.by_role.get(&role);
    learnt.is_some_and(|l| l.agree * 4 >= conventions.siblings.len())
}

/// Returns the words by which the name of a file says what the file is for.
fn words(role: Role) -> &'static [&'static str] {
    match role {
        Role::Namespace => &["namespace", "ns"],
        Role::Access => &["rbac", "account", "role", "access"],
        Role::Secret => &["secret"],
        Role::Claim => &["pvc", "claim", "volume", "storage", "data"],
        Role::Volume => &["pv", "volume", "nfs", "storage"],
        Role::Config => &["config", "cm"],
        Role::Workload => &[
            "deploy", "stateful", "daemon", "cron", "workload", "app", "server",
        ],
        Role::Release => &["release", "hr", "helm", "chart"],
        Role::Source => &["repo", "source", "chart", "oci"],
        Role::Service => &["service", "svc"],
        Role::Ingress => &["ingress", "route"],
        Role::NetworkPolicy => &["policy", "policies", "netpol", "network"],
        Role::Monitoring => &["monitor", "rule", "prometheus", "alert"],
        Role::ImageRepository | Role::ImagePolicy | Role::ImageAutomation => &[
            "image",
            "repo",
            "policy",
            "policies",
            "automation",
            "registry",
            "update",
        ],
        Role::Kustomization | Role::FluxKustomization => {
            &["kustomization", "ks", "install", "flux"]
        }
        Role::Patch | Role::Input | Role::Other => &[],
    }
}

/// Tells whether siblings put other things into the file of their workload.
fn is_shared(conventions: &Conventions, name: &str) -> bool {
    let roles = conventions.files.by_role.iter();
    // A chart's source beside its release is no reason to put everything there.
    let own = |role: &Role| matches!(role, Role::Workload | Role::Release | Role::Source);
    let mut others = roles.filter(|(role, _)| !own(role));
    others.any(|(_, learnt)| base(&learnt.value) == name)
}

/// Returns the name of a workload's file for another kind of workload.
fn of_workload(name: &str, workload: Workload) -> String {
    let own = match workload {
        Workload::Deployment => "deployment",
        Workload::StatefulSet => "statefulset",
        Workload::CronJob => "cronjob",
        _ => return name.to_owned(),
    };
    let kinds = [
        "deployment",
        "statefulset",
        "stateful-set",
        "daemonset",
        "daemon-set",
        "cronjob",
        "cron-job",
        "deploy-job",
    ];
    let stem = stem(name);
    let found = kinds.iter().find(|kind| stem.contains(**kind));
    match found {
        Some(kind) if kind.replace('-', "") != own => name.replacen(kind, own, 1),
        _ => name.to_owned(),
    }
}

fn default_stem(role: Role) -> &'static str {
    match role {
        Role::Namespace => "namespace",
        Role::Access => "rbac",
        Role::Secret => "external-secret",
        Role::Claim => "pvc",
        Role::Volume => "nfs-pv",
        Role::Config => "configmap",
        Role::Workload => "deployment",
        Role::Release => "helmrelease",
        Role::Source => "source",
        Role::Service => "service",
        Role::Ingress => "ingress",
        Role::NetworkPolicy => "network-policy",
        Role::Monitoring => "monitoring",
        Role::ImageRepository => "image-repository",
        Role::ImagePolicy => "image-policy",
        Role::ImageAutomation => "image-automation",
        Role::Kustomization => "kustomization",
        Role::FluxKustomization => "ks",
        Role::Patch => "patch",
        Role::Input | Role::Other => "other",
    }
}
