//! The services of a cluster: from the workloads of its units to folders, files and registrations.

use std::collections::{BTreeMap, HashSet};

use crate::flux::{Cluster, SourceOf, Unit, is_kustomization};
use crate::scaffold::names::{base, dir, is_within, owns, stem};

use super::folders::{Group, Workload, groups, workloads};
use super::lists::{Entry, Lists};
use super::parts::{Part, Parts, Role};
use super::{Layout, Registration, Service};

/// Longer chains of overlays are none.
const MAX_OVERLAYS: usize = 8;

/// As many Flux Kustomizations may stand in one service's folder, whatever their names: application, configuration, data.
const MAX_OF_ONE_SERVICE: usize = 3;

/// Returns the services of a cluster, in order of unit and path. Services of several units are one.
pub(super) fn of(cluster: &Cluster<'_>) -> Vec<Service> {
    let survey = Survey::of(cluster);
    let mut found: Vec<Service> = Vec::new();
    let mut shared: Vec<(usize, &Unit, Group<'_>)> = Vec::new();
    let mut claimed: HashSet<&str> = HashSet::new();
    for (index, unit) in cluster.units.iter().enumerate() {
        let workloads = workloads(unit);
        if unit.source != SourceOf::Here || workloads.is_empty() {
            continue;
        }
        let is_listed = |folder: &str| survey.lists.kustomization(folder).is_some();
        let groups = groups(unit, &workloads, is_listed);
        if survey.is_own(unit, &groups, &workloads) {
            claimed.extend(workloads.iter().map(|w| w.path));
            add(&mut found, survey.own(index, unit, &groups, &workloads));
        } else {
            shared.extend(groups.into_iter().map(|group| (index, unit, group)));
        }
    }
    // A root that finds every folder below it applies also what has a unit of its own.
    shared.retain(|(_, _, group)| !group.workloads.iter().all(|w| claimed.contains(w.path)));
    let in_trees = shared
        .iter()
        .map(|(index, unit, group)| survey.in_tree(*index, unit, group));
    found.extend(in_trees);
    found.sort_by_key(|s| s.units.first().copied());
    found
}

/// Adds a service, or to the service of the same folder that stands there already.
fn add(found: &mut Vec<Service>, service: Service) {
    let same = |s: &&mut Service| {
        s.layout == Layout::AppFolder && s.layout == service.layout && s.folders == service.folders
    };
    let Some(known) = found.iter_mut().find(same) else {
        found.push(service);
        return;
    };
    known.units.extend(service.units);
    for part in service.parts {
        if !known.parts.iter().any(|p| p.path == part.path) {
            known.parts.push(part);
        }
    }
    for registration in service.registrations {
        if !known.registrations.contains(&registration) {
            known.registrations.push(registration);
        }
    }
}

/// What is asked of a cluster again and again.
struct Survey<'m> {
    cluster: &'m Cluster<'m>,
    lists: Lists,
    parts: Parts<'m>,
    /// The names of the units that stand in each folder.
    mates: BTreeMap<&'m str, Vec<&'m str>>,
    /// How many units each file holds.
    documents: BTreeMap<&'m str, usize>,
}

impl<'m> Survey<'m> {
    fn of(cluster: &'m Cluster<'m>) -> Self {
        let mut mates: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut documents: BTreeMap<&str, usize> = BTreeMap::new();
        for unit in &cluster.units {
            let Some(origin) = &unit.origin else { continue };
            let names = mates.entry(dir(&origin.path)).or_default();
            names.push(unit.id.name.as_str());
            *documents.entry(origin.path.as_str()).or_default() += 1;
        }
        Survey {
            cluster,
            lists: Lists::of(cluster),
            parts: Parts::of(cluster),
            mates,
            documents,
        }
    }

    /// Tells whether a unit applies one service alone.
    fn is_own(&self, unit: &Unit, groups: &[Group<'_>], workloads: &[Workload<'_>]) -> bool {
        let applies_units = unit.objects.iter().any(|o| is_kustomization(&o.node));
        let is_root = unit.parent.is_none() && self.cluster.is_bootstrapped();
        if applies_units || is_root || unit.origin.is_none() {
            return false;
        }
        let owned = |w: &&Workload<'_>| owners(unit).any(|owner| owns(owner, w.name));
        if workloads.iter().filter(owned).count() * 2 > workloads.len() {
            return true;
        }
        matches!(groups, [group] if group.file.is_none() && group.folder == unit.path)
    }

