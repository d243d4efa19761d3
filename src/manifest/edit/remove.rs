//! Items and entries that go, with the comments that belong to them.

use super::super::node::Value;
use super::super::route::Route;
use super::expect::Change;
use super::layout::Child;
use super::locate::Located;
use super::{Draft, EditError, Editor};

impl<'f> Editor<'f> {
    /// Removes an item of a list or an entry of a mapping, with its lines, the comment block directly above it at its
    /// column (not above the first entry of a document), and deeper comment lines below it. Of two blank
    /// lines around it one goes along. An emptied collection becomes `[]` or `{}`;
    /// to put something else in place of its only child, insert first.
    ///
    /// # Errors
    /// There is no such node, or it cannot go alone.
    pub fn remove(&mut self, document: usize, route: &Route) -> Result<(), EditError> {
        let located = self.look_up(document, route)?;
        let Some((parent, index)) = located.up().zip(located.path.last().copied()) else {
            return self.refuse(&located, "a document cannot be removed");
        };
        self.locate(document, &route.parent())?;
        let mut draft = self.removal(&parent, index)?;
        draft.drops_comments = true;
        self.take(draft)?;
        self.changes
            .add(document, parent.path, Change::Remove(index));
        Ok(())
    }

    fn removal(&self, parent: &Located<'f>, index: usize) -> Result<Draft, EditError> {
        let layout = self.layout();
        let children = layout.children(parent.node);
        let Some((children, child)) =
            children.and_then(|all| all.get(index).copied().map(|c| (all, c)))
        else {
            return self.refuse(parent, "it is not written as plain lines");
        };
        if layout.is_flow(parent.node) {
            return self.remove_flow(parent, &children, index);
        }
        if parent.is_in_flow(layout) {
            return self.refuse(parent, "it is part of a pair between brackets");
        }
        let (gone, gets_new) = self.changes.of_children(parent.document, &parent.path);
        if children.len() == gone + 1 && !gets_new {
            return self.empty(parent, child);
        }
        let mut draft = Draft::default();
        if layout.is_first_on_line(child.start) {
            let is_head = index == 0 && parent.above.is_empty();
            let lead = if is_head {
                layout.line_start(child.start)
            } else {
                layout.lead(child)
            };
            let (before, end) = (children.get(index.wrapping_sub(1)), layout.trail(child));
            let start = before.and_then(|before| self.with_blank_line(*before, lead, end));
            self.remove_lines(&mut draft, start.unwrap_or(lead), end);
            return Ok(draft);
        }
        // The first child shares its line with the dash of its parent, which the next child takes over.
        let next = children.get(index + 1).map_or(child.end, |c| c.start);
        if layout.has_comment(layout.next_line(child.end), next) {
            return self.refuse(parent, "a comment stands between its first lines");
        }
        draft.replace(child.start, next, "");
        Ok(draft)
    }

    /// Returns the start of the blank line above the lines from `start` to `end` if another one, or nothing, is below: of
    /// two blank lines one goes along.
    fn with_blank_line(&self, before: Child, start: usize, end: usize) -> Option<usize> {
        let layout = self.layout();
        let rest = layout.slice(end, layout.text().len());
        let below = rest
            .lines()
            .next()
            .is_none_or(|line| line.trim().is_empty());
        let blank = layout.blank_above(start)?;
        (below && blank >= layout.trail(before)).then_some(blank)
    }

    /// Removes the only child of a block collection.
    fn empty(&self, parent: &Located<'f>, child: Child) -> Result<Draft, EditError> {
        let layout = self.layout();
        let brackets = match &parent.node.value {
            Value::Sequence(_) => "[]",
            _ => "{}",
        };
        let mut draft = Draft::default();
        let on_own_lines = layout.is_first_on_line(child.start);
        match parent
            .entry()
            .and_then(|entry| layout.header_end(&entry.key))
        {
            Some(header) if on_own_lines && header < layout.line_start(child.start) => {
                draft.insert(header, format!(" {brackets}"));
                self.remove_lines(&mut draft, layout.lead(child), layout.trail(child));
            }
            _ => {
                // The line keeps its comment, which would belong to nothing.
                let end = layout.line_end(child.end);
                let indent = layout.slice(child.start, end);
                if indent.is_empty() || layout.trail(child) != layout.next_line(child.end) {
                    return self.refuse(parent, "it cannot be emptied");
                }
                draft.replace(child.start, end, brackets);
            }
        }
        Ok(draft)
    }

    /// Removes whole lines; at the end of a file without a final line break, the break before them goes instead.
    pub(super) fn remove_lines(&self, draft: &mut Draft, start: usize, end: usize) {
        let layout = self.layout();
        let before = layout.slice(0, start);
        let at_open_end = end == layout.text().len() && !layout.slice(start, end).ends_with('\n');
        let line_break = match at_open_end {
            true if before.ends_with("\r\n") => 2,
            true if before.ends_with('\n') => 1,
            _ => 0,
        };
        draft.replace(start - line_break, end, "");
    }
}
