//! What a key is made of, read off the pattern: numbers, commit hashes, fixed text.

use crate::image::TagFilter;
use crate::image::goregexp::{Assertion, Ast, GoRegexp, TemplatePart};

/// How long a hash is at least; anything shorter may be a word.
const SHORTEST_HASH: u32 = 6;
/// How often a repetition is written out.
const MOST_COPIES: u32 = 8;
/// Names of groups that hold a commit.
const HASH_NAMES: [&str; 6] = ["sha", "hash", "commit", "rev", "revision", "digest"];

/// Names of groups that hold a time.
const TIME_NAMES: [&str; 8] = [
    "ts",
    "time",
    "timestamp",
    "epoch",
    "unix",
    "date",
    "datetime",
    "created",
];

/// One part of a tag or key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::lint) struct Piece {
    /// What it is.
    pub(in crate::lint) kind: Kind,
    /// The name of the innermost group with one, else empty.
    pub(in crate::lint) name: String,
    /// Whether a group that `extract` reads holds it.
    pub(in crate::lint) read: bool,
}

/// What a part of a tag is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::lint) enum Kind {
    /// Always the same text.
    Text(String),
    /// Always the same digits.
    Constant(String),
    /// Digits, so many at least and at most.
    Number(u32, Option<u32>),
    /// A commit hash, of so many characters at least and at most.
    Hash(u32, Option<u32>),
    /// Anything else.
    Other,
}

impl Piece {
    /// Tells whether tags differ here.
    pub(in crate::lint) fn varies(&self) -> bool {
        !matches!(self.kind, Kind::Text(_) | Kind::Constant(_))
    }

    /// Tells whether the group's name says that it holds a time.
    pub(in crate::lint) fn is_named_time(&self) -> bool {
        TIME_NAMES.contains(&self.name.to_ascii_lowercase().as_str())
    }
}

/// Returns the parts of a whole tag, with what `extract` reads.
pub(in crate::lint) fn of_tag(filter: &TagFilter) -> Vec<Piece> {
    let regexp = filter.regexp();
    let template = filter.extract().map_or(&[][..], |t| t.parts());
    let read = template
        .iter()
        .flat_map(|part| regexp.groups_of(part))
        .collect();
    let mut reader = Reader::new(regexp, read);
    let (start, end) = anchors(regexp.ast());
    if !start {
        reader.push(Kind::Other);
    }
    reader.read = filter.extract().is_none() || reader.groups.contains(&0);
    reader.visit(regexp.ast());
    if !end {
        reader.push(Kind::Other);
    }
    reader.pieces
}

/// Returns the parts of a key.
pub(in crate::lint) fn of_key(filter: &TagFilter) -> Vec<Piece> {
    let Some(template) = filter.extract() else {
        return of_tag(filter);
    };
    let regexp = filter.regexp();
    let mut reader = Reader::new(regexp, Vec::new());
    reader.read = true;
    for part in template.parts() {
        reader.name.clear();
        match part {
            TemplatePart::Text(text) => text.chars().for_each(|c| reader.char(c)),
            TemplatePart::Index(_) | TemplatePart::Name(_) => {
                match regexp.groups_of(part).as_slice() {
                    [0] => reader.visit(regexp.ast()),
                    [index] => match group(regexp.ast(), *index) {
                        Some(capture) => reader.visit(capture),
                        None => reader.push(Kind::Other),
                    },
                    _ => reader.push(Kind::Other),
                }
            }
        }
    }
    reader.pieces
}

/// Finds a group.
pub(super) fn group(ast: &Ast, wanted: usize) -> Option<&Ast> {
    match ast {
        Ast::Capture { index, .. } if *index == wanted => Some(ast),
        Ast::Capture { inner, .. } | Ast::Repeat { inner, .. } => group(inner, wanted),
        Ast::Concat(parts) | Ast::Alternate(parts) => {
            parts.iter().find_map(|part| group(part, wanted))
        }
        _ => None,
    }
}

