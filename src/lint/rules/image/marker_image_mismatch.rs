//! `image/marker-image-mismatch`: the image at a marker is not the one that the policy watches.

use super::policies::{is_unknown, text};
use crate::image::marker::{Field, Part};
use crate::image::{Reference, same_repository};
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};
use crate::manifest::{Node, Route, SourceFile};

static INFO: RuleInfo = page(
    "image/marker-image-mismatch",
    Severity::Error,
    include_str!("../../../../docs/rules/image/marker-image-mismatch.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for file in &context.marked {
        for (marker, setter) in file.live() {
            let Ok(field) = &marker.position else {
                continue;
            };
            let Some(current) = current(&file.source, marker.document, field, setter.part) else {
                continue;
            };
            if is_unknown(&current) || Reference::parse(&current).is_err() {
                continue;
            }
            for (cluster, policy) in context.policy(setter).found {
                let repository = context
                    .images
                    .get(cluster)
                    .and_then(|i| i.repository_of(policy));
                let Some(repository) = repository else {
                    continue;
                };
                let Some(watched) = text(repository.node(), &["spec", "image"]) else {
                    continue;
                };
                let known = !is_unknown(watched) && Reference::parse_repository(watched).is_ok();
                if known && !same_repository(&current, watched) {
                    let draft = Draft::new(format!(
                        "the image here is `{}`, but the policy `{}:{}` watches `{watched}`",
                        name_of(&current),
                        setter.namespace,
                        setter.name
                    ))
                    .help("name the policy of this image, or correct the ImageRepository")
                    .related(
                        repository.place(&["spec", "image"]),
                        "what the policy watches",
                    );
                    sink.in_file(&file.source, marker.span, draft);
                }
            }
        }
    }
}

fn name_of(image: &str) -> String {
    let end = image.find('@').unwrap_or(image.len());
    let name = image.get(..end).unwrap_or(image);
    match name.rsplit_once(':') {
        Some((before, tag)) if !tag.contains('/') => before.to_owned(),
        _ => name.to_owned(),
    }
}

/// Returns the image that stands at a marker, without or with its tag; for a bare tag or digest from the keys beside it.
fn current(file: &SourceFile, document: usize, field: &Field, part: Part) -> Option<String> {
    let text = field.scalar()?.text.to_string();
    match part {
        Part::Image => {
            (!matches!(field.key.as_deref(), Some("tag" | "newTag" | "digest"))).then_some(text)
        }
        Part::Name => {
            let registry = parent(file, document, field).and_then(|p| registry(p));
            Some(with_registry(registry, &text))
        }
        Part::Tag | Part::Digest => {
            let parent = parent(file, document, field)?;
            let names = ["newName", "repository", "name", "image"];
            let name = names
                .iter()
                .find_map(|key| parent.text_at(&[key]).filter(|t| !t.is_empty()))?;
            Some(with_registry(registry(parent), name))
        }
    }
}

fn registry(parent: &Node) -> Option<&str> {
    parent.text_at(&["registry"]).filter(|r| !r.is_empty())
}

fn with_registry(registry: Option<&str>, name: &str) -> String {
    registry.map_or_else(
        || name.to_owned(),
        |registry| format!("{}/{name}", registry.trim_end_matches('/')),
    )
}

/// Returns the mapping that the field stands in.
fn parent<'f>(file: &'f SourceFile, document: usize, field: &Field) -> Option<&'f Node> {
    let root = file.documents.get(document)?.root.as_ref()?;
    let route = Route::to(root, field.span.start as usize);
    route.parent().find(root)
}
