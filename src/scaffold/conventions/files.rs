//! The names of a service's files.

use std::collections::BTreeMap;

use crate::flux::kind;
use crate::scaffold::layout::Role;
use crate::scaffold::names::{self, base, is_within};

use super::learnt::{Learnt, Siblings};
use super::sibling::{Sibling, SiblingFile, root};
use crate::manifest::Place;

/// How files are named.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// The path of the file with each role within the service's folder, with `{name}` for the name of the service. Roles
    /// that share a file have the same path.
    pub by_role: BTreeMap<Role, Learnt<String>>,
    /// The same for the files of workloads, by their kinds.
    pub by_workload: BTreeMap<&'static str, Learnt<String>>,
    /// `yaml` or `yml`.
    pub extension: Option<Learnt<String>>,
    /// The namespace, with `{name}` for the name of the service.
    pub namespace: Option<Learnt<String>>,
    /// Whether objects name their namespace themselves.
    pub namespace_written: Option<Learnt<bool>>,
    /// The labels of namespaces, with `{name}` for the name of the service.
    pub namespace_labels: Option<Learnt<Vec<(String, String)>>>,
    /// The labels of workloads.
    pub labels: Option<Learnt<Vec<(String, String)>>>,
    /// The labels by which workloads select their pods.
    pub selector: Option<Learnt<Vec<(String, String)>>>,
}

/// Every role that a file of a service may have.
pub(super) const ROLES: [Role; 19] = [
    Role::Namespace,
    Role::Access,
    Role::Secret,
    Role::Claim,
    Role::Volume,
    Role::Config,
    Role::Workload,
    Role::Release,
    Role::Source,
    Role::Service,
    Role::Ingress,
    Role::NetworkPolicy,
    Role::Monitoring,
    Role::ImageRepository,
    Role::ImagePolicy,
    Role::ImageAutomation,
    Role::Kustomization,
    Role::FluxKustomization,
    Role::Patch,
];

impl Files {
    pub(super) fn learn(circle: &Siblings<'_>) -> Self {
        let by_role = ROLES.into_iter().filter_map(|role| {
            let learnt = circle.learn(|s| path_of(s, role, None))?;
            Some((role, learnt))
        });
        let by_workload = WORKLOADS.into_iter().filter_map(|kind| {
            let learnt = circle.learn(|s| path_of(s, Role::Workload, Some(kind)))?;
            Some((kind, learnt))
        });
        Files {
            by_role: by_role.collect(),
            by_workload: by_workload.collect(),
            extension: circle.learn(extension),
            namespace: circle.learn(namespace),
            namespace_written: circle.learn(namespace_written),
            namespace_labels: circle.learn(|s| labels(s, &["Namespace"], &["metadata", "labels"])),
            labels: circle.learn(|s| labels(s, &WORKLOADS, &["metadata", "labels"])),
            selector: circle.learn(|s| labels(s, &WORKLOADS, &["spec", "selector", "matchLabels"])),
        }
    }
}

pub(super) const WORKLOADS: [&str; 4] = ["Deployment", "StatefulSet", "DaemonSet", "CronJob"];

fn path_of(
    sibling: &Sibling<'_>,
    role: Role,
    wanted: Option<&'static str>,
) -> Option<(String, Place)> {
    let own = |path: &str| {
        sibling
            .service
            .folders
            .iter()
            .find(|f| is_within(path, f))
            .cloned()
    };
    // A file for this role alone says more than one that holds other things, too.
    let file = sibling
        .with(role)
        .filter(|f| own(&f.source.path).is_some())
        .filter(|f| wanted.is_none_or(|wanted| holds(f, wanted)))
        .min_by_key(|f| f.roles.len())?;
    let path: &str = &file.source.path;
    let relative = path.get(own(path)?.len()..)?.trim_start_matches('/');
    let objects = file.source.documents.iter().filter_map(root);
    let mut names = objects.filter_map(|object| object.text_at(&["metadata", "name"]));
    let pattern = names::file_pattern(relative, sibling.name(), names.next());
    Some((pattern, file.start()))
}

fn holds(file: &SiblingFile<'_>, wanted: &str) -> bool {
    let mut objects = file.source.documents.iter().filter_map(root);
    objects.any(|object| kind(object) == wanted)
}

fn extension(sibling: &Sibling<'_>) -> Option<(String, Place)> {
    let own = sibling
        .files
        .iter()
        .find(|f| sibling.is_own(&f.source.path))?;
    let (_, extension) = base(&own.source.path).rsplit_once('.')?;
    Some((extension.to_owned(), own.start()))
}

fn namespace(sibling: &Sibling<'_>) -> Option<(String, Place)> {
    let namespace = &sibling.service.namespace;
    let file = sibling.files.first().filter(|_| !namespace.is_empty())?;
    let written = sibling.objects().find_map(|node| {
        let written = node.at_path(&["metadata", "namespace"])?;
        (written.text() == Some(namespace)).then_some(written.place)
    });
    let place = written.unwrap_or_else(|| file.start());
    Some((sibling.pattern(namespace), place))
}

fn namespace_written(sibling: &Sibling<'_>) -> Option<(bool, Place)> {
    let kinds = WORKLOADS.into_iter().chain(["HelmRelease"]);
    let object = kinds.flat_map(|kind| sibling.of_kind(kind)).next()?;
    let written = object.at_path(&["metadata", "namespace"]);
    let place = written.map_or(object.place, |n| n.place);
    Some((written.is_some(), place))
}

/// Returns the labels in the first object of one of these kinds; none is an answer, too.
fn labels(
    sibling: &Sibling<'_>,
    kinds: &[&'static str],
    path: &[&str],
) -> Option<(Vec<(String, String)>, Place)> {
    let object = kinds.iter().flat_map(|kind| sibling.of_kind(kind)).next()?;
    let Some(node) = object.at_path(path) else {
        return Some((Vec::new(), object.place));
    };
    let pairs = node.entries().unwrap_or_default().iter().filter_map(|e| {
        let value = e.value.text()?;
        let value = names::pattern(value, sibling.name()).unwrap_or_else(|| value.to_owned());
        Some((e.key.text()?.to_owned(), value))
    });
    Some((pairs.collect(), node.place))
}
