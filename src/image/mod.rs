//! How Flux chooses image tags and where it writes them: references, tag filters, policies, markers. Pure.

pub mod marker;
mod objects;
pub mod reference;

pub use objects::{Automation, ImageObject, ImageObjects};
