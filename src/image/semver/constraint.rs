//! A range of versions, such as `>=1.0.0 <2.0.0 || ^3.1`.

use std::ops::Range;

use super::comparator::{Comparator, segment};
use super::version::{Shape, Version};
use crate::image::gotext::quote;

/// Go's `\s`.
const SPACES: [char; 5] = ['\t', '\n', '\x0C', '\r', ' '];
/// How long the text of a constraint may be, in bytes.
const MAX_CONSTRAINT: usize = 512;
/// How many alternatives a constraint may have.
const MAX_GROUPS: usize = 32;

/// A range, compiled: alternatives, of which one must hold whole.
#[derive(Clone, Debug)]
pub struct Constraint {
    groups: Vec<Group>,
}

/// Comparators that must all hold.
#[derive(Clone, Debug)]
struct Group {
    comparators: Vec<Comparator>,
    /// One of the comparators names a prerelease, so prereleases may satisfy the group.
    prereleases: bool,
}

/// Why a version does not satisfy a constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// It is a prerelease, and would satisfy the constraint if that let prereleases in (`>=1.0.0-0`).
    Prerelease,
    /// It lies outside.
    OutOfRange,
}

impl Constraint {
    /// Reads a range.
    ///
    /// # Errors
    /// Worded as Masterminds' `NewConstraint` words them, such as `improper constraint: "foo"`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_CONSTRAINT {
            return Err(format!(
                "constraint string is too long (max {MAX_CONSTRAINT} bytes)"
            ));
        }
        let text = rewrite_hyphens(text);
        let alternatives: Vec<&str> = text.split("||").collect();
        if alternatives.len() > MAX_GROUPS {
            return Err(format!("too many constraint groups (max {MAX_GROUPS})"));
        }
        let groups = alternatives
            .into_iter()
            .map(Group::parse)
            .collect::<Result<_, _>>()?;
        Ok(Self { groups })
    }

    /// Returns the part of a text, in bytes, that keeps it from being a range; empty where something is missing. `None` if
    /// it is a range.
    pub fn fault(text: &str) -> Option<Range<usize>> {
        Self::parse(text).err()?;
        let mut start = 0;
        for alternative in text.split("||") {
            if Self::parse(alternative).is_err() {
                return Some(fault_of(alternative, start));
            }
            start += alternative.len() + 2;
        }
        Some(0..text.len())
    }

    /// Tells whether a version satisfies the constraint.
    pub fn check(&self, version: &Version<'_>) -> bool {
        self.mismatch(version).is_none()
    }

    /// Returns why a version does not satisfy the constraint, or `None` if it does.
    pub fn mismatch(&self, version: &Version<'_>) -> Option<Mismatch> {
        let holds = |group: &&Group| {
            group
                .comparators
                .iter()
                .all(|comparator| comparator.holds(version))
        };
        let mut prerelease = false;
        for group in self.groups.iter().filter(holds) {
            if !version.is_prerelease() || group.prereleases {
                return None;
            }
            prerelease = true;
        }
        Some(if prerelease {
            Mismatch::Prerelease
        } else {
            Mismatch::OutOfRange
        })
    }
}

/// Finds the word behind the longest beginning that is a range; `start` is where the text begins.
fn fault_of(text: &str, start: usize) -> Range<usize> {
    let is_border = |c: char| c == ',' || SPACES.contains(&c);
    let mut borders = text.match_indices(is_border).map(|(at, _)| at);
    let good = borders
        .rfind(|&at| text.get(..at).is_some_and(|t| Constraint::parse(t).is_ok()))
        .unwrap_or(0);
    let behind = text.get(good..).unwrap_or_default();
    let word = behind.trim_start_matches(is_border);
    let from = text.len() - word.len();
    let length = word.find(is_border).unwrap_or(word.len());
    start + from..start + from + length
}

impl Group {
    fn parse(text: &str) -> Result<Self, String> {
        let improper = || format!("improper constraint: {}", quote(text));
        let shapes = split(text).ok_or_else(improper)?;
        let comparators: Vec<Comparator> = shapes
            .into_iter()
            .map(|(operator, shape)| Comparator::new(operator, shape))
            .collect::<Option<_>>()
            .ok_or("constraint parser error")?;
        let prereleases = comparators.iter().any(Comparator::is_prerelease);
        Ok(Self {
            comparators,
            prereleases,
        })
    }
}

/// Takes a group apart into operators and versions; `None` if it is not of the form.
fn split(text: &str) -> Option<Vec<(&str, Shape<'_>)>> {
    let mut shapes = Vec::new();
    let mut rest = text.trim_start_matches(SPACES);
    loop {
        let (operator, after) = split_operator(rest);
        let (shape, after) = Shape::read(after.trim_start_matches(SPACES), segment)?;
        shapes.push((operator, shape));
        rest = after.trim_start_matches(SPACES);
        if rest.is_empty() {
            return Some(shapes);
        }
        let spaced = rest.len() < after.len();
        match rest.strip_prefix(',') {
            Some(after_comma) => rest = after_comma.trim_start_matches(SPACES),
            None if spaced => {}
            None => return None,
        }
    }
}

fn split_operator(text: &str) -> (&str, &str) {
    let operators = ["!=", ">=", "=>", "<=", "=<", "~>", "=", ">", "<", "~", "^"];
    let found = operators
        .into_iter()
        .find(|operator| text.starts_with(operator))
        .unwrap_or("");
    text.split_at_checked(found.len()).unwrap_or(("", text))
}

/// Rewrites `A - B` to `>= A, <= B ` as Masterminds does: by text, wherever two versions stand around a spaced minus.
fn rewrite_hyphens(text: &str) -> String {
    let mut rewritten = text.to_owned();
    let mut rest = text;
    while let Some(found) = Hyphen::find(rest) {
        let range = format!(">= {}, <= {} ", found.low, found.high);
        // The first such text, which need not be the one that was found.
        rewritten = rewritten.replacen(found.whole, &range, 1);
        rest = found.rest;
    }
    rewritten
}

/// A hyphen range with the spaces around it.
struct Hyphen<'t> {
    whole: &'t str,
    low: &'t str,
    high: &'t str,
    rest: &'t str,
}

impl<'t> Hyphen<'t> {
    /// Finds the first one that starts anywhere in `text`.
    fn find(text: &'t str) -> Option<Self> {
        if !text.contains('-') {
            return None;
        }
        text.char_indices()
            .find_map(|(start, _)| Self::read(text.get(start..)?))
    }

    fn read(text: &'t str) -> Option<Self> {
        let (low, rest) = Shape::read(text.trim_start_matches(SPACES), segment)?;
        let rest = skip_spaces(rest)?.strip_prefix('-')?;
        let (high, rest) = Shape::read(skip_spaces(rest)?, segment)?;
        let rest = rest.trim_start_matches(SPACES);
        Some(Self {
            whole: text.strip_suffix(rest)?,
            low: low.text,
            high: high.text,
            rest,
        })
    }
}

/// Skips at least one space.
fn skip_spaces(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(SPACES);
    (rest.len() < text.len()).then_some(rest)
}
