//! Comments behind a value.

use super::super::node::Value;
use super::super::route::Route;
use super::layout::is_block;
use super::locate::Located;
use super::{Draft, EditError, Editor};

impl<'f> Editor<'f> {
    /// Puts a comment behind the value at `route`, or behind its key where the value follows on lines of its own. Does
    /// nothing if that comment is there; another one goes only if `replace` is set.
    ///
    /// # Errors
    /// There is another comment, more follows on the line, the comment has several lines, or the value is a block scalar.
    pub fn set_comment(
        &mut self,
        document: usize,
        route: &Route,
        comment: &str,
        replace: bool,
    ) -> Result<(), EditError> {
        let located = self.look_up(document, route)?;
        let comment = comment.trim();
        let text = match comment.starts_with('#') {
            true => comment.to_owned(),
            false => format!("# {comment}"),
        };
        if text.chars().any(|c| c.is_control() && c != '\t') {
            return self.refuse(&located, "a comment is a single line");
        }
        let layout = self.layout();
        let end = self.comment_anchor(&located)?;
        let rest = layout.slice(end, layout.line_end(end));
        let gap = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let mut draft = Draft::default();
        match layout.comment_at(end + gap).filter(|_| gap > 0) {
            Some(old) if self.file.slice(old) == text => return Ok(()),
            Some(old) if replace => draft.replace(old.start as usize, old.end as usize, text),
            Some(_) => return self.refuse(&located, "there is another comment"),
            None if gap < rest.len() => return self.refuse(&located, "more follows on the line"),
            None => draft.replace(
                end,
                end + gap,
                format!("{}{text}", " ".repeat(self.style.comment_gap)),
            ),
        }
        (draft.comment, draft.drops_comments) = (true, true);
        self.take(draft)
    }

    /// Returns where a trailing comment follows, white space left out.
    fn comment_anchor(&self, at: &Located<'f>) -> Result<usize, EditError> {
        let layout = self.layout();
        let span = at.node.place.span.range();
        let header = at.entry().and_then(|entry| layout.header_end(&entry.key));
        let end = match &at.node.value {
            Value::Scalar(scalar) if is_block(scalar.style) => {
                return self.refuse(at, "it would become part of a block scalar");
            }
            Value::Scalar(_) if span.is_empty() => header.unwrap_or(span.end),
            Value::Scalar(_) | Value::Alias(_) => span.end,
            _ if layout.is_flow(at.node) => span.end,
            _ => match header {
                Some(header) if header < layout.line_start(span.start) => return Ok(header),
                _ => return self.refuse(at, "its line holds something else"),
            },
        };
        let rest = layout.slice(end, layout.line_end(end));
        let behind = rest.trim_start_matches([' ', '\t']);
        match behind.strip_prefix(',') {
            Some(behind) if at.is_in_flow(layout) => Ok(end + rest.len() - behind.len()),
            _ => Ok(end),
        }
    }
}
