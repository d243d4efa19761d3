//! Reads a repository into a [`Tree`]: what git tracks or would add, nothing that it ignores.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::WalkBuilder;
use rayon::prelude::*;

use super::git::{self, Tracked, WorkTree};
use crate::manifest::{Content, Tree};

/// Larger YAML files are named and passed over; no manifest comes near.
const LARGEST: u64 = 32 << 20;

/// A repository read from disk.
#[derive(Debug)]
pub struct Snapshot {
    /// The root folder.
    pub root: PathBuf,
    /// Its files.
    pub tree: Tree,
    /// The URL of git's remote, if there is one.
    pub remote: Option<String>,
    /// What the user should know: no git, files passed over.
    pub notes: Vec<String>,
    /// Paths that exist and that git ignores, only where asked for.
    pub is_git: bool,
}

/// Reads the repository at `dir`, or without one the work tree around `current`.
///
/// # Errors
/// The folder does not exist or cannot be read.
pub fn read(dir: Option<&Path>, current: &Path) -> Result<Snapshot, String> {
    let given = dir.map_or_else(|| current.to_path_buf(), |dir| current.join(dir));
    let meta =
        std::fs::metadata(&given).map_err(|e| format!("{}: {}", given.display(), reason(&e)))?;
    if !meta.is_dir() {
        return Err(format!("{}: is no folder", given.display()));
    }
    let work_tree = git::discover(&given);
    let root = match (&work_tree, dir) {
        // Without the slash at its end that libgit2 leaves.
        (Some(found), None) => found.root.components().collect(),
        _ => given,
    };
    snapshot(root, work_tree)
}

/// Reads the repository at `dir`. One that is not there yet is empty.
///
/// # Errors
/// `dir` is no folder, or cannot be read.
pub fn read_or_empty(dir: &Path, current: &Path) -> Result<Snapshot, String> {
    let root = current.join(dir);
    match std::fs::symlink_metadata(&root) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let nothing = |path: &str| Err(format!("{path}: no such file or folder"));
            Ok(Snapshot {
                tree: Tree::new(Vec::new(), Box::new(nothing)),
                root,
                remote: None,
                notes: Vec::new(),
                is_git: false,
            })
        }
        _ => read(Some(dir), current),
    }
}

fn snapshot(root: PathBuf, work_tree: Option<WorkTree>) -> Result<Snapshot, String> {
    let mut notes = Vec::new();
    let tracked = work_tree
        .as_ref()
        .map(|w| w.tracked(&root))
        .unwrap_or_default();
    // A folder inside somebody else's work tree that tracks none of it is no part of it.
    let is_git =
        work_tree.as_ref().is_some_and(|w| same(&w.root, &root)) || !tracked.files.is_empty();
    if !is_git {
        notes.push(format!(
            "{} is not a git repository: looking at all files of the folder",
            root.display()
        ));
    }
    let Listed { paths, links } = list(&root, is_git, &tracked, &mut notes);
    let contents: Vec<(String, Content)> = paths
        .into_par_iter()
        .map(|path| with_content(&root, path))
        .collect();
    for (path, content) in &contents {
        if let Content::Unreadable(why) = content {
            notes.push(format!("{path}: {why}; not looked at"));
        }
    }
    let base = root.clone();
    let loader = move |path: &str| {
        std::fs::read(base.join(path)).map_err(|e| format!("{path}: {}", reason(&e)))
    };
    let remote = work_tree.filter(|_| is_git).and_then(|w| w.remote_url());
    Ok(Snapshot {
        tree: Tree::new(contents, Box::new(loader)).with_links(links.iter().map(String::as_str)),
        root,
        remote,
        notes,
        is_git,
    })
}

fn same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// The files of a repository, and those of them that are symbolic links.
#[derive(Default)]
struct Listed {
    paths: Vec<String>,
    links: Vec<String>,
}

/// Lists the files: those that no ignore rule hides, and those that git tracks all the same.
fn list(root: &Path, is_git: bool, tracked: &Tracked, notes: &mut Vec<String>) -> Listed {
    let Listed {
        mut paths,
        mut links,
    } = Listed::default();
    let submodules: HashSet<PathBuf> = tracked
        .submodules
        .iter()
        .map(|path| root.join(path))
        .collect();
    let walk = WalkBuilder::new(root)
        .hidden(false)
        .ignore(false)
        .parents(is_git)
        .require_git(false)
        .follow_links(false)
        .filter_entry(move |entry| {
            entry.file_name() != ".git" && !submodules.contains(entry.path())
        })
        .build();
    for entry in walk {
        match entry {
            Ok(entry) => {
                let path = relative(root, &entry);
                links.extend(path.clone().filter(|_| entry.path_is_symlink()));
                paths.extend(path);
            }
            Err(error) => notes.push(format!("cannot look at {}", describe(&error))),
        }
    }
    let known: HashSet<&str> = paths.iter().map(String::as_str).collect();
    let hidden: Vec<String> = tracked
        .files
        .iter()
        .filter(|p| !known.contains(p.as_str()))
        .cloned()
        .collect();
    for path in hidden {
        let whole = root.join(&path);
        if std::fs::metadata(&whole).is_ok_and(|m| m.is_file()) {
            links.extend(whole.is_symlink().then(|| path.clone()));
            paths.push(path);
        }
    }
    Listed { paths, links }
}

