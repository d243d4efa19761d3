//! Whether git would take what is to be written: ignored paths, uncommitted changes, the branch and where it is pushed to.

use std::path::{Path, PathBuf};

use git2::{ErrorCode, RepositoryState, Status};
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::WorkTree;
use crate::adapter::environment;
use crate::lint::IgnoredBy;

/// A path that git would ignore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swallowed {
    /// The path, relative to the folder that was asked for.
    pub path: String,
    /// The line that does it, with the file relative to the work tree, or absolute where it is outside.
    pub by: IgnoredBy,
    /// Whether a folder on the way is ignored: then no line can take back one file in it.
    pub hides_folder: bool,
}

/// Where a commit would go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The branch; nothing where none is checked out.
    pub branch: Option<String>,
    /// What it is pushed to, such as `origin/main`.
    pub upstream: Option<String>,
    /// The commits that are here and not there.
    pub ahead: usize,
    /// Whether a merge, rebase or the like is under way.
    pub is_busy: bool,
}

impl WorkTree {
    /// Returns the paths below `dir` that git would ignore. They need not be there.
    pub fn swallowed<'p>(
        &self,
        dir: &Path,
        paths: impl Iterator<Item = &'p str>,
    ) -> Vec<Swallowed> {
        let prefix = self.prefix_of(dir);
        let swallowed = paths.filter_map(|path| {
            let whole = format!("{prefix}{path}");
            let (end, by) = self.ignoring_part(&whole)?;
            Some(Swallowed {
                path: path.to_owned(),
                by,
                hides_folder: end < whole.len(),
            })
        });
        swallowed.collect()
    }

    /// Returns those of the paths below `dir` that git holds with other content, or does not hold although they are there.
    pub fn uncommitted<'p>(&self, dir: &Path, paths: impl Iterator<Item = &'p str>) -> Vec<String> {
        let prefix = self.prefix_of(dir);
        let is_dirty = |path: &&str| {
            let status = self
                .repository
                .status_file(Path::new(&format!("{prefix}{path}")));
            match status {
                Ok(status) => !matches!(status, Status::CURRENT | Status::IGNORED),
                // A path that git has never seen is as new as it should be.
                Err(error) => error.code() != ErrorCode::NotFound,
            }
        };
        paths.filter(is_dirty).map(str::to_owned).collect()
    }

    /// Returns where a commit would go.
    pub fn standing(&self) -> Standing {
        let is_busy = self.repository.state() != RepositoryState::Clean;
        let branch = self.branch();
        let (upstream, ahead) = branch
            .as_deref()
            .and_then(|name| self.upstream(name))
            .map_or((None, 0), |(name, ahead)| (Some(name), ahead));
        Standing {
            branch,
            upstream,
            ahead,
            is_busy,
        }
    }

    /// Returns the name of the branch that is checked out, also before its first commit.
    pub(super) fn branch(&self) -> Option<String> {
        let head = self.repository.find_reference("HEAD").ok()?;
        let target = head.symbolic_target().ok().flatten()?;
        target.strip_prefix("refs/heads/").map(str::to_owned)
    }

    fn upstream(&self, branch: &str) -> Option<(String, usize)> {
        let local = self
            .repository
            .find_branch(branch, git2::BranchType::Local)
            .ok()?;
        let upstream = local.upstream().ok()?;
        let name = String::from_utf8_lossy(upstream.name_bytes().ok()?).into_owned();
        let (here, there) = (local.get().target()?, upstream.get().target()?);
        let (ahead, _) = self.repository.graph_ahead_behind(here, there).ok()?;
        Some((name, ahead))
    }

    /// Tells whether git would ignore a folder; one ends in `/`, or is the root.
    pub(super) fn is_folder_ignored(&self, folder: &str) -> bool {
        // What is in a folder is hidden where the folder is.
        let inside = format!("{folder}x");
        let part = self.ignoring_part(&inside).filter(|_| !folder.is_empty());
        part.is_some_and(|(end, _)| end < folder.len())
    }

    /// Returns the line that hides a path, which need not be there, and how much of the path it hides: a folder that is
    /// hidden hides all that is in it. Not asked of libgit2, which knows no lines and overlooks a `!` that takes back a
    /// pattern of another file (1.9).
    fn ignoring_part(&self, path: &str) -> Option<(usize, IgnoredBy)> {
        let ends = path.match_indices('/').map(|(at, _)| at);
        ends.chain([path.len()]).find_map(|end| {
            let part = path.get(..end)?;
            let is_dir = end < path.len() || self.root.join(part).is_dir();
            let found = self.ignoring_line(part, is_dir)?;
            Some((end, found))
        })
    }

    /// Returns the line that hides a path whose folders are not hidden.
    fn ignoring_line(&self, part: &str, is_dir: bool) -> Option<IgnoredBy> {
        for (base, file) in self.ignore_files(part) {
            let matcher = matcher(&base, &file)?;
            match matcher.matched(self.root.join(part), is_dir) {
                ignore::Match::Ignore(glob) => return Some(self.line_of(&file, glob.original())),
                ignore::Match::Whitelist(_) => return None,
                ignore::Match::None => {}
            }
        }
        None
    }

    /// Returns the ignore files that count for a path with the folders that they speak of. The first that says something
    /// decides: that of the deepest folder, then `info/exclude`, then `core.excludesFile`.
    fn ignore_files(&self, path: &str) -> Vec<(PathBuf, PathBuf)> {
        let folders = Path::new(path).ancestors().skip(1);
        let mut files: Vec<(PathBuf, PathBuf)> = folders
            .map(|folder| self.root.join(folder))
            .map(|folder| (folder.clone(), folder.join(".gitignore")))
            .collect();
        let exclude = self.repository.commondir().join("info/exclude");
        files.push((self.root.clone(), exclude));
        files.extend(self.personal_file().map(|file| (self.root.clone(), file)));
        files.retain(|(_, file)| file.is_file());
        files
    }

    /// Returns the ignore file of the user.
    fn personal_file(&self) -> Option<PathBuf> {
        let config = self.repository.config();
        let named = config.and_then(|config| config.get_path("core.excludesFile"));
        named.ok().or_else(|| {
            let folder = environment::variable("XDG_CONFIG_HOME").map(PathBuf::from);
            let home = || Some(PathBuf::from(environment::variable("HOME")?).join(".config"));
            Some(folder.or_else(home)?.join("git/ignore"))
        })
    }

    fn line_of(&self, file: &Path, pattern: &str) -> IgnoredBy {
        let text = std::fs::read(file).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        // The last line that matches is the one that counts.
        let mut lines: Vec<&str> = text.lines().collect();
        lines.iter_mut().for_each(|line| *line = line.trim_end());
        let line = lines.iter().rposition(|line| *line == pattern);
        let line = line.map_or(1, |at| at + 1);
        let name = file.strip_prefix(&self.root).unwrap_or(file);
        IgnoredBy {
            file: name.to_string_lossy().replace('\\', "/"),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            pattern: pattern.to_owned(),
        }
    }
}

