//! What kustomize needs of the repository, and how paths within it are joined.

use std::sync::Arc;

use crate::manifest::SourceFile;

/// The files of a repository by path relative to its root, with `/` and without `.` or `..`; the root itself is the
/// empty path. The caller parses each file once and keeps the result, so that rendering many folders reads none twice.
pub trait Files: Sync {
    /// Returns the file at `path` read as YAML, or nothing where there is no such file.
    fn source(&self, path: &str) -> Option<Arc<SourceFile>>;
    /// Tells whether `path` is a folder.
    fn is_dir(&self, path: &str) -> bool;
    /// Returns the bytes of the file at `path`, whatever it holds.
    fn bytes(&self, path: &str) -> Option<Arc<[u8]>>;
}

/// Returns `path` as seen from `dir`, or nothing where it is absolute or leaves the repository.
pub fn join(dir: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in dir.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Tells whether `dir` is `root` or holds it.
pub(crate) fn contains(dir: &str, root: &str) -> bool {
    dir.is_empty()
        || root
            .strip_prefix(dir)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_within_the_repository() {
        assert_eq!(
            join("apps/a", "../b/./c.yaml").as_deref(),
            Some("apps/b/c.yaml")
        );
        assert_eq!(join("", "./x//y/").as_deref(), Some("x/y"));
        assert_eq!(join("apps", "..").as_deref(), Some(""));
    }

    #[test]
    fn refuses_what_leaves_the_repository() {
        assert_eq!(join("apps", "../../x"), None);
        assert_eq!(join("apps", "/etc/passwd"), None);
    }

    #[test]
    fn knows_what_holds_a_folder() {
        assert!(contains("apps", "apps/a"));
        assert!(contains("", "apps"));
        assert!(contains("apps", "apps"));
        assert!(!contains("apps", "apps2"));
    }
}
