//! Module `kustomize`.

#[allow(dead_code, reason = "the build that applies patches is being written")]
pub(crate) mod merge;
#[allow(dead_code, reason = "the build that reads scopes is being written")]
pub(crate) mod scope;
