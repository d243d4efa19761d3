//! What the user wants of a policy: `auto`, `none`, `timestamp`, `numerical` or `semver:RANGE`.

use std::fmt;
use std::str::FromStr;

use super::choice::TagOrder;
use super::family::Meaning;
use crate::image::{Fault, PolicyChoice, TagPolicySpec};

/// What the user wants of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// What fits the tags best.
    #[default]
    Auto,
    /// No policy at all.
    None,
    /// The greatest version within a range, which is one that Flux reads.
    Semver(String),
    /// The newest time.
    Timestamp,
    /// The largest number.
    Numerical,
}

/// Why a text is no wish. Displays as one line, and for a range as three, with a mark below what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WishError {
    /// What is wrong, a fragment.
    pub message: String,
    /// Where in the range, if one is given.
    pub fault: Option<Fault>,
}

impl std::error::Error for WishError {}

impl fmt::Display for WishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        let Some(fault) = &self.fault else {
            return Ok(());
        };
        let part = |range: std::ops::Range<usize>| {
            fault
                .text
                .get(range)
                .unwrap_or_default()
                .replace(char::is_control, " ")
        };
        let indent = " ".repeat(part(0..fault.at.start).chars().count());
        let marks = "^".repeat(part(fault.at.clone()).chars().count().max(1));
        write!(
            f,
            "\n  {}\n  {indent}{marks} {}",
            part(0..fault.text.len()),
            fault.help
        )
    }
}

impl FromStr for Wish {
    type Err = WishError;

    fn from_str(text: &str) -> Result<Self, WishError> {
        if let Some(range) = text.strip_prefix("semver:") {
            return semver(range);
        }
        match text {
            "auto" => Ok(Wish::Auto),
            "none" => Ok(Wish::None),
            "timestamp" => Ok(Wish::Timestamp),
            "numerical" => Ok(Wish::Numerical),
            "semver" => Err(refuse(
                "a range is missing: `semver:1.x`, `semver:>=1.2.0 <2.0.0`".to_owned(),
            )),
            _ => Err(refuse(format!(
                "`{}` is no policy; there are auto, semver:RANGE, timestamp, numerical and none",
                text.escape_debug()
            ))),
        }
    }
}

fn refuse(message: String) -> WishError {
    WishError {
        message,
        fault: None,
    }
}

fn semver(range: &str) -> Result<Wish, WishError> {
    let choice = PolicyChoice::SemVer {
        range: range.to_owned(),
    };
    let Err(message) = choice.compile() else {
        return Ok(Wish::Semver(range.to_owned()));
    };
    let spec = TagPolicySpec {
        choice: Some(choice),
        ..TagPolicySpec::default()
    };
    Err(WishError {
        message,
        fault: spec.faults().into_iter().next(),
    })
}

impl Wish {
    /// Tells whether a family whose numbers mean this may be chosen.
    pub(super) fn admits(&self, meaning: &Meaning) -> bool {
        match self {
            Wish::Auto => true,
            Wish::None => false,
            Wish::Semver(_) => *meaning == Meaning::Version,
            Wish::Timestamp => matches!(meaning, Meaning::Time(_)),
            Wish::Numerical => *meaning != Meaning::Version,
        }
    }

    /// Tells whether a policy of this order is what is wanted.
    pub fn allows(&self, order: &TagOrder) -> bool {
        match self {
            Wish::Auto => true,
            Wish::None => false,
            Wish::Semver(range) => matches!(order, TagOrder::Semver(own) if own == range),
            Wish::Timestamp => !matches!(order, TagOrder::Semver(_)),
            Wish::Numerical => *order == TagOrder::Numerical,
        }
    }
}
