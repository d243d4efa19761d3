//! A route through a document, such as `spec.template.spec.containers[0].image`: to its node and back.

use std::fmt;
use std::str::FromStr;

use super::node::{Node, Value};

/// A sequence of keys and indices from the root of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Route(pub Vec<Step>);

/// One step of a route.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// The value of a key.
    Key(String),
    /// An item of a sequence, from 0.
    Index(usize),
}

impl Route {
    /// Returns the node at the end of this route.
    pub fn find<'n>(&self, root: &'n Node) -> Option<&'n Node> {
        self.0.iter().try_fold(root, |node, step| match step {
            Step::Key(key) => node.get(key),
            Step::Index(index) => node.items()?.get(*index),
        })
    }

    /// Returns the route to the innermost node of `root`'s file whose span holds `offset`; a key counts for its value.
    pub fn to(root: &Node, offset: usize) -> Route {
        let mut steps = Vec::new();
        let mut node = root;
        while let Some((step, next)) = step_towards(node, offset) {
            steps.push(step);
            node = next;
        }
        Route(steps)
    }

    /// Returns the route without its last step.
    pub fn parent(&self) -> Route {
        Route(self.0[..self.0.len().saturating_sub(1)].to_vec())
    }
}

fn step_towards(node: &Node, offset: usize) -> Option<(Step, &Node)> {
    match &node.value {
        Value::Mapping(entries) => entries.iter().find_map(|entry| {
            let within =
                entry.key.place.span.contains(offset) || entry.value.place.span.contains(offset);
            within.then(|| {
                (
                    Step::Key(entry.key.text().unwrap_or_default().to_owned()),
                    &entry.value,
                )
            })
        }),
        Value::Sequence(items) => {
            let index = items
                .iter()
                .position(|item| item.place.span.contains(offset))?;
            items.get(index).map(|item| (Step::Index(index), item))
        }
        Value::Scalar(_) | Value::Alias(_) => None,
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if is_simple(key) && i == 0 => write!(f, "{key}")?,
                Step::Key(key) if is_simple(key) => write!(f, ".{key}")?,
                Step::Key(key) => write!(f, "[{}]", quoted(key))?,
            }
        }
        Ok(())
    }
}

fn is_simple(key: &str) -> bool {
    !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

fn quoted(key: &str) -> String {
    format!("\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\""))
}

impl FromStr for Route {
    type Err = String;

    /// Reads the form that `Display` writes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (step, tail) = match rest.strip_prefix('[') {
                Some(inner) => {
                    bracketed(inner).ok_or_else(|| format!("unclosed `[` in route `{text}`"))?
                }
                None => {
                    let end = rest.find(['.', '[']).unwrap_or(rest.len());
                    (Step::Key(rest[..end].to_owned()), &rest[end..])
                }
            };
            steps.push(step);
            rest = tail.strip_prefix('.').unwrap_or(tail);
        }
        Ok(Route(steps))
    }
}

/// Reads `0]...` or `"key"]...` and returns the step and what follows the bracket.
fn bracketed(inner: &str) -> Option<(Step, &str)> {
    let Some(body) = inner.strip_prefix('"') else {
        let (number, tail) = inner.split_once(']')?;
        return Some((Step::Index(number.parse().ok()?), tail));
    };
    let mut key = String::new();
    let mut chars = body.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => key.push(chars.next()?.1),
            '"' => return Some((Step::Key(key), body[at + 1..].strip_prefix(']')?)),
            _ => key.push(c),
        }
    }
    None
}
