//! The objects of Flux in clusters: tables for people, the same as data.

mod columns;
mod document;
mod drift;
mod follow;
mod page;
mod row;
mod service;

pub use document::{ClusterFailure, StatusDocument, Tally};
pub use drift::{DriftDocument, write_drifts};
pub use follow::Follow;
pub use page::write_status;
pub use row::{Standing, StatusRow};
pub use service::ServiceStatus;

/// How an answer for people looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// The columns of the terminal; nothing is cut without.
    pub width: Option<usize>,
    /// Whether there is colour.
    pub color: bool,
    /// Whether every table tells the namespace, not only those with objects of several.
    pub namespaces: bool,
    /// Whether messages are shown whole, below their rows, where a line is too short.
    pub whole: bool,
}
