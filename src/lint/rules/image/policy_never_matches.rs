//! `image/policy-never-matches`: a pattern and a policer that no tag can pass both.

use crate::image::{Policer, TagFilter};
use crate::lint::rules::page;
use crate::lint::tag_policies::{AppliedPolicy, NoTag, no_tag};
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};

static INFO: RuleInfo = page(
    "image/policy-never-matches",
    Severity::Error,
    include_str!("../../../../docs/rules/image/policy-never-matches.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

/// Any number: the same tags are made up in every run.
const SEED: u64 = 1;

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for applied in context.tag_policies() {
        let (Some(filter), Some(policer)) = (applied.filter(), applied.policer()) else {
            continue;
        };
        let Some((message, help)) = fault(applied, filter, policer) else {
            continue;
        };
        let draft = Draft::new(message)
            .help(help)
            .object(applied.object.node())
            .related(
                applied.object.place(&["spec", "filterTags", "pattern"]),
                "the pattern",
            );
        sink.at(applied.policer_place(), draft);
    }
}

fn fault(
    applied: &AppliedPolicy<'_>,
    filter: &TagFilter,
    policer: &Policer,
) -> Option<(String, &'static str)> {
    let key = match filter.extract() {
        Some(_) => "no key that `extract` makes",
        None => "no tag that the pattern matches",
    };
    match no_tag(filter, policer) {
        Some(NoTag::NoLegalTag) => Some((
            "the pattern matches no text that can be a tag: the policy selects nothing, ever"
                .to_owned(),
            "a tag has letters, digits, `.`, `_` and `-`, and `^` and `$` stand at its ends",
        )),
        Some(NoTag::NoVersion) => Some((
            format!(
                "{key} is a version{}: the policy selects nothing, ever",
                example(applied)
            ),
            "semver reads versions with three numbers; use `numerical` for numbers, or make a version with `extract`",
        )),
        Some(NoTag::NoNumber) => Some((
            format!(
                "{key} is a number{}: the policy selects nothing, ever",
                example(applied)
            ),
            "use `semver` for versions, or let `extract` take a number alone",
        )),
        None => None,
    }
}

/// Returns a made-up tag with the reason why it is refused.
fn example(applied: &AppliedPolicy<'_>) -> String {
    let sample = applied
        .filter()
        .and_then(|f| f.regexp().samples(SEED, 1).pop());
    let refused = sample.and_then(|tag| Some((applied.policy.could_choose(&tag).err()?, tag)));
    refused.map_or_else(String::new, |(why, tag)| format!(" (of `{tag}`, {why})"))
}
