//! The hash of a config map's or secret's content that goes into its name (kustomize api 0.21 `hasher`).

use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

use super::problem::{Outcome, ProblemKind, Site};
use super::set::ResourceSet;
use crate::manifest::{Node, Schema, Value};

/// Adds the hash of their content to the names of all objects that want it.
pub(crate) fn add_hashes(set: &mut ResourceSet, site: &Site) -> Outcome<()> {
    for resource in set.list.iter_mut().filter(|r| r.memory.needs_hash) {
        let hash =
            hash(resource.node()).map_err(|message| site.problem(ProblemKind::BadKeys, message))?;
        resource.remember_id();
        let name = format!("{}-{hash}", resource.id().name);
        resource.change(|node| super::fields::set_metadata_name(node, "name", &name));
    }
    Ok(())
}

/// Returns ten letters and digits that stand for the content, none of which form words.
fn hash(node: &Node) -> Result<String, String> {
    let kind = node.text_at(&["kind"]).unwrap_or_default();
    let mut content = Map::new();
    let (required, optional) = match kind {
        "Secret" => (&["data", "type"][..], "stringData"),
        _ => (&["data"][..], "binaryData"),
    };
    for field in required {
        content.insert((*field).to_owned(), field_value(node, field)?);
    }
    if let map @ Json::Object(_) = field_value(node, optional)? {
        content.insert(optional.to_owned(), map);
    }
    content.insert("kind".to_owned(), kind.into());
    // Kustomize looks for a field called `metadata/name` and finds none.
    content.insert("name".to_owned(), "".into());
    let mut json = String::new();
    write_json(&Json::Object(content), &mut json);
    let digest = Sha256::digest(json.as_bytes());
    let hex = digest.iter().take(5).flat_map(|b| [b >> 4, b & 0xf]);
    Ok(hex.map(encode).collect())
}

fn field_value(node: &Node, field: &str) -> Result<Json, String> {
    let Some(value) = node.get(field) else {
        return Ok("".into());
    };
    match &value.value {
        Value::Scalar(scalar) => Ok(scalar.text.as_str().into()),
        _ => value.to_json(Schema::Kustomize).map_err(|e| e.to_string()),
    }
}

fn encode(digit: u8) -> char {
    match digit {
        0 => 'g',
        1 => 'h',
        3 => 'k',
        0xa => 'm',
        0xe => 't',
        digit => char::from_digit(digit.into(), 16).unwrap_or('g'),
    }
}

/// Writes JSON as Go does: keys sorted, `<`, `>`, `&` and two line separators escaped.
fn write_json(json: &Json, out: &mut String) {
    match json {
        Json::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (i, (key, value)) in entries.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_string(key, out);
                out.push(':');
                write_json(value, out);
            }
            out.push('}');
        }
        Json::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_json(item, out);
            }
            out.push(']');
        }
        Json::String(text) => write_string(text, out),
        Json::Number(number) => out.push_str(&go_float(number.as_f64().unwrap_or_default())),
        other => out.push_str(&other.to_string()),
    }
}

/// Writes a number as Go's `encoding/json` writes a `float64`, which all numbers are on this way.
fn go_float(number: f64) -> String {
    if number == 0.0 || (1e-6..1e21).contains(&number.abs()) {
        return number.to_string();
    }
    let text = format!("{number:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        _ => text,
    }
}

fn write_string(text: &str, out: &mut String) {
    use std::fmt::Write as _;
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_floats() {
        assert_eq!(go_float(5.0), "5");
        assert_eq!(
            go_float(9_007_199_254_740_993_i64 as f64),
            "9007199254740992"
        );
        assert_eq!(go_float(1e21), "1e+21");
        assert_eq!(go_float(1.5e-7), "1.5e-7");
    }

    #[test]
    fn strings_are_escaped_as_in_go() {
        let mut out = String::new();
        write_string("a<b>&\"\\\n\u{1}\u{2028}é", &mut out);
        assert_eq!(out, "\"a\\u003cb\\u003e\\u0026\\\"\\\\\\n\\u0001\\u2028é\"");
    }
}
