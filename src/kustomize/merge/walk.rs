//! Walks object and patch side by side.

use std::sync::Arc;

use super::MergeError;
use super::directive::{self, Directive};
use super::list::{self, Second};
use super::schema::Schema;
use crate::kustomize::style;
use crate::manifest::{Entry, Node, Scalar, ScalarStyle, Tag, Value};

/// What becomes of one node.
#[derive(Debug)]
pub(super) enum Change {
    Keep,
    Set(Node),
    Drop,
}

/// The result of merging two nodes. It matters in lists which of the two kyaml goes on with.
#[derive(Debug)]
pub(super) enum Walked {
    /// The object's node, changed.
    Target(Change),
    /// The patch's node instead.
    Patch(Node),
}

type Result<T> = std::result::Result<T, MergeError>;

/// Deeper than any manifest, and far from the end of a thread's stack.
const MAX_DEPTH: usize = 200;

/// Merges a node of the patch into one of the object.
pub(super) fn merge(target: &Node, patch: &Node, schema: Schema, depth: usize) -> Result<Walked> {
    let deeper = descend(depth)?;
    let (target, patch) = (target.target(), patch.target());
    if patch.is_null() {
        return Ok(Walked::Target(Change::Drop));
    }
    let schema = schema.or_named_by([target, patch]);
    if target.is_null() {
        let change = adopt(patch, schema, true, depth)?;
        return Ok(taken(patch, change));
    }
    match (&target.value, &patch.value) {
        (Value::Mapping(old), Value::Mapping(_)) => mappings(target, old, patch, schema, deeper),
        (Value::Sequence(old), Value::Sequence(new)) => {
            sequences(target, old, patch, new, schema, deeper)
        }
        (Value::Scalar(_), Value::Scalar(_)) => Ok(Walked::Patch(patch.clone())),
        _ => Err(wrong_kind(target, patch)),
    }
}

fn mappings(
    target: &Node,
    old: &[Entry],
    patch: &Node,
    schema: Schema,
    depth: usize,
) -> Result<Walked> {
    let new = patch.entries().unwrap_or_default();
    let directive = directive::of_mapping(patch)?;
    match directive {
        Some(Directive::Delete) => Ok(Walked::Target(Change::Drop)),
        Some(Directive::Replace) => {
            let change = adopt_fields(patch, new, true, schema, depth)?;
            Ok(taken(patch, change))
        }
        Some(Directive::Merge) | None => {
            fields(target, old, new, directive.is_some(), schema, depth).map(Walked::Target)
        }
    }
}

fn fields(
    target: &Node,
    old: &[Entry],
    new: &[Entry],
    has_directive: bool,
    schema: Schema,
    depth: usize,
) -> Result<Change> {
    let mut errors = FirstError::default();
    let mut rewritten = rewrite(old, &mut errors, |entry, name| {
        let schema = schema.field(name);
        let Some(patch) = new.iter().find(|e| key(e) == name) else {
            return settle(&entry.value, schema, depth);
        };
        match merge(&entry.value, &patch.value, schema, depth)? {
            Walked::Target(change) => Ok(change),
            Walked::Patch(node) => Ok(Change::Set(restyled(node, &entry.value))),
        }
    });
    for entry in new {
        let name = key(entry);
        let ignored = has_directive && directive::is_directive(entry);
        if ignored || old.iter().any(|e| key(e) == name) {
            continue;
        }
        let adopted = adopt(&entry.value, schema.field(name), true, depth)
            .and_then(|change| set(entry, change));
        let added = match errors.pass(name, adopted) {
            Change::Keep => entry.clone(),
            Change::Set(value) => with_value(entry, value),
            Change::Drop => continue,
        };
        rewritten.get_or_insert_with(|| old.to_vec()).push(added);
    }
    errors.result()?;
    Ok(mapping_change(target, rewritten))
}

