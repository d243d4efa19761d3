//! Which quotes kyaml gives to the strings that it sets (kyaml 0.21 `FieldSetter`, `IsYaml1_1NonString`). They matter
//! later on: a number that is patched over a quoted string becomes a string.

use smol_str::SmolStr;

use crate::manifest::{
    FileId, Node, Resolved, Scalar, ScalarStyle, Schema, SourceFile, Tag, Value,
};

/// Tells whether `text`, read as a whole YAML 1.1 document, is anything but a string.
pub(crate) fn is_non_string(text: &str) -> bool {
    if text.is_empty() || text.contains('\n') {
        return false;
    }
    if !has_indicator(text) {
        return !is_string(&Node::plain(text));
    }
    let file = SourceFile::parse(FileId::NONE, "", text);
    let root = file.documents.first().and_then(|d| d.root.as_ref());
    file.errors.is_empty() && root.is_none_or(|root| !is_string(root))
}

/// Tells whether `text` may be more than one plain scalar.
fn has_indicator(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_punctuation() || c == ' ')
        || text.ends_with(':')
        || text.contains(": ")
        || text.contains(":\t")
        || text.contains(" #")
}

fn is_string(node: &Node) -> bool {
    matches!(node.resolve(Schema::Kubernetes), Ok(Resolved::Str(_)))
}

/// Returns a string as kyaml's `NewStringRNode` and `SetField` make it.
pub(crate) fn string_node(text: impl Into<SmolStr>) -> Node {
    let text = text.into();
    let style = if text.contains('\n') {
        ScalarStyle::Literal
    } else if is_non_string(&text) {
        ScalarStyle::DoubleQuoted
    } else {
        ScalarStyle::Plain
    };
    let mut node = Node::new(Value::Scalar(Scalar { text, style }));
    node.tag = Tag::Str;
    node
}

/// Returns a plain string that YAML 1.1 would not read as one, in double quotes: what kyaml makes of it wherever a patch
/// passes. Nothing for any other node.
pub(crate) fn quoted(node: &Node) -> Option<Node> {
    let Value::Scalar(scalar) = &node.value else {
        return None;
    };
    let doubtful = match node.tag {
        _ if scalar.style != ScalarStyle::Plain => false,
        Tag::Str => is_non_string(&scalar.text),
        // Of plain strings only these words are something else in YAML 1.1.
        Tag::None => matches!(
            scalar.text.as_str(),
            "y" | "Y"
                | "yes"
                | "Yes"
                | "YES"
                | "n"
                | "N"
                | "no"
                | "No"
                | "NO"
                | "on"
                | "On"
                | "ON"
                | "off"
                | "Off"
                | "OFF"
        ),
        _ => false,
    };
    doubtful.then(|| {
        let mut quoted = node.clone();
        quoted.value = Value::Scalar(Scalar {
            text: scalar.text.clone(),
            style: ScalarStyle::DoubleQuoted,
        });
        quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_yaml_1_1_takes_for_something_else() {
        for text in [
            "on", "1", "a: b", "{}", "[a]", "- a", "# a", "~", "null", "1e+3", "a:",
        ] {
            assert!(is_non_string(text), "{text}");
        }
        for text in [
            "",
            "a",
            "a b",
            "1 2",
            "\"1\"",
            "a # b",
            "{",
            "@a",
            "2001-01-01",
            "a\nb: c",
        ] {
            assert!(!is_non_string(text), "{text}");
        }
    }
}
