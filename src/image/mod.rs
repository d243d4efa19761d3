//! How Flux chooses image tags, as pure functions over text: references, tag filters, policies and their choice.

mod alphabetical;
mod filter;
pub mod goregexp;
mod gotext;
mod numerical;
mod policy;
mod reference;
mod selection;
pub mod semver;
mod tag_policy;

pub use filter::{DEFAULT_EXCLUSION, ExclusionList, TagFilter};
pub use policy::{Order, Policer, PolicyChoice};
pub use reference::{Reference, ReferenceError, is_tag, same_repository};
pub use selection::{Fate, Rejection, Selection, SelectionError, SelectionErrorKind, TagFate};
pub use tag_policy::{TagFilterSpec, TagOrder, TagPolicy, TagPolicySpec};
