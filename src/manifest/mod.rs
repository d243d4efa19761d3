//! YAML text, pure: one parse per file into a node tree with byte spans and comments.

mod location;
mod node;

pub use location::{FileId, Location, Place, Span};
pub use node::{Entry, Node, Scalar, ScalarStyle, Tag, Value};
