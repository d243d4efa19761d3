//! Lists a new file in the kustomization file that applies its folder.

use super::place::Target;
use crate::flux::{FILE_NAMES, Model};
use crate::kustomize;
use crate::manifest::{Node, Position, Route, SourceFile, Step};
use crate::scaffold::names::{dir, relative};
use crate::scaffold::plan::{Draft, PlanError};

/// Adds an entry for a new file: in the kustomization file of its folder, else in the one that lists the example's file.
/// Where a folder is applied without one, being there is enough.
///
/// # Errors
/// The list cannot be edited.
pub(super) fn list(
    draft: &mut Draft<'_>,
    model: &Model<'_>,
    target: &Target,
) -> Result<(), PlanError> {
    if target.of.as_ref() == Some(&target.path) {
        return Ok(());
    }
    let lister = nearest(draft, dir(&target.path)).or_else(|| of_example(draft, model, target));
    let Some(lister) = lister else {
        return Ok(());
    };
    let source = draft.source(&lister)?;
    let folder = dir(&lister);
    let known = entries(&source)
        .into_iter()
        .any(|entry| kustomize::join(folder, entry).as_ref() == Some(&target.path));
    // A folder that is listed as a whole and has no list of its own holds the file already.
    if known {
        return Ok(());
    }
    let dotted = entries(&source)
        .iter()
        .filter(|e| e.starts_with("./"))
        .count()
        * 2
        > entries(&source).len();
    let relative = relative(folder, &target.path);
    let entry = match dotted && !relative.starts_with("../") {
        true => format!("./{relative}"),
        false => relative,
    };
    let route = Route(vec![Step::Key("resources".to_owned())]);
    draft.edit(&lister, |editor| {
        editor.add_item(0, &route, &entry, Position::Sorted, Position::End)
    })
}

/// Returns the kustomization file of the folder, else of the nearest above that applies it; nothing where the folder has
/// none, which means that Flux finds what is there.
fn nearest(draft: &Draft<'_>, folder: &str) -> Option<String> {
    let join = |name: &&str| match folder.is_empty() {
        true => (*name).to_owned(),
        false => format!("{folder}/{name}"),
    };
    FILE_NAMES.iter().map(join).find(|path| draft.exists(path))
}

/// Returns the kustomization file that lists the example's file.
fn of_example(draft: &Draft<'_>, model: &Model<'_>, target: &Target) -> Option<String> {
    let of = target.of.as_ref()?;
    let lists = model
        .tree
        .files()
        .iter()
        .filter(|f| FILE_NAMES.contains(&f.name()) && model.is_reached(&f.path));
    let mut lists = lists.filter(|file| {
        let source = draft.source(&file.path).ok();
        let folder = dir(&file.path);
        source.is_some_and(|source| {
            entries(&source)
                .iter()
                .any(|e| kustomize::join(folder, e).as_ref() == Some(of))
        })
    });
    lists.next().map(|file| file.path.to_string())
}

fn entries(source: &SourceFile) -> Vec<&str> {
    let root = source.documents.first().and_then(|d| d.root.as_ref());
    let list = root
        .and_then(|root| root.get("resources"))
        .and_then(Node::items);
    list.unwrap_or_default()
        .iter()
        .filter_map(Node::text)
        .collect()
}
