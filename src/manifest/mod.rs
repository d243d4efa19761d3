//! YAML text, pure: one parse per file into a node tree with byte spans and comments.

mod block;
mod builder;
mod document;
mod edit;
mod emit;
mod json;
mod key_order;
mod location;
mod node;
mod number;
mod route;
mod scalar;
mod source;
mod spelling;
mod timestamp;
mod tree;

#[cfg(test)]
mod tests;

pub use document::Document;
pub(crate) use edit::spell_like;
pub use edit::{DocumentPosition, Edit, EditError, Editor, NewScalar, Position, Quotes, Style};
pub use emit::{append_yaml, emit_scalar, to_yaml};
pub use location::{FileId, Location, Place, Span};
pub use node::{Entry, Node, Scalar, ScalarStyle, Tag, Value};
pub(crate) use number::format_float;
pub use route::{Route, Step};
pub use scalar::{Resolved, Schema, ValueError, ValueProblem};
pub use source::{Comment, ParseError, Placement, SourceFile};
pub(crate) use spelling::reads_as_string;
pub use tree::{Content, Loader, Tree, TreeFile};
