//! Edits of YAML text that keep every other byte. All edits of a file are applied at once, the result is read again, and
//! a result that says anything but what was intended is refused.

mod apply;
mod block_scalar;
mod comment;
mod expect;
mod flow;
mod insert;
mod layout;
mod locate;
mod order;
mod remove;
mod scalar;
mod snippet;
mod spelling;
mod stream;
mod style;
mod verify;

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;

use self::expect::Changes;
use self::layout::Layout;
use self::locate::Located;
use super::Span;
use super::location::Location;
use super::node::Node;
use super::route::Route;
use super::source::SourceFile;

pub use self::scalar::NewScalar;
pub(crate) use self::spelling::spell_like;
pub use self::stream::DocumentPosition;
pub use self::style::{Quotes, Style};

/// One replacement of bytes by text; an empty range inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes of the old file that go.
    pub range: Range<usize>,
    /// What stands there instead.
    pub text: String,
}

/// Where a new item or entry goes among its siblings. A sibling is named by its key, its text, or the text of its `name`
/// (else of its first entry).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position<'a> {
    /// Behind the last one. Comment lines below the last one stay below the new one, unless they are indented deeper.
    End,
    /// Where the order of its siblings asks for, if they have one, else at the end. They have one if more than half of
    /// them, up to the last one, or three of four neighbours are in order of bytes, of path components, or of letters
    /// whatever their case.
    Sorted,
    /// Behind this sibling, or at the end if there is none such.
    After(&'a str),
    /// Before this sibling and the comment block directly above it, or at the end if there is none such.
    Before(&'a str),
}

/// Why a file cannot be edited as wanted. Shown as `file:line: cannot be edited safely: reason`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct EditError {
    /// The place that was to be edited.
    pub location: Location,
    /// A fragment.
    pub reason: String,
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, line) = (&self.location.file, self.location.line);
        write!(f, "{file}:{line}: cannot be edited safely: {}", self.reason)
    }
}

/// Collects edits of one file. Routes and document numbers are always those of the file as it was.
///
/// An operation that fails leaves the editor as it was. Edits may not overlap; two insertions at one place keep their
/// order.
#[derive(Debug)]
pub struct Editor<'f> {
    file: &'f SourceFile,
    style: Style,
    edits: Vec<Edit>,
    changes: Changes,
    /// Indices of the edits whose text must be read as a comment.
    comments: Vec<usize>,
    allow_shared: bool,
}

/// What one operation adds to an editor.
#[derive(Default)]
struct Draft {
    edits: Vec<Edit>,
    /// Whether the last edit adds a comment.
    comment: bool,
    /// Whether comments may go with what is replaced.
    drops_comments: bool,
}

impl Draft {
    fn replace(&mut self, start: usize, end: usize, text: impl Into<String>) {
        self.edits.push(Edit {
            range: start..end,
            text: text.into(),
        });
    }

    fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at, at, text);
    }
}

impl<'f> Editor<'f> {
    /// Starts to edit `file`.
    pub fn new(file: &'f SourceFile) -> Self {
        Editor {
            file,
            style: Style::of(file),
            edits: Vec::new(),
            changes: Changes::default(),
            comments: Vec::new(),
            allow_shared: false,
        }
    }

    /// Allows changes inside anchored nodes, which change every alias of them too.
    pub fn allow_shared(mut self) -> Self {
        self.allow_shared = true;
        self
    }

    /// Returns the edits so far, in the order they were made.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// Returns the node at `route` of a document of the file as it was.
    pub fn node(&self, document: usize, route: &Route) -> Option<&'f Node> {
        route.find(self.file.documents.get(document)?.root.as_ref()?)
    }

    fn layout(&self) -> Layout<'f> {
        Layout { file: self.file }
    }

    /// Finds a node that may be changed.
    fn locate(&self, document: usize, route: &Route) -> Result<Located<'f>, EditError> {
        let located = self.look_up(document, route)?;
        let shared = self
            .file
            .documents
            .get(document)
            .is_some_and(|d| located.is_shared(d));
        if shared && !self.allow_shared {
            let reason = format!("`{route}` has an anchor, and its aliases would change as well");
            return Err(self.error(located.node.place.span, reason));
        }
        Ok(located)
    }

    /// Finds a node.
    fn look_up(&self, number: usize, route: &Route) -> Result<Located<'f>, EditError> {
        if let Some(error) = self.file.errors.first() {
            return Err(self.error(error.span, error.message.clone()));
        }
        let lone_return =
            |(at, _): (usize, &str)| self.file.text.as_bytes().get(at + 1) != Some(&b'\n');
        if let Some((at, _)) = self.file.text.match_indices('\r').find(|m| lone_return(*m)) {
            return Err(self.error(Span::new(at, at), "a carriage return ends a line"));
        }
        let Some(document) = self.file.documents.get(number) else {
            let end = self.file.text.len();
            return Err(self.error(
                Span::new(end, end),
                format!("there is no document {number}"),
            ));
        };
        Located::find(document, route).map_err(|why| self.error(document.span, why))
    }

    fn error(&self, span: Span, reason: impl Into<String>) -> EditError {
        EditError {
            location: self.file.location(span),
            reason: reason.into(),
        }
    }

    fn refuse<T>(&self, at: &Located<'_>, reason: impl Into<String>) -> Result<T, EditError> {
        let mut node = at.node;
        if let (0, Some(entry)) = (node.place.span.range().len(), at.entry()) {
            node = &entry.key;
        }
        Err(self.error(node.place.span, reason))
    }
}
