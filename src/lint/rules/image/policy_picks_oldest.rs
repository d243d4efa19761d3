//! `image/policy-picks-oldest`: an order that selects the oldest build.

use super::policies::current_tags;
use crate::image::{Order, Policer};
use crate::lint::rules::page;
use crate::lint::tag_policies::{AppliedPolicy, Kind, Pair, Piece};
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};

static INFO: RuleInfo = page(
    "image/policy-picks-oldest",
    Severity::Error,
    include_str!("../../../../docs/rules/image/policy-picks-oldest.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for applied in context.tag_policies() {
        let Some(pair) = proof(applied).or_else(|| evidence(context, applied)) else {
            continue;
        };
        let draft = Draft::new(format!(
            "`order: desc` selects the smallest, which is the oldest: `{}` loses to `{}`",
            pair.newer, pair.older
        ))
        .help("write `order: asc`: the greatest wins, which is the newest")
        .object(applied.object.node());
        let key = applied.policer_key();
        sink.at(
            applied.object.place(&["spec", "policy", key, "order"]),
            draft,
        );
    }
}

/// Returns tags of two builds of which the policy takes the older.
fn proof(applied: &AppliedPolicy<'_>) -> Option<Pair> {
    let grows = match applied.policer()? {
        Policer::Numerical(Order::Descending) => true,
        Policer::Alphabetical(Order::Descending) => starts_with_number(&applied.key_pieces()),
        _ => false,
    };
    let takes_older =
        |pair: &Pair| applied.winner(pair) == Some(&*pair.older) && keys_differ(applied, pair);
    grows.then(|| applied.pair(takes_older)).flatten()
}

fn keys_differ(applied: &AppliedPolicy<'_>, pair: &Pair) -> bool {
    applied.policy.key(&pair.older) != applied.policy.key(&pair.newer)
}

/// Tells whether the first part in which keys differ is a number.
fn starts_with_number(pieces: &[Piece]) -> bool {
    let first = pieces.iter().find(|piece| piece.varies());
    first.is_some_and(|piece| matches!(piece.kind, Kind::Number(..)))
}

/// Returns the tag that stands in git and its successor, where the policy looks at every tag, takes the smallest text, and
/// what it took is a number or a version.
fn evidence(context: &Context<'_>, applied: &AppliedPolicy<'_>) -> Option<Pair> {
    let Policer::Alphabetical(Order::Descending) = applied.policer()? else {
        return None;
    };
    let pairs = current_tags(context, &applied.object).filter_map(|tag| successor(&tag));
    let mut pairs = pairs.filter(|pair| applied.winner(pair) == Some(&*pair.older));
    applied.filter().is_none().then(|| pairs.next()).flatten()
}

/// Returns a version and the next one: `1.4.2` and `1.4.3`.
fn successor(tag: &str) -> Option<Pair> {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let version = tag.strip_prefix('v').unwrap_or(tag);
    if !version.split('.').all(number) {
        return None;
    }
    let start = tag.rfind(['.', 'v']).map_or(0, |at| at + 1);
    let (before, last) = tag.split_at_checked(start)?;
    let next = last.parse::<u64>().ok()?.checked_add(1)?;
    Some(Pair {
        older: tag.to_owned(),
        newer: format!("{before}{next:0>width$}", width = last.len()),
    })
}
