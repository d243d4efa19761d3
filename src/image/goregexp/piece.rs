//! A piece of a pattern while it is being parsed, with the measures by which Go limits patterns.

use super::ast::Ast;

/// How deep a tree may be. Go allows 1000; building programs recurses, and nobody nests a tag pattern like this.
pub(super) const MAX_HEIGHT: u32 = 250;
/// Go's `maxSize`: how many instructions (of 40 bytes) a pattern may compile to.
pub(super) const MAX_SIZE: u64 = (128 << 20) / 40;
/// How many copies of the innermost thing nested `{n,m}` may ask for.
pub(super) const MAX_REPEAT: u64 = 1000;

/// A subtree with its measures.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) ast: Ast,
    /// The depth of the tree that Go would build.
    pub(super) height: u32,
    /// The estimated number of instructions.
    pub(super) size: u64,
    /// The greatest product of nested `{n,m}` counts.
    pub(super) copies: u64,
}

impl Piece {
    /// Wraps a node without children.
    pub(super) fn leaf(ast: Ast) -> Self {
        Self {
            ast,
            height: 1,
            size: 1,
            copies: 1,
        }
    }

    /// Wraps this piece in a capturing group.
    pub(super) fn captured(self, index: usize) -> Self {
        let ast = Ast::Capture {
            index,
            inner: Box::new(self.ast),
        };
        Self {
            ast,
            height: self.height + 1,
            size: self.size.saturating_add(2),
            copies: self.copies,
        }
    }

    /// Repeats this piece; `counted` tells `{n,m}` from `*`, `+` and `?`.
    pub(super) fn repeated(self, min: u32, max: Option<u32>, greedy: bool, counted: bool) -> Self {
        let copies = match max.unwrap_or(min) {
            0 if max.is_some() => 1,
            count if counted => self.copies.saturating_mul(u64::from(count.max(1))),
            _ => self.copies,
        };
        let size = match (min, max) {
            (0, None) => self.size.saturating_add(2),
            (min, None) => self.size.saturating_mul(u64::from(min)).saturating_add(1),
            (min, Some(max)) => self
                .size
                .saturating_mul(u64::from(max))
                .saturating_add(u64::from(max.saturating_sub(min))),
        };
        let ast = Ast::Repeat {
            inner: Box::new(self.ast),
            min,
            max,
            greedy,
        };
        Self {
            ast,
            height: self.height + 1,
            size: size.max(1),
            copies,
        }
    }

    /// Puts pieces one after the other.
    pub(super) fn concat(pieces: Vec<Self>) -> Self {
        let literal = |piece: &Self| match piece.ast {
            Ast::Literal { fold, .. } => Some(fold),
            _ => None,
        };
        // Go keeps a run of literals in one node.
        let first = pieces.first().and_then(literal);
        let one_literal = first.is_some() && pieces.iter().all(|piece| literal(piece) == first);
        let joined = Self::join(pieces, 0, Ast::Concat, |ast| match ast {
            Ast::Concat(parts) => Ok(parts),
            other => Err(other),
        });
        Self {
            height: if one_literal { 1 } else { joined.height },
            ..joined
        }
    }

    /// Lets pieces be alternatives.
    pub(super) fn alternate(pieces: Vec<Self>) -> Self {
        // Go folds alternatives of one character each into a class.
        let one = |piece: &Self| {
            matches!(
                piece.ast,
                Ast::Literal { .. } | Ast::Class(_) | Ast::Any { .. }
            )
        };
        let one_class = pieces.iter().all(one);
        let joined = Self::join(pieces, 1, Ast::Alternate, |ast| match ast {
            Ast::Alternate(parts) => Ok(parts),
            other => Err(other),
        });
        Self {
            height: if one_class { 1 } else { joined.height },
            ..joined
        }
    }

    /// Joins pieces under one node, hoisting the parts of children that are such a node themselves.
    fn join(
        mut pieces: Vec<Self>,
        cost: u64,
        node: fn(Vec<Ast>) -> Ast,
        parts_of: fn(Ast) -> Result<Vec<Ast>, Ast>,
    ) -> Self {
        if pieces.len() == 1
            && let Some(piece) = pieces.pop()
        {
            return piece;
        }
        if pieces.is_empty() {
            return Self::leaf(Ast::Empty);
        }
        let mut joined = Self {
            ast: Ast::Empty,
            height: 1,
            size: cost * (pieces.len() as u64 - 1),
            copies: 1,
        };
        let mut parts = Vec::with_capacity(pieces.len());
        for piece in pieces {
            joined.size = joined.size.saturating_add(piece.size);
            joined.copies = joined.copies.max(piece.copies);
            match parts_of(piece.ast) {
                Ok(hoisted) => {
                    joined.height = joined.height.max(piece.height);
                    parts.extend(hoisted);
                }
                Err(ast) => {
                    joined.height = joined.height.max(piece.height + 1);
                    parts.push(ast);
                }
            }
        }
        Self {
            ast: node(parts),
            ..joined
        }
    }
}
