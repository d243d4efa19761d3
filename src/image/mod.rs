//! How Flux chooses image tags and where it writes them: references, tag filters, policies, markers. Pure.

pub mod marker;
pub mod reference;
