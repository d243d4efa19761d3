//! Semantic versions and ranges as Flux compares them: Masterminds/semver v3.5.0 behind fluxcd/pkg/version v0.16.0.

mod comparator;
mod constraint;
#[cfg(test)]
mod tests;
mod version;

pub use constraint::{Constraint, Mismatch};
pub use version::{Version, VersionError};
