//! From a route to the very node in the source tree, with everything around it.

use super::super::document::Document;
use super::super::location::Span;
use super::super::node::{Entry, Node, Value};
use super::super::route::{Route, Step};
use super::layout::Layout;

/// A node, and how it hangs in its document.
#[derive(Clone)]
pub(super) struct Located<'f> {
    pub(super) document: usize,
    /// Indices of entries and items from the root.
    pub(super) path: Vec<usize>,
    pub(super) node: &'f Node,
    /// The nodes above it, the root first.
    pub(super) above: Vec<&'f Node>,
}

impl<'f> Located<'f> {
    /// Follows `route`; aliases are not followed, since what they show is written elsewhere.
    pub(super) fn find(document: &'f Document, route: &Route) -> Result<Self, String> {
        let root = document.root.as_ref().ok_or("the document is empty")?;
        let mut located = Located {
            document: document.index,
            path: Vec::with_capacity(route.0.len()),
            node: root,
            above: Vec::with_capacity(route.0.len()),
        };
        for step in &route.0 {
            located
                .descend(step)
                .map_err(|why| format!("{why} on the way to `{route}`"))?;
        }
        Ok(located)
    }

    fn descend(&mut self, step: &Step) -> Result<(), String> {
        let (index, next) = match (&self.node.value, step) {
            (Value::Mapping(entries), Step::Key(key)) => entries
                .iter()
                .rposition(|e| e.key.text() == Some(key))
                .and_then(|i| Some((i, &entries.get(i)?.value)))
                .ok_or_else(|| format!("there is no key `{key}`"))?,
            (Value::Sequence(items), Step::Index(i)) => (
                *i,
                items
                    .get(*i)
                    .ok_or_else(|| format!("there is no item {i}"))?,
            ),
            (Value::Alias(_), _) => return Err("there is an alias".to_owned()),
            (_, Step::Key(key)) => return Err(format!("no mapping holds `{key}`")),
            (_, Step::Index(i)) => return Err(format!("no list holds item {i}")),
        };
        self.above.push(self.node);
        self.path.push(index);
        self.node = next;
        Ok(())
    }

    /// Returns the node above.
    pub(super) fn parent(&self) -> Option<&'f Node> {
        self.above.last().copied()
    }

    /// Returns the entry that holds this node as its value.
    pub(super) fn entry(&self) -> Option<&'f Entry> {
        match (&self.parent()?.value, self.path.last()) {
            (Value::Mapping(entries), Some(index)) => entries.get(*index),
            _ => None,
        }
    }

    /// Returns this node's parent, located.
    pub(super) fn up(&self) -> Option<Located<'f>> {
        let (node, above) = self.above.split_last()?;
        let (_, path) = self.path.split_last()?;
        Some(Located {
            document: self.document,
            path: path.to_vec(),
            node,
            above: above.to_vec(),
        })
    }

    /// Tells whether brackets or braces are around this node.
    pub(super) fn is_in_flow(&self, layout: Layout<'_>) -> bool {
        self.above.iter().any(|node| layout.is_flow(node))
    }

    /// Tells whether a change of this node changes aliases elsewhere.
    pub(super) fn is_shared(&self, document: &Document) -> bool {
        if !document.has_references {
            return false;
        }
        let mut chain = self.above.iter().copied().chain([self.node]);
        let targets = alias_targets(document);
        chain.any(|node| targets.contains(&(node.place.span, kind(node))))
    }
}

fn kind(node: &Node) -> u8 {
    match &node.value {
        Value::Scalar(_) => 0,
        Value::Sequence(_) => 1,
        Value::Mapping(_) => 2,
        Value::Alias(_) => 3,
    }
}

fn alias_targets(document: &Document) -> Vec<(Span, u8)> {
    let mut found = Vec::new();
    let mut stack: Vec<&Node> = document.root.iter().collect();
    while let Some(node) = stack.pop() {
        match &node.value {
            Value::Alias(target) => found.push((target.place.span, kind(target))),
            Value::Sequence(items) => stack.extend(items.iter()),
            Value::Mapping(entries) => {
                stack.extend(entries.iter().flat_map(|e| [&e.key, &e.value]));
            }
            Value::Scalar(_) => {}
        }
    }
    found
}
