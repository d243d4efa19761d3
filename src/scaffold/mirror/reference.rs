//! Anchors and aliases, where siblings write the same value at the same places with them: `name: &app x`, `APP: *app`.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::manifest::{Node, Value};
use crate::scaffold::spec::ServiceSpec;

use super::example::Example;
use super::piece::{Content, Piece, Text};
use super::vote::DEEPEST;

type Path = Vec<SmolStr>;

/// Gives the new object the anchors and aliases that more than half of the examples have, where the values agree.
pub(super) fn refer(object: &mut Piece, examples: &[Example<'_>], spec: &ServiceSpec) {
    let mut uses: BTreeMap<(Path, SmolStr), usize> = BTreeMap::new();
    for example in examples {
        let mut found = Vec::new();
        aliases(example, example.raw, spec, &mut Vec::new(), &mut found);
        for key in found {
            *uses.entry(key).or_default() += 1;
        }
    }
    let usual = uses
        .into_iter()
        .filter(|(_, count)| count * 2 > examples.len());
    for ((path, name), _) in usual.collect::<Vec<_>>() {
        let Some(target) = anchored(examples, &name, spec) else {
            continue;
        };
        let same = {
            let (a, b) = (find(object, &target), find(object, &path));
            a.and_then(value)
                .is_some_and(|a| b.and_then(value) == Some(a))
        };
        if same && comes_before(object, &target, &path) {
            set(object, &target, format!("&{name}"));
            set(object, &path, format!("*{name}"));
        }
    }
}

fn value(piece: &Piece) -> Option<(&str, bool)> {
    match &piece.content {
        Content::Scalar(Text {
            text, is_string, ..
        }) => Some((text, *is_string)),
        _ => None,
    }
}

/// Collects the places of aliases of scalars, each with the name of its anchor.
fn aliases(
    example: &Example<'_>,
    node: &Node,
    spec: &ServiceSpec,
    path: &mut Path,
    found: &mut Vec<(Path, SmolStr)>,
) {
    if path.len() > DEEPEST {
        return;
    }
    match &node.value {
        Value::Alias(target) if target.scalar().is_some() => {
            let text = example.source.slice(node.place.span);
            let name = text.trim_start_matches('*').trim();
            if !name.is_empty() {
                found.push((path.clone(), name.into()));
            }
        }
        Value::Mapping(entries) => {
            for entry in entries.iter() {
                let Some(key) = example.key(&entry.key, spec) else {
                    continue;
                };
                path.push(key);
                aliases(example, &entry.value, spec, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

/// Returns the place of the anchor of this name in most examples.
fn anchored(examples: &[Example<'_>], name: &str, spec: &ServiceSpec) -> Option<Path> {
    let mark = format!("&{name} ");
    let mut counts: BTreeMap<Path, usize> = BTreeMap::new();
    for example in examples {
        let mut path = Vec::new();
        if anchor(example, example.raw, spec, &mark, &mut path) {
            *counts.entry(path).or_default() += 1;
        }
    }
    let (path, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    (count * 2 > examples.len()).then_some(path)
}

fn anchor(
    example: &Example<'_>,
    node: &Node,
    spec: &ServiceSpec,
    mark: &str,
    path: &mut Path,
) -> bool {
    if path.len() > DEEPEST {
        return false;
    }
    match &node.value {
        Value::Scalar(_) => {
            let start = node.place.span.start as usize;
            let before = example.source.text.get(..start).unwrap_or_default();
            before.ends_with(mark)
        }
        Value::Mapping(entries) => entries.iter().any(|entry| {
            let Some(key) = example.key(&entry.key, spec) else {
                return false;
            };
            path.push(key);
            let found = anchor(example, &entry.value, spec, mark, path);
            if !found {
                path.pop();
            }
            found
        }),
        _ => false,
    }
}

fn find<'p>(object: &'p Piece, path: &[SmolStr]) -> Option<&'p Piece> {
    path.iter().try_fold(object, |piece, key| piece.get(key))
}

fn comes_before(object: &Piece, first: &[SmolStr], second: &[SmolStr]) -> bool {
    let place = |path: &[SmolStr]| -> Vec<usize> {
        let mut piece = object;
        let mut places = Vec::new();
        for key in path {
            let Content::Map(pieces) = &piece.content else {
                break;
            };
            let Some(at) = pieces.iter().position(|p| p.key == *key) else {
                break;
            };
            places.push(at);
            if let Some(next) = pieces.get(at) {
                piece = next;
            }
        }
        places
    };
    place(first) < place(second)
}

fn set(object: &mut Piece, path: &[SmolStr], reference: String) {
    let mut piece = object;
    for key in path {
        let Content::Map(pieces) = &mut piece.content else {
            return;
        };
        let Some(next) = pieces.iter_mut().find(|p| p.key == *key) else {
            return;
        };
        piece = next;
    }
    piece.reference = Some(reference.into());
}
