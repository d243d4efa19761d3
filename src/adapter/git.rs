//! What git knows of the repository: its root, its tracked files, its remote, its history. Reads with libgit2; what
//! writes is the user's own program (`program`), with its hooks and its signing.

mod distance;
mod history;
mod position;
pub(super) mod program;
mod standing;

use std::path::{Path, PathBuf};

use crate::lint::IgnoredBy;
use git2::{Repository, RepositoryOpenFlags};

pub use distance::Distance;
pub use position::Position;
pub use program::{GitError, GitProgram};
pub use standing::{Standing, Swallowed};

/// A git work tree that holds a folder.
pub struct WorkTree {
    /// The root of the work tree.
    pub root: PathBuf,
    repository: Repository,
}

/// Finds the work tree around `dir`. None where there is none, or it cannot be opened (a bare repository, another owner).
pub fn discover(dir: &Path) -> Option<WorkTree> {
    let flags = RepositoryOpenFlags::empty();
    let repository = Repository::open_ext(dir, flags, std::iter::empty::<&Path>()).ok()?;
    let root = repository.workdir()?.to_path_buf();
    Some(WorkTree { root, repository })
}

/// Finds the work tree that a folder belongs to, or will once it is made. None where that work tree ignores it: a
/// playground is no part of the repository around it.
pub fn around(dir: &Path) -> Option<WorkTree> {
    let there = dir.ancestors().find(|dir| dir.is_dir());
    let there = there.filter(|dir| !dir.as_os_str().is_empty());
    let found = discover(there.unwrap_or(Path::new(".")))?;
    let prefix = found.prefix_of(dir);
    let is_ignored = found.is_folder_ignored(&prefix);
    (!is_ignored).then_some(found)
}

impl WorkTree {
    /// Returns the paths that the index holds below `dir`, relative to it, with `/`; folders of submodules are apart.
    pub fn tracked(&self, dir: &Path) -> Tracked {
        let mut tracked = Tracked::default();
        let Ok(index) = self.repository.index() else {
            return tracked;
        };
        let prefix = self.prefix_of(dir);
        for entry in index.iter() {
            let Ok(path) = std::str::from_utf8(&entry.path) else {
                continue;
            };
            let Some(relative) = path.strip_prefix(prefix.as_str()) else {
                continue;
            };
            let list = if entry.mode == 0o160_000 {
                &mut tracked.submodules
            } else {
                &mut tracked.files
            };
            list.push(relative.to_owned());
        }
        tracked
    }

    /// Returns the URL of the remote `origin`, else of the only remote.
    pub fn remote_url(&self) -> Option<String> {
        let url = |name: &str| {
            self.repository
                .find_remote(name)
                .ok()?
                .url()
                .ok()
                .map(str::to_owned)
        };
        url("origin").or_else(|| {
            let names = self.repository.remotes().ok()?;
            url(names.get(0).ok()??)
        })
    }

    /// Returns `dir` relative to the root, with a `/` at the end unless it is the root. It need not be there.
    fn prefix_of(&self, dir: &Path) -> String {
        let (Ok(root), Some(dir)) = (self.root.canonicalize(), whole(dir)) else {
            return String::new();
        };
        match dir.strip_prefix(&root) {
            Ok(rest) if rest.as_os_str().is_empty() => String::new(),
            Ok(rest) => format!("{}/", rest.to_string_lossy().replace('\\', "/")),
            Err(_) => String::new(),
        }
    }
}

/// Returns the canonical path of a folder of which a part may not be there yet.
fn whole(dir: &Path) -> Option<PathBuf> {
    let mut found = dir
        .ancestors()
        .filter_map(|there| match there.as_os_str().is_empty() {
            true => Some((Path::new(".").canonicalize().ok()?, dir)),
            false => Some((there.canonicalize().ok()?, dir.strip_prefix(there).ok()?)),
        });
    let (there, rest) = found.next()?;
    Some(there.join(rest))
}

/// What the index holds.
#[derive(Debug, Default)]
pub struct Tracked {
    /// Files and symbolic links.
    pub files: Vec<String>,
    /// Folders that belong to another repository.
    pub submodules: Vec<String>,
}

/// Returns the line of an ignore file that hides `path` (relative to `root`), where the path exists. Looks at the
/// `.gitignore` of every folder on the way, the deepest first, as git does.
pub fn ignored_by(root: &Path, path: &str) -> Option<IgnoredBy> {
    let whole = root.join(path);
    let is_dir = std::fs::metadata(&whole).ok()?.is_dir();
    let mut dir = Path::new(path).parent();
    while let Some(folder) = dir {
        let file = folder.join(".gitignore");
        let (matcher, _) = ignore::gitignore::Gitignore::new(root.join(&file));
        if let ignore::Match::Ignore(glob) = matcher.matched_path_or_any_parents(&whole, is_dir) {
            let text = std::fs::read_to_string(root.join(&file)).ok()?;
            let line = text
                .lines()
                .position(|line| line.trim_end() == glob.original())?
                + 1;
            return Some(IgnoredBy {
                file: file.to_string_lossy().replace('\\', "/"),
                line: u32::try_from(line).unwrap_or(1),
                pattern: glob.original().to_owned(),
            });
        }
        dir = folder.parent();
    }
    None
}
