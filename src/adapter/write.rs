//! Writes the files of a plan, all of them or none: staged beside their targets, checked, then renamed.

mod place;
mod staged;

use std::io;
use std::path::{Path, PathBuf};

use self::place::Place;
use self::staged::Staged;
use super::interrupt::{self, Held};
use super::repo_files::reason;
use crate::scaffold::plan::Change;

/// Why nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// A path leads out of the repository, or into `.git`.
    #[error("{0} is not within the repository")]
    Outside(String),
    /// What should be new is there.
    #[error("{0} exists already, and files are never overwritten")]
    Exists(String),
    /// A file no longer reads as it did when the plan was made.
    #[error("{0} has changed in the meantime")]
    Changed(String),
    /// The system refuses.
    #[error("cannot write {path}: {reason}")]
    Refused {
        /// The file or folder.
        path: String,
        /// A fragment that says why.
        reason: String,
    },
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// It went wrong half-way, and could not be taken back.
    #[error("{why}; and these could not be put back: {}", .left.join(", "))]
    HalfWay {
        /// What went wrong first.
        why: String,
        /// The files that are not as they were, each with the reason.
        left: Vec<String>,
    },
}

impl WriteError {
    fn refused(path: &str, error: &io::Error) -> Self {
        WriteError::Refused {
            path: path.to_owned(),
            reason: reason(error),
        }
    }
}

/// The changes below one folder.
#[derive(Clone, Copy, Debug)]
pub struct Below<'c> {
    /// The folder.
    pub root: &'c Path,
    /// How it is called in errors; empty for the repository, whose paths are said as they are.
    pub shown: &'c str,
    /// What changes below it.
    pub changes: &'c [Change],
}

/// Writes all changes below `root`, which is made if it is not there. After an error everything is as it was, unless the
/// error says otherwise.
///
/// # Errors
/// A path is outside, a file was changed or made by somebody else in the meantime, the system refuses, or Ctrl-C.
pub fn write(root: &Path, changes: &[Change]) -> Result<(), WriteError> {
    let shown = "";
    write_all(&[Below {
        root,
        shown,
        changes,
    }])
}

/// Writes the changes below several folders, all or none, as [`write`] does below one.
///
/// # Errors
/// Those of [`write`].
pub fn write_all(parts: &[Below<'_>]) -> Result<(), WriteError> {
    let held = interrupt::hold();
    let mut folders = Folders::default();
    let result = write_parts(parts, &mut folders, &held);
    if result.is_err() {
        folders.remove();
    }
    result
}

fn write_parts(parts: &[Below<'_>], folders: &mut Folders, held: &Held) -> Result<(), WriteError> {
    let mut staged = Vec::new();
    for part in parts {
        stage(part, folders, held, &mut staged)?;
    }
    for file in &staged {
        file.check()?;
    }
    rename(staged, held)
}

/// Writes the files below one folder under other names.
fn stage<'c>(
    part: &Below<'c>,
    folders: &mut Folders,
    held: &Held,
    staged: &mut Vec<Staged<'c>>,
) -> Result<(), WriteError> {
    let made = folders.make(part.root);
    made.map_err(|(path, e)| WriteError::refused(&path.display().to_string(), &e))?;
    let root = part.root.canonicalize();
    let root = root.map_err(|e| WriteError::refused("the root", &e))?;
    for change in part.changes {
        let name = match part.shown {
            "" => change.path.clone(),
            shown => format!("{shown}/{}", change.path),
        };
        let place = place::find(&root, change, &name)?;
        let made = folders.make(place.folder());
        made.map_err(|(_, e)| WriteError::refused(&name, &e))?;
        staged.push(Staged::new(change, name, place)?);
        stop_if_interrupted(held)?;
    }
    Ok(())
}

fn stop_if_interrupted(held: &Held) -> Result<(), WriteError> {
    if held.came() {
        return Err(WriteError::Interrupted);
    }
    Ok(())
}

/// Puts every staged file in its place, or takes back what was done.
fn rename(staged: Vec<Staged<'_>>, held: &Held) -> Result<(), WriteError> {
    let mut done = Vec::with_capacity(staged.len());
    for file in staged {
        let renamed = stop_if_interrupted(held).and_then(|()| file.rename());
        match renamed {
            Ok(undo) => done.push(undo),
            Err(error) => {
                let undone = done.into_iter().rev().map(staged::Renamed::undo);
                let left: Vec<String> = undone.filter_map(Result::err).collect();
                return Err(match left.as_slice() {
                    [] => error,
                    _ => WriteError::HalfWay {
                        why: error.to_string(),
                        left,
                    },
                });
            }
        }
    }
    sync_folders(&done);
    Ok(())
}

/// Makes the new names last. A file system that cannot does it in its own time.
fn sync_folders(done: &[staged::Renamed]) {
    let mut folders: Vec<&Path> = done.iter().filter_map(|d| d.target().parent()).collect();
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        let opened = std::fs::OpenOptions::new().read(true).open(folder);
        let _ = opened.and_then(|folder| folder.sync_all());
    }
}

/// The folders that were made, parents first.
#[derive(Default)]
struct Folders(Vec<PathBuf>);

impl Folders {
    /// Makes a folder with its parents.
    fn make(&mut self, folder: &Path) -> Result<(), (PathBuf, io::Error)> {
        let missing = folder.ancestors().take_while(|dir| {
            !dir.as_os_str().is_empty() && std::fs::symlink_metadata(dir).is_err()
        });
        let mut missing: Vec<&Path> = missing.collect();
        missing.reverse();
        for dir in missing {
            match std::fs::create_dir(dir) {
                Ok(()) => self.0.push(dir.to_path_buf()),
                // Somebody else was faster; that one is not ours to remove.
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err((dir.to_path_buf(), e)),
            }
        }
        if folder.as_os_str().is_empty() || folder.is_dir() {
            return Ok(());
        }
        Err((folder.to_path_buf(), io::ErrorKind::NotADirectory.into()))
    }

    /// Removes them again. One in which somebody else has put something stays.
    fn remove(self) {
        for dir in self.0.iter().rev() {
            let _ = std::fs::remove_dir(dir);
        }
    }
}

#[cfg(test)]
mod tests;
