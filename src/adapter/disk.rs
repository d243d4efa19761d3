//! A folder as it stands on disk, ignored files included, read only where a build asks: what `kustomize build` sees.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::git;
use super::repo_files::{read_text, reason, relative_to};
use crate::kustomize::Files;
use crate::manifest::{Content, FileId, Location, Place, SourceFile};

/// The files below a root.
pub struct DiskFiles {
    root: PathBuf,
    /// Each file as it was first found, by path; its number is that of the order in which they were asked for.
    read: Mutex<HashMap<String, Option<Arc<SourceFile>>>>,
    unreadable: Mutex<Vec<String>>,
}

/// Finds the folder to build and the root that holds it: `repo` where one is given, else the git work tree around the
/// folder, else the root of the file system, for kustomize may look at whatever is beside the folder. Relative folders are
/// seen from `bases`, the first in which there is one.
///
/// # Errors
/// There is no such folder, or it is outside of `repo`.
pub fn open(
    repo: Option<&Path>,
    bases: [&Path; 2],
    folder: &Path,
) -> Result<(DiskFiles, String), String> {
    let mut found = bases.into_iter().map(|base| base.join(folder));
    let Some(whole) = found.find(|path| path.is_dir()) else {
        let what = bases.map(|base| std::fs::metadata(base.join(folder)));
        return Err(match what.into_iter().flatten().next() {
            Some(_) => format!("{}: is no folder", folder.display()),
            None => format!("{}: no such folder", folder.display()),
        });
    };
    let whole = whole
        .canonicalize()
        .map_err(|e| format!("{}: {}", folder.display(), reason(&e)))?;
    let root = match repo {
        Some(repo) => repo.to_path_buf(),
        None => git::discover(&whole).map_or_else(|| PathBuf::from("/"), |found| found.root),
    };
    let path = relative_to(&root, &root, &whole)
        .ok_or_else(|| format!("{}: is not within {}", folder.display(), root.display()))?;
    let files = DiskFiles {
        root,
        read: Mutex::default(),
        unreadable: Mutex::default(),
    };
    Ok((files, path))
}

impl DiskFiles {
    /// Returns where a place is, for people. The path is absolute where the root is that of the file system.
    pub fn location(&self, place: Place) -> Option<Location> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let file = read.values().flatten().find(|file| file.id == place.file)?;
        let mut location = file.location(place.span);
        if self.root.parent().is_none() {
            location.file.insert(0, '/');
        }
        Some(location)
    }

    /// Returns the files that exist and could not be read, with the reason.
    pub fn unreadable(&self) -> Vec<String> {
        self.unreadable
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn parse(&self, path: &str, id: FileId) -> Option<Arc<SourceFile>> {
        let whole = self.root.join(path);
        if !whole.is_file() {
            return None;
        }
        match read_text(&whole) {
            Content::Text(text) => Some(Arc::new(SourceFile::parse(id, path, text))),
            Content::Unreadable(why) => {
                let mut list = self
                    .unreadable
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                list.push(format!("{path}: {why}"));
                None
            }
            Content::Unread => None,
        }
    }
}

impl Files for DiskFiles {
    fn source(&self, path: &str) -> Option<Arc<SourceFile>> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = read.get(path) {
            return known.clone();
        }
        let id = FileId(u32::try_from(read.len()).unwrap_or(u32::MAX));
        let source = self.parse(path, id);
        read.insert(path.to_owned(), source.clone());
        source
    }

    fn is_dir(&self, path: &str) -> bool {
        self.root.join(path).is_dir()
    }

    fn bytes(&self, path: &str) -> Option<Arc<[u8]>> {
        std::fs::read(self.root.join(path)).ok().map(Arc::from)
    }
}
