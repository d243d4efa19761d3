//! Checks of the server of the repository: token, owner, repository, keys, branch.

use crate::preflight::check::Check;
use crate::preflight::facts::Facts;

pub(super) fn checks(_facts: &Facts) -> Vec<Check> {
    Vec::new()
}
