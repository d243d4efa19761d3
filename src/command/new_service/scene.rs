//! What is known before anything is decided: the cluster, its services, the user's templates.

use std::collections::HashMap;

use super::super::{Global, gather};
use crate::adapter::repo_files::Snapshot;
use crate::error::Error;
use crate::flux::Model;
use crate::scaffold::conventions::{Neighbourhood, Siblings};
use crate::scaffold::images;
use crate::scaffold::layout::Layout;
use crate::scaffold::register::{Ground, Site};
use crate::scaffold::template::Templates;

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
            let names: Vec<String> = several
                .iter()
                .map(|(_, c)| gather::label(model, c))
                .collect();
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
