//! Gathers the facts of the repository on this machine.

use crate::adapter::repo_files::Snapshot;
use crate::flux::Model;
use crate::preflight::RepositoryFacts;

/// Looks at the repository, and at the one of its clusters that is to be bootstrapped.
pub(super) fn gather(
    _snapshot: &Snapshot,
    _model: &Model<'_>,
    _cluster: Option<usize>,
) -> RepositoryFacts {
    RepositoryFacts::default()
}
