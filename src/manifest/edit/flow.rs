//! Children of collections in brackets or braces: `[a, b]`, on one line or on several.

use super::insert::Kind;
use super::layout::Child;
use super::locate::Located;
use super::snippet::Snippet;
use super::{Draft, EditError, Editor};

impl<'f> Editor<'f> {
    /// Lays out a new child in flow style. A child on a line of its own gets neighbours on lines of their own.
    pub(super) fn flow_child(
        &self,
        at: &Located<'f>,
        snippet: &Snippet,
        kind: Kind,
        index: usize,
    ) -> Result<Draft, EditError> {
        let layout = self.layout();
        let Some(line) = snippet.line() else {
            return self.refuse(at, "several lines do not fit between brackets");
        };
        let mut draft = Draft::default();
        let span = at.node.place.span.range();
        let children = layout.children(at.node).unwrap_or_default();
        let before = index.checked_sub(1).and_then(|i| children.get(i));
        match (before, children.first()) {
            (Some(child), _) => self.behind_flow(&mut draft, *child, line),
            (None, Some(child)) if layout.is_first_on_line(child.start) => {
                let indent = " ".repeat(layout.column(child.start));
                self.insert_lines(
                    &mut draft,
                    layout.line_start(child.start),
                    &[format!("{indent}{line},")],
                );
            }
            (None, Some(child)) => draft.insert(child.start, format!("{line}, ")),
            (None, None) => {
                let (open, close) = match kind {
                    Kind::Item => ('[', ']'),
                    Kind::Entry => ('{', '}'),
                };
                let header = at.entry().and_then(|e| layout.header_end(&e.key));
                let text = format!("{open}{line}{close}");
                match header.filter(|_| span.is_empty()) {
                    Some(header) => draft.insert(header, format!(" {text}")),
                    None => draft.replace(span.start, span.end, text),
                }
            }
        }
        Ok(draft)
    }

    fn behind_flow(&self, draft: &mut Draft, child: Child, line: &str) {
        let layout = self.layout();
        let comma = self.comma_behind(child.end);
        let rest = comma.unwrap_or(child.end);
        if !layout.is_first_on_line(child.start) || !self.only_comment_behind(rest) {
            return draft.insert(child.end, format!(", {line}"));
        }
        let indent = " ".repeat(layout.column(child.start));
        let end = if comma.is_some() { "," } else { "" };
        if comma.is_none() {
            draft.insert(child.end, ",");
        }
        self.insert_lines(
            draft,
            layout.next_line(rest),
            &[format!("{indent}{line}{end}")],
        );
    }

    /// Returns the end of the comma that follows on the same line.
    fn comma_behind(&self, at: usize) -> Option<usize> {
        let layout = self.layout();
        let rest = layout.slice(at, layout.line_end(at));
        let comma = rest.trim_start_matches([' ', '\t']);
        comma
            .starts_with(',')
            .then(|| at + rest.len() - comma.len() + 1)
    }

    /// Tells whether the line has nothing but a comment behind `at`.
    fn only_comment_behind(&self, at: usize) -> bool {
        let layout = self.layout();
        let rest = layout.slice(at, layout.line_end(at));
        let word = rest.trim_start_matches([' ', '\t']);
        word.is_empty() || layout.comment_at(at + rest.len() - word.len()).is_some()
    }

    /// Removes child `index` in flow style.
    pub(super) fn remove_flow(
        &self,
        at: &Located<'f>,
        children: &[Child],
        index: usize,
    ) -> Result<Draft, EditError> {
        let layout = self.layout();
        let mut draft = Draft::default();
        let Some(child) = children.get(index) else {
            return self.refuse(at, "it is not written plainly");
        };
        let comma = self.comma_behind(child.end);
        let rest = comma.unwrap_or(child.end);
        let previous = index.checked_sub(1).and_then(|i| children.get(i));
        let next = children.get(index + 1);
        let span = at.node.place.span.range();
        let (start, end) = match (previous, next) {
            (None, None) => (span.start + 1, span.end.saturating_sub(1)),
            _ if layout.is_first_on_line(child.start) && self.only_comment_behind(rest) => {
                if let (None, None, Some(previous)) = (comma, next, previous)
                    && let Some(comma) = self.comma_behind(previous.end)
                {
                    draft.replace(comma - 1, comma, "");
                }
                draft.replace(layout.lead(*child), layout.next_line(rest), "");
                return Ok(draft);
            }
            (_, Some(next)) => (child.start, next.start),
            (Some(previous), None) => (previous.end, child.end),
        };
        if layout.has_comment(start, end) {
            return self.refuse(at, "a comment stands between the brackets");
        }
        draft.replace(start, end, "");
        Ok(draft)
    }
}
