//! Which layout a cluster has, as far as its services speak for one.

use std::collections::BTreeMap;

use crate::flux::{Cluster, SourceOf};
use crate::manifest::{Location, Tree};

use super::{Layout, Service};

/// Names of files that programs are written in.
const CODE: [&str; 18] = [
    "c", "cc", "cpp", "cs", "dart", "go", "java", "js", "jsx", "kt", "php", "py", "rb", "rs",
    "svelte", "ts", "tsx", "vue",
];

/// Names of folders for what a cluster needs before its applications.
const FOUNDATIONS: [&str; 11] = [
    "infra",
    "infrastructure",
    "infrastructures",
    "core",
    "system",
    "flux-system",
    "kube-system",
    "controllers",
    "platform",
    "networking",
    "storage",
];

/// A layout and what speaks for it.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The layout.
    pub layout: Layout,
    /// How many services have it; for tenants, how many Flux Kustomizations of other repositories there are. Without
    /// the foundations (`infrastructure/`, `core/`, ...), where the cluster has more than those.
    pub services: usize,
    /// How many of either kind there are.
    pub of: usize,
    /// Where one of them is registered, if it is so in a file.
    pub example: Option<Location>,
}

/// Counts the layouts, the most frequent first.
pub(super) fn candidates(
    tree: &Tree,
    cluster: &Cluster<'_>,
    services: &[Service],
) -> Vec<Candidate> {
    let mut counts: BTreeMap<Layout, (usize, Option<Location>)> = BTreeMap::new();
    let applications = services.iter().filter(|s| !s.is_foundation());
    let none = applications.clone().next().is_none();
    for service in services.iter().filter(|s| none || !s.is_foundation()) {
        let (count, example) = counts.entry(service.layout).or_default();
        *count += 1;
        if example.is_none() {
            *example = service.registrations.iter().find_map(|r| r.location(tree));
        }
    }
    let foreign = cluster
        .units
        .iter()
        .filter(|u| matches!(u.source, SourceOf::Elsewhere(_)));
    for unit in foreign {
        let (count, example) = counts.entry(Layout::Tenants).or_default();
        *count += 1;
        if example.is_none() {
            *example = tree.location(unit.place());
        }
    }
    let of = counts.values().map(|(count, _)| count).sum();
    let mut found: Vec<Candidate> = counts
        .into_iter()
        .map(|(layout, (services, example))| Candidate {
            layout,
            services,
            of,
            example,
        })
        .collect();
    found.sort_by_key(|c| std::cmp::Reverse(c.services));
    found
}

impl Service {
    /// Tells whether it stands in a folder for what a cluster needs before its applications.
    pub fn is_foundation(&self) -> bool {
        let mut parts = self.folder().split('/');
        parts.any(|part| FOUNDATIONS.contains(&part))
    }
}

/// Tells whether a repository holds more program files than the cluster reads files.
pub(super) fn is_in_product(tree: &Tree, cluster: &Cluster<'_>) -> bool {
    let code = tree.files().iter().filter(|f| {
        let name = f.name();
        name.rsplit_once('.')
            .is_some_and(|(_, e)| CODE.contains(&e))
    });
    let read: usize = cluster.units.iter().map(|u| u.files.len()).sum();
    code.count() > read
}
