//! Where a new service's files go, and what makes Flux apply them: the registrations of a sibling, replayed.

mod checks;
mod choose;
mod depends;
mod entries;
mod files;
mod folder;
mod fresh;
mod parts;
mod place;
mod rename;
mod replay;
mod text;
mod unit;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::conventions::Conventions;
use super::layout::{Candidate, Detection, Layout, Role};
use super::plan::PlanError;
use crate::flux::{Cluster, Model};

pub use place::place;
pub use replay::register;
pub use text::assemble;

/// What is known of the repository.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The repository, rendered.
    pub model: &'a Model<'a>,
    /// The cluster that is to apply the service.
    pub cluster: usize,
    /// What was detected of that cluster.
    pub detection: &'a Detection,
    /// What was learnt of its services, the nearest first.
    pub conventions: &'a Conventions,
}

/// What the user wants of the new service's place. Only the name must be given.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish<'a> {
    /// The name of the service, a DNS label.
    pub name: &'a str,
    /// The layout.
    pub layout: Option<Layout>,
    /// The folder in which the service's folder is to stand, relative to the repository root.
    pub parent: Option<&'a str>,
    /// The sibling to mirror.
    pub like: Option<&'a str>,
    /// The namespace.
    pub namespace: Option<&'a str>,
    /// The Flux Kustomizations to wait for, beside those that are learnt.
    pub depends_on: &'a [String],
}

/// Why there is no place for a service.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PlaceError {
    /// The cluster's services have several layouts, and none of them prevails.
    #[error("the services here are laid out in several ways")]
    Ambiguous(Vec<Candidate>),
    /// There is no service to mirror.
    #[error("there is no service that could be an example: {0}")]
    NoExample(String),
    /// No sibling has the wanted name.
    #[error("no service is called `{name}`")]
    UnknownSibling {
        /// The name.
        name: String,
        /// All names.
        known: Vec<String>,
    },
    /// No Flux Kustomization has the name in a wish to wait for it.
    #[error("no Flux Kustomization is called `{name}`")]
    UnknownUnit {
        /// The name.
        name: String,
        /// All names.
        known: Vec<String>,
    },
    /// What the service would be called is there already.
    #[error("{what} `{name}` exists already: {at}")]
    Taken {
        /// `the folder`, `the namespace`, `the Flux Kustomization`.
        what: &'static str,
        /// Its name.
        name: String,
        /// Where it stands: a path, with a line where there is one.
        at: String,
    },
    /// The registrations of this layout cannot be replayed; what to do by hand.
    #[error("{0}")]
    ByHand(String),
}

/// A place for a new service, and how it is registered.
#[derive(Clone, Debug)]
pub struct Site {
    /// The layout.
    pub layout: Layout,
    /// The sibling whose registrations are replayed.
    pub sibling: String,
    /// The name of the service.
    pub name: String,
    /// The namespace of its workload.
    pub namespace: String,
    /// Whether others are in that namespace; then its object is there already.
    pub shares_namespace: bool,
    /// Whether the Namespace is one of the documents to write: it is new, and no folder of namespaces brings it.
    pub writes_namespace: bool,
    /// The folder that is the service's own; for a service of one file, the folder of that file.
    pub folder: String,
    /// Whether a kustomization file lists what stands in the folder. Where there is none, there must be none.
    pub has_kustomization: bool,
    /// The Flux Kustomization of its own: its file, and its name. `None` where it shares one.
    pub unit: Option<(String, String)>,
    /// Which of the detected services is the sibling.
    service: usize,
    /// The namespace of the sibling.
    from_namespace: String,
    /// The folder in which manifests stand; `folder` or one below it.
    main: String,
    /// The kustomization file of its own.
    kustomization: Option<String>,
    /// The only file, for a service of one file.
    file: Option<String>,
    /// Whether the sibling's Namespace stands in its overlay.
    namespace_in_overlay: bool,
    /// The extension of its files, without dot.
    extension: String,
    steps: Vec<Step>,
    depends_on: Vec<String>,
}

/// What has to be done so that Flux applies the service.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// A Flux Kustomization: a new file, or a document at the end of one that is there.
    Unit {
        file: String,
        of: Arc<str>,
        document: usize,
        appends: bool,
    },
    /// An entry that leads to the service's folder, its file or its Flux Kustomization.
    Entry {
        file: String,
        list: &'static str,
        text: String,
    },
    /// Entries for each of its files.
    EachFile {
        file: String,
        list: &'static str,
        dot_slash: bool,
    },
    /// A kustomization of an overlay's folder, like the sibling's, that leads to the service's base.
    Overlay { file: String, of: Arc<str> },
    /// A folder for a new namespace, like the one of the sibling's namespace.
    NamespaceFolder { folder: String, of: String },
}

/// One file that the command has planned for the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its path.
    pub path: String,
    /// What its documents are for.
    pub roles: Vec<Role>,
}

impl Site {
    /// Returns the folder of the overlay that brings the namespace.
    fn overlay_of_namespace(&self) -> Option<&str> {
        self.overlay().filter(|_| self.namespace_in_overlay)
    }
}

impl<'a> Ground<'a> {
    /// Returns the cluster; none if there is no such.
    fn cluster(&self) -> Option<&'a Cluster<'a>> {
        self.model.clusters.get(self.cluster)
    }
}

impl From<PlaceError> for PlanError {
    fn from(error: PlaceError) -> Self {
        PlanError::Other(error.to_string())
    }
}
