//! `image/policy-single-tag`: a pattern that one tag alone can match.

use super::policies::text;
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};

static INFO: RuleInfo = page(
    "image/policy-single-tag",
    Severity::Warning,
    include_str!("../../../../docs/rules/image/policy-single-tag.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for applied in context.tag_policies() {
        let object = &applied.object;
        let reflection = text(object.node(), &["spec", "digestReflectionPolicy"]);
        // A variable may say Always.
        if reflection.is_some_and(|r| r == "Always" || r.contains("${")) {
            continue;
        }
        let only = applied.filter().and_then(|f| f.regexp().literal_only());
        let Some(tag) = only.filter(|tag| applied.policy.could_choose(tag).is_ok()) else {
            continue;
        };
        let draft = Draft::new(format!(
            "the pattern matches the tag `{tag}` alone: the policy selects it for ever, so nothing will ever update"
        ))
        .help(
            "to follow what the tag points to, set `digestReflectionPolicy: Always` and an `interval`; else let more tags in",
        )
        .object(object.node());
        sink.at(object.place(&["spec", "filterTags", "pattern"]), draft);
    }
}
