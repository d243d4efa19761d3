//! Tags made up as a CI would name them, to show what a policy does with them.

use super::AppliedPolicy;
use super::shape::{Kind, Piece, of_tag};
use super::versions::admitted;
use crate::image::Policer;

/// What is tried where a pattern says "anything".
const WORDS: [&str; 6] = ["", "main", "1", "-x", "x", "1.0.0"];
/// Two commits.
const HASHES: [&str; 2] = [
    "4f2c1a9e07d35b8c6a1f4e92d0b7c3a85e6f1d29a4b8c7e0f3d6a15b92c84e7d",
    "b81d03ea5c7f9246e1a08d3b6f5c7e9214a0b3d8f6e7c1529d4b8a03f7e6c51d",
];
/// Moments of a build and of a later one, by the digits that tell them.
const MOMENTS: [(u32, &str, &str); 4] = [
    (8, "20260117", "20260201"),
    (10, "1768618440", "1769922720"),
    (12, "202601170254", "202602010512"),
    (14, "20260117025400", "20260201051200"),
];
/// Times of day, by digits, where a date comes before.
const HOURS: [(u32, &str, &str); 2] = [(4, "0254", "0512"), (6, "025400", "051200")];

/// A number of more digits is a date or a time, not part of a version.
const LONGEST_VERSION_NUMBER: usize = 6;

/// Two tags that the filter lets through, of two builds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::lint) struct Pair {
    /// The tag of the earlier build.
    pub(in crate::lint) older: String,
    /// The tag of the later build.
    pub(in crate::lint) newer: String,
}

impl AppliedPolicy<'_> {
    /// Makes up tags of two builds that differ in one number, and in a commit, until a pair shows what is asked for. The
    /// numbers are tried from the last on.
    pub(in crate::lint) fn pair(&self, shows: impl Fn(&Pair) -> bool) -> Option<Pair> {
        let pieces = self.tag_pieces();
        let numbers = (0..pieces.len()).rev().filter(|&at| {
            let piece = pieces.get(at);
            piece.is_some_and(|piece| matches!(piece.kind, Kind::Number(..)))
        });
        let steps = { numbers }.flat_map(|at| steps(&pieces, at).into_iter().map(move |s| (at, s)));
        let version = self.version();
        let pairs = { steps }.flat_map(|(at, step)| fill(&pieces, Some((at, step)), version));
        { pairs }.find(|pair| self.passes(pair) && shows(pair))
    }

    /// Makes up tags of two commits.
    pub(in crate::lint) fn commits(&self) -> Option<Pair> {
        let pairs = fill(&self.tag_pieces(), None, self.version());
        { pairs }.find(|pair| self.passes(pair) && pair.older != pair.newer)
    }

    /// Returns the tag that Flux takes of two; `None` where it fails or picks at random.
    pub(in crate::lint) fn winner<'t>(&self, pair: &'t Pair) -> Option<&'t str> {
        let tags = [pair.older.as_str(), pair.newer.as_str()];
        self.policy.select(tags, Default::default()).winner
    }

    /// Makes up a tag that the filter lets through.
    pub(in crate::lint) fn example(&self) -> Option<String> {
        let pairs = fill(&self.tag_pieces(), None, self.version());
        Some({ pairs }.find(|pair| self.passes(pair))?.older)
    }

    /// Returns a version that the policer lets in, if it reads versions.
    fn version(&self) -> Option<[u64; 3]> {
        match self.policer()? {
            Policer::SemVer { range, constraint } => admitted(constraint, range),
            Policer::Alphabetical(_) | Policer::Numerical(_) => None,
        }
    }

    fn passes(&self, pair: &Pair) -> bool {
        [&pair.older, &pair.newer]
            .iter()
            .all(|tag| crate::image::is_tag(tag) && self.policy.key(tag).is_ok())
    }

    /// Returns the parts of a tag; without a filter, of any number.
    fn tag_pieces(&self) -> Vec<Piece> {
        let number = || Piece {
            kind: Kind::Number(1, None),
            name: String::new(),
            read: true,
        };
        self.filter().map_or_else(|| vec![number()], of_tag)
    }
}

/// What is written into one piece for each of two builds.
type Step = (String, String);

