//! What scalars mean: go-yaml's rules for null, bool, number, timestamp and binary, which YAML parsers in Rust do not share.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::block;
use super::location::Place;
use super::node::{Node, ScalarStyle, Tag, Value};
use super::number::{self, Number};
use super::timestamp;

/// Whose rules decide what a scalar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// `sigs.k8s.io/yaml` (1.4 to 1.6, which is go-yaml v2): what the API server, kubectl and Flux's own reading of an
    /// object see. `y`, `yes` and `on` are booleans, also as keys; timestamps stay the text they are.
    Kubernetes,
    /// kyaml (`go.yaml.in/yaml/v3` decoding into `interface{}`): what `kustomize build` 5.8 makes of its resources. Only
    /// `true` and `false` are booleans; a timestamp becomes its RFC 3339 form; keys must be strings; some folded scalars
    /// gain an empty line.
    Kustomize,
}

/// The meaning of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolved<'a> {
    /// Null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number too large for `i64`.
    Uint(u64),
    /// Any other number, infinities and NaN included.
    Float(f64),
    /// A string: decoded if it was `!!binary`, in RFC 3339 if it was a timestamp under [`Schema::Kustomize`].
    Str(Cow<'a, str>),
}

/// Why a value cannot be what it claims to be, and where it stands.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{problem}")]
pub struct ValueError {
    /// What is wrong.
    pub problem: ValueProblem,
    /// The node at fault.
    pub place: Place,
}

/// What is wrong with a value. The texts follow Go's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueProblem {
    /// An explicit tag that the text contradicts.
    #[error("cannot decode {found} `{text}` as a {tag}")]
    Tag {
        /// The scalar's text.
        text: String,
        /// What the text is.
        found: &'static str,
        /// What the tag says.
        tag: &'static str,
    },
    /// `!!binary` without valid base64.
    #[error("!!binary value contains invalid base64 data")]
    Base64,
    /// A timestamp whose zone is a day or more from UTC, under [`Schema::Kustomize`].
    #[error("time zone of `{0}` is out of range")]
    TimeZone(String),
    /// A scalar was wanted.
    #[error("expected a scalar")]
    NoScalar,
    /// `.inf` or `.nan`, which JSON does not have.
    #[error("unsupported value: {0}")]
    NotFinite(String),
    /// A mapping key that is no string and cannot become one.
    #[error("mapping key `{0}` is not a string")]
    Key(String),
    /// A key that occurs twice, under [`Schema::Kustomize`].
    #[error("mapping key `{0}` is already defined")]
    DuplicateKey(String),
    /// `<<` with something that is no mapping.
    #[error("map merge requires map or sequence of maps as the value")]
    Merge,
    /// A character that go-yaml refuses to read back from JSON (U+007F, U+0080 to U+009F without U+0085, U+FFFE, U+FFFF).
    #[error("control characters are not allowed")]
    ControlCharacter,
    /// A block scalar that starts with a tab, which kustomize prints in a way that it cannot read.
    #[error("found a tab character where an indentation space is expected")]
    LeadingTab,
    /// Aliases that expand to millions of nodes, or thousands of levels.
    #[error("document contains excessive aliasing or nesting")]
    Excessive,
}

impl Node {
    /// Returns what this scalar means under `schema`. Quoted scalars are strings unless a tag says otherwise; custom tags
    /// (`!reference`) mean a string too.
    ///
    /// # Errors
    /// If the text contradicts the tag, or the node is no scalar.
    pub fn resolve(&self, schema: Schema) -> Result<Resolved<'_>, ValueError> {
        let node = self.target();
        let Value::Scalar(scalar) = &node.value else {
            return Err(node.error(ValueProblem::NoScalar));
        };
        let text = scalar.text.as_str();
        let resolved = match node.tag {
            Tag::None if scalar.style == ScalarStyle::Plain => resolve_plain(text, schema),
            Tag::Null | Tag::Bool | Tag::Int | Tag::Float | Tag::Timestamp => {
                resolve_tagged(text, node.tag, schema)
            }
            Tag::Binary => decode_base64(text),
            _ if schema == Schema::Kustomize => {
                block::reread(text, scalar.style).map(Resolved::Str)
            }
            Tag::None | Tag::Str | Tag::Seq | Tag::Map | Tag::Merge | Tag::Other => {
                Ok(Resolved::Str(Cow::Borrowed(text)))
            }
        };
        resolved.map_err(|problem| node.error(problem))
    }

    /// Returns the boolean that kustomize sees here; `None` for anything else, `yes` included.
    pub fn as_bool(&self) -> Option<bool> {
        match self.resolve(Schema::Kustomize) {
            Ok(Resolved::Bool(b)) => Some(b),
            _ => None,
        }
    }

    /// Returns the whole number that kustomize sees here; `3.0` counts, since Go writes it into JSON as `3`.
    pub fn as_i64(&self) -> Option<i64> {
        match self.resolve(Schema::Kustomize) {
            Ok(Resolved::Int(n)) => Some(n),
            Ok(Resolved::Float(f)) if f.fract() == 0.0 && f.abs() < 9e18 => Some(f as i64),
            _ => None,
        }
    }

    /// Returns `problem` at this node's place.
    pub(crate) fn error(&self, problem: ValueProblem) -> ValueError {
        ValueError {
            problem,
            place: self.place,
        }
    }
}

