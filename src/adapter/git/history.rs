//! What the history says: when each file was changed last, and how commits are named.

use std::collections::HashMap;
use std::path::Path;

use git2::{Commit, ObjectType, Oid, Sort, Tree};

use super::WorkTree;

/// So many folders are compared at most; older changes are called as old as the oldest seen. It is a number and no time, so
/// that two runs say the same.
const FOLDERS: usize = 1500;
/// So many commits name the style.
const SUBJECTS: usize = 40;
/// So many are looked at to find them.
const LOOKED_AT: usize = 400;
/// What the names and addresses of robots have in them.
const ROBOTS: [&str; 7] = [
    "[bot]",
    "fluxcd",
    "flux-",
    "flux@",
    "renovate",
    "dependabot",
    "-bot",
];

/// A comparison of folders that stops after a while.
struct Comparison<'r> {
    work_tree: &'r WorkTree,
    times: HashMap<String, i64>,
    left: usize,
}

impl WorkTree {
    /// Returns when each tracked file below `dir` was changed last, in seconds since 1970, by path relative to it. Of a merge
    /// counts when it came into this branch. Empty where the history says nothing: one commit, or a shallow clone.
    pub fn times(&self, dir: &Path) -> HashMap<String, i64> {
        let head = self
            .repository
            .head()
            .and_then(|head| head.peel_to_commit());
        let Ok(head) = head else {
            return HashMap::new();
        };
        if self.repository.is_shallow() || head.parent_count() == 0 {
            return HashMap::new();
        }
        let prefix = self.prefix_of(dir);
        let mut comparison = Comparison {
            work_tree: self,
            times: HashMap::new(),
            left: FOLDERS,
        };
        let oldest = comparison.walk(head, prefix.trim_end_matches('/'));
        let mut times = comparison.times;
        for path in self.tracked(dir).files {
            times.entry(path).or_insert(oldest);
        }
        times
    }

    /// Returns the first lines of the newest commits that people made, the newest first.
    pub fn subjects(&self) -> Vec<String> {
        let walk = || {
            let mut walk = self.repository.revwalk()?;
            walk.set_sorting(Sort::TIME)?;
            walk.push_head()?;
            Ok::<_, git2::Error>(walk)
        };
        let Ok(walk) = walk() else {
            return Vec::new();
        };
        let commits = walk.take(LOOKED_AT).filter_map(|id| {
            let commit = self.repository.find_commit(id.ok()?).ok()?;
            let is_own = commit.parent_count() < 2 && !is_robot(&commit);
            let subject = String::from_utf8_lossy(commit.summary_bytes()?).into_owned();
            is_own.then_some(subject)
        });
        commits.take(SUBJECTS).collect()
    }
}

fn is_robot(commit: &Commit<'_>) -> bool {
    let author = commit.author();
    let is = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        ROBOTS.iter().any(|robot| text.contains(robot)) || text.ends_with("bot")
    };
    is(author.name_bytes()) || is(author.email_bytes())
}

