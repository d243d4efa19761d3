//! The place of the first service, where no sibling shows how it is done: in the folder that a Flux Kustomization applies.

use super::{Ground, PlaceError, Site, Step, Wish};
use crate::flux::{FILE_NAMES, SourceOf, Unit};
use crate::scaffold::layout::Layout;
use crate::scaffold::names::{base, is_within};

/// What folders for services are called.
const APPS: [&str; 6] = [
    "apps",
    "applications",
    "services",
    "workloads",
    "app",
    "kubernetes",
];

/// Finds a place in a cluster that applies no service yet; nothing where there are services to follow, or a wish for one.
///
/// # Errors
/// No Flux Kustomization applies a folder in which services could stand.
pub(super) fn site(ground: &Ground<'_>, wish: &Wish<'_>) -> Result<Option<Site>, PlaceError> {
    let mut services = ground.detection.services.iter();
    let tenants = ground.detection.clear() == Some(Layout::Tenants);
    if wish.like.is_some() || tenants || services.any(|s| !s.is_foundation()) {
        return Ok(None);
    }
    let Some(parent) = parent(ground, wish) else {
        return match ground.detection.services.is_empty() {
            true => Err(PlaceError::NoExample(
                "the cluster applies no service of this repository, and no folder such as apps/"
                    .to_owned(),
            )),
            false => Ok(None),
        };
    };
    let lists = FILE_NAMES.iter().map(|name| within(&parent, name));
    let list = lists
        .into_iter()
        .find(|path| ground.model.tree.id(path).is_some());
    let folder = within(&parent, wish.name);
    let layout = match list {
        Some(_) => Layout::ListedTree,
        None => Layout::FoundTree,
    };
    let entry = list.map(|file| Step::Entry {
        file,
        list: "resources",
        text: wish.name.to_owned(),
    });
    Ok(Some(Site {
        layout,
        sibling: String::new(),
        name: wish.name.to_owned(),
        namespace: wish.namespace.unwrap_or(wish.name).to_owned(),
        shares_namespace: false,
        writes_namespace: true,
        namespace_in_overlay: false,
        has_kustomization: entry.is_some(),
        unit: None,
        service: usize::MAX,
        from_namespace: String::new(),
        main: folder.clone(),
        kustomization: entry
            .is_some()
            .then(|| within(&folder, "kustomization.yaml")),
        folder,
        file: None,
        extension: "yaml".to_owned(),
        steps: entry.into_iter().collect(),
        depends_on: Vec::new(),
    }))
}

/// Returns the folder in which services are to stand.
fn parent(ground: &Ground<'_>, wish: &Wish<'_>) -> Option<String> {
    let units = || {
        let all = ground.cluster().into_iter().flat_map(|c| &c.units);
        all.filter(|u| u.source == SourceOf::Here && u.failure.is_none())
    };
    if let Some(folder) = wish.parent {
        let mut holding = units().filter(|u| is_within(folder, &u.path));
        return holding.next().map(|_| folder.to_owned());
    }
    let rank = |unit: &&Unit| {
        let named = |name: &str| APPS.iter().position(|known| *known == name);
        named(base(&unit.path)).or_else(|| named(&unit.id.name))
    };
    let found = units().filter(|u| rank(u).is_some()).min_by_key(rank);
    found.map(|unit| unit.path.clone())
}

fn within(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    }
}