impl Resolved<'_> {
    /// The tag that Go's messages give to this type.
    fn tag_name(&self) -> &'static str {
        match self {
            Resolved::Null => "!!null",
            Resolved::Bool(_) => "!!bool",
            Resolved::Int(_) | Resolved::Uint(_) => "!!int",
            Resolved::Float(_) => "!!float",
            Resolved::Str(_) => "!!str",
        }
    }
}

/// Tells whether go-yaml v2 would read the plain scalar `text` as a string, so that its emitter may write it plain.
pub(super) fn is_plain_string(text: &str) -> bool {
    matches!(untagged(text, Schema::Kubernetes), Resolved::Str(_))
        && timestamp::parse(text).is_none()
}

fn resolve_plain(text: &str, schema: Schema) -> Result<Resolved<'_>, ValueProblem> {
    if let (Schema::Kustomize, Some(moment)) = (schema, timestamp::parse(text)) {
        let rfc3339 = moment.to_rfc3339();
        let text = rfc3339.ok_or_else(|| ValueProblem::TimeZone(text.into()))?;
        return Ok(Resolved::Str(Cow::Owned(text)));
    }
    Ok(untagged(text, schema))
}

/// Resolves under an explicit tag: the text must agree with it, but a whole number may be a float.
fn resolve_tagged(text: &str, tag: Tag, schema: Schema) -> Result<Resolved<'_>, ValueProblem> {
    let resolved = untagged(text, schema);
    let wanted = match (tag, resolved) {
        (Tag::Null, Resolved::Null) => return Ok(Resolved::Null),
        (Tag::Bool, Resolved::Bool(b)) => return Ok(Resolved::Bool(b)),
        (Tag::Int, Resolved::Int(n)) => return Ok(Resolved::Int(n)),
        (Tag::Int, Resolved::Uint(n)) => return Ok(Resolved::Uint(n)),
        (Tag::Float, Resolved::Float(f)) => return Ok(Resolved::Float(f)),
        (Tag::Float, Resolved::Int(n)) => return Ok(Resolved::Float(n as f64)),
        (Tag::Timestamp, _) if timestamp::parse(text).is_some() => {
            return resolve_plain(text, schema);
        }
        (Tag::Null, _) => "!!null",
        (Tag::Bool, _) => "!!bool",
        (Tag::Int, _) => "!!int",
        (Tag::Float, _) => "!!float",
        _ => "!!timestamp",
    };
    Err(ValueProblem::Tag {
        text: text.into(),
        found: untagged(text, schema).tag_name(),
        tag: wanted,
    })
}

/// The core of go-yaml's `resolve`, without timestamps: the first byte decides what is worth trying.
fn untagged(text: &str, schema: Schema) -> Resolved<'_> {
    let found = match text.as_bytes().first() {
        None => Some(Resolved::Null),
        Some(b'0'..=b'9') => number(text, schema),
        Some(b'+' | b'-') => infinity(text).or_else(|| number(text, schema)),
        Some(b'.') => infinity(text).or_else(|| number::parse_after_dot(text).map(Resolved::Float)),
        Some(b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F') => word(text, schema),
        Some(b'y' | b'Y' | b'o' | b'O') if schema == Schema::Kubernetes => word(text, schema),
        Some(_) => None,
    };
    found.unwrap_or(Resolved::Str(Cow::Borrowed(text)))
}

fn number(text: &str, schema: Schema) -> Option<Resolved<'_>> {
    let number = number::parse(text, schema == Schema::Kustomize)?;
    Some(match number {
        Number::Int(n) => Resolved::Int(n),
        Number::Uint(n) => Resolved::Uint(n),
        Number::Float(f) => Resolved::Float(f),
    })
}

fn infinity(text: &str) -> Option<Resolved<'_>> {
    let f = match text {
        ".nan" | ".NaN" | ".NAN" => f64::NAN,
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => f64::INFINITY,
        "-.inf" | "-.Inf" | "-.INF" => f64::NEG_INFINITY,
        _ => return None,
    };
    Some(Resolved::Float(f))
}

/// Null and the booleans; go-yaml v2 has those of YAML 1.1 too.
fn word(text: &str, schema: Schema) -> Option<Resolved<'_>> {
    if text.len() > 5 {
        return None;
    }
    match text {
        "~" | "null" | "Null" | "NULL" => Some(Resolved::Null),
        "true" | "True" | "TRUE" => Some(Resolved::Bool(true)),
        "false" | "False" | "FALSE" => Some(Resolved::Bool(false)),
        _ if schema == Schema::Kustomize => None,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(Resolved::Bool(true)),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(Resolved::Bool(false)),
        _ => None,
    }
}

