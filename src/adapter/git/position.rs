//! What the server of the repository sees of the work here: remotes, branch, commits that are not there.

use git2::{BranchType, StatusOptions};

use super::WorkTree;

/// The remotes, and where the work stands against them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The remotes by name, with their URLs as git uses them (`insteadOf` applied), credentials included.
    pub remotes: Vec<(String, String)>,
    /// The branch that is checked out, also before its first commit; none on a detached head.
    pub branch: Option<String>,
    /// The commit that is checked out; none before the first one.
    pub head: Option<String>,
    /// The remote's branch that it follows, such as `origin/main`; without one, that of the same name at `origin` or the
    /// only remote.
    pub upstream: Option<String>,
    /// Commits that are here and not there, and the other way round, as of the last fetch.
    pub ahead_behind: Option<(usize, usize)>,
    /// How many files differ from the last commit, new ones included.
    pub uncommitted: usize,
    /// Whether a part of the history is missing, so that commits cannot be counted.
    pub is_shallow: bool,
}

impl WorkTree {
    /// Returns the remotes, and where the work stands against them.
    pub fn position(&self) -> Position {
        let branch = self.branch();
        let remotes = self.remotes();
        let tracked = branch
            .as_deref()
            .and_then(|branch| self.tracked_branch(branch, &remotes));
        let (upstream, ahead_behind) = tracked.unzip();
        Position {
            branch,
            remotes,
            head: self.head(),
            upstream,
            ahead_behind: ahead_behind.flatten(),
            uncommitted: self.changed_files(),
            is_shallow: self.repository.is_shallow(),
        }
    }

    fn remotes(&self) -> Vec<(String, String)> {
        let Ok(names) = self.repository.remotes() else {
            return Vec::new();
        };
        let url = |name: &str| {
            let remote = self.repository.find_remote(name).ok()?;
            let url = String::from_utf8_lossy(remote.url_bytes()).into_owned();
            (!url.is_empty()).then_some(url)
        };
        let names = names.iter().filter_map(|name| name.ok().flatten());
        let remotes = names.filter_map(|name| Some((name.to_owned(), url(name)?)));
        remotes.collect()
    }

    /// Returns the remote's branch that a branch follows, and how far the two are apart.
    fn tracked_branch(
        &self,
        branch: &str,
        remotes: &[(String, String)],
    ) -> Option<(String, Option<(usize, usize)>)> {
        let local = self
            .repository
            .find_branch(branch, BranchType::Local)
            .ok()?;
        let namesake = || {
            let is_origin = |(name, _): &&(String, String)| name == "origin";
            let remote = remotes.iter().find(is_origin);
            let (remote, _) = remote.or(remotes.first().filter(|_| remotes.len() == 1))?;
            let name = format!("{remote}/{branch}");
            self.repository.find_branch(&name, BranchType::Remote).ok()
        };
        let upstream = local.upstream().ok().or_else(namesake)?;
        let name = String::from_utf8_lossy(upstream.name_bytes().ok()?).into_owned();
        let apart = || {
            let (here, there) = (local.get().target()?, upstream.get().target()?);
            match here == there {
                true => Some((0, 0)),
                false if self.repository.is_shallow() => None,
                false => self.repository.graph_ahead_behind(here, there).ok(),
            }
        };
        Some((name, apart()))
    }

    fn changed_files(&self) -> usize {
        let mut options = StatusOptions::new();
        options.include_untracked(true).recurse_untracked_dirs(true);
        let statuses = self.repository.statuses(Some(&mut options));
        statuses.map_or(0, |statuses| statuses.len())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use git2::{Repository, Signature};

    use super::super::discover;
    use super::*;

    fn commit(repository: &Repository, message: &str) -> git2::Oid {
        let mut index = repository.index().unwrap();
        let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
        let who = Signature::now("t", "t@example.com").unwrap();
        let parent = repository.head().and_then(|h| h.peel_to_commit()).ok();
        let parents: Vec<_> = parent.iter().collect();
        let head = Some("HEAD");
        repository
            .commit(head, &who, &who, message, &tree, &parents)
            .unwrap()
    }

    fn made(dir: &Path) -> Repository {
        let mut options = git2::RepositoryInitOptions::new();
        Repository::init_opts(dir, options.initial_head("main")).unwrap()
    }

    #[test]
    fn before_the_first_commit_there_is_a_branch_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        made(dir.path());
        let position = discover(dir.path()).unwrap().position();
        let expected = Position {
            branch: Some("main".to_owned()),
            ..Position::default()
        };
        assert_eq!(position, expected);
    }

    #[test]
    fn commits_are_counted_against_the_branch_of_the_remote() {
        let dir = tempfile::tempdir().unwrap();
        let repository = made(dir.path());
        let first = commit(&repository, "1");
        repository
            .remote("origin", "git@github.com:me/home.git")
            .unwrap();
        repository
            .remote("fork", "https://u:p@example.com/x")
            .unwrap();
        let position = || discover(dir.path()).unwrap().position();
        assert_eq!(position().upstream, None);
        repository
            .reference("refs/remotes/origin/main", first, false, "t")
            .unwrap();
        commit(&repository, "2");
        std::fs::write(dir.path().join("new"), "").unwrap();
        let position = position();
        assert_eq!(position.upstream.as_deref(), Some("origin/main"));
        assert_eq!(position.ahead_behind, Some((1, 0)));
        assert_eq!(position.uncommitted, 1);
        assert_eq!(position.remotes.len(), 2);
        assert!(
            position
                .remotes
                .contains(&("fork".to_owned(), "https://u:p@example.com/x".to_owned()))
        );
    }

    #[test]
    fn a_detached_head_is_no_branch() {
        let dir = tempfile::tempdir().unwrap();
        let repository = made(dir.path());
        let id = commit(&repository, "1");
        repository.set_head_detached(id).unwrap();
        let position = discover(dir.path()).unwrap().position();
        assert_eq!(
            (position.branch, position.head),
            (None, Some(id.to_string()))
        );
    }
}
