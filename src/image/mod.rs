//! How Flux chooses image tags and where it writes them: references, tag filters, policies, markers. Pure.

mod alphabetical;
mod created;
mod fault;
mod filter;
pub mod goregexp;
mod gotext;
pub mod marker;
mod numerical;
mod objects;
mod platform;
mod policy;
mod policy_spec;
pub mod propose;
mod reference;
mod scanned;
mod selection;
pub mod semver;
mod service;
mod standing;
mod tag_policy;
mod tag_text;

pub use created::Created;
pub use fault::Fault;
pub use filter::{DEFAULT_EXCLUSION, ExclusionList, TagFilter};
pub use objects::{Automation, ImageObject, ImageObjects};
pub use platform::Platform;
pub use policy::{Order, Policer, PolicyChoice};
pub use policy_spec::{TagFilterSpec, TagPolicySpec};
pub use reference::{Reference, ReferenceError, is_tag, same_repository};
pub use scanned::{LastScan, LatestRef, ScannedRepository, SelectedImage};
pub use selection::{Fate, Rejection, Selection, SelectionError, SelectionErrorKind, TagFate};
pub use service::Service;
pub use standing::{Behind, Standing, Step};
pub use tag_policy::{TagOrder, TagPolicy};
pub use tag_text::{TagTextError, read_tags};
