//! The judge of an edited file: it must say what was intended, keep every comment, and nothing else may have changed.

use super::super::location::FileId;
use super::super::node::{Node, Value};
use super::super::scalar::Schema;
use super::super::source::SourceFile;
use super::Edit;
use super::expect::Changes;

/// The old file, the new one, and what lies between.
pub(super) struct Check<'a> {
    pub(super) old: &'a SourceFile,
    pub(super) new: &'a SourceFile,
    /// In order, without overlaps.
    pub(super) edits: &'a [Edit],
}

impl Check<'_> {
    /// Returns why the new file is wrong. `comments` are the indices of the edits whose text must be read as a comment.
    pub(super) fn run(&self, changes: &Changes, comments: &[usize]) -> Result<(), String> {
        if let Some(error) = self.new.errors.first() {
            return Err(format!("the result is no YAML: {}", error.message));
        }
        let expected = changes.roots(self.old);
        let roots: Vec<&Node> = self
            .new
            .documents
            .iter()
            .filter_map(|d| d.root.as_ref())
            .collect();
        if roots.len() != expected.len() || self.empty_documents_grew() {
            return Err("the result has other documents".to_owned());
        }
        for (expected, root) in expected.iter().zip(roots) {
            self.same(expected, root)?;
        }
        self.new_comments(comments)?;
        self.comments()
    }

    fn empty_documents_grew(&self) -> bool {
        let empty = |file: &SourceFile| file.documents.iter().filter(|d| d.root.is_none()).count();
        empty(self.new) > empty(self.old)
    }

    fn same(&self, expected: &Node, actual: &Node) -> Result<(), String> {
        let other = || {
            let line = self.new.line(actual.place.span.start as usize);
            format!("the result would not say what was intended, see line {line}")
        };
        let same = match (&expected.value, &actual.value) {
            (Value::Scalar(_), Value::Scalar(_)) => return self.scalar(expected, actual, other),
            (Value::Alias(a), Value::Alias(b)) => return self.alias(a, b, other),
            (Value::Sequence(a), Value::Sequence(b)) if a.len() == b.len() => {
                let mut pairs = a.iter().zip(b.iter());
                pairs.try_for_each(|(a, b)| self.same(a, b))?;
                true
            }
            (Value::Mapping(a), Value::Mapping(b)) if a.len() == b.len() => {
                for (a, b) in a.iter().zip(b.iter()) {
                    self.same(&a.key, &b.key)?;
                    self.same(&a.value, &b.value)?;
                }
                true
            }
            _ => false,
        };
        match same && expected.tag == actual.tag {
            true => Ok(()),
            false => Err(other()),
        }
    }

    /// Old scalars must be as they were; new ones must mean what was wanted to every reader.
    fn scalar(
        &self,
        expected: &Node,
        actual: &Node,
        other: impl Fn() -> String,
    ) -> Result<(), String> {
        let exact = expected.tag == actual.tag && expected.scalar() == actual.scalar();
        let means = |schema| match (expected.resolve(schema), actual.resolve(schema)) {
            (Ok(a), Ok(b)) => a == b,
            _ => false,
        };
        let is_new = expected.place.file == FileId::NONE;
        if exact || is_new && means(Schema::Kubernetes) && means(Schema::Kustomize) {
            return Ok(());
        }
        let texts = expected.text().zip(actual.text());
        if texts.is_some_and(|(old, new)| new.strip_suffix('\n') == Some(old)) {
            let line = self.new.line(actual.place.span.start as usize);
            return Err(format!(
                "the block scalar at line {line} ends with the file, and would gain a line break"
            ));
        }
        Err(other())
    }

    /// An alias must still show the same node, which is compared where it stands.
    fn alias(
        &self,
        expected: &Node,
        actual: &Node,
        other: impl Fn() -> String,
    ) -> Result<(), String> {
        if expected.place.file == FileId::NONE {
            return self.same(expected, actual);
        }
        let start = actual.place.span.start as usize;
        match self.moved(expected.place.span.start as usize) {
            Some((low, high)) if start == low || start == high => Ok(()),
            _ => Err(other()),
        }
    }

    /// Returns where an offset of the old file is in the new one: before and behind what is inserted there. `None` if it
    /// is gone.
    fn moved(&self, offset: usize) -> Option<(usize, usize)> {
        let (mut low, mut high) = (offset, offset);
        for edit in self.edits {
            let (start, end) = (edit.range.start, edit.range.end);
            if start > offset {
                break;
            }
            let shift = |n: usize| (n + edit.text.len()).saturating_sub(end - start);
            if end < offset || end == offset && start < end {
                (low, high) = (shift(low), shift(high));
            } else if start == end {
                high = shift(high);
            } else if start < offset {
                return None;
            }
        }
        Some((low, high))
    }

    /// Every comment outside of the edits is still one, with the same text.
    fn comments(&self) -> Result<(), String> {
        let untouched = |start: usize, end: usize| {
            let inside = |e: &Edit| e.range.start < end && start < e.range.end;
            !self.edits.iter().any(inside)
        };
        let inserted = self.inserted();
        let mut new = self.new.comments.iter().filter(|c| {
            let start = c.span.start as usize;
            !inserted.iter().any(|range| range.contains(&start))
        });
        for comment in &self.old.comments {
            let (start, end) = (comment.span.start as usize, comment.span.end as usize);
            if !untouched(start, end) {
                continue;
            }
            let kept = new.next().is_some_and(|c| {
                let at = c.span.start as usize;
                let in_place = self
                    .moved(start)
                    .is_some_and(|(low, high)| at == low || at == high);
                in_place && self.new.slice(c.span) == self.old.slice(comment.span)
            });
            if !kept {
                let line = self.old.line(start);
                return Err(format!("the comment on line {line} would change"));
            }
        }
        match new.next() {
            Some(_) => Err("text would become a comment".to_owned()),
            None => Ok(()),
        }
    }

    fn new_comments(&self, edits: &[usize]) -> Result<(), String> {
        let inserted = self.inserted();
        for range in edits.iter().filter_map(|i| inserted.get(*i)) {
            let text = self.new.text.get(range.clone()).unwrap_or_default().trim();
            let mut comments = self.new.comments.iter();
            if !comments
                .any(|c| range.contains(&(c.span.start as usize)) && self.new.slice(c.span) == text)
            {
                return Err("the text would not be read as a comment".to_owned());
            }
        }
        Ok(())
    }

    /// Returns the ranges of new text in the new file.
    fn inserted(&self) -> Vec<std::ops::Range<usize>> {
        let mut shift = (0usize, 0usize);
        let mut ranges = Vec::with_capacity(self.edits.len());
        for edit in self.edits {
            let start = (edit.range.start + shift.0).saturating_sub(shift.1);
            ranges.push(start..start + edit.text.len());
            shift.0 += edit.text.len();
            shift.1 += edit.range.len();
        }
        ranges
    }
}
