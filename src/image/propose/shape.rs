//! What a tag is made of: texts that stay, numbers that grow, commits that have no order.

/// A part of a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A text that all tags of a family share, separators included.
    Text(String),
    /// A number.
    Number {
        /// Its digits.
        digits: String,
        /// Whether it tells a time by itself: `20260709154535`, `20260709`, seconds since 1970.
        is_time: bool,
    },
    /// A commit.
    Hash,
}

/// A tag, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) tokens: Vec<Token>,
}

/// Words before a number that counts. After any other word a number names a variant, such as `pg16` or `jdk21`.
const COUNTED: [&str; 30] = [
    "v", "r", "rev", "ls", "b", "build", "t", "z", "p", "run", "alpine", "debian", "ubuntu",
    "release", "version", "ver", "rel", "rc", "alpha", "beta", "dev", "pre", "preview", "a", "m",
    "main", "master", "nightly", "pr", "g",
];
/// Words of what is not released.
const UNRELEASED: [&str; 23] = [
    "rc",
    "alpha",
    "beta",
    "dev",
    "pre",
    "preview",
    "snapshot",
    "nightly",
    "canary",
    "unstable",
    "edge",
    "next",
    "test",
    "testing",
    "pr",
    "develop",
    "devel",
    "experimental",
    "insiders",
    "prerelease",
    "milestone",
    "ea",
    "debug",
];
/// Words of one architecture.
const ARCHITECTURES: [&str; 19] = [
    "amd64",
    "arm64",
    "arm64v8",
    "arm32v7",
    "arm32v6",
    "armhf",
    "armv6",
    "armv7",
    "arm",
    "aarch64",
    "x86",
    "x64",
    "386",
    "i386",
    "ppc64le",
    "s390x",
    "riscv64",
    "windows",
    "windowsservercore",
];
/// The shortest text that is taken for a commit.
const SHORT_COMMIT: usize = 7;
/// Numbers of more digits lose some as floating-point numbers.
const EXACT_DIGITS: usize = 15;

impl Shape {
    /// Takes a tag apart.
    pub(super) fn of(tag: &str) -> Self {
        let mut shape = Shape { tokens: Vec::new() };
        let mut rest = tag;
        while !rest.is_empty() {
            let end = rest.find(is_separator).unwrap_or(rest.len());
            let (segment, tail) = rest.split_at(end);
            shape.segment(segment);
            let gap = tail.find(|c| !is_separator(c)).unwrap_or(tail.len());
            let (separator, tail) = tail.split_at(gap);
            shape.text(separator);
            rest = tail;
        }
        shape
    }

