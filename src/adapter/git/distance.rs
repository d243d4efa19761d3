//! How far a commit that somebody else has is from the one that is checked out.

use git2::Oid;

use super::WorkTree;

/// Where a commit is as seen from the one that is checked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distance {
    /// It is not in this repository.
    Unknown,
    /// It has `behind` commits less and `ahead` commits more; none of both where it is the same.
    Known {
        /// Commits that are here, and not there.
        behind: usize,
        /// Commits that are there, and not here.
        ahead: usize,
    },
}

impl WorkTree {
    /// Returns the hash of the commit that is checked out; nothing before the first one.
    pub fn head(&self) -> Option<String> {
        let head = self.repository.head().ok()?;
        Some(head.peel_to_commit().ok()?.id().to_string())
    }

    /// Tells whether files are changed, or new, and in no commit.
    pub fn has_changes(&self) -> bool {
        let mut options = git2::StatusOptions::new();
        options.include_untracked(true);
        let statuses = self.repository.statuses(Some(&mut options));
        statuses.is_ok_and(|statuses| !statuses.is_empty())
    }

    /// Returns how far a commit is from the one that is checked out.
    pub fn distance(&self, commit: &str) -> Distance {
        let known = || {
            let there = Oid::from_str(commit).ok()?;
            self.repository.find_commit(there).ok()?;
            let here = self.repository.head().ok()?.peel_to_commit().ok()?.id();
            self.repository.graph_ahead_behind(here, there).ok()
        };
        match known() {
            Some((behind, ahead)) => Distance::Known { behind, ahead },
            None => Distance::Unknown,
        }
    }
}
