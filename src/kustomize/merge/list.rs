//! Merges lists whose elements have an identity, step by step as kyaml does, for its result depends on the steps.

use smol_str::SmolStr;

use super::MergeError;
use super::directive;
use super::identity::{Values, field, identity, is_clean, matches, pick, raw, says_nothing, unite};
use super::schema::{List, Schema};
use super::walk::{self, Change, Walked};
use crate::manifest::Node;

/// What a list is merged with.
#[derive(Clone, Copy)]
pub(super) enum Second<'a> {
    /// Nothing: the patch does not mention the list.
    None,
    /// Itself: the object does not have the list.
    Same,
    /// The list of the patch.
    Patch(&'a [Node]),
}

type Result<T> = std::result::Result<T, MergeError>;

/// Merges a list; returns nothing where nothing changes. Elements of the patch come first.
pub(super) fn merge(
    items: &[Node],
    second: Second<'_>,
    list: &'static List,
    element: Schema,
    depth: usize,
) -> Result<Option<Vec<Node>>> {
    if !matches!(second, Second::Patch(_)) && is_clean(items, &list.keys) {
        return each(items, second, element, depth);
    }
    let mut merger = Merger::new(items, second, element, depth);
    let keys = if list.keys.is_empty() {
        &[""]
    } else {
        list.keys.as_slice()
    };
    let ids = merger.run(keys)?;
    let take = |id: usize| merger.pool.get(id).cloned();
    Ok(Some(ids.into_iter().filter_map(take).collect()))
}

/// Merges the elements of a list that stays in order.
fn each(
    items: &[Node],
    second: Second<'_>,
    element: Schema,
    depth: usize,
) -> Result<Option<Vec<Node>>> {
    let mut result: Option<Vec<Node>> = None;
    for (i, item) in items.iter().enumerate() {
        let change = match second {
            Second::None => walk::settle(item, element, depth)?,
            _ => walk::adopt(item, element, false, depth)?,
        };
        if matches!(change, Change::Keep) && result.is_none() {
            continue;
        }
        let result = result.get_or_insert_with(|| items.iter().take(i).cloned().collect());
        match change {
            Change::Keep => result.push(item.clone()),
            Change::Set(node) => result.push(node),
            Change::Drop => {}
        }
    }
    Ok(result)
}

/// The elements by number, so that one that stands in several lists is changed in all of them, as with Go's pointers.
struct Merger {
    pool: Vec<Node>,
    target: Vec<usize>,
    /// The patch's elements, unless they are the target's.
    patch: Option<Vec<usize>>,
    same: bool,
    element: Schema,
    depth: usize,
}

impl Merger {
    fn new(items: &[Node], second: Second<'_>, element: Schema, depth: usize) -> Self {
        let mut pool = items.to_vec();
        let patch = match second {
            Second::Patch(new) => {
                pool.extend_from_slice(new);
                Some((items.len()..pool.len()).collect())
            }
            Second::None | Second::Same => None,
        };
        Merger {
            pool,
            target: (0..items.len()).collect(),
            patch,
            same: matches!(second, Second::Same),
            element,
            depth,
        }
    }

    fn node(&self, id: usize) -> Option<&Node> {
        self.pool.get(id)
    }

