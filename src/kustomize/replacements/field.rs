//! Reading and writing one field, or the part of it that `options` mean.

use super::{given, string, wrong_type};
use crate::manifest::{Node, Place, Resolved, ScalarStyle, Schema, Tag, Value};

/// Which part of a field is meant.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    pub(super) delimiter: String,
    pub(super) index: i64,
    pub(super) create: bool,
}

const NOT_SCALAR: &str = "delimiter option can only be used with scalar nodes";

impl Options {
    pub(super) fn read(node: &Node) -> Result<Self, String> {
        let Some(options) = given(node, "options") else {
            return Ok(Options::default());
        };
        let scalar = |key| given(options, key).map(|n| n.resolve(Schema::Kubernetes));
        Ok(Options {
            delimiter: string(options, "delimiter")?,
            index: match scalar("index") {
                None => 0,
                Some(Ok(Resolved::Int(index))) => index,
                Some(Ok(Resolved::Float(index))) if index.fract() == 0.0 => index as i64,
                Some(_) => return Err(wrong_type("index")),
            },
            create: match scalar("create") {
                None => false,
                Some(Ok(Resolved::Bool(create))) => create,
                Some(_) => return Err(wrong_type("create")),
            },
        })
    }

    /// Returns the part of the source that is meant, unless all of it is.
    pub(super) fn part_of(&self, value: &Node) -> Result<Option<Node>, String> {
        if self.delimiter.is_empty() {
            return Ok(None);
        }
        let text = value.text().ok_or(NOT_SCALAR)?;
        let index = usize::try_from(self.index).ok();
        let part = index
            .and_then(|i| text.split(&self.delimiter).nth(i))
            .ok_or_else(|| {
                format!(
                    "options.index {} is out of bounds for value {text}",
                    self.index
                )
            })?;
        let mut node = value.clone();
        set_text(&mut node, part);
        Ok(Some(node))
    }

    /// Writes the value into a field, or into the part of it that is meant.
    pub(super) fn write(&self, field: &mut Node, value: &Node) -> Result<(), String> {
        if self.delimiter.is_empty() {
            put(field, value);
            return Ok(());
        }
        let old = field.text().ok_or(NOT_SCALAR)?;
        let new = if value.is_null() {
            ""
        } else {
            value.text().unwrap_or_default()
        };
        let mut parts: Vec<&str> = old.split(&self.delimiter).collect();
        match usize::try_from(self.index) {
            Err(_) => parts.insert(0, new),
            Ok(index) => match parts.get_mut(index) {
                Some(part) => *part = new,
                None => parts.push(new),
            },
        }
        let joined = parts.join(&self.delimiter);
        set_text(field, &joined);
        Ok(())
    }
}

/// Puts a value into a field: the text only where the field is a scalar, which keeps its type.
pub(super) fn put(field: &mut Node, value: &Node) {
    if field.scalar().is_some() {
        set_text(field, value.text().unwrap_or_default());
    } else {
        *field = value.clone();
    }
}

/// Sets the text of a scalar that keeps its type: what held a number must hold one, and what held a string holds a
/// string whatever it looks like.
pub(super) fn set_text(node: &mut Node, text: &str) {
    let kind = kind_of(node);
    let Value::Scalar(scalar) = &mut node.value else {
        return;
    };
    // Go gives no type to scalars that it makes itself.
    let typeless = node.tag == Tag::None && node.place == Place::NONE;
    scalar.text = text.into();
    if scalar.style == ScalarStyle::Plain && !typeless && kind_of(node) != kind {
        node.tag = kind;
    }
}

/// Returns the tag that go-yaml gives to a scalar.
fn kind_of(node: &Node) -> Tag {
    if node.tag != Tag::None {
        return node.tag;
    }
    match node.resolve(Schema::Kustomize) {
        Ok(Resolved::Null) => Tag::Null,
        Ok(Resolved::Bool(_)) => Tag::Bool,
        Ok(Resolved::Int(_) | Resolved::Uint(_)) => Tag::Int,
        Ok(Resolved::Float(_)) => Tag::Float,
        // Only a timestamp is another string than it was.
        Ok(Resolved::Str(text)) if node.text() != Some(&*text) => Tag::Timestamp,
        _ => Tag::Str,
    }
}
