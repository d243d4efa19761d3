//! `image/marker-image-mismatch`: the image at a marker is not the one that the policy watches.

use super::field::{current, name_of};
use super::policies::{is_unknown, text};
use crate::image::{Reference, same_repository};
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};

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
