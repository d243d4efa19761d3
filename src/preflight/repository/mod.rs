//! Facts of the repository, from its files and from what git says.

mod builds;
mod crds;
mod flux_folder;
mod graph;
mod kinds;
mod made;
mod needed;
mod old_apis;
mod order;
mod purpose;
mod remotes;
mod schemes;
mod wanted;

pub(in crate::preflight) use remotes::address;

use super::facts::RepositoryFacts;
use std::collections::HashSet;

use crate::flux::{Applied, Cluster, Model, ObjectRef, SourceOf, Unit, Variables, kind};
use crate::manifest::{Node, Place, Tree};

/// What git says; nothing of it outside of a work tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitFacts {
    /// The remotes: name, and URL with whatever credentials it holds.
    pub remotes: Vec<(String, String)>,
    /// The branch that is checked out; none on a detached head.
    pub branch: Option<String>,
    /// The commit that is checked out; none before the first one.
    pub head: Option<String>,
    /// The remote's branch that it follows.
    pub upstream: Option<String>,
    /// Commits that the remote does not have, and the other way round.
    pub ahead_behind: Option<(usize, usize)>,
    /// How many files differ from the last commit.
    pub uncommitted: usize,
}

/// Collects what is known of the repository, and of one of its clusters: the only one if none is named.
pub fn repository_facts(
    git: GitFacts,
    model: &Model<'_>,
    cluster: Option<usize>,
) -> RepositoryFacts {
    let of_git = RepositoryFacts {
        remotes: git.remotes.iter().map(remotes::remote).collect(),
        branch: git.branch,
        head: git.head,
        upstream: git.upstream,
        ahead_behind: git.ahead_behind,
        uncommitted: git.uncommitted,
        clusters: clusters(model),
        ..RepositoryFacts::default()
    };
    let only = (model.clusters.len() == 1).then_some(0);
    let cluster = cluster.or(only).and_then(|at| model.clusters.get(at));
    match cluster {
        Some(cluster) => of_cluster(of_git, &Look::new(model.tree, cluster)),
        None => of_git,
    }
}

fn clusters(model: &Model<'_>) -> Vec<(String, String)> {
    let folder = |cluster: &Cluster<'_>| {
        let root = cluster.units.first()?;
        match cluster.is_bootstrapped() {
            true => Some(root.path.clone()),
            false => declared_folder(&cluster.name, root.origin.as_ref()?.path.as_ref()),
        }
    };
    let all = model.clusters.iter();
    all.map(|cluster| (cluster.name.clone(), folder(cluster).unwrap_or_default()))
        .collect()
}

/// Returns the folder of a cluster that was never bootstrapped: the one of its name on the way to its first file.
fn declared_folder(name: &str, path: &str) -> Option<String> {
    let mut folders = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
    let folder = folders.find(|folder| folder.rsplit('/').next() == Some(name))?;
    Some(folder.to_owned())
}

fn of_cluster(of_git: RepositoryFacts, look: &Look<'_, '_>) -> RepositoryFacts {
    let folder = flux_folder::FluxFolder::of(look);
    RepositoryFacts {
        same_path: folder.same_path,
        patches: folder.patches,
        installed: folder.installed,
        operator: kinds::operator(look),
        image_kinds: kinds::image_kinds(look),
        needed_components: kinds::needed_components(look),
        automations: kinds::automations(look, folder.sync.as_ref()),
        secret_schemes: schemes::of(look),
        needed_secrets: when_certain(look, || needed::secrets(look, folder.sync.as_ref())),
        own_children: when_certain(look, || crds::own_children(look)),
        namespace_order: when_certain(look, || order::namespaces(look)),
        old_apis: old_apis::of(look),
        broken_builds: when_certain(look, || builds::broken(look)),
        is_incomplete: look.is_incomplete(),
        sync: folder.sync,
        ..of_git
    }
}

fn when_certain<T>(look: &Look<'_, '_>, found: impl FnOnce() -> Vec<T>) -> Vec<T> {
    match look.is_certain() {
        true => found(),
        false => Vec::new(),
    }
}

/// The number of the unit that `flux bootstrap` will make, in a cluster that was never bootstrapped.
const ROOT: usize = usize::MAX;

/// A cluster, and the files that it is made of.
struct Look<'m, 't> {
    tree: &'m Tree,
    cluster: &'m Cluster<'t>,
    /// What the root of a cluster that was never bootstrapped will apply.
    root: Option<Unit>,
}

impl<'m, 't> Look<'m, 't> {
    fn new(tree: &'m Tree, cluster: &'m Cluster<'t>) -> Self {
        let root = match cluster.is_bootstrapped() {
            true => None,
            false => future_root(cluster),
        };
        Look {
            tree,
            cluster,
            root,
        }
    }

