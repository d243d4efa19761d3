//! New YAML text: what it says, and how it is laid out at its place.

use super::super::location::FileId;
use super::super::node::{Entry, Node};
use super::super::source::SourceFile;

/// New text, read on its own.
pub(super) struct Snippet {
    pub(super) root: Node,
    lines: Vec<String>,
}

impl Snippet {
    /// Reads the text of one document.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let source = format!("{}\n", lines.join("\n"));
        let mut file = SourceFile::parse(FileId::NONE, "", source);
        if let Some(error) = file.errors.first() {
            return Err(format!("the new text is no YAML: {}", error.message));
        }
        let root = match file.documents.as_mut_slice() {
            [] => None,
            [document] => document.root.take(),
            _ => return Err("the new text is not one document".to_owned()),
        };
        let root = root.ok_or("the new text is empty")?;
        Ok(Snippet { root, lines })
    }

    /// Returns the entries of a snippet that is a mapping.
    pub(super) fn entries(&self) -> Result<Vec<Entry>, String> {
        let entries = self.root.entries().map(<[Entry]>::to_vec);
        entries.ok_or_else(|| "the new text is no `key: value`".to_owned())
    }

    /// Returns the text if it is a single line.
    pub(super) fn line(&self) -> Option<&str> {
        match self.lines.as_slice() {
            [line] => Some(line.trim()),
            _ => None,
        }
    }

    /// Returns the lines as they are.
    pub(super) fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Returns the lines at `column`, the first one behind `first`, the others as deep as its content.
    pub(super) fn at_column(&self, column: usize, first: &str) -> Vec<String> {
        let (outer, inner) = (" ".repeat(column), " ".repeat(column + first.len()));
        let place = |(i, line): (usize, &String)| match (i, line.trim().is_empty()) {
            (0, _) => format!("{outer}{first}{line}"),
            (_, true) => String::new(),
            (_, false) => format!("{inner}{line}"),
        };
        self.lines.iter().enumerate().map(place).collect()
    }
}
