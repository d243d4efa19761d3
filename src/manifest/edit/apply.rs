//! Takes the edits together, applies them, and reads what comes out.

use super::super::Span;
use super::super::source::SourceFile;
use super::verify::Check;
use super::{Draft, Edit, EditError, Editor};

impl Editor<'_> {
    /// Takes what an operation wants, unless it overlaps what others want.
    pub(super) fn take(&mut self, draft: Draft) -> Result<(), EditError> {
        for edit in &draft.edits {
            let (start, end) = (edit.range.start, edit.range.end);
            if !draft.drops_comments && self.layout().has_comment(start, end) {
                return Err(self.error(Span::new(start, end), "a comment would be lost"));
            }
            if let Some(other) = self.edits.iter().find(|other| overlap(edit, other)) {
                let span = Span::new(other.range.start, other.range.end);
                return Err(self.error(span, "two edits overlap"));
            }
        }
        self.edits.extend(draft.edits);
        if let (true, Some(last)) = (draft.comment, self.edits.len().checked_sub(1)) {
            self.comments.push(last);
        }
        Ok(())
    }

    /// Applies all edits and returns the file read anew.
    ///
    /// # Errors
    /// The result would not be valid YAML, would say something else than was intended, or would lose or change a comment.
    /// The error names the first edit.
    pub fn finish(self) -> Result<SourceFile, EditError> {
        let mut order: Vec<usize> = (0..self.edits.len()).collect();
        let key = |i: &usize| self.edits.get(*i).map(|e| (e.range.start, e.range.end));
        order.sort_by_key(key);
        let sorted: Vec<Edit> = order
            .iter()
            .filter_map(|i| self.edits.get(*i).cloned())
            .collect();
        let text = apply(&self.file.text, &sorted);
        let new = SourceFile::parse(self.file.id, self.file.path.clone(), text);
        let check = Check {
            old: self.file,
            new: &new,
            edits: &sorted,
        };
        let comments: Vec<usize> = order
            .iter()
            .enumerate()
            .filter(|(_, original)| self.comments.contains(original))
            .map(|(sorted, _)| sorted)
            .collect();
        let verdict = check.run(&self.changes, &comments);
        verdict.map_err(|reason| {
            let first = sorted.first().map_or(0, |e| e.range.start);
            self.error(Span::new(first, first), reason)
        })?;
        Ok(new)
    }
}

/// Tells whether two edits want the same bytes, or one inserts inside what the other removes.
fn overlap(a: &Edit, b: &Edit) -> bool {
    let (a, b) = (&a.range, &b.range);
    match (a.is_empty(), b.is_empty()) {
        (true, true) => false,
        (true, false) => b.start < a.start && a.start < b.end,
        (false, true) => a.start < b.start && b.start < a.end,
        (false, false) => a.start < b.end && b.start < a.end,
    }
}

/// Applies edits that are in order and do not overlap.
fn apply(text: &str, edits: &[Edit]) -> String {
    let added: usize = edits.iter().map(|e| e.text.len()).sum();
    let mut out = String::with_capacity(text.len() + added);
    let mut at = 0;
    for edit in edits {
        out.push_str(text.get(at..edit.range.start).unwrap_or_default());
        out.push_str(&edit.text);
        at = edit.range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}
