//! `image/tag-missing`: the registry has no tag of the name that stands in an image.

use std::collections::HashSet;

use super::field::{current, may_be_of, name_of, parent};
use super::policies::text;
use crate::image::Reference;
use crate::image::marker::{Marker, Part, Setter};
use crate::lint::pods::{images, pod_spec};
use crate::lint::rules::page;
use crate::lint::{
    Context, Draft, MarkedFile, RegistryFacts, Rule, RuleInfo, Severity, Sink, current_tag,
    distance,
};
use crate::manifest::{FileId, Span};

static INFO: RuleInfo = page(
    "image/tag-missing",
    Severity::Error,
    include_str!("../../../../docs/rules/image/tag-missing.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

/// How many edits away a tag may be that is shown as the nearest; less where it has few characters.
const NEAR: usize = 4;

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(facts) = &context.registry else {
        return;
    };
    let mut told = HashSet::new();
    for file in &context.marked {
        for (marker, setter) in file.live() {
            let Ok(field) = &marker.position else {
                continue;
            };
            let tag = current_tag(field, setter);
            let found = at_marker(context, file, marker, setter);
            let Some((image, name)) = found.filter(|(image, _)| facts.is_missing(image)) else {
                continue;
            };
            told.insert((file.source.id, field.span));
            let mut draft = draft(facts, &image, &name);
            if !file.applied {
                draft = draft.severity(Severity::Warning);
            }
            if let Some(outlook) = context.outlooks(setter, tag.as_deref()).first()
                && let Ok(latest) = &outlook.latest
            {
                let name = format!("{}:{}", setter.namespace, setter.name);
                draft = draft.help(format!("`{name}` selects `{latest}`"));
            }
            sink.in_file(&file.source, field.span, draft);
        }
    }
    in_pods(context, facts, &told, sink);
}

/// Judges the images of workloads whose repositories were asked anyway.
fn in_pods(
    context: &Context<'_>,
    facts: &RegistryFacts,
    told: &HashSet<(FileId, Span)>,
    sink: &mut Sink<'_>,
) {
    for (_, applied) in context.model.clusters.iter().flat_map(|c| c.objects()) {
        for node in pod_spec(&applied.node).into_iter().flat_map(images) {
            let text = node.text().unwrap_or_default();
            let Ok(image) = Reference::parse(text) else {
                continue;
            };
            let place = node.place;
            if facts.is_missing(&image) && !told.contains(&(place.file, place.span)) {
                let draft = draft(facts, &image, &name_of(text)).object(&applied.node);
                sink.at(place, draft);
            }
        }
    }
}

/// Returns the image at a marker, with its tag and without a digest, and its name as it is written; nothing where a digest
/// decides what is pulled.
fn at_marker(
    context: &Context<'_>,
    file: &MarkedFile,
    marker: &Marker,
    setter: &Setter,
) -> Option<(Reference, String)> {
    let field = marker.position.as_ref().ok()?;
    let (source, document) = (&file.source, marker.document);
    let tag = current_tag(field, setter)?;
    let whole = current(source, document, field, setter.part);
    if setter.part == Part::Image {
        let whole = whole?;
        return Some((Reference::parse(&whole).ok()?, name_of(&whole)));
    }
    let beside = parent(source, document, field);
    let has_digest = beside.is_some_and(|node| text(node, &["digest"]).is_some());
    let watched = context.watched_by(setter).next()?;
    let fits = !has_digest && may_be_of(source, document, field, setter.part, watched);
    let name = whole.unwrap_or_else(|| watched.canonical_name());
    fits.then(|| (watched.with_tag(&tag), name))
}

fn draft(facts: &RegistryFacts, image: &Reference, name: &str) -> Draft {
    let tag = image.tag().unwrap_or_default();
    let tags = facts.tags_of(image).unwrap_or_default();
    let near = match nearest(tags, tag) {
        _ if tags.is_empty() => ", nor any other tag".to_owned(),
        Some(near) => format!("; the nearest is `{near}`"),
        None => String::new(),
    };
    Draft::new(format!("the registry has no `{tag}` of `{name}`{near}"))
        .help("name a tag that is there: nobody can pull this one")
}

/// Returns the tag that is meant: the one with the fewest edits, of several the last by text.
fn nearest<'t>(tags: &'t [String], wanted: &str) -> Option<&'t str> {
    let near = tags.iter().map(|tag| (distance(wanted, tag), tag));
    let most = NEAR.min(wanted.len() / 2);
    let near = near.filter(|(edits, _)| *edits <= most);
    let best = near.min_by(|(a, one), (b, other)| a.cmp(b).then_with(|| other.cmp(one)));
    best.map(|(_, tag)| tag.as_str())
}
