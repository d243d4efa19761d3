//! Reads trees the way Go reads JSON into structs: field names in any case, exact types, unknown fields refused.
//!
//! Kustomize turns its own files into JSON first (`sigs.k8s.io/yaml`), so that `newTag: 1.0` is a number and no string.

use smol_str::SmolStr;

use super::problem::{Problem, ProblemKind, Site};
use crate::manifest::{Node, Place, Resolved, ScalarStyle, Schema, Value};

/// A string of a kustomization file with its place.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// The string.
    pub value: SmolStr,
    /// The scalar.
    pub place: Place,
    /// How it was written, for those that hold YAML themselves.
    pub style: ScalarStyle,
}

impl Default for Text {
    fn default() -> Self {
        Text {
            value: SmolStr::default(),
            place: Place::NONE,
            style: ScalarStyle::Plain,
        }
    }
}

impl Text {
    /// Tells whether the string is empty or missing.
    pub(super) fn is_empty(&self) -> bool {
        self.value.is_empty()
    }
}

/// Labels or annotations in the order of the file.
pub(crate) type Pairs = Vec<(SmolStr, Text)>;

/// Reads trees and collects what is wrong with them.
pub(crate) struct Decoder {
    site: Site,
    what: &'static str,
    kind: ProblemKind,
    strict: bool,
    /// What is wrong, in the order of the file.
    pub problems: Vec<Problem>,
}

impl Decoder {
    /// Reads a file of `site`; messages start with `what`. Unknown fields are a problem if `strict`.
    pub(super) fn new(site: &Site, what: &'static str, kind: ProblemKind, strict: bool) -> Self {
        Decoder {
            site: site.clone(),
            what,
            kind,
            strict,
            problems: Vec::new(),
        }
    }

    fn complain(&mut self, kind: ProblemKind, place: Place, message: &str) {
        let site = if place.is_known() {
            self.site.at(place)
        } else {
            self.site.clone()
        };
        let message = format!("{}: {message}", self.what);
        self.problems.push(*site.problem(kind, message));
    }

    fn wrong_type(&mut self, node: &Node, field: &str, wanted: &str) {
        let actual = json_type(node);
        let message = format!(
            "json: cannot unmarshal {actual} into Go struct field {field} of type {wanted}"
        );
        self.complain(self.kind, node.place, &message);
    }

    /// Calls `read` with every field that is not null, under the name that `fields` gives it.
    pub(super) fn object(
        &mut self,
        node: &Node,
        what: &str,
        fields: &[&'static str],
        mut read: impl FnMut(&mut Self, &'static str, &Node),
    ) {
        if node.is_null() {
            return;
        }
        let Some(entries) = node.entries() else {
            return self.wrong_type(node, what, what);
        };
        for entry in entries {
            let key = entry.key.text().unwrap_or_default();
            match fields.iter().find(|f| f.eq_ignore_ascii_case(key)) {
                Some(field) if !entry.value.is_null() => read(self, field, &entry.value),
                Some(_) => {}
                None if self.strict => {
                    let message = format!("json: unknown field {key:?}");
                    self.complain(ProblemKind::UnknownField, entry.key.place, &message);
                }
                None => {}
            }
        }
    }

    /// Reads a string; null is the empty one.
    pub(super) fn text(&mut self, node: &Node, field: &str) -> Text {
        match resolve(node) {
            Some(Resolved::Str(text)) => Text {
                value: SmolStr::new(text),
                place: node.place,
                style: node.scalar().map_or(ScalarStyle::Plain, |s| s.style),
            },
            Some(Resolved::Null) => Text {
                place: node.place,
                ..Text::default()
            },
            _ => {
                self.wrong_type(node, field, "string");
                Text::default()
            }
        }
    }

    /// Reads a boolean.
    pub(super) fn flag(&mut self, node: &Node, field: &str) -> bool {
        match resolve(node) {
            Some(Resolved::Bool(value)) => value,
            Some(Resolved::Null) => false,
            _ => {
                self.wrong_type(node, field, "bool");
                false
            }
        }
    }

    /// Reads a whole number.
    pub(super) fn integer(&mut self, node: &Node, field: &str) -> i64 {
        match resolve(node) {
            Some(Resolved::Int(value)) => value,
            Some(Resolved::Float(value)) if value.fract() == 0.0 && value.abs() < 9e18 => {
                value as i64
            }
            Some(Resolved::Null) => 0,
            _ => {
                self.wrong_type(node, field, "int64");
                0
            }
        }
    }

    /// Reads a sequence; null is the empty one.
    pub(super) fn list<T>(
        &mut self,
        node: &Node,
        field: &str,
        mut read: impl FnMut(&mut Self, &Node) -> T,
    ) -> Vec<T> {
        match node.items() {
            Some(items) => items.iter().map(|item| read(self, item)).collect(),
            None if node.is_null() => Vec::new(),
            None => {
                self.wrong_type(node, field, "array");
                Vec::new()
            }
        }
    }

    /// Reads a sequence of strings.
    pub(super) fn texts(&mut self, node: &Node, field: &str) -> Vec<Text> {
        self.list(node, field, |d, item| d.text(item, field))
    }

    /// Reads a mapping of strings.
    pub(super) fn pairs(&mut self, node: &Node, field: &str) -> Pairs {
        if node.is_null() {
            return Vec::new();
        }
        let Some(entries) = node.entries() else {
            self.wrong_type(node, field, "map[string]string");
            return Vec::new();
        };
        let mut pairs: Pairs = Vec::with_capacity(entries.len());
        for entry in entries {
            let key = key_text(&entry.key);
            let value = self.text(&entry.value, field);
            pairs.retain(|(known, _)| *known != key);
            pairs.push((key, value));
        }
        pairs
    }
}

/// Returns what a scalar is once it is JSON.
fn resolve(node: &Node) -> Option<Resolved<'_>> {
    if !matches!(node.target().value, Value::Scalar(_)) {
        return None;
    }
    node.resolve(Schema::Kubernetes).ok()
}

/// Returns the string that a key becomes in JSON; `on` becomes `true`.
fn key_text(key: &Node) -> SmolStr {
    match resolve(key) {
        Some(Resolved::Str(text)) => SmolStr::new(text),
        Some(Resolved::Bool(value)) => SmolStr::new(value.to_string()),
        Some(Resolved::Int(value)) => SmolStr::new(value.to_string()),
        Some(Resolved::Null) => SmolStr::new("null"),
        _ => SmolStr::new(key.text().unwrap_or_default()),
    }
}

fn json_type(node: &Node) -> &'static str {
    match &node.target().value {
        Value::Mapping(_) => "object",
        Value::Sequence(_) => "array",
        _ => match resolve(node) {
            Some(Resolved::Bool(_)) => "bool",
            Some(Resolved::Null) => "null",
            Some(Resolved::Str(_)) | None => "string",
            Some(_) => "number",
        },
    }
}
