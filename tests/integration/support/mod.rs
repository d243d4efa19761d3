//! What tests share: temporary repositories, and a runner of the program.

pub mod repo;
pub mod runner;
