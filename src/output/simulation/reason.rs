//! Why tags lose, grouped for people: the reason, and the tags that share it.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::image::semver::{Mismatch, VersionError};
use crate::image::{Fate, Rejection, Selection, TagFate};
use crate::output::text::one_line;

/// Why tags are no candidates, the nearest misses first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    Unranked,
    Prerelease(SmolStr),
    OutOfRange(SmolStr),
    DuplicateKey,
    NoNumber,
    NoVersion(VersionError),
    Filtered(SmolStr),
    Excluded(SmolStr),
    Invalid,
}

/// Groups the tags that are no candidates by reason.
pub(super) fn groups<'s>(selection: &'s Selection<'_>) -> BTreeMap<Reason, Vec<&'s TagFate<'s>>> {
    let mut groups: BTreeMap<Reason, Vec<&TagFate<'_>>> = BTreeMap::new();
    for fate in &selection.tags {
        if let Some(reason) = Reason::of(fate) {
            groups.entry(reason).or_default().push(fate);
        }
    }
    groups
}

impl Reason {
    /// Returns the reason, or nothing for those in the ranking.
    fn of(fate: &TagFate<'_>) -> Option<Self> {
        let reason = match &fate.fate {
            Fate::Winner => return None,
            Fate::Candidate { .. } if fate.rank.is_some() => return None,
            Fate::Candidate { .. } => Reason::Unranked,
            Fate::DuplicateKey { .. } => Reason::DuplicateKey,
            Fate::Rejected(rejection) => match rejection {
                Rejection::Excluded { pattern } => Reason::Excluded(pattern.clone()),
                Rejection::Filtered { pattern } => Reason::Filtered(pattern.clone()),
                Rejection::NoVersion { cause, .. } => Reason::NoVersion(*cause),
                Rejection::NoNumber { .. } => Reason::NoNumber,
                Rejection::OutOfRange {
                    range, mismatch, ..
                } => match mismatch {
                    Mismatch::Prerelease => Reason::Prerelease(range.clone()),
                    Mismatch::OutOfRange => Reason::OutOfRange(range.clone()),
                },
                Rejection::Invalid(_) => Reason::Invalid,
            },
        };
        Some(reason)
    }

    /// Returns what tells the tags of a group from candidates.
    pub(super) fn label(&self) -> String {
        match self {
            Reason::Unranked => "would take part if every key were a number".to_owned(),
            Reason::Prerelease(range) => {
                format!("a prerelease, which the range `{range}` does not let in")
            }
            Reason::OutOfRange(range) => format!("outside the range `{range}`"),
            Reason::DuplicateKey => {
                "another tag gives the same key, and Flux keeps that one".to_owned()
            }
            Reason::NoNumber => "no number: one such key fails the whole policy".to_owned(),
            Reason::NoVersion(cause) => format!("no version: {cause}"),
            Reason::Filtered(pattern) => format!("does not match the pattern `{pattern}`"),
            Reason::Excluded(pattern) => format!("the exclusion list has `{pattern}`"),
            Reason::Invalid => "the policy is invalid".to_owned(),
        }
    }
}

/// Returns a tag as an example; with its key where that is what failed.
pub(super) fn example(fate: &TagFate<'_>) -> String {
    let tag = one_line(fate.tag);
    match &fate.fate {
        Fate::DuplicateKey { by } => format!("{tag} (as {})", one_line(by)),
        _ => match &fate.key {
            Some(key) if key != fate.tag => format!("{tag} (`{}`)", one_line(key)),
            _ => tag.into_owned(),
        },
    }
}
