//! The tree of a new object: what it says, what siblings may change of it, and the comments that go with it.

use std::collections::HashMap;

use smol_str::SmolStr;

use crate::manifest::{FileId, Node, Placement, ScalarStyle, SourceFile, Value, reads_as_string};
use crate::scaffold::plan::PlanError;

use super::vote::DEEPEST;

/// What siblings may change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Latitude {
    /// Nothing.
    #[default]
    Fixed,
    /// The value.
    Value,
    /// The value, and whether it is there at all.
    Optional,
}

/// One entry of a mapping or item of a list.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    /// The key; empty for items.
    pub key: SmolStr,
    /// What it holds.
    pub content: Content,
    /// What siblings may change.
    pub latitude: Latitude,
    /// The comment lines above it.
    pub above: Vec<SmolStr>,
    /// The comment on its line.
    pub right: Option<SmolStr>,
    /// Whether a collection is written in brackets or braces.
    pub flow: bool,
    /// The anchor it carries or the alias that stands for it: `&app` or `*app`.
    pub reference: Option<SmolStr>,
}

/// What a piece holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    /// A scalar.
    Scalar(Text),
    /// A mapping.
    Map(Vec<Piece>),
    /// A list.
    List(Vec<Piece>),
}

/// A scalar.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Text {
    /// Its text.
    pub text: SmolStr,
    /// Whether it is a string whatever it looks like; else its text decides its type.
    pub is_string: bool,
    /// How it is written where it can be.
    pub style: ScalarStyle,
}

impl Piece {
    /// Makes an entry that siblings do not change.
    pub(super) fn new(key: impl Into<SmolStr>, content: Content) -> Self {
        Piece {
            key: key.into(),
            content,
            latitude: Latitude::Fixed,
            above: Vec::new(),
            right: None,
            flow: false,
            reference: None,
        }
    }

    /// Returns the piece below a key.
    pub(super) fn get(&self, key: &str) -> Option<&Piece> {
        match &self.content {
            Content::Map(pieces) => pieces.iter().find(|p| p.key == key),
            _ => None,
        }
    }

