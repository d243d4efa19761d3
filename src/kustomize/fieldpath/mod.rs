//! Field paths of replacements: `spec.template.spec.containers.[name=app].env.0.value` (kyaml 0.21
//! `SmarterPathSplitter`, `PathGetter`, `PathMatcher`).

mod find;

pub(crate) use find::{Match, find_all};

use crate::manifest::{Node, Resolved, Scalar, ScalarStyle, Schema, Tag, Value, to_yaml};

/// What kind of node to make where a path leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A scalar.
    Scalar,
    /// A mapping.
    Mapping,
    /// A sequence.
    Sequence,
}

impl Kind {
    /// Returns the kind of a node.
    pub(crate) fn of(node: &Node) -> Self {
        match node.target().value {
            Value::Mapping(_) => Kind::Mapping,
            Value::Sequence(_) => Kind::Sequence,
            Value::Scalar(_) | Value::Alias(_) => Kind::Scalar,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Scalar => "ScalarNode",
            Kind::Mapping => "MappingNode",
            Kind::Sequence => "SequenceNode",
        }
    }

    fn empty(self) -> Node {
        match self {
            Kind::Scalar => Node::plain(""),
            Kind::Mapping => Node::mapping(),
            Kind::Sequence => Node::sequence(Vec::new()),
        }
    }
}

/// Splits a path at its dots. `\.` is a dot, and so is a dot in brackets; brackets that select an element stay.
pub(crate) fn split(path: &str) -> Vec<String> {
    let parts = split_at_dots(path);
    let mut result = Vec::with_capacity(parts.len());
    let mut rest = parts.into_iter();
    while let Some(mut part) = rest.next() {
        if !part.starts_with('[') || part.ends_with(']') {
            result.push(part);
            continue;
        }
        for next in rest.by_ref() {
            part.push('.');
            part.push_str(&next);
            if next.ends_with(']') {
                break;
            }
        }
        let is_element = part.contains('=');
        result.push(if is_element {
            part
        } else {
            part.trim_matches(['[', ']']).to_owned()
        });
    }
    result
}

fn split_at_dots(path: &str) -> Vec<String> {
    let mut pieces = path.split('.').peekable();
    if path.starts_with('.') {
        pieces.next();
    }
    let mut parts: Vec<String> = Vec::new();
    for piece in pieces {
        match parts.last_mut().filter(|last| last.ends_with('\\')) {
            Some(last) => {
                last.pop();
                last.push('.');
                last.push_str(piece);
            }
            None => parts.push(piece.to_owned()),
        }
    }
    parts
}

/// A part of a path.
enum Part<'p> {
    Index(usize),
    /// `[field=value]`; the field is empty for scalars.
    Element(&'p str, &'p str),
    Every,
    Field(&'p str),
}

impl<'p> Part<'p> {
    fn read(part: &'p str) -> Result<Self, String> {
        if let Some(index) = part
            .parse::<i64>()
            .ok()
            .and_then(|i| usize::try_from(i).ok())
        {
            return Ok(Part::Index(index));
        }
        if part == "*" {
            return Ok(Part::Every);
        }
        if !(part.starts_with('[') && part.ends_with(']')) {
            return Ok(Part::Field(part));
        }
        let inner = part.strip_suffix(']').unwrap_or(part);
        let inner = inner.strip_prefix('[').unwrap_or(inner);
        let (field, value) = inner
            .split_once('=')
            .ok_or("list path element must contain fieldName=fieldValue for element to match")?;
        Ok(Part::Element(field, value))
    }
}

/// A step to a node that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// To the value of a key.
    Key(String),
    /// To an element.
    Index(usize),
}

/// Finds the one node that a path without wildcards names: elements are selected by equality, `-` is the last one.
///
/// # Errors
/// The path goes through the wrong kind of node, or says what a plain look-up does not know.
pub(crate) fn locate(node: &Node, path: &[String]) -> Result<Option<Vec<Step>>, String> {
    let mut steps = Vec::with_capacity(path.len());
    let mut node = node;
    for part in path.iter().map(|p| p.trim()).filter(|p| !p.is_empty()) {
        let Some((step, next)) = look(node, part)? else {
            return Ok(None);
        };
        steps.push(step);
        node = next;
    }
    Ok(Some(steps))
}

