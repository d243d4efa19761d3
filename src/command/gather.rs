//! The first step of most commands: the repository, its clusters, and the paths that arguments name.

use std::path::{Path, PathBuf};

use super::nearest::nearest;
use super::{Global, Terminal};
use crate::adapter::environment;
use crate::adapter::repo_files::{self, Snapshot};
use crate::error::Error;
use crate::flux::{Cluster, Model};

/// Reads the repository that the flags and the current folder name, and tells what there is to tell.
///
/// # Errors
/// The folder is none, or cannot be read.
pub(super) fn repository(global: &Global, terminal: &mut Terminal<'_>) -> Result<Snapshot, Error> {
    let dir = global.repo.as_deref();
    let snapshot = repo_files::read(dir, &current_dir()?).map_err(Error::could_not_look)?;
    terminal.notes(&snapshot.notes);
    Ok(snapshot)
}

/// Returns the current folder.
///
/// # Errors
/// It was removed.
pub(super) fn current_dir() -> Result<PathBuf, Error> {
    environment::current_dir().map_err(|e| {
        Error::could_not_look(format!("the current folder: {}", repo_files::reason(&e)))
    })
}

/// Turns a path argument into one relative to the root. It is seen from the current folder, or with `-C` from the root;
/// where nothing is there, the other way round.
///
/// # Errors
/// It is not within the repository, or git does not know it.
pub(super) fn within(snapshot: &Snapshot, global: &Global, path: &Path) -> Result<String, Error> {
    let (root, current) = (snapshot.root.as_path(), current_dir()?);
    let known = |path: &String| snapshot.tree.is_dir(path) || snapshot.tree.id(path).is_some();
    let found = bases(global, root, &current)
        .into_iter()
        .filter_map(|base| repo_files::relative_to(root, base, path))
        .find(known);
    found.ok_or_else(|| {
        let message = format!(
            "{}: no such file or folder in the repository",
            path.display()
        );
        Error::usage(message).hint(format!(
            "paths are relative to the current folder or to {}; what git ignores is not there",
            root.display()
        ))
    })
}

/// Returns the folders from which relative paths are seen, the preferred one first.
pub(super) fn bases<'p>(global: &Global, root: &'p Path, current: &'p Path) -> [&'p Path; 2] {
    match global.repo {
        Some(_) => [root, current],
        None => [current, root],
    }
}

/// Tells where to look if the repository holds nothing of Flux.
pub(super) fn expect_flux(model: &Model<'_>, snapshot: &Snapshot, terminal: &mut Terminal<'_>) {
    if model.clusters.is_empty() {
        terminal.note(&format!(
            "no Flux in {}: no gotk-sync.yaml, no FluxInstance, no Flux Kustomization whose path exists (`-C DIR` names \
             another folder)",
            snapshot.root.display()
        ));
    }
}

/// Returns the clusters that `--cluster` leaves, with their numbers. In a repository without Flux any name will do.
///
/// # Errors
/// No cluster has that name.
pub(super) fn clusters<'m, 't>(
    model: &'m Model<'t>,
    global: &Global,
) -> Result<Vec<(usize, &'m Cluster<'t>)>, Error> {
    let all = model.clusters.iter().enumerate();
    let Some(name) = &global.cluster else {
        return Ok(all.collect());
    };
    let found: Vec<_> = all
        .filter(|(_, c)| c.name == *name || root_of(c) == name.trim_end_matches('/'))
        .collect();
    if !found.is_empty() || model.clusters.is_empty() {
        return Ok(found);
    }
    let names: Vec<String> = model.clusters.iter().map(|c| label(model, c)).collect();
    let hint = match nearest(names.iter().map(String::as_str), name) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", names.join(", ")),
    };
    Err(Error::usage(format!("no cluster is called `{name}`")).hint(hint))
}

/// Returns what tells a cluster from the others, for `--cluster`: its name, else the folder that its root applies.
pub(super) fn label(model: &Model<'_>, cluster: &Cluster<'_>) -> String {
    let same = model.clusters.iter().filter(|c| c.name == cluster.name);
    match same.count() == 1 && !cluster.name.is_empty() {
        true => cluster.name.clone(),
        false => root_of(cluster).to_owned(),
    }
}

/// Returns the folder that the root of a cluster applies, relative to the repository; `.` for all of it.
fn root_of<'c>(cluster: &'c Cluster<'_>) -> &'c str {
    let path = cluster.units.first().map_or("", |unit| unit.path.as_str());
    if path.is_empty() { "." } else { path }
}
