//! The outside world: files, git, the environment. Nothing else in the crate touches it.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the one door in the wall"
)]

pub mod disk;
pub mod environment;
pub mod git;
pub mod repo_files;
