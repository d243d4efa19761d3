//! The folder that `flux bootstrap` writes: `gotk-sync.yaml`, `gotk-components.yaml`, and what their owner put beside them.

use super::Look;
use crate::flux::{
    KUSTOMIZE_GROUP, ObjectRef, SOURCE_GROUP, folder, group, is_kustomization, kind,
};
use crate::manifest::{Node, SourceFile, TreeFile};
use crate::preflight::facts::{Installed, SyncFile};

const SYNC: &str = "gotk-sync.yaml";
const COMPONENTS: &str = "gotk-components.yaml";
/// The header stands in the first lines of the file.
const HEADER_LINES: usize = 10;

/// What the folder holds.
#[derive(Default)]
pub(super) struct FluxFolder {
    pub(super) sync: Option<SyncFile>,
    pub(super) installed: Option<Installed>,
    pub(super) patches: Vec<String>,
    pub(super) same_path: Vec<String>,
}

impl FluxFolder {
    /// Looks into the folder that the root of the cluster stands in.
    pub(super) fn of(look: &Look<'_, '_>) -> Self {
        let root = look.cluster.units.first();
        let origin = root.and_then(|unit| unit.origin.as_ref());
        let is_sync = |path: &str| path.rsplit('/').next() == Some(SYNC);
        let Some(path) = origin.map(|o| o.path.to_string()).filter(|p| is_sync(p)) else {
            return FluxFolder::default();
        };
        let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
        let name = root.map(|unit| unit.id.name.as_str());
        FluxFolder {
            sync: look
                .tree
                .source(&path)
                .and_then(|source| sync(&source, name)),
            installed: installed(look, dir),
            patches: patches(look, dir),
            same_path: same_path(look, &path),
        }
    }
}

/// Reads `gotk-sync.yaml` as it is written, for that is what `flux bootstrap` writes anew.
fn sync(source: &SourceFile, name: Option<&str>) -> Option<SyncFile> {
    let objects: Vec<&Node> = objects(source).collect();
    let is_named = |node: &Node| name.is_none_or(|_| node.text_at(&["metadata", "name"]) == name);
    let unit = objects
        .iter()
        .find(|node| is_kustomization(node) && is_named(node))?;
    let path = unit.at_path(&["spec", "path"])?;
    let name = unit.text_at(&["spec", "sourceRef", "name"]);
    let of_kind = unit.text_at(&["spec", "sourceRef", "kind"]);
    let from = objects.iter().find(|node| {
        group(node) == SOURCE_GROUP
            && Some(kind(node)) == of_kind
            && node.text_at(&["metadata", "name"]) == name
    });
    let field = |path: &[&str]| {
        let text = from.and_then(|node| node.text_at(path));
        text.map(str::to_owned)
    };
    let line = |node: &Node| {
        let line = source.location(node.place.span).line;
        format!("{}:{line}", source.path)
    };
    let url = from.and_then(|node| node.at_path(&["spec", "url"]));
    Some(SyncFile {
        place: line(path),
        url_place: line(url.unwrap_or(path)),
        path: path.text()?.to_owned(),
        url: field(&["spec", "url"]).unwrap_or_default(),
        branch: field(&["spec", "ref", "branch"]),
        secret: field(&["spec", "secretRef", "name"]),
        id: ObjectRef::of(unit),
    })
}

fn objects(source: &SourceFile) -> impl Iterator<Item = &Node> {
    let documents = source.documents.iter();
    documents.filter_map(|document| document.resolved()?.ok())
}

/// Reads the header of `gotk-components.yaml`, or where it has none, the controllers that it holds.
fn installed(look: &Look<'_, '_>, dir: &str) -> Option<Installed> {
    let file = joined(dir, COMPONENTS);
    let text = look.tree.text(&file)?;
    let line = |name: &str| {
        let mut lines = text.lines().take(HEADER_LINES);
        let found = lines.find_map(|line| {
            let line = line.strip_prefix('#')?.trim_start();
            line.strip_prefix(name)?.strip_prefix(':')
        });
        found.map(str::trim).filter(|text| !text.is_empty())
    };
    let listed = line("Components").map(|list| {
        let names = list
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty());
        names.map(str::to_owned).collect::<Vec<_>>()
    });
    let source = look.tree.source(&file)?;
    let (held, labelled) = controllers(&source);
    let found = Installed {
        file,
        version: line("Flux Version").map(str::to_owned).or(labelled),
        components: listed.unwrap_or(held),
    };
    // A placeholder, such as `homelab init` writes, installs nothing.
    (!found.components.is_empty()).then_some(found)
}

/// Returns the controllers that a file deploys, and the version that they are labelled with.
fn controllers(source: &SourceFile) -> (Vec<String>, Option<String>) {
    let label = |node: &Node, name: &str| {
        let label = format!("app.kubernetes.io/{name}");
        let text = node.text_at(&["metadata", "labels", &label]);
        text.map(str::to_owned)
    };
    let (mut names, mut version) = (Vec::new(), None);
    for node in objects(source).filter(|node| kind(node) == "Deployment") {
        let name = node.text_at(&["metadata", "name"]).unwrap_or_default();
        let is_flux = name.ends_with("-controller") || name == "source-watcher";
        if is_flux {
            names.push(name.to_owned());
            version = version.or_else(|| label(node, "version"));
        }
    }
    (names, version)
}

/// Returns what the owner put into the folder: files that flux does not write, and its kustomization if that does more than
/// list the files of flux.
fn patches(look: &Look<'_, '_>, dir: &str) -> Vec<String> {
    let is_here = |file: &&TreeFile| {
        let parent = file.path.rsplit_once('/').map_or("", |(parent, _)| parent);
        parent == dir
    };
    let files = look.tree.files_below(dir).filter(is_here);
    let own = files.filter(|file| match file.name() {
        SYNC | COMPONENTS => false,
        "kustomization.yaml" => has_patches(look, &file.path),
        // Where the cluster's own files stand in the same folder, only patches belong to Flux.
        name => name.ends_with(".yaml") && name.contains("patch"),
    });
    own.map(|file| file.path.to_string()).collect()
}

fn has_patches(look: &Look<'_, '_>, path: &str) -> bool {
    let source = look.tree.source(path);
    let plain = ["apiVersion", "kind", "resources", "metadata", "namespace"];
    source.is_some_and(|source| {
        let entries = objects(&source).filter_map(Node::entries).flatten();
        let mut keys = entries.filter_map(|entry| entry.key.text());
        keys.any(|key| !plain.contains(&key))
    })
}

/// Returns other sync files that name the folder of this one: two clusters that are one to `flux bootstrap`.
fn same_path(look: &Look<'_, '_>, own: &str) -> Vec<String> {
    let files = look.tree.files().iter();
    let others = files.filter(|file| {
        let text = file.known_text();
        file.name() == SYNC
            && file.path.as_ref() != own
            && text.is_some_and(|text| text.contains(KUSTOMIZE_GROUP))
    });
    let root = look.cluster.units.first();
    let name = root.map(|unit| unit.id.name.as_str());
    let wanted = look.tree.source(own).and_then(|source| sync(&source, name));
    let wanted = wanted.map(|sync| folder(&sync.path));
    let found = others.filter_map(|file| sync(look.tree.source(&file.path)?.as_ref(), name));
    let same = found.filter(|sync| Some(folder(&sync.path)) == wanted);
    same.map(|sync| sync.place).collect()
}

fn joined(dir: &str, name: &str) -> String {
    match dir {
        "" => name.to_owned(),
        dir => format!("{dir}/{name}"),
    }
}
