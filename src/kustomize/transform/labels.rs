//! The label and annotation transformers (kustomize api 0.21 `filters/labels`, `filters/annotations`).

use smol_str::SmolStr;

use super::super::config::FieldSpec;
use super::super::decode::Pairs;
use super::super::fields::set_string;
use super::super::fieldspec::{self, Create};
use super::super::problem::{Outcome, Site};
use super::super::resource::{Resource, TouchKind};
use super::super::session::Session;
use super::super::set::ResourceSet;
use super::super::shared::{self, Path, Shared, Step};
use super::report;
use crate::manifest::{Node, Place};

/// What the pairs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Labels,
    Annotations,
}

/// Adds labels or annotations to every field that `specs` names.
pub(crate) fn pairs(
    session: &mut Session<'_>,
    set: &mut ResourceSet,
    (kind, pairs, place): (Kind, &Pairs, Place),
    specs: &[FieldSpec],
    site: &Site,
) -> Outcome<()> {
    if pairs.is_empty() {
        return Ok(());
    }
    let touch = match kind {
        Kind::Labels => TouchKind::Labels,
        Kind::Annotations => TouchKind::Annotations,
    };
    for resource in &mut set.list {
        let gvk = resource.id().gvk.clone();
        let specs: Vec<&FieldSpec> = specs.iter().filter(|s| s.gvk.selects(&gvk)).collect();
        let known = known_fields(resource.node(), &specs, pairs);
        let result = resource.change_content(|node| {
            specs.iter().try_for_each(|spec| {
                fieldspec::change(node, &gvk, spec, Create::Mapping, &mut |field| {
                    pairs
                        .iter()
                        .try_for_each(|(key, text)| set_string(field, key, &text.value, text.place))
                })
            })
        });
        match result {
            Ok(()) => resource.touch(touch, place),
            Err(fault) => report(session, site, resource, fault)?,
        }
        resource.sync_shared();
        share(resource, &specs, pairs, &known);
    }
    Ok(())
}

/// Returns the fields that are there already.
fn known_fields(node: &Node, specs: &[&FieldSpec], pairs: &Pairs) -> Vec<Path> {
    if specs.len() < 2 {
        return Vec::new();
    }
    let fields = pairs.iter().flat_map(|(key, _)| fields(node, specs, key));
    fields
        .filter(|path| shared::follow(node, path).is_some())
        .collect()
}

fn fields(node: &Node, specs: &[&FieldSpec], key: &SmolStr) -> Vec<Path> {
    let mut fields: Vec<Path> = Vec::new();
    for mut path in specs
        .iter()
        .flat_map(|spec| shared::paths(node, &spec.parts))
    {
        path.push(Step::Key(key.clone()));
        if !fields.contains(&path) {
            fields.push(path);
        }
    }
    fields
}

/// Ties the fields together that were made just now.
fn share(resource: &mut Resource, specs: &[&FieldSpec], pairs: &Pairs, known: &[Path]) {
    if specs.len() < 2 {
        return;
    }
    for (key, _) in pairs {
        let mut made = fields(resource.node(), specs, key);
        made.retain(|path| !known.contains(path));
        if let Some(group) = Shared::new(resource.node(), made) {
            resource.memory.shared.push(group);
        }
    }
}
