//! How Flux chooses image tags, as pure functions over text: references, tag filters, policies and their choice.

pub mod goregexp;
pub mod reference;
