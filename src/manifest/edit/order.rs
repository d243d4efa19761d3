//! Where a new sibling goes by the order of those that are there.

use std::cmp::Ordering;

use super::super::node::{Node, Value};
use super::Position;

type Compare = fn(&str, &str) -> Ordering;

/// The orders that people keep lists in, the strictest first.
const ORDERS: [Compare; 3] = [by_bytes, by_components, by_letters];

/// Returns the text that names a sibling.
pub(super) fn name_of(node: &Node) -> &str {
    match &node.target().value {
        Value::Mapping(entries) => node
            .text_at(&["name"])
            .or_else(|| entries.first()?.value.text())
            .unwrap_or_default(),
        _ => node.text().unwrap_or_default(),
    }
}

/// Returns the index at which `new` goes among `siblings`.
pub(super) fn index(siblings: &[&str], new: &str, position: Position<'_>) -> usize {
    let find = |name: &str| siblings.iter().position(|sibling| *sibling == name);
    let wanted = match position {
        Position::End => None,
        Position::Sorted => sorted(siblings, new),
        Position::After(name) => find(name).map(|i| i + 1),
        Position::Before(name) => find(name),
    };
    wanted.unwrap_or(siblings.len())
}

fn sorted(siblings: &[&str], new: &str) -> Option<usize> {
    ORDERS.iter().find_map(|compare| {
        let start = sorted_tail(siblings, *compare);
        let tail = siblings.get(start..)?;
        let is_order = 2 * tail.len() > siblings.len();
        is_order.then(|| start + tail.partition_point(|s| compare(s, new) != Ordering::Greater))
    })
}

/// Returns where the siblings that are in order up to the last one begin.
fn sorted_tail(siblings: &[&str], compare: Compare) -> usize {
    let in_order = |pair: &[&str]| match pair {
        [a, b] => compare(a, b) != Ordering::Greater,
        _ => true,
    };
    siblings
        .windows(2)
        .rposition(|pair| !in_order(pair))
        .map_or(0, |i| i + 1)
}

fn by_bytes(a: &str, b: &str) -> Ordering {
    plain(a).cmp(plain(b))
}

fn by_components(a: &str, b: &str) -> Ordering {
    plain(a).split('/').cmp(plain(b).split('/'))
}

fn by_letters(a: &str, b: &str) -> Ordering {
    plain(a).to_lowercase().cmp(&plain(b).to_lowercase())
}

/// `./a` sorts as `a`.
fn plain(text: &str) -> &str {
    text.strip_prefix("./").unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn siblings_in_order_keep_it() {
        let at = |siblings: &[&str], new| index(siblings, new, Position::Sorted);
        assert_eq!(at(&["a", "c"], "b"), 1);
        assert_eq!(at(&["./a", "c"], "./b"), 1);
        assert_eq!(at(&["namespace.yaml", "a", "c", "d"], "b"), 2);
        assert_eq!(at(&["b", "a"], "aa"), 2);
        assert_eq!(at(&["x/a", "x-y/a"], "x-z"), 2);
        assert_eq!(at(&["a", "B", "c"], "Bb"), 2);
        assert_eq!(at(&[], "a"), 0);
    }
}
