//! Checks of the programs of this machine.

use crate::preflight::check::Check;
use crate::preflight::facts::Facts;

pub(super) fn checks(_facts: &Facts) -> Vec<Check> {
    Vec::new()
}
