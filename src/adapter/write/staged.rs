//! One file of a plan, ready in its folder under another name, and the way back.

use std::fs::{Metadata, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile, TempPath};

use super::{Place, WriteError};
use crate::adapter::repo_files::reason;
use crate::scaffold::plan::Change;

/// A file that is written and not yet in its place. It goes away with the value.
pub(super) struct Staged<'c> {
    change: &'c Change,
    /// How errors call it.
    name: String,
    target: PathBuf,
    new: NamedTempFile,
    /// The file as it is, under another name: with a full disk it could not be written any more.
    old: Option<TempPath>,
}

/// A file in its place, and what it takes to undo that.
pub(super) struct Renamed {
    path: String,
    target: PathBuf,
    old: Option<TempPath>,
}

impl<'c> Staged<'c> {
    /// Writes a file beside its target.
    ///
    /// # Errors
    /// The system refuses, or the file that is edited has changed.
    pub(super) fn new(change: &'c Change, name: String, place: Place) -> Result<Self, WriteError> {
        let refused = |e: io::Error| WriteError::refused(&name, &e);
        let folder = place.folder();
        let (new, old) = match &change.before {
            None => {
                let mode = new_mode(change.executable);
                (stage(folder, &change.after, mode).map_err(refused)?, None)
            }
            Some(before) => {
                expect(&name, place.target(), before)?;
                let meta = std::fs::metadata(place.target()).map_err(refused)?;
                let new = stage_like(folder, &change.after, &meta).map_err(refused)?;
                let old = stage_like(folder, before, &meta).map_err(refused)?;
                (new, Some(old.into_temp_path()))
            }
        };
        Ok(Staged {
            change,
            name,
            target: place.target().to_path_buf(),
            new,
            old,
        })
    }

    /// Tells whether the target still is what the plan was made for.
    ///
    /// # Errors
    /// It is not.
    pub(super) fn check(&self) -> Result<(), WriteError> {
        match &self.change.before {
            Some(before) => expect(&self.name, &self.target, before),
            None if std::fs::symlink_metadata(&self.target).is_ok() => {
                Err(WriteError::Exists(self.name.clone()))
            }
            None => Ok(()),
        }
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// The system refuses, or a new file is there by now.
    pub(super) fn rename(self) -> Result<Renamed, WriteError> {
        let path = &self.name;
        let new = self.new.into_temp_path();
        let renamed = match self.old {
            Some(_) => new.persist(&self.target),
            None => new.persist_noclobber(&self.target),
        };
        renamed.map_err(|e| match e.error.kind() {
            io::ErrorKind::AlreadyExists => WriteError::Exists(path.clone()),
            _ => WriteError::refused(path, &e.error),
        })?;
        Ok(Renamed {
            path: path.clone(),
            target: self.target,
            old: self.old,
        })
    }
}

impl Renamed {
    /// Returns the file.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// Puts back what was there.
    ///
    /// # Errors
    /// The path and the reason.
    pub(super) fn undo(self) -> Result<(), String> {
        let undone = match self.old {
            Some(old) => old.persist(&self.target).map_err(|e| e.error),
            None => std::fs::remove_file(&self.target),
        };
        undone.map_err(|e| format!("{} ({})", self.path, reason(&e)))
    }
}

/// Refuses a file that does not read as it did.
fn expect(name: &str, target: &Path, before: &str) -> Result<(), WriteError> {
    let bytes = std::fs::read(target).map_err(|e| WriteError::refused(name, &e))?;
    if bytes == before.as_bytes() {
        return Ok(());
    }
    Err(WriteError::Changed(name.to_owned()))
}

/// Stages a file that replaces another: same mode, and where possible same owner.
fn stage_like(folder: &Path, text: &str, meta: &Metadata) -> io::Result<NamedTempFile> {
    let file = stage(folder, text, None)?;
    keep_owner(&file, meta);
    file.as_file().set_permissions(meta.permissions())?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Writes a text to a file of a name of its own, and waits until it is on the disk. `mode` is cut by the umask.
fn stage(folder: &Path, text: &str, mode: Option<Permissions>) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    // No name that Flux or git would take for a manifest, should the process be killed.
    builder.prefix(".homelab-").suffix(".tmp");
    if let Some(mode) = mode {
        builder.permissions(mode);
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(unix)]
fn new_mode(executable: bool) -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(Permissions::from_mode(if executable {
        0o777
    } else {
        0o666
    }))
}

#[cfg(not(unix))]
fn new_mode(_executable: bool) -> Option<Permissions> {
    None
}

/// Whoever edits with more rights than the owner has leaves the file to the owner.
#[cfg(unix)]
fn keep_owner(file: &NamedTempFile, meta: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let own = file.as_file().metadata();
    if own.is_ok_and(|own| (own.uid(), own.gid()) != (meta.uid(), meta.gid())) {
        let _ = fchown(file.as_file(), Some(meta.uid()), Some(meta.gid()));
    }
}

#[cfg(not(unix))]
fn keep_owner(_file: &NamedTempFile, _meta: &Metadata) {}
