//! Where the parts of a YAML file stand on its lines: dashes, keys, ends of values, comments that belong to something.

use super::super::location::Span;
use super::super::node::{Entry, Node, ScalarStyle, Value};
use super::super::source::SourceFile;

/// One item or entry of a collection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Child {
    /// Its dash, or the first byte of its key or value in flow style, anchors and tags included.
    pub(super) start: usize,
    /// One past its last byte, without a trailing comment.
    pub(super) end: usize,
}

/// The lines of a file.
#[derive(Clone, Copy)]
pub(super) struct Layout<'f> {
    pub(super) file: &'f SourceFile,
}

impl<'f> Layout<'f> {
    pub(super) fn text(self) -> &'f str {
        &self.file.text
    }

    /// Returns the text from `start` to `end`, or nothing where the range does not fit.
    pub(super) fn slice(self, start: usize, end: usize) -> &'f str {
        self.file.text.get(start..end).unwrap_or_default()
    }

    /// Returns where the line of `at` starts, behind a byte order mark.
    pub(super) fn line_start(self, at: usize) -> usize {
        let before = self.slice(0, at);
        match before.rfind('\n') {
            Some(line_break) => line_break + 1,
            None if self.text().starts_with('\u{feff}') => '\u{feff}'.len_utf8(),
            None => 0,
        }
    }

    /// Returns where the line of `at` ends, before its line break.
    pub(super) fn line_end(self, at: usize) -> usize {
        let rest = self.slice(at, self.text().len());
        let line = rest.split('\n').next().unwrap_or_default();
        let is_last = line.len() == rest.len();
        let line = if is_last {
            line
        } else {
            line.strip_suffix('\r').unwrap_or(line)
        };
        at + line.len()
    }

    /// Returns where the line behind that of `at` starts, or the end of the file.
    pub(super) fn next_line(self, at: usize) -> usize {
        let rest = self.slice(at, self.text().len());
        rest.find('\n').map_or(self.text().len(), |n| at + n + 1)
    }

    /// Returns how many bytes stand before `at` on its line.
    pub(super) fn column(self, at: usize) -> usize {
        at.saturating_sub(self.line_start(at))
    }

    /// Tells whether only spaces stand before `at` on its line.
    pub(super) fn is_first_on_line(self, at: usize) -> bool {
        self.slice(self.line_start(at), at)
            .bytes()
            .all(|b| b == b' ')
    }

    /// Returns the comment that starts at `at`.
    pub(super) fn comment_at(self, at: usize) -> Option<Span> {
        let comments = &self.file.comments;
        let index = comments.partition_point(|c| (c.span.start as usize) < at);
        let span = comments.get(index)?.span;
        (span.start as usize == at).then_some(span)
    }

    /// Returns the comment whose last byte stands before `at`.
    fn comment_before(self, at: usize) -> Option<Span> {
        let comments = &self.file.comments;
        let index = comments.partition_point(|c| (c.span.end as usize) < at);
        let span = comments.get(index)?.span;
        (span.end as usize == at && span.end > span.start).then_some(span)
    }

    /// Tells whether a comment starts in the range.
    pub(super) fn has_comment(self, start: usize, end: usize) -> bool {
        let comments = &self.file.comments;
        let index = comments.partition_point(|c| (c.span.start as usize) < start);
        comments
            .get(index)
            .is_some_and(|c| (c.span.start as usize) < end)
    }

    /// Returns the column of the comment that has the line at `start` for itself.
    fn own_line_comment(self, start: usize) -> Option<usize> {
        let line = self.slice(start, self.line_end(start));
        let column = line.len() - line.trim_start().len();
        self.comment_at(start + column).map(|_| column)
    }

    /// Returns `at` moved back over white space and comments.
    fn skip_back(self, mut at: usize) -> usize {
        loop {
            at = self.slice(0, at).trim_end().len();
            match self.comment_before(at) {
                Some(comment) => at = comment.start as usize,
                None => return at,
            }
        }
    }

    /// Returns where the `|` or `>` of a block scalar stands.
    pub(super) fn block_header(self, node: &Node) -> Option<usize> {
        if !node.scalar().is_some_and(|s| is_block(s.style)) {
            return None;
        }
        let text = self.slice(0, node.place.span.start as usize);
        // The head ends with `|` or `>`, indicators, and perhaps a comment; only blank lines may follow it.
        let mut end = text.rfind('\n')?;
        while text.get(self.line_start(end)..end)?.trim().is_empty() {
            end = self.line_start(end).checked_sub(1)?;
        }
        let start = self.line_start(end);
        let end = self.line_end(start);
        let end = self.comment_before(end).map_or(end, |c| c.start as usize);
        let head = text.get(start..end)?.trim_end();
        let indicators =
            head.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'));
        indicators
            .ends_with(['|', '>'])
            .then(|| start + indicators.len() - 1)
    }

    /// Returns the dash of a block sequence item.
    pub(super) fn dash(self, item: &Node) -> Option<usize> {
        let start = item.place.span.start as usize;
        let mut at = self.block_header(item).unwrap_or(start);
        loop {
            at = self.skip_back(at);
            let before = self.slice(0, at).trim_start_matches('\u{feff}');
            let word = before
                .rsplit(char::is_whitespace)
                .next()
                .unwrap_or_default();
            if word == "-" {
                return Some(at - 1);
            }
            if !word.starts_with(['&', '!']) {
                return None;
            }
            at -= word.len();
        }
    }

    /// Returns `start` moved back over anchor and tag on the same line.
    pub(super) fn with_properties(self, start: usize) -> usize {
        let mut found = start;
        loop {
            let before = self.slice(self.line_start(found), found);
            let trimmed = before.trim_end_matches([' ', '\t']);
            let word = trimmed
                .rsplit([' ', '\t', ',', '[', '{'])
                .next()
                .unwrap_or_default();
            if trimmed.len() == before.len() || !word.starts_with(['&', '!']) {
                return found;
            }
            found -= before.len() - trimmed.len() + word.len();
        }
    }

    /// Returns the end of `key:` with the anchor and tag of the value, where the value could start. `None` for `? key`.
    pub(super) fn header_end(self, key: &Node) -> Option<usize> {
        let mut at = key.place.span.end as usize;
        let rest = self.slice(at, self.line_end(at));
        let value = rest.trim_start_matches([' ', '\t']).strip_prefix(':')?;
        at += rest.len() - value.len();
        Some(self.skip_properties(at))
    }

    /// Returns `at` moved forward over the anchor and tag that follow on the same line.
    pub(super) fn skip_properties(self, mut at: usize) -> usize {
        loop {
            let rest = self.slice(at, self.line_end(at));
            let word = rest.trim_start_matches([' ', '\t']);
            if !word.starts_with(['&', '!']) {
                return at;
            }
            let length = word.find([' ', '\t', ',', ']', '}']).unwrap_or(word.len());
            at += rest.len() - word.len() + length;
        }
    }

    /// Returns where an entry ends.
    fn entry_end(self, entry: &Entry) -> usize {
        let key_end = entry.key.place.span.end as usize;
        self.end(&entry.value, self.header_end(&entry.key).unwrap_or(key_end))
    }

    /// Returns where `node` ends; `header` is where it could start, which is all that a null has.
    pub(super) fn end(self, node: &Node, header: usize) -> usize {
        let span = node.place.span;
        match &node.value {
            Value::Scalar(scalar) if is_block(scalar.style) => {
                if span.start == span.end {
                    return self.line_end(header);
                }
                let kept = scalar.text.len() - scalar.text.trim_end_matches('\n').len();
                (1..kept).fold(span.end as usize, |at, _| self.line_end(self.next_line(at)))
            }
            Value::Scalar(_) if span.start == span.end => header.max(span.end as usize),
            Value::Scalar(_) | Value::Alias(_) => span.end as usize,
            Value::Sequence(_) | Value::Mapping(_) if self.is_flow(node) => span.end as usize,
            Value::Sequence(items) => match items.last() {
                Some(item) => self.end(item, item.place.span.start as usize),
                None => span.end as usize,
            },
            Value::Mapping(entries) => entries
                .last()
                .map_or(span.end as usize, |e| self.entry_end(e)),
        }
    }

    /// Tells whether a collection is written in brackets or braces. The span of an indentless sequence starts behind its
    /// first dash, so that a bracket there may be its first item's.
    pub(super) fn is_flow(self, node: &Node) -> bool {
        let start = node.place.span.start;
        let (open, first) = match &node.value {
            Value::Sequence(items) => ("[", items.first()),
            Value::Mapping(entries) => ("{", entries.first().map(|e| &e.key)),
            Value::Scalar(_) | Value::Alias(_) => return false,
        };
        let text = self.slice(start as usize, node.place.span.end as usize);
        text.starts_with(open) && first.is_none_or(|n| n.place.span.start > start)
    }

    /// Returns the children of a collection; `None` where they are not written plainly (`? key`).
    pub(super) fn children(self, node: &Node) -> Option<Vec<Child>> {
        let flow = self.is_flow(node);
        match &node.value {
            Value::Sequence(items) => {
                let child = |item: &Node| {
                    let content = item.place.span.start as usize;
                    let start = match flow {
                        true => Some(self.with_properties(content)),
                        false => self.dash(item),
                    };
                    let end = self.end(item, content);
                    start.map(|start| Child { start, end })
                };
                items.iter().map(child).collect()
            }
            Value::Mapping(entries) => entries.iter().map(|e| self.entry(e, flow)).collect(),
            Value::Scalar(_) | Value::Alias(_) => None,
        }
    }

    fn entry(self, entry: &Entry, flow: bool) -> Option<Child> {
        let header = self.header_end(&entry.key);
        // `{a, b}` has keys without colons.
        if header.is_none() && !flow {
            return None;
        }
        Some(Child {
            start: self.with_properties(entry.key.place.span.start as usize),
            end: self.entry_end(entry),
        })
    }

    /// Returns where the comment lines start that stand directly above a block child, at its column.
    pub(super) fn lead(self, child: Child) -> usize {
        let column = self.column(child.start);
        let mut start = self.line_start(child.start);
        while start > 0 {
            let above = self.line_start(start - 1);
            if above >= start || self.own_line_comment(above) != Some(column) {
                break;
            }
            start = above;
        }
        start
    }

    /// Returns the start of the blank line directly above the line that starts at `start`.
    pub(super) fn blank_above(self, start: usize) -> Option<usize> {
        let above = self.line_start(start.checked_sub(1)?);
        let is_blank = self.slice(above, start).trim().is_empty();
        (is_blank && above < start).then_some(above)
    }

    /// Tells whether block children, some of them of several lines, are all set off from each other by blank lines.
    pub(super) fn are_spaced(self, children: &[Child]) -> bool {
        let is_long = |c: &Child| self.slice(c.start, c.end).contains('\n');
        let mut later = children.iter().skip(1);
        children.len() > 1
            && children.iter().any(is_long)
            && later.all(|c| self.blank_above(self.lead(*c)).is_some())
    }

    /// Returns the start of the line behind a block child and the comment lines below it that are indented deeper.
    pub(super) fn trail(self, child: Child) -> usize {
        let column = self.column(child.start);
        let mut next = self.next_line(child.end);
        while self.own_line_comment(next).is_some_and(|c| c > column) {
            next = self.next_line(next);
        }
        next
    }
}

/// Tells whether a style is that of a block scalar.
pub(super) fn is_block(style: ScalarStyle) -> bool {
    matches!(style, ScalarStyle::Literal | ScalarStyle::Folded)
}
