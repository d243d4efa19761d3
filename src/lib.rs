//! The developer CLI for homelab GitOps repositories run by Flux.
//!
//! Data flows one way: `adapter` gathers bytes, the pure modules (`manifest`, `kustomize`, `flux`, `image`, `lint`)
//! decide, and `output` shows. `docs/architecture.md` has the table of what may import what.

pub mod adapter;
pub mod flux;
pub mod image;
pub mod kustomize;
pub mod lint;
pub mod manifest;
pub mod output;
