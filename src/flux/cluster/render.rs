//! Rendering a cluster's units level by level, with the variables that earlier ones bring.

use std::collections::HashSet;

use rayon::prelude::*;

use super::super::object::{ObjectRef, is_kustomization, kind};
use super::super::substitution::Variables;
use super::super::unit::{SourceOf, Unit};
use super::Cluster;
use crate::manifest::Node;

/// Deeper nesting of Flux Kustomizations is no real repository.
const MAX_LEVELS: usize = 24;

impl Cluster<'_> {
    /// Renders level by level: units whose variables come from a ConfigMap that is not there yet wait for it.
    pub(super) fn render(&mut self, first: Vec<Unit>) {
        let mut known: HashSet<ObjectRef> = first.iter().map(|u| u.id.clone()).collect();
        let mut pending = first;
        for _ in 0..MAX_LEVELS {
            if pending.is_empty() {
                return;
            }
            let (mut ready, mut waiting): (Vec<Unit>, Vec<Unit>) =
                pending.into_iter().partition(|u| self.variables(u).1);
            if ready.is_empty() {
                ready = std::mem::take(&mut waiting);
            }
            for unit in &mut ready {
                unit.source = self.source_of(&unit.kustomization, unit.parent.is_none());
            }
            let jobs: Vec<(Unit, Variables)> = ready
                .into_iter()
                .map(|u| {
                    let v = self.variables(&u).0;
                    (u, v)
                })
                .collect();
            let view = &self.view;
            let done: Vec<Unit> = jobs
                .into_par_iter()
                .map(|(mut unit, variables)| {
                    if unit.source == SourceOf::Here {
                        unit.render(view, &variables);
                    }
                    unit
                })
                .collect();
            let start = self.units.len();
            self.units.extend(done);
            pending = waiting;
            for index in start..self.units.len() {
                pending.extend(self.children(index, &mut known));
            }
        }
    }

    /// Returns the Flux Kustomizations that a unit applies and that are new.
    fn children(&self, parent: usize, known: &mut HashSet<ObjectRef>) -> Vec<Unit> {
        let Some(unit) = self.units.get(parent) else {
            return Vec::new();
        };
        let applied = unit.objects.iter().filter(|o| is_kustomization(&o.node));
        applied
            .filter_map(|object| {
                let mut node = object.node.clone();
                if node
                    .text_at(&["metadata", "namespace"])
                    .is_none_or(str::is_empty)
                    && let Some(metadata) = node.get_mut("metadata")
                {
                    metadata.set("namespace", Node::string(unit.id.namespace.as_str()));
                }
                let child = Unit::new(
                    node,
                    Some(object.origin.clone()),
                    Some(parent),
                    SourceOf::Here,
                );
                known.insert(child.id.clone()).then_some(child)
            })
            .collect()
    }

    /// A root that applies itself runs as its own kustomization patches it: render it again if that differs.
    pub(super) fn render_patched_root(&mut self) {
        let Some(root) = self.units.first() else {
            return;
        };
        let own = root
            .objects
            .iter()
            .find(|o| is_kustomization(&o.node) && ObjectRef::of(&o.node) == root.id);
        let Some(own) = own else { return };
        let spec = |node: &Node| {
            node.get("spec")
                .and_then(|s| crate::manifest::to_yaml(s).ok())
        };
        if spec(&own.node) == spec(&root.kustomization) {
            return;
        }
        let unit = Unit::new(
            own.node.clone(),
            Some(own.origin.clone()),
            None,
            SourceOf::Here,
        );
        self.units.clear();
        self.render(vec![unit]);
    }

    /// Returns the variables of a unit, and whether all ConfigMaps that they come from are there.
    fn variables(&self, unit: &Unit) -> (Variables, bool) {
        let mut variables = Variables::default();
        let mut complete = true;
        let Some(post_build) = unit.kustomization.at_path(&["spec", "postBuild"]) else {
            return (variables, true);
        };
        variables.always = post_build.text_at(&["substituteStrategy"]) == Some("Always");
        for reference in post_build
            .get("substituteFrom")
            .and_then(Node::items)
            .unwrap_or_default()
        {
            let name = reference.text_at(&["name"]).unwrap_or_default();
            let of_kind = reference.text_at(&["kind"]).unwrap_or_default();
            let id = ObjectRef::new(unit.id.namespace.as_str(), name);
            match self.find(|node| kind(node) == of_kind && ObjectRef::of(node) == id) {
                Some(object) if of_kind == "ConfigMap" => variables.add_config_map(&object.node),
                Some(object) => variables.add_secret(&object.node),
                None => {
                    variables.open = true;
                    complete &= of_kind != "ConfigMap";
                }
            }
        }
        for entry in post_build
            .get("substitute")
            .and_then(Node::entries)
            .unwrap_or_default()
        {
            variables.set(entry);
        }
        (variables, complete)
    }

    /// Returns the variables that the unit with this index has.
    pub fn variables_of(&self, unit: &Unit) -> Variables {
        self.variables(unit).0
    }
}
