//! What is to be written: new files and edits of files that are there, collected one after the other, never in place.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::manifest::{EditError, Editor, FileId, SourceFile, Tree};

/// What is to be written, complete. Nothing else is touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The files, sorted by path.
    pub changes: Vec<Change>,
    /// What is written outside of the repository.
    pub elsewhere: Vec<Elsewhere>,
    /// What the user does next, in order, each a sentence.
    pub next: Vec<String>,
    /// What is worth knowing: what was learnt, and from where.
    pub notes: Vec<String>,
}

/// One file that is created or edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Path relative to the repository root, with `/`.
    pub path: String,
    /// The text as it was; `None` where the file is new.
    pub before: Option<Arc<str>>,
    /// The text as it will be.
    pub after: String,
    /// Whether the file is a program, such as a hook of git.
    pub executable: bool,
}

/// Files of another repository, which nobody commits but their owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The folder that their paths are relative to; it is there.
    pub root: PathBuf,
    /// How that folder is called before people: relative to the repository root.
    pub shown: String,
    /// The files, sorted by path.
    pub changes: Vec<Change>,
}

impl Plan {
    /// Returns every file with the path that people see.
    pub fn files(&self) -> impl Iterator<Item = (String, &Change)> {
        let here = self.changes.iter().map(|c| (c.path.clone(), c));
        let elsewhere = self.elsewhere.iter().flat_map(|e| {
            let shown = |c: &Change| format!("{}/{}", e.shown, c.path);
            e.changes.iter().map(move |c| (shown(c), c))
        });
        here.chain(elsewhere)
    }

    /// Tells whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.files().next().is_none()
    }
}

/// Why something cannot be planned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A file that was to be created is there.
    #[error("{0} exists already, and files are never overwritten")]
    Exists(String),
    /// A file that was to be edited is not there, or is no text.
    #[error("{0} cannot be read")]
    Missing(String),
    /// An edit is not safe.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// Anything else; a fragment with the place in front where there is one.
    #[error("{0}")]
    Other(String),
}

/// Collects changes on top of a repository. Later edits see earlier ones.
#[derive(Clone, Debug)]
pub struct Draft<'t> {
    tree: &'t Tree,
    changes: BTreeMap<String, Change>,
    /// What is written outside of the repository.
    pub elsewhere: Vec<Elsewhere>,
    /// What the user does next.
    pub next: Vec<String>,
    /// What is worth knowing.
    pub notes: Vec<String>,
}

impl<'t> Draft<'t> {
    /// Starts without changes.
    pub fn new(tree: &'t Tree) -> Self {
        Draft {
            tree,
            changes: BTreeMap::new(),
            elsewhere: Vec::new(),
            next: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Returns the repository as it is.
    pub fn tree(&self) -> &'t Tree {
        self.tree
    }

    /// Returns the repository as it would be.
    pub fn outcome(&self) -> Tree {
        let changes = self.changes.values();
        self.tree
            .with_texts(changes.map(|c| (c.path.as_str(), c.after.as_str())))
    }

    /// Tells whether a file is there or will be.
    pub fn exists(&self, path: &str) -> bool {
        self.changes.contains_key(path) || self.tree.id(path).is_some()
    }

    /// Adds a new file.
    ///
    /// # Errors
    /// It is there already.
    pub fn create(&mut self, path: &str, text: impl Into<String>) -> Result<(), PlanError> {
        if self.exists(path) || self.tree.is_dir(path) {
            return Err(PlanError::Exists(path.to_owned()));
        }
        let change = Change {
            path: path.to_owned(),
            before: None,
            after: text.into(),
            executable: false,
        };
        self.changes.insert(path.to_owned(), change);
        Ok(())
    }

    /// Makes a new file a program, such as a hook of git.
    pub fn make_executable(&mut self, path: &str) {
        if let Some(change) = self.changes.get_mut(path) {
            change.executable = true;
        }
    }

    /// Returns a file as it will be, read as YAML.
    ///
    /// # Errors
    /// It is not there, or no text.
    pub fn source(&self, path: &str) -> Result<Arc<SourceFile>, PlanError> {
        if let Some(change) = self.changes.get(path) {
            let file = SourceFile::parse(FileId::NONE, path, change.after.as_str());
            return Ok(Arc::new(file));
        }
        let source = self.tree.source(path);
        source.ok_or_else(|| PlanError::Missing(path.to_owned()))
    }

    /// Edits a YAML file that is there or will be, keeping every other byte.
    ///
    /// # Errors
    /// It is not there, or the edit is not safe.
    pub fn edit(
        &mut self,
        path: &str,
        edit: impl FnOnce(&mut Editor<'_>) -> Result<(), EditError>,
    ) -> Result<(), PlanError> {
        let source = self.source(path)?;
        let mut editor = Editor::new(&source);
        edit(&mut editor)?;
        if editor.edits().is_empty() {
            return Ok(());
        }
        let after = editor.finish()?.text.to_string();
        self.replace(path, after)
    }

    /// Gives a file that is there or will be a new text.
    ///
    /// # Errors
    /// It is not there, or no text.
    pub fn replace(&mut self, path: &str, after: String) -> Result<(), PlanError> {
        if let Some(change) = self.changes.get_mut(path) {
            change.after = after;
            return Ok(());
        }
        let before = self.tree.text(path);
        let before = before.ok_or_else(|| PlanError::Missing(path.to_owned()))?;
        let change = Change {
            path: path.to_owned(),
            before: Some(before),
            after,
            executable: false,
        };
        self.changes.insert(path.to_owned(), change);
        Ok(())
    }

    /// Ends the collection. Files that end as they were are not in it.
    pub fn finish(self) -> Plan {
        let changes = self.changes.into_values();
        let changed = |c: &Change| c.before.as_deref() != Some(c.after.as_str());
        Plan {
            changes: changes.filter(changed).collect(),
            elsewhere: self.elsewhere,
            next: self.next,
            notes: self.notes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Position, Route};

    #[test]
    fn later_edits_see_earlier_ones_and_nothing_is_overwritten() {
        let tree = Tree::of_texts([("a/kustomization.yaml", "resources:\n  - a.yaml\n")]);
        let mut draft = Draft::new(&tree);
        draft.create("a/b.yaml", "kind: B\n").expect("new");
        assert_eq!(
            draft.create("a/b.yaml", ""),
            Err(PlanError::Exists("a/b.yaml".to_owned()))
        );
        assert!(draft.create("a", "").is_err(), "a folder is there");
        let resources: Route = "resources".parse().expect("a route");
        for entry in ["b.yaml", "c.yaml"] {
            let add = |e: &mut Editor<'_>| e.insert_item(0, &resources, entry, Position::End);
            draft.edit("a/kustomization.yaml", add).expect("a list");
        }
        let plan = draft.finish();
        let paths: Vec<&str> = plan.changes.iter().map(|c| c.path.as_str()).collect();
        assert_eq!(paths, ["a/b.yaml", "a/kustomization.yaml"]);
        let list = plan.changes.last().map(|c| c.after.as_str());
        assert_eq!(
            list,
            Some("resources:\n  - a.yaml\n  - b.yaml\n  - c.yaml\n")
        );
    }
}
