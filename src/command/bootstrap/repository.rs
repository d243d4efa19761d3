//! Gathers the facts of the repository on this machine.

use crate::adapter::git;
use crate::adapter::repo_files::Snapshot;
use crate::flux::Model;
use crate::preflight::{GitFacts, RepositoryFacts, repository_facts};

/// Looks at the repository, and at the one of its clusters that is to be bootstrapped.
pub(super) fn gather(
    snapshot: &Snapshot,
    model: &Model<'_>,
    cluster: Option<usize>,
) -> RepositoryFacts {
    let work_tree = git::discover(&snapshot.root).filter(|_| snapshot.is_git);
    let position = work_tree.map(|work_tree| work_tree.position());
    let position = position.unwrap_or_default();
    let git = GitFacts {
        remotes: position.remotes,
        branch: position.branch,
        head: position.head,
        upstream: position.upstream,
        ahead_behind: position.ahead_behind,
        uncommitted: position.uncommitted,
    };
    repository_facts(git, model, cluster)
}
