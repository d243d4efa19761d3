//! `image/policy-ambiguous-extract`: a key that leaves out what tells two builds apart.

use crate::lint::rules::page;
use crate::lint::tag_policies::{AppliedPolicy, Kind, Pair, Piece, of_tag};
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};

static INFO: RuleInfo = page(
    "image/policy-ambiguous-extract",
    Severity::Warning,
    include_str!("../../../../docs/rules/image/policy-ambiguous-extract.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

/// Digits that tell a build from every other: a date with a time, or seconds since 1970.
const UNIQUE_DIGITS: u32 = 10;

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for applied in context.tag_policies() {
        let Some(pieces) = applied
            .filter()
            .filter(|f| f.extract().is_some())
            .map(of_tag)
        else {
            continue;
        };
        if !leaves_out(&pieces) || tells_builds_apart(&pieces, &applied.key_pieces()) {
            continue;
        }
        let key = |tag: &str| applied.policy.key(tag).ok();
        let same =
            |pair: &Pair| key(&pair.older) == key(&pair.newer) && applied.winner(pair).is_some();
        let takes_older = |pair: &Pair| same(pair) && applied.winner(pair) == Some(&*pair.older);
        let Some(pair) = applied.pair(takes_older).or_else(|| applied.pair(same)) else {
            continue;
        };
        let draft = Draft::new(message(applied, &pair))
            .help("let `extract` read every part of the tag that has an order")
            .object(applied.object.node());
        sink.at(
            applied.object.place(&["spec", "filterTags", "extract"]),
            draft,
        );
    }
}

fn message(applied: &AppliedPolicy<'_>, pair: &Pair) -> String {
    format!(
        "`extract` leaves out what tells builds apart: `{}` and `{}` both give the key `{}`, and of those Flux takes `{}`, the smallest text",
        pair.older,
        pair.newer,
        applied.policy.key(&pair.older).unwrap_or_default(),
        applied.winner(pair).unwrap_or_default(),
    )
}

/// Tells whether a number lies outside of `extract`.
fn leaves_out(pieces: &[Piece]) -> bool {
    let number = |piece: &Piece| !piece.read && matches!(piece.kind, Kind::Number(..));
    pieces.iter().any(number)
}

/// Tells whether the key is one of a build alone (a timestamp, a build number, a commit) or nothing is known of it.
fn tells_builds_apart(tag: &[Piece], key: &[Piece]) -> bool {
    let numbers: Vec<&Piece> = key
        .iter()
        .filter(|p| matches!(p.kind, Kind::Number(..)))
        .collect();
    let vague = |piece: &Piece| matches!(piece.kind, Kind::Hash(..) | Kind::Other);
    if numbers.is_empty() || key.iter().any(vague) {
        return true;
    }
    let width = |piece: &&Piece| match piece.kind {
        Kind::Number(min, max) => max.filter(|max| *max == min),
        _ => None,
    };
    match numbers.iter().map(width).sum::<Option<u32>>() {
        Some(digits) => digits >= UNIQUE_DIGITS,
        None => match numbers.as_slice() {
            [only] => only.is_named_time() || !is_cut_version(tag),
            _ => false,
        },
    }
}

/// Tells whether a dot stands between a number that is read and one that is not, as in a version cut short.
fn is_cut_version(tag: &[Piece]) -> bool {
    let number = |piece: &Piece| matches!(piece.kind, Kind::Number(..));
    tag.windows(3).any(|three| match three {
        [one, dot, other] => {
            number(one)
                && number(other)
                && one.read != other.read
                && dot.kind == Kind::Text(".".to_owned())
        }
        _ => false,
    })
}
