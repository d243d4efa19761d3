//! One document of a stream, and its tree with aliases and merge keys expanded.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::location::Span;
use super::node::{Entry, Node, ScalarStyle, Tag, Value};

/// One document of a YAML stream.
#[derive(Debug)]
pub struct Document {
    /// Position in the stream, from 0.
    pub index: usize,
    /// The tree as written; none for an empty or comment-only document.
    pub root: Option<Node>,
    /// From the document's start (its `---`, if any) to its end.
    pub span: Span,
    /// Whether it starts with `---`.
    pub explicit: bool,
    /// Whether aliases or merge keys occur.
    pub has_references: bool,
    /// The expanded tree, made on first use.
    pub(super) resolved: OnceLock<Result<Node, String>>,
}

impl Document {
    /// Returns the tree with aliases and merge keys (`<<`) expanded, as kustomize reads it (kyaml 0.21 `DeAnchor`).
    ///
    /// # Errors
    /// The document expands beyond go-yaml's alias budget, or merges what is no mapping.
    pub fn resolved(&self) -> Option<Result<&Node, &str>> {
        let root = self.root.as_ref()?;
        if !self.has_references {
            return Some(Ok(root));
        }
        Some(
            self.resolved
                .get_or_init(|| Resolver::default().document(root))
                .as_ref()
                .map_err(String::as_str),
        )
    }

    /// Returns every key that its mapping has held before, as (repeated key, first key).
    pub fn duplicate_keys(&self) -> Vec<(&Node, &Node)> {
        let mut found = Vec::new();
        let mut stack: Vec<&Node> = self.root.iter().collect();
        while let Some(node) = stack.pop() {
            match &node.value {
                Value::Sequence(items) => stack.extend(items.iter()),
                Value::Mapping(entries) => {
                    repeated_keys(entries, &mut found);
                    stack.extend(entries.iter().map(|e| &e.value));
                }
                Value::Scalar(_) | Value::Alias(_) => {}
            }
        }
        found.sort_by_key(|(key, _)| key.place);
        found
    }
}

fn repeated_keys<'a>(entries: &'a [Entry], found: &mut Vec<(&'a Node, &'a Node)>) {
    if entries.len() > 16 {
        let mut seen: HashMap<&str, &Node> = HashMap::with_capacity(entries.len());
        for entry in entries.iter().filter(|e| !is_merge_key(&e.key)) {
            let Some(text) = entry.key.text() else {
                continue;
            };
            match seen.get(text) {
                Some(first) => found.push((&entry.key, first)),
                None => drop(seen.insert(text, &entry.key)),
            }
        }
        return;
    }
    for (i, entry) in entries
        .iter()
        .enumerate()
        .filter(|(_, e)| !is_merge_key(&e.key))
    {
        let Some(text) = entry.key.text() else {
            continue;
        };
        if let Some(first) = entries.iter().take(i).find(|e| e.key.text() == Some(text)) {
            found.push((&entry.key, &first.key));
        }
    }
}

/// Tells whether a key is YAML's merge key: a plain `<<`.
pub(super) fn is_merge_key(key: &Node) -> bool {
    match &key.value {
        Value::Scalar(s) => {
            s.text == "<<"
                && (key.tag == Tag::Merge
                    || (key.tag == Tag::None && s.style == ScalarStyle::Plain))
        }
        _ => false,
    }
}

/// Expands aliases and merge keys. An anchor is expanded once and then shared, so that memory stays small; the number of
/// nodes that a reader would see is counted and bounded, for everything downstream walks the tree.
#[derive(Default)]
struct Resolver {
    known: HashMap<*const Node, (Node, u64)>,
    total: u64,
    through_aliases: u64,
}

impl Resolver {
    fn document(&mut self, root: &Node) -> Result<Node, String> {
        let (node, _) = self.node(root)?;
        Ok(node)
    }

    /// Returns the expanded node and how many nodes it counts.
    fn node(&mut self, node: &Node) -> Result<(Node, u64), String> {
        self.count(1)?;
        let (value, count) = match &node.value {
            Value::Scalar(_) => return Ok((node.clone(), 1)),
            Value::Alias(target) => return self.alias(target),
            Value::Sequence(items) => {
                let mut count = 1;
                let mut expanded = Vec::with_capacity(items.len());
                for item in items.iter() {
                    let (node, n) = self.node(item)?;
                    count += n;
                    expanded.push(node);
                }
                (Value::Sequence(Arc::new(expanded)), count)
            }
            Value::Mapping(entries) => self.mapping(entries)?,
        };
        Ok((
            Node {
                value,
                tag: node.tag,
                place: node.place,
            },
            count,
        ))
    }

    fn alias(&mut self, target: &Arc<Node>) -> Result<(Node, u64), String> {
        let key = Arc::as_ptr(target);
        let (node, count) = match self.known.get(&key) {
            Some(known) => known.clone(),
            None => {
                let made = self.node(target)?;
                self.known.insert(key, made.clone());
                made
            }
        };
        self.through_aliases = self.through_aliases.saturating_add(count);
        self.count(count)?;
        Ok((node, count))
    }

    fn mapping(&mut self, entries: &[Entry]) -> Result<(Value, u64), String> {
        let mut count = 1;
        let mut own = Vec::with_capacity(entries.len());
        let mut merged = Vec::new();
        for entry in entries {
            let (value, n) = self.node(&entry.value)?;
            count += n + 1;
            if is_merge_key(&entry.key) {
                merged.push(value);
                continue;
            }
            let (key, _) = self.node(&entry.key)?;
            own.push(Entry { key, value });
        }
        for source in &merged {
            merge_into(&mut own, source)?;
        }
        Ok((Value::Mapping(Arc::new(own)), count))
    }

    /// Adds to the count and applies go-yaml's budget (`allowedAliasRatio` of go.yaml.in/yaml/v3): small documents may
    /// consist of aliases almost wholly, large ones only to a tenth.
    fn count(&mut self, n: u64) -> Result<(), String> {
        self.total = self.total.saturating_add(n);
        let total = self.total;
        let allowed = match total {
            0..=400_000 => 0.99,
            400_001..=4_000_000 => 0.99 - 0.89 * ((total - 400_000) as f64 / 3_600_000.0),
            _ => 0.10,
        };
        let ratio = self.through_aliases as f64 / total as f64;
        if self.through_aliases > 100 && total > 1000 && ratio > allowed {
            return Err("document contains excessive aliasing".to_owned());
        }
        Ok(())
    }
}

/// Adds the keys of a merged mapping, or of each mapping of a merged sequence, that are not there yet.
fn merge_into(own: &mut Vec<Entry>, source: &Node) -> Result<(), String> {
    match &source.value {
        Value::Mapping(entries) => {
            for entry in entries.iter() {
                let key = entry.key.text();
                if !own.iter().any(|e| e.key.text() == key) {
                    own.push(entry.clone());
                }
            }
            Ok(())
        }
        Value::Sequence(items) if items.iter().all(Node::is_mapping) => {
            items.iter().try_for_each(|item| merge_into(own, item))
        }
        _ => Err("map merge requires map or sequence of maps as the value".to_owned()),
    }
}
