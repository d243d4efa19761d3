//! What happens once all layers are collected: hashes, references, variables, order, and the cleaning up.

use super::accumulate::{Accumulator, Target};
use super::config::FieldSpec;
use super::fields::{set_string, set_string_map, string_map};
use super::fieldspec::{self, Create};
use super::id::Gvk;
use super::model::Kustomization;
use super::problem::{Outcome, ProblemKind, Site};
use super::resource::Resource;
use super::session::Session;
use super::set::ResourceSet;
use super::{Rendered, hash, keys, load, nameref, order, vars};
use crate::manifest::Place;

/// Annotations that kustomize removes from what it renders.
const BUILD_ANNOTATIONS: [&str; 19] = [
    "internal.config.kubernetes.io/previousKinds",
    "internal.config.kubernetes.io/previousNames",
    "internal.config.kubernetes.io/prefixes",
    "internal.config.kubernetes.io/suffixes",
    "internal.config.kubernetes.io/previousNamespaces",
    "internal.config.kubernetes.io/allowNameChange",
    "internal.config.kubernetes.io/allowKindChange",
    "internal.config.kubernetes.io/refBy",
    "internal.config.kubernetes.io/generatorBehavior",
    "internal.config.kubernetes.io/needsHashSuffix",
    "internal.config.kubernetes.io/path",
    "internal.config.kubernetes.io/index",
    "internal.config.kubernetes.io/seqindent",
    "internal.config.kubernetes.io/id",
    "internal.config.kubernetes.io/annotations-migration-resource-id",
    "config.kubernetes.io/path",
    "config.kubernetes.io/index",
    "config.k8s.io/id",
    "internal.config.kubernetes.io/helm-generated",
];
const ORIGIN: &str = "config.kubernetes.io/origin";
const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";
const LOCAL_CONFIG: &str = "config.kubernetes.io/local-config";
const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "kustomize-v5.8.1");

/// Turns what the top layer collected into what the build gives.
pub(crate) fn finish(
    session: &mut Session<'_>,
    target: &Target<'_>,
    acc: Accumulator,
) -> Outcome<Vec<Rendered>> {
    let Accumulator {
        mut set,
        config,
        vars,
        lossy,
    } = acc;
    let site = &target.site;
    let hashed = hash::add_hashes(&mut set, site);
    session.absorb(hashed)?;
    nameref::fix_references(session, &mut set, &config, site)?;
    vars::resolve(
        session,
        &mut set,
        (&vars, lossy),
        &config.var_reference,
        site,
    )?;
    drop_local(session, &mut set, site)?;
    check_ids(session, &mut set, site)?;
    let k = &target.kustomization;
    let options = k.sort_options.as_ref();
    let sorted = order::sort(&mut set.list, options, site);
    session.absorb(sorted)?;
    let mut rendered = Vec::with_capacity(set.list.len());
    for mut resource in set.list {
        clean(&mut resource, k);
        let checked = check_keys(&resource, site);
        if session.absorb(checked)?.is_some() {
            rendered.push(render(resource));
        }
    }
    Ok(rendered)
}

fn render(resource: Resource) -> Rendered {
    Rendered {
        origin: resource.origin.clone(),
        touched: resource.touched.clone(),
        node: resource.into_node(),
    }
}

/// Drops objects that are there for the build only, and those that patches made nameless.
fn drop_local(session: &mut Session<'_>, set: &mut ResourceSet, site: &Site) -> Outcome<()> {
    let mut kept = Vec::with_capacity(set.list.len());
    for resource in std::mem::take(&mut set.list) {
        let local = resource
            .node()
            .text_at(&["metadata", "annotations", LOCAL_CONFIG]);
        if let Err(fault) = load::validate(resource.node()) {
            session.report(site.problem(ProblemKind::InvalidObject, fault.0))?;
        } else if local.is_none_or(|value| value == "false") {
            kept.push(resource);
        }
    }
    set.list = kept;
    Ok(())
}

fn check_ids(session: &mut Session<'_>, set: &mut ResourceSet, site: &Site) -> Outcome<()> {
    let list = std::mem::take(&mut set.list);
    set.append_all(list, session, site)
}

/// Checks what Go cannot write as JSON: repeated keys and keys that are no strings.
fn check_keys(resource: &Resource, site: &Site) -> Outcome<()> {
    let Some(fault) = keys::fault(resource.node()) else {
        return Ok(());
    };
    let place = if fault.place.is_known() {
        fault.place
    } else {
        site.place
    };
    let site = Site {
        path: resource.origin.path.as_str().into(),
        place,
    };
    Err(site.problem(ProblemKind::BadKeys, fault.to_string()))
}

/// Removes kustomize's own annotations, turns the others into strings, and adds what `buildMetadata` asks for.
fn clean(resource: &mut Resource, k: &Kustomization) {
    if k.builds_metadata("managedByLabel") {
        resource.change_content(|node| {
            // Labels that are no mapping are an error that comes up elsewhere.
            let _ = fieldspec::change(
                node,
                &Gvk::default(),
                &FieldSpec::new(Gvk::default(), "metadata/labels", true),
                Create::Mapping,
                &mut |labels| set_string(labels, MANAGED_BY.0, MANAGED_BY.1, Place::NONE),
            );
        });
    }
    let notes = resource.trace.take().unwrap_or_default();
    let mut annotations = string_map(resource.node(), "annotations");
    annotations.retain(|(key, _)| {
        !BUILD_ANNOTATIONS.contains(&key.as_str()) && key != ORIGIN && key != TRANSFORMATIONS
    });
    if k.builds_metadata("originAnnotations") && !notes.origin.is_empty() {
        annotations.push((
            ORIGIN.into(),
            super::generate::text_node(&notes.origin, Place::NONE),
        ));
    }
    if k.builds_metadata("transformerAnnotations") && !notes.transformations.is_empty() {
        let text = notes.transformations.concat();
        annotations.push((
            TRANSFORMATIONS.into(),
            super::generate::text_node(&text, Place::NONE),
        ));
    }
    if !(annotations.is_empty()
        && resource
            .node()
            .at_path(&["metadata", "annotations"])
            .is_none())
    {
        resource.change_content(|node| set_string_map(node, "annotations", annotations));
    }
}
