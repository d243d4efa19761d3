//! The way through JSON and back into YAML nodes that kustomize takes around a JSON patch.

use std::sync::Arc;

use crate::kustomize::style;
use crate::manifest::{
    Entry, Node, Resolved, Scalar, ScalarStyle, Schema, Tag, Value, emit_scalar, format_float,
};

/// Deeper than any manifest.
const MAX_DEPTH: usize = 200;

const TOO_DEEP: &str = "json: unsupported value: nested too deeply";

/// Refuses a document that operations have nested into itself again and again.
///
/// # Errors
/// It is nested too deeply.
pub(super) fn check_depth(node: &Node) -> Result<(), String> {
    fn fits(node: &Node, levels: usize) -> bool {
        match (levels.checked_sub(1), &node.target().value) {
            (_, Value::Scalar(_)) => true,
            (None, _) => false,
            (Some(rest), Value::Sequence(items)) => items.iter().all(|n| fits(n, rest)),
            (Some(rest), Value::Mapping(entries)) => entries.iter().all(|e| fits(&e.value, rest)),
            (Some(_), Value::Alias(_)) => true,
        }
    }
    if fits(node, MAX_DEPTH) {
        Ok(())
    } else {
        Err(TOO_DEEP.to_owned())
    }
}

/// Returns the node as it is after `json.Marshal`, `json.Unmarshal` and go-yaml's `Marshal`. `schema` says how its scalars
/// are read. Parts that stay as they are keep their place, and are shared.
///
/// # Errors
/// A scalar has no JSON.
pub(super) fn marshalled(node: &Node, schema: Schema) -> Result<Node, String> {
    Ok(change(node, schema, 0)?.unwrap_or_else(|| node.target().clone()))
}

/// Returns the node after the round trip, or nothing if nothing changes.
fn change(node: &Node, schema: Schema, depth: usize) -> Result<Option<Node>, String> {
    if depth > MAX_DEPTH {
        return Err(TOO_DEEP.to_owned());
    }
    let node = node.target();
    let value = match &node.value {
        Value::Scalar(scalar) => return rescaled(node, scalar, schema),
        Value::Sequence(items) => rebuilt(items, |item| change(item, schema, depth + 1))?
            .map(|items| Value::Sequence(Arc::new(items))),
        Value::Mapping(entries) => rebuilt(entries, |entry| {
            let key = match schema {
                Schema::Kubernetes => string_key(&entry.key)?,
                Schema::Kustomize => None,
            };
            let value = change(&entry.value, schema, depth + 1)?;
            Ok((key.is_some() || value.is_some()).then(|| Entry {
                key: key.unwrap_or_else(|| entry.key.clone()),
                value: value.unwrap_or_else(|| entry.value.target().clone()),
            }))
        })?
        .map(|entries| Value::Mapping(Arc::new(entries))),
        Value::Alias(_) => None,
    };
    Ok(value.map(|value| Node {
        value,
        tag: Tag::None,
        place: node.place,
    }))
}

/// Returns the string that a key of another type becomes: `y` is `"true"`.
fn string_key(key: &Node) -> Result<Option<Node>, String> {
    if matches!(key.resolve(Schema::Kubernetes), Ok(Resolved::Str(_))) {
        return Ok(None);
    }
    let entry = Entry {
        key: key.clone(),
        value: Node::plain("null"),
    };
    let json = Node::new(Value::Mapping(Arc::new(vec![entry])))
        .to_json(Schema::Kubernetes)
        .map_err(|e| e.to_string())?;
    let name = json.as_object().and_then(|object| object.keys().next());
    Ok(name.map(|name| Node::string(name.as_str()).at(key.place)))
}

/// Applies `change` to every element; returns nothing if nothing changes.
fn rebuilt<T: Clone>(
    old: &[T],
    mut change: impl FnMut(&T) -> Result<Option<T>, String>,
) -> Result<Option<Vec<T>>, String> {
    let mut result: Option<Vec<T>> = None;
    for (i, element) in old.iter().enumerate() {
        match (change(element)?, &mut result) {
            (None, None) => {}
            (None, Some(result)) => result.push(element.clone()),
            (Some(new), Some(result)) => result.push(new),
            (Some(new), None) => {
                let mut copy: Vec<T> = Vec::with_capacity(old.len());
                copy.extend(old.iter().take(i).cloned());
                copy.push(new);
                result = Some(copy);
            }
        }
    }
    Ok(result)
}

fn rescaled(node: &Node, scalar: &Scalar, schema: Schema) -> Result<Option<Node>, String> {
    let resolved = node.resolve(schema).map_err(|e| e.to_string())?;
    let (text, style) = match resolved {
        Resolved::Null => ("null".into(), ScalarStyle::Plain),
        Resolved::Bool(b) => (if b { "true" } else { "false" }.into(), ScalarStyle::Plain),
        Resolved::Int(n) => (float(n as f64)?, ScalarStyle::Plain),
        Resolved::Uint(n) => (float(n as f64)?, ScalarStyle::Plain),
        Resolved::Float(f) => (float(f)?, ScalarStyle::Plain),
        Resolved::Str(text) => {
            let style = style_of(&text);
            (text.into_owned(), style)
        }
    };
    if text == scalar.text.as_str() && style == scalar.style && node.tag == Tag::None {
        return Ok(None);
    }
    let scalar = Scalar {
        text: text.into(),
        style,
    };
    Ok(Some(Node::new(Value::Scalar(scalar)).at(node.place)))
}

fn float(f: f64) -> Result<String, String> {
    if f.is_finite() {
        Ok(format_float(f))
    } else {
        Err(format!("json: unsupported value: {}", format_float(f)))
    }
}

/// Returns the style in which go-yaml v3 writes a string.
fn style_of(text: &str) -> ScalarStyle {
    if text.contains('\n') {
        return ScalarStyle::Literal;
    }
    let reads_back = matches!(
        Node::plain(text).resolve(Schema::Kustomize),
        Ok(Resolved::Str(read)) if read == text
    );
    if !reads_back {
        return ScalarStyle::DoubleQuoted;
    }
    if text.bytes().all(|b| b.is_ascii_alphabetic()) && text.len() > 5 {
        return ScalarStyle::Plain;
    }
    match emit_scalar(text, 0, 0).as_bytes().first() {
        Some(b'"') => ScalarStyle::DoubleQuoted,
        Some(b'\'') => ScalarStyle::SingleQuoted,
        _ => ScalarStyle::Plain,
    }
}

/// Turns the annotations into strings, as kustomize does after a JSON patch when it puts its own back
/// (`RNode.SetAnnotations`). Empty annotations go, missing metadata come.
pub(super) fn stringify_annotations(object: &mut Node) {
    if object.get("metadata").is_none() {
        object.set("metadata", Node::mapping());
    }
    let Some(metadata) = object.get_mut("metadata") else {
        return;
    };
    let Some(annotations) = metadata.get("annotations").map(Node::target) else {
        return;
    };
    let is_list = annotations.items().is_some_and(|items| !items.is_empty());
    let entries = annotations.entries().unwrap_or_default();
    if is_list || entries.iter().any(|e| e.key.text() == Some("")) {
        metadata.set("annotations", Node::mapping());
        return;
    }
    if entries.is_empty() {
        metadata.remove("annotations");
        return;
    }
    let strings = entries.iter().map(|e| Entry {
        key: e.key.clone(),
        value: style::string_node(e.value.text().unwrap_or_default()).at(e.value.place),
    });
    let value = Value::Mapping(Arc::new(strings.collect()));
    let annotations = Node::new(value).at(annotations.place);
    metadata.set("annotations", annotations);
}
