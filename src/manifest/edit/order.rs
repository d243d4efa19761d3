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
    let within_tail = ORDERS.iter().find_map(|compare| {
        let start = sorted_tail(siblings, *compare);
        let tail = siblings.get(start..)?;
        let is_order = 2 * tail.len() > siblings.len();
        is_order.then(|| start + tail.partition_point(|s| compare(s, new) != Ordering::Greater))
    });
    within_tail.or_else(|| {
        let mut nearly = ORDERS.iter().filter(|c| is_nearly_sorted(siblings, **c));
        nearly
            .next()
            .map(|compare| least_disorder(siblings, new, *compare))
    })
}

/// Tells whether three of four neighbours are in order.
fn is_nearly_sorted(siblings: &[&str], compare: Compare) -> bool {
    let pairs = siblings.windows(2);
    let wrong = pairs
        .clone()
        .filter(|pair| !in_order(pair, compare))
        .count();
    4 * wrong <= pairs.count()
}

/// Returns the last of the places at which the fewest siblings are on the wrong side of `new`.
fn least_disorder(siblings: &[&str], new: &str, compare: Compare) -> usize {
    let (mut best, mut least, mut disorder) = (0, 0i64, 0i64);
    for (i, sibling) in siblings.iter().enumerate() {
        disorder += match compare(sibling, new) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        };
        if disorder <= least {
            (best, least) = (i + 1, disorder);
        }
    }
    best
}

/// Returns where the siblings that are in order up to the last one begin.
fn sorted_tail(siblings: &[&str], compare: Compare) -> usize {
    siblings
        .windows(2)
        .rposition(|pair| !in_order(pair, compare))
        .map_or(0, |i| i + 1)
}

fn in_order(pair: &[&str], compare: Compare) -> bool {
    match pair {
        [a, b] => compare(a, b) != Ordering::Greater,
        _ => true,
    }
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
        assert_eq!(at(&["a", "c", "e", "g", "i", "k", "m", "b", "d"], "f"), 3);
        assert_eq!(at(&[], "a"), 0);
    }
}
