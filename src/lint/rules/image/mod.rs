//! Rules of the family `image`: markers, policies, repositories, automations.

use crate::lint::Rule;

mod marker_malformed;
mod marker_misplaced;
mod marker_unknown_policy;
mod marker_without_automation;

/// The rules, in the order of the documentation.
pub(super) const RULES: &[Rule] = &[
    marker_malformed::RULE,
    marker_misplaced::RULE,
    marker_unknown_policy::RULE,
    marker_without_automation::RULE,
];