/// Tells whether the pattern is bound to the tag's start and to its end.
fn anchors(ast: &Ast) -> (bool, bool) {
    let start = |ast: &Ast| {
        let bound = [Assertion::TextStart, Assertion::LineStart];
        matches!(ast, Ast::Assertion(a) if bound.contains(a))
    };
    let end = |ast: &Ast| {
        let bound = [Assertion::TextEnd, Assertion::LineEnd];
        matches!(ast, Ast::Assertion(a) if bound.contains(a))
    };
    match ast {
        Ast::Capture { inner, .. } => anchors(inner),
        Ast::Concat(parts) => (
            parts.first().is_some_and(start),
            parts.last().is_some_and(end),
        ),
        _ => (false, false),
    }
}

struct Reader<'r> {
    regexp: &'r GoRegexp,
    groups: Vec<usize>,
    pieces: Vec<Piece>,
    name: String,
    read: bool,
}

impl<'r> Reader<'r> {
    fn new(regexp: &'r GoRegexp, groups: Vec<usize>) -> Self {
        Reader {
            regexp,
            groups,
            pieces: Vec::new(),
            name: String::new(),
            read: false,
        }
    }

    fn visit(&mut self, ast: &Ast) {
        match ast {
            Ast::Empty | Ast::Assertion(_) => {}
            Ast::Literal { char, .. } => self.char(*char),
            Ast::Capture { index, inner } => self.capture(*index, inner),
            Ast::Concat(parts) => parts.iter().for_each(|part| self.visit(part)),
            Ast::Class(_) | Ast::Any { .. } | Ast::Repeat { .. } | Ast::Alternate(_) => {
                self.choice(ast);
            }
        }
    }

    fn capture(&mut self, index: usize, inner: &Ast) {
        let before = (self.name.clone(), self.read);
        let name = self.regexp.group_names().get(index);
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            self.name.clone_from(name);
        }
        self.read |= self.groups.contains(&index);
        self.visit(inner);
        (self.name, self.read) = before;
    }

    /// Reads a part that is judged by the characters and lengths that it allows.
    fn choice(&mut self, ast: &Ast) {
        let alphabet = ast.tag_alphabet();
        let (min, max) = widths(ast);
        let digits = alphabet.bytes().all(|b| b.is_ascii_digit());
        let names_hash = HASH_NAMES.contains(&self.name.to_ascii_lowercase().as_str());
        match ast {
            _ if alphabet.is_empty() => {}
            _ if digits => self.push(Kind::Number(min, max)),
            _ if is_hash(&alphabet, min, max) || names_hash => self.push(Kind::Hash(min, max)),
            Ast::Repeat {
                inner, min, max, ..
            } if *max == Some(*min) && *min <= MOST_COPIES => {
                (0..*min).for_each(|_| self.visit(inner));
            }
            // An optional `v` orders nothing.
            Ast::Repeat {
                min: 0,
                max: Some(1),
                ..
            } if ["v", "V", "Vv"].contains(&&*alphabet) => {}
            _ => self.push(Kind::Other),
        }
    }

    fn char(&mut self, c: char) {
        if c.is_ascii_digit() {
            self.push(Kind::Constant(c.to_string()));
        } else {
            self.push(Kind::Text(c.to_string()));
        }
    }

    /// Adds a part; digits that touch are one number.
    fn push(&mut self, kind: Kind) {
        let last = self.pieces.last_mut().filter(|last| last.read == self.read);
        let merged = last
            .as_ref()
            .and_then(|last| Some((merge(&last.kind, &kind)?, last.name.clone())));
        match (last, merged) {
            (Some(last), Some((kind, name))) => {
                last.kind = kind;
                last.name = name;
            }
            _ => self.pieces.push(Piece {
                kind,
                name: self.name.clone(),
                read: self.read,
            }),
        }
    }
}

