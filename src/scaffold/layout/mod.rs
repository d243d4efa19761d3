//! How a cluster's services are laid out in folders, and who registers each with Flux.

mod classify;
mod folders;
mod lists;
mod parts;
mod services;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::flux::Model;
use crate::manifest::{Location, Place};

pub use classify::Candidate;
pub use parts::{Part, Role};

/// How services are laid out and registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layout {
    /// The Flux Kustomization stands in the service's own folder, above what it applies: `apps/media/romm/{ks.yaml,app/}`.
    AppFolder,
    /// The Flux Kustomization is a file of another branch of the same tree: `apps/main/media/romm.yaml` for
    /// `apps/base/media/romm/`.
    AppFile,
    /// One Flux Kustomization for all; an overlay lists bases that stand beside it: `apps/production/` and `apps/base/romm/`.
    BaseAndOverlay,
    /// A file or document for each service below the cluster's folder: `clusters/home/romm.yaml` for `apps/romm/`.
    UnitPerApp,
    /// Documents of one file for the folders beside it: `clusters/home/flux-system/infrastructure.yaml` for
    /// `clusters/home/romm/`.
    Documents,
    /// One Flux Kustomization for all; kustomization files list each service.
    ListedTree,
    /// One Flux Kustomization for all, and no kustomization file: what is there is applied.
    FoundTree,
    /// A file for each environment beside the service, listed as a patch: `apps/media/romm/{romm,prod}.yaml`.
    EnvironmentFiles,
    /// Flux Kustomizations of other repositories, one for each tenant.
    Tenants,
}

/// What is known of one cluster.
#[derive(Clone, Debug)]
pub struct Detection {
    /// The layouts that its services have, the most frequent first.
    pub candidates: Vec<Candidate>,
    /// Its services, in order of unit and path.
    pub services: Vec<Service>,
    /// Whether the cluster's folder is a small part of a repository that holds a product's code.
    pub in_product: bool,
}

/// One service that the cluster applies.
#[derive(Clone, Debug)]
pub struct Service {
    /// The name of its folder, file or Flux Kustomization.
    pub name: String,
    /// The namespace of its workload after rendering; empty where none is set.
    pub namespace: String,
    /// How it is laid out.
    pub layout: Layout,
    /// Its own folder first, then overlays; for a service of one file, the folder of that file.
    pub folders: Vec<String>,
    /// Whether a kustomization file says what its folder applies, so that a new file must be listed.
    pub has_kustomization: bool,
    /// The indices of the units that apply it, in the cluster.
    pub units: Vec<usize>,
    /// Whether these units are its own.
    pub has_own_unit: bool,
    /// Its files, the shared ones that hold its image policy included.
    pub parts: Vec<Part>,
    /// What makes Flux apply it, from the inside out.
    pub registrations: Vec<Registration>,
}

/// One of the places that make Flux apply a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registration {
    /// A Flux Kustomization of its own.
    Document {
        /// The file.
        file: Arc<str>,
        /// The position of the document in it.
        document: usize,
        /// How many Flux Kustomizations the file holds.
        of: usize,
        /// The document.
        place: Place,
    },
    /// An entry in a list of a kustomization file.
    Entry {
        /// The kustomization file.
        file: Arc<str>,
        /// The list: `resources`, `bases` or `components`.
        list: &'static str,
        /// The entry.
        place: Place,
    },
    /// Nothing but being there: Flux generates the kustomization of this folder.
    Found {
        /// The folder, relative to the repository root.
        folder: String,
    },
}

impl Layout {
    /// Looks at what the cluster with this index applies. Files that no unit reads are neither evidence nor a defect. An
    /// index without a cluster gives an empty detection.
    pub fn detect(model: &Model<'_>, cluster: usize) -> Detection {
        let Some(cluster) = model.clusters.get(cluster) else {
            return Detection {
                candidates: Vec::new(),
                services: Vec::new(),
                in_product: false,
            };
        };
        let services = services::of(cluster);
        Detection {
            candidates: classify::candidates(model.tree, cluster, &services),
            in_product: classify::is_in_product(model.tree, cluster),
            services,
        }
    }

    /// Returns what a person would call it.
    pub fn name(self) -> &'static str {
        match self {
            Layout::AppFolder => "a Flux Kustomization in each service's folder",
            Layout::AppFile => "a Flux Kustomization file for each service in a tree of its own",
            Layout::BaseAndOverlay => "bases and overlays",
            Layout::UnitPerApp => "a Flux Kustomization for each service in the cluster's folder",
            Layout::Documents => "Flux Kustomizations in one file beside the services' folders",
            Layout::ListedTree => "one tree, listed by kustomization files",
            Layout::FoundTree => "one tree without lists",
            Layout::EnvironmentFiles => "a file for each environment beside each service",
            Layout::Tenants => "tenants with repositories of their own",
        }
    }
}

impl Detection {
    /// Returns the layout that at least two thirds of the evidence speak for, if there is one.
    pub fn clear(&self) -> Option<Layout> {
        let best = self.candidates.first()?;
        (best.services * 3 >= best.of * 2).then_some(best.layout)
    }

    /// Returns the service of this name; the first of several.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|s| s.name == name)
    }
}

impl Service {
    /// Returns the folder in which its own files stand.
    pub fn folder(&self) -> &str {
        self.folders.first().map_or("", String::as_str)
    }

    /// Returns its files with this role.
    pub fn files(&self, role: Role) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(move |p| p.roles.contains(&role))
    }
}

impl Registration {
    /// Returns where it stands, for people; the folder's first line for what is only found.
    pub fn location(&self, tree: &crate::manifest::Tree) -> Option<Location> {
        match self {
            Registration::Document { place, .. } | Registration::Entry { place, .. } => {
                tree.location(*place)
            }
            Registration::Found { .. } => None,
        }
    }
}
