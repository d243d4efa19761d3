//! The engine behind the templates: minijinja, strict, writing every value as a YAML scalar.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};

use super::failure::Refusal;
use super::table;
use crate::manifest::emit_scalar;

/// Longer texts are quoted, because the emitter would fold them.
const FOLDS: usize = 72;

/// Makes an environment that finds the user's templates before ours, for includes as well.
pub(super) fn environment(own: Arc<BTreeMap<String, String>>) -> Environment<'static> {
    let mut engine = Environment::new();
    // The syntax counts for templates that are added later only.
    if let Ok(syntax) = syntax() {
        engine.set_syntax(syntax);
    }
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_auto_escape_callback(|_| AutoEscape::Custom("yaml".into()));
    engine.set_formatter(write);
    engine.add_filter("yaml", |value: Value| {
        spelled(&value).map(Value::from_safe_string)
    });
    engine.add_filter("nest", nest);
    engine.add_filter("marked", marked);
    engine.add_filter("helm", helm);
    engine.add_function("fail", |message: String| -> Result<Value, Error> {
        let error = Error::new(ErrorKind::InvalidOperation, message.clone());
        Err(error.with_source(Refusal(message)))
    });
    engine.set_loader(move |name| {
        let own = own.get(name).cloned();
        Ok(own.or_else(|| table::text(name).map(str::to_owned)))
    });
    engine
}

fn syntax() -> Result<SyntaxConfig, Error> {
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true);
    syntax.keep_trailing_newline(true).build()
}

/// Writes the value of `{{ ... }}`.
fn write(out: &mut Output, _: &mut State, value: &Value) -> Result<(), Error> {
    let text = spelled(value)?;
    out.write_str(&text).map_err(Error::from)
}

/// Returns a value as YAML in one line that reads back as it is. Text that is marked safe stays as it is.
///
/// # Errors
/// There is no value.
fn spelled(value: &Value) -> Result<String, Error> {
    if value.is_safe() {
        return Ok(value.to_string());
    }
    match value.kind() {
        ValueKind::Undefined => Err(Error::from(ErrorKind::UndefinedError)),
        ValueKind::None => Err(Error::new(ErrorKind::UndefinedError, "null")),
        ValueKind::Bool | ValueKind::Number => Ok(value.to_string()),
        ValueKind::String => Ok(scalar(value.as_str().unwrap_or_default())),
        _ => {
            let json = serde_json::to_string(value);
            json.map_err(|e| Error::new(ErrorKind::BadSerialization, e.to_string()))
        }
    }
}

/// Returns a string as one line of YAML: bare where that is a string in YAML 1.1 and 1.2, else quoted.
fn scalar(text: &str) -> String {
    if text.len() < FOLDS && !text.contains(is_hidden) {
        let spelled = emit_scalar(text, 0, 0);
        if !spelled.starts_with('"') {
            return spelled;
        }
    }
    double_quoted(text)
}

/// Tells what cannot be seen, or breaks lines in YAML 1.1, or is lost by editors.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Moves every line of a block of YAML to the right. Ends with a line break unless it is empty.
fn nest(block: &Value, columns: usize) -> Value {
    let block = block.to_string();
    let mut out = String::with_capacity(block.len() * 2);
    for line in block.lines() {
        if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', columns));
            out.push_str(line);
        }
        out.push('\n');
    }
    Value::from_safe_string(out)
}

/// Returns a text that Helm gives back as it is where a chart reads values as templates, as app-template does.
fn helm(text: &str) -> String {
    text.replace("{{", "{{ \"{{\" }}")
}

/// Writes a value with the marker of Flux behind it: `NAMESPACE:POLICY`, and `:name` or `:tag` for a part of the image.
fn marked(value: &Value, marker: &Value, part: Option<&str>) -> Result<Value, Error> {
    let text = spelled(value)?;
    let Some(policy) = marker.as_str() else {
        return Ok(Value::from_safe_string(text));
    };
    let colon = if part.is_some() { ":" } else { "" };
    let setter = format!("{policy}{colon}{}", part.unwrap_or_default());
    let json = serde_json::json!({ "$imagepolicy": setter }).to_string();
    let comment = json.replacen("\":\"", "\": \"", 1);
    Ok(Value::from_safe_string(format!("{text} # {comment}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{FileId, Schema, SourceFile};

    #[test]
    fn scalars_read_back_as_they_are() {
        let texts = [
            "",
            "on",
            "yes",
            "y",
            "No",
            "null",
            "~",
            "1",
            "1.10",
            "1e3",
            "0x1f",
            "0o17",
            "017",
            "1_000",
            "12:30:45",
            "2024-01-01",
            ".inf",
            "<<",
            "=",
            "#x",
            "a #b",
            "*x",
            "&x",
            "!x",
            "- a",
            "a: b",
            "a:",
            "${X}",
            "{{ x }}",
            "{a",
            "[a",
            "'",
            "\"",
            "'\"",
            "a\nb\n",
            "a\r\nb",
            "\tx",
            " x ",
            "@x",
            "`x",
            "%x",
            "|",
            ">",
            "?",
            ",x",
            "\u{85}a",
            "a\u{2028}b",
            "\u{feff}",
            "\u{1F389} ü",
            "\u{7f}",
            "\u{0}",
            "x #?",
            "x\n#~",
        ];
        for text in texts
            .into_iter()
            .map(str::to_owned)
            .chain(["word ".repeat(60)])
        {
            let spelled = scalar(&text);
            assert!(!spelled.contains('\n'), "{spelled}");
            let yaml = format!("a:\n  - b: {spelled} #?\n");
            let file = SourceFile::parse(FileId::NONE, "a.yaml", yaml);
            let root = file.documents[0].root.as_ref().unwrap();
            let items = root.at_path(&["a"]).unwrap().items().unwrap();
            let node = items[0].get("b").unwrap();
            let read = node.to_json(Schema::Kustomize).unwrap();
            assert_eq!(read, serde_json::json!(text), "{spelled}");
        }
    }

    #[test]
    fn blocks_are_nested() {
        let nested = nest(&Value::from_safe_string("a:\n\n  b\n".to_owned()), 2);
        assert_eq!(nested.to_string(), "  a:\n\n    b\n");
        assert_eq!(nest(&Value::from(""), 2).to_string(), "");
    }

    #[test]
    fn markers_stand_behind_the_value() {
        let marker = Value::from("flux-system:romm");
        let of = |part| {
            marked(&Value::from("1.10"), &marker, part)
                .unwrap()
                .to_string()
        };
        assert_eq!(of(None), r#""1.10" # {"$imagepolicy": "flux-system:romm"}"#);
        assert_eq!(
            of(Some("tag")),
            r#""1.10" # {"$imagepolicy": "flux-system:romm:tag"}"#
        );
        let none = marked(&Value::from("1.2.3"), &Value::from(()), None).unwrap();
        assert_eq!(none.to_string(), "1.2.3");
    }
}
