//! Which kustomization file lists what.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::flux::Cluster;
use crate::kustomize::{self, Role};
use crate::manifest::{Node, Place};
use crate::scaffold::names::{dir, is_within};

/// The fields that bring further files.
const FIELDS: [&str; 3] = ["resources", "bases", "components"];

/// One entry of a list.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The kustomization file.
    pub file: Arc<str>,
    /// The field.
    pub list: &'static str,
    /// The entry.
    pub place: Place,
}

/// All entries of the kustomization files that a cluster reads, by the path that they lead to.
pub(super) struct Lists {
    by_target: BTreeMap<String, Vec<Entry>>,
    /// Kustomization files by folder.
    files: BTreeMap<Arc<str>, Arc<str>>,
}

impl Lists {
    pub(super) fn of(cluster: &Cluster<'_>) -> Self {
        let mut lists = Lists {
            by_target: BTreeMap::new(),
            files: BTreeMap::new(),
        };
        let reached = cluster.units.iter().flat_map(|u| &u.files);
        for file in reached.filter(|f| f.role == Role::Kustomization) {
            let folder: Arc<str> = dir(&file.path).into();
            if lists.files.insert(folder, file.path.clone()).is_none() {
                lists.read(cluster, &file.path);
            }
        }
        lists
    }

    fn read(&mut self, cluster: &Cluster<'_>, path: &Arc<str>) {
        let Some(source) = cluster.view.tree().source(path) else {
            return;
        };
        let Some(root) = source.documents.iter().find_map(|d| d.root.as_ref()) else {
            return;
        };
        for list in FIELDS {
            for item in root.get(list).and_then(Node::items).unwrap_or_default() {
                let Some(target) = item.text().and_then(|t| kustomize::join(dir(path), t)) else {
                    continue;
                };
                self.by_target.entry(target).or_default().push(Entry {
                    file: path.clone(),
                    list,
                    place: item.place,
                });
            }
        }
    }

    /// Returns the kustomization file of a folder, if some unit reads it.
    pub(super) fn kustomization(&self, folder: &str) -> Option<&Arc<str>> {
        self.files.get(folder)
    }

    /// Returns the entries that lead to exactly this path.
    pub(super) fn to(&self, target: &str) -> &[Entry] {
        self.by_target.get(target).map_or(&[], Vec::as_slice)
    }

    /// Returns the entries outside of `folder` that lead to it or into it, each with where it leads.
    pub(super) fn leading_into<'l>(
        &'l self,
        folder: &'l str,
    ) -> impl Iterator<Item = (&'l str, &'l Entry)> {
        self.by_target
            .range(folder.to_owned()..)
            .take_while(move |(target, _)| target.starts_with(folder))
            .filter(move |(target, _)| is_within(target, folder))
            .flat_map(|(target, entries)| entries.iter().map(move |e| (target.as_str(), e)))
            .filter(move |(_, entry)| !is_within(&entry.file, folder))
    }
}
