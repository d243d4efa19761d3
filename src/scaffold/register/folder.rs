//! A folder for a new namespace, like the folder of a sibling's namespace.

use super::{Ground, Site, entries};
use crate::flux::kind;
use crate::manifest::{Editor, NewScalar, Node, Route, SourceFile, Step as RouteStep, Value};
use crate::scaffold::names::{base, dir, stem};
use crate::scaffold::plan::{Draft, PlanError};

/// Plans a folder for the new namespace: the kustomization file and the namespace of the folder `of`, without what that
/// one holds otherwise; and its entry in the list above, if there is one.
pub(super) fn add(
    draft: &mut Draft<'_>,
    ground: &Ground<'_>,
    site: &Site,
    folder: &str,
    of: &str,
) -> Result<(), PlanError> {
    let tree = ground.model.tree;
    let names = crate::flux::FILE_NAMES;
    let list = names.iter().map(|name| format!("{of}/{name}"));
    let list = list.into_iter().find(|path| tree.id(path).is_some());
    let list = list.ok_or_else(|| PlanError::Other(format!("{of} has no kustomization file")))?;
    let source = tree
        .source(&list)
        .ok_or_else(|| PlanError::Missing(list.clone()))?;
    let moved = |path: &str| format!("{folder}/{}", base(path));
    for entry in kept(&source) {
        let path = crate::kustomize::join(of, entry).unwrap_or_default();
        if dir(&path) == of
            && let Some(source) = tree.source(&path)
        {
            draft.create(&moved(&path), renamed(site, &source)?)?;
        }
    }
    draft.create(&moved(&list), source.text.as_ref())?;
    draft.edit(&moved(&list), |editor| rewrite(editor, &source, site))?;
    upwards(draft, ground, folder, of)
}

/// Returns the entries that belong to the namespace itself.
fn kept(source: &SourceFile) -> Vec<&str> {
    let root = source.documents.iter().find_map(|d| d.root.as_ref());
    let items = root.and_then(|r| r.get("resources")).and_then(Node::items);
    let texts = items.unwrap_or_default().iter().filter_map(Node::text);
    texts.filter(|text| is_kept(text)).collect()
}

fn is_kept(entry: &str) -> bool {
    entry.starts_with("..") || entry.contains("://") || matches!(stem(entry), "namespace" | "ns")
}

/// Gives a kustomization file the new namespace, and leaves out the services.
fn rewrite(
    editor: &mut Editor<'_>,
    source: &SourceFile,
    site: &Site,
) -> Result<(), crate::manifest::EditError> {
    let documents = source.documents.iter().enumerate();
    for (index, root) in documents.filter_map(|(i, d)| Some((i, d.root.as_ref()?))) {
        if root.text_at(&["namespace"]) == Some(&site.from_namespace) {
            let route = Route(vec![RouteStep::Key("namespace".to_owned())]);
            editor.set_scalar(index, &route, NewScalar::Str(&site.namespace))?;
        }
        let items = root.get("resources").and_then(Node::items);
        for (at, item) in items.unwrap_or_default().iter().enumerate() {
            if !item.text().is_some_and(is_kept) {
                let steps = vec![RouteStep::Key("resources".to_owned()), RouteStep::Index(at)];
                editor.remove(index, &Route(steps))?;
            }
        }
    }
    Ok(())
}

/// Returns the text of a namespace's file with the new name.
fn renamed(site: &Site, source: &SourceFile) -> Result<String, PlanError> {
    let mut editor = Editor::new(source).allow_shared();
    let documents = source.documents.iter().enumerate();
    for (index, root) in documents.filter_map(|(i, d)| Some((i, d.root.as_ref()?))) {
        for field in ["name", "namespace"] {
            let is_own = field == "namespace" || kind(root) == "Namespace";
            let value = root.at_path(&["metadata", field]);
            let is_scalar = value.is_some_and(|v| matches!(v.value, Value::Scalar(_)));
            if !is_own || !is_scalar || value.and_then(Node::text) != Some(&site.from_namespace) {
                continue;
            }
            let keys = ["metadata", field].map(|key| RouteStep::Key(key.to_owned()));
            let new = NewScalar::Str(&site.namespace);
            editor.set_scalar(index, &Route(keys.into()), new)?;
        }
    }
    Ok(editor.finish()?.text.to_string())
}

/// Lists the new folder where the sibling's folder is listed.
fn upwards(
    draft: &mut Draft<'_>,
    ground: &Ground<'_>,
    folder: &str,
    of: &str,
) -> Result<(), PlanError> {
    let above = dir(of);
    for name in crate::flux::FILE_NAMES {
        let file = format!("{above}/{name}");
        let Some(source) = ground.model.tree.source(&file) else {
            continue;
        };
        let root = source.documents.iter().find_map(|d| d.root.as_ref());
        let items = root.and_then(|r| r.get("resources")).and_then(Node::items);
        let texts = items.unwrap_or_default().iter().filter_map(Node::text);
        for text in texts {
            if crate::kustomize::join(above, text).as_deref() == Some(of) {
                let entry = text.replacen(base(of), base(folder), 1);
                return entries::add(draft, &file, "resources", &entry);
            }
        }
    }
    Ok(())
}
