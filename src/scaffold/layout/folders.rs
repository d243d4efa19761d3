//! Which workloads belong together, and the folder that is theirs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::flux::{Applied, Unit, kind};
use crate::scaffold::names::{ancestors, base, dir, is_within, owns, stem};

/// One workload of a unit.
#[derive(Clone, Copy)]
pub(super) struct Workload<'m> {
    /// The object.
    pub applied: &'m Applied,
    /// Its name after rendering.
    pub name: &'m str,
    /// Its file.
    pub path: &'m str,
}

impl<'m> Workload<'m> {
    /// Returns its namespace after rendering.
    pub(super) fn namespace(&self) -> Option<&'m str> {
        let applied: &'m Applied = self.applied;
        applied.node.text_at(&["metadata", "namespace"])
    }
}

/// The workloads of one service.
pub(super) struct Group<'m> {
    /// The folder of the service, or of its file.
    pub folder: &'m str,
    /// The file, where the service is one file among others in the folder.
    pub file: Option<&'m str>,
    /// The workloads.
    pub workloads: Vec<Workload<'m>>,
}

/// Returns the workloads that a unit applies from files, without Flux's own controllers.
pub(super) fn workloads(unit: &Unit) -> Vec<Workload<'_>> {
    let all = unit.objects.iter().filter(|o| !o.origin.generated);
    let own = all.filter(|o| is_workload(kind(&o.node)) && !is_of_flux(o));
    own.map(|applied| Workload {
        applied,
        name: applied
            .node
            .text_at(&["metadata", "name"])
            .unwrap_or_default(),
        path: applied.origin.path.as_str(),
    })
    .collect()
}

/// Tells whether objects of this kind run something.
pub(crate) fn is_workload(kind: &str) -> bool {
    matches!(
        kind,
        "Deployment" | "StatefulSet" | "DaemonSet" | "CronJob" | "Job" | "Pod" | "HelmRelease"
    )
}

fn is_of_flux(applied: &Applied) -> bool {
    base(&applied.origin.path) == "gotk-components.yaml"
        || applied
            .node
            .text_at(&["metadata", "labels", "app.kubernetes.io/part-of"])
            == Some("flux")
}

/// Puts the workloads of a unit together, by folder. Services that are one file each stay apart.
/// `is_listed` tells of a folder whether a kustomization file says what it applies.
pub(super) fn groups<'m>(
    unit: &'m Unit,
    workloads: &[Workload<'m>],
    is_listed: impl Fn(&str) -> bool,
) -> Vec<Group<'m>> {
    let mut owners = Owners::of(unit, workloads);
    for (folder, count) in &mut owners.folders {
        count.is_listed = !count.here.is_empty() && is_listed(folder);
    }
    let mut found: BTreeMap<(&str, Option<&str>), Vec<Workload<'m>>> = BTreeMap::new();
    for workload in workloads {
        let folder = owners.folder_of(workload.path);
        let flat = folder == dir(workload.path) && owners.is_flat(folder);
        let key = (folder, flat.then_some(workload.path));
        found.entry(key).or_default().push(*workload);
    }
    let groups = found.into_iter();
    groups
        .map(|((folder, file), workloads)| Group {
            folder,
            file,
            workloads,
        })
        .collect()
}

/// What the folders of a unit hold.
struct Owners<'m> {
    root: &'m str,
    folders: HashMap<&'m str, Count<'m>>,
}

/// The workloads at and below one folder.
#[derive(Default)]
struct Count<'m> {
    below: usize,
    owned: usize,
    /// Those that stand in the folder itself, by file, and whether the file is named after each.
    here: BTreeMap<&'m str, bool>,
    owned_here: usize,
    namespaces: BTreeSet<&'m str>,
    is_listed: bool,
}

impl<'m> Owners<'m> {
    fn of(unit: &'m Unit, workloads: &[Workload<'m>]) -> Self {
        let mut folders: HashMap<&'m str, Count<'m>> = HashMap::new();
        for workload in workloads {
            let path: &'m str = workload.path;
            for folder in ancestors(path) {
                let count = folders.entry(folder).or_default();
                let owned = usize::from(owns(base(folder), workload.name));
                count.below += 1;
                count.owned += owned;
                if folder == dir(path) {
                    // Not `romm-deployment.yaml`, which is a part of a service.
                    let (stem, name) = (stem(path), workload.name);
                    let mine = workload.namespace() == Some(stem);
                    let named = mine || owns(stem, name) && stem.len() <= name.len();
                    count.owned_here += owned;
                    let all = count.here.entry(path).or_insert(named);
                    *all |= named;
                    count.namespaces.extend(workload.namespace());
                }
            }
        }
        Owners {
            root: unit.path.as_str(),
            folders,
        }
    }

    /// Returns the folder of the service to which the file belongs: the outermost below the unit's that is named after
    /// most workloads in it, else the outermost that holds a workload itself.
    fn folder_of(&self, path: &'m str) -> &'m str {
        let own = dir(path);
        let inside = is_within(own, self.root);
        let candidates = || {
            ancestors(path)
                .take_while(move |d| !inside || self.root.is_empty() || (d.len() > self.root.len()))
        };
        let named = candidates()
            .filter(|d| self.folders.get(d).is_some_and(|c| c.owned * 2 > c.below))
            .last();
        // `cert-manager/cert-manager/`: the outer one is the namespace.
        let named = named.map(|outer| {
            candidates()
                .find(|d| dir(d) == outer && base(d) == base(outer))
                .unwrap_or(outer)
        });
        let holding = || {
            candidates()
                .filter(|d| {
                    let holds = self.folders.get(d).is_some_and(|c| !c.here.is_empty());
                    holds && !self.is_flat(d)
                })
                .last()
        };
        named.or_else(holding).unwrap_or(own)
    }

    /// Tells whether a folder holds services of one file each, every file named after its workload. What one kustomization
    /// lists for one namespace is one service of several parts.
    fn is_flat(&self, folder: &str) -> bool {
        self.folders.get(folder).is_some_and(|count| {
            let named = count.here.values().filter(|named| **named).count();
            let apart = !count.is_listed || count.namespaces.len() > 1;
            let several = count.here.len() > 1 && count.owned_here == 0;
            apart && several && named * 3 >= count.here.len() * 2
        })
    }
}
