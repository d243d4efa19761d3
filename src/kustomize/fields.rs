//! Reads and writes fields of objects with the quirks of kyaml 0.21: who keeps which style, and what is an error.

use smol_str::SmolStr;

use super::style;
use crate::manifest::{Entry, Node, Place, Scalar, ScalarStyle, Tag, Value};

/// Why a change does not apply, as a fragment in kustomize's words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault(pub String);

impl Fault {
    /// Makes a fault.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Fault(message.into())
    }

    /// Says what was being done.
    pub(super) fn while_doing(self, what: impl std::fmt::Display) -> Self {
        Fault(format!("{what}: {}", self.0))
    }
}

/// Complains that a node is not of the kind that is wanted.
pub(crate) fn wrong_kind(node: &Node, expected: &str) -> Fault {
    let actual = match node.value {
        Value::Mapping(_) => "MappingNode",
        Value::Sequence(_) => "SequenceNode",
        Value::Scalar(_) => "ScalarNode",
        Value::Alias(_) => "AliasNode",
    };
    Fault(format!(
        "wrong node kind: expected {expected} but got {actual}"
    ))
}

/// Puts another text into a scalar. The style stays, so that a quoted text stays a string and a plain one is read anew.
///
/// # Errors
/// The node is no scalar.
pub(crate) fn set_scalar(node: &mut Node, text: &str, tag: Tag, place: Place) -> Result<(), Fault> {
    let Value::Scalar(old) = &node.value else {
        return Err(wrong_kind(node, "ScalarNode"));
    };
    // Quotes outlive the number that is put between them.
    let quoted = tag == Tag::Int && old.style != ScalarStyle::Plain;
    let tag = if quoted { Tag::None } else { tag };
    *node = scalar(text, old.style, tag).at(place);
    Ok(())
}

/// Returns a scalar.
pub(crate) fn scalar(text: &str, style: ScalarStyle, tag: Tag) -> Node {
    let mut node = Node::new(Value::Scalar(Scalar {
        text: SmolStr::new(text),
        style,
    }));
    node.tag = tag;
    node
}

/// Sets a field of a mapping to a string.
///
/// # Errors
/// The node is no mapping. A null one is left alone.
pub(crate) fn set_string(
    node: &mut Node,
    name: &str,
    text: &str,
    place: Place,
) -> Result<(), Fault> {
    if node.is_null() {
        return Ok(());
    }
    if !node.is_mapping() {
        return Err(wrong_kind(node, "MappingNode"));
    }
    let value = match node.get(name).and_then(Node::scalar) {
        Some(old) => scalar(text, old.style, Tag::Str),
        // Only annotations that are made anew as a whole become blocks.
        None if text.contains('\n') => scalar(text, ScalarStyle::Plain, Tag::Str),
        None => style::string_node(text),
    };
    set(node, name, value.at(place));
    Ok(())
}

/// Sets a field of a mapping. A new key is plain, so that one which looks like a number becomes one, which no object may
/// have.
pub(crate) fn set(node: &mut Node, name: &str, value: Node) {
    let Some(entries) = node.entries_mut() else {
        return;
    };
    match entries.iter_mut().find(|e| e.key.text() == Some(name)) {
        Some(entry) => entry.value = value,
        None => entries.push(Entry {
            key: Node::plain(name),
            value,
        }),
    }
}

/// Sets a field to a name: an existing one keeps its style, so that a plain `12` becomes a number; a new one is a string.
pub(crate) fn set_name(node: &mut Node, name: &str, text: &str) {
    match node.get(name) {
        Some(old) if old.text() == Some(text) && is_text(old) => {}
        Some(old) => {
            let style = old.scalar().map_or(ScalarStyle::Plain, |s| s.style);
            let place = old.place;
            node.set(name, scalar(text, style, Tag::None).at(place));
        }
        None => set(node, name, style::string_node(text)),
    }
}

/// Tells whether writing the same text again would change nothing.
fn is_text(node: &Node) -> bool {
    node.tag == Tag::None || node.scalar().is_some_and(|s| s.style != ScalarStyle::Plain)
}

/// Sets a field below `metadata`, which is made where it is missing.
pub(crate) fn set_metadata_name(object: &mut Node, field: &str, text: &str) {
    if object.get("metadata").is_none() {
        object.set("metadata", Node::mapping());
    }
    if object.text_at(&["metadata", field]) == Some(text)
        && object.at_path(&["metadata", field]).is_some_and(is_text)
    {
        return;
    }
    if let Some(metadata) = object.get_mut("metadata") {
        set_name(metadata, field, text);
    }
}

/// Sets `metadata.namespace`; an empty one is removed.
pub(crate) fn set_namespace(object: &mut Node, namespace: &str) {
    if !namespace.is_empty() {
        return set_metadata_name(object, "namespace", namespace);
    }
    if object.at_path(&["metadata", "namespace"]).is_some()
        && let Some(metadata) = object.get_mut("metadata")
    {
        metadata.remove("namespace");
    }
}

/// Returns labels or annotations as kustomize reads them: whatever a value is, its text; nothing for lists and mappings.
pub(crate) fn string_map(object: &Node, field: &str) -> Vec<(SmolStr, Node)> {
    let Some(entries) = object.at_path(&["metadata", field]).and_then(Node::entries) else {
        return Vec::new();
    };
    entries.iter().filter_map(string_entry).collect()
}

fn string_entry(entry: &Entry) -> Option<(SmolStr, Node)> {
    let key = &entry.key.scalar()?.text;
    let text = entry.value.text().unwrap_or_default();
    let place = entry.value.place;
    let value = if is_string(&entry.value) {
        entry.value.clone()
    } else {
        Node::string(text).at(place)
    };
    Some((key.clone(), value))
}

/// Tells whether a scalar is a string by its style or tag alone.
fn is_string(node: &Node) -> bool {
    match &node.value {
        Value::Scalar(s) => {
            node.tag == Tag::Str || (node.tag == Tag::None && s.style != ScalarStyle::Plain)
        }
        _ => false,
    }
}

/// Replaces labels or annotations by `map`; an empty map removes the field. `metadata` is made where it is missing.
pub(crate) fn set_string_map(object: &mut Node, field: &str, map: Vec<(SmolStr, Node)>) {
    if object.get("metadata").is_none_or(|m| !m.is_mapping()) {
        object.set("metadata", Node::mapping());
    }
    let Some(metadata) = object.get_mut("metadata") else {
        return;
    };
    if map.is_empty() {
        metadata.remove(field);
        return;
    }
    let place = metadata.get(field).map_or(Place::NONE, |old| old.place);
    let mut node = Node::mapping().at(place);
    for (key, value) in map {
        set(&mut node, &key, value);
    }
    metadata.set(field, node);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_the_style_of_the_field() {
        let mut metadata = Node::mapping();
        metadata.set("name", scalar("1", ScalarStyle::DoubleQuoted, Tag::None));
        set_name(&mut metadata, "name", "12");
        let style = metadata.get("name").and_then(Node::scalar).map(|s| s.style);
        assert_eq!(style, Some(ScalarStyle::DoubleQuoted));
    }

    #[test]
    fn annotations_become_strings() {
        let mut annotations = Node::mapping();
        annotations.set("a", Node::plain("true"));
        let mut metadata = Node::mapping();
        metadata.set("annotations", annotations);
        let mut object = Node::mapping();
        object.set("metadata", metadata);
        let map = string_map(&object, "annotations");
        set_string_map(&mut object, "annotations", map);
        let value = object.at_path(&["metadata", "annotations", "a"]);
        assert_eq!(value.map(|v| v.tag), Some(Tag::Str));
    }
}
