//! Which unit has to be there before which other one.

use std::collections::{BTreeSet, HashSet};

use super::ROOT;
use crate::flux::Cluster;

/// What the units of a cluster wait for, directly and through others.
pub(super) struct Graph {
    before: Vec<HashSet<usize>>,
    parents: Vec<Option<usize>>,
}

impl Graph {
    pub(super) fn of(cluster: &Cluster<'_>) -> Self {
        let direct: Vec<Vec<usize>> = (0..cluster.units.len())
            .map(|unit| cluster.needs(unit).collect())
            .collect();
        let before = (0..direct.len()).map(|unit| reached(&direct, unit));
        Graph {
            before: before.collect(),
            parents: cluster.units.iter().map(|unit| unit.parent).collect(),
        }
    }

    /// Tells whether `unit` waits until `other` is there.
    pub(super) fn waits_for(&self, unit: usize, other: usize) -> bool {
        if other == ROOT {
            return unit != ROOT;
        }
        self.before
            .get(unit)
            .is_some_and(|all| all.contains(&other))
    }

    /// Tells whether `unit` is applied by `other`, directly or through others.
    pub(super) fn is_below(&self, unit: usize, other: usize) -> bool {
        if other == ROOT {
            return unit != ROOT;
        }
        let parent = |unit: &usize| self.parents.get(*unit).copied().flatten();
        let mut seen = BTreeSet::new();
        let mut above = std::iter::successors(parent(&unit), parent);
        above
            .by_ref()
            .take_while(|unit| seen.insert(*unit))
            .any(|unit| unit == other)
    }
}

fn reached(direct: &[Vec<usize>], from: usize) -> HashSet<usize> {
    let mut found = HashSet::new();
    let mut open = vec![from];
    while let Some(unit) = open.pop() {
        for &next in direct.get(unit).map_or(&[][..], Vec::as_slice) {
            if found.insert(next) {
                open.push(next);
            }
        }
    }
    found
}
