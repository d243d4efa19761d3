//! The choice of an ImagePolicy as it is written into one.

use crate::image::{PolicyChoice, TagFilterSpec, TagPolicySpec};

/// The choice of an ImagePolicy as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagChoice {
    /// `spec.filterTags.pattern`.
    pub pattern: Option<String>,
    /// `spec.filterTags.extract`.
    pub extract: Option<String>,
    /// `spec.policy`.
    pub order: TagOrder,
}

/// `spec.policy` of an ImagePolicy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagOrder {
    /// `semver`, with its range.
    Semver(String),
    /// `numerical`, ascending: the largest wins.
    Numerical,
    /// `alphabetical`, ascending: the last wins.
    Alphabetical,
}

impl TagChoice {
    /// Returns what an ImagePolicy with this choice says; the exclusion list is the default one.
    pub fn spec(&self) -> TagPolicySpec {
        let order = String::from("asc");
        let choice = match &self.order {
            TagOrder::Semver(range) => PolicyChoice::SemVer {
                range: range.clone(),
            },
            TagOrder::Numerical => PolicyChoice::Numerical { order },
            TagOrder::Alphabetical => PolicyChoice::Alphabetical { order },
        };
        let filter = self.pattern.as_ref().map(|pattern| TagFilterSpec {
            pattern: pattern.clone(),
            extract: self.extract.clone().unwrap_or_default(),
        });
        TagPolicySpec {
            choice: Some(choice),
            filter,
            exclusions: Vec::new(),
        }
    }

    /// Reads the choice of an ImagePolicy, if it is one that can be written: the smallest never is.
    pub fn of(spec: &TagPolicySpec) -> Option<Self> {
        let ascending = |order: &str| order.is_empty() || order.eq_ignore_ascii_case("asc");
        let order = match spec.choice.as_ref()? {
            PolicyChoice::SemVer { range } => TagOrder::Semver(range.clone()),
            PolicyChoice::Numerical { order } if ascending(order) => TagOrder::Numerical,
            PolicyChoice::Alphabetical { order } if ascending(order) => TagOrder::Alphabetical,
            _ => return None,
        };
        let field = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Some(TagChoice {
            pattern: spec.filter.as_ref().and_then(|f| field(&f.pattern)),
            extract: spec.filter.as_ref().and_then(|f| field(&f.extract)),
            order,
        })
    }
}
