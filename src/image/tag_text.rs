//! A list of tags as text: one on each line, a JSON array, or the answer of a registry.

use serde_json::Value;

/// Why a text is no list of tags. Displays as a lower-case fragment; `line` is 1-based.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct TagTextError {
    /// The line that is wrong.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

/// Reads tags: one on each line; a JSON array of strings; or an object with `tags`, as registries answer
/// (`GET /v2/NAME/tags/list`; `null` means none) and as `skopeo list-tags` prints it. JSON is taken as it stands, whatever
/// its strings hold; blanks around a line are dropped, and so are empty lines.
///
/// # Errors
/// The text is something else: a page of HTML, JSON of another shape, a line that no tag can be.
pub fn read_tags(text: &str) -> Result<Vec<String>, TagTextError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.trim_start().as_bytes().first() {
        Some(b'[' | b'{') => json(text),
        Some(b'<') => Err(refuse(
            text,
            0,
            "this is a page of HTML or XML, not a list of tags",
        )),
        _ => lines(text),
    }
}

fn refuse(text: &str, at: usize, why: impl Into<String>) -> TagTextError {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    TagTextError {
        line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
        why: why.into(),
    }
}

fn lines(text: &str) -> Result<Vec<String>, TagTextError> {
    let mut tags = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let tag = line.trim();
        let stray = tag.chars().find(|c| c.is_whitespace() || c.is_control());
        if let Some(stray) = stray {
            let what = match stray.is_whitespace() {
                true => "a blank".to_owned(),
                false => format!("the control character U+{:04X}", u32::from(stray)),
            };
            return Err(TagTextError {
                line: index + 1,
                why: format!("no tag holds {what}: give one tag on each line"),
            });
        }
        if !tag.is_empty() {
            tags.push(tag.to_owned());
        }
    }
    Ok(tags)
}

/// What the tags are in, and what else stands beside them is of no interest.
fn json(text: &str) -> Result<Vec<String>, TagTextError> {
    let value: Value = serde_json::from_str(text).map_err(|error| TagTextError {
        line: error.line().max(1),
        why: match error.is_eof() {
            true => "the JSON breaks off".to_owned(),
            false => format!("this is no JSON (column {})", error.column()),
        },
    })?;
    let shape = "the JSON is no list of tags: an array of strings, or an object with `tags`";
    let list = match value {
        Value::Object(mut object) => ["tags", "Tags"]
            .iter()
            .find_map(|key| object.remove(*key))
            .ok_or_else(|| refuse(text, 0, shape))?,
        other => other,
    };
    match list {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => items
            .into_iter()
            .enumerate()
            .map(|(index, item)| match item {
                Value::String(tag) => Ok(tag),
                other => Err(refuse(
                    text,
                    0,
                    format!("tag {} of the JSON is {other}, not a string", index + 1),
                )),
            })
            .collect(),
        _ => Err(refuse(text, 0, shape)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, (usize, String)> {
        let joined = |tags: Vec<String>| tags.join(" ");
        read_tags(text)
            .map(joined)
            .map_err(|error| (error.line, error.why))
    }

    #[test]
    fn every_shape_is_read() {
        assert_eq!(read("1.0\n\n  1.1 \r\n").unwrap(), "1.0 1.1");
        assert_eq!(read("\u{feff}[\"a\", \"b\\n\"]").unwrap(), "a b\n");
        assert_eq!(read(r#"{"name":"x","tags":["a"]}"#).unwrap(), "a");
        assert_eq!(read(r#"{"Repository":"x","Tags":["a"]}"#).unwrap(), "a");
        assert_eq!(read(r#"{"name":"x","tags":null}"#).unwrap(), "");
        assert_eq!(read("").unwrap(), "");
    }

    #[test]
    fn anything_else_is_refused_at_its_line() {
        let (line, why) = read("1.0\n1.1 1.2\n").unwrap_err();
        assert_eq!((line, why.contains("a blank")), (2, true));
        let (line, why) = read("1.0\n\n\u{1b}[31m\n").unwrap_err();
        assert_eq!((line, why.contains("U+001B")), (3, true));
        assert!(read("<!DOCTYPE html>").unwrap_err().1.contains("HTML"));
        assert!(
            read("[1.10]")
                .unwrap_err()
                .1
                .contains("tag 1 of the JSON is 1.1")
        );
        assert_eq!(
            read("[\"a\",\n\"b\"").unwrap_err(),
            (2, "the JSON breaks off".to_owned())
        );
        assert_eq!(read("{\n\"a\" 1}").unwrap_err().0, 2);
        assert!(read(r#"{"errors":[]}"#).unwrap_err().1.contains("`tags`"));
    }
}
