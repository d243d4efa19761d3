//! Rules of the family `yaml`.

use crate::lint::Rule;

/// The rules, in the order of the documentation.
pub(super) const RULES: &[Rule] = &[];
