//! The kustomization that Flux builds: the folder's own one, or a generated one, with what the Flux Kustomization adds.
//!
//! Source: fluxcd/pkg/kustomize 1.41 `Generator.GenerateManifest`, as kustomize-controller 1.9 calls it.

use super::source_view::SourceView;
use crate::kustomize::Files;
use crate::manifest::{Node, Value};

/// The names that kustomize knows for its file, in the order in which Flux looks for them.
pub const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The kustomization of a folder.
pub(super) struct Generated {
    /// The kustomization with everything that the Flux Kustomization adds.
    pub kustomization: Node,
    /// The file it comes from, or nothing where Flux generates it.
    pub file: Option<String>,
}

/// Returns the kustomization file of a folder, if it has one.
pub(super) fn kustomization_file(view: &SourceView<'_>, dir: &str) -> Option<String> {
    let path = |name: &str| {
        if dir.is_empty() {
            name.to_owned()
        } else {
            format!("{dir}/{name}")
        }
    };
    FILE_NAMES
        .iter()
        .map(|name| path(name))
        .find(|path| view.tree().id(path).is_some() && !view.is_ignored(path))
}

/// Returns what Flux builds for the Flux Kustomization `flux` at `dir`.
///
/// # Errors
/// The kustomization file is no YAML mapping.
pub(super) fn generate(view: &SourceView<'_>, dir: &str, flux: &Node) -> Result<Generated, String> {
    let file = kustomization_file(view, dir);
    let mut kustomization = match &file {
        Some(path) => own_kustomization(view, path)?,
        None => generated_kustomization(&scan(view, dir)),
    };
    if let Some(spec) = flux.get("spec") {
        add_spec(&mut kustomization, spec, view, dir);
    }
    Ok(Generated {
        kustomization,
        file,
    })
}

fn own_kustomization(view: &SourceView<'_>, path: &str) -> Result<Node, String> {
    let source = view
        .source(path)
        .ok_or_else(|| format!("{path}: cannot be read"))?;
    if let Some(error) = source.errors.first() {
        return Err(format!(
            "{path}:{}: {}",
            source.line(error.span.start as usize),
            error.message
        ));
    }
    let document = source.documents.iter().find(|d| d.root.is_some());
    let root = match document.and_then(|d| d.resolved()) {
        None => return Ok(Node::mapping()),
        Some(root) => root.map_err(|e| format!("{path}: {e}"))?,
    };
    if root.is_mapping() {
        Ok(root.clone())
    } else {
        Err(format!("{path}: is no mapping"))
    }
}

fn generated_kustomization(resources: &[String]) -> Node {
    let mut node = Node::mapping();
    node.set(
        "apiVersion",
        Node::string("kustomize.config.k8s.io/v1beta1"),
    );
    node.set("kind", Node::string("Kustomization"));
    if resources.is_empty() {
        node.set("namespace", Node::string("_placeholder"));
    } else {
        let items = resources
            .iter()
            .map(|path| Node::string(format!("./{path}")))
            .collect();
        node.set("resources", Node::sequence(items));
    }
    node
}

/// Lists what a folder without a kustomization file applies, relative to it: every YAML file below, and each sub-folder
/// with a kustomization file as one, in the order of a directory walk.
pub(super) fn scan(view: &SourceView<'_>, dir: &str) -> Vec<String> {
    let prefix = if dir.is_empty() { 0 } else { dir.len() + 1 };
    let mut paths: Vec<&str> = view
        .tree()
        .files_below(dir)
        .filter_map(|f| f.path.get(prefix..))
        .collect();
    paths.sort_by(|a, b| a.split('/').cmp(b.split('/')));
    let mut found: Vec<String> = Vec::new();
    let mut skipped: Option<String> = None;
    let mut checked: Option<&str> = None;
    for path in paths {
        if skipped
            .as_ref()
            .is_some_and(|dir| path.starts_with(dir.as_str()))
        {
            continue;
        }
        let parent = path.rsplit_once('/').map(|(parent, _)| parent);
        if parent != checked
            && let Some(folder) = parent.and_then(|p| outermost_kustomization(view, dir, p))
        {
            skipped = Some(format!("{folder}/"));
            found.push(folder);
            continue;
        }
        checked = parent;
        let is_manifest = path.ends_with(".yaml") || path.ends_with(".yml");
        let whole = if dir.is_empty() {
            path.to_owned()
        } else {
            format!("{dir}/{path}")
        };
        if is_manifest && !view.is_ignored(&whole) {
            found.push(path.to_owned());
        }
    }
    found
}