fn merge(one: &Kind, other: &Kind) -> Option<Kind> {
    let width = |kind: &Kind| match kind {
        Kind::Constant(digits) => Some((digits.len() as u32, Some(digits.len() as u32))),
        Kind::Number(min, max) => Some((*min, *max)),
        Kind::Text(_) | Kind::Hash(..) | Kind::Other => None,
    };
    match (one, other) {
        (Kind::Text(one), Kind::Text(other)) => Some(Kind::Text(format!("{one}{other}"))),
        (Kind::Constant(one), Kind::Constant(other)) => {
            Some(Kind::Constant(format!("{one}{other}")))
        }
        _ => {
            let (one, other) = (width(one)?, width(other)?);
            let max = one.1.zip(other.1).map(|(a, b)| a.saturating_add(b));
            Some(Kind::Number(one.0.saturating_add(other.0), max))
        }
    }
}

/// Tells whether a part of these characters and lengths is a commit hash: hexadecimal, or of the length of one.
fn is_hash(alphabet: &str, min: u32, max: Option<u32>) -> bool {
    let mixed = alphabet.contains(|c: char| c.is_ascii_digit())
        && alphabet.contains(|c: char| c.is_ascii_alphabetic());
    let hex = alphabet.bytes().all(|b| b.is_ascii_hexdigit());
    let plain = alphabet
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let long = max.is_none_or(|max| max >= SHORTEST_HASH);
    mixed && (hex && long || plain && max == Some(min) && [7, 8, 40, 64].contains(&min))
}

/// Returns how long a text the node matches, at least and at most.
fn widths(ast: &Ast) -> (u32, Option<u32>) {
    match ast {
        Ast::Empty | Ast::Assertion(_) => (0, Some(0)),
        Ast::Literal { .. } | Ast::Class(_) | Ast::Any { .. } => (1, Some(1)),
        Ast::Capture { inner, .. } => widths(inner),
        Ast::Repeat {
            inner, min, max, ..
        } => {
            let (least, most) = widths(inner);
            let most = most.zip(*max).map(|(most, max)| most.saturating_mul(max));
            (least.saturating_mul(*min), most)
        }
        Ast::Concat(parts) => parts.iter().map(widths).fold((0, Some(0)), |sum, part| {
            let most = sum
                .1
                .zip(part.1)
                .map(|(a, b): (u32, u32)| a.saturating_add(b));
            (sum.0.saturating_add(part.0), most)
        }),
        Ast::Alternate(parts) => {
            let least = parts.iter().map(|part| widths(part).0).min().unwrap_or(0);
            let most = parts.iter().map(|part| widths(part).1);
            let most = most.reduce(|a, b| a.zip(b).map(|(a, b)| a.max(b)));
            (least, most.flatten())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(pattern: &str, extract: &str) -> Vec<Kind> {
        let pieces = of_key(&TagFilter::new(pattern, extract).unwrap());
        pieces.into_iter().map(|piece| piece.kind).collect()
    }

    #[test]
    fn reads_keys_off_patterns() {
        let text = |text: &str| Kind::Text(text.to_owned());
        let number = |width| Kind::Number(width, Some(width));
        let some = Kind::Number(1, None);
        for (pattern, extract, expected) in [
            (
                "^(?P<d>[0-9]{8})-(?P<t>[0-9]{4})-x$",
                "$d$t",
                vec![number(12)],
            ),
            (
                "^v?(0|[1-9]\\d*)\\.[0-9]+$",
                "",
                vec![some.clone(), text("."), some.clone()],
            ),
            (
                "^20[0-9]{2}(0[1-9]|1[0-2])-rc",
                "",
                vec![number(6), text("-rc"), Kind::Other],
            ),
            (
                "^main-(?P<sha>[^-]+)-[0-9]+$",
                "$sha",
                vec![Kind::Hash(1, None)],
            ),
            ("^[a-f0-9]{7,40}$", "", vec![Kind::Hash(7, Some(40))]),
            ("^[a-z0-9]{7}$", "", vec![Kind::Hash(7, Some(7))]),
            ("^[a-z0-9]+$", "", vec![Kind::Other]),
            ("[0-9]{8}", "", vec![Kind::Other, number(8), Kind::Other]),
            ("^(a|b)$", "", vec![Kind::Other]),
            (
                "^(1)([0-9])$",
                "1.$2",
                vec![Kind::Constant("1".to_owned()), text("."), number(1)],
            ),
        ] {
            assert_eq!(kinds(pattern, extract), expected, "{pattern} {extract}");
        }
    }
}
