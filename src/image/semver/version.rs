//! A version, read leniently, and how versions compare.

use std::cmp::Ordering;

/// How long a version may be, in bytes.
pub(super) const MAX_VERSION: usize = 256;

/// A version borrowed from its text. Build metadata is checked and dropped: it never counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version<'t> {
    /// The first number.
    pub major: u64,
    /// The second number.
    pub minor: u64,
    /// The third number.
    pub patch: u64,
    /// What follows the minus; empty for a release.
    pub prerelease: &'t str,
}

/// Why a text is no version.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Ord, Eq, thiserror::Error)]
pub enum VersionError {
    /// Flux wants two dots somewhere in the tag, so that `1` and `1.2` are no versions.
    #[error("it has fewer than two dots")]
    TooFewDots,
    /// Over 256 bytes.
    #[error("it is longer than 256 bytes")]
    TooLong,
    /// Not of the form `v1.2.3-pre+meta`.
    #[error("it is not of the form 1.2.3")]
    Malformed,
    /// A number over 18446744073709551615.
    #[error("one of its numbers is too large")]
    NumberTooLarge,
    /// A numeric part of the prerelease has a leading zero, as in `1.0.0-01`.
    #[error("a number in its prerelease starts with 0")]
    LeadingZero,
}

impl<'t> Version<'t> {
    /// Reads a tag as fluxcd/pkg/version's `ParseVersion` does: it must hold two dots, then see [`Version::parse`].
    ///
    /// # Errors
    /// See [`VersionError`].
    pub fn parse_tag(tag: &'t str) -> Result<Self, VersionError> {
        // The dots may be anywhere, even in the prerelease: `1-a.b.c` is 1.0.0-a.b.c.
        if tag.bytes().filter(|byte| *byte == b'.').count() < 2 {
            return Err(VersionError::TooFewDots);
        }
        Self::parse(tag)
    }

    /// Reads a version as Masterminds' `NewVersion` does: one to three numbers, leading zeros and one `v` allowed.
    ///
    /// # Errors
    /// See [`VersionError`].
    pub fn parse(text: &'t str) -> Result<Self, VersionError> {
        if text.len() > MAX_VERSION {
            return Err(VersionError::TooLong);
        }
        let (shape, rest) =
            Shape::read(text, |byte| byte.is_ascii_digit()).ok_or(VersionError::Malformed)?;
        if !rest.is_empty() {
            return Err(VersionError::Malformed);
        }
        Ok(Self {
            major: number(shape.major)?,
            minor: number(shape.minor.unwrap_or("0"))?,
            patch: number(shape.patch.unwrap_or("0"))?,
            prerelease: prerelease(shape.prerelease)?,
        })
    }

    /// Tells whether there is a prerelease.
    pub fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }
}

/// Reads digits; more than 64 bits of them are an error.
pub(super) fn number(digits: &str) -> Result<u64, VersionError> {
    let malformed = digits.bytes().any(|byte| !byte.is_ascii_digit());
    digits.parse().map_err(|_| {
        if malformed {
            VersionError::Malformed
        } else {
            VersionError::NumberTooLarge
        }
    })
}

/// Checks the identifiers of a prerelease, whose characters are known to be allowed.
pub(super) fn prerelease(text: &str) -> Result<&str, VersionError> {
    let bad = |part: &str| {
        part.len() > 1 && part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if text.split('.').any(bad) {
        Err(VersionError::LeadingZero)
    } else {
        Ok(text)
    }
}

impl Ord for Version<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        let releases = || match (self.is_prerelease(), other.is_prerelease()) {
            (true, true) => compare_prereleases(self.prerelease, other.prerelease),
            (ours, theirs) => theirs.cmp(&ours),
        };
        numbers(self).cmp(&numbers(other)).then_with(releases)
    }
}

impl PartialOrd for Version<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Compares prereleases part by part; a part that is missing comes first. Either may be empty.
pub(super) fn compare_prereleases(ours: &str, theirs: &str) -> Ordering {
    let (mut ours, mut theirs) = (ours.split('.'), theirs.split('.'));
    loop {
        let order = match (ours.next(), theirs.next()) {
            (None, None) => return Ordering::Equal,
            (ours, theirs) => compare_parts(ours.unwrap_or(""), theirs.unwrap_or("")),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Compares numbers as numbers, before texts; a number over 64 bits is a text.
fn compare_parts(ours: &str, theirs: &str) -> Ordering {
    if ours.is_empty() || theirs.is_empty() {
        return ours.len().min(1).cmp(&theirs.len().min(1));
    }
    match (ours.parse::<u64>(), theirs.parse::<u64>()) {
        (Ok(ours), Ok(theirs)) => ours.cmp(&theirs),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => ours.cmp(theirs),
    }
}

/// The parts of something shaped like a version: `v?A(.B)?(.C)?(-pre)?(+meta)?`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape<'t> {
    /// All of it.
    pub(super) text: &'t str,
    pub(super) major: &'t str,
    pub(super) minor: Option<&'t str>,
    pub(super) patch: Option<&'t str>,
    /// Without its minus; empty if there is none.
    pub(super) prerelease: &'t str,
}

impl<'t> Shape<'t> {
    /// Reads as much of a version as the start of `text` holds; `segment` tells what its numbers may consist of.
    pub(super) fn read(text: &'t str, segment: fn(u8) -> bool) -> Option<(Self, &'t str)> {
        let (major, rest) = run(text.strip_prefix('v').unwrap_or(text), segment)?;
        let (minor, rest) = dotted(rest, segment);
        let (patch, rest) = if minor.is_some() {
            dotted(rest, segment)
        } else {
            (None, rest)
        };
        let (prerelease, rest) = marked(rest, '-');
        let (_, rest) = marked(rest, '+');
        let text = text.strip_suffix(rest).unwrap_or(text);
        Some((
            Self {
                text,
                major,
                minor,
                patch,
                prerelease,
            },
            rest,
        ))
    }
}

/// Splits off the longest run of allowed bytes, at least one.
fn run(text: &str, allowed: fn(u8) -> bool) -> Option<(&str, &str)> {
    let end = text
        .bytes()
        .position(|byte| !allowed(byte))
        .unwrap_or(text.len());
    // Only ASCII bytes are allowed, so the end is a character boundary.
    text.split_at_checked(end)
        .filter(|(run, _)| !run.is_empty())
}

fn dotted(text: &str, allowed: fn(u8) -> bool) -> (Option<&str>, &str) {
    match text.strip_prefix('.').and_then(|text| run(text, allowed)) {
        Some((run, rest)) => (Some(run), rest),
        None => (None, text),
    }
}

/// Reads dot-separated identifiers after a mark; nothing if there are none.
fn marked(text: &str, mark: char) -> (&str, &str) {
    let identifier: fn(u8) -> bool = |byte| byte.is_ascii_alphanumeric() || byte == b'-';
    let Some((_, mut rest)) = text
        .strip_prefix(mark)
        .and_then(|text| run(text, identifier))
    else {
        return ("", text);
    };
    while let (Some(_), after) = dotted(rest, identifier) {
        rest = after;
    }
    let read = text.strip_suffix(rest).unwrap_or(text);
    (read.strip_prefix(mark).unwrap_or(read), rest)
}
