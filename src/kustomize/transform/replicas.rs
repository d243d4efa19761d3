//! The replica count transformer (kustomize api 0.21 `ReplicaCountTransformer`).

use super::super::config::FieldSpec;
use super::super::fields::set_scalar;
use super::super::fieldspec::{self, Create};
use super::super::model::Replica;
use super::super::problem::{Outcome, ProblemKind, Site};
use super::super::resource::{Resource, TouchKind};
use super::super::session::Session;
use super::super::set::ResourceSet;
use super::report;
use crate::manifest::Tag;

/// Sets the replica count of the objects that have, or once had, a name.
pub(crate) fn replicas(
    session: &mut Session<'_>,
    set: &mut ResourceSet,
    replica: &Replica,
    specs: &[FieldSpec],
    site: &Site,
) -> Outcome<()> {
    let mut found = false;
    let count = replica.count.to_string();
    for spec in specs {
        for resource in set.list.iter_mut().filter(|r| fits(r, replica, spec)) {
            found = true;
            let gvk = resource.id().gvk.clone();
            let result = resource.change_content(|node| {
                fieldspec::change(node, &gvk, spec, Create::Scalar, &mut |field| {
                    set_scalar(field, &count, Tag::Int, replica.count_place)
                })
            });
            match result {
                Ok(()) => resource.touch(TouchKind::Replicas, replica.place),
                Err(fault) => report(session, site, resource, fault)?,
            }
        }
    }
    if found {
        return Ok(());
    }
    let kinds: Vec<String> = specs.iter().map(|spec| spec.gvk.to_string()).collect();
    let message = format!(
        "resource with name {} does not match a config with the following GVK [{}]",
        replica.name.value,
        kinds.join(" ")
    );
    Err(site.problem(ProblemKind::ReplicasWithoutTarget, message))
}

fn fits(resource: &Resource, replica: &Replica, spec: &FieldSpec) -> bool {
    let fits =
        |id: &super::super::id::Id| id.name == replica.name.value && spec.gvk.selects(&id.gvk);
    fits(resource.id()) || resource.previous_ids().any(|id| fits(&id))
}
