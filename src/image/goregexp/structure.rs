//! What a pattern's shape tells about the tags it can match, without running it.

use super::ast::{Assertion, Ast, Class, ClassItem, Property};
use super::{GoRegexp, Template};

/// How long a tag may be.
pub(super) const MAX_TAG: usize = 128;

impl GoRegexp {
    /// Returns the only text that the pattern matches, if it is anchored on both sides and leaves no choice:
    /// `latest` for `^latest$`.
    pub fn literal_only(&self) -> Option<String> {
        whole_text(&self.ast)
    }

    /// Returns the parts of the pattern that can vary and lie outside the groups that the template reads, in order.
    /// Tags that differ only there give the same key.
    pub fn unextracted(&self, template: &Template) -> Vec<&Ast> {
        let read: Vec<usize> = template
            .parts()
            .iter()
            .flat_map(|part| self.groups_of(part))
            .collect();
        let mut found = Vec::new();
        if !read.contains(&0) {
            collect_variable(&self.ast, &read, &mut found);
        }
        found
    }
}

/// Returns the text that an anchored pattern pins down.
fn whole_text(ast: &Ast) -> Option<String> {
    match ast {
        Ast::Capture { inner, .. } => whole_text(inner),
        Ast::Alternate(parts) => same_text(parts.iter().map(whole_text)),
        Ast::Concat(parts) => match parts.as_slice() {
            [
                Ast::Assertion(Assertion::TextStart),
                middle @ ..,
                Ast::Assertion(Assertion::TextEnd),
            ] => middle.iter().map(only_text).collect(),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the text of a part that can match one text only.
fn only_text(ast: &Ast) -> Option<String> {
    match ast {
        Ast::Empty => Some(String::new()),
        Ast::Literal { char, fold: false } => Some(char.to_string()),
        Ast::Class(class) => {
            let mut members = class.tag_members();
            members
                .next()
                .filter(|_| members.next().is_none())
                .map(String::from)
        }
        Ast::Capture { inner, .. } => only_text(inner),
        Ast::Repeat {
            inner, min, max, ..
        } => {
            let text = only_text(inner)?;
            let settled = text.is_empty() || *max == Some(*min);
            (settled && text.len().saturating_mul(*min as usize) <= MAX_TAG)
                .then(|| text.repeat(*min as usize))
        }
        Ast::Concat(parts) => parts.iter().map(only_text).collect(),
        Ast::Alternate(parts) => same_text(parts.iter().map(only_text)),
        Ast::Literal { .. } | Ast::Any { .. } | Ast::Assertion(_) => None,
    }
}

fn same_text(mut texts: impl Iterator<Item = Option<String>>) -> Option<String> {
    let first = texts.next()??;
    texts
        .all(|text| text.as_ref() == Some(&first))
        .then_some(first)
}

fn collect_variable<'a>(ast: &'a Ast, read: &[usize], found: &mut Vec<&'a Ast>) {
    match ast {
        Ast::Capture { index, .. } if read.contains(index) => {}
        Ast::Capture { inner, .. } => collect_variable(inner, read, found),
        Ast::Concat(parts) => parts
            .iter()
            .for_each(|part| collect_variable(part, read, found)),
        Ast::Assertion(_) => {}
        _ if only_text(ast).is_some() => {}
        _ => found.push(ast),
    }
}

impl Ast {
    /// Returns the characters of tags that this part can match, each once, in ASCII order: `0123456789` for `\d+`.
    pub fn tag_alphabet(&self) -> String {
        let mut members = Vec::new();
        self.collect_members(&mut members);
        members.sort_unstable();
        members.dedup();
        members.into_iter().collect()
    }

    fn collect_members(&self, members: &mut Vec<char>) {
        match self {
            Self::Empty | Self::Assertion(_) => {}
            Self::Literal { char, fold: false } => members.push(*char),
            Self::Literal { char, fold: true } => {
                members.extend([char.to_ascii_lowercase(), char.to_ascii_uppercase()])
            }
            Self::Class(class) => members.extend(class.tag_members()),
            Self::Any { .. } => members.extend(tag_chars()),
            Self::Capture { inner, .. } | Self::Repeat { inner, .. } => {
                inner.collect_members(members)
            }
            Self::Concat(parts) | Self::Alternate(parts) => {
                parts.iter().for_each(|part| part.collect_members(members))
            }
        }
    }
}

impl Class {
    /// Returns the members that can stand in a tag.
    pub(super) fn tag_members(&self) -> impl Iterator<Item = char> {
        tag_chars().filter(|&c| self.has(c) != self.negated)
    }

    fn has(&self, c: char) -> bool {
        let flipped = if c.is_ascii_lowercase() {
            c.to_ascii_uppercase()
        } else {
            c.to_ascii_lowercase()
        };
        let other_case = self.fold.then_some(flipped);
        self.items.iter().any(|item| item.has(c, other_case))
    }
}

impl ClassItem {
    /// Tells whether the item holds a character of a tag, or its other case; negation comes after folding.
    fn has(&self, c: char, other_case: Option<char>) -> bool {
        let either = |has: &dyn Fn(char) -> bool| has(c) || other_case.is_some_and(has);
        match self {
            Self::Range(low, high) => either(&|c| (*low..=*high).contains(&u32::from(c))),
            Self::Ascii { ranges, negated } => {
                let listed = |c| {
                    ranges
                        .iter()
                        .any(|(low, high)| (char::from(*low)..=char::from(*high)).contains(&c))
                };
                either(&listed) != *negated
            }
            Self::Unicode { property, negated } => either(&|c| property.has(c)) != *negated,
        }
    }
}

impl Property {
    /// Tells whether a character of a tag has the property.
    fn has(self, c: char) -> bool {
        match self {
            Self::Any | Self::Ascii => true,
            Self::Category("L" | "LC") | Self::Script("Latin") => c.is_ascii_alphabetic(),
            Self::Category("Lu") => c.is_ascii_uppercase(),
            Self::Category("Ll") => c.is_ascii_lowercase(),
            Self::Category("N" | "Nd") => c.is_ascii_digit(),
            Self::Category("P") => !c.is_ascii_alphanumeric(),
            Self::Category("Pc") => c == '_',
            Self::Category("Pd") => c == '-',
            Self::Category("Po") => c == '.',
            Self::Script("Common") => !c.is_ascii_alphabetic(),
            Self::Category(_) | Self::Script(_) => false,
        }
    }
}

/// Returns the characters that a tag may hold.
pub(super) fn tag_chars() -> impl Iterator<Item = char> {
    ('0'..='9')
        .chain('a'..='z')
        .chain('A'..='Z')
        .chain(['.', '-', '_'])
}
