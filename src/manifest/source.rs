//! One YAML file: its text, its documents, its comments, and what is wrong with it.

use std::sync::{Arc, OnceLock};

use super::builder;
use super::document::Document;
use super::location::{FileId, Location, Place, Span};

/// A file that was read and parsed once. Never fails to exist: what cannot be parsed is in `error`, and the documents
/// that could be parsed are still there.
#[derive(Debug)]
pub struct SourceFile {
    /// Its number within the snapshot.
    pub id: FileId,
    /// Path relative to the repository root, with `/`.
    pub path: Arc<str>,
    /// The text as it stands in the file, byte order mark and CRLF included.
    pub text: Arc<str>,
    /// The documents, in order. Empty and comment-only documents have no root.
    pub documents: Vec<Document>,
    /// All comments, in order.
    pub comments: Vec<Comment>,
    /// What stops a YAML reader, in order; documents after a broken one are still read.
    pub errors: Vec<ParseError>,
    lines: OnceLock<Vec<u32>>,
}

/// A comment. Its span covers `#` up to the line break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The bytes, `#` included.
    pub span: Span,
    /// How it stands to the content around it.
    pub placement: Placement,
}

/// How a comment stands to the content around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Behind content on the same line.
    Right,
    /// On a line of its own.
    OwnLine,
}

/// A place at which a document stops being YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// A fragment such as `did not find expected key`.
    pub message: String,
    /// Where; an empty span where only a point is known.
    pub span: Span,
    /// Index of the document it is in.
    pub document: usize,
}

impl SourceFile {
    /// Parses `text`. Anchors hold within their document; aliases that would expand without bound are an error.
    pub fn parse(id: FileId, path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let text: Arc<str> = text.into();
        let parsed = builder::parse(id, &text);
        SourceFile {
            id,
            path: path.into(),
            text,
            documents: parsed.documents,
            comments: parsed.comments,
            errors: parsed.errors,
            lines: OnceLock::new(),
        }
    }

    /// Returns the text under `span`, or nothing where the span does not fit.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// Returns the place of `span` in this file.
    pub fn place(&self, span: Span) -> Place {
        Place {
            file: self.id,
            span,
        }
    }

    /// Returns the 1-based line of a byte offset.
    pub fn line(&self, offset: usize) -> u32 {
        let lines = self.line_starts();
        let index = lines.partition_point(|start| *start as usize <= offset);
        u32::try_from(index.max(1)).unwrap_or(u32::MAX)
    }

    /// Returns the text of a 1-based line, without its line break.
    pub fn line_text(&self, line: u32) -> &str {
        self.slice(self.line_span(line))
            .trim_end_matches(['\n', '\r'])
    }

    /// Returns the bytes of a 1-based line, line break included.
    pub fn line_span(&self, line: u32) -> Span {
        let lines = self.line_starts();
        let at = |n: usize| {
            lines
                .get(n)
                .map_or(self.text.len(), |start| *start as usize)
        };
        let index = (line as usize).saturating_sub(1);
        Span::new(at(index), at(index + 1))
    }

    /// Returns where `span` stands, for people.
    pub fn location(&self, span: Span) -> Location {
        let (line, column) = self.line_column(span.start as usize);
        let (end_line, end_column) = self.line_column(span.end.max(span.start) as usize);
        Location {
            file: self.path.to_string(),
            line,
            column,
            end_line,
            end_column,
            span,
        }
    }

    /// Returns the document that holds `offset`, else the last one that starts before it.
    pub fn document_at(&self, offset: usize) -> Option<&Document> {
        let index = self
            .documents
            .partition_point(|d| d.span.start as usize <= offset);
        self.documents.get(index.saturating_sub(1))
    }

    fn line_column(&self, offset: usize) -> (u32, u32) {
        let line = self.line(offset);
        let start = self
            .line_starts()
            .get(line as usize - 1)
            .map_or(0, |s| *s as usize);
        let end = self.text.floor_char_boundary(offset.min(self.text.len()));
        let before = self.text.get(start..end).unwrap_or_default();
        let column = before.trim_start_matches('\u{feff}').chars().count() + 1;
        (line, u32::try_from(column).unwrap_or(u32::MAX))
    }

    fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let breaks = self.text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
            std::iter::once(0)
                .chain(breaks.map(|(i, _)| u32::try_from(i + 1).unwrap_or(u32::MAX)))
                .collect()
        })
    }
}
