//! Objects whose namespace another unit makes, which nothing makes them wait for.

use std::collections::{HashMap, HashSet};

use super::graph::Graph;
use super::{Look, is_open};
use crate::flux::{ObjectRef, kind};
use crate::manifest::Node;
use crate::preflight::facts::NamespaceOrder;

/// Returns the first such object for each namespace and unit.
pub(super) fn namespaces(look: &Look<'_, '_>) -> Vec<NamespaceOrder> {
    let makers = makers(look);
    let graph = Graph::of(look.cluster);
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for (unit, applied) in look.objects() {
        let namespace = ObjectRef::of(&applied.node).namespace;
        let Some(by) = makers.get(&namespace).filter(|_| !is_open(&namespace)) else {
            continue;
        };
        let is_there = |&maker: &usize| maker == unit || graph.waits_for(unit, maker);
        if by.iter().any(is_there) || !seen.insert((namespace.clone(), unit)) {
            continue;
        }
        let is_circular = by.iter().all(|&maker| graph.waits_for(maker, unit));
        let maker = by.first().copied().unwrap_or_default();
        found.push(NamespaceOrder {
            place: look.place(applied.origin.place, applied),
            unit: look.unit_id(unit),
            made_by: look.unit_id(maker),
            is_circular,
            retry: retry(look, unit),
            namespace,
        });
    }
    // What no retry heals comes first.
    found.sort_by_key(|one| !one.is_circular);
    found
}

/// Returns who makes each namespace. Those that every cluster has need nobody.
fn makers(look: &Look<'_, '_>) -> HashMap<String, Vec<usize>> {
    let mut makers: HashMap<String, Vec<usize>> = HashMap::new();
    for (unit, applied) in look.objects() {
        if kind(&applied.node) == "Namespace" {
            let name = ObjectRef::of(&applied.node).name;
            makers.entry(name).or_default().push(unit);
        }
    }
    for (unit, applied) in look.objects() {
        // Helm makes it, too, and it does not matter who comes first.
        if let Some(name) = created(look, unit, &applied.node) {
            makers.remove(&name);
        }
    }
    let root = look.flux_namespace();
    makers.retain(|name, _| name != "default" && !name.starts_with("kube-") && *name != root);
    makers
}

/// Returns the namespace that a HelmRelease makes by itself.
fn created(look: &Look<'_, '_>, unit: usize, node: &Node) -> Option<String> {
    let creates = node.at_path(&["spec", "install", "createNamespace"])?;
    creates.as_bool().filter(|creates| *creates)?;
    let target = node
        .text_at(&["spec", "targetNamespace"])
        .filter(|name| !name.is_empty());
    Some(target.map_or_else(|| look.id(unit, node).namespace, str::to_owned))
}

fn retry(look: &Look<'_, '_>, unit: usize) -> String {
    let unit = look.unit(unit).map(|unit| &unit.kustomization);
    let field = |name| unit?.text_at(&["spec", name]);
    let retry = field("retryInterval").or_else(|| field("interval"));
    retry.unwrap_or_default().to_owned()
}
