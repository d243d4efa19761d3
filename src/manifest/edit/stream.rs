//! New documents of a stream.

use super::super::Span;
use super::super::document::Document;
use super::snippet::Snippet;
use super::{Draft, EditError, Editor};

/// Where a new document goes. Documents are counted from 0, empty ones included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentPosition {
    /// Behind the last one.
    End,
    /// Before this one. Comments above its `---` stay with the document before.
    Before(usize),
    /// Behind this one.
    After(usize),
}

impl Editor<'_> {
    /// Adds a document; `text` is its body with its own comments, without `---`. Separators follow the file: a blank line
    /// before them where the others have one, and `---` before the first document only where the file starts with it. A
    /// file without a final line break stays without.
    ///
    /// # Errors
    /// The text is not one document, or there is no such place.
    pub fn insert_document(&mut self, text: &str, at: DocumentPosition) -> Result<(), EditError> {
        let count = self.file.documents.len();
        let index = match at {
            DocumentPosition::End => count,
            DocumentPosition::Before(index) => index,
            DocumentPosition::After(index) => index + 1,
        };
        let end = Span::new(self.file.text.len(), self.file.text.len());
        if let Some(error) = self.file.errors.first() {
            return Err(self.error(error.span, error.message.clone()));
        }
        if index > count || self.file.text.lines().any(|line| line.starts_with('%')) {
            return Err(self.error(end, format!("no document can stand at place {index}")));
        }
        let snippet = Snippet::parse(text).map_err(|why| self.error(end, why))?;
        let mut draft = Draft::default();
        match self.file.documents.get(index) {
            Some(document) => self.document_before(&mut draft, document, &snippet),
            None => self.append_document(&mut draft, &snippet),
        }
        self.take(draft)?;
        self.changes.add_document(index, snippet.root);
        Ok(())
    }

    fn document_before(&self, draft: &mut Draft, next: &Document, snippet: &Snippet) {
        let mut lines = snippet.lines().to_vec();
        if next.explicit {
            lines.insert(0, "---".to_owned());
            if self.style.blank_before_separator {
                lines.push(String::new());
            }
            return self.insert_lines(draft, next.span.start as usize, &lines);
        }
        lines.extend(self.style.blank_before_separator.then(String::new));
        lines.push("---".to_owned());
        let start = self.layout().line_start(0);
        self.insert_lines(draft, start, &lines);
    }

    fn append_document(&self, draft: &mut Draft, snippet: &Snippet) {
        let text = &self.file.text;
        let mut lines = snippet.lines().to_vec();
        let last = self.file.documents.last();
        // A stream that ends with `---`, or has nothing but comments, waits for a document.
        let is_open = last.is_none_or(|d| d.root.is_none());
        if !is_open {
            lines.insert(0, "---".to_owned());
            if self.style.blank_before_separator && !text.ends_with("\n\n") {
                lines.insert(0, String::new());
            }
        }
        self.insert_lines(draft, text.len(), &lines);
    }
}
