//! What tests share: temporary repositories.

pub mod repo;
