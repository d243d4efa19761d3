//! `image/policy-random-order`: an order over what has none.

use crate::image::Policer;
use crate::lint::rules::page;
use crate::lint::tag_policies::{AppliedPolicy, Kind, Pair};
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};

static INFO: RuleInfo = page(
    "image/policy-random-order",
    Severity::Error,
    include_str!("../../../../docs/rules/image/policy-random-order.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for applied in context.tag_policies() {
        let Some(Policer::Alphabetical(_)) = applied.policer() else {
            continue;
        };
        let pieces = applied.key_pieces();
        let first = pieces.iter().find(|piece| piece.varies());
        if !first.is_some_and(|piece| matches!(piece.kind, Kind::Hash(..))) {
            continue;
        }
        let proof = applied.commits().and_then(|pair| words(applied, &pair));
        let draft = Draft::new(format!(
            "the policy compares commit hashes, which have no order{}",
            proof.unwrap_or_default()
        ))
        .help("put a timestamp or a build number into the tag in CI, and extract that")
        .object(applied.object.node());
        sink.at(applied.policer_place(), draft);
    }
}

fn words(applied: &AppliedPolicy<'_>, pair: &Pair) -> Option<String> {
    let winner = applied.winner(pair)?;
    Some(format!(
        ": of `{}` and `{}` it takes `{winner}`, whichever was built first",
        pair.older, pair.newer
    ))
}
