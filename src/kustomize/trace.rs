//! The notes that `buildMetadata` asks for: where an object came from and what changed it, as annotations.

use super::generate::Kind;

/// Where a layer stands, seen from the folder that is built.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    path: String,
    file: String,
}

/// The notes on one object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    /// `config.kubernetes.io/origin`.
    pub origin: String,
    /// Entries of `alpha.config.kubernetes.io/transformations`.
    pub transformations: Vec<String>,
}

impl Trace {
    /// Starts at the folder that is built, whose kustomization file is called `file`.
    pub(super) fn new(file: &str) -> Self {
        Trace {
            path: String::new(),
            file: file.to_owned(),
        }
    }

    /// Returns the same place with another kustomization file.
    pub(super) fn with_file(&self, file: &str) -> Self {
        Trace {
            path: self.path.clone(),
            file: file.to_owned(),
        }
    }

    /// Returns the place of a folder that an entry names.
    pub(super) fn below(&self, entry: &str, file: &str) -> Self {
        Trace {
            path: clean(&self.path, entry),
            file: file.rsplit('/').next().unwrap_or_default().to_owned(),
        }
    }

    /// Returns the notes on an object of a file that an entry names.
    pub(super) fn resource(&self, entry: &str) -> Notes {
        Notes {
            origin: format!("path: {}\n", clean(&self.path, entry)),
            transformations: Vec::new(),
        }
    }

    /// Returns the notes on a generated object.
    pub(super) fn generator(&self, kind: Kind) -> Notes {
        let kind = match kind {
            Kind::ConfigMap => "ConfigMapGenerator",
            Kind::Secret => "SecretGenerator",
        };
        Notes {
            origin: self.builtin(kind, ""),
            transformations: Vec::new(),
        }
    }

    /// Returns the note on a transformer.
    pub(super) fn transformer(&self, kind: &str) -> String {
        format!("- {}", self.builtin(kind, "  "))
    }

    fn builtin(&self, kind: &str, indent: &str) -> String {
        let file = clean(&self.path, &self.file);
        format!(
            "configuredIn: {file}\n{indent}configuredBy:\n{indent}  apiVersion: builtin\n{indent}  kind: {kind}\n"
        )
    }
}

/// Joins paths as Go's `filepath.Join` does: what leads above the start stays.
fn clean(dir: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in dir.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_clean() {
        assert_eq!(clean("", "../base"), "../base");
        assert_eq!(clean("../base", "./x/../a.yaml"), "../base/a.yaml");
        assert_eq!(clean("a", "../../b"), "../b");
    }
}
