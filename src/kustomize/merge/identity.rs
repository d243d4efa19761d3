//! What identifies the elements of a list: the texts of their merge keys.

use smol_str::SmolStr;

use super::MergeError;
use super::walk;
use crate::manifest::{Node, Value};

/// One text for every merge key.
pub(super) type Values = Vec<SmolStr>;

type Result<T> = std::result::Result<T, MergeError>;

/// Tells whether every element has the keys that any has, and no two elements share their values. In such a list kyaml's
/// steps come to nothing.
pub(super) fn is_clean(items: &[Node], keys: &[&str]) -> bool {
    if keys.is_empty() {
        let scalars = items.iter().all(|n| n.scalar().is_some() && !n.is_null());
        return scalars && distinct(items, |a, b| a.text() != b.text());
    }
    let used = |key: &&&str| items.iter().any(|item| !identity(item, key).is_empty());
    let used: Vec<&str> = keys.iter().filter(used).copied().collect();
    let whole = |item: &Node| used.iter().all(|key| !identity(item, key).is_empty());
    (items.is_empty() || !used.is_empty())
        && items.iter().all(whole)
        && distinct(items, |a, b| {
            used.iter().any(|key| identity(a, key) != identity(b, key))
        })
}

fn distinct(items: &[Node], differ: impl Fn(&Node, &Node) -> bool) -> bool {
    let mut rest = items.iter();
    while let Some(item) = rest.next() {
        if !rest.clone().all(|other| differ(item, other)) {
            return false;
        }
    }
    true
}

/// Tells whether an element has the values; an empty value fits any value of the key.
pub(super) fn matches(node: &Node, keys: &[&str], values: &[SmolStr]) -> Result<bool> {
    if values.is_empty() {
        return Ok(false);
    }
    for (key, value) in keys.iter().zip(values) {
        let fits = if key.is_empty() {
            scalar(node)? == value
        } else {
            field(node, key)?.is_some_and(|n| value.is_empty() || raw(n) == value)
        };
        if !fits {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Takes elements that differ only in values that one of them does not give for the same, such as ports with and
/// without protocol.
pub(super) fn unite(values: &mut [Values]) {
    for i in 0..values.len() {
        let Some(first) = values.get(i).cloned() else {
            continue;
        };
        for j in 0..values.len() {
            let Some(both) = values.get(j).and_then(|second| united(&first, second)) else {
                continue;
            };
            for slot in [i, j] {
                if let Some(slot) = values.get_mut(slot) {
                    slot.clone_from(&both);
                }
            }
        }
    }
}

fn united(a: &[SmolStr], b: &[SmolStr]) -> Option<Values> {
    let both = a
        .iter()
        .zip(b)
        .map(|(a, b)| match (a.is_empty(), b.is_empty()) {
            _ if a == b => Some(a),
            (true, _) => Some(b),
            (_, true) => Some(a),
            _ => None,
        });
    let both: Values = both.map(|v| v.cloned()).collect::<Option<_>>()?;
    a.iter().zip(b).any(|(a, b)| a == b).then_some(both)
}

pub(super) fn pick<T: Clone>(values: &[T], indices: &[usize]) -> Vec<T> {
    let get = |i: &usize| values.get(*i).cloned();
    indices.iter().filter_map(get).collect()
}

/// Returns what identifies an element: the text of the key's value, or of the element itself; nothing for a null.
pub(super) fn identity<'n>(item: &'n Node, key: &str) -> &'n str {
    if key.is_empty() {
        return raw(item);
    }
    item.get(key).filter(|n| !n.is_null()).map_or("", raw)
}

/// Returns the text of a scalar, nulls included; nothing for other nodes.
pub(super) fn raw(node: &Node) -> &str {
    node.text().unwrap_or_default()
}

pub(super) fn field<'n>(node: &'n Node, key: &str) -> Result<Option<&'n Node>> {
    if node.is_null() || node.is_mapping() {
        return Ok(node.get(key));
    }
    Err(walk::wrong_kind(&Node::mapping(), node))
}

fn scalar(node: &Node) -> Result<&str> {
    node.text()
        .ok_or_else(|| walk::wrong_kind(&Node::plain(""), node))
}

pub(super) fn says_nothing(node: &Node) -> bool {
    match &node.target().value {
        Value::Mapping(entries) => entries.is_empty(),
        _ => node.is_null(),
    }
}
