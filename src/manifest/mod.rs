//! YAML text, pure: one parse per file into a node tree with byte spans and comments.

mod builder;
mod document;
mod location;
mod node;
mod route;
mod source;
#[cfg(test)]
mod tests;

pub use document::Document;
pub use location::{FileId, Location, Place, Span};
pub use node::{Entry, Node, Scalar, ScalarStyle, Tag, Value};
pub use route::{Route, Step};
pub use source::{Comment, ParseError, Placement, SourceFile};