/// Returns the outermost folder on the way to `parent` that has a kustomization file.
fn outermost_kustomization(view: &SourceView<'_>, dir: &str, parent: &str) -> Option<String> {
    let ends = parent
        .match_indices('/')
        .map(|(at, _)| at)
        .chain([parent.len()]);
    ends.filter_map(|end| parent.get(..end)).find_map(|folder| {
        let whole = if dir.is_empty() {
            folder.to_owned()
        } else {
            format!("{dir}/{folder}")
        };
        kustomization_file(view, &whole).map(|_| folder.to_owned())
    })
}

/// Adds the fields of a Flux Kustomization in the order in which Flux adds them.
fn add_spec(kustomization: &mut Node, spec: &Node, view: &SourceView<'_>, dir: &str) {
    for (from, to) in [
        ("targetNamespace", "namespace"),
        ("namePrefix", "namePrefix"),
        ("nameSuffix", "nameSuffix"),
    ] {
        if let Some(value) = spec.get(from).filter(|v| !v.is_null()) {
            kustomization.set(to, value.clone());
        }
    }
    append(
        kustomization,
        "patches",
        spec.get("patches")
            .and_then(Node::items)
            .unwrap_or_default()
            .to_vec(),
    );
    append(kustomization, "components", components(spec, view, dir));
    for field in ["patchesStrategicMerge", "patchesJson6902"] {
        append(
            kustomization,
            field,
            spec.get(field)
                .and_then(Node::items)
                .unwrap_or_default()
                .to_vec(),
        );
    }
    for image in spec.get("images").and_then(Node::items).unwrap_or_default() {
        add_image(kustomization, image);
    }
    if let Some(metadata) = spec
        .get("buildMetadata")
        .filter(|m| m.items().is_some_and(|i| !i.is_empty()))
    {
        kustomization.set("buildMetadata", metadata.clone());
    }
}

fn components(spec: &Node, view: &SourceView<'_>, dir: &str) -> Vec<Node> {
    let listed = spec
        .get("components")
        .and_then(Node::items)
        .unwrap_or_default();
    let ignore_missing = spec
        .get("ignoreMissingComponents")
        .and_then(Node::as_bool)
        .unwrap_or(false);
    let exists = |node: &&Node| {
        let path = node
            .text()
            .and_then(|path| crate::kustomize::join(dir, path));
        path.is_some_and(|path| view.is_dir(&path))
    };
    listed
        .iter()
        .filter(|node| !ignore_missing || exists(node))
        .cloned()
        .collect()
}

fn append(kustomization: &mut Node, field: &str, mut added: Vec<Node>) {
    if added.is_empty() {
        return;
    }
    let mut items = kustomization
        .get(field)
        .and_then(Node::items)
        .unwrap_or_default()
        .to_vec();
    items.append(&mut added);
    kustomization.set(field, Node::sequence(items));
}

/// Adds an image override; one of the same name is merged field by field, tag and digest as a unit.
fn add_image(kustomization: &mut Node, image: &Node) {
    let name = image.text_at(&["name"]);
    let known = kustomization.get_mut("images").and_then(Node::items_mut);
    let Some(existing) =
        known.and_then(|images| images.iter_mut().find(|i| i.text_at(&["name"]) == name))
    else {
        return append(kustomization, "images", vec![image.clone()]);
    };
    let given = |field: &str| {
        image
            .get(field)
            .filter(|v| v.text().is_some_and(|t| !t.is_empty()))
    };
    if let Some(new_name) = given("newName") {
        existing.set("newName", new_name.clone());
    }
    if given("newTag").is_some() || given("digest").is_some() {
        for field in ["newTag", "digest"] {
            match given(field) {
                Some(value) => existing.set(field, value.clone()),
                None => drop(existing.remove(field)),
            }
        }
    }
}

/// Returns the folder that `spec.path` names: relative to the repository root, `..` clamped to it (SecureJoin).
pub fn folder(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Adds `spec.commonMetadata` to an object, over what is there.
pub(super) fn add_common_metadata(object: &mut Node, spec: &Node) {
    for field in ["labels", "annotations"] {
        let Some(common) = spec
            .at_path(&["commonMetadata", field])
            .and_then(Node::entries)
        else {
            continue;
        };
        if common.is_empty() {
            continue;
        }
        let Some(metadata) = object.get_mut("metadata") else {
            continue;
        };
        if !metadata.get(field).is_some_and(Node::is_mapping) {
            metadata.set(field, Node::mapping());
        }
        let Some(own) = metadata.get_mut(field) else {
            continue;
        };
        for entry in common
            .iter()
            .filter(|e| matches!(e.value.value, Value::Scalar(_)))
        {
            own.set(entry.key.text().unwrap_or_default(), entry.value.clone());
        }
    }
}
