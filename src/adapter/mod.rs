//! The outside world: files, git, registries, the environment. Nothing else in the crate touches it.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the one door in the wall"
)]

pub mod cache;
pub mod disk;
pub mod environment;
pub mod git;
pub mod input;
pub mod registry;
pub mod repo_files;
pub mod runtime;