fn look<'n>(node: &'n Node, part: &str) -> Result<Option<(Step, &'n Node)>, String> {
    if part.parse::<i64>().is_ok_and(|i| i < 0) {
        return Err(format!("array index {part} cannot be negative"));
    }
    let at = |items: &'n [Node], index: usize| items.get(index).map(|n| (Step::Index(index), n));
    if part == "-" {
        let items = elements(node)?;
        return Ok(at(items, items.len().wrapping_sub(1)));
    }
    match Part::read(part)? {
        Part::Index(index) => Ok(at(elements(node)?, index)),
        Part::Every => Err("wildcard is not supported in PathGetter".to_owned()),
        Part::Element(field, value) => {
            let items = elements(node)?;
            let text = |n: &Node| n.text().unwrap_or_default() == value;
            let fits = |item: &Node| match field {
                "" => text(item),
                field => item.get(field).is_some_and(text),
            };
            Ok(items.iter().position(fits).and_then(|i| at(items, i)))
        }
        Part::Field(name) => Ok(field(node, name)?.map(|n| (Step::Key(name.to_owned()), n))),
    }
}

/// Returns the node that [`locate`] found.
pub(crate) fn follow<'n>(node: &'n Node, steps: &[Step]) -> Option<&'n Node> {
    steps.iter().try_fold(node, |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Index(index) => node.items()?.get(*index),
    })
}

/// Returns the node that [`locate`] found, for change.
pub(crate) fn follow_mut<'n>(node: &'n mut Node, steps: &[Step]) -> Option<&'n mut Node> {
    steps.iter().try_fold(node, |node, step| match step {
        Step::Key(key) => node.get_mut(key),
        Step::Index(index) => node.items_mut()?.get_mut(*index),
    })
}

/// Returns a node as go-yaml v3 writes it; scalars keep their quotes.
pub(crate) fn spelled(node: &Node) -> String {
    let Value::Scalar(Scalar { text, style }) = &node.target().value else {
        return to_yaml(node).unwrap_or_default().trim().to_owned();
    };
    match style {
        ScalarStyle::DoubleQuoted => double_quoted(text),
        ScalarStyle::SingleQuoted => format!("'{}'", text.replace('\'', "''")),
        ScalarStyle::Literal if text.is_empty() => double_quoted(text),
        _ if node.tag == Tag::Str && !reads_as_string(text) => double_quoted(text),
        _ => text.to_string(),
    }
}

fn reads_as_string(text: &str) -> bool {
    matches!(
        Node::plain(text).resolve(Schema::Kustomize),
        Ok(Resolved::Str(_))
    )
}

fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn elements(node: &Node) -> Result<&[Node], String> {
    match node.items() {
        Some(items) => Ok(items),
        None if node.is_null() => Ok(&[]),
        None => Err(wrong_kind(Kind::Sequence, node)),
    }
}

fn field<'n>(node: &'n Node, name: &str) -> Result<Option<&'n Node>, String> {
    if node.is_null() {
        return Ok(None);
    }
    if name.is_empty() {
        return match node.scalar() {
            Some(_) => Ok(Some(node).filter(|n| n.text() == Some(""))),
            None => Err(wrong_kind(Kind::Scalar, node)),
        };
    }
    if !node.is_mapping() {
        return Err(wrong_kind(Kind::Mapping, node));
    }
    Ok(node.get(name))
}

fn wrong_kind(expected: Kind, node: &Node) -> String {
    let (expected, found) = (expected.name(), Kind::of(node).name());
    format!(
        "wrong node kind: expected {expected} but got {found}: node contents:\n{}\n",
        spelled(node)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_split_like_kyamls() {
        for (path, parts) in [
            ("a.b.c", vec!["a", "b", "c"]),
            (".a.b", vec!["a", "b"]),
            ("a\\.b.c", vec!["a.b", "c"]),
            (
                "metadata.annotations.[a.b/c.d]",
                vec!["metadata", "annotations", "a.b/c.d"],
            ),
            ("x.[name=a.b].y", vec!["x", "[name=a.b]", "y"]),
            ("x.[a].y", vec!["x", "[a]", "y"]),
            ("x.[=a b].0.*", vec!["x", "[=a b]", "0", "*"]),
            ("", vec![""]),
            ("a..b", vec!["a", "", "b"]),
            ("[a.b", vec!["a.b"]),
        ] {
            assert_eq!(split(path), parts, "{path}");
        }
    }
}
