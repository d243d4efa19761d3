//! Go's regular expressions (`regexp` of Go 1.26), which filter and exclude tags, run on the `regex` crate.
//!
//! The two agree on what a match is (leftmost, first alternative first) but not on syntax, so patterns are read by a
//! parser of Go's syntax and written anew for the crate.

mod ast;
mod class;
mod emit;
mod error;
mod escape;
mod expand;
mod parse;
mod piece;
mod sample;
mod structure;
mod template;
#[cfg(test)]
mod tests;
mod unicode;

use std::ops::Range;
use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

pub use ast::{Assertion, Ast, Class, ClassItem, Property};
pub(super) use expand::Expander;
pub use template::{Template, TemplatePart};

use emit::Alphabet;

/// How many bytes a program may take. Go allows about as many; a pattern over it matches nothing here.
const SIZE_LIMIT: usize = 256 << 20;
/// Above what [`piece::MAX_HEIGHT`] can need once groups are written around repetitions.
const NEST_LIMIT: u32 = 1000;

/// A pattern that Go accepts. Programs are built on first use.
#[derive(Clone, Debug)]
pub struct GoRegexp {
    pattern: String,
    ast: Ast,
    names: Vec<String>,
    ascii: OnceLock<Option<Regex>>,
    unicode: OnceLock<Option<Regex>>,
}

/// Where a pattern and its groups matched.
#[derive(Debug)]
pub struct Captures<'t>(regex::Captures<'t>);

impl<'t> Captures<'t> {
    /// Returns what a group matched; 0 is the whole match. `None` for a group that took no part or does not exist.
    pub fn get(&self, index: usize) -> Option<&'t str> {
        self.0.get(index).map(|found| found.as_str())
    }

    /// Returns where a group matched, in bytes of the text.
    pub fn range(&self, index: usize) -> Option<Range<usize>> {
        self.0.get(index).map(|found| found.range())
    }
}

impl GoRegexp {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Go's message, such as ``error parsing regexp: missing closing ): `(` ``. The one difference: a pattern nested
    /// deeper than 250 levels is refused, where Go allows 1000.
    pub fn new(pattern: &str) -> Result<Self, String> {
        let parsed = parse::parse(pattern).map_err(|error| error.to_string())?;
        Ok(Self {
            pattern: pattern.to_owned(),
            ast: parsed.ast,
            names: parsed.names,
            ascii: OnceLock::new(),
            unicode: OnceLock::new(),
        })
    }

    /// Returns the part of a text, in bytes, that keeps it from being a pattern; `None` if it is one.
    pub fn fault(pattern: &str) -> Option<Range<usize>> {
        let error = parse::parse(pattern).err()?;
        Some(error.range_in(pattern))
    }

    /// Returns the pattern as given.
    pub fn as_str(&self) -> &str {
        &self.pattern
    }

    /// Returns the syntax tree.
    pub fn ast(&self) -> &Ast {
        &self.ast
    }

    /// Returns the name of each group, `""` for one without a name; entry 0 is the whole match. A name may come twice.
    pub fn group_names(&self) -> &[String] {
        &self.names
    }

    /// Tells whether the pattern matches anywhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        // The crate's `is_match` errs where an ASCII `\B` could only match inside a character (`\B|é` on `2é`).
        if !text.is_ascii() {
            return self.find(text).is_some();
        }
        self.program(text)
            .is_some_and(|program| program.is_match(text))
    }

    /// Finds the first match.
    pub fn find<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.program(text)?.captures(text).map(Captures)
    }

    /// Fills a template in; a group that does not exist or took no part gives nothing.
    pub fn expand(&self, template: &Template, captures: &Captures<'_>) -> String {
        let mut out = String::new();
        for part in template.parts() {
            out.push_str(match part {
                TemplatePart::Text(text) => text,
                TemplatePart::Index(index) => captures.get(*index).unwrap_or(""),
                TemplatePart::Name(name) => self
                    .groups_named(name)
                    .find_map(|index| captures.get(index))
                    .unwrap_or(""),
            });
        }
        out
    }

    /// Returns the numbers of the groups that a part of a template reads; none for plain text or an unknown group.
    pub fn groups_of(&self, part: &TemplatePart) -> Vec<usize> {
        match part {
            TemplatePart::Text(_) => Vec::new(),
            TemplatePart::Index(index) => Some(*index)
                .filter(|&index| index < self.names.len())
                .into_iter()
                .collect(),
            TemplatePart::Name(name) => self.groups_named(name).collect(),
        }
    }

    fn groups_named(&self, name: &str) -> impl Iterator<Item = usize> {
        self.names
            .iter()
            .enumerate()
            .filter(move |(_, known)| *known == name)
            .map(|(index, _)| index)
    }

    fn program(&self, text: &str) -> Option<&Regex> {
        let (cell, alphabet) = match text.is_ascii() {
            true => (&self.ascii, Alphabet::Ascii),
            false => (&self.unicode, Alphabet::Unicode),
        };
        cell.get_or_init(|| build(&emit::emit(&self.ast, alphabet)))
            .as_ref()
    }
}

fn build(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern)
        .size_limit(SIZE_LIMIT)
        .nest_limit(NEST_LIMIT)
        .build()
        .ok()
}