    fn segment(&mut self, segment: &str) {
        let is_hex = |text: &str| {
            (SHORT_COMMIT..=64).contains(&text.len())
                && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        let has = |text: &str, is: fn(u8) -> bool| text.bytes().any(is);
        let mixed = |text: &str| {
            is_hex(text)
                && has(text, |b| b.is_ascii_digit())
                && has(text, |b| b.is_ascii_lowercase())
        };
        let behind_sha =
            matches!(self.tokens.last(), Some(Token::Text(text)) if text.ends_with("sha-"));
        if mixed(segment) || (behind_sha && is_hex(segment)) {
            return self.tokens.push(Token::Hash);
        }
        if let Some(commit) = segment.strip_prefix('g').filter(|commit| mixed(commit)) {
            debug_assert!(!commit.is_empty());
            self.text("g");
            return self.tokens.push(Token::Hash);
        }
        if ARCHITECTURES.contains(&segment) {
            return self.text(segment);
        }
        let mut rest = segment;
        while let Some(first) = rest.chars().next() {
            let digits = first.is_ascii_digit();
            let end = rest.find(|c: char| c.is_ascii_digit() != digits);
            let (run, tail) = rest.split_at(end.unwrap_or(rest.len()));
            match digits && !self.names_variant(run) {
                true => self.tokens.push(Token::Number {
                    digits: run.to_owned(),
                    is_time: is_time(run),
                }),
                false => self.text(run),
            }
            rest = tail;
        }
    }

    fn text(&mut self, more: &str) {
        match self.tokens.last_mut() {
            _ if more.is_empty() => {}
            Some(Token::Text(text)) => text.push_str(more),
            _ => self.tokens.push(Token::Text(more.to_owned())),
        }
    }

    /// Tells whether digits belong to the word before them: `pg16`, and `.1` of `cuda12.1`.
    fn names_variant(&self, digits: &str) -> bool {
        let Some(Token::Text(text)) = self.tokens.last() else {
            return false;
        };
        let numbered = text
            .strip_suffix('.')
            .is_some_and(|t| t.ends_with(|c: char| c.is_ascii_digit()));
        let word = text
            .rsplit(|c: char| !c.is_ascii_alphabetic())
            .next()
            .unwrap_or_default();
        let counted = word.is_empty() || COUNTED.contains(&word.to_ascii_lowercase().as_str());
        digits.len() < 8 && (numbered || !counted)
    }

    /// Returns what tags of one family have in common.
    pub(super) fn skeleton(&self) -> String {
        let mut skeleton = String::new();
        for (index, token) in self.tokens.iter().enumerate() {
            match token {
                Token::Text(text) => skeleton.push_str(text),
                Token::Hash => skeleton.push('\u{1}'),
                Token::Number {
                    digits,
                    is_time: true,
                } => {
                    skeleton.push('\u{2}');
                    skeleton.push_str(&digits.len().to_string());
                    skeleton.push('\u{2}');
                }
                Token::Number { digits, .. }
                    if is_year(digits) && self.number_before(index).is_none() =>
                {
                    skeleton.push('\u{3}');
                }
                Token::Number { .. } => skeleton.push('\u{4}'),
            }
        }
        skeleton
    }

    fn number_before(&self, index: usize) -> Option<&Token> {
        let before = self.tokens.iter().take(index);
        before.rev().find(|t| matches!(t, Token::Number { .. }))
    }

    /// Returns the digits of its numbers.
    pub(super) fn numbers(&self) -> Vec<&str> {
        let numbers = self.tokens.iter().filter_map(|token| match token {
            Token::Number { digits, .. } => Some(digits.as_str()),
            _ => None,
        });
        numbers.collect()
    }

    /// Returns which of its numbers stay numbers if it is read as `other`, in which some are commits; nothing where it
    /// cannot be read so.
    pub(super) fn numbers_as(&self, other: &Shape) -> Option<Vec<usize>> {
        if self.tokens.len() != other.tokens.len() || self == other {
            return None;
        }
        let (mut index, mut kept, mut commits) = (0, Vec::new(), 0);
        for pair in self.tokens.iter().zip(&other.tokens) {
            match pair {
                (Token::Text(own), Token::Text(text)) if own == text => {}
                (Token::Hash, Token::Hash) => {}
                (
                    Token::Number {
                        digits,
                        is_time: false,
                    },
                    Token::Hash,
                ) if digits.len() >= SHORT_COMMIT => {
                    (index, commits) = (index + 1, commits + 1);
                }
                (
                    Token::Number {
                        digits: own,
                        is_time,
                    },
                    Token::Number {
                        digits,
                        is_time: other,
                    },
                ) if is_time == other && (!is_time || own.len() == digits.len()) => {
                    kept.push(index);
                    index += 1;
                }
                _ => return None,
            }
        }
        (commits > 0).then_some(kept)
    }

    /// Returns the words of its texts, in lower case.
    fn words(&self) -> impl Iterator<Item = String> {
        let texts = self.tokens.iter().filter_map(|token| match token {
            Token::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts
            .flat_map(|text| text.split(is_separator))
            .filter(|w| !w.is_empty())
            .map(str::to_ascii_lowercase)
    }

    /// Tells whether a word says that this is not released.
    pub(super) fn is_unreleased(&self) -> bool {
        // `1.2.3b1`, as Python writes a beta.
        let glued = self.tokens.windows(3).any(|three| {
            matches!(three, [Token::Number { .. }, Token::Text(text), Token::Number { .. }] if text == "a" || text == "b")
        });
        glued || self.words().any(|word| UNRELEASED.contains(&word.as_str()))
    }

    /// Tells whether a word says that this is for one architecture.
    pub(super) fn is_of_one_architecture(&self) -> bool {
        self.words()
            .any(|word| ARCHITECTURES.contains(&word.as_str()))
    }

    /// Tells whether it holds a commit.
    pub(super) fn has_commit(&self) -> bool {
        self.tokens.contains(&Token::Hash)
    }

    /// Tells whether a number has more digits than can be compared.
    pub(super) fn is_too_long(&self) -> bool {
        self.numbers()
            .iter()
            .any(|digits| digits.len() > EXACT_DIGITS)
    }
}

fn is_separator(c: char) -> bool {
    matches!(c, '.' | '-' | '_')
}

/// Tells whether digits are a year of this century.
pub(super) fn is_year(digits: &str) -> bool {
    digits.len() == 4 && digits.starts_with("20")
}

/// Tells whether digits are a day, a time of a day, or seconds or milliseconds since 1970.
fn is_time(digits: &str) -> bool {
    let within = |at: std::ops::Range<usize>, least: u32, most: u32| {
        let part = digits.get(at).and_then(|t| t.parse::<u32>().ok());
        part.is_some_and(|n| (least..=most).contains(&n))
    };
    let day = || within(0..4, 2000, 2099) && within(4..6, 1, 12) && within(6..8, 1, 31);
    match digits.len() {
        8 => day(),
        10 => digits.starts_with('1') || (day() && within(8..10, 0, 23)),
        12 => day() && within(8..10, 0, 23) && within(10..12, 0, 59),
        13 => digits.starts_with('1'),
        14 => day() && within(8..10, 0, 23) && within(10..12, 0, 59) && within(12..14, 0, 60),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(tag: &str) -> String {
        let tokens = Shape::of(tag).tokens.into_iter().map(|token| match token {
            Token::Text(text) => text,
            Token::Hash => "<hash>".to_owned(),
            Token::Number {
                digits,
                is_time: true,
            } => format!("<time{}>", digits.len()),
            Token::Number { .. } => "<n>".to_owned(),
        });
        tokens.collect()
    }

    #[test]
    fn tags_are_taken_apart() {
        for (tag, shape) in [
            ("1.2.3", "<n>.<n>.<n>"),
            ("v1.2", "v<n>.<n>"),
            ("2024.1-ls123", "<n>.<n>-ls<n>"),
            ("16.3-alpine3.20", "<n>.<n>-alpine<n>.<n>"),
            ("0.7.4-pg16", "<n>.<n>.<n>-pg16"),
            ("12.1.1-cuda12.4", "<n>.<n>.<n>-cuda12.4"),
            ("20260709154535", "<time14>"),
            ("20260709-154535", "<time8>-<n>"),
            ("20260709T154535Z", "<time8>T<n>Z"),
            ("main-0a1b2c3-1720540000", "main-<hash>-<time10>"),
            ("sha-1234567", "sha-<hash>"),
            ("v1.2.3-5-g0a1b2c3", "v<n>.<n>.<n>-<n>-g<hash>"),
            ("1.2.3-arm64v8", "<n>.<n>.<n>-arm64v8"),
            ("latest", "latest"),
            ("", ""),
        ] {
            assert_eq!(shown(tag), shape, "{tag}");
        }
    }

    #[test]
    fn words_tell_what_is_not_released() {
        for tag in [
            "1.2.3-rc.1",
            "1.2.3-rc1",
            "2.0.0-beta",
            "1.2.3b1",
            "pr-12",
            "nightly-20260709",
        ] {
            assert!(Shape::of(tag).is_unreleased(), "{tag}");
        }
        for tag in ["1.2.3", "b4567", "1.2.3-alpine", "main-12", "release-1.2.3"] {
            assert!(!Shape::of(tag).is_unreleased(), "{tag}");
        }
    }
}
