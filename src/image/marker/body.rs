//! What a marker comment says: its JSON, its policy, its part.

use std::fmt;

use serde_json::Value;

/// What a well-formed marker names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Setter {
    /// The policy's namespace.
    pub namespace: String,
    /// The policy's name.
    pub name: String,
    /// Which part of the image reference Flux writes here.
    pub part: Part,
}

/// The part of an image reference that a marker sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// `name:tag`, with the digest where the policy reflects it.
    Image,
    /// `:tag`
    Tag,
    /// `:name`
    Name,
    /// `:digest`
    Digest,
}

impl Part {
    /// Returns the word used in JSON: `image`, `tag`, `name` or `digest`.
    pub fn word(self) -> &'static str {
        match self {
            Part::Image => "image",
            Part::Tag => "tag",
            Part::Name => "name",
            Part::Digest => "digest",
        }
    }
}

impl fmt::Display for Setter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.namespace, self.name)?;
        if self.part == Part::Image {
            Ok(())
        } else {
            write!(f, ":{}", self.part.word())
        }
    }
}

/// Why Flux does not see a marker in a comment that is meant as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformation {
    /// The comment is no JSON although braces are there: single quotes, bare keys, a trailing comma.
    NotJson(String),
    /// Text stands before or behind the JSON object.
    ExtraText(String),
    /// Braces or quotes are missing.
    NoObject,
    /// The key is not exactly `$imagepolicy`.
    WrongKey(String),
    /// The value is no string, or another key's value is none.
    NotText,
    /// The value is not `namespace:name` or `namespace:name:part`.
    BadSetter(String),
    /// The part behind the name is none of `tag`, `name`, `digest`.
    UnknownSuffix(String),
    /// The value holds `${...}`, and nothing substitutes comments.
    Variable(String),
}

/// Tells whether some bytes mention image policies in any spelling.
pub(super) fn mentions_policy(bytes: &[u8]) -> bool {
    policy_word(bytes).is_some()
}

/// Finds `imagepolic`, `image-polic`, `image_polic` or `image polic` in any case.
fn policy_word(bytes: &[u8]) -> Option<usize> {
    let starts = |at: usize, word: &[u8]| {
        bytes
            .get(at..at + word.len())
            .is_some_and(|b| b.eq_ignore_ascii_case(word))
    };
    (0..bytes.len())
        .filter(|at| matches!(bytes[*at], b'i' | b'I'))
        .find(|at| {
            let gap = usize::from(
                bytes
                    .get(at + 5)
                    .is_some_and(|b| matches!(b, b'-' | b'_' | b' ')),
            );
            starts(*at, b"image") && starts(at + 5 + gap, b"polic")
        })
}

/// Tells whether a comment is meant as a marker, rather than being prose about markers or a commented-out line.
pub(super) fn is_meant(comment: &str, own_line: bool) -> bool {
    let body = comment.trim_start_matches('#').trim();
    let Some(at) = policy_word(body.as_bytes()) else {
        return false;
    };
    let before = body.get(..at).unwrap_or_default();
    let dollar = before.ends_with('$');
    let before = before
        .trim_end_matches('$')
        .trim_end_matches(['"', '\'', '`']);
    let in_braces = before.trim_end().ends_with('{') || (body.contains('{') && dollar);
    let word_end = body
        .get(at..)
        .unwrap_or_default()
        .find(|c: char| !c.is_ascii_alphabetic() && !matches!(c, '-' | '_' | ' '));
    let after = body
        .get(at + word_end.unwrap_or(0)..)
        .unwrap_or_default()
        .trim_start_matches(['"', '\'', '`'])
        .trim_start();
    let has_value = after.starts_with([':', '=']);
    if !(in_braces || (dollar && has_value)) {
        return false;
    }
    !own_line
        || before
            .trim_start_matches(['[', '{', '"', '\'', ' '])
            .is_empty()
}

