//! The syntax tree of a Go regular expression, with flags already applied to the nodes they govern.

/// One node of the tree. Groups without a capture leave no node of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ast {
    /// Matches the empty string.
    Empty,
    /// Matches one character; with `fold`, whatever its case.
    Literal {
        /// The character.
        char: char,
        /// Set under `(?i)`.
        fold: bool,
    },
    /// Matches one character of a class.
    Class(Class),
    /// Matches any one character (`.`); a newline only under `(?s)`.
    Any {
        /// Set under `(?s)`.
        newline: bool,
    },
    /// Matches a place, not a character.
    Assertion(Assertion),
    /// Remembers what its inside matches.
    Capture {
        /// The number of the group, from 1.
        index: usize,
        /// What is inside the parentheses.
        inner: Box<Ast>,
    },
    /// Matches its inside several times.
    Repeat {
        /// What is repeated.
        inner: Box<Ast>,
        /// The least number of times.
        min: u32,
        /// The greatest number of times; `None` is no limit.
        max: Option<u32>,
        /// Prefers more over fewer.
        greedy: bool,
    },
    /// Matches its parts one after the other. Holds no other `Concat` directly.
    Concat(Vec<Ast>),
    /// Matches one of its parts, the first that fits. Holds no other `Alternate` directly.
    Alternate(Vec<Ast>),
}

/// A place in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assertion {
    /// `\A`, and `^` without `(?m)`.
    TextStart,
    /// `\z`, and `$` without `(?m)`: never before a final newline.
    TextEnd,
    /// `^` under `(?m)`.
    LineStart,
    /// `$` under `(?m)`.
    LineEnd,
    /// `\b`, of ASCII words.
    WordBoundary,
    /// `\B`.
    NotWordBoundary,
}

/// A set of characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Class {
    /// Matches what is *not* in `items`.
    pub negated: bool,
    /// Takes both cases of every character (set under `(?i)`); applied before any negation.
    pub fold: bool,
    /// The union of which the set is made.
    pub items: Vec<ClassItem>,
}

/// One part of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClassItem {
    /// Code points from the first to the last, both included; they may be surrogates, which match nothing.
    Range(u32, u32),
    /// A named ASCII set: `\d`, `\W`, `[:alpha:]`.
    Ascii {
        /// The bytes, as inclusive ranges.
        ranges: &'static [(u8, u8)],
        /// Set for `\D`, `[:^alpha:]`.
        negated: bool,
    },
    /// A Unicode general category or script: `\p{Greek}`.
    Unicode {
        /// The property.
        property: Property,
        /// Set for `\P{Greek}`, `\p{^Greek}`.
        negated: bool,
    },
}

/// A Unicode property that Go knows by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Property {
    /// Every code point.
    Any,
    /// Code points below 128.
    Ascii,
    /// A general category, by its short name (`Lu`).
    Category(&'static str),
    /// A script, by its long name (`Greek`).
    Script(&'static str),
}
