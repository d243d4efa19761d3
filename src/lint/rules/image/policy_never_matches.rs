//! `image/policy-never-matches`: a pattern and a policer that no tag can pass both.

use crate::image::semver::Mismatch;
use crate::image::{Policer, Rejection};
use crate::lint::rules::page;
use crate::lint::tag_policies::{AppliedPolicy, Kind, Piece, Unmet, lets_nothing_in, unmet};
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};

static INFO: RuleInfo = page(
    "image/policy-never-matches",
    Severity::Error,
    include_str!("../../../../docs/rules/image/policy-never-matches.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

/// Any number: the same tags are made up in every run.
const SEED: u64 = 1;

/// What is wrong, and what to do.
struct Fault {
    message: String,
    help: &'static str,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for applied in context.tag_policies() {
        let Some(fault) = unreadable(applied)
            .or_else(|| hashes(applied))
            .or_else(|| out_of_range(applied))
        else {
            continue;
        };
        let object = &applied.object;
        let mut draft = Draft::new(fault.message)
            .help(fault.help)
            .object(object.node());
        if applied.filter().is_some() {
            let pattern = object.place(&["spec", "filterTags", "pattern"]);
            draft = draft.related(pattern, "the pattern");
        }
        sink.at(applied.policer_place(), draft);
    }
}

/// Finds policies whose policer can read no key that the filter makes.
fn unreadable(applied: &AppliedPolicy<'_>) -> Option<Fault> {
    let filter = applied.filter()?;
    let key = match filter.extract() {
        Some(_) => "no key that `extract` makes",
        None => "no tag that the pattern matches",
    };
    let (what, help) = match unmet(filter, applied.policer()?)? {
        Unmet::LegalTag => {
            return Some(Fault {
                message: "the pattern matches no text that can be a tag: the policy selects nothing, ever".to_owned(),
                help: "a tag has letters, digits, `.`, `_` and `-` only; `^` stands at its start and `$` at its end",
            });
        }
        Unmet::Version => (
            "version",
            "semver reads versions with three numbers; use `numerical` for numbers, or make a version with `extract`",
        ),
        Unmet::Number => (
            "number",
            "use `semver` for versions, or let `extract` take a number alone",
        ),
    };
    let example = example(applied);
    let message = format!("{key} is a {what}{example}: the policy selects nothing, ever");
    Some(Fault { message, help })
}

/// Finds numerical policies over commit hashes: one with a letter fails the whole policy.
fn hashes(applied: &AppliedPolicy<'_>) -> Option<Fault> {
    let Policer::Numerical(_) = applied.policer()? else {
        return None;
    };
    let pieces = applied.key_pieces();
    let hash = |piece: &Piece| matches!(piece.kind, Kind::Hash(..));
    let example = example(applied);
    (pieces.iter().any(hash) && !example.is_empty()).then(|| Fault {
        message: format!(
            "the keys are commit hashes, and one that is no number fails the whole policy{example}"
        ),
        help: "put a timestamp or a build number into the tag in CI, and extract that",
    })
}

/// Finds ranges that let in no version, or none that the filter makes.
fn out_of_range(applied: &AppliedPolicy<'_>) -> Option<Fault> {
    let Policer::SemVer { range, constraint } = applied.policer()? else {
        return None;
    };
    let pieces = applied.filter().map(|_| applied.key_pieces());
    if !lets_nothing_in(constraint, range, pieces.as_deref()) {
        return None;
    }
    if pieces.is_none() {
        return Some(Fault {
            message: format!(
                "the range `{range}` lets no version in: the policy selects nothing, ever"
            ),
            help: "correct the range: no version lies between its ends",
        });
    }
    let prerelease = matches!(
        refused(applied),
        Some((
            _,
            Rejection::OutOfRange {
                mismatch: Mismatch::Prerelease,
                ..
            }
        ))
    );
    Some(Fault {
        message: format!(
            "no version that the pattern matches is in the range `{range}`{}: the policy selects nothing, ever",
            example(applied)
        ),
        help: match prerelease {
            true => {
                "let prereleases in, with a range such as `>=1.0.0-0`, or extract the version without what follows it"
            }
            false => "correct the pattern or the range",
        },
    })
}

/// Returns a made-up tag that the policy refuses, and why.
fn refused(applied: &AppliedPolicy<'_>) -> Option<(String, Rejection)> {
    let samples = || applied.filter()?.regexp().samples(SEED, 1).pop();
    let tag = applied.example().or_else(samples)?;
    let why = applied.policy.could_choose(&tag).err()?;
    Some((tag, why))
}

/// Shows a tag with the reason why it is refused.
fn example(applied: &AppliedPolicy<'_>) -> String {
    let Some((tag, why)) = refused(applied) else {
        return String::new();
    };
    match why.to_string() {
        why if why.contains(&format!("`{tag}`")) => format!(" ({why})"),
        why => format!(" (of `{tag}`, {why})"),
    }
}