fn sequences(
    target: &Node,
    old: &[Node],
    patch: &Node,
    new: &[Node],
    schema: Schema,
    depth: usize,
) -> Result<Walked> {
    let Some((list, element)) = schema.elements() else {
        return Ok(Walked::Patch(patch.clone()));
    };
    let directive = directive::of_list(new)?;
    let stripped = directive.map(|d| directive::without(new, d));
    let new = stripped.as_deref().unwrap_or(new);
    match directive {
        Some(Directive::Delete) => Ok(Walked::Target(Change::Drop)),
        Some(Directive::Replace) => {
            let items = list::merge(new, Second::Same, list, element, depth)?;
            let items = items.unwrap_or_else(|| new.to_vec());
            Ok(Walked::Patch(with_items(patch, items)))
        }
        Some(Directive::Merge) | None => {
            let items = list::merge(old, Second::Patch(new), list, element, depth)?;
            Ok(Walked::Target(sequence_change(target, items)))
        }
    }
}

/// Tidies a part of the object that the patch does not mention: kyaml removes fields without value and merges elements
/// with the same key wherever it passes.
pub(super) fn settle(target: &Node, schema: Schema, depth: usize) -> Result<Change> {
    let depth = descend(depth)?;
    let target = target.target();
    match &target.value {
        Value::Scalar(scalar) if scalar.text.is_empty() && target.is_null() => Ok(Change::Drop),
        Value::Mapping(old) => {
            let schema = schema.or_named_by([target]);
            let mut errors = FirstError::default();
            let tidied = rewrite(old, &mut errors, |entry, name| {
                settle(&entry.value, schema.field(name), depth)
            });
            errors.result()?;
            Ok(mapping_change(target, tidied))
        }
        Value::Sequence(old) => {
            let Some((list, element)) = schema.elements() else {
                return Ok(Change::Keep);
            };
            let items = list::merge(old, Second::None, list, element, depth)?;
            Ok(sequence_change(target, items))
        }
        _ => Ok(Change::Keep),
    }
}

/// Prepares a part of the patch that the object does not have: kyaml merges it with itself, which carries out its
/// directives and drops its nulls. `first` is the topmost such node, where kyaml is more lenient.
pub(super) fn adopt(patch: &Node, schema: Schema, first: bool, depth: usize) -> Result<Change> {
    let depth = descend(depth)?;
    let patch = patch.target();
    match &patch.value {
        Value::Mapping(entries) => {
            let schema = schema.or_named_by([patch]);
            let directive = match directive::of_mapping(patch) {
                Err(_) if first => None,
                other => other?,
            };
            match directive {
                Some(Directive::Delete) => Ok(Change::Drop),
                _ => adopt_fields(patch, entries, directive.is_some(), schema, depth),
            }
        }
        Value::Sequence(items) => adopt_list(patch, items, schema, first, depth),
        _ if patch.is_null() => Ok(Change::Drop),
        _ => Ok(Change::Keep),
    }
}

fn adopt_fields(
    patch: &Node,
    entries: &[Entry],
    has_directive: bool,
    schema: Schema,
    depth: usize,
) -> Result<Change> {
    let mut errors = FirstError::default();
    let rewritten = rewrite(entries, &mut errors, |entry, name| {
        if has_directive && directive::is_directive(entry) {
            return Ok(Change::Drop);
        }
        adopt(&entry.value, schema.field(name), false, depth)
    });
    errors.result()?;
    Ok(mapping_change(patch, rewritten))
}

fn adopt_list(
    patch: &Node,
    items: &[Node],
    schema: Schema,
    first: bool,
    depth: usize,
) -> Result<Change> {
    let Some((list, element)) = schema.elements() else {
        return Ok(Change::Keep);
    };
    let directive = if first {
        None
    } else {
        directive::of_list(items)?
    };
    if directive == Some(Directive::Delete) {
        return Ok(Change::Drop);
    }
    let stripped = directive.map(|d| directive::without(items, d));
    let own = stripped.as_deref().unwrap_or(items);
    let merged = list::merge(own, Second::Same, list, element, depth)?;
    Ok(sequence_change(patch, merged.or(stripped)))
}