fn matcher(base: &Path, file: &Path) -> Option<Gitignore> {
    let mut builder = GitignoreBuilder::new(base);
    // A line that cannot be read hides nothing.
    let _ = builder.add(file);
    builder.build().ok()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::discover;
    use super::*;

    fn write(root: &Path, path: &str, text: &str) {
        let whole = root.join(path);
        fs::create_dir_all(whole.parent().unwrap()).unwrap();
        fs::write(whole, text).unwrap();
    }

    #[test]
    fn every_ignore_file_is_asked_and_the_line_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let repository = git2::Repository::init(&root).unwrap();
        let personal = root.join("personal");
        let mut config = repository.config().unwrap();
        config
            .set_str("core.excludesFile", personal.to_str().unwrap())
            .unwrap();
        write(
            &root,
            ".gitignore",
            "# x\n*secret*.yaml\nsecret.yaml\n!ok-secret.yaml\n/out/\n",
        );
        write(&root, "apps/.gitignore", "*.key\n\\#a\n!/x.tmp\n");
        write(&root, ".git/info/exclude", "*.own\n");
        write(&root, "personal", "*.tmp\n");
        let work_tree = discover(&root).unwrap();
        let paths = [
            "apps/x/external-secret.yaml",
            "secret.yaml",
            "apps/ok-secret.yaml",
            "out/apps/x.yaml",
            "apps/out/x.yaml",
            "apps/x/tls.key",
            "tls.key",
            "apps/#a",
            "apps/x.own",
            "x.tmp",
            "apps/x.tmp",
            "apps/deployment.yaml",
        ];
        let found = work_tree.swallowed(&root, paths.into_iter());
        let found: Vec<String> = found
            .iter()
            .map(|s| format!("{} {}:{} {}", s.path, s.by.file, s.by.line, s.by.pattern))
            .collect();
        let personal = personal.strip_prefix(&root).unwrap().display().to_string();
        assert_eq!(
            found,
            [
                "apps/x/external-secret.yaml .gitignore:2 *secret*.yaml",
                "secret.yaml .gitignore:3 secret.yaml",
                "out/apps/x.yaml .gitignore:5 /out/",
                "apps/x/tls.key apps/.gitignore:1 *.key",
                "apps/#a apps/.gitignore:2 \\#a",
                "apps/x.own .git/info/exclude:1 *.own",
                &format!("x.tmp {personal}:1 *.tmp"),
            ]
        );
        let below = work_tree.swallowed(&root.join("apps"), ["a.key", "b.yaml"].into_iter());
        assert_eq!(below.len(), 1);
    }

    #[test]
    fn changes_that_git_does_not_hold_are_seen() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let repository = git2::Repository::init(root).unwrap();
        let mut index = repository.index().unwrap();
        for path in ["a/same", "a/changed", "a/staged", "a/deleted"] {
            write(root, path, "1");
            index.add_path(Path::new(path)).unwrap();
        }
        let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
        let who = git2::Signature::now("t", "t@example.com").unwrap();
        repository
            .commit(Some("HEAD"), &who, &who, "all", &tree, &[])
            .unwrap();
        write(root, "a/changed", "2");
        write(root, "a/staged", "2");
        index.add_path(Path::new("a/staged")).unwrap();
        index.write().unwrap();
        fs::remove_file(root.join("a/deleted")).unwrap();
        write(root, "a/untracked", "1");
        let work_tree = discover(root).unwrap();
        let paths = ["same", "changed", "staged", "deleted", "untracked", "new"];
        let found = work_tree.uncommitted(&root.join("a"), paths.into_iter());
        assert_eq!(found, ["changed", "staged", "deleted", "untracked"]);
    }
}
