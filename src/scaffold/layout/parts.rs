//! The files of a service and what each is for.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use crate::flux::{Cluster, IMAGE_GROUP, group, is_kustomization, kind};
use crate::image::{ImageObjects, marker};
use crate::kustomize;
use crate::manifest::{Node, Tree};
use crate::scaffold::names::is_within;

use super::folders::is_workload;

/// What a file is for. One file may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Namespace.
    Namespace,
    /// ServiceAccount, Role, RoleBinding and their cluster-wide kin.
    Access,
    /// Secret, SealedSecret, ExternalSecret.
    Secret,
    /// PersistentVolumeClaim.
    Claim,
    /// PersistentVolume.
    Volume,
    /// ConfigMap.
    Config,
    /// Deployment, StatefulSet, DaemonSet, CronJob, Job, Pod.
    Workload,
    /// HelmRelease.
    Release,
    /// HelmRepository, OCIRepository and other sources.
    Source,
    /// Service.
    Service,
    /// Ingress, IngressRoute, HTTPRoute.
    Ingress,
    /// NetworkPolicy of any make.
    NetworkPolicy,
    /// ServiceMonitor, PodMonitor, PrometheusRule.
    Monitoring,
    /// ImageRepository.
    ImageRepository,
    /// ImagePolicy.
    ImagePolicy,
    /// ImageUpdateAutomation.
    ImageAutomation,
    /// A kustomization file.
    Kustomization,
    /// A Flux Kustomization.
    FluxKustomization,
    /// A patch of an overlay.
    Patch,
    /// An input of a generator.
    Input,
    /// Anything else.
    Other,
}

/// One file of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Path relative to the repository root.
    pub path: Arc<str>,
    /// What it is for, in order, each once.
    pub roles: Vec<Role>,
}

impl Role {
    /// Returns the role that an object gives to its file.
    pub fn of(object: &Node) -> Role {
        if is_kustomization(object) {
            return Role::FluxKustomization;
        }
        match kind(object) {
            "Namespace" => Role::Namespace,
            "ServiceAccount" | "Role" | "RoleBinding" | "ClusterRole" | "ClusterRoleBinding" => {
                Role::Access
            }
            "Secret" | "SealedSecret" | "ExternalSecret" => Role::Secret,
            "PersistentVolumeClaim" => Role::Claim,
            "PersistentVolume" => Role::Volume,
            "ConfigMap" => Role::Config,
            "HelmRelease" => Role::Release,
            "HelmRepository" | "OCIRepository" | "GitRepository" | "HelmChart" | "Bucket" => {
                Role::Source
            }
            "Service" if group(object).is_empty() => Role::Service,
            "Ingress" | "IngressRoute" | "HTTPRoute" => Role::Ingress,
            "NetworkPolicy" | "CiliumNetworkPolicy" => Role::NetworkPolicy,
            "ServiceMonitor" | "PodMonitor" | "PrometheusRule" => Role::Monitoring,
            kind if is_workload(kind) => Role::Workload,
            kind if group(object) == IMAGE_GROUP => match kind {
                "ImageRepository" => Role::ImageRepository,
                "ImagePolicy" => Role::ImagePolicy,
                _ => Role::ImageAutomation,
            },
            _ => Role::Other,
        }
    }
}

/// The files that a cluster reads, by path, each with what it is for.
pub(super) struct Parts<'m> {
    tree: &'m Tree,
    files: BTreeMap<Arc<str>, Vec<Role>>,
    images: ImageObjects<'m>,
}

impl<'m> Parts<'m> {
    pub(super) fn of(cluster: &'m Cluster<'_>) -> Self {
        let tree = cluster.view.tree();
        let mut files = BTreeMap::new();
        for file in cluster.units.iter().flat_map(|u| &u.files) {
            files
                .entry(file.path.clone())
                .or_insert_with(|| roles(tree, file));
        }
        Parts {
            tree,
            files,
            images: ImageObjects::of(cluster),
        }
    }

    /// Returns the files at and below a folder.
    pub(super) fn below<'p>(&'p self, folder: &'p str) -> impl Iterator<Item = Part> + use<'p, 'm> {
        self.files
            .range::<str, _>((Bound::Included(folder), Bound::Unbounded))
            .take_while(move |(path, _)| path.starts_with(folder))
            .filter(move |(path, _)| is_within(path, folder))
            .map(|(path, roles)| part(path, roles))
    }

    /// Returns one file.
    pub(super) fn file(&self, path: &str) -> Option<Part> {
        let (path, roles) = self.files.get_key_value(path)?;
        Some(part(path, roles))
    }

    /// Returns the files of the image objects that the markers in `parts` name and that are not among them.
    pub(super) fn of_images(&self, parts: &[Part]) -> Vec<Part> {
        let mut found: Vec<Part> = Vec::new();
        for marked in parts {
            let text = self.tree.id(&marked.path).and_then(|id| self.tree.file(id));
            let text = text.and_then(|f| f.known_text());
            if !text.is_some_and(|t| t.contains("$imagepolicy")) {
                continue;
            }
            for path in self.paths_of_images(&marked.path) {
                let known = |p: &Part| p.path.as_ref() == path;
                if !parts.iter().any(known) && !found.iter().any(known) {
                    found.extend(self.file(path));
                }
            }
        }
        found
    }

    fn paths_of_images(&self, marked: &str) -> Vec<&'m str> {
        let mut paths = Vec::new();
        let Some(source) = self.tree.source(marked) else {
            return paths;
        };
        for setter in marker::scan(&source)
            .markers
            .into_iter()
            .filter_map(|m| m.body.ok())
        {
            let Some(policy) = self.images.policy(&setter.namespace, &setter.name) else {
                continue;
            };
            paths.push(policy.applied.origin.path.as_str());
            let repository = self.images.repository_of(policy);
            paths.extend(repository.map(|r| r.applied.origin.path.as_str()));
            let automations = self.images.automations.iter();
            let writing = automations.filter(|a| a.updates(policy, marked));
            paths.extend(writing.map(|a| a.object.applied.origin.path.as_str()));
        }
        paths
    }
}

fn part(path: &Arc<str>, roles: &[Role]) -> Part {
    Part {
        path: path.clone(),
        roles: roles.to_vec(),
    }
}

fn roles(tree: &Tree, file: &kustomize::Reached) -> Vec<Role> {
    match file.role {
        kustomize::Role::Kustomization => vec![Role::Kustomization],
        kustomize::Role::Patch => vec![Role::Patch],
        kustomize::Role::GeneratorInput => vec![Role::Input],
        kustomize::Role::Configuration => vec![Role::Other],
        kustomize::Role::Resource => {
            let source = tree.source(&file.path);
            let documents = source.iter().flat_map(|s| &s.documents);
            let mut roles: Vec<Role> = Vec::new();
            for role in documents.filter_map(|d| d.root.as_ref()).map(Role::of) {
                if !roles.contains(&role) {
                    roles.push(role);
                }
            }
            roles
        }
    }
}