/// Writes tags for the pieces, with every word in the places where anything goes. One number is given; the first others
/// are those of `version`.
fn fill(
    pieces: &[Piece],
    step: Option<(usize, Step)>,
    version: Option<[u64; 3]>,
) -> impl Iterator<Item = Pair> + use<> {
    let any = pieces.iter().any(|piece| piece.kind == Kind::Other);
    let words = WORDS.get(..if any { WORDS.len() } else { 1 });
    let write = |word: &&str| {
        let mut version = version.into_iter().flatten();
        let parts = pieces.iter().enumerate().map(|(at, piece)| {
            let given = step.as_ref().filter(|(changed, _)| *changed == at);
            let later = step.as_ref().is_some_and(|(changed, _)| *changed < at);
            match (&piece.kind, given) {
                (Kind::Number(..), Some((_, step))) => {
                    version.next();
                    step.clone()
                }
                (Kind::Number(..), None) => unchanged(pieces, at, later, version.next()),
                (Kind::Text(text) | Kind::Constant(text), _) => (text.clone(), text.clone()),
                (Kind::Hash(min, max), _) => (hash(0, *min, *max), hash(1, *min, *max)),
                (Kind::Other, _) => (String::from(*word), String::from(*word)),
            }
        });
        let (older, newer) = parts.unzip::<_, _, Vec<_>, Vec<_>>();
        Pair {
            older: older.concat(),
            newer: newer.concat(),
        }
    };
    let pairs: Vec<Pair> = words.unwrap_or_default().iter().map(write).collect();
    pairs.into_iter()
}

/// Returns what a number is in both builds; a time of day goes with the date before it.
fn unchanged(pieces: &[Piece], at: usize, later: bool, version: Option<u64>) -> Step {
    let (first, then) = steps(pieces, at).pop().unwrap_or_default();
    if later && is_hour(pieces, at) {
        return (first, then);
    }
    let width = match pieces.get(at).map(|piece| &piece.kind) {
        Some(Kind::Number(min, _)) => *min as usize,
        _ => 0,
    };
    let number = version.filter(|_| width < LONGEST_VERSION_NUMBER);
    let text = number.map_or(first, |number| format!("{number:0>width$}"));
    (text.clone(), text)
}

fn hash(which: usize, min: u32, max: Option<u32>) -> String {
    let length = max.unwrap_or(7).min(7).max(min) as usize;
    let text = HASHES.get(which).copied().unwrap_or_default();
    text.chars().cycle().take(length).collect()
}

/// Returns values of a number in two builds, the likeliest last but for a counter.
fn steps(pieces: &[Piece], at: usize) -> Vec<Step> {
    let Some(Piece {
        kind: Kind::Number(min, max),
        ..
    }) = pieces.get(at)
    else {
        return Vec::new();
    };
    let owned = |(older, newer): (&str, &str)| (older.to_owned(), newer.to_owned());
    let listed = |list: &[(u32, &'static str, &'static str)]| {
        let entry = list.iter().find(|entry| entry.0 == *min)?;
        Some(owned((entry.1, entry.2)))
    };
    if *max == Some(*min) {
        let hour = is_hour(pieces, at).then(|| listed(&HOURS)).flatten();
        let width = *min as usize;
        let year = (*min == 4 && is_first_number(pieces, at)).then(|| owned(("2025", "2026")));
        let padded = (format!("{:0>width$}", 1), format!("{:0>width$}", 2));
        return vec![hour.or_else(|| listed(&MOMENTS)).or(year).unwrap_or(padded)];
    }
    let digits = (*min).max(1) as usize;
    let carry = ("9".repeat(digits), format!("1{}", "0".repeat(digits)));
    let next = (
        format!("1{}", "0".repeat(digits - 1)),
        format!("2{}", "0".repeat(digits - 1)),
    );
    let time = pieces.get(at).is_some_and(Piece::is_named_time) && *min <= 10 && max.is_none();
    if time {
        return vec![owned(("1768618440", "1769922720"))];
    }
    match max.is_none_or(|max| max as usize > digits) {
        true => vec![carry, next],
        false => vec![next],
    }
}

fn is_first_number(pieces: &[Piece], at: usize) -> bool {
    let before = pieces.get(..at).unwrap_or_default();
    !before
        .iter()
        .any(|piece| matches!(piece.kind, Kind::Number(..)))
}

/// Tells whether a number is a time of day: four or six digits after a date of eight.
fn is_hour(pieces: &[Piece], at: usize) -> bool {
    let before = pieces.get(..at).unwrap_or_default().iter().rev();
    let number = { before }.find(|piece| matches!(piece.kind, Kind::Number(..)));
    let hour = |width| [4, 6].contains(&width);
    number.is_some_and(|piece| piece.kind == Kind::Number(8, Some(8)))
        && pieces.get(at).is_some_and(
            |piece| matches!(piece.kind, Kind::Number(min, max) if max == Some(min) && hour(min)),
        )
}
