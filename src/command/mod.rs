//! The commands: a file each, its arguments, then its story: gather, decide, show.

mod act;
pub mod bootstrap;
pub mod build;
mod checklist;
mod cluster;
pub mod diagnose;
pub mod explain;
mod findings;
mod first_tag;
mod gather;
mod global;
pub mod images;
pub mod init;
pub mod lint;
mod nearest;
pub mod new_service;
pub mod reconcile;
mod registry;
mod registry_facts;
mod registry_troubles;
mod scaffolding;
pub mod status;
pub mod suspend;
mod terminal;

pub use global::Global;
pub use terminal::Terminal;
