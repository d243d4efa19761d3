//! The node tree: what a YAML document says, with the place of every part.
//!
//! Collections are shared (`Arc`) and copied on write, so that cloning an object or rendering one base into ten overlays
//! costs next to nothing. The same tree serves the source file and the rendered object.

use std::sync::Arc;

use smol_str::SmolStr;

use super::location::Place;

/// One YAML node with the place it was read from.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it holds.
    pub value: Value,
    /// The explicit tag, if any.
    pub tag: Tag,
    /// Where it stands.
    pub place: Place,
}

/// The content of a node.
#[derive(Clone, Debug)]
pub enum Value {
    /// A scalar, unresolved: see `manifest::scalar` for what it means.
    Scalar(Scalar),
    /// A sequence.
    Sequence(Arc<Vec<Node>>),
    /// A mapping in source order; duplicate keys are kept in source trees.
    Mapping(Arc<Vec<Entry>>),
    /// An alias with the node it refers to. Only in source trees: `Document::resolved` has none.
    Alias(Arc<Node>),
}

/// A scalar's text after escapes and folding, and how it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text.
    pub text: SmolStr,
    /// How it was written.
    pub style: ScalarStyle,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Without quotes: its text decides its type.
    Plain,
    /// `'...'`
    SingleQuoted,
    /// `"..."`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// An explicit tag. Tags that Kubernetes tools ignore are `Other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are YAML's own")]
pub enum Tag {
    None,
    Null,
    Bool,
    Str,
    Int,
    Float,
    Timestamp,
    Binary,
    Seq,
    Map,
    Merge,
    Other,
}

/// One key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key; nearly always a scalar.
    pub key: Node,
    /// The value.
    pub value: Node,
}

impl Node {
    /// Returns a node that stands in no file.
    pub fn new(value: Value) -> Self {
        Node {
            value,
            tag: Tag::None,
            place: Place::NONE,
        }
    }

    /// Returns a string scalar that stands in no file. Its tag makes it a string whatever it looks like.
    pub fn string(text: impl Into<SmolStr>) -> Self {
        let scalar = Scalar {
            text: text.into(),
            style: ScalarStyle::Plain,
        };
        Node {
            value: Value::Scalar(scalar),
            tag: Tag::Str,
            place: Place::NONE,
        }
    }

    /// Returns a plain scalar that stands in no file; its text decides its type (`3`, `true`).
    pub fn plain(text: impl Into<SmolStr>) -> Self {
        Node::new(Value::Scalar(Scalar {
            text: text.into(),
            style: ScalarStyle::Plain,
        }))
    }

    /// Returns an empty mapping that stands in no file.
    pub fn mapping() -> Self {
        Node::new(Value::Mapping(Arc::new(Vec::new())))
    }

    /// Returns a sequence that stands in no file.
    pub fn sequence(items: Vec<Node>) -> Self {
        Node::new(Value::Sequence(Arc::new(items)))
    }

    /// Returns this node at another place.
    pub fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// Returns the node behind an alias, else the node itself.
    pub fn target(&self) -> &Node {
        match &self.value {
            Value::Alias(node) => node.target(),
            _ => self,
        }
    }

    /// Returns the scalar, through aliases.
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.target().value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// Returns the text of a scalar, whatever its type; null-like scalars give their text too.
    pub fn text(&self) -> Option<&str> {
        self.scalar().map(|s| s.text.as_str())
    }

    /// Returns the items of a sequence.
    pub fn items(&self) -> Option<&[Node]> {
        match &self.target().value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// Returns the entries of a mapping.
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.target().value {
            Value::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns the items of a sequence for change; copies them first if they are shared.
    pub fn items_mut(&mut self) -> Option<&mut Vec<Node>> {
        match &mut self.value {
            Value::Sequence(items) => Some(Arc::make_mut(items)),
            _ => None,
        }
    }

    /// Returns the entries of a mapping for change; copies them first if they are shared.
    pub fn entries_mut(&mut self) -> Option<&mut Vec<Entry>> {
        match &mut self.value {
            Value::Mapping(entries) => Some(Arc::make_mut(entries)),
            _ => None,
        }
    }

    /// Returns the value of `key` in a mapping. The last of duplicate keys wins, as in Go.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries()?
            .iter()
            .rev()
            .find(|e| e.key.text() == Some(key))
            .map(|e| &e.value)
    }

    /// Returns the value of `key` for change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries_mut()?
            .iter_mut()
            .rev()
            .find(|e| e.key.text() == Some(key))
            .map(|e| &mut e.value)
    }

    /// Returns the entry of `key`, for the place of the key itself.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries()?
            .iter()
            .rev()
            .find(|e| e.key.text() == Some(key))
    }

    /// Follows mapping keys downwards.
    pub fn at_path(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Returns the text of the scalar at the end of `keys`.
    pub fn text_at(&self, keys: &[&str]) -> Option<&str> {
        self.at_path(keys)?.text()
    }

    /// Sets `key` to `value`, in place where it exists, else at the end. Does nothing on what is no mapping.
    pub fn set(&mut self, key: &str, value: Node) {
        let Some(entries) = self.entries_mut() else {
            return;
        };
        match entries.iter_mut().rev().find(|e| e.key.text() == Some(key)) {
            Some(entry) => entry.value = value,
            None => entries.push(Entry {
                key: Node::string(key),
                value,
            }),
        }
    }

    /// Removes `key` and returns its value.
    pub fn remove(&mut self, key: &str) -> Option<Node> {
        let entries = self.entries_mut()?;
        let index = entries.iter().rposition(|e| e.key.text() == Some(key))?;
        Some(entries.remove(index).value)
    }

    /// Tells whether this is a mapping.
    pub fn is_mapping(&self) -> bool {
        self.entries().is_some()
    }

    /// Tells whether this is a sequence.
    pub fn is_sequence(&self) -> bool {
        self.items().is_some()
    }

    /// Tells whether this scalar is null: plain and empty, `~`, `null`, `Null` or `NULL`, or tagged so.
    pub fn is_null(&self) -> bool {
        let node = self.target();
        let Value::Scalar(scalar) = &node.value else {
            return false;
        };
        match node.tag {
            Tag::Null => true,
            Tag::None => {
                scalar.style == ScalarStyle::Plain
                    && matches!(scalar.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }
}
