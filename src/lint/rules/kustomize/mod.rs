//! Rules of the family `kustomize`: what stops a build, and what a build forgets.

use crate::kustomize::Problem;
use crate::lint::{Context, Rule};

mod build_failed;
mod duplicate_id;
mod missing_resource;
mod unlisted_file;

/// The rules, in the order of the documentation.
pub(super) const RULES: &[Rule] = &[
    missing_resource::RULE,
    unlisted_file::RULE,
    duplicate_id::RULE,
    build_failed::RULE,
];

/// Returns the problems of all builds.
fn problems<'c>(context: &'c Context<'_>) -> impl Iterator<Item = &'c Problem> {
    context
        .model
        .clusters
        .iter()
        .flat_map(|c| &c.units)
        .flat_map(|u| &u.problems)
}
