//! The choice that an ImagePolicy makes among keys: `spec.policy` of image-reflector-controller v1.2.

use rayon::prelude::*;

use super::filter::MANY;
use super::semver::{Constraint, Mismatch, Version, VersionError};
use super::{alphabetical, numerical};

/// What `spec.policy` asks for, as written. Where several are given Flux takes the first of this list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyChoice {
    /// The greatest version within a range.
    SemVer {
        /// `semver.range`.
        range: String,
    },
    /// The largest or smallest text.
    Alphabetical {
        /// `alphabetical.order`, empty if absent.
        order: String,
    },
    /// The largest or smallest number.
    Numerical {
        /// `numerical.order`, empty if absent.
        order: String,
    },
}

/// Which end wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// `asc`: the largest wins.
    #[default]
    Ascending,
    /// `desc`: the smallest wins.
    Descending,
}

/// A choice that the controller accepts, ready to be made.
#[derive(Clone, Debug)]
pub enum Policer {
    /// The greatest version within the range.
    SemVer {
        /// The range as written.
        range: String,
        /// The range compiled.
        constraint: Constraint,
    },
    /// By text.
    Alphabetical(Order),
    /// By number.
    Numerical(Order),
}

/// Why a policer cannot use a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// It is no version.
    Version(VersionError),
    /// It is no number.
    Number,
    /// It is a version that the range leaves out.
    Range(Mismatch),
}

/// Keys in order of preference, as positions in the list that was ranked.
#[derive(Debug, Default)]
pub(super) struct Ranking {
    /// The usable keys, best first. The first is what Flux chooses if it meets the keys in the order of the list.
    pub(super) ranked: Vec<usize>,
    /// How many of the first are as good as the best: any of them may be chosen if the keys come in random order.
    pub(super) tied: usize,
    /// The other keys.
    pub(super) problems: Vec<(usize, Problem)>,
}

impl PolicyChoice {
    /// Makes the policer.
    ///
    /// # Errors
    /// The controller's message without its `invalid policy: `, such as `improper constraint: ""`.
    pub fn compile(&self) -> Result<Policer, String> {
        match self {
            Self::SemVer { range } => {
                let constraint = Constraint::parse(range)?;
                Ok(Policer::SemVer {
                    range: range.clone(),
                    constraint,
                })
            }
            Self::Alphabetical { order } => Order::parse(order).map(Policer::Alphabetical),
            Self::Numerical { order } => Order::parse(order).map(Policer::Numerical),
        }
    }
}

impl Order {
    /// Reads an order in any case; empty is ascending. The API server lets only `asc` and `desc` through.
    ///
    /// # Errors
    /// The controller's message.
    pub fn parse(text: &str) -> Result<Self, String> {
        let upper: String = text.chars().map(to_upper).collect();
        match upper.as_str() {
            "" | "ASC" => Ok(Self::Ascending),
            "DESC" => Ok(Self::Descending),
            _ => Err(format!(
                "invalid order argument provided: '{upper}', must be one of: ASC, DESC"
            )),
        }
    }
}

/// Go's `unicode.ToUpper`: one character for one.
fn to_upper(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => upper,
        _ => c,
    }
}

impl Policer {
    /// Ranks keys that are given in the order in which Flux meets them.
    pub(super) fn rank(&self, keys: &[&str]) -> Ranking {
        match self {
            Self::SemVer { constraint, .. } => rank_versions(keys, constraint),
            Self::Alphabetical(order) => alphabetical::rank(keys, *order),
            Self::Numerical(order) => numerical::rank(keys, *order),
        }
    }

    /// Returns why a key can never be chosen.
    pub(super) fn problem(&self, key: &str) -> Option<Problem> {
        match self {
            Self::SemVer { constraint, .. } => version(key, constraint).err(),
            Self::Alphabetical(_) => None,
            Self::Numerical(_) => numerical::parse(key).is_none().then_some(Problem::Number),
        }
    }
}

fn version<'k>(key: &'k str, constraint: &Constraint) -> Result<Version<'k>, Problem> {
    let version = Version::parse_tag(key).map_err(Problem::Version)?;
    constraint
        .mismatch(&version)
        .map_or(Ok(version), |mismatch| Err(Problem::Range(mismatch)))
}

/// Ranks versions; the first of equals wins.
fn rank_versions(keys: &[&str], constraint: &Constraint) -> Ranking {
    let mut ranking = Ranking::default();
    let mut versions = Vec::with_capacity(keys.len());
    let judged: Vec<_> = match keys.len() < MANY {
        true => keys.iter().map(|key| version(key, constraint)).collect(),
        false => keys
            .par_iter()
            .map(|key| version(key, constraint))
            .collect(),
    };
    for (position, version) in judged.into_iter().enumerate() {
        match version {
            Ok(version) => versions.push((position, version)),
            Err(problem) => ranking.problems.push((position, problem)),
        }
    }
    match versions.len() < MANY {
        true => versions.sort_by(|one, other| other.1.cmp(&one.1)),
        false => versions.par_sort_by(|one, other| other.1.cmp(&one.1)),
    }
    let best = versions.first().map(|(_, version)| *version);
    ranking.tied = versions
        .iter()
        .take_while(|(_, version)| Some(*version) == best)
        .count();
    ranking.ranked = versions.into_iter().map(|(position, _)| position).collect();
    ranking
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(choice: PolicyChoice) -> Option<String> {
        choice.compile().err()
    }

    #[test]
    fn words_errors_as_the_controller() {
        let range = |range: &str| {
            error(PolicyChoice::SemVer {
                range: range.to_owned(),
            })
        };
        assert_eq!(range(">=1.0.0"), None);
        assert_eq!(range("").as_deref(), Some("improper constraint: \"\""));
        let order = |order: &str| {
            error(PolicyChoice::Numerical {
                order: order.to_owned(),
            })
        };
        assert!(
            ["", "asc", "DESC", "aſc"]
                .into_iter()
                .all(|text| order(text).is_none())
        );
        let message = "invalid order argument provided: 'UPß ', must be one of: ASC, DESC";
        assert_eq!(order("upß ").as_deref(), Some(message));
    }

    #[test]
    fn the_first_of_equal_versions_wins() {
        let policer = PolicyChoice::SemVer {
            range: "1.x".to_owned(),
        }
        .compile()
        .unwrap();
        let ranking = policer.rank(&["1.0.0", "v1.2.0", "1.2.0", "2.0.0", "latest"]);
        assert_eq!(ranking.ranked, [1, 2, 0]);
        assert_eq!(ranking.tied, 2);
        let problems = [
            (3, Problem::Range(Mismatch::OutOfRange)),
            (4, Problem::Version(VersionError::TooFewDots)),
        ];
        assert_eq!(ranking.problems, problems);
    }
}
