//! What forbids a new service: names that are taken, units that are not there, services that live elsewhere.

use super::{Ground, PlaceError, Site, Wish};
use crate::flux::kind;
use crate::manifest::Node;
use crate::scaffold::layout::Layout;
use crate::scaffold::names::base;

/// Refuses to wait for what is not there.
pub(super) fn known_units(ground: &Ground<'_>, wish: &Wish<'_>) -> Result<(), PlaceError> {
    let units = || ground.cluster().into_iter().flat_map(|c| &c.units);
    let is_known = |name: &&String| units().any(|u| u.id.name == **name);
    match wish.depends_on.iter().find(|name| !is_known(name)) {
        None => Ok(()),
        Some(name) => Err(PlaceError::UnknownUnit {
            name: name.clone(),
            known: units().map(|u| u.id.name.clone()).collect(),
        }),
    }
}

/// Says what to do by hand where services are not registered in this repository.
pub(super) fn by_hand(ground: &Ground<'_>, layout: Layout) -> Result<(), PlaceError> {
    if layout != Layout::Tenants {
        return Ok(());
    }
    let found = ground.detection.candidates.iter();
    let example = found
        .filter(|c| c.layout == layout)
        .find_map(|c| c.example.as_ref());
    let at = example.map_or_else(String::new, |e| format!(" (see {}:{})", e.file, e.line));
    Err(PlaceError::ByHand(format!(
        "the services of this cluster stand in repositories of their own: add the service there, and here a GitRepository \
         and a Flux Kustomization for its tenant{at}"
    )))
}

/// Refuses names that are taken.
pub(super) fn free(ground: &Ground<'_>, site: &Site) -> Result<(), PlaceError> {
    let tree = ground.model.tree;
    let taken = |what, name: &str, at: String| {
        Err(PlaceError::Taken {
            what,
            name: name.to_owned(),
            at,
        })
    };
    match &site.file {
        Some(file) if tree.id(file).is_some() => {
            return taken("the file", base(file), file.clone());
        }
        None if tree.is_dir(&site.folder) => {
            return taken("the folder", base(&site.folder), site.folder.clone());
        }
        _ => {}
    }
    let Some(cluster) = ground.cluster() else {
        return Ok(());
    };
    if let Some((_, name)) = &site.unit
        && let Some(unit) = cluster.units.iter().find(|u| u.id.name == *name)
    {
        let at = tree.location(unit.place());
        let at = at.map_or_else(|| unit.path.clone(), |l| format!("{}:{}", l.file, l.line));
        return taken("the Flux Kustomization", name, at);
    }
    if site.shares_namespace {
        return Ok(());
    }
    let is_it = |node: &Node| {
        kind(node) == "Namespace" && node.text_at(&["metadata", "name"]) == Some(&site.namespace)
    };
    let Some((_, object)) = cluster.objects().find(|(_, o)| is_it(&o.node)) else {
        return Ok(());
    };
    let at = tree.location(object.origin.place);
    let at = at.map_or_else(
        || object.origin.path.to_string(),
        |l| format!("{}:{}", l.file, l.line),
    );
    taken("the namespace", &site.namespace, at)
}
