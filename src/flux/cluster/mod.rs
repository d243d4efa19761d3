//! Clusters: the units that start at one root, and the objects that they apply together.

mod discover;
mod order;
mod render;
mod source;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use rayon::prelude::*;

use self::source::SourceRef;
use super::roots;
use super::source_view::SourceView;
use super::unit::{Applied, Unit, Unseen};
use crate::manifest::{Node, Tree};

/// What one cluster applies from this repository.
pub struct Cluster<'t> {
    /// The last part of its root's path, or empty.
    pub name: String,
    /// Its units; parents come before their children.
    pub units: Vec<Unit>,
    /// The repository as its source shows it.
    pub view: SourceView<'t>,
    source: Option<SourceRef>,
    urls: Vec<String>,
}

/// All clusters of a repository.
pub struct Model<'t> {
    /// The files.
    pub tree: &'t Tree,
    /// The clusters, by the path of their root.
    pub clusters: Vec<Cluster<'t>>,
    /// The files, by path, that some unit reads.
    pub reached: HashSet<Arc<str>>,
}

impl<'t> Model<'t> {
    /// Renders everything that Flux would apply from `tree`. `remote` is the URL of git's remote, if known.
    pub fn of(tree: &'t Tree, remote: Option<&str>) -> Self {
        let mut clusters: Vec<Cluster<'t>> = roots::bootstrapped(tree)
            .into_par_iter()
            .map(|root| Cluster::of_root(tree, root, remote))
            .collect();
        let unclaimed = discover::unclaimed(tree, &clusters);
        clusters.extend(discover::without_bootstrap(
            tree, unclaimed, &clusters, remote,
        ));
        clusters.sort_by(|a, b| a.name.cmp(&b.name));
        let files = clusters
            .iter()
            .flat_map(|c| &c.units)
            .flat_map(|u| &u.files);
        let reached = files.map(|f| f.path.clone()).collect();
        Model {
            tree,
            clusters,
            reached,
        }
    }

    /// Tells whether some unit applies or reads the file at `path`.
    pub fn is_reached(&self, path: &str) -> bool {
        self.reached.contains(path)
    }
}

impl Cluster<'_> {
    /// Returns all objects with the index of their unit.
    pub fn objects(&self) -> impl Iterator<Item = (usize, &Applied)> {
        self.units
            .iter()
            .enumerate()
            .flat_map(|(index, unit)| unit.objects.iter().map(move |o| (index, o)))
    }

    /// Returns the namespaces in which the cluster may hold objects that cannot be seen: those of parts that cannot be
    /// rendered offline, and of units of other repositories.
    pub fn unseen(&self) -> Unseen {
        let mut all = BTreeSet::new();
        for unit in &self.units {
            match unit.unseen(&self.view, |source| self.is_foreign(source)) {
                Unseen::Anywhere => return Unseen::Anywhere,
                Unseen::In(namespaces) => all.extend(namespaces),
            }
        }
        Unseen::In(all)
    }

    fn find(&self, is_it: impl Fn(&Node) -> bool) -> Option<&Applied> {
        self.units
            .iter()
            .flat_map(|u| &u.objects)
            .find(|o| is_it(&o.node))
    }
}
