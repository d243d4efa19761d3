//! Adds generated objects to those that are there: new, merged or replaced (kustomize api 0.21 `appendReplaceOrMerge`).

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::fields::{set, set_metadata_name, set_namespace, set_string_map, string_map};
use super::generate::text_node;
use super::problem::{Outcome, ProblemKind, Site};
use super::resource::{Behavior, Resource};
use super::session::Session;
use super::set::ResourceSet;
use crate::manifest::{Node, Place};

impl ResourceSet {
    /// Adds a generated object as its `behavior` says.
    ///
    /// # Errors
    /// The behavior does not fit what is there.
    pub(super) fn absorb(
        &mut self,
        mut made: Resource,
        session: &mut Session<'_>,
        site: &Site,
    ) -> Outcome<()> {
        let id = made.id().clone();
        let behavior = made.memory.behavior;
        let complain = |message: String| Err(site.problem(ProblemKind::BadBehavior, message));
        let matches = self.ever_were(&id);
        match (matches.as_slice(), behavior) {
            ([], Behavior::Merge | Behavior::Replace) => {
                let message = format!("id {id} does not exist; cannot merge or replace");
                Err(site.problem(ProblemKind::MergeWithoutTarget, message))
            }
            ([], _) => self.append_all(vec![made], session, site),
            ([index], Behavior::Merge | Behavior::Replace) => {
                if let Some(old) = self.list.get_mut(*index) {
                    inherit(&mut made, old, behavior);
                    *old = made;
                }
                Ok(())
            }
            ([_], _) => complain(format!(
                "id {id} exists; can not use behavior: '{}', behavior must be merge or replace",
                behavior.name()
            )),
            _ => complain(format!(
                "found multiple objects that could accept merge of {id}"
            )),
        }
    }
}

/// Gives a generated object the metadata, and if it merges the data, of the one whose place it takes.
fn inherit(made: &mut Resource, old: &mut Resource, behavior: Behavior) {
    let (name, namespace) = (old.id().name.clone(), old.id().namespace.clone());
    made.change(|node| {
        for field in ["labels", "annotations"] {
            let merged = overlay(string_map(old.node(), field), string_map(node, field));
            set_string_map(node, field, merged);
        }
        set_metadata_name(node, "name", &name);
        set_namespace(node, &namespace);
        if behavior == Behavior::Merge {
            merge_data(node, old.node());
        }
    });
    let needs_hash = made.memory.needs_hash && old.memory.needs_hash;
    let mut memory = std::mem::take(&mut old.memory);
    memory.needs_hash = needs_hash;
    memory.shared.clear();
    made.memory = memory;
    let mut touched = std::mem::take(&mut old.touched);
    touched.append(&mut made.touched);
    made.touched = touched;
    if behavior == Behavior::Merge {
        made.origin = old.origin.clone();
    }
}

/// Returns both, sorted by key; `over` wins.
fn overlay(under: Vec<(SmolStr, Node)>, over: Vec<(SmolStr, Node)>) -> Vec<(SmolStr, Node)> {
    let merged: BTreeMap<SmolStr, Node> = under.into_iter().chain(over).collect();
    merged.into_iter().collect()
}

fn merge_data(node: &mut Node, old: &Node) {
    for field in ["data", "binaryData"] {
        let merged = overlay(data(old, field), data(node, field));
        node.remove(field);
        if merged.is_empty() {
            continue;
        }
        let mut map = Node::mapping();
        for (key, value) in merged {
            set(&mut map, &key, value);
        }
        node.set(field, map);
    }
}

/// Returns data as kustomize reads it: every scalar as the text it was written as.
fn data(node: &Node, field: &str) -> Vec<(SmolStr, Node)> {
    let entries = node.get(field).and_then(Node::entries).unwrap_or_default();
    entries
        .iter()
        .filter_map(|entry| {
            let key = entry.key.scalar()?.text.clone();
            let text = if entry.value.is_null() {
                None
            } else {
                entry.value.text()
            };
            let place: Place = entry.value.place;
            Some((key, text_node(text.unwrap_or_default(), place)))
        })
        .collect()
}
