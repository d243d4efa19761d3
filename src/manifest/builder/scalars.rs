//! Scalars: their text and span as Go has them, where the parser differs, and their tags.

use std::borrow::Cow;
use std::ops::Range;

use granit_parser::ScalarStyle as Style;
use smol_str::SmolStr;

use super::super::node::{Node, Scalar, ScalarStyle, Tag, Value};
use super::Builder;

impl Builder<'_> {
    pub(super) fn scalar(
        &mut self,
        text: Cow<'_, str>,
        style: Style,
        tag: Tag,
        bytes: Range<usize>,
    ) -> Node {
        let (mut start, mut end) = (bytes.start, bytes.end);
        let mut value: &str = &text;
        let style = match style {
            Style::SingleQuoted => ScalarStyle::SingleQuoted,
            Style::DoubleQuoted => {
                self.refuse_slash_escape(start, end);
                ScalarStyle::DoubleQuoted
            }
            Style::Literal | Style::Folded => {
                (start, end) = self.block_span(start, end);
                value = self.without_invented_break(value, bytes.end);
                if style == Style::Literal {
                    ScalarStyle::Literal
                } else {
                    ScalarStyle::Folded
                }
            }
            _ => ScalarStyle::Plain,
        };
        if style == ScalarStyle::Plain && start == end {
            value = "";
        }
        let scalar = Scalar {
            text: SmolStr::new(value),
            style,
        };
        Node {
            value: Value::Scalar(scalar),
            tag,
            place: self.place(start, end),
        }
    }

    /// Trims the blanks that the parser counts to a block scalar behind its last line.
    fn block_span(&self, start: usize, end: usize) -> (usize, usize) {
        let body = self.text.get(start..end).unwrap_or_default();
        (start, start + body.trim_end().len())
    }

    /// Removes the line break that the parser adds to a block scalar that ends with the file; Go adds none.
    fn without_invented_break<'s>(&self, value: &'s str, end: usize) -> &'s str {
        let at_end = self
            .text
            .get(end..)
            .is_some_and(|rest| rest.trim().is_empty());
        if at_end && !self.text.ends_with(['\n', '\r']) {
            return value.strip_suffix('\n').unwrap_or(value);
        }
        value
    }

    /// go-yaml knows no `\/`, so that a file with it never reaches the cluster.
    fn refuse_slash_escape(&mut self, start: usize, end: usize) {
        let raw = self.text.get(start..end).unwrap_or_default().as_bytes();
        let mut i = 0;
        while let Some(at) = raw
            .get(i..)
            .and_then(|rest| rest.iter().position(|b| *b == b'\\'))
        {
            if raw.get(i + at + 1) == Some(&b'/') {
                let offset = start + i + at;
                let message = "found unknown escape character".to_owned();
                self.refuse(offset, offset + 2, message);
                return;
            }
            i += at + 2;
        }
    }
}

pub(super) fn tag_of(tag: Option<&granit_parser::Tag>) -> Tag {
    let Some(tag) = tag else { return Tag::None };
    match tag.core_suffix() {
        Some("null") => Tag::Null,
        Some("bool") => Tag::Bool,
        Some("str") => Tag::Str,
        Some("int") => Tag::Int,
        Some("float") => Tag::Float,
        Some("timestamp") => Tag::Timestamp,
        Some("binary") => Tag::Binary,
        Some("seq") => Tag::Seq,
        Some("map") => Tag::Map,
        Some("merge") => Tag::Merge,
        _ => Tag::Other,
    }
}
