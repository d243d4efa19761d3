//! Where a change goes on disk: within the root, through symbolic links only to what is within it, too.

use std::path::{Component, Path, PathBuf};

use super::WriteError;
use crate::scaffold::plan::Change;

/// The file on disk that a change is about, links followed.
pub(super) struct Place {
    target: PathBuf,
    folder: PathBuf,
}

impl Place {
    /// Returns the file.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// Returns its folder; it need not be there yet.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Finds the place of a change below `root`, which is canonical. Errors call it `name`.
///
/// # Errors
/// The path leads outside, what should be new is there, or what should be edited is not.
pub(super) fn find(root: &Path, change: &Change, name: &str) -> Result<Place, WriteError> {
    let outside = || WriteError::Outside(name.to_owned());
    if !is_plain(&change.path) {
        return Err(outside());
    }
    let whole = root.join(&change.path);
    let known = std::fs::symlink_metadata(&whole);
    let target = match (&change.before, &known) {
        (None, Ok(_)) => return Err(WriteError::Exists(name.to_owned())),
        (None, Err(_)) => through_folders(&whole).ok_or_else(outside)?,
        (Some(_), _) => whole
            .canonicalize()
            .map_err(|e| WriteError::refused(name, &e))?,
    };
    if !target.starts_with(root) || is_of_git(root, &target) {
        return Err(outside());
    }
    let folder = target.parent().ok_or_else(outside)?.to_path_buf();
    Ok(Place { target, folder })
}

/// Tells whether a path has nothing but names in it.
fn is_plain(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    let same = path.split('/').all(|name| !matches!(name, "" | "." | ".."));
    same && !path.contains('\0') && parts.all(plain)
}

fn is_of_git(root: &Path, target: &Path) -> bool {
    let rest = target.strip_prefix(root);
    rest.is_ok_and(|rest| {
        rest.components()
            .any(|c| c.as_os_str().eq_ignore_ascii_case(".git"))
    })
}

/// Follows the links among the folders of a file that is not there.
fn through_folders(whole: &Path) -> Option<PathBuf> {
    let there = whole
        .ancestors()
        .skip(1)
        .find(|dir| std::fs::symlink_metadata(dir).is_ok())?;
    let rest = whole.strip_prefix(there).ok()?;
    Some(there.canonicalize().ok()?.join(rest))
}
