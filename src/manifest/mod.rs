//! YAML text, pure: one parse per file into a node tree with byte spans and comments.

mod block;
mod emit;
mod json;
mod key_order;
mod location;
mod node;
mod number;
mod scalar;
mod spelling;
mod timestamp;

pub use emit::{append_yaml, emit_scalar, to_yaml};
pub use location::{FileId, Location, Place, Span};
pub use node::{Entry, Node, Scalar, ScalarStyle, Tag, Value};
pub use scalar::{Resolved, Schema, ValueError, ValueProblem};
