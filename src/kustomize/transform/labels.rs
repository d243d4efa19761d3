//! The label and annotation transformers (kustomize api 0.21 `filters/labels`, `filters/annotations`).

use super::super::config::FieldSpec;
use super::super::decode::Pairs;
use super::super::fields::set_string;
use super::super::fieldspec::{self, Create};
use super::super::problem::{Outcome, Site};
use super::super::resource::TouchKind;
use super::super::session::Session;
use super::super::set::ResourceSet;
use super::report;
use crate::manifest::Place;

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
    }
    Ok(())
}
