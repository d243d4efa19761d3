//! Nodes as JSON, with the key rules of the two Go YAML readers.

use std::borrow::Cow;

use serde_json::{Map, Number, Value as Json};

use super::location::Place;
use super::node::{Entry, Node, ScalarStyle, Tag, Value};
use super::number::{self, format_key_float};
use super::scalar::{Resolved, Schema, ValueError, ValueProblem};

/// More nodes than any manifest has: beyond this, aliases multiply each other.
const MAX_NODES: u32 = 1_000_000;
/// go-yaml allows 10,000 levels; real manifests have twenty.
const MAX_DEPTH: u32 = 1_000;

impl Node {
    /// Returns the value as JSON, aliases and merge keys resolved, keys sorted as Go's `encoding/json` does. Numbers are
    /// those that Go writes: `1.0` becomes `1`.
    ///
    /// Under [`Schema::Kubernetes`] keys of other types become strings (`y: 1` gives `"true"`) and the last of duplicate
    /// keys wins; under [`Schema::Kustomize`] both are errors.
    ///
    /// # Errors
    /// If a scalar contradicts its tag, a number is infinite or NaN, or a key is unusable.
    pub fn to_json(&self, schema: Schema) -> Result<Json, ValueError> {
        Converter {
            schema,
            left: MAX_NODES,
        }
        .json(self, MAX_DEPTH)
    }
}

struct Converter {
    schema: Schema,
    left: u32,
}

impl Converter {
    fn json(&mut self, node: &Node, depth: u32) -> Result<Json, ValueError> {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 || depth == 0 {
            return Err(node.error(ValueProblem::Excessive));
        }
        let node = node.target();
        match &node.value {
            Value::Sequence(items) => {
                let items = items.iter().map(|item| self.json(item, depth - 1));
                items.collect::<Result<_, _>>().map(Json::Array)
            }
            Value::Mapping(_) => {
                let fields = fields(node, self.schema)?;
                let mut object = Map::with_capacity(fields.len());
                for field in fields {
                    object.insert(field.key.into_owned(), self.json(field.value, depth - 1)?);
                }
                Ok(Json::Object(object))
            }
            _ => scalar(node, self.schema),
        }
    }
}

fn scalar(node: &Node, schema: Schema) -> Result<Json, ValueError> {
    Ok(match node.resolve(schema)? {
        Resolved::Null => Json::Null,
        Resolved::Bool(b) => Json::Bool(b),
        Resolved::Int(n) => Json::Number(n.into()),
        Resolved::Uint(n) => Json::Number(n.into()),
        Resolved::Float(f) => Json::Number(float(f).ok_or_else(|| not_finite(node))?),
        Resolved::Str(text) => Json::String(text.into_owned()),
    })
}

/// The JSON number for `f`; Go writes whole numbers without a fraction. `None` for infinities and NaN.
fn float(f: f64) -> Option<Number> {
    match number::whole(f) {
        // An integer would lose the sign of -0, which Go writes.
        Some(number::Number::Int(n)) if n != 0 => Some(n.into()),
        Some(number::Number::Uint(n)) => Some(n.into()),
        _ if f.to_bits() == 0 => Some(0.into()),
        _ => Number::from_f64(f),
    }
}

pub(super) fn not_finite(node: &Node) -> ValueError {
    let text = node.text().unwrap_or_default();
    node.error(ValueProblem::NotFinite(text.into()))
}

/// One field of a mapping, its key as the string it becomes in JSON.
pub(super) struct Field<'a> {
    pub(super) key: Cow<'a, str>,
    pub(super) value: &'a Node,
    node: &'a Node,
    merged: bool,
}

impl Field<'_> {
    /// The place of the key.
    pub(super) fn place(&self) -> Place {
        self.node.place
    }
}

/// Returns the fields of a mapping sorted by key, without merge keys and duplicates.
pub(super) fn fields(mapping: &Node, schema: Schema) -> Result<Vec<Field<'_>>, ValueError> {
    let entries = mapping.entries().unwrap_or_default();
    let mut fields = Vec::with_capacity(entries.len());
    collect(entries, schema, false, MAX_DEPTH, &mut fields)?;
    // Stable, so that among equal keys the strongest stays last.
    if !fields.is_sorted_by(|a, b| a.key < b.key) {
        fields.sort_by(|a, b| a.key.cmp(&b.key));
        check_duplicates(&fields, schema)?;
        // dedup_by drops the later one: swap first, to keep it.
        fields.dedup_by(|later, kept| {
            let same = later.key == kept.key;
            if same {
                std::mem::swap(later, kept);
            }
            same
        });
    }
    Ok(fields)
}

