//! `image/repository-invalid`: an ImageRepository whose image or exclusion list the controller refuses.

use super::policies::{is_unknown, text};
use crate::image::{ExclusionList, Reference};
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};
use crate::manifest::Node;

static INFO: RuleInfo = page(
    "image/repository-invalid",
    Severity::Error,
    include_str!("../../../../docs/rules/image/repository-invalid.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for repository in context.images.iter().flat_map(|i| &i.repositories) {
        let node = repository.node();
        if let Some(image) = text(node, &["spec", "image"]).filter(|image| !is_unknown(image))
            && let Err(error) = Reference::parse_repository(image)
        {
            let draft = Draft::new(format!("the controller refuses this image: {error}"))
                .help("write registry and repository alone, such as `ghcr.io/example/app`")
                .object(node);
            sink.at(repository.place(&["spec", "image"]), draft);
        }
        for pattern in node
            .at_path(&["spec", "exclusionList"])
            .and_then(Node::items)
            .unwrap_or_default()
        {
            let Some(text) = pattern.text().filter(|t| !is_unknown(t)) else {
                continue;
            };
            if let Err(error) = ExclusionList::new(&[text]) {
                let draft = Draft::new(format!(
                    "one bad entry of `exclusionList` fails the whole scan: {error}"
                ))
                .help("write a Go regular expression; there is no lookaround and no backreference")
                .object(node);
                sink.at(pattern.place, draft);
            }
        }
    }
}