impl Comparison<'_> {
    /// Compares each commit with its first parent, and returns the time of the last one that was looked at.
    fn walk(&mut self, head: Commit<'_>, folder: &str) -> i64 {
        let mut commit = head;
        while self.left > 0 {
            let Ok(parent) = commit.parent(0) else {
                break;
            };
            let time = commit.time().seconds();
            let (new, old) = (self.folder(&commit, folder), self.folder(&parent, folder));
            if let Some(new) = new.filter(|new| Some(*new) != old) {
                let mut path = String::new();
                self.compare(new, old, &mut path, time);
            }
            commit = parent;
        }
        commit.time().seconds()
    }

    /// Returns the tree of a folder in a commit.
    fn folder(&self, commit: &Commit<'_>, folder: &str) -> Option<Oid> {
        if folder.is_empty() {
            return Some(commit.tree_id());
        }
        let entry = commit.tree().ok()?.get_path(Path::new(folder)).ok()?;
        Some(entry.id())
    }

    fn tree(&mut self, id: Oid) -> Option<Tree<'_>> {
        self.work_tree.repository.find_tree(id).ok()
    }

    /// Notes the files that are in `new` and were not the same in `old`. What newer commits said stays.
    fn compare(&mut self, new: Oid, old: Option<Oid>, path: &mut String, time: i64) {
        self.left = self.left.saturating_sub(1);
        for (name, id, is_tree, before) in self.changed(new, old) {
            let length = path.len();
            if length > 0 {
                path.push('/');
            }
            path.push_str(&name);
            match is_tree {
                true => self.compare(id, before, path, time),
                false if self.times.contains_key(path.as_str()) => {}
                false => {
                    self.times.insert(path.clone(), time);
                }
            }
            path.truncate(length);
        }
    }

    /// Returns the entries of a folder that are not as they were: name, object, whether it is a folder, the folder before.
    fn changed(&mut self, new: Oid, old: Option<Oid>) -> Vec<(String, Oid, bool, Option<Oid>)> {
        let repository = &self.work_tree.repository;
        let old = old.and_then(|id| repository.find_tree(id).ok());
        let Some(new) = self.tree(new) else {
            return Vec::new();
        };
        let mut changed = Vec::new();
        for entry in &new {
            let before = old
                .as_ref()
                .and_then(|old| old.get_name_bytes(entry.name_bytes()));
            if before.as_ref().is_some_and(|b| b.id() == entry.id()) {
                continue;
            }
            let is_tree = entry.kind() == Some(ObjectType::Tree);
            let folder = before.filter(|b| b.kind() == Some(ObjectType::Tree));
            let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
            changed.push((name, entry.id(), is_tree, folder.map(|f| f.id())));
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::discover;
    use super::*;

    /// Commits files with a text, a time and an author.
    fn commit(root: &Path, files: &[&str], time: i64, author: &str, subject: &str) {
        let repository = git2::Repository::init(root).unwrap();
        let mut index = repository.index().unwrap();
        for file in files {
            let whole = root.join(file);
            fs::create_dir_all(whole.parent().unwrap()).unwrap();
            fs::write(whole, time.to_string()).unwrap();
            index.add_path(Path::new(file)).unwrap();
        }
        index.write().unwrap();
        let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
        let when = git2::Time::new(time, 0);
        let who = git2::Signature::new(author, "a@example.com", &when).unwrap();
        let parent = repository
            .head()
            .and_then(|head| head.peel_to_commit())
            .ok();
        let parents: Vec<&Commit<'_>> = parent.iter().collect();
        repository
            .commit(Some("HEAD"), &who, &who, subject, &tree, &parents)
            .unwrap();
    }

    #[test]
    fn the_last_change_of_each_file_counts() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        commit(root, &["r/a/x", "r/a/y", "r/b", "z"], 100, "me", "all");
        assert!(discover(root).unwrap().times(root).is_empty(), "one commit");
        commit(root, &["r/a/x"], 200, "me", "x");
        commit(root, &["r/c/new", "z"], 300, "me", "more");
        let work_tree = discover(root).unwrap();
        let mut times: Vec<_> = work_tree.times(&root.join("r")).into_iter().collect();
        times.sort();
        let expected = [("a/x", 200), ("a/y", 100), ("b", 100), ("c/new", 300)];
        assert_eq!(times, expected.map(|(path, time)| (path.to_owned(), time)));
        assert_eq!(work_tree.times(root).get("z"), Some(&300));
    }

    #[test]
    fn robots_do_not_name_commits() {
        let dir = tempfile::tempdir().unwrap();
        for (n, author) in ["me", "renovate[bot]", "fluxcdbot", "Robotham", "you"]
            .into_iter()
            .enumerate()
        {
            let time = i64::try_from(n).unwrap();
            commit(
                dir.path(),
                &["a"],
                time,
                author,
                &format!("{author} did\n\nmore"),
            );
        }
        let subjects = discover(dir.path()).unwrap().subjects();
        assert_eq!(subjects, ["you did", "Robotham did", "me did"]);
    }
}
