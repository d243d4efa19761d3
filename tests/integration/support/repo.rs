//! Temporary repositories, laid out from fixtures.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A repository that goes away with the value.
pub struct Repo {
    dir: TempDir,
}

impl Repo {
    /// Makes an empty folder.
    pub fn new() -> Self {
        Repo {
            dir: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    /// Returns its root.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file, with its folders.
    pub fn write(&self, path: &str, content: &[u8]) {
        let whole = self.path().join(path);
        fs::create_dir_all(whole.parent().expect("a parent")).expect("folders");
        fs::write(whole, content).expect("a file");
    }

    /// Lays a folder over the repository: files replace, an empty `X.removed` removes `X`, `expect.txt` stays away.
    pub fn lay(&self, folder: &Path) {
        for file in files_below(folder) {
            let path = file
                .strip_prefix(folder)
                .expect("below")
                .to_string_lossy()
                .into_owned();
            match path.strip_suffix(".removed") {
                _ if path == "expect.txt" => {}
                Some(removed) => {
                    fs::remove_file(self.path().join(removed)).expect("a file to remove")
                }
                None => self.write(&path, &fs::read(&file).expect("a fixture")),
            }
        }
    }

    /// Makes it a git repository and commits what is there.
    pub fn commit(&self) {
        for arguments in [
            &["init", "-q", "-b", "main"][..],
            &["add", "-A"],
            &[
                "-c",
                "user.name=t",
                "-c",
                "user.email=t@example.com",
                "commit",
                "-q",
                "--allow-empty",
                "-m",
                "all",
            ],
        ] {
            let status = Command::new("git")
                .args(arguments)
                .current_dir(self.path())
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                .env("GIT_CONFIG_NOSYSTEM", "1")
                .status()
                .expect("git runs");
            assert!(status.success(), "git {arguments:?}");
        }
    }
}

/// Returns the files below a folder, sorted.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut stack = vec![folder.to_path_buf()];
    while let Some(dir) = stack.pop() {
        for entry in fs::read_dir(&dir).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                stack.push(path)
            } else {
                found.push(path)
            }
        }
    }
    found.sort();
    found
}

/// Returns the folder of the fixtures.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}
