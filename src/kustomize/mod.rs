//! Module `kustomize`.

#[allow(dead_code, reason = "the build that uses it is being written")]
pub(crate) mod fieldpath;
#[allow(dead_code, reason = "the build that uses it is being written")]
pub(crate) mod folded;
#[allow(dead_code, reason = "the build that uses it is being written")]
pub(crate) mod json6902;
#[allow(dead_code, reason = "the build that uses it is being written")]
pub(crate) mod merge;
#[allow(dead_code, reason = "the build that uses it is being written")]
mod regexp;
#[allow(dead_code, reason = "the build that uses it is being written")]
pub(crate) mod replacements;
#[allow(dead_code, reason = "the build that uses it is being written")]
pub(crate) mod scope;
#[allow(dead_code, reason = "the build that uses it is being written")]
pub(crate) mod selector;
#[allow(dead_code, reason = "the build that uses it is being written")]
mod structured;
#[allow(dead_code, reason = "the build that uses it is being written")]
pub(crate) mod style;
