//! Finds the lists of what is backed up.

use std::collections::HashSet;
use std::sync::Arc;

use crate::flux::{Cluster, kind};
use crate::manifest::{Node, Route, SourceFile, Span, Step, Tree};

use super::super::spot::{Inner, Spot, each_value, files_with, is_literal};
use super::nodes::nodes_of;
use super::shell::{Assignment, assignments};
use super::{BackupList, Place};

/// What stands between namespace and claim.
const JOINTS: [char; 3] = ['_', '/', ':'];

/// Returns the lists of claims in the scripts of CronJobs; each names a claim that is applied as well.
pub(super) fn scripts(cluster: &Cluster<'_>, tree: &Tree) -> Vec<BackupList> {
    let claims = claims(cluster);
    let mut lists = Vec::new();
    for source in files_with(cluster, tree, &["CronJob"]) {
        for (index, document) in source.documents.iter().enumerate() {
            let Some(root) = document.root.as_ref().filter(|r| kind(r) == "CronJob") else {
                continue;
            };
            each_block(root, |route, node| {
                let spot = Spot::of(&source, index, route.clone(), node);
                if let Some(inner) = spot.read(&source) {
                    let found = assignments(&inner.source.text).into_iter();
                    lists.extend(
                        found.filter_map(|list| script(root, &spot, &inner, &list, &claims)),
                    );
                }
            });
        }
    }
    lists
}

fn script(
    cronjob: &Node,
    spot: &Spot,
    inner: &Inner,
    list: &Assignment,
    claims: &HashSet<(String, String)>,
) -> Option<BackupList> {
    let text = &inner.source.text;
    let joint = joint(&list.words(text), claims)?;
    let (nodes, role) = nodes_of(cronjob);
    Some(BackupList {
        name: cronjob.text_at(&["metadata", "name"])?.to_owned(),
        location: inner.location(Span::new(list.name.start, list.body.end)),
        nodes,
        role,
        place: Place::Script {
            script: spot.clone(),
            variable: text.get(list.name.clone())?.to_owned(),
            joint,
        },
    })
}

/// Returns the lists of namespaces in schedules of Velero, objects or values of its chart; none that names all.
pub(super) fn namespaces(cluster: &Cluster<'_>, tree: &Tree) -> Vec<BackupList> {
    let mut lists = Vec::new();
    for source in files_with(cluster, tree, &["includedNamespaces:"]) {
        for (index, document) in source.documents.iter().enumerate() {
            let known = ["Schedule", "HelmRelease"];
            let Some(root) = document.root.as_ref().filter(|r| known.contains(&kind(r))) else {
                continue;
            };
            each_value(root, |route, key, node| {
                if key == "includedNamespaces" {
                    lists.extend(schedule(&source, index, root, route, node));
                }
            });
        }
    }
    lists
}

fn schedule(
    source: &Arc<SourceFile>,
    document: usize,
    root: &Node,
    route: &Route,
    node: &Node,
) -> Option<BackupList> {
    let named = node.items()?.iter().map(Node::text);
    let named: Vec<&str> = named.collect::<Option<_>>()?;
    if named.is_empty() || named.iter().any(|name| name.contains('*')) {
        return None;
    }
    // `schedules.NAME.template.includedNamespaces` in the values of the chart.
    let above = route.0.len().checked_sub(3).and_then(|at| route.0.get(at));
    let name = match above {
        Some(Step::Key(name)) if kind(root) == "HelmRelease" => name.as_str(),
        _ => root.text_at(&["metadata", "name"])?,
    };
    Some(BackupList {
        name: name.to_owned(),
        location: source.location(node.place.span),
        nodes: Vec::new(),
        role: None,
        place: Place::Namespaces(Spot::of(source, document, route.clone(), node)),
    })
}

/// Returns what joins namespace and claim in a list that names at least one claim of the cluster.
fn joint(words: &[&str], claims: &HashSet<(String, String)>) -> Option<char> {
    JOINTS.into_iter().find(|joint| {
        words.iter().any(|word| {
            let pair = word.split_once(*joint);
            pair.is_some_and(|(ns, claim)| claims.contains(&(ns.to_owned(), claim.to_owned())))
        })
    })
}

/// Returns the claims that a cluster applies, by namespace and name.
fn claims(cluster: &Cluster<'_>) -> HashSet<(String, String)> {
    let objects = cluster.objects().map(|(_, object)| &object.node);
    let claims = objects.filter(|node| kind(node) == "PersistentVolumeClaim");
    let field = |node: &Node, key| {
        node.text_at(&["metadata", key])
            .unwrap_or_default()
            .to_owned()
    };
    claims
        .map(|node| (field(node, "namespace"), field(node, "name")))
        .collect()
}

/// Calls `visit` for every literal block below a node, in mappings and lists.
fn each_block<'n>(root: &'n Node, mut visit: impl FnMut(&Route, &'n Node)) {
    each_value(root, |route, _, node| {
        if is_literal(node) {
            visit(route, node);
        }
        for (index, item) in node.items().unwrap_or_default().iter().enumerate() {
            if is_literal(item) {
                let mut route = route.clone();
                route.0.push(Step::Index(index));
                visit(&route, item);
            }
        }
    });
}
