//! Sequences, mappings and aliases: what is open, and how it closes around what it holds.

use std::ops::Range;
use std::sync::Arc;

use super::super::document::is_merge_key;
use super::super::node::{Entry, Node, Tag, Value};
use super::Builder;

/// An open collection.
pub(super) struct Frame {
    start: usize,
    anchor: usize,
    tag: Tag,
    content: Content,
}

/// What it holds so far; of a mapping also the key that waits for its value.
pub(super) enum Content {
    Items(Vec<Node>),
    Entries(Vec<Entry>, Option<Node>),
}

impl Builder<'_> {
    pub(super) fn open(&mut self, content: Content, anchor: usize, tag: Tag, start: usize) {
        self.stack.push(Frame {
            start,
            anchor,
            tag,
            content,
        });
    }

    pub(super) fn close(&mut self, end: usize) {
        let Some(frame) = self.stack.pop() else {
            return;
        };
        let (value, first, last) = match frame.content {
            Content::Items(items) => {
                let (first, last) = (
                    items.first().map(|n| self.start_of(n)),
                    items.last().map(|n| self.end_of(n)),
                );
                (Value::Sequence(Arc::new(items)), first, last)
            }
            Content::Entries(entries, _) => {
                let first = entries.first().map(|e| self.start_of(&e.key));
                let last = entries
                    .last()
                    .map(|e| self.end_of(&e.value).max(self.end_of(&e.key)));
                (Value::Mapping(Arc::new(entries)), first, last)
            }
        };
        // A block may start with a flow collection: `- [a]` after an indentless dash starts at the bracket of its item.
        let bracket = self.text.as_bytes().get(frame.start);
        let flow = bracket.is_some_and(|b| matches!(b, b'{' | b'['))
            && first.is_none_or(|first| first > frame.start);
        let (start, end) = match (flow, first, last) {
            (false, Some(first), Some(last)) => (frame.start.min(first), last),
            _ => (frame.start, end.max(frame.start)),
        };
        let node = Node {
            value,
            tag: frame.tag,
            place: self.place(start, end),
        };
        self.add(node, frame.anchor);
    }

    pub(super) fn add(&mut self, node: Node, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, Arc::new(node.clone()));
        }
        match self.stack.last_mut().map(|frame| &mut frame.content) {
            None => self.root = Some(node),
            Some(Content::Items(items)) => items.push(node),
            Some(Content::Entries(entries, key)) => match key.take() {
                None => {
                    self.references |= is_merge_key(&node);
                    *key = Some(node);
                }
                Some(key) => entries.push(Entry { key, value: node }),
            },
        }
    }

    pub(super) fn alias(&mut self, id: usize, bytes: Range<usize>) {
        self.references = true;
        let Some(target) = self.anchors.get(&id).cloned() else {
            let name = self
                .text
                .get(bytes.start + 1..bytes.end)
                .unwrap_or_default();
            let message = format!("anchor '{name}' value contains itself");
            self.refuse(bytes.start, bytes.end, message);
            return self.add(Node::plain(""), 0);
        };
        let place = self.place(bytes.start, bytes.end);
        self.add(
            Node {
                value: Value::Alias(target),
                tag: Tag::None,
                place,
            },
            0,
        );
    }

    /// Returns where a node starts, within the chunk.
    fn start_of(&self, node: &Node) -> usize {
        (node.place.span.start as usize).saturating_sub(self.base)
    }

    /// Returns where a node ends, within the chunk.
    fn end_of(&self, node: &Node) -> usize {
        (node.place.span.end as usize).saturating_sub(self.base)
    }
}
