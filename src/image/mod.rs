//! How Flux chooses image tags, as pure functions over text: references, tag filters, policies and their choice.

pub mod goregexp;
mod gotext;
pub mod reference;
pub mod semver;
