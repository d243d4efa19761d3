//! One object on its way through a build: the tree, and what kustomize remembers of it.
//!
//! Kustomize keeps that memory in annotations of the object; here it stands beside the tree.

use smol_str::SmolStr;

use super::id::{Gvk, Id};
use super::scope;
use super::selector::Selector;
use super::shared::{self, Shared};
use super::trace::Notes;
use crate::manifest::{FileId, Node, Place, Value};

/// Where an object came from: the document of a file, or the generator entry of a kustomization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file.
    pub file: FileId,
    /// Its path relative to the repository root.
    pub path: SmolStr,
    /// The position of the document in the file; 0 for what a generator made.
    pub document: usize,
    /// The document's root, or the generator's entry.
    pub place: Place,
    /// Whether a generator made it.
    pub generated: bool,
}

/// What kind of entry changed an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are those of kustomize's fields")]
pub enum TouchKind {
    Patch,
    Replacement,
    Generator,
    Namespace,
    NamePrefix,
    NameSuffix,
    Labels,
    Annotations,
    Images,
    Replicas,
    NameReference,
    ValueAdd,
}

/// An entry of a kustomization that changed an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    /// What kind of entry.
    pub kind: TouchKind,
    /// The entry.
    pub place: Place,
}

/// What a generated object does to one that is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Behavior {
    #[default]
    Unspecified,
    Create,
    Replace,
    Merge,
}

impl Behavior {
    /// Reads the `behavior` field; unknown words mean nothing, as in kustomize.
    pub(super) fn parse(text: &str) -> Self {
        match text {
            "create" => Behavior::Create,
            "replace" => Behavior::Replace,
            "merge" => Behavior::Merge,
            _ => Behavior::Unspecified,
        }
    }

    /// Returns kustomize's word for it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Behavior::Unspecified => "unspecified",
            Behavior::Create => "create",
            Behavior::Replace => "replace",
            Behavior::Merge => "merge",
        }
    }
}

/// A kind, name and namespace that an object had before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Previous {
    kind: SmolStr,
    name: SmolStr,
    namespace: SmolStr,
}

/// What kustomize remembers of an object from layer to layer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// Former identities, oldest first.
    pub previous: Vec<Previous>,
    /// Name prefixes, innermost first.
    pub prefixes: Vec<SmolStr>,
    /// Name suffixes, innermost first.
    pub suffixes: Vec<SmolStr>,
    /// What it does to an object that is there already.
    pub behavior: Behavior,
    /// Whether a hash of the content goes into the name.
    pub needs_hash: bool,
    /// Whether a generator made it. Such objects have annotations while they are being built.
    pub generated: bool,
    /// The variables that read from it.
    pub variables: Vec<SmolStr>,
    /// Fields that hold the same node.
    pub(crate) shared: Vec<Shared>,
}

/// One object.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    node: Node,
    id: Id,
    /// What kustomize remembers.
    pub memory: Memory,
    /// Where it came from.
    pub origin: Origin,
    /// What changed it.
    pub touched: Vec<Touch>,
    /// Notes for `buildMetadata`, where wanted.
    pub trace: Option<Notes>,
}

impl Resource {
    /// Makes a resource of an object.
    pub(super) fn new(node: Node, origin: Origin) -> Self {
        let id = identify(&node);
        Resource {
            node,
            id,
            memory: Memory::default(),
            origin,
            touched: Vec::new(),
            trace: None,
        }
    }

    /// Returns the object.
    pub(super) fn node(&self) -> &Node {
        &self.node
    }

    /// Returns the object, giving up the rest.
    pub(super) fn into_node(self) -> Node {
        self.node
    }

    /// Changes the object and learns its identity anew.
    pub(super) fn change<T>(&mut self, change: impl FnOnce(&mut Node) -> T) -> T {
        let result = change(&mut self.node);
        self.id = identify(&self.node);
        result
    }

    /// Changes a part of the object that does not identify it.
    pub(super) fn change_content<T>(&mut self, change: impl FnOnce(&mut Node) -> T) -> T {
        change(&mut self.node)
    }

    /// Carries changes of labels and annotations over to the fields that share them.
    pub(crate) fn sync_shared(&mut self) {
        if !self.memory.shared.is_empty() {
            shared::sync(&mut self.memory.shared, &mut self.node);
        }
    }

    /// Returns the identity as it is now.
    pub(super) fn id(&self) -> &Id {
        &self.id
    }

