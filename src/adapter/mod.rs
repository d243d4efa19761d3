//! The outside world: files, git, registries, clusters, the environment. Nothing else in the crate touches it.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the one door in the wall"
)]

pub mod cache;
mod causes;
pub mod clock;
pub mod cluster;
pub mod disk;
pub mod environment;
pub mod forge;
pub mod git;
pub mod input;
pub mod interrupt;
pub mod mishap;
pub mod process;
pub mod prompt;
pub mod registry;
pub mod repo_files;
pub mod runtime;
pub mod token;
pub mod write;
