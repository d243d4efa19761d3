//! Where Flux starts: the roots of a repository, one cluster each.
//!
//! In order: `gotk-sync.yaml` of `flux bootstrap`, the sync of a FluxInstance (flux-operator), and where neither is there,
//! the Flux Kustomizations that no other one applies.

use std::collections::BTreeMap;

use super::generator::folder;
use super::object::{
    KUSTOMIZE_GROUP, OPERATOR_GROUP, ObjectRef, SOURCE_GROUP, is, is_kustomization,
};
use crate::kustomize::Origin;
use crate::manifest::{Document, Node, SourceFile, Tree, TreeFile};

/// A Flux Kustomization from which rendering starts.
#[derive(Clone, Debug)]
pub(super) struct Root {
    /// The Flux Kustomization, or one with the fields that a FluxInstance implies.
    pub kustomization: Node,
    /// Where it stands.
    pub origin: Option<Origin>,
    /// The URL of its source, where the same file tells it.
    pub url: Option<String>,
    /// `spec.ignore` of its source.
    pub ignore: Option<String>,
}

/// A Flux Kustomization that stands in a file, applied or not.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    /// The object as written.
    pub node: Node,
    /// Where it stands.
    pub origin: Origin,
}

/// Returns the roots that a bootstrap or a FluxInstance left behind, one for each folder.
pub(super) fn bootstrapped(tree: &Tree) -> Vec<Root> {
    let mut roots: BTreeMap<String, Root> = BTreeMap::new();
    for file in tree.files() {
        let Some(text) = file.known_text() else {
            continue;
        };
        let found = if file.name() == "gotk-sync.yaml" && text.contains(KUSTOMIZE_GROUP) {
            from_sync(tree, file)
        } else if text.contains("FluxInstance")
            || (text.contains("instance:") && text.contains("sync:"))
        {
            from_instances(tree, file)
        } else {
            continue;
        };
        for root in found {
            let path = folder(
                root.kustomization
                    .text_at(&["spec", "path"])
                    .unwrap_or_default(),
            );
            if tree.is_dir(&path) {
                roots.entry(path).or_insert(root);
            }
        }
    }
    roots.into_values().collect()
}

/// Returns every Flux Kustomization that stands in a file as an object of its own, whose folder exists.
pub(super) fn declared(tree: &Tree) -> Vec<Declared> {
    let files = tree
        .files()
        .iter()
        .filter(|f| f.known_text().is_some_and(|t| t.contains(KUSTOMIZE_GROUP)));
    let mut found = Vec::new();
    for file in files {
        for (node, origin) in objects(tree, file) {
            let path = node.text_at(&["spec", "path"]);
            let exists = path.is_some_and(|path| tree.is_dir(&folder(path)));
            if is_kustomization(&node) && exists && node.at_path(&["spec", "sourceRef"]).is_some() {
                found.push(Declared { node, origin });
            }
        }
    }
    found
}

/// Returns the URL of a source that stands in a file, applied or not; a kustomization may still give it its namespace.
pub(super) fn declared_source_url(tree: &Tree, kind: &str, id: &ObjectRef) -> Option<String> {
    let files = tree.files().iter().filter(|f| {
        let text = f.known_text();
        text.is_some_and(|t| t.contains(SOURCE_GROUP) && t.contains(id.name.as_str()))
    });
    files
        .flat_map(|file| objects(tree, file))
        .find_map(|(node, _)| {
            let own = ObjectRef::of(&node);
            let named =
                own.name == id.name && (own.namespace.is_empty() || own.namespace == id.namespace);
            (named && is(&node, SOURCE_GROUP, kind))
                .then(|| node.text_at(&["spec", "url"]).map(String::from))?
        })
}

fn objects(tree: &Tree, file: &TreeFile) -> Vec<(Node, Origin)> {
    let Some(source) = tree.source(&file.path) else {
        return Vec::new();
    };
    let documents = source.documents.iter();
    documents
        .filter_map(|d| Some((d.resolved()?.ok()?.clone(), origin(&source, d)?)))
        .collect()
}

fn origin(source: &SourceFile, document: &Document) -> Option<Origin> {
    Some(Origin {
        file: source.id,
        path: source.path.as_ref().into(),
        document: document.index,
        place: document.root.as_ref()?.place,
        generated: false,
    })
}

fn from_sync(tree: &Tree, file: &TreeFile) -> Vec<Root> {
    let objects = objects(tree, file);
    let source_of = |node: &Node| {
        let name = node.text_at(&["spec", "sourceRef", "name"]);
        objects.iter().map(|(n, _)| n).find(|n| {
            super::object::group(n) == SOURCE_GROUP && n.text_at(&["metadata", "name"]) == name
        })
    };
    let kustomizations = objects.iter().filter(|(node, _)| is_kustomization(node));
    kustomizations
        .map(|(node, origin)| {
            let field = |key| {
                source_of(node)
                    .and_then(|s| s.text_at(&["spec", key]))
                    .map(str::to_owned)
            };
            Root {
                kustomization: node.clone(),
                origin: Some(origin.clone()),
                url: field("url"),
                ignore: field("ignore"),
            }
        })
        .collect()
}

/// Finds FluxInstance objects, and the values of the chart that makes one.
fn from_instances(tree: &Tree, file: &TreeFile) -> Vec<Root> {
    let mut roots = Vec::new();
    for (node, origin) in objects(tree, file) {
        let metadata = ObjectRef::of(&node);
        let instance =
            is(&node, OPERATOR_GROUP, "FluxInstance").then(|| node.at_path(&["spec", "sync"]));
        let sync = instance
            .or_else(|| {
                node.at_path(&["spec", "values", "instance", "sync"])
                    .map(Some)
            })
            .or_else(|| node.at_path(&["instance", "sync"]).map(Some));
        let Some(Some(sync)) = sync else { continue };
        let namespace = if metadata.namespace.is_empty() {
            "flux-system"
        } else {
            metadata.namespace.as_str()
        };
        roots.extend(from_sync_field(sync, namespace, origin));
    }
    roots
}

/// Makes the Flux Kustomization that flux-operator makes of `spec.sync`.
fn from_sync_field(sync: &Node, namespace: &str, origin: Origin) -> Option<Root> {
    let path = sync.text_at(&["path"]).filter(|p| !p.contains("${"))?;
    let name = sync.text_at(&["name"]).unwrap_or(namespace);
    let kind = sync.text_at(&["kind"]).unwrap_or("GitRepository");
    let mut kustomization = Node::mapping().at(sync.place);
    kustomization.set("apiVersion", Node::string("kustomize.toolkit.fluxcd.io/v1"));
    kustomization.set("kind", Node::string("Kustomization"));
    let metadata = record(&[("name", name), ("namespace", namespace)]);
    let mut spec = record(&[("path", path)]);
    spec.set("sourceRef", record(&[("kind", kind), ("name", name)]));
    kustomization.set("metadata", metadata);
    kustomization.set("spec", spec);
    let url = sync.text_at(&["url"]).map(str::to_owned);
    Some(Root {
        kustomization,
        origin: Some(origin),
        url,
        ignore: None,
    })
}

fn record(fields: &[(&str, &str)]) -> Node {
    let mut node = Node::mapping();
    for (key, value) in fields {
        node.set(key, Node::string(*value));
    }
    node
}
