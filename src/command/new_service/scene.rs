//! What is known before anything is decided: the cluster, its services, the user's templates.

use std::collections::{BTreeMap, HashMap};

use super::super::{Global, gather};
use crate::adapter::git;
use crate::adapter::repo_files::Snapshot;
use crate::error::Error;
use crate::flux::Model;
use crate::scaffold::conventions::{Neighbourhood, Siblings};
use crate::scaffold::images;
use crate::scaffold::layout::Layout;
use crate::scaffold::register::{Ground, Site};
use crate::scaffold::template::{OWN, Templates};

/// Where the service goes, and what stands beside it.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    /// The repository.
    pub(super) ground: Ground<'a>,
    /// The place of the new service.
    pub(super) site: &'a Site,
    /// The services beside it, the nearest first.
    pub(super) siblings: &'a Siblings<'a>,
    /// The templates.
    pub(super) templates: &'a Templates,
    /// The files.
    pub(super) snapshot: &'a Snapshot,
}

impl<'a> Scene<'a> {
    /// Returns what is known of the repository, for image objects.
    pub(super) fn images(&self) -> images::Ground<'a> {
        images::Ground {
            model: self.ground.model,
            cluster: self.ground.cluster,
            detection: self.ground.detection,
            remote: self.snapshot.remote.as_deref(),
        }
    }
}

/// Returns the cluster that the service is for.
///
/// # Errors
/// There is none, or several and none is named.
pub(super) fn cluster(
    model: &Model<'_>,
    snapshot: &Snapshot,
    global: &Global,
) -> Result<usize, Error> {
    let found = gather::clusters(model, global)?;
    match found.as_slice() {
        [] => {
            let root = snapshot.root.display();
            let error = Error::usage(format!(
                "no Flux in {root}: nothing says where a service goes"
            ));
            Err(error.hint("`homelab init` starts a repository; `-C DIR` names another folder"))
        }
        [(index, _)] => Ok(*index),
        several => {
            let names: Vec<&str> = several.iter().map(|(_, c)| c.name.as_str()).collect();
            let error = Error::usage(format!("there are {} clusters", names.len()));
            Err(error.hint(format!("name one with `--cluster`: {}", names.join(", "))))
        }
    }
}

/// Returns whose example counts most.
pub(super) fn near<'a>(
    layout: Option<Layout>,
    folder: &'a str,
    like: Option<&'a str>,
    times: &'a HashMap<String, i64>,
) -> Neighbourhood<'a> {
    Neighbourhood {
        layout,
        folder,
        like,
        times,
    }
}

/// Returns the folder in which the service's folder stands.
pub(super) fn parent(site: &Site) -> &str {
    match site.is_one_file() {
        true => &site.folder,
        false => site.folder.rsplit_once('/').map_or("", |(above, _)| above),
    }
}

/// Returns when each file was committed last; nothing outside of git.
pub(super) fn times(snapshot: &Snapshot) -> HashMap<String, i64> {
    let found = git::around(&snapshot.root);
    found.map_or_else(HashMap::new, |tree| tree.times(&snapshot.root))
}

/// Reads the user's own templates.
///
/// # Errors
/// One of them is no text.
pub(super) fn templates(snapshot: &Snapshot) -> Result<Templates, Error> {
    let mut own = BTreeMap::new();
    for file in snapshot.tree.files_below(OWN) {
        let name = file.path.get(OWN.len() + 1..).unwrap_or_default();
        let text = snapshot.tree.text(&file.path);
        let text = text.ok_or_else(|| Error::could_not_look(format!("{}: no text", file.path)))?;
        own.insert(name.to_owned(), text.to_string());
    }
    Ok(Templates::new(own))
}
