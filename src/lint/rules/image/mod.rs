//! Rules of the family `image`: markers, policies, repositories, automations.

use crate::lint::Rule;

mod marker_malformed;

/// The rules, in the order of the documentation.
pub(super) const RULES: &[Rule] = &[marker_malformed::RULE];
