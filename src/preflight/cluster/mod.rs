//! Facts of a cluster from what its API server says: objects as JSON in, facts out. No value of a Secret gets through but
//! its public halves.

mod access;
mod api_versions;
mod controllers;
mod nodes;
mod releases;
mod secret;
mod sync;

pub use access::{NEEDS, Need};
pub use controllers::{CONTROLLERS, Subjects, controllers, crd};
pub use nodes::node;
pub use secret::secret;
pub use sync::{automations, flux_instance, namespace_ends, source_of, sync};

pub(crate) use api_versions::{last_with, versions_of};
pub(crate) use releases::{Minor, NEWEST, Support, support};
