//! What a new service needs to know of a repository: its layout, its services, and how their owner writes them. Pure.

pub mod conventions;
pub mod layout;
mod names;