    /// Returns the former identities, oldest first. Their kind's scope is not known, as in kustomize.
    pub(super) fn previous_ids(&self) -> impl Iterator<Item = Id> + '_ {
        self.memory.previous.iter().map(|previous| {
            let gvk = Gvk {
                kind: previous.kind.clone(),
                ..self.id.gvk.clone()
            };
            Id::new(
                gvk,
                previous.name.clone(),
                previous.namespace.clone(),
                false,
            )
        })
    }

    /// Returns the first identity.
    pub(super) fn original_id(&self) -> Id {
        self.previous_ids()
            .next()
            .unwrap_or_else(|| self.id.clone())
    }

    /// Tells whether any identity, former or present, equals `id`.
    pub(super) fn ever_was(&self, id: &Id) -> bool {
        self.id == *id
            || (!self.memory.previous.is_empty() && self.previous_ids().any(|own| own == *id))
    }

    /// Tells whether the object once had this name.
    pub(super) fn was_named(&self, name: &str) -> bool {
        self.memory.previous.iter().any(|p| p.name == name)
    }

    /// Tells whether the object once was of a kind that `gvk` selects.
    pub(super) fn was_selected_by(&self, gvk: &Gvk) -> bool {
        let fits = |want: &SmolStr, have: &SmolStr| want.is_empty() || want == have;
        fits(&gvk.group, &self.id.gvk.group)
            && fits(&gvk.version, &self.id.gvk.version)
            && self
                .memory
                .previous
                .iter()
                .any(|p| fits(&gvk.kind, &p.kind))
    }

    /// Tells whether a patch with this target is for the object.
    ///
    /// # Errors
    /// The label or annotation selector cannot be read.
    pub(crate) fn is_selected(&self, selector: &Selector) -> Result<bool, String> {
        let original = self.original_id();
        selector.matches(original.identity(), self.id.identity(), &self.node)
    }

    /// Remembers the present identity as a former one.
    pub(super) fn remember_id(&mut self) {
        self.memory.previous.push(Previous {
            kind: self.id.gvk.kind.clone(),
            name: self.id.name.clone(),
            namespace: self.id.effective_namespace().into(),
        });
    }

    /// Notes that an entry changed the object.
    pub(super) fn touch(&mut self, kind: TouchKind, place: Place) {
        let touch = Touch { kind, place };
        if place.is_known() && self.touched.last() != Some(&touch) {
            self.touched.push(touch);
        }
    }

    /// Tells whether kustomize would keep annotations of its own on the object by now.
    pub(super) fn has_build_annotations(&self) -> bool {
        let memory = &self.memory;
        memory.generated
            || !(memory.previous.is_empty()
                && memory.prefixes.is_empty()
                && memory.suffixes.is_empty())
    }

    /// Tells whether the name affixes of both end the same way. `allow_empty` lets none at all match anything.
    pub(super) fn same_affixes(&self, other: &Resource, allow_empty: bool) -> bool {
        let same = |a: &[SmolStr], b: &[SmolStr]| {
            (allow_empty && (a.is_empty() || b.is_empty())) || same_ending(a, b)
        };
        same(&self.memory.prefixes, &other.memory.prefixes)
            && same(&self.memory.suffixes, &other.memory.suffixes)
    }
}

fn same_ending(a: &[SmolStr], b: &[SmolStr]) -> bool {
    if a.is_empty() || b.is_empty() {
        return a.len() == b.len();
    }
    a.iter().rev().zip(b.iter().rev()).all(|(a, b)| a == b)
}

/// Returns the identity of an object.
fn identify(node: &Node) -> Id {
    let text = |key| node.get(key).and_then(Node::text).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let metadata = node.get("metadata");
    let field = |key| {
        let value = metadata.and_then(|m| m.get(key)).filter(|v| !v.is_null());
        SmolStr::new(value.and_then(Node::text).unwrap_or_default())
    };
    let cluster_scoped = scope::is_cluster_scoped(api_version, kind) == Some(true);
    Id::new(
        Gvk::new(api_version, kind),
        field("name"),
        field("namespace"),
        cluster_scoped,
    )
}

/// Tells whether a node says nothing: null, `{}` or `[]`.
pub(crate) fn is_empty(node: &Node) -> bool {
    match &node.target().value {
        Value::Mapping(entries) => entries.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        _ => node.is_null(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn affixes_match_from_the_end() {
        let list = |text: &str| {
            text.split_whitespace()
                .map(SmolStr::new)
                .collect::<Vec<_>>()
        };
        assert!(same_ending(&list("a b c"), &list("b c")));
        assert!(!same_ending(&list("a b c"), &list("a b")));
        assert!(!same_ending(&list("a"), &[]));
        assert!(same_ending(&[], &[]));
    }
}
