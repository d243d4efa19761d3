//! How YAML is written: document starts, lists, quotes, order of keys, comments for editors.

use std::collections::BTreeMap;

use crate::manifest::{Node, Place, ScalarStyle, SourceFile, Value};
use crate::scaffold::layout::Role;

use super::files::ROLES;
use super::learnt::{Learnt, Siblings};
use super::sibling::{Sibling, SiblingFile, root};

/// How YAML is written.
#[derive(Clone, Debug, Default)]
pub struct Text {
    /// Whether files begin with `---`.
    pub document_start: Option<Learnt<bool>>,
    /// Whether the dashes of a list stand further in than its key.
    pub indented_lists: Option<Learnt<bool>>,
    /// How scalars are quoted where they are.
    pub quotes: Option<Learnt<ScalarStyle>>,
    /// The comment for editors (`# yaml-language-server: ...`) in the file with each role.
    pub modelines: BTreeMap<Role, Learnt<String>>,
    /// The order of all keys that occur in objects with each role.
    pub keys: BTreeMap<Role, KeyOrder>,
}

/// The keys of objects, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyOrder {
    /// Those of `metadata`.
    pub metadata: Option<Learnt<Vec<String>>>,
    /// Those of `spec`.
    pub spec: Option<Learnt<Vec<String>>>,
}

/// Larger files are not written by hand.
const LARGEST: usize = 32 << 10;

const MODELINE: &str = "# yaml-language-server:";

impl Text {
    pub(super) fn learn(circle: &Siblings<'_>) -> Self {
        let mut text = Text {
            document_start: circle.learn_nearest(|s| most(s, document_start)),
            indented_lists: circle.learn_nearest(|s| most(s, |f| indented_list(&f.source))),
            quotes: circle.learn_nearest(|s| most(s, |f| quotes(&f.source))),
            ..Text::default()
        };
        for role in ROLES {
            let modeline = circle.learn(|s| s.with(role).find_map(|f| modeline(&f.source)));
            text.modelines.extend(modeline.map(|m| (role, m)));
            let order = KeyOrder {
                metadata: circle.learn_order(|s| keys(s, role, "metadata")),
                spec: circle.learn_order(|s| keys(s, role, "spec")),
            };
            if order.metadata.is_some() {
                text.keys.insert(role, order);
            }
        }
        text
    }
}

/// Returns what most files of a sibling have.
fn most<T: PartialEq>(
    sibling: &Sibling<'_>,
    ask: impl Fn(&SiblingFile<'_>) -> Option<(T, Place)>,
) -> Option<(T, Place)> {
    let own = sibling
        .files
        .iter()
        .filter(|f| sibling.is_own(&f.source.path) && f.source.text.len() <= LARGEST);
    let mut answers: Vec<(T, Place)> = own.filter_map(ask).collect();
    let count = |value: &T| answers.iter().filter(|(v, _)| v == value).count();
    let best = (0..answers.len())
        .rev()
        .max_by_key(|i| answers.get(*i).map(|(v, _)| count(v)))?;
    Some(answers.swap_remove(best))
}

fn document_start(file: &SiblingFile<'_>) -> Option<(bool, Place)> {
    let first = file.source.documents.first()?;
    Some((first.explicit, file.start()))
}

/// Looks at the first block list of a file.
fn indented_list(file: &SourceFile) -> Option<(bool, Place)> {
    let mut stack: Vec<&Node> = file
        .documents
        .iter()
        .rev()
        .filter_map(|d| d.root.as_ref())
        .collect();
    while let Some(node) = stack.pop() {
        let Value::Mapping(entries) = &node.value else {
            continue;
        };
        for entry in entries.iter() {
            if let Value::Sequence(items) = &entry.value.value
                && let Some(item) = items.first()
                && let Some(dash) = dash(file, item.place)
            {
                return Some((dash > column(file, entry.key.place), entry.key.place));
            }
        }
        stack.extend(entries.iter().rev().map(|e| &e.value));
    }
    None
}

/// Returns the column of the dash before an item, if the item's line begins with one.
fn dash(file: &SourceFile, place: Place) -> Option<usize> {
    let line = file.line_text(file.line(place.span.start as usize));
    let content = line.trim_start_matches(' ');
    content.starts_with('-').then(|| line.len() - content.len())
}

/// Returns the column of a key; dashes before it count as spaces.
fn column(file: &SourceFile, place: Place) -> usize {
    let line = file.line_span(file.line(place.span.start as usize));
    (place.span.start - line.start.min(place.span.start)) as usize
}

/// Returns the kind of quotes that most quoted values have.
fn quotes(file: &SourceFile) -> Option<(ScalarStyle, Place)> {
    let mut first = [None, None];
    let mut counts = [0usize, 0];
    let mut stack: Vec<&Node> = file
        .documents
        .iter()
        .rev()
        .filter_map(|d| d.root.as_ref())
        .collect();
    while let Some(node) = stack.pop() {
        match &node.value {
            Value::Mapping(entries) => stack.extend(entries.iter().rev().map(|e| &e.value)),
            Value::Sequence(items) => stack.extend(items.iter().rev()),
            Value::Scalar(scalar) => {
                let which = match scalar.style {
                    ScalarStyle::DoubleQuoted => 0,
                    ScalarStyle::SingleQuoted => 1,
                    _ => continue,
                };
                counts[which] += 1;
                first[which].get_or_insert(node.place);
            }
            Value::Alias(_) => {}
        }
    }
    let double = counts[0] >= counts[1];
    let (style, place) = match double {
        true => (ScalarStyle::DoubleQuoted, first[0]),
        false => (ScalarStyle::SingleQuoted, first[1]),
    };
    Some((style, place?))
}

fn modeline(file: &SourceFile) -> Option<(String, Place)> {
    let comments = file.comments.iter().take_while(|c| c.span.start < 1024);
    comments
        .map(|c| (file.slice(c.span), file.place(c.span)))
        .find(|(text, _)| text.starts_with(MODELINE))
        .map(|(text, place)| (text.trim_end().to_owned(), place))
}

fn keys(sibling: &Sibling<'_>, role: Role, field: &str) -> Option<(Vec<String>, Place)> {
    let in_files = || {
        let documents = sibling.with(role).flat_map(|f| f.source.documents.iter());
        documents
            .filter_map(root)
            .find(|node| role == Role::of(node))
    };
    let object = match role {
        Role::FluxKustomization => sibling.unit().map(|(_, _, unit)| unit),
        _ => in_files(),
    };
    let node = object?.get(field)?;
    let keys = node.entries()?.iter().filter_map(|e| e.key.text());
    Some((keys.map(str::to_owned).collect(), node.place))
}