/// Reads a comment, `#` included, as the controller does: all leading `#` go, the rest is one JSON object.
pub(super) fn parse(comment: &str) -> Result<Setter, Malformation> {
    let body = comment
        .trim_start_matches('#')
        .trim_matches([' ', '\t', '\r', '\n']);
    let value: Value = serde_json::from_str(body).map_err(|e| not_json(body, &e))?;
    let Value::Object(object) = value else {
        return Err(Malformation::NoObject);
    };
    let Some(setter) = object.get("$imagepolicy") else {
        let key = object
            .keys()
            .find(|k| mentions_policy(k.as_bytes()))
            .cloned();
        return Err(key.map_or(Malformation::NoObject, Malformation::WrongKey));
    };
    if !object.values().all(|v| v.is_string() || v.is_null()) {
        return Err(Malformation::NotText);
    }
    setter
        .as_str()
        .ok_or(Malformation::NotText)
        .and_then(parse_setter)
}

fn not_json(body: &str, error: &serde_json::Error) -> Malformation {
    let (Some(open), Some(close)) = (body.find('{'), body.rfind('}')) else {
        return Malformation::NoObject;
    };
    let object = body.get(open..=close).unwrap_or_default();
    if object.len() < body.len() && serde_json::from_str::<Value>(object).is_ok() {
        let outside = format!(
            "{}{}",
            body.get(..open).unwrap_or_default(),
            body.get(close + 1..).unwrap_or_default()
        );
        return Malformation::ExtraText(outside.trim().to_owned());
    }
    Malformation::NotJson(json_fault(object, error))
}

/// Says in words what most often is wrong with the JSON.
fn json_fault(object: &str, error: &serde_json::Error) -> String {
    if object.contains('\'') && !object.contains('"') {
        return "JSON wants double quotes, not single ones".to_owned();
    }
    if object.matches('{').count() > 1 {
        return "more than one object".to_owned();
    }
    let text = error.to_string();
    text.split(" at line ")
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn parse_setter(raw: &str) -> Result<Setter, Malformation> {
    let bad = || Malformation::BadSetter(raw.to_owned());
    if raw.contains("${") {
        return Err(Malformation::Variable(raw.to_owned()));
    }
    if raw.contains(['/', '#', '?', '~']) {
        return Err(bad());
    }
    let text = percent_decoded(raw).ok_or_else(bad)?;
    let pieces: Vec<&str> = text.split(':').collect();
    let (namespace, name, suffix) = match pieces.as_slice() {
        [namespace, name] => (namespace, name, None),
        [namespace, name, suffix] => (namespace, name, Some(*suffix)),
        _ => return Err(bad()),
    };
    let is_name = |s: &str| !s.is_empty() && !s.contains(char::is_whitespace);
    if !is_name(namespace) || !is_name(name) {
        return Err(bad());
    }
    let part = match suffix {
        None => Part::Image,
        Some("tag") => Part::Tag,
        Some("name") => Part::Name,
        Some("digest") => Part::Digest,
        Some(other) => return Err(Malformation::UnknownSuffix(other.to_owned())),
    };
    Ok(Setter {
        namespace: (*namespace).to_owned(),
        name: (*name).to_owned(),
        part,
    })
}

/// Decodes `%3A` and the like, as Go's URL parser does with the reference that the setter becomes.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(b) = rest.next() {
        if b != b'%' {
            bytes.push(b);
            continue;
        }
        let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
        let value = digit(rest.next())? * 16 + digit(rest.next())?;
        bytes.push(u8::try_from(value).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// Yields the would-be comments in the text of a block scalar, with their offset.
pub(super) fn lines_with_marker(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices("$imagepolicy").filter_map(|(at, _)| {
        let line_start = text.get(..at)?.rfind('\n').map_or(0, |n| n + 1);
        let start = line_start + text.get(line_start..at)?.rfind('#')?;
        let end = text.get(at..)?.find('\n').map_or(text.len(), |n| at + n);
        Some((start, text.get(start..end)?.trim_end()))
    })
}