    /// Describes the service that a unit applies alone.
    fn own(
        &self,
        index: usize,
        unit: &'m Unit,
        groups: &[Group<'m>],
        workloads: &[Workload<'m>],
    ) -> Service {
        let file = unit.origin.as_ref().map_or("", |o| o.path.as_str());
        let layout = self.layout_of_own(unit, file);
        let folders = match layout {
            Layout::AppFolder => vec![dir(file).to_owned()],
            _ => folders_of_own(unit, groups),
        };
        let named = folders.iter().find_map(|f| name_in(f, &unit.id.name));
        let name = match layout {
            Layout::AppFolder => base(dir(file)),
            _ => named.unwrap_or(&unit.id.name),
        };
        let mut parts = self.parts_in(&folders);
        if !parts.iter().any(|p| p.path.as_ref() == file) {
            parts.extend(self.parts.file(file));
        }
        parts.extend(self.parts.of_images(&parts));
        Service {
            name: name.to_owned(),
            namespace: namespace(workloads),
            layout,
            has_kustomization: self.has_kustomization(workloads, &folders),
            registrations: self.registrations_of_own(unit, file, layout),
            folders,
            units: vec![index],
            has_own_unit: true,
            parts,
        }
    }

    fn layout_of_own(&self, unit: &Unit, file: &str) -> Layout {
        let here = dir(file);
        let root = self
            .cluster
            .units
            .first()
            .filter(|_| self.cluster.is_bootstrapped());
        let root = root.map(|u| u.path.as_str());
        let mates = self.mates.get(here).map_or(&[][..], Vec::as_slice);
        let owned = mates.iter().filter(|name| owns(base(here), name)).count();
        let is_of_one = mates.len() <= MAX_OF_ONE_SERVICE || owned * 2 > mates.len();
        let holds_unit = unit.path != here && is_within(&unit.path, here);
        // `apps/romm.yaml` for `apps/romm/`, in a folder that is nobody's own.
        let is_beside = stem(file) == base(&unit.path)
            && dir(&unit.path) == here
            && !owns(base(here), &unit.id.name);
        if holds_unit && !is_beside && is_of_one && !here.is_empty() && root != Some(here) {
            return Layout::AppFolder;
        }
        let several = self.documents.get(file).is_some_and(|n| *n > 1);
        let beside = dir(&unit.path) == here || dir(&unit.path) == dir(here);
        if several && beside && !here.is_empty() {
            return Layout::Documents;
        }
        let of_cluster = root.is_none_or(|root| is_within(file, root));
        if !of_cluster && top(file) == top(&unit.path) {
            return Layout::AppFile;
        }
        Layout::UnitPerApp
    }

    fn registrations_of_own(&self, unit: &Unit, file: &str, layout: Layout) -> Vec<Registration> {
        let Some(origin) = &unit.origin else {
            return Vec::new();
        };
        let mut found = vec![Registration::Document {
            file: file.into(),
            document: origin.document,
            of: self.documents.get(file).copied().unwrap_or(1),
            place: origin.place,
        }];
        let entries: Vec<&Entry> = match layout {
            Layout::AppFolder => self.lists.leading_into(dir(file)).map(|(_, e)| e).collect(),
            _ => self.lists.to(file).iter().collect(),
        };
        found.extend(entries.into_iter().map(entry));
        let parent = unit.parent.and_then(|p| self.cluster.units.get(p));
        if let (1, Some(parent)) = (found.len(), parent) {
            let folder = parent.path.clone();
            if self.lists.kustomization(&folder).is_none() && is_within(file, &folder) {
                found.push(Registration::Found { folder });
            }
        }
        found
    }

    /// Describes a service that shares its unit with others.
    fn in_tree(&self, index: usize, unit: &'m Unit, group: &Group<'m>) -> Service {
        let name = match group.file {
            Some(file) => stem(file),
            None => base(group.folder),
        };
        let chain = self.chain(unit, group, name);
        let mut folders = vec![group.folder.to_owned()];
        folders.extend(chain.overlays);
        let mut parts = match group.file {
            Some(file) => self.parts.file(file).into_iter().collect(),
            None => self.parts_in(&folders),
        };
        for registration in &chain.registrations {
            if let Registration::Entry { file, .. } = registration {
                parts.extend(self.overlay_parts(dir(file), name, &parts));
            }
        }
        parts.extend(self.parts.of_images(&parts));
        Service {
            name: name.to_owned(),
            namespace: namespace(&group.workloads),
            layout: chain.layout,
            has_kustomization: self.has_kustomization(&group.workloads, &folders),
            folders,
            units: vec![index],
            has_own_unit: false,
            parts,
            registrations: chain.registrations,
        }
    }

    /// Follows the lists from a service outwards, over its own overlays, to the entries that register it.
    fn chain(&self, unit: &Unit, group: &Group<'_>, name: &str) -> Chain {
        let mut chain = Chain {
            layout: Layout::FoundTree,
            overlays: Vec::new(),
            registrations: Vec::new(),
        };
        let mut seen: HashSet<String> = HashSet::new();
        let mut open = vec![group.file.unwrap_or(group.folder).to_owned()];
        while let Some(path) = open.pop() {
            for (target, found) in self.lists.leading_into(&path) {
                let lister = dir(&found.file);
                chain.learn(target, lister, group);
                let is_overlay = lister != unit.path && owns(base(lister), name);
                if is_overlay && seen.len() < MAX_OVERLAYS {
                    if seen.insert(lister.to_owned()) {
                        open.push(lister.to_owned());
                        chain.overlays.push(lister.to_owned());
                    }
                } else {
                    chain.registrations.push(entry(found));
                }
            }
        }
        if chain.registrations.is_empty() {
            let folder = unit.path.clone();
            chain.registrations.push(Registration::Found { folder });
        }
        chain
    }

    fn parts_in(&self, folders: &[String]) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        for folder in folders {
            for part in self.parts.below(folder) {
                if !parts.iter().any(|p| p.path == part.path) {
                    parts.push(part);
                }
            }
        }
        parts
    }

    /// Returns the patches and inputs in an overlay's folder that are named after a service.
    fn overlay_parts(&self, folder: &str, name: &str, known: &[Part]) -> Vec<Part> {
        let own = |part: &Part| {
            let applies = part
                .roles
                .iter()
                .any(|r| matches!(r, Role::Patch | Role::Input));
            applies && dir(&part.path) == folder && owns(stem(&part.path), name)
        };
        let new = |part: &Part| !known.iter().any(|k| k.path == part.path);
        let below = self.parts.below(folder);
        below.filter(|part| own(part) && new(part)).collect()
    }

    fn has_kustomization(&self, workloads: &[Workload<'_>], folders: &[String]) -> bool {
        let holding = workloads.iter().map(|w| dir(w.path));
        let own = folders.iter().map(String::as_str);
        holding
            .chain(own)
            .any(|folder| self.lists.kustomization(folder).is_some())
    }
}

/// What lies between a service and its unit.
struct Chain {
    layout: Layout,
    overlays: Vec<String>,
    registrations: Vec<Registration>,
}

impl Chain {
    /// Learns the layout from one entry: a base stands outside of the folder that lists it.
    fn learn(&mut self, target: &str, lister: &str, group: &Group<'_>) {
        let layout = match is_within(target, lister) {
            true => Layout::ListedTree,
            false
                if group.file.is_none()
                    && dir(target) == group.folder
                    && target != group.folder =>
            {
                Layout::EnvironmentFiles
            }
            false => Layout::BaseAndOverlay,
        };
        let rank = |layout| match layout {
            Layout::BaseAndOverlay => 3,
            Layout::EnvironmentFiles => 2,
            Layout::ListedTree => 1,
            _ => 0,
        };
        if rank(layout) > rank(self.layout) {
            self.layout = layout;
        }
    }
}

fn entry(found: &Entry) -> Registration {
    Registration::Entry {
        file: found.file.clone(),
        list: found.list,
        place: found.place,
    }
}

/// Returns the names that a unit may give to its workloads: its own, and those of the last folders of its path.
fn owners(unit: &Unit) -> impl Iterator<Item = &str> {
    let folders = unit.path.rsplit('/').take(3);
    std::iter::once(unit.id.name.as_str()).chain(folders)
}

/// Returns the folders of a unit that has one service: bases outside of its path come first, for they hold the service.
fn folders_of_own(unit: &Unit, groups: &[Group<'_>]) -> Vec<String> {
    let outside = groups.iter().map(|g| g.folder);
    let mut folders: Vec<String> = outside
        .filter(|folder| !is_within(folder, &unit.path))
        .map(str::to_owned)
        .collect();
    folders.push(unit.path.clone());
    folders
}

/// Returns the innermost part of a folder that occurs in a unit's name.
fn name_in<'f>(folder: &'f str, unit: &str) -> Option<&'f str> {
    let parts = folder
        .rsplit('/')
        .filter(|part| !matches!(*part, "app" | "base" | ""));
    parts.take(3).find(|part| unit.contains(part))
}

fn namespace(workloads: &[Workload<'_>]) -> String {
    let mut namespaces = workloads.iter().filter_map(Workload::namespace);
    namespaces.next().unwrap_or_default().to_owned()
}

fn top(path: &str) -> &str {
    path.split_once('/').map_or("", |(top, _)| top)
}