/// Returns the path of a regular file, or of a link to one, relative to the root.
fn relative(root: &Path, entry: &ignore::DirEntry) -> Option<String> {
    let kind = entry.file_type()?;
    let is_file = kind.is_file() || (kind.is_symlink() && link_stays_within(root, entry.path()));
    let path = entry.path().strip_prefix(root).ok()?;
    is_file.then(|| {
        path.to_string_lossy()
            .replace(std::path::MAIN_SEPARATOR, "/")
    })
}

fn link_stays_within(root: &Path, link: &Path) -> bool {
    let (Ok(root), Ok(target)) = (root.canonicalize(), link.canonicalize()) else {
        return false;
    };
    target.starts_with(root) && target.is_file()
}

fn describe(error: &ignore::Error) -> String {
    match error {
        ignore::Error::WithDepth { err, .. } => describe(err),
        ignore::Error::WithPath { path, err } => format!("{}: {}", path.display(), describe(err)),
        ignore::Error::Io(io) => reason(io),
        other => other.to_string(),
    }
}

/// Reads a file up front if its name says YAML.
fn with_content(root: &Path, path: String) -> (String, Content) {
    let name = path.rsplit('/').next().unwrap_or_default();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_yaml = extension.eq_ignore_ascii_case("yaml") || extension.eq_ignore_ascii_case("yml");
    if !is_yaml && name != "Kustomization" {
        return (path, Content::Unread);
    }
    let content = read_text(&root.join(&path));
    (path, content)
}

pub(super) fn read_text(path: &Path) -> Content {
    // As few calls as can be: with the size as limit the file is not measured again, nor read to see that it has ended.
    let read = || -> std::io::Result<Result<Vec<u8>, u64>> {
        let file = std::fs::OpenOptions::new().read(true).open(path)?;
        let size = file.metadata()?.len();
        if size > LARGEST {
            return Ok(Err(size));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        file.take(size).read_to_end(&mut bytes)?;
        Ok(Ok(bytes))
    };
    match read() {
        Err(error) => Content::Unreadable(reason(&error)),
        Ok(Err(size)) => Content::Unreadable(format!(
            "{} MB, more than the {} MB that are read",
            size >> 20,
            LARGEST >> 20
        )),
        Ok(Ok(bytes)) => match String::from_utf8(bytes) {
            Ok(text) => Content::Text(text.into()),
            Err(error) => Content::Unreadable(format!(
                "not UTF-8 from byte {}",
                error.utf8_error().valid_up_to()
            )),
        },
    }
}

/// Reads a text file that need not exist; for settings, so it may be small only.
///
/// # Errors
/// It exists and cannot be read, is too large, or is no UTF-8: a fragment says which.
pub fn read_optional(path: &Path) -> Result<Option<Arc<str>>, String> {
    match std::fs::symlink_metadata(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(reason(&e)),
        Ok(_) => {}
    }
    match read_text(path) {
        Content::Text(text) => Ok(Some(text)),
        Content::Unreadable(why) => Err(why),
        Content::Unread => Ok(None),
    }
}

/// Returns an I/O error as a lower-case fragment.
pub fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => {
            let text = error.to_string().to_lowercase();
            let text = text.split(" (os error").next();
            text.unwrap_or_default().to_owned()
        }
    }
}

/// Returns the canonical path of a folder that is there.
///
/// # Errors
/// There is none.
pub fn folder(dir: &Path) -> Result<PathBuf, String> {
    let refuse = |why: String| format!("{}: {why}", dir.display());
    let whole = dir.canonicalize().map_err(|e| refuse(reason(&e)))?;
    match whole.is_dir() {
        true => Ok(whole),
        false => Err(refuse("is no folder".to_owned())),
    }
}

/// Returns `argument`, as seen from `current`, relative to `root` with `/`; the root itself is empty. Nothing where it lies
/// outside.
pub fn relative_to(root: &Path, current: &Path, argument: &Path) -> Option<String> {
    let root = root.canonicalize().ok()?;
    let whole = current.join(argument);
    let whole = whole.canonicalize().unwrap_or(whole);
    let path = whole.strip_prefix(&root).ok()?;
    Some(
        path.to_string_lossy()
            .replace(std::path::MAIN_SEPARATOR, "/"),
    )
}
