//! The checks, by what they are about.

mod cluster;
mod forge;
mod machine;
mod repository;

use super::check::Check;
use super::facts::Facts;

/// Runs every check that the facts allow, in the order of the areas.
pub fn judge(facts: &Facts) -> Vec<Check> {
    let all = [
        repository::checks(facts),
        machine::checks(facts),
        forge::checks(facts),
        cluster::checks(facts),
    ];
    all.into_iter().flatten().collect()
}
