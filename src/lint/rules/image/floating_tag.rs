//! `image/floating-tag`: an image of an applied workload whose tag moves.

use crate::image::Reference;
use crate::lint::pods::{images, pod_spec};
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};

static INFO: RuleInfo = page(
    "image/floating-tag",
    Severity::Hint,
    include_str!("../../../../docs/rules/image/floating-tag.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (_, applied) in context.model.clusters.iter().flat_map(|c| c.objects()) {
        let Some(pod) = pod_spec(&applied.node) else {
            continue;
        };
        for image in images(pod) {
            let text = image.text().unwrap_or_default();
            if let Some(what) = floats(text) {
                let draft = Draft::new(format!(
                    "`{text}` {what}: what runs changes without a commit"
                ))
                .help("pin a version, or a digest")
                .object(&applied.node);
                sink.at(image.place, draft);
            }
        }
    }
}

fn floats(image: &str) -> Option<String> {
    let reference = Reference::parse(image).ok()?;
    match (reference.digest(), reference.tag()) {
        (Some(_), _) => None,
        (None, None) => Some("has no tag".to_owned()),
        (None, Some(tag)) => {
            (tag == "latest" || tag.ends_with("-latest")).then(|| format!("has the tag `{tag}`"))
        }
    }
}
