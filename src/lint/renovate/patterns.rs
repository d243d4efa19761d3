//! Renovate's patterns: regular expressions between slashes, globs, and either negated.

use globset::{GlobBuilder, GlobMatcher};
use regex::{Regex, RegexBuilder};

/// A pattern for paths or names.
pub(super) enum Pattern {
    Regex(Regex),
    Glob(GlobMatcher),
    /// Not a pattern that can be read here; it matches nothing.
    Unreadable,
}

impl Pattern {
    /// Reads `/regex/`, `/regex/i` or a glob (minimatch: no case, dot files count).
    pub(super) fn of(text: &str) -> Self {
        let body = text.strip_prefix('/').and_then(|rest| {
            let rest = rest.strip_suffix('i').unwrap_or(rest);
            rest.strip_suffix('/')
        });
        match body {
            Some(body) => Self::regex(body, text.ends_with("/i")),
            None => {
                let glob = GlobBuilder::new(text)
                    .literal_separator(true)
                    .case_insensitive(true)
                    .build();
                glob.map_or(Self::Unreadable, |glob| Self::Glob(glob.compile_matcher()))
            }
        }
    }

    /// Reads a bare regular expression, as the older `fileMatch` has them.
    pub(super) fn regex(body: &str, ignore_case: bool) -> Self {
        // JavaScript escapes the slash, which Rust's syntax does not know.
        let body = body.replace("\\/", "/");
        let regex = RegexBuilder::new(&body)
            .case_insensitive(ignore_case)
            .build();
        regex.map_or(Self::Unreadable, Self::Regex)
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Pattern::Regex(regex) => regex.is_match(text),
            Pattern::Glob(glob) => glob.is_match(text),
            Pattern::Unreadable => false,
        }
    }
}

/// Tells whether one of the patterns matches.
pub(super) fn any<'p>(mut patterns: impl Iterator<Item = &'p Pattern>, text: &str) -> bool {
    patterns.any(|pattern| pattern.matches(text))
}

/// Tells whether a list of patterns, some with a `!` before them, takes a text: one of the plain ones matches, if there
/// is any, and none of the negated ones.
pub(super) fn any_of(texts: &[&str], text: &str) -> bool {
    let (refused, taken): (Vec<&str>, Vec<&str>) = texts.iter().partition(|t| t.starts_with('!'));
    let hits =
        |pattern: &str| pattern == "*" || pattern == text || Pattern::of(pattern).matches(text);
    (taken.is_empty() || taken.iter().any(|pattern| hits(pattern)))
        && !refused
            .iter()
            .any(|pattern| hits(pattern.trim_start_matches('!')))
}

/// Tells whether one of the bare regular expressions matches; `*` matches all.
pub(super) fn any_regex(texts: &[&str], text: &str) -> bool {
    let mut texts = texts.iter();
    texts.any(|pattern| *pattern == "*" || Pattern::regex(pattern, false).matches(text))
}