/// Decodes base64 as Go does: line breaks are skipped, padding is required. Bytes that are no UTF-8 become U+FFFD, as in
/// Go's JSON.
fn decode_base64(text: &str) -> Result<Resolved<'_>, ValueProblem> {
    let compact: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let bytes = BASE64.decode(compact).map_err(|_| ValueProblem::Base64)?;
    Ok(Resolved::Str(Cow::Owned(lossy(&bytes))))
}

/// One U+FFFD for every invalid byte, as Go counts them; the standard library has one for every invalid sequence.
fn lossy(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;
    use crate::manifest::{Entry, Scalar};

    const CASES: &str = include_str!("../../tests/fixtures/go/scalars.json");

    fn node(case: &Json) -> Node {
        let style = match case["style"].as_str().unwrap() {
            "plain" => ScalarStyle::Plain,
            "single" => ScalarStyle::SingleQuoted,
            "double" => ScalarStyle::DoubleQuoted,
            "literal" => ScalarStyle::Literal,
            "folded" => ScalarStyle::Folded,
            other => panic!("unknown style {other}"),
        };
        let tag = match case["tag"].as_str() {
            None => Tag::None,
            Some("!!null") => Tag::Null,
            Some("!!bool") => Tag::Bool,
            Some("!!str" | "!<tag:yaml.org,2002:str>") => Tag::Str,
            Some("!!int" | "!<tag:yaml.org,2002:int>") => Tag::Int,
            Some("!!float") => Tag::Float,
            Some("!!timestamp") => Tag::Timestamp,
            Some("!!binary") => Tag::Binary,
            Some("!!seq") => Tag::Seq,
            Some("!!map") => Tag::Map,
            Some("!!merge") => Tag::Merge,
            Some(_) => Tag::Other,
        };
        let text = case["text"].as_str().unwrap().into();
        let mut node = Node::new(Value::Scalar(Scalar { text, style }));
        node.tag = tag;
        node
    }

    #[test]
    fn every_scalar_means_what_go_makes_of_it() {
        let cases: Vec<Json> = serde_json::from_str(CASES).unwrap();
        assert!(cases.len() > 600);
        for case in &cases {
            for (name, schema) in [
                ("kubernetes", Schema::Kubernetes),
                ("kustomize", Schema::Kustomize),
            ] {
                let value = node(case).to_json(schema).ok();
                assert!(
                    same(value.as_ref(), case[name].get("value")),
                    "{name}: {value:?}: {case}"
                );
            }
        }
    }

    /// serde_json reads floats to within one unit in the last place only.
    fn same(ours: Option<&Json>, theirs: Option<&Json>) -> bool {
        match (ours, theirs) {
            (Some(Json::Number(a)), Some(Json::Number(b))) if a.is_f64() && b.is_f64() => {
                let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
                (a - b).abs() <= a.abs() * 1e-15
            }
            _ => ours == theirs,
        }
    }

    #[test]
    fn every_key_becomes_what_go_makes_of_it() {
        let cases: Vec<Json> = serde_json::from_str(CASES).unwrap();
        for case in cases.iter().filter(|case| case.get("value_only").is_none()) {
            for (name, schema) in [
                ("kubernetes", Schema::Kubernetes),
                ("kustomize", Schema::Kustomize),
            ] {
                let mut mapping = Node::mapping();
                let (key, value) = (node(case), Node::plain("1"));
                mapping.entries_mut().unwrap().push(Entry { key, value });
                let json = mapping.to_json(schema).ok();
                let key = json
                    .as_ref()
                    .and_then(|json| json.as_object()?.keys().next());
                let wanted = case[name].get("key").and_then(Json::as_str);
                assert_eq!(key.map(String::as_str), wanted, "{name}: {case}");
            }
        }
    }

    #[test]
    fn accessors_follow_kustomize() {
        assert_eq!(Node::plain("true").as_bool(), Some(true));
        assert_eq!(Node::plain("yes").as_bool(), None);
        assert_eq!(Node::string("true").as_bool(), None);
        assert_eq!(Node::plain("0o17").as_i64(), Some(15));
        assert_eq!(Node::plain("3.0").as_i64(), Some(3));
        assert_eq!(Node::plain("3.5").as_i64(), None);
        assert_eq!(Node::mapping().as_i64(), None);
    }

    #[test]
    fn an_error_says_where() {
        let place = Place {
            file: crate::manifest::FileId(3),
            span: crate::manifest::Span::new(5, 8),
        };
        let mut node = Node::plain("foo").at(place);
        node.tag = Tag::Int;
        let error = node.resolve(Schema::Kustomize).unwrap_err();
        assert_eq!(error.place, place);
        assert_eq!(error.to_string(), "cannot decode !!str `foo` as a !!int");
    }
}