    /// Returns all objects with the index of their unit.
    fn objects(&self) -> impl Iterator<Item = (usize, &Applied)> {
        let root = self.root.iter().flat_map(|root| &root.objects);
        let root = root.map(|applied| (ROOT, applied));
        root.chain(self.cluster.objects())
    }

    /// Returns a unit by its index.
    fn unit(&self, index: usize) -> Option<&Unit> {
        match index {
            ROOT => self.root.as_ref(),
            index => self.cluster.units.get(index),
        }
    }

    /// Returns all units with their indices.
    fn units(&self) -> impl Iterator<Item = (usize, &Unit)> {
        let root = self.root.iter().map(|root| (ROOT, root));
        root.chain(self.cluster.units.iter().enumerate())
    }

    /// Returns the files that some unit reads.
    fn reached(&self) -> HashSet<&str> {
        let files = self.units().flat_map(|(_, unit)| &unit.files);
        files.map(|file| file.path.as_ref()).collect()
    }

    /// Returns file and line of a place, else of the object that it belongs to.
    fn place(&self, place: Place, applied: &Applied) -> String {
        let place = Some(place).filter(|place| place.is_known());
        let location = self.tree.location(place.unwrap_or(applied.origin.place));
        match location {
            Some(location) => format!("{}:{}", location.file, location.line),
            None => applied.origin.path.to_string(),
        }
    }

    /// Returns file and line of a field, else of its nearest parent, else of the object.
    fn place_of(&self, applied: &Applied, path: &[&str]) -> String {
        let parents = (1..=path.len()).rev().filter_map(|n| path.get(..n));
        let nodes = parents.filter_map(|path| applied.node.at_path(path));
        let place = nodes.map(|node| node.place).find(|place| place.is_known());
        self.place(place.unwrap_or(applied.origin.place), applied)
    }

    /// Returns namespace and name of an object; one without a namespace is taken for one of its unit's, unless its kind is
    /// one of the whole cluster, such as ClusterIssuer.
    fn id(&self, unit: usize, node: &Node) -> ObjectRef {
        let id = ObjectRef::of(node);
        let is_of_cluster = kind(node)
            .strip_prefix("Cluster")
            .is_some_and(|rest| !rest.is_empty());
        if !id.namespace.is_empty() || is_of_cluster {
            return id;
        }
        let unit = self.unit(unit);
        ObjectRef::new(unit.map_or("", |unit| unit.id.namespace.as_str()), id.name)
    }

    /// Returns the namespace of Flux: that of the first unit.
    fn flux_namespace(&self) -> String {
        let first = self.units().next();
        first.map_or_else(String::new, |(_, unit)| unit.id.namespace.clone())
    }

    /// Returns namespace and name of a unit.
    fn unit_id(&self, unit: usize) -> ObjectRef {
        let unit = self.unit(unit);
        unit.map(|unit| unit.id.clone()).unwrap_or_default()
    }

    /// Tells whether a part of the cluster cannot be seen.
    fn is_incomplete(&self) -> bool {
        let is_partial = self.units().any(|(_, unit)| {
            !unit.incomplete.is_empty()
                || unit.failure.is_some()
                || !unit.problems.is_empty()
                || unit.source != SourceOf::Here
        });
        is_partial || !self.is_certain()
    }

    /// Tells whether it is known what the cluster applies: in a repository without a bootstrap, and without a folder of the
    /// cluster, everything that looks like a Flux Kustomization is taken for one that is applied.
    fn is_certain(&self) -> bool {
        self.cluster.is_bootstrapped() || !self.cluster.name.is_empty()
    }
}

/// Renders what `flux bootstrap` will let its Kustomization apply: the folder of the cluster.
fn future_root(cluster: &Cluster<'_>) -> Option<Unit> {
    let origin = cluster.units.first()?.origin.as_ref()?;
    let folder = declared_folder(&cluster.name, origin.path.as_ref())?;
    let record = |fields: &[(&str, &str)]| {
        let mut node = Node::mapping();
        for (key, value) in fields {
            node.set(key, Node::string(*value));
        }
        node
    };
    let mut kustomization = record(&[]);
    let name = "flux-system";
    kustomization.set("metadata", record(&[("name", name), ("namespace", name)]));
    kustomization.set("spec", record(&[("path", folder.as_str())]));
    let mut unit = Unit::new(kustomization, None, None, SourceOf::Here);
    unit.render(&cluster.view, &Variables::default());
    Some(unit)
}

/// Tells whether a text holds a variable that is not known.
fn is_open(text: &str) -> bool {
    text.contains("${")
}

#[cfg(test)]
mod tests;
