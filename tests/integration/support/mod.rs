//! What tests share: temporary repositories, a runner of the program, servers.

pub mod cluster;
pub mod forge;
pub mod registry;
pub mod repo;
pub mod runner;
pub mod scaffold;
