//! The order in which Flux deploys the units of a cluster.

use super::super::object::ObjectRef;
use super::Cluster;
use crate::manifest::Node;

impl Cluster<'_> {
    /// Returns the indices of the units in deploy order: what they depend on and who applies them come first.
    pub fn deploy_order(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.units.len());
        let mut left: Vec<usize> = (0..self.units.len()).collect();
        while !left.is_empty() {
            let (ready, blocked): (Vec<usize>, Vec<usize>) = left
                .iter()
                .copied()
                .partition(|i| self.needs(*i).all(|n| !left.contains(&n)));
            // A cycle never becomes ready; its members follow in the order in which they were found.
            if ready.is_empty() {
                order.extend(blocked);
                break;
            }
            order.extend(ready);
            left = blocked;
        }
        order
    }

    /// Returns the units that have to be there before a unit is applied: what it depends on, and who applies it.
    pub fn needs(&self, index: usize) -> impl Iterator<Item = usize> + use<> {
        let unit = self.units.get(index);
        let depends_on = unit
            .and_then(|u| u.kustomization.at_path(&["spec", "dependsOn"]))
            .and_then(Node::items);
        let ids = depends_on.unwrap_or_default().iter().map(move |d| {
            let namespace = d.text_at(&["namespace"]).filter(|n| !n.is_empty());
            let own = unit.map_or("", |u| u.id.namespace.as_str());
            ObjectRef::new(
                namespace.unwrap_or(own),
                d.text_at(&["name"]).unwrap_or_default(),
            )
        });
        let named = ids.filter_map(|id| self.units.iter().position(|u| u.id == id));
        named
            .chain(unit.and_then(|u| u.parent))
            .filter(move |n| *n != index)
            .collect::<Vec<_>>()
            .into_iter()
    }
}
