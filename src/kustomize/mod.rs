//! Module `kustomize`.

#[allow(dead_code, reason = "the build that applies patches is being written")]
pub(crate) mod folded;
#[allow(dead_code, reason = "the build that applies patches is being written")]
pub(crate) mod json6902;
#[allow(dead_code, reason = "the build that applies patches is being written")]
pub(crate) mod merge;
#[allow(dead_code, reason = "the build that reads scopes is being written")]
pub(crate) mod scope;
#[allow(dead_code, reason = "the build that selects objects is being written")]
pub(crate) mod selector;
#[allow(dead_code, reason = "the build that sets fields is being written")]
pub(crate) mod style;
