//! Strategic merge patches as kustomize applies them (kyaml 0.21 `merge2`, lists grow at the front).
//!
//! kyaml's algorithm has corners that users depend on or stumble over: an element without its merge key empties the
//! list, `$retainKeys` and `$setElementOrder` mean nothing and stay as fields, fields that say nothing (`key:`) vanish
//! anywhere in the object, and a new scalar takes the quotes of the old one. All of them are kept.

mod directive;
mod identity;
mod list;
mod schema;
mod walk;

use crate::manifest::Node;
use schema::Schema;
use walk::{Change, Walked};

/// What became of the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was changed in place.
    Merged,
    /// The patch deletes it (`$patch: delete`).
    Deleted,
}

/// Why a patch does not fit. The messages are kyaml's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MergeError {
    /// `$patch` says something else than `delete`, `merge` or `replace`.
    #[error("unknown patch strategy '{0}'")]
    UnknownDirective(String),
    /// The patch has, say, a list where the object has a mapping.
    #[error("wrong node kind: expected {expected} but got {found}")]
    WrongKind {
        /// The kind of node in the object.
        expected: &'static str,
        /// The kind of node in the patch.
        found: &'static str,
    },
    /// Object or patch nest deeper than any real one.
    #[error("nested too deeply to merge")]
    TooDeep,
}

/// Merges `patch` into `target`. The list keys come from the target's `apiVersion` and `kind`; lists of kinds that
/// kustomize does not know are replaced. Parts of the patch keep their place. Both trees must be free of aliases.
///
/// A patch may change name, kind and namespace: keeping them is up to the caller, as in kustomize
/// (`Resource.ApplySmPatch`).
///
/// # Errors
/// The patch does not fit; `target` is then unchanged.
pub(crate) fn strategic_merge(target: &mut Node, patch: &Node) -> Result<Outcome, MergeError> {
    match walk::merge(target, patch, Schema::Unknown, 0)? {
        Walked::Target(Change::Keep) => {}
        Walked::Target(Change::Set(node)) => *target = node,
        Walked::Target(Change::Drop) => return Ok(Outcome::Deleted),
        // kustomize keeps hold of the old object and drops the result, so that `$patch: replace` at the root is void.
        Walked::Patch(_) => {}
    }
    Ok(Outcome::Merged)
}

#[cfg(test)]
mod tests;
