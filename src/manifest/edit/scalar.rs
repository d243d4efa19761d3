//! New values of scalars, in the quotes of the old ones where they fit.

use super::super::node::{Node, ScalarStyle, Value};
use super::super::route::Route;
use super::expect::Change;
use super::layout::is_block;
use super::locate::Located;
use super::{Draft, EditError, Editor, spelling};

/// What a scalar becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewScalar<'a> {
    /// A string, quoted where it would be read as something else.
    Str(&'a str),
    /// Text that decides its own type when it is written bare: `3`, `true`, `null`.
    Plain(&'a str),
}

impl<'f> Editor<'f> {
    /// Sets a scalar; anchor, tag and trailing comment stay, and so does the column of a comment that is aligned with that
    /// of a neighbouring line. A null gets its value. A literal block scalar stays one if the new text is of several lines.
    ///
    /// # Errors
    /// There is no scalar, or its tag does not allow the value.
    pub fn set_scalar(
        &mut self,
        document: usize,
        route: &Route,
        value: NewScalar<'_>,
    ) -> Result<(), EditError> {
        let located = self.locate(document, route)?;
        let Value::Scalar(old) = &located.node.value else {
            return self.refuse(&located, "it is no scalar");
        };
        if let (ScalarStyle::Literal, NewScalar::Str(text)) = (old.style, value)
            && text.contains('\n')
        {
            return self.set_block(document, route, text);
        }
        if value == NewScalar::Plain("") {
            return self.refuse(&located, "the new text is empty");
        }
        let in_flow = located.is_in_flow(self.layout());
        let (text, node) = match value {
            NewScalar::Plain(text) => (text.to_owned(), Node::plain(text)),
            NewScalar::Str(text) => (
                spelling::spell_like(text, old.style, in_flow, self.style.quotes),
                Node::string(text),
            ),
        };
        let mut draft = Draft::default();
        self.replace_scalar(&mut draft, &located, &text)?;
        self.take(draft)?;
        self.changes
            .add(document, located.path, Change::Replace(node));
        Ok(())
    }

    fn replace_scalar(
        &self,
        draft: &mut Draft,
        at: &Located<'f>,
        text: &str,
    ) -> Result<(), EditError> {
        let layout = self.layout();
        let span = at.node.place.span.range();
        let is_block = at.node.scalar().is_some_and(|s| is_block(s.style));
        let (start, end) = if is_block {
            match layout.block_header(at.node) {
                Some(header) if !layout.has_comment(header, span.start) => {
                    let end = if span.is_empty() {
                        layout.line_end(header)
                    } else {
                        span.end
                    };
                    (header, end)
                }
                _ => return self.refuse(at, "the head of its block has a comment"),
            }
        } else if span.is_empty() {
            let header = match at.entry() {
                Some(entry) => layout.header_end(&entry.key),
                None => Some(layout.skip_properties(span.start)),
            };
            let Some(header) = header else {
                return self.refuse(at, "its key is not written as `key:`");
            };
            draft.insert(header, format!(" {text}"));
            return Ok(());
        } else {
            (span.start, span.end)
        };
        draft.replace(start, end, text);
        if let Some((from, to, gap)) = self.realigned(start, end, text) {
            draft.replace(from, to, gap);
        }
        Ok(())
    }

    /// Returns the gap before a trailing comment that has to change so that the comment keeps its column.
    fn realigned(&self, start: usize, end: usize, text: &str) -> Option<(usize, usize, String)> {
        let layout = self.layout();
        let rest = layout.slice(end, layout.line_end(end));
        let gap = rest.len() - rest.trim_start_matches(' ').len();
        let comment = end + gap;
        layout.comment_at(comment)?;
        let line_start = layout.line_start(end);
        let width = |from: usize, to: usize| layout.slice(from, to).chars().count();
        let column = width(line_start, comment);
        let aligned = |at: usize| {
            let line = (layout.line_start(at), layout.line_end(at));
            let at = self.file.comments.iter().map(|c| c.span.start as usize);
            let mut here = at.filter(|start| (line.0..line.1).contains(start));
            here.next()
                .is_some_and(|start| start > line.0 && width(line.0, start) == column)
        };
        let above = line_start > 0 && aligned(line_start - 1);
        let below = layout.next_line(end) < layout.text().len() && aligned(layout.next_line(end));
        if gap == 0 || !above && !below || layout.line_start(start) != line_start {
            return None;
        }
        let used = width(line_start, start) + text.chars().count();
        let new = column.saturating_sub(used).max(1);
        (new != gap).then(|| (end, comment, " ".repeat(new)))
    }
}
