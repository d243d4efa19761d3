//! What an edited file has to say: the old trees with the intended changes.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::node::{Entry, Node, Value};
use super::super::source::SourceFile;

/// One intended change of a node.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// New items before item `at` of a sequence, which may have been null.
    Items(usize, Vec<Node>),
    /// New entries before entry `at` of a mapping, which may have been null.
    Entries(usize, Vec<Entry>),
    /// A child less.
    Remove(usize),
    /// Another node in its place.
    Replace(Node),
}

/// All intended changes. Paths are those of the old trees.
#[derive(Debug, Default)]
pub(super) struct Changes {
    nodes: HashMap<(usize, Vec<usize>), Vec<Change>>,
    documents: Vec<(usize, Node)>,
}

impl Changes {
    pub(super) fn add(&mut self, document: usize, path: Vec<usize>, change: Change) {
        self.nodes.entry((document, path)).or_default().push(change);
    }

    /// Intends a new document before document `at`.
    pub(super) fn add_document(&mut self, at: usize, root: Node) {
        self.documents.push((at, root));
    }

    /// Tells whether an entry with this key is to be added to the mapping at `path`.
    pub(super) fn adds_key(&self, document: usize, path: &[usize], key: Option<&str>) -> bool {
        let changes = self.nodes.get(&(document, path.to_vec()));
        changes.into_iter().flatten().any(|change| match change {
            Change::Entries(_, entries) => entries.iter().any(|e| e.key.text() == key),
            _ => false,
        })
    }

    /// Returns how many children of the collection at `path` go, and whether it gets new ones.
    pub(super) fn of_children(&self, document: usize, path: &[usize]) -> (usize, bool) {
        let changes = self.nodes.get(&(document, path.to_vec()));
        let changes = changes.map_or(&[][..], Vec::as_slice);
        let gone = |c: &&Change| matches!(c, Change::Remove(_));
        let new = |c: &Change| matches!(c, Change::Items(..) | Change::Entries(..));
        (changes.iter().filter(gone).count(), changes.iter().any(new))
    }

    /// Returns the roots that the edited file must have, empty documents left out.
    pub(super) fn roots(&self, file: &SourceFile) -> Vec<Node> {
        let mut roots = Vec::with_capacity(file.documents.len());
        let added = |at: usize| self.documents.iter().filter(move |(n, _)| *n == at);
        for (index, document) in file.documents.iter().enumerate() {
            roots.extend(added(index).map(|(_, root)| root.clone()));
            if let Some(root) = &document.root {
                let touched = self.nodes.keys().any(|(document, _)| *document == index);
                roots.push(match touched {
                    true => self.node(root, index, &mut Vec::new()),
                    false => root.clone(),
                });
            }
        }
        let behind = self
            .documents
            .iter()
            .filter(|(n, _)| *n >= file.documents.len());
        roots.extend(behind.map(|(_, root)| root.clone()));
        roots
    }

    fn node(&self, node: &Node, document: usize, path: &mut Vec<usize>) -> Node {
        let changes = self.nodes.get(&(document, path.clone()));
        let changes = changes.map_or(&[][..], Vec::as_slice);
        let replaced = changes.iter().rev().find_map(|change| match change {
            Change::Replace(new) => Some(new.clone()),
            _ => None,
        });
        if let Some(new) = replaced {
            return new;
        }
        let value = match &node.value {
            Value::Sequence(items) => self.items(items, changes, document, path),
            Value::Mapping(entries) => self.entries(entries, changes, document, path),
            other => filled(changes).unwrap_or_else(|| other.clone()),
        };
        Node {
            value,
            tag: node.tag,
            place: node.place,
        }
    }

    fn items(
        &self,
        items: &[Node],
        changes: &[Change],
        document: usize,
        path: &mut Vec<usize>,
    ) -> Value {
        let mut out = Vec::with_capacity(items.len() + 1);
        for index in 0..=items.len() {
            out.extend(new_items(changes, index));
            let Some(item) = items.get(index).filter(|_| !is_removed(changes, index)) else {
                continue;
            };
            path.push(index);
            out.push(self.node(item, document, path));
            path.pop();
        }
        Value::Sequence(Arc::new(out))
    }

    fn entries(
        &self,
        entries: &[Entry],
        changes: &[Change],
        document: usize,
        path: &mut Vec<usize>,
    ) -> Value {
        let mut out = Vec::with_capacity(entries.len() + 1);
        for index in 0..=entries.len() {
            out.extend(new_entries(changes, index));
            let Some(entry) = entries.get(index).filter(|_| !is_removed(changes, index)) else {
                continue;
            };
            path.push(index);
            out.push(Entry {
                key: entry.key.clone(),
                value: self.node(&entry.value, document, path),
            });
            path.pop();
        }
        Value::Mapping(Arc::new(out))
    }
}

/// Returns what a null becomes that something was added to.
fn filled(changes: &[Change]) -> Option<Value> {
    let items: Vec<Node> = new_items(changes, 0).collect();
    if !items.is_empty() {
        return Some(Value::Sequence(Arc::new(items)));
    }
    let entries: Vec<Entry> = new_entries(changes, 0).collect();
    (!entries.is_empty()).then(|| Value::Mapping(Arc::new(entries)))
}

fn new_items(changes: &[Change], index: usize) -> impl Iterator<Item = Node> {
    let found = changes.iter().filter_map(move |change| match change {
        Change::Items(at, items) if *at == index => Some(items.iter().cloned()),
        _ => None,
    });
    found.flatten()
}

fn new_entries(changes: &[Change], index: usize) -> impl Iterator<Item = Entry> {
    let found = changes.iter().filter_map(move |change| match change {
        Change::Entries(at, entries) if *at == index => Some(entries.iter().cloned()),
        _ => None,
    });
    found.flatten()
}

fn is_removed(changes: &[Change], index: usize) -> bool {
    changes
        .iter()
        .any(|change| matches!(change, Change::Remove(at) if *at == index))
}
