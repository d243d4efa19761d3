//! Why Go refuses a pattern, in Go's words.

use std::ops::Range;

/// A refusal; displays as Go's `syntax.Error` does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("error parsing regexp: {problem}: `{fragment}`")]
pub(super) struct SyntaxError {
    problem: Problem,
    fragment: String,
    /// How much of the pattern had been read, in bytes.
    read: usize,
}

impl SyntaxError {
    /// Blames `fragment` of the pattern.
    pub(super) fn new(problem: Problem, fragment: &str) -> Self {
        Self {
            problem,
            fragment: fragment.to_owned(),
            read: 0,
        }
    }

    /// Tells how much of the pattern had been read.
    pub(super) fn after(self, read: usize) -> Self {
        Self { read, ..self }
    }

    /// Returns where the fragment is in the pattern: where it comes more than once, next to where reading ended.
    pub(super) fn range_in(&self, pattern: &str) -> Range<usize> {
        let starts = pattern.match_indices(self.fragment.as_str());
        let start = starts
            .map(|(start, _)| start)
            .min_by_key(|start| start.abs_diff(self.read.saturating_sub(1)));
        let start = start.unwrap_or(0);
        start..(start + self.fragment.len()).min(pattern.len())
    }

    /// Blames what of `from` was read when `rest` was left.
    pub(super) fn up_to(problem: Problem, from: &str, rest: &str) -> Self {
        Self::new(problem, from.strip_suffix(rest).unwrap_or(from))
    }
}

/// The kinds of refusal, Go's `syntax.ErrorCode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Problem {
    #[error("invalid character class range")]
    CharRange,
    #[error("invalid escape sequence")]
    Escape,
    #[error("invalid named capture")]
    NamedCapture,
    #[error("invalid or unsupported Perl syntax")]
    PerlOp,
    #[error("invalid nested repetition operator")]
    RepeatOp,
    #[error("invalid repeat count")]
    RepeatSize,
    #[error("missing closing ]")]
    MissingBracket,
    #[error("missing closing )")]
    MissingParen,
    #[error("missing argument to repetition operator")]
    MissingRepeatArgument,
    #[error("trailing backslash at end of expression")]
    TrailingBackslash,
    #[error("unexpected )")]
    UnexpectedParen,
    #[error("expression nests too deeply")]
    NestingDepth,
    #[error("expression too large")]
    TooLarge,
}
