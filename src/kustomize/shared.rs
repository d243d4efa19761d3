//! Labels and annotations that are one and the same for kustomize.
//!
//! When kustomize 5.8.1 adds a label to several fields of an object, all of them hold the same node. Whoever changes the
//! label in one of them later on, be it an overlay's `labels` or a patch, changes it in all (`filtersutil.SetEntry` makes
//! the node once, kyaml's `FieldSetter` writes into the node that is there).

use std::sync::Arc;

use smol_str::SmolStr;

use crate::manifest::{Node, Scalar, Tag, Value};

/// One step down a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Key(SmolStr),
    Index(usize),
}

/// The way from an object to a field.
pub(crate) type Path = Vec<Step>;

/// Fields that hold the same scalar.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    fields: Vec<Path>,
    value: Scalar,
    tag: Tag,
}

impl Shared {
    /// Ties fields of an object together; nothing where there is nothing to tie.
    pub(crate) fn new(object: &Node, fields: Vec<Path>) -> Option<Self> {
        if fields.len() < 2 {
            return None;
        }
        let node = follow(object, fields.first()?)?;
        Some(Shared {
            value: node.scalar()?.clone(),
            tag: node.tag,
            fields,
        })
    }

    fn holds(&self, node: &Node) -> bool {
        node.tag == self.tag && node.scalar() == Some(&self.value)
    }

    /// Carries a change of one field over to the others, and lets go of fields that are gone. Returns whether any are
    /// left.
    fn sync(&mut self, object: &mut Node) -> bool {
        let mut fields = std::mem::take(&mut self.fields);
        // What a list holds may have moved; only what is still the same there counts.
        fields.retain(|path| match follow(object, path) {
            Some(node) if path.iter().any(|step| matches!(step, Step::Index(_))) => {
                self.holds(node)
            }
            Some(node) => node.scalar().is_some(),
            None => false,
        });
        self.fields = fields;
        let changed = self.fields.iter().filter_map(|path| follow(object, path));
        let changed = changed.rev().find(|node| !self.holds(node)).cloned();
        if let Some(new) = changed {
            for path in &self.fields {
                if let Some(node) = follow_mut(object, path) {
                    *node = new.clone();
                }
            }
            self.tag = new.tag;
            if let Value::Scalar(value) = new.value {
                self.value = value;
            }
        }
        self.fields.len() > 1
    }
}

/// Carries changes over within each group.
pub(crate) fn sync(groups: &mut Vec<Shared>, object: &mut Node) {
    groups.retain_mut(|group| group.sync(object));
}

/// Unties the object's own annotations, which kustomize has just made anew.
pub(crate) fn untie_annotations(groups: &mut Vec<Shared>) {
    let own = |path: &Path| {
        path.starts_with(&[
            Step::Key(SmolStr::new_static("metadata")),
            Step::Key(SmolStr::new_static("annotations")),
        ])
    };
    for group in groups.iter_mut() {
        group.fields.retain(|path| !own(path));
    }
    groups.retain(|group| group.fields.len() > 1);
}

/// Returns the ways to all fields that the parts of a field specification lead to.
pub(crate) fn paths(object: &Node, parts: &[SmolStr]) -> Vec<Path> {
    let mut found = Vec::new();
    walk(object, parts, &mut Vec::new(), &mut found);
    found
}

fn walk(node: &Node, parts: &[SmolStr], path: &mut Path, found: &mut Vec<Path>) {
    let Some((part, rest)) = parts.split_first() else {
        found.push(path.clone());
        return;
    };
    if let Some(items) = node.items() {
        for (index, item) in items.iter().enumerate() {
            path.push(Step::Index(index));
            walk(item, parts, path, found);
            path.pop();
        }
        return;
    }
    let name = part.strip_suffix("[]").unwrap_or(part);
    if let Some(field) = node.get(name) {
        path.push(Step::Key(name.into()));
        walk(field, rest, path, found);
        path.pop();
    }
}

/// Returns the node at the end of a way.
pub(crate) fn follow<'a>(object: &'a Node, path: &[Step]) -> Option<&'a Node> {
    path.iter().try_fold(object, |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Index(index) => node.items()?.get(*index),
    })
}

fn follow_mut<'a>(object: &'a mut Node, path: &[Step]) -> Option<&'a mut Node> {
    path.iter()
        .try_fold(object, |node, step| match (step, &mut node.value) {
            (Step::Key(key), Value::Mapping(entries)) => Arc::make_mut(entries)
                .iter_mut()
                .rev()
                .find(|e| e.key.text() == Some(key))
                .map(|e| &mut e.value),
            (Step::Index(index), Value::Sequence(items)) => Arc::make_mut(items).get_mut(*index),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{FileId, SourceFile};

    #[test]
    fn a_change_of_one_changes_all() {
        let file = SourceFile::parse(FileId(0), "", "a: {l: x}\nb: [{l: x}]\nc: {l: x}\n");
        let mut object = file.documents[0].root.clone().unwrap();
        let fields = ["a/l", "b/l", "c/l"]
            .map(|path| paths(&object, &crate::kustomize::config::split_path(path, '/')))
            .concat();
        let mut groups = vec![Shared::new(&object, fields).unwrap()];
        object.get_mut("c").unwrap().set("l", Node::plain("y"));
        sync(&mut groups, &mut object);
        let json = object.to_json(crate::manifest::Schema::Kustomize).unwrap();
        assert_eq!(
            json.to_string(),
            r#"{"a":{"l":"y"},"b":[{"l":"y"}],"c":{"l":"y"}}"#
        );
    }
}
