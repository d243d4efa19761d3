//! The cache folder of the user: what may be lost at any time and fetched again.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::environment::variable;

/// A folder of JSON documents. Whatever goes wrong with one (none there, half of one, no place left) is as if it were not
/// there: a cache that fails costs time only.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

/// Returns `homelab` in the cache folder of the user: below `XDG_CACHE_HOME` where that is an absolute path (XDG Base
/// Directory 0.8), else where the system keeps caches. Nothing where there is no home.
pub fn folder() -> Option<PathBuf> {
    let xdg = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let base = xdg.filter(|path| path.is_absolute()).or_else(system)?;
    Some(base.join("homelab"))
}

fn system() -> Option<PathBuf> {
    if cfg!(windows) {
        return variable("LOCALAPPDATA").map(PathBuf::from);
    }
    let inside = if cfg!(target_os = "macos") {
        "Library/Caches"
    } else {
        ".cache"
    };
    Some(std::env::home_dir()?.join(inside))
}

impl Cache {
    /// Names a folder; it is made when the first document is written.
    pub fn new(folder: PathBuf) -> Self {
        Cache { folder }
    }

    /// Reads what was stored under a key.
    pub fn read<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let bytes = std::fs::read(self.path(key)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Stores a value under a key, for this user only: names of private repositories are nobody else's business.
    pub fn write<T: Serialize>(&self, key: &str, value: &T) {
        // Nothing is lost but time.
        let _ = self.replace(&self.path(key), value);
    }

    fn replace<T: Serialize>(&self, path: &Path, value: &T) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(&serde_json::to_vec(value)?)?;
        file.persist(path)?;
        Ok(())
    }

    /// A key may be longer than a file name and hold anything, hence its hash.
    fn path(&self, key: &str) -> PathBuf {
        let hash = Sha256::digest(key.as_bytes());
        let name: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(name + ".json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_it_is_given() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("not/yet"));
        assert_eq!(cache.read::<Vec<u8>>("../a"), None);
        cache.write("../a", &vec![1_u8, 2]);
        cache.write("b", &vec![3_u8]);
        assert_eq!(cache.read("../a"), Some(vec![1_u8, 2]));
        assert_eq!(cache.read::<String>("b"), None);
    }

    #[test]
    fn a_broken_document_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().to_owned());
        std::fs::write(cache.path("a"), "[1,").unwrap();
        assert_eq!(cache.read::<Vec<u8>>("a"), None);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_no_failure() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let cache = Cache::new(file.path().join("below"));
        cache.write("a", &1);
        assert_eq!(cache.read::<u8>("a"), None);
    }
}
