//! `image/policy-picks-oldest`: an order that selects the oldest build.

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
        let Some(pair) = proof(applied) else {
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
