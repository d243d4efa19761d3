//! YAML text exactly as `kustomize build` and Flux print it: sigs.k8s.io/yaml's `JSONToYAML`, which is go-yaml v2.4.

use std::borrow::Cow;

use super::json::{Field, fields, not_finite};
use super::key_order;
use super::location::Place;
use super::node::{Node, Value};
use super::number::{self, Number};
use super::scalar::{Resolved, Schema, ValueError, ValueProblem};
use super::spelling::{Spelling, Writer};

/// Columns of one more level.
const STEP: usize = 2;
/// go-yaml refuses deeper documents than 10,000 levels; real ones have twenty.
const MAX_DEPTH: u32 = 1_000;
/// A longer key is written as `? key`.
const MAX_SIMPLE_KEY: usize = 128;

/// Returns `node` as the YAML text that `kustomize build` 5.8 and kustomize-controller 1.9 print for it: keys in go-yaml's
/// natural order, sequences not indented below their key, long lines folded after column 80, comments gone.
///
/// # Errors
/// Where Go fails as well: a scalar that contradicts its tag, `.inf` and `.nan`, keys that are no strings or occur twice,
/// control characters.
pub fn to_yaml(node: &Node) -> Result<String, ValueError> {
    let mut out = String::with_capacity(1024);
    append_yaml(node, &mut out)?;
    Ok(out)
}

/// Appends what [`to_yaml`] returns to `out`, which is empty or ends with a line break.
///
/// # Errors
/// Those of [`to_yaml`]; `out` then holds a part of the object.
pub fn append_yaml(node: &Node, out: &mut String) -> Result<(), ValueError> {
    let mut emitter = Emitter {
        writer: Writer::new(std::mem::take(out), 0),
    };
    let result = emitter.node(node, None, Context::Item, MAX_DEPTH);
    emitter.writer.indent(0);
    *out = emitter.writer.out;
    result
}

/// Returns the spelling of the string `text` as the value of a mapping key: bare, quoted, or as a block scalar. `column`
/// is where it starts on its line (from 0), which decides where it folds; `indent` is the column of its key.
pub fn emit_scalar(text: &str, column: usize, indent: usize) -> String {
    let mut writer = Writer::new(String::with_capacity(text.len() + 2), column);
    let spelling = Spelling::of(text);
    writer.string(text, spelling.style(), indent + STEP, true);
    writer.out
}

/// Where a node stands, as far as it changes its layout.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    /// The root, or an item of a sequence.
    Item,
    /// The value of a key.
    Value,
}

struct Emitter {
    writer: Writer,
}

impl Emitter {
    /// Writes a node inside the collection at column `indent`, or the root.
    fn node(
        &mut self,
        node: &Node,
        indent: Option<usize>,
        context: Context,
        depth: u32,
    ) -> Result<(), ValueError> {
        if depth == 0 {
            return Err(node.error(ValueProblem::Excessive));
        }
        match &node.target().value {
            Value::Mapping(_) => self.mapping(node.target(), indent, depth),
            Value::Sequence(items) => self.sequence(items, indent, context, depth),
            _ => self.scalar(node.target(), indent),
        }
    }

    fn mapping(
        &mut self,
        node: &Node,
        indent: Option<usize>,
        depth: u32,
    ) -> Result<(), ValueError> {
        let fields = key_order::sorted(fields(node, Schema::Kustomize)?);
        if fields.is_empty() {
            self.writer.indicator("{", true, true, false);
            self.writer.indicator("}", false, false, false);
            return Ok(());
        }
        let indent = indent.map_or(0, |outer| outer + STEP);
        for field in &fields {
            self.writer.indent(indent);
            self.key(field, indent)?;
            self.node(field.value, Some(indent), Context::Value, depth - 1)?;
        }
        Ok(())
    }

    fn key(&mut self, field: &Field<'_>, indent: usize) -> Result<(), ValueError> {
        let text = field.key.as_ref();
        let spelling = Spelling::of(text);
        check_characters(text, &spelling, field.place())?;
        if !spelling.multiline && text.len() <= MAX_SIMPLE_KEY {
            self.writer
                .string(text, spelling.style(), indent + STEP, false);
            self.writer.indicator(":", false, false, false);
        } else {
            self.writer.indicator("?", true, false, true);
            self.writer
                .string(text, spelling.style(), indent + STEP, true);
            self.writer.indent(indent);
            self.writer.indicator(":", true, false, true);
        }
        Ok(())
    }

    fn sequence(
        &mut self,
        items: &[Node],
        indent: Option<usize>,
        context: Context,
        depth: u32,
    ) -> Result<(), ValueError> {
        if items.is_empty() {
            self.writer.indicator("[", true, true, false);
            self.writer.indicator("]", false, false, false);
            return Ok(());
        }
        let below_key = context == Context::Value && !self.writer.indention;
        let indent = match indent {
            None => 0,
            Some(outer) if below_key => outer,
            Some(outer) => outer + STEP,
        };
        for item in items {
            self.writer.indent(indent);
            self.writer.indicator("-", true, false, true);
            self.node(item, Some(indent), Context::Item, depth - 1)?;
        }
        Ok(())
    }

