//! The names of a new service's files: as siblings name theirs, else sensible ones.

use super::Site;
use crate::scaffold::conventions::{Conventions, Learnt};
use crate::scaffold::layout::Role;
use crate::scaffold::names::{NAME, base, stem};
use crate::scaffold::spec::Workload;

impl Site {
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
        let name =
            learnt_name(conventions, role).unwrap_or_else(|| self.default_name(conventions, role));
        let name = match role {
            Role::Workload => of_workload(&name, workload),
            _ => name,
        };
        format!("{}/{}", self.main, name.replace(NAME, &self.name))
    }

    /// Returns a name for a role that no sibling has, in the manner of the others.
    fn default_name(&self, conventions: &Conventions, role: Role) -> String {
        let of = |role| learnt_name(conventions, role);
        let main = of(Role::Workload).or_else(|| of(Role::Release));
        if let Some(main) = &main
            && is_shared(conventions, main)
        {
            return main.clone();
        }
        let (workload, service) = (main, of(Role::Service));
        let stem = default_stem(role);
        let prefix = match workload.or(service) {
            Some(name) if name.starts_with("{name}-") => "{name}-",
            _ => "",
        };
        format!("{prefix}{stem}.{}", self.extension)
    }
}

/// Returns the name that siblings give to the file with this role, if that is more than one's whim.
fn learnt_name(conventions: &Conventions, role: Role) -> Option<String> {
    let Learnt {
        value, agree, of, ..
    } = conventions.files.by_role.get(&role)?;
    let is_usual = *agree > 1 || *of < 3 || value.contains(NAME);
    is_usual.then(|| base(value).to_owned())
}

/// Tells whether siblings put other things into the file of their workload.
fn is_shared(conventions: &Conventions, name: &str) -> bool {
    let roles = conventions.files.by_role.iter();
    let mut others = roles.filter(|(role, _)| !matches!(role, Role::Workload | Role::Release));
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
