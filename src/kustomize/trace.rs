//! The notes that `buildMetadata` asks for: where an object came from and what changed it, as annotations.

use super::generate::Kind;
use super::resource::Resource;

/// Where a layer stands, seen from the folder that is built.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    path: String,
    file: String,
}

/// The notes on one object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    /// The file it was read from, seen from the folder that is built; empty for what a generator made.
    path: String,
    /// `config.kubernetes.io/origin`.
    pub(crate) origin: String,
    /// Entries of `alpha.config.kubernetes.io/transformations`.
    pub(crate) transformations: Vec<String>,
}

impl Notes {
    /// Returns what to note of an object that this plugin configuration makes.
    pub(crate) fn made(&self, config: &Resource) -> Notes {
        Notes {
            origin: self.configured(config, ""),
            ..Notes::default()
        }
    }

    /// Returns the note on the transformer that this plugin configuration configures.
    pub(crate) fn transformer(&self, config: &Resource) -> String {
        format!("- {}", self.configured(config, "  "))
    }

    fn configured(&self, config: &Resource, indent: &str) -> String {
        let id = config.id();
        let (kind, name) = (&id.gvk.kind, &id.name);
        let mut text = configured(&self.path, kind, indent);
        let mut line = |field: &str, value: &str| {
            if !value.is_empty() {
                text.push_str(&format!("{indent}  {field}: {value}\n"));
            }
        };
        line("name", name);
        line("namespace", &id.namespace);
        text
    }
}

fn configured(file: &str, kind: &str, indent: &str) -> String {
    format!(
        "configuredIn: {file}\n{indent}configuredBy:\n{indent}  apiVersion: builtin\n{indent}  kind: {kind}\n"
    )
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
    pub(crate) fn resource(&self, entry: &str) -> Notes {
        let path = clean(&self.path, entry);
        Notes {
            origin: format!("path: {path}\n"),
            path,
            transformations: Vec::new(),
        }
    }

    /// Returns the notes on an object in the kustomization file itself.
    pub(crate) fn inline(&self) -> Notes {
        self.resource(&self.file)
    }

    /// Returns the notes on a generated object.
    pub(super) fn generator(&self, kind: Kind) -> Notes {
        let kind = match kind {
            Kind::ConfigMap => "ConfigMapGenerator",
            Kind::Secret => "SecretGenerator",
        };
        Notes {
            origin: self.builtin(kind, ""),
            ..Notes::default()
        }
    }

    /// Returns the note on a transformer.
    pub(super) fn transformer(&self, kind: &str) -> String {
        format!("- {}", self.builtin(kind, "  "))
    }

    fn builtin(&self, kind: &str, indent: &str) -> String {
        configured(&clean(&self.path, &self.file), kind, indent)
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