    fn scalar(&mut self, node: &Node, indent: Option<usize>) -> Result<(), ValueError> {
        let bare: Cow<'static, str> = match node.resolve(Schema::Kustomize)? {
            Resolved::Null => "null".into(),
            Resolved::Bool(true) => "true".into(),
            Resolved::Bool(false) => "false".into(),
            Resolved::Int(n) => n.to_string().into(),
            Resolved::Uint(n) => n.to_string().into(),
            Resolved::Float(f) if !f.is_finite() => return Err(not_finite(node)),
            Resolved::Float(f) => float(f).into(),
            Resolved::Str(text) => {
                let spelling = Spelling::of(&text);
                check_characters(&text, &spelling, node.place)?;
                let indent = indent.unwrap_or(0) + STEP;
                self.writer.string(&text, spelling.style(), indent, true);
                return Ok(());
            }
        };
        self.writer.bare(&bare);
        Ok(())
    }
}

/// A float as it comes back from JSON, where it may have turned into an integer.
fn float(f: f64) -> String {
    match number::whole(f) {
        Some(Number::Int(n)) => n.to_string(),
        Some(Number::Uint(n)) => n.to_string(),
        _ => number::format_float(f),
    }
}

/// go-yaml reads the JSON back, and its reader takes no control characters; JSON escapes only those below U+0020.
fn check_characters(text: &str, spelling: &Spelling, place: Place) -> Result<(), ValueError> {
    let refused =
        |c| matches!(c, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
    if spelling.special && text.contains(refused) {
        let problem = ValueProblem::ControlCharacter;
        return Err(ValueError { problem, place });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;
    use crate::manifest::Entry;

    fn cases(part: &str) -> Vec<Json> {
        let text = include_str!("../../tests/fixtures/go/emit.json");
        let mut file: Json = serde_json::from_str(text).unwrap();
        file[part].as_array_mut().map(std::mem::take).unwrap()
    }

    fn node(json: &Json) -> Node {
        match json {
            Json::String(text) => Node::string(text.as_str()),
            Json::Array(items) => Node::sequence(items.iter().map(node).collect()),
            Json::Object(fields) => {
                let mut mapping = Node::mapping();
                let entries = fields.iter().map(|(key, value)| Entry {
                    key: Node::string(key.as_str()),
                    value: node(value),
                });
                mapping.entries_mut().unwrap().extend(entries);
                mapping
            }
            other => Node::plain(other.to_string()),
        }
    }

    #[test]
    fn strings_are_spelled_as_go_spells_them() {
        let cases = cases("strings");
        assert!(cases.len() > 200);
        for case in cases {
            let (text, yaml) = (
                case["text"].as_str().unwrap(),
                case["yaml"].as_str().unwrap(),
            );
            let mut mapping = Node::mapping();
            mapping.set("v", Node::string(text));
            assert_eq!(to_yaml(&mapping).unwrap(), yaml, "{text:?}");
            let alone = format!("v: {}", emit_scalar(text, 3, 0));
            assert_eq!(alone.trim_end_matches('\n'), yaml.trim_end_matches('\n'));
        }
    }

    #[test]
    fn objects_look_as_go_prints_them() {
        for case in cases("objects") {
            assert_eq!(
                to_yaml(&node(&case["json"])).unwrap(),
                case["yaml"].as_str().unwrap()
            );
        }
    }

    #[test]
    fn types_survive() {
        let mut mapping = Node::mapping();
        mapping.set("mode", Node::plain("0755"));
        mapping.set("date", Node::plain("2020-01-01"));
        mapping.set("big", Node::plain("1e19"));
        mapping.set("zero", Node::plain("-0.0"));
        mapping.set("none", Node::plain("~"));
        mapping.set("word", Node::plain("yes"));
        let yaml = "big: 10000000000000000000\ndate: \"2020-01-01T00:00:00Z\"\nmode: 493\nnone: null\nword: \"yes\"\nzero: 0\n";
        assert_eq!(to_yaml(&mapping).unwrap(), yaml);
    }

    #[test]
    fn what_go_cannot_print_is_an_error() {
        let problem = |value| {
            let mut mapping = Node::mapping();
            mapping.set("v", value);
            to_yaml(&mapping).unwrap_err().problem
        };
        assert_eq!(
            problem(Node::plain(".inf")),
            ValueProblem::NotFinite(".inf".into())
        );
        assert_eq!(
            problem(Node::string("a\u{7f}")),
            ValueProblem::ControlCharacter
        );
        let mut numbered = Node::mapping();
        let (key, value) = (Node::plain("1"), Node::plain("x"));
        numbered.entries_mut().unwrap().push(Entry { key, value });
        assert_eq!(problem(numbered), ValueProblem::Key("1".into()));
    }

    #[test]
    fn documents_can_be_appended() {
        let mut out = String::from("a: 1\n---\n");
        append_yaml(&Node::mapping(), &mut out).unwrap();
        assert_eq!(out, "a: 1\n---\n{}\n");
    }
}
