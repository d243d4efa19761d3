//! Which clusters there are: bootstrapped roots, and Flux Kustomizations that stand where a cluster's do.

use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;

use super::super::generator::folder;
use super::super::roots::{self, Declared, Root};
use super::super::source_view::SourceView;
use super::super::unit::{SourceOf, Unit};
use super::Cluster;
use super::source::{normalized_url, source_ref};
use crate::manifest::Tree;

/// Returns the Flux Kustomizations whose file no unit reads.
pub(super) fn unclaimed(tree: &Tree, clusters: &[Cluster<'_>]) -> Vec<Declared> {
    let reached: HashSet<&str> = clusters
        .iter()
        .flat_map(|c| &c.units)
        .flat_map(|u| &u.files)
        .map(|f| f.path.as_ref())
        .collect();
    let mut declared = roots::declared(tree);
    declared.retain(|d| !reached.contains(d.origin.path.as_str()));
    declared
}

/// Makes clusters of Flux Kustomizations that nobody applies. Beside bootstrapped clusters only those count whose folder
/// stands where a cluster's does (`clusters/<name>/`): the rest is parked.
pub(super) fn without_bootstrap<'t>(
    tree: &'t Tree,
    declared: Vec<Declared>,
    known: &[Cluster<'_>],
    remote: Option<&str>,
) -> Vec<Cluster<'t>> {
    let parents: HashSet<String> = known
        .iter()
        .filter_map(Cluster::folder_of_clusters)
        .collect();
    let mut groups: BTreeMap<String, Vec<Declared>> = BTreeMap::new();
    for item in declared {
        let path = item.origin.path.to_string();
        let group = if known.is_empty() {
            cluster_folder(&path).unwrap_or_default()
        } else {
            let Some(group) = parents.iter().find_map(|parent| child_of(&path, parent)) else {
                continue;
            };
            if known
                .iter()
                .any(|c| c.units.first().is_some_and(|u| u.path.starts_with(&group)))
            {
                continue;
            }
            group
        };
        groups.entry(group).or_default().push(item);
    }
    groups
        .into_par_iter()
        .filter_map(|(group, items)| Cluster::of_declared(tree, &group, items, remote))
        .collect()
}

/// Returns `clusters/<name>` of a path that has such a part, with what stands before it.
fn cluster_folder(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    let at = parts.iter().position(|p| *p == "clusters")?;
    (at + 2 < parts.len()).then(|| parts[..at + 2].join("/"))
}

fn child_of(path: &str, parent: &str) -> Option<String> {
    let (child, rest) = path
        .strip_prefix(parent)?
        .strip_prefix('/')?
        .split_once('/')?;
    (!rest.is_empty()).then(|| format!("{parent}/{child}"))
}

impl<'t> Cluster<'t> {
    pub(super) fn of_root(tree: &'t Tree, root: Root, remote: Option<&str>) -> Self {
        let mut cluster = Cluster {
            name: last_part(&folder(
                root.kustomization
                    .text_at(&["spec", "path"])
                    .unwrap_or_default(),
            )),
            units: Vec::new(),
            view: SourceView::new(tree, root.ignore.as_deref()),
            source: Some(source_ref(&root.kustomization)),
            urls: root
                .url
                .iter()
                .map(String::as_str)
                .chain(remote)
                .map(normalized_url)
                .collect(),
        };
        cluster.render(vec![Unit::new(
            root.kustomization,
            root.origin,
            None,
            SourceOf::Here,
        )]);
        cluster.render_patched_root();
        cluster
    }

    /// Makes a cluster of Flux Kustomizations that stand in files which no unit reads; those that one of them applies
    /// are not its roots.
    fn of_declared(
        tree: &'t Tree,
        group: &str,
        items: Vec<Declared>,
        remote: Option<&str>,
    ) -> Option<Self> {
        let make = |roots: &[&Declared]| {
            let mut cluster = Cluster {
                name: last_part(group),
                units: Vec::new(),
                view: SourceView::new(tree, None),
                source: None,
                urls: remote.map(normalized_url).into_iter().collect(),
            };
            let unit = |d: &&Declared| {
                Unit::new(d.node.clone(), Some(d.origin.clone()), None, SourceOf::Here)
            };
            cluster.render(roots.iter().map(unit).collect());
            cluster
        };
        let all: Vec<&Declared> = items.iter().collect();
        let probe = make(&all);
        let own = |d: &Declared, unit: &Unit| unit.origin.as_ref() == Some(&d.origin);
        let read_by_others = |d: &Declared| {
            probe.units.iter().any(|u| {
                !own(d, u)
                    && u.files
                        .iter()
                        .any(|f| f.path.as_ref() == d.origin.path.as_str())
            })
        };
        let roots: Vec<&Declared> = all.iter().copied().filter(|d| !read_by_others(d)).collect();
        if roots.len() == all.len() {
            return Some(probe);
        }
        // Two that apply each other leave none: then all of them count.
        Some(make(if roots.is_empty() { &all } else { &roots }))
    }

    /// Returns the folder beside whose children this cluster's root stands.
    fn folder_of_clusters(&self) -> Option<String> {
        let root = self.units.first()?;
        let (parent, _) = root.path.rsplit_once('/')?;
        Some(parent.to_owned())
    }
}

fn last_part(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_are_told_apart_by_their_folder() {
        assert_eq!(
            cluster_folder("clusters/a/apps.yaml").as_deref(),
            Some("clusters/a")
        );
        assert_eq!(
            cluster_folder("x/clusters/b/c/ks.yaml").as_deref(),
            Some("x/clusters/b")
        );
        assert_eq!(cluster_folder("clusters/ks.yaml"), None);
        assert_eq!(
            child_of("clusters/b/x.yaml", "clusters").as_deref(),
            Some("clusters/b")
        );
    }
}
