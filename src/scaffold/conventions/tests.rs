//! Conventions of a small repository.
