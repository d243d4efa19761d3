//! `image/policy-wrong-order`: an order by text over numbers of several lengths.

use super::policies::current_tags;
use crate::image::{Order, Policer};
use crate::lint::rules::page;
use crate::lint::tag_policies::{AppliedPolicy, Kind, Pair};
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};

static INFO: RuleInfo = page(
    "image/policy-wrong-order",
    Severity::Warning,
    include_str!("../../../../docs/rules/image/policy-wrong-order.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

/// From how many digits on a number is taken for a date or a timestamp, which keep their length.
const TIME_DIGITS: usize = 8;

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for applied in context.tag_policies() {
        if !compares_lengths(applied) || shows_times(context, applied) {
            continue;
        }
        let older_wins =
            |pair: &Pair| applied.winner(pair) == Some(&*pair.older) && keys_differ(applied, pair);
        let Some(pair) = applied.pair(older_wins) else {
            continue;
        };
        let draft = Draft::new(format!(
            "`alphabetical` compares numbers as text: `{}` beats `{}`",
            pair.older, pair.newer
        ))
        .help("use `semver` for versions and `numerical` for numbers, or pad the numbers in CI")
        .object(applied.object.node());
        sink.at(applied.policer_place(), draft);
    }
}

fn keys_differ(applied: &AppliedPolicy<'_>, pair: &Pair) -> bool {
    applied.policy.key(&pair.older) != applied.policy.key(&pair.newer)
}

/// Tells whether a number of several lengths decides, with nothing without an order before it.
fn compares_lengths(applied: &AppliedPolicy<'_>) -> bool {
    let Some(Policer::Alphabetical(Order::Ascending)) = applied.policer() else {
        return false;
    };
    let fixed = |kind: &Kind| matches!(kind, Kind::Number(min, max) if *max == Some(*min));
    let pieces = applied.key_pieces();
    let first = pieces
        .iter()
        .find(|piece| piece.varies() && !fixed(&piece.kind));
    first.is_some_and(|piece| {
        let short = |min: u32| (min as usize) < TIME_DIGITS;
        matches!(piece.kind, Kind::Number(min, _) if short(min)) && !piece.is_named_time()
    })
}

/// Tells whether a tag that stands at a marker of the policy has a number as long as a time.
fn shows_times(context: &Context<'_>, applied: &AppliedPolicy<'_>) -> bool {
    current_tags(context, &applied.object).any(|tag| {
        let key = applied.policy.key(&tag).unwrap_or_default();
        let mut runs = key.split(|c: char| !c.is_ascii_digit());
        runs.any(|run| run.len() >= TIME_DIGITS)
    })
}
