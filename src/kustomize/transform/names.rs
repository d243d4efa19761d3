//! The name prefix and suffix transformers (kustomize api 0.21 `PrefixTransformer`, `SuffixTransformer`).

use super::super::config::FieldSpec;
use super::super::fields::set_scalar;
use super::super::fieldspec::{self, Create};
use super::super::id::Gvk;
use super::super::problem::{Outcome, Site};
use super::super::resource::{Resource, TouchKind};
use super::super::session::Session;
use super::super::set::ResourceSet;
use super::report;
use crate::manifest::{Node, Place, Tag};

/// Which end of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Affix {
    /// In front.
    Prefix,
    /// Behind.
    Suffix,
}

/// Puts `text` in front of or behind the names of all objects whose name means nothing to Kubernetes itself.
pub(crate) fn affix(
    session: &mut Session<'_>,
    set: &mut ResourceSet,
    (affix, text, place): (Affix, &str, Place),
    specs: &[FieldSpec],
    site: &Site,
) -> Outcome<()> {
    for resource in &mut set.list {
        let original = resource.original_id().gvk;
        if keeps_name(&original) {
            continue;
        }
        for spec in specs.iter().filter(|spec| spec.gvk.selects(&original)) {
            if spec.path == "metadata/name" && !text.is_empty() {
                remember(resource, affix, text);
            }
            let gvk = resource.id().gvk.clone();
            let result = resource.change(|node| {
                fieldspec::change(node, &gvk, spec, Create::Scalar, &mut |field| {
                    let place = field.place;
                    set_scalar(field, &joined(affix, text, field), Tag::None, place)
                })
            });
            match result {
                Ok(()) => resource.touch(touch_kind(affix), place),
                Err(fault) => report(session, site, resource, fault)?,
            }
        }
    }
    Ok(())
}

fn touch_kind(affix: Affix) -> TouchKind {
    match affix {
        Affix::Prefix => TouchKind::NamePrefix,
        Affix::Suffix => TouchKind::NameSuffix,
    }
}

fn joined(affix: Affix, text: &str, field: &Node) -> String {
    let name = field.text().unwrap_or_default();
    match affix {
        Affix::Prefix => format!("{text}{name}"),
        Affix::Suffix => format!("{name}{text}"),
    }
}

fn remember(resource: &mut Resource, affix: Affix, text: &str) {
    let list = match affix {
        Affix::Prefix => &mut resource.memory.prefixes,
        Affix::Suffix => &mut resource.memory.suffixes,
    };
    list.push(text.into());
    resource.remember_id();
}

/// Tells whether the name of an object of this kind must stay.
fn keeps_name(gvk: &Gvk) -> bool {
    match gvk.kind.as_str() {
        "CustomResourceDefinition" | "Namespace" => true,
        "APIService" => gvk.group == "apiregistration.k8s.io",
        _ => false,
    }
}