    /// Returns the piece at the end of a path of keys.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Piece> {
        path.iter().try_fold(self, |piece, key| piece.get(key))
    }

    /// Returns the piece at the end of a path of keys, to change it.
    pub(super) fn at_mut(&mut self, path: &[&str]) -> Option<&mut Piece> {
        path.iter()
            .try_fold(self, |piece, key| match &mut piece.content {
                Content::Map(pieces) => pieces.iter_mut().find(|p| p.key == *key),
                _ => None,
            })
    }

    /// Gives every scalar below with this key another text.
    pub(super) fn set_all(&mut self, key: &str, to: &SmolStr, depth: usize) {
        match &mut self.content {
            Content::Scalar(text) if self.key == key => text.text = to.clone(),
            Content::Map(pieces) | Content::List(pieces) if depth < DEEPEST => {
                for piece in pieces {
                    piece.set_all(key, to, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// Returns the text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(text) => Some(&text.text),
            _ => None,
        }
    }
}

impl Text {
    /// Reads a scalar; nothing where the node is none.
    pub(super) fn of(node: &Node) -> Option<Self> {
        let scalar = node.scalar()?;
        let plain = scalar.style == ScalarStyle::Plain;
        Some(Text {
            text: scalar.text.clone(),
            is_string: !plain || reads_as_string(&scalar.text),
            style: scalar.style,
        })
    }
}

/// Reads the one document of a template's result.
///
/// # Errors
/// It is no YAML, not one document, or no mapping.
pub(super) fn read(text: &str) -> Result<Piece, PlanError> {
    let file = SourceFile::parse(FileId::NONE, "template", text);
    if let Some(error) = file.errors.first() {
        let line = file.location(error.span).line;
        let message = format!("line {line} of what a template gives: {}", error.message);
        return Err(PlanError::Other(message));
    }
    let root = match file.documents.as_slice() {
        [document] => document.resolved().and_then(Result::ok),
        _ => None,
    };
    let root = root.filter(|node| node.is_mapping());
    let root = root.ok_or_else(|| PlanError::Other("a template gives no object".to_owned()))?;
    let reader = Reader::of(&file);
    Ok(Piece::new("", reader.content(root, Latitude::Fixed)))
}

/// The comments of a template's result by line.
struct Reader<'f> {
    file: &'f SourceFile,
    latitude: HashMap<u32, Latitude>,
    right: HashMap<u32, SmolStr>,
    above: HashMap<u32, SmolStr>,
}

impl<'f> Reader<'f> {
    fn of(file: &'f SourceFile) -> Self {
        let mut reader = Reader {
            file,
            latitude: HashMap::new(),
            right: HashMap::new(),
            above: HashMap::new(),
        };
        for comment in &file.comments {
            let line = file.line(comment.span.start as usize);
            let text = file.slice(comment.span).trim_end();
            if comment.placement == Placement::OwnLine {
                reader.above.insert(line, text.into());
                continue;
            }
            let (text, latitude) = latitude(text);
            reader.latitude.extend(latitude.map(|l| (line, l)));
            if !text.is_empty() {
                reader.right.insert(line, text.into());
            }
        }
        reader
    }

    fn content(&self, node: &Node, outer: Latitude) -> Content {
        match &node.value {
            Value::Mapping(entries) => Content::Map(
                entries
                    .iter()
                    .map(|e| self.piece(e.key.text().unwrap_or_default(), &e.key, &e.value, outer))
                    .collect(),
            ),
            Value::Sequence(items) => {
                Content::List(items.iter().map(|i| self.piece("", i, i, outer)).collect())
            }
            Value::Alias(target) => self.content(target, outer),
            Value::Scalar(_) => Content::Scalar(Text::of(node).unwrap_or_else(|| Text {
                text: SmolStr::default(),
                is_string: false,
                style: ScalarStyle::Plain,
            })),
        }
    }

    fn piece(&self, key: &str, start: &Node, value: &Node, outer: Latitude) -> Piece {
        let line = self.file.line(start.place.span.start as usize);
        // What stands on the line of a dash belongs to the first entry behind it.
        let item_of_map = key.is_empty() && !matches!(value.value, Value::Scalar(_));
        let own = self.latitude.get(&line).filter(|_| !item_of_map);
        let latitude = own.copied().unwrap_or(outer);
        // A collection that may have another value is one that may have another key.
        let inner = match latitude {
            Latitude::Value => outer,
            other => other,
        };
        Piece {
            key: key.into(),
            content: self.content(value, inner),
            latitude,
            above: if item_of_map {
                Vec::new()
            } else {
                self.above(line)
            },
            right: self.right.get(&line).filter(|_| !item_of_map).cloned(),
            flow: is_flow(self.file, value),
            reference: None,
        }
    }

    fn above(&self, line: u32) -> Vec<SmolStr> {
        let lines = (1..line).rev().map_while(|l| self.above.get(&l));
        let mut above: Vec<SmolStr> = lines.cloned().collect();
        above.reverse();
        above
    }
}

/// Splits a comment into what is kept and what it lets siblings do.
fn latitude(comment: &str) -> (&str, Option<Latitude>) {
    let tags = [
        ("#~", Latitude::Value),
        ("#?", Latitude::Optional),
        ("#=", Latitude::Fixed),
    ];
    for (tag, latitude) in tags {
        if let Some(rest) = comment.strip_suffix(tag) {
            return (rest.trim_end(), Some(latitude));
        }
    }
    (comment, None)
}

/// Tells whether a collection is written in brackets or braces.
pub(super) fn is_flow(file: &SourceFile, node: &Node) -> bool {
    let is_collection = node.is_mapping() || node.is_sequence();
    is_collection && file.slice(node.place.span).starts_with(['[', '{'])
}
