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