/// Applies `change` to every entry. Returns nothing where nothing changes, and copies only from the first change on.
fn rewrite(
    entries: &[Entry],
    errors: &mut FirstError,
    mut change: impl FnMut(&Entry, &str) -> Result<Change>,
) -> Option<Vec<Entry>> {
    let mut result: Option<Vec<Entry>> = None;
    for (i, entry) in entries.iter().enumerate() {
        let change = change(entry, key(entry)).and_then(|change| set(entry, change));
        let change = errors.pass(key(entry), change);
        if matches!(change, Change::Keep) && result.is_none() {
            continue;
        }
        let result = result.get_or_insert_with(|| entries.iter().take(i).cloned().collect());
        match change {
            Change::Keep => result.push(entry.clone()),
            Change::Set(value) => result.push(with_value(entry, value)),
            Change::Drop => {}
        }
    }
    result
}

/// Sets the value of a field as kyaml's `FieldSetter` does: it quotes strings that YAML 1.1 takes for something else, and
/// thinks that a field without name means the node itself.
fn set(entry: &Entry, change: Change) -> Result<Change> {
    if key(entry).is_empty() {
        return Err(wrong_kind(&Node::plain(""), &Node::mapping()));
    }
    Ok(match change {
        Change::Keep => style::quoted(&entry.value).map_or(Change::Keep, Change::Set),
        change => change,
    })
}

/// The error that kyaml would report: that of the field first by name, for it visits them sorted.
#[derive(Default)]
struct FirstError(Option<(String, MergeError)>);

impl FirstError {
    fn pass(&mut self, name: &str, result: Result<Change>) -> Change {
        result.unwrap_or_else(|error| {
            if self
                .0
                .as_ref()
                .is_none_or(|(first, _)| name < first.as_str())
            {
                self.0 = Some((name.to_owned(), error));
            }
            Change::Keep
        })
    }

    fn result(self) -> Result<()> {
        self.0.map_or(Ok(()), |(_, error)| Err(error))
    }
}

/// Gives a scalar of the patch the style of the one that it replaces, as kyaml does: a number that replaces a quoted
/// string becomes a string, and a string stays one.
fn restyled(mut node: Node, old: &Node) -> Node {
    let (Value::Scalar(new), Some(old)) = (&mut node.value, old.scalar()) else {
        return node;
    };
    if old.style == ScalarStyle::Plain && new.style != ScalarStyle::Plain && node.tag == Tag::None {
        node.tag = Tag::Str;
    }
    *new = Scalar {
        text: new.text.clone(),
        style: old.style,
    };
    node
}

fn taken(patch: &Node, change: Change) -> Walked {
    match change {
        Change::Keep => Walked::Patch(patch.clone()),
        Change::Set(node) => Walked::Patch(node),
        Change::Drop => Walked::Target(Change::Drop),
    }
}

fn mapping_change(node: &Node, entries: Option<Vec<Entry>>) -> Change {
    entries.map_or(Change::Keep, |entries| {
        Change::Set(Node {
            value: Value::Mapping(Arc::new(entries)),
            tag: node.tag,
            place: node.place,
        })
    })
}

fn sequence_change(node: &Node, items: Option<Vec<Node>>) -> Change {
    items.map_or(Change::Keep, |items| Change::Set(with_items(node, items)))
}

fn with_items(node: &Node, items: Vec<Node>) -> Node {
    Node {
        value: Value::Sequence(Arc::new(items)),
        tag: node.tag,
        place: node.place,
    }
}

fn with_value(entry: &Entry, value: Node) -> Entry {
    Entry {
        key: entry.key.clone(),
        value,
    }
}

fn key(entry: &Entry) -> &str {
    entry.key.text().unwrap_or_default()
}

fn descend(depth: usize) -> Result<usize> {
    if depth < MAX_DEPTH {
        Ok(depth + 1)
    } else {
        Err(MergeError::TooDeep)
    }
}

pub(super) fn wrong_kind(expected: &Node, found: &Node) -> MergeError {
    MergeError::WrongKind {
        expected: kind_name(expected),
        found: kind_name(found),
    }
}

fn kind_name(node: &Node) -> &'static str {
    match node.target().value {
        Value::Mapping(_) => "MappingNode",
        Value::Sequence(_) => "SequenceNode",
        Value::Scalar(_) | Value::Alias(_) => "ScalarNode",
    }
}
