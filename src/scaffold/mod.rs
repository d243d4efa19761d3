//! A new service for a repository: its layout, how its owner writes services, and what is to be written. Pure.

pub mod author;
pub mod commit;
pub mod contents;
pub mod conventions;
pub mod extras;
pub mod images;
pub mod init;
pub mod layout;
pub mod mirror;
mod names;
pub mod plan;
pub mod register;
pub mod sealing;
pub mod spec;
pub mod template;
pub mod values;

/// Tells whether what is called `name` belongs to a service: the same name, or one that continues the other.
pub(crate) fn is_of_service(service: &str, name: &str) -> bool {
    names::owns(service, name)
}

/// Returns folder and last part of a path.
pub(crate) fn names_of_path(path: &str) -> (&str, &str) {
    (names::dir(path), names::base(path))
}
