//! Checks of the cluster, and whether it agrees with repository and forge.

use crate::preflight::check::Check;
use crate::preflight::facts::Facts;

pub(super) fn checks(_facts: &Facts) -> Vec<Check> {
    Vec::new()
}
