//! The regular expressions of a selector, which must match as a whole. Most are plain names, and cost no more than that.

use regex::Regex;

use crate::kustomize::regexp;

/// What a part of an identity must look like.
#[derive(Clone, Debug, Default)]
pub(super) enum Pattern {
    /// Anything.
    #[default]
    Any,
    /// One of several simple sequences.
    Simple(Vec<Vec<Piece>>),
    /// Whatever else a regular expression can say.
    Regex(Box<Regex>),
}

/// A piece of a simple sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// This character.
    Char(char),
    /// `.`
    One,
    /// `.*`
    Run,
}

impl Pattern {
    /// Reads a pattern; an empty one matches anything.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Pattern::Any);
        }
        match simple(text) {
            Some(alternatives) => Ok(Pattern::Simple(alternatives)),
            None => compile(text).map(|regex| Pattern::Regex(Box::new(regex))),
        }
    }

    /// Tells whether all of `text` fits.
    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Pattern::Any => true,
            Pattern::Simple(alternatives) => alternatives.iter().any(|p| fits(p, text)),
            Pattern::Regex(regex) => regex.is_match(text),
        }
    }

    /// Tells whether the pattern is empty.
    pub(super) fn is_any(&self) -> bool {
        matches!(self, Pattern::Any)
    }
}

fn compile(pattern: &str) -> Result<Regex, String> {
    regexp::compile(&format!("^(?:{pattern})$"))
}

/// Reads an expression of nothing but characters, `.`, `.*`, `.+`, escaped punctuation and top-level alternatives.
fn simple(pattern: &str) -> Option<Vec<Vec<Piece>>> {
    let mut alternatives = vec![Vec::new()];
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        let current = alternatives.last_mut()?;
        match c {
            '|' => alternatives.push(Vec::new()),
            '.' => match chars.peek() {
                Some('*' | '+') => {
                    if chars.next() == Some('+') {
                        current.push(Piece::One);
                    }
                    current.push(Piece::Run);
                }
                _ => current.push(Piece::One),
            },
            '\\' => match chars.next()? {
                c if c.is_ascii_punctuation() => current.push(Piece::Char(c)),
                _ => return None,
            },
            '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' => return None,
            c => current.push(Piece::Char(c)),
        }
        if matches!(chars.peek(), Some('*' | '+' | '?' | '{')) {
            return None;
        }
    }
    Some(alternatives)
}

/// Matches by going back to the last run only, which suffices.
fn fits(pieces: &[Piece], text: &str) -> bool {
    let mut rest = text.chars();
    let mut at = 0;
    let mut retry: Option<(usize, std::str::Chars<'_>)> = None;
    loop {
        let before = rest.clone();
        match (pieces.get(at), rest.next()) {
            (Some(Piece::Run), _) => {
                at += 1;
                retry = Some((at, before.clone()));
                rest = before;
                continue;
            }
            (None, None) => return true,
            (Some(Piece::Char(wanted)), Some(c)) if *wanted == c => {
                at += 1;
                continue;
            }
            (Some(Piece::One), Some(c)) if c != '\n' => {
                at += 1;
                continue;
            }
            _ => {}
        }
        let Some((run, tail)) = &mut retry else {
            return false;
        };
        match tail.next() {
            Some(c) if c != '\n' => {
                at = *run;
                rest = tail.clone();
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_patterns_agree_with_the_engine() {
        let patterns = [
            "app",
            "a.p",
            "a.*",
            ".*",
            ".+",
            "a|b",
            "a.*b.*c",
            "a\\.b",
            "x|",
            "a..",
            ".*-config",
            "a.*|.*b",
            "a.+c",
        ];
        let texts = [
            "",
            "app",
            "a.b",
            "axb",
            "ab",
            "abc",
            "aXbYc",
            "b",
            "x",
            "web-config",
            "-config",
            "a\nb",
            "aabbcc",
            "ac",
            "é",
        ];
        for pattern in patterns {
            let Pattern::Simple(_) = Pattern::new(pattern).unwrap() else {
                panic!("{pattern} is simple");
            };
            for text in texts {
                let wanted = compile(pattern).unwrap().is_match(text);
                assert_eq!(
                    Pattern::new(pattern).unwrap().matches(text),
                    wanted,
                    "{pattern} {text}"
                );
            }
        }
    }

    #[test]
    fn other_patterns_go_to_the_engine() {
        for pattern in [
            "a*", "(a|b)c", "^app$", "[ab]", "a?", "\\d+", ".*?", ".**", "a{2}", ".*+",
        ] {
            assert!(simple(pattern).is_none(), "{pattern}");
        }
        assert!(Pattern::new("^app$").unwrap().matches("app"));
        assert!(Pattern::new("(").is_err());
    }
}
