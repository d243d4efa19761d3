//! The range of versions that a policy lets in.

use super::choice::{TagChoice, TagOrder};
use super::family::{Family, Meaning};
use super::shape::Shape;
use crate::image::semver::{Constraint, Version};

/// From here on a first number is a year: the next one is no other line of versions.
const YEAR: u64 = 1000;

/// How the policies beside write ranges.
enum Manner {
    /// Without an end: `*`, `>=0.0.0`.
    Open(String),
    /// From a version on: `>=1.0.0`.
    AtLeast,
    /// `^1.2.3`
    Caret,
    /// `~1.2.3`
    Tilde,
    /// `1.x`; holds what stands behind the number.
    Wild(String),
    /// `>=1.2.3 <2.0.0`, and all others.
    Between,
}

/// A range of versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    low: [u64; 3],
    /// The first version that is out.
    high: Option<[u64; 3]>,
    text: Option<String>,
}

impl Bounds {
    /// Returns the ranges that make sense, the careful one first: what is in use, else the newest, and what follows it
    /// within its line of versions. Below 1.0.0 every second number is a line of its own.
    pub(super) fn of(family: &Family<'_>, current: Option<&str>, like: &[TagChoice]) -> Vec<Self> {
        let meaning = Meaning::Version;
        let of_tag = |tag: &str| triple(&Shape::of(tag).numbers());
        let Some(newest) = family.newest(&meaning, |_| true).map(of_tag) else {
            return Vec::new();
        };
        let own = current
            .filter(|tag| Shape::of(tag).skeleton() == family.skeleton)
            .map(of_tag);
        let low = own.unwrap_or(newest);
        if family.is_calendar() || low[0] >= YEAR {
            return vec![Bounds::open(low, None)];
        }
        let mut all = Vec::new();
        if low[0] == 0 {
            all.push(Bounds::below(low, [0, low[1].saturating_add(1), 0]));
        }
        all.push(Bounds::below(low, [low[0].saturating_add(1), 0, 0]));
        if newest[0] > low[0] {
            all.push(Bounds::below(newest, [newest[0].saturating_add(1), 0, 0]));
        }
        if family.has_tail() {
            return all;
        }
        match manner(like) {
            Manner::Open(text) => insert(&mut all, Bounds::open(low, Some(text)), newest),
            Manner::AtLeast => insert(&mut all, Bounds::open(low, None), newest),
            manner => all.iter_mut().for_each(|bounds| bounds.written(&manner)),
        }
        all
    }

    fn open(low: [u64; 3], text: Option<String>) -> Self {
        Bounds {
            low,
            high: None,
            text,
        }
    }

    fn below(low: [u64; 3], high: [u64; 3]) -> Self {
        Bounds {
            low,
            high: Some(high),
            text: None,
        }
    }

    /// Writes the range as the policies beside do, where that says the same.
    fn written(&mut self, manner: &Manner) {
        let [major, minor, patch] = self.low;
        let next_major = self.high == Some([major.saturating_add(1), 0, 0]);
        let next_minor = self.high == Some([major, minor.saturating_add(1), 0]);
        self.text = match manner {
            Manner::Caret if next_major == (major > 0) && (major, minor) != (0, 0) => {
                Some(format!("^{major}.{minor}.{patch}"))
            }
            Manner::Tilde if next_minor => Some(format!("~{major}.{minor}.{patch}")),
            Manner::Wild(rest) if next_major => Some(format!("{major}{rest}")),
            _ => None,
        };
    }

    /// Tells whether a version, as its numbers, lies within.
    pub(super) fn admits(&self, key: &[u64]) -> bool {
        let at = |n: usize| key.get(n).copied().unwrap_or(0);
        let version = [at(0), at(1), at(2)];
        let is_all = self.high.is_none() && self.text.is_some();
        (is_all || version >= self.low) && self.high.is_none_or(|high| version < high)
    }

    /// Returns the text of `semver.range`. With `tail` the keys have a part behind a dash, which a range has to let in.
    pub(super) fn range(&self, tail: bool) -> String {
        if let Some(text) = self.text.as_ref().filter(|_| !tail) {
            return text.clone();
        }
        let zero = if tail { "-0" } else { "" };
        let version = |[major, minor, patch]: [u64; 3]| format!("{major}.{minor}.{patch}{zero}");
        match self.high {
            Some(high) => format!(">={} <{}", version(self.low), version(high)),
            None => format!(">={}", version(self.low)),
        }
    }

    /// Returns what the range lets in, a clause.
    pub(super) fn why(&self) -> String {
        let [major, minor, _] = self.low;
        match self.high {
            None => "the newest version".to_owned(),
            Some([high, _, _]) if high > major => format!("the newest {major}.x version"),
            Some(_) => format!(
                "the newest {major}.{minor}.x version: below 1.0 a second number may break things"
            ),
        }
    }
}

/// Puts an open range before the others, unless it leads into another line of versions than the one in use.
fn insert(all: &mut Vec<Bounds>, open: Bounds, newest: [u64; 3]) {
    let at = if newest[0] > open.low[0] {
        all.len()
    } else {
        0
    };
    all.insert(at, open);
}

fn triple(numbers: &[&str]) -> [u64; 3] {
    let at = |n: usize| numbers.get(n).and_then(|t| t.parse().ok()).unwrap_or(0);
    [at(0), at(1), at(2)]
}

/// Returns how the nearest policy by version beside writes its range.
fn manner(like: &[TagChoice]) -> Manner {
    let range = like.iter().find_map(|choice| match &choice.order {
        TagOrder::Semver(range) => Some(range.trim()),
        _ => None,
    });
    let Some((range, constraint)) = range.and_then(|r| Some((r, Constraint::parse(r).ok()?)))
    else {
        return Manner::Between;
    };
    let admits = |version: &str| Version::parse(version).is_ok_and(|v| constraint.check(&v));
    if admits("999999.0.0") && !admits("999999.0.0-rc.1") {
        return match admits("0.0.1") {
            true => Manner::Open(range.to_owned()),
            false => Manner::AtLeast,
        };
    }
    let digits = range
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(range.len());
    let rest = range.get(digits..).unwrap_or_default();
    match range.as_bytes().first() {
        Some(b'^') => Manner::Caret,
        Some(b'~') => Manner::Tilde,
        _ if digits > 0 && matches!(rest, ".x" | ".x.x" | ".*" | ".X") => {
            Manner::Wild(rest.to_owned())
        }
        _ => Manner::Between,
    }
}
