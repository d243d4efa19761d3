//! What a policy makes of a list of tags: the winner, and the fate of every tag with its reason.

use std::fmt;

use smol_str::SmolStr;

use super::policy::Problem;
use super::semver::{Mismatch, VersionError};

/// The outcome of applying a policy to tags.
#[derive(Clone, Debug)]
pub struct Selection<'t> {
    /// The tag that Flux reports; `None` on an error or where it would pick at random.
    pub winner: Option<&'t str>,
    /// The tags among which Flux picks at random, in the order of the list; empty if it does not.
    pub ambiguous: Vec<&'t str>,
    /// Why there is no result at all.
    pub error: Option<SelectionError>,
    /// Every tag: candidates by rank, then the others, grouped by what became of them. Empty if the policy, the filter
    /// or the exclusion list is invalid.
    pub tags: Vec<TagFate<'t>>,
}

/// What became of one tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagFate<'t> {
    /// The tag.
    pub tag: &'t str,
    /// What the policy compares; `None` if the tag did not get that far.
    pub key: Option<SmolStr>,
    /// The place among the candidates, from 1. Tags among which Flux picks at random all have 1.
    pub rank: Option<usize>,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Flux reports it.
    Winner,
    /// It could have won. Holds the tag that beats it; `None` if nothing does or the policy failed on another tag.
    Candidate {
        /// The winner.
        beaten_by: Option<SmolStr>,
    },
    /// Another tag gives the same key, and Flux remembers that one.
    DuplicateKey {
        /// The other tag.
        by: SmolStr,
    },
    /// It can never be chosen.
    Rejected(Rejection),
}

/// Why a tag can never be chosen. Displays as a clause that can follow "because".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The ImageRepository excludes it.
    #[error("the exclusion list has `{pattern}`")]
    Excluded {
        /// The entry that matches.
        pattern: SmolStr,
    },
    /// The filter's pattern does not match it.
    #[error("it does not match the pattern `{pattern}`")]
    Filtered {
        /// The pattern.
        pattern: SmolStr,
    },
    /// Its key is no version for a semver policy.
    #[error("`{key}` is no version: {cause}")]
    NoVersion {
        /// The key.
        key: SmolStr,
        /// What is wrong with it.
        cause: VersionError,
    },
    /// Its key is no number for a numerical policy. One such tag fails the whole policy.
    #[error("`{key}` is no number")]
    NoNumber {
        /// The key.
        key: SmolStr,
    },
    /// Its version does not satisfy the range.
    #[error("{}", out_of_range(.key, .range, *.mismatch))]
    OutOfRange {
        /// The key.
        key: SmolStr,
        /// The range.
        range: SmolStr,
        /// Whether only being a prerelease keeps it out.
        mismatch: Mismatch,
    },
    /// The policy, its filter or the exclusion list is invalid, so nothing can be chosen.
    #[error("{0}")]
    Invalid(SelectionError),
}

fn out_of_range(key: &str, range: &str, mismatch: Mismatch) -> String {
    match mismatch {
        Mismatch::OutOfRange => format!("`{key}` is outside the range `{range}`"),
        Mismatch::Prerelease => {
            format!("`{key}` is a prerelease, which the range `{range}` does not let in")
        }
    }
}

/// Why a policy gives no tag, in the controller's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SelectionError {
    /// What kind of failure it is.
    pub kind: SelectionErrorKind,
    /// The message of image-reflector-controller v1.2.
    pub message: String,
}

/// The kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SelectionErrorKind {
    /// No tag is there, or all are excluded.
    NoTags,
    /// `spec.policy` is refused.
    InvalidPolicy,
    /// `spec.filterTags.pattern` is refused.
    InvalidFilter,
    /// An entry of `exclusionList` is refused.
    InvalidExclusion,
    /// A key is no number.
    InvalidNumber,
    /// The filter matches no tag.
    EmptyList,
    /// No tag is a version within the range.
    NoMatch,
}

impl SelectionErrorKind {
    /// Returns the name that JSON output uses, such as `no_tags`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoTags => "no_tags",
            Self::InvalidPolicy => "invalid_policy",
            Self::InvalidFilter => "invalid_filter",
            Self::InvalidExclusion => "invalid_exclusion",
            Self::InvalidNumber => "invalid_number",
            Self::EmptyList => "empty_list",
            Self::NoMatch => "no_match",
        }
    }
}

impl SelectionError {
    /// Makes an error.
    pub(super) fn new(kind: SelectionErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }
}

impl Fate {
    /// Returns the name that JSON output uses for the status.
    pub fn status(&self) -> &'static str {
        match self {
            Self::Winner => "winner",
            Self::Candidate { .. } => "candidate",
            Self::DuplicateKey { .. } => "duplicate-key",
            Self::Rejected(rejection) => rejection.status(),
        }
    }
}

impl fmt::Display for Fate {
    /// Writes the reason, a clause that can follow "because".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Winner => f.write_str("nothing beats it"),
            Self::Candidate {
                beaten_by: Some(winner),
            } => write!(f, "`{winner}` beats it"),
            Self::Candidate { beaten_by: None } => f.write_str("nothing tells it from the others"),
            Self::DuplicateKey { by } => {
                write!(f, "`{by}` gives the same key, and Flux keeps that one")
            }
            Self::Rejected(rejection) => rejection.fmt(f),
        }
    }
}

impl Rejection {
    /// Returns the name that JSON output uses for the status.
    pub fn status(&self) -> &'static str {
        match self {
            Self::Excluded { .. } => "excluded",
            Self::Filtered { .. } => "filtered",
            Self::NoVersion { .. } | Self::NoNumber { .. } | Self::Invalid(_) => "unparsable",
            Self::OutOfRange { .. } => "out-of-range",
        }
    }

    /// Words the problem that a policer has with a key.
    pub(super) fn of_key(problem: Problem, key: SmolStr, range: &SmolStr) -> Self {
        match problem {
            Problem::Version(cause) => Self::NoVersion { key, cause },
            Problem::Number => Self::NoNumber { key },
            Problem::Range(mismatch) => Self::OutOfRange {
                key,
                range: range.clone(),
                mismatch,
            },
        }
    }
}