fn check_duplicates(fields: &[Field<'_>], schema: Schema) -> Result<(), ValueError> {
    let clash =
        |pair: &&[Field<'_>]| matches!(pair, [a, b] if a.key == b.key && !a.merged && !b.merged);
    match fields.windows(2).find(clash) {
        Some([_, second]) if schema == Schema::Kustomize => {
            let problem = ValueProblem::DuplicateKey(second.key.to_string());
            Err(second.node.error(problem))
        }
        _ => Ok(()),
    }
}

/// Lists fields so that of equal keys the last wins. go-yaml v2 merges where `<<` stands; v3 lets explicit keys win.
fn collect<'a>(
    entries: &'a [Entry],
    schema: Schema,
    merged: bool,
    depth: u32,
    out: &mut Vec<Field<'a>>,
) -> Result<(), ValueError> {
    if schema == Schema::Kustomize {
        for entry in entries.iter().filter(|e| is_merge(&e.key)) {
            merge(&entry.value, schema, depth, out)?;
        }
    }
    for entry in entries {
        if is_merge(&entry.key) {
            if schema == Schema::Kubernetes {
                merge(&entry.value, schema, depth, out)?;
            }
            continue;
        }
        let field = Field {
            key: key_text(&entry.key, schema)?,
            value: &entry.value,
            node: &entry.key,
            merged,
        };
        out.push(field);
    }
    Ok(())
}

/// Lists the fields that `<<: value` brings in; of several mappings the first one wins.
fn merge<'a>(
    value: &'a Node,
    schema: Schema,
    depth: u32,
    out: &mut Vec<Field<'a>>,
) -> Result<(), ValueError> {
    let wrong = || value.error(ValueProblem::Merge);
    if depth == 0 || out.len() > MAX_NODES as usize {
        return Err(value.error(ValueProblem::Excessive));
    }
    if let Some(entries) = value.entries() {
        return collect(entries, schema, true, depth - 1, out);
    }
    for mapping in value.items().ok_or_else(wrong)?.iter().rev() {
        let entries = mapping.entries().ok_or_else(wrong)?;
        collect(entries, schema, true, depth - 1, out)?;
    }
    Ok(())
}

fn is_merge(key: &Node) -> bool {
    match &key.value {
        Value::Scalar(scalar) if scalar.text == "<<" => match key.tag {
            Tag::None => scalar.style == ScalarStyle::Plain,
            tag => tag == Tag::Merge,
        },
        _ => false,
    }
}

/// The string that a key becomes: sigs.k8s.io/yaml spells numbers and booleans out, kyaml takes strings only.
fn key_text(key: &Node, schema: Schema) -> Result<Cow<'_, str>, ValueError> {
    let unusable = || key.error(ValueProblem::Key(key.text().unwrap_or("{}").to_owned()));
    if key.scalar().is_none() {
        return Err(unusable());
    }
    let resolved = key.resolve(schema)?;
    if schema == Schema::Kustomize {
        // A timestamp resolves to a string too, but to a new one.
        return match (resolved, key.target().tag) {
            (Resolved::Str(Cow::Borrowed(text)), Tag::None | Tag::Str) => Ok(text.into()),
            _ => Err(unusable()),
        };
    }
    Ok(match resolved {
        Resolved::Str(text) => text,
        Resolved::Bool(b) => Cow::Borrowed(if b { "true" } else { "false" }),
        Resolved::Int(n) => Cow::Owned(n.to_string()),
        Resolved::Float(f) => Cow::Owned(format_key_float(f)),
        Resolved::Null | Resolved::Uint(_) => return Err(unusable()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mapping(entries: Vec<(Node, Node)>) -> Node {
        let mut node = Node::mapping();
        let entries = entries.into_iter();
        let entries = entries.map(|(key, value)| Entry { key, value });
        node.entries_mut().unwrap().extend(entries);
        node
    }

    fn plain(pairs: &[(&str, &str)]) -> Node {
        let node = |text: &&str| Node::plain(*text);
        mapping(pairs.iter().map(|(k, v)| (node(k), node(v))).collect())
    }

    #[test]
    fn keys_are_sorted_by_bytes() {
        let json = plain(&[("b", "1"), ("B", "2"), ("a", "3")]).to_json(Schema::Kustomize);
        assert_eq!(json.unwrap().to_string(), r#"{"B":2,"a":3,"b":1}"#);
    }

    #[test]
    fn the_last_duplicate_wins_or_is_an_error() {
        let node = plain(&[("b", "1"), ("a", "2"), ("b", "3"), ("b", "4")]);
        let json = node.to_json(Schema::Kubernetes).unwrap();
        assert_eq!(json, json!({"a": 2, "b": 4}));
        let error = node.to_json(Schema::Kustomize).unwrap_err();
        assert_eq!(error.problem, ValueProblem::DuplicateKey("b".into()));
    }

    #[test]
    fn merge_keys_are_resolved() {
        let base = |value| plain(&[("a", value), ("b", value)]);
        let node = mapping(vec![
            (Node::plain("a"), Node::plain("own")),
            (
                Node::plain("<<"),
                Node::sequence(vec![base("first"), base("second")]),
            ),
            (Node::plain("c"), Node::plain("own")),
        ]);
        // go-yaml v2 merges where the merge key stands, so that it overrides what stands above.
        let json = node.to_json(Schema::Kubernetes).unwrap();
        assert_eq!(json, json!({"a": "first", "b": "first", "c": "own"}));
        let json = node.to_json(Schema::Kustomize).unwrap();
        assert_eq!(json, json!({"a": "own", "b": "first", "c": "own"}));
        let wrong = plain(&[("<<", "text")]).to_json(Schema::Kustomize);
        assert_eq!(wrong.unwrap_err().problem, ValueProblem::Merge);
    }

    #[test]
    fn deep_and_wide_nodes_are_refused() {
        let mut node = Node::plain("x");
        for _ in 0..40 {
            node = Node::sequence(vec![node.clone(), node]);
        }
        let error = node.to_json(Schema::Kustomize).unwrap_err();
        assert_eq!(error.problem, ValueProblem::Excessive);
    }
}