    /// Returns the elements of the merged list.
    fn run(&mut self, keys: &[&'static str]) -> Result<Vec<usize>> {
        let mut values = self.values(keys);
        if keys.len() > 1 {
            unite(&mut values);
        }
        if values.is_empty() {
            return Ok(std::mem::take(&mut self.target));
        }
        let used = |i: &usize| {
            values
                .iter()
                .any(|v| v.get(*i).is_some_and(|v| !v.is_empty()))
        };
        let valid: Vec<usize> = (0..keys.len()).filter(used).collect();
        if !valid.is_empty() {
            values = values.iter().map(|v| pick(v, &valid)).collect();
        }
        let keys = if valid.is_empty() {
            keys.to_vec()
        } else {
            pick(keys, &valid)
        };
        let mut merged = Vec::with_capacity(self.pool.len());
        for values in &values {
            self.add(&mut merged, &keys, values)?;
        }
        self.append(&mut merged, &keys)?;
        Ok(merged)
    }

    /// Returns the identities of all elements, those of the patch first.
    fn values(&self, keys: &[&str]) -> Vec<Values> {
        let patch = self.patch.iter().flatten();
        let mut values: Vec<Values> = Vec::new();
        for item in patch.chain(&self.target).filter_map(|id| self.node(*id)) {
            let own: Values = keys.iter().map(|key| identity(item, key).into()).collect();
            if !values.contains(&own) {
                values.push(own);
            }
        }
        values
    }

    /// Merges the elements with these values and adds the result.
    fn add(&mut self, merged: &mut Vec<usize>, keys: &[&str], values: &[SmolStr]) -> Result<()> {
        let Some(id) = self.walk(keys, values)? else {
            let mut target = std::mem::take(&mut self.target);
            self.set(&mut target, keys, values, None)?;
            self.target = target;
            return Ok(());
        };
        if let Some(node) = self.pool.get_mut(id).filter(|n| n.is_mapping()) {
            for (key, value) in keys.iter().zip(values).filter(|(_, v)| !v.is_empty()) {
                if node.get(key).is_none() {
                    node.set(key, Node::string(value.clone()));
                }
            }
        }
        self.set(merged, keys, values, Some(id))
    }

    /// Merges the two elements that have these values. Returns the one that holds the result.
    fn walk(&mut self, keys: &[&str], values: &[SmolStr]) -> Result<Option<usize>> {
        let given: Vec<usize> = (0..keys.len())
            .filter(|i| values.get(*i).is_some_and(|v| !v.is_empty()))
            .collect();
        let (keys, values) = match given.is_empty() {
            true => (keys.to_vec(), values.to_vec()),
            false => (pick(keys, &given), pick(values, &given)),
        };
        let target = self.find(&self.target, &keys, &values);
        let patch = match &self.patch {
            Some(patch) => self.find(patch, &keys, &values),
            None => target.filter(|_| self.same),
        };
        let id = self.walk_pair(target, patch)?;
        Ok(id.filter(|id| self.node(*id).is_some_and(|n| !says_nothing(n))))
    }

    fn walk_pair(&mut self, target: Option<usize>, patch: Option<usize>) -> Result<Option<usize>> {
        let (element, depth) = (self.element, self.depth);
        let node = |id: Option<usize>| id.and_then(|id| self.pool.get(id));
        let (id, change) = match (node(target), node(patch)) {
            (Some(node), None) => (target, walk::settle(node, element, depth)?),
            (Some(node), Some(_)) if self.same => {
                (target, walk::adopt(node, element, false, depth)?)
            }
            (None, Some(node)) => (patch, walk::adopt(node, element, true, depth)?),
            (Some(old), Some(new)) => match walk::merge(old, new, element, depth)? {
                Walked::Target(change) => (target, change),
                Walked::Patch(node) => (patch, Change::Set(node)),
            },
            (None, None) => (None, Change::Drop),
        };
        if let Some(node) = patch.and_then(|id| self.pool.get_mut(id)) {
            directive::strip(node);
        }
        let Some(slot) = id.and_then(|id| self.pool.get_mut(id)) else {
            return Ok(None);
        };
        match change {
            Change::Keep => Ok(id),
            Change::Set(node) => {
                *slot = node;
                Ok(id)
            }
            Change::Drop => Ok(None),
        }
    }

    /// Returns the first element with these values.
    fn find(&self, ids: &[usize], keys: &[&str], values: &[SmolStr]) -> Option<usize> {
        let fits = |node: &Node| match (keys, values) {
            (["", ..], [value, ..]) => raw(node) == value,
            _ => keys
                .iter()
                .zip(values)
                .all(|(key, value)| node.get(key).is_some_and(|n| raw(n) == value)),
        };
        ids.iter()
            .copied()
            .find(|id| self.node(*id).is_some_and(fits))
    }

    /// Adds the target's elements to the merged ones; where both have an element, the target's wins (it holds the merge).
    fn append(&self, merged: &mut Vec<usize>, keys: &[&str]) -> Result<()> {
        for &id in &self.target {
            let Some(node) = self.node(id) else { continue };
            if let ["", ..] = keys {
                self.set(merged, keys, &[raw(node).into()], Some(id))?;
                continue;
            }
            let mut values = Values::with_capacity(keys.len());
            for key in keys {
                match field(node, key)? {
                    Some(value) => values.push(raw(value).into()),
                    None => merged.push(id),
                }
            }
            if keys.len() > 1 {
                self.set(merged, keys, &values, None)?;
            }
            self.set(merged, keys, &values, Some(id))?;
        }
        Ok(())
    }

    /// Replaces the elements with these values, or removes them, or appends where none has them (kyaml `ElementSetter`).
    /// Where values are missing, the last one given decides, and with none given all elements go.
    fn set(
        &self,
        ids: &mut Vec<usize>,
        keys: &[&str],
        values: &[SmolStr],
        new: Option<usize>,
    ) -> Result<()> {
        let keyed = keys.first().is_some_and(|k| !k.is_empty())
            && values.first().is_some_and(|v| !v.is_empty());
        let mut result = Vec::with_capacity(ids.len() + 1);
        let mut found = false;
        for &id in ids.iter() {
            let Some(node) = self.node(id).filter(|n| !says_nothing(n)) else {
                continue;
            };
            if keyed && !node.is_mapping() {
                result.push(id);
            } else if matches(node, keys, values)? {
                found = true;
                result.extend(new);
            } else if !values.is_empty() {
                result.push(id);
            }
        }
        let real = |id: &usize| self.node(*id).is_some_and(|n| !n.is_null());
        if !found {
            result.extend(new.filter(real));
        }
        *ids = result;
        Ok(())
    }
}
