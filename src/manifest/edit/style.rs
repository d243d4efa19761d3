//! The habits of a file, read off its text: what new text has to look like.

use super::super::node::{Entry, Node, ScalarStyle, Value};
use super::super::source::{Placement, SourceFile};
use super::layout::Layout;

/// How strings are quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotes {
    /// Mostly `'...'`.
    Single,
    /// Mostly `"..."`, or none at all.
    Double,
}

/// How a file is written. Where a file says nothing, the habits of most: two columns, lists indented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// `\n` or `\r\n`, whichever is more frequent.
    pub line_end: &'static str,
    /// Columns of one more level of mappings.
    pub indent: usize,
    /// Columns of a list's dashes behind its key, if the file has block lists.
    pub sequence: Option<usize>,
    /// Whether the first document starts with `---`.
    pub explicit_start: bool,
    /// Whether a blank line stands before the separators of documents.
    pub blank_before_separator: bool,
    /// Whether the last line ends with a line break.
    pub final_newline: bool,
    /// Whether the file starts with a byte order mark.
    pub byte_order_mark: bool,
    /// Which quotes strings have.
    pub quotes: Quotes,
    /// Columns between a value and its comment.
    pub comment_gap: usize,
}

/// How often each habit occurs.
#[derive(Default)]
struct Counts {
    indents: [usize; 9],
    sequences: [usize; 9],
    single: usize,
    double: usize,
}

impl Style {
    /// Reads the habits of a file; of those that vary, the most frequent one.
    pub fn of(file: &SourceFile) -> Style {
        let layout = Layout { file };
        let mut counts = Counts::default();
        for root in file.documents.iter().filter_map(|d| d.root.as_ref()) {
            counts.add(layout, root);
        }
        let crlf = file.text.matches("\r\n").count();
        let breaks = file.text.bytes().filter(|b| *b == b'\n').count();
        Style {
            line_end: if 2 * crlf > breaks { "\r\n" } else { "\n" },
            indent: most(&counts.indents).unwrap_or(2),
            sequence: most(&counts.sequences),
            explicit_start: file.documents.first().is_some_and(|d| d.explicit),
            blank_before_separator: has_blank_separators(file),
            final_newline: file.text.ends_with('\n'),
            byte_order_mark: file.text.starts_with('\u{feff}'),
            quotes: match counts.single > counts.double {
                true => Quotes::Single,
                false => Quotes::Double,
            },
            comment_gap: comment_gap(file),
        }
    }

    /// Returns the columns between a key and the dashes of a new list below it.
    pub fn sequence_indent(&self) -> usize {
        self.sequence.unwrap_or(self.indent)
    }
}

impl Counts {
    fn add(&mut self, layout: Layout<'_>, root: &Node) {
        let mut stack = vec![root];
        while let Some(node) = stack.pop() {
            match &node.value {
                Value::Scalar(scalar) => match scalar.style {
                    ScalarStyle::SingleQuoted => self.single += 1,
                    ScalarStyle::DoubleQuoted => self.double += 1,
                    _ => {}
                },
                Value::Sequence(items) => stack.extend(items.iter()),
                Value::Mapping(entries) if layout.is_flow(node) => {
                    stack.extend(entries.iter().map(|e| &e.value));
                }
                Value::Mapping(entries) => {
                    for entry in entries.iter() {
                        self.step(layout, entry);
                        stack.push(&entry.value);
                    }
                }
                Value::Alias(_) => {}
            }
        }
    }

    /// Counts how far a block value is indented below its key.
    fn step(&mut self, layout: Layout<'_>, entry: &Entry) {
        let value = &entry.value;
        if layout.is_flow(value) {
            return;
        }
        let (first, counts) = match &value.value {
            Value::Sequence(items) => {
                let dash = items.first().and_then(|item| layout.dash(item));
                (dash, &mut self.sequences)
            }
            Value::Mapping(entries) => {
                let key = entries.first().map(|e| e.key.place.span.start as usize);
                (key, &mut self.indents)
            }
            Value::Scalar(_) | Value::Alias(_) => return,
        };
        let key = layout.column(entry.key.place.span.start as usize);
        let step = first.and_then(|at| layout.column(at).checked_sub(key));
        if let Some(count) = step.and_then(|step| counts.get_mut(step)) {
            *count += 1;
        }
    }
}

/// Returns the most frequent index, the first of several.
fn most(counts: &[usize]) -> Option<usize> {
    let best = counts.iter().copied().max().filter(|n| *n > 0)?;
    counts.iter().position(|n| *n == best)
}

fn has_blank_separators(file: &SourceFile) -> bool {
    let mut later = file.documents.iter().skip(1).filter(|d| d.explicit);
    let blank = |d: &super::super::Document| {
        let before = file.text.get(..d.span.start as usize).unwrap_or_default();
        before.ends_with("\n\n") || before.ends_with("\n\r\n")
    };
    later.clone().count() > 0 && later.all(blank)
}

/// Returns the most frequent gap before trailing comments; one column if there is none.
fn comment_gap(file: &SourceFile) -> usize {
    let mut counts = [0; 3];
    let right = file
        .comments
        .iter()
        .filter(|c| c.placement == Placement::Right);
    for comment in right {
        let before = file
            .text
            .get(..comment.span.start as usize)
            .unwrap_or_default();
        let gap = before.len() - before.trim_end_matches(' ').len();
        if let Some(count) = counts.get_mut(gap) {
            *count += 1;
        }
    }
    most(&counts).filter(|gap| *gap > 0).unwrap_or(1)
}
