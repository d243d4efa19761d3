//! Tags of one shape, what their numbers mean, and the policy that orders them.

use std::collections::HashSet;

use super::choice::{TagChoice, TagOrder};
use super::shape::{Shape, Token, is_year};

/// Tags of one shape.
#[derive(Debug)]
pub(super) struct Family<'t> {
    /// The shape of the first of them.
    pub(super) shape: Shape,
    /// The tags, each with the digits of its numbers.
    pub(super) tags: Vec<(&'t str, Vec<String>)>,
    pub(super) skeleton: String,
}

/// What the numbers of a family mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A version.
    Version,
    /// A time: the numbers of these indices, put together.
    Time(std::ops::Range<usize>),
    /// A number that grows with every build.
    Build,
}

impl Family<'_> {
    /// Returns what its numbers mean; nothing where they give no order.
    pub(super) fn meaning(&self) -> Option<Meaning> {
        let count = self.shape.numbers().len();
        if count == 0
            || self.tags.iter().any(|(tag, _)| tag.len() > 128)
            || self.shape.is_too_long()
        {
            return None;
        }
        let time = self.time();
        let before_time = time.as_ref().map_or(count, |time| time.start);
        if self.dotted().is_some_and(|group| group.start < before_time) {
            return Some(Meaning::Version);
        }
        match time {
            Some(time) if time.end == count => Some(Meaning::Time(time)),
            _ if count == 1 => Some(Meaning::Build),
            _ => Some(Meaning::Version),
        }
    }

    /// Returns the numbers that stand side by side with dots, two at least.
    pub(super) fn dotted(&self) -> Option<std::ops::Range<usize>> {
        let (mut index, mut start) = (0, 0);
        let mut previous = None;
        for token in &self.shape.tokens {
            match token {
                Token::Number { .. } => {
                    if previous != Some(".") {
                        if index - start >= 2 {
                            break;
                        }
                        start = index;
                    }
                    index += 1;
                    previous = None;
                }
                Token::Text(text) => previous = Some(text.as_str()),
                Token::Hash => previous = None,
            }
        }
        (index - start >= 2).then_some(start..index)
    }

    /// Returns the first numbers that together are a time, all of fixed width.
    fn time(&self) -> Option<std::ops::Range<usize>> {
        let numbers = self.shape.numbers();
        let times = self.shape.tokens.iter().filter_map(|token| match token {
            Token::Number { is_time, .. } => Some(*is_time),
            _ => None,
        });
        let single = times
            .enumerate()
            .find(|(_, is_time)| *is_time)
            .map(|(at, _)| at);
        let (start, mut end) = match single {
            Some(at) => (at, at + 1),
            None => {
                let at = (0..numbers.len()).find(|at| self.is_date(*at))?;
                (at, at + 3)
            }
        };
        let is_day =
            single.is_none_or(|at| numbers.get(at).is_some_and(|digits| digits.len() == 8));
        if is_day {
            let part = |at: usize, width: usize, most: u32| {
                self.column(at)
                    .all(|n| n.len() == width && n.parse::<u32>().is_ok_and(|n| n <= most))
                    && at < numbers.len()
            };
            match (part(end, 6, 235_960), part(end, 4, 2359)) {
                (true, _) | (_, true) => end += 1,
                _ => {
                    let clock = [23, 59, 60].iter().enumerate();
                    end += clock
                        .take_while(|(i, most)| part(end + i, 2, **most))
                        .count();
                }
            }
        }
        Some(start..end)
    }

    /// Tells whether a year, a month and a day of fixed width begin at a number of every tag.
    fn is_date(&self, at: usize) -> bool {
        let within = |at: usize, most: u32| {
            self.column(at)
                .all(|n| n.len() == 2 && n.parse::<u32>().is_ok_and(|n| (1..=most).contains(&n)))
        };
        self.shape.numbers().len() >= at + 3
            && self.column(at).all(is_year)
            && within(at + 1, 12)
            && within(at + 2, 31)
    }

    /// Returns the number with this index of every tag.
    fn column(&self, at: usize) -> impl Iterator<Item = &str> {
        self.tags
            .iter()
            .filter_map(move |(_, numbers)| numbers.get(at).map(String::as_str))
    }

    /// Tells whether the family is a plain version, which needs no pattern: `1.2.3`, `v1.2.3`.
    pub(super) fn is_plain(&self) -> bool {
        matches!(
            self.skeleton.trim_start_matches('v'),
            "\u{4}.\u{4}.\u{4}" | "\u{3}.\u{4}.\u{4}"
        ) && !self.skeleton.starts_with("vv")
    }

    /// Tells whether the tags only point to those of finer families: `1.2` to `1.2.3`, `16-alpine` to `16.4-alpine`.
    pub(super) fn floats(&self, all: &[Family<'_>]) -> bool {
        let Some((before, own, after)) = self.around() else {
            return false;
        };
        let first = |numbers: &[String]| {
            numbers
                .iter()
                .take(own.end)
                .skip(own.start)
                .cloned()
                .collect::<Vec<_>>()
        };
        all.iter().any(|other| {
            let Some((b, finer, a)) = other.around() else {
                return false;
            };
            if finer.len() <= own.len() || b != before || a != after || other.shape.is_unreleased()
            {
                return false;
            }
            let known = |numbers: &Vec<String>| {
                numbers
                    .iter()
                    .skip(finer.start)
                    .take(own.len())
                    .cloned()
                    .collect::<Vec<_>>()
            };
            let finer: HashSet<Vec<String>> = other
                .tags
                .iter()
                .map(|(_, numbers)| known(numbers))
                .collect();
            let found = self
                .tags
                .iter()
                .filter(|(_, numbers)| finer.contains(&first(numbers)))
                .count();
            found * 2 >= self.tags.len()
        })
    }

    /// Returns the texts around its first number or dotted numbers, and their indices.
    fn around(&self) -> Option<(String, std::ops::Range<usize>, String)> {
        let count = self.shape.numbers().len();
        let group = self.dotted().or((count > 0).then_some(0..1))?;
        let marks = ['\u{2}', '\u{3}', '\u{4}'];
        let start = self.skeleton.match_indices(marks).nth(group.start)?.0;
        let end = self.skeleton.match_indices(marks).nth(group.end - 1)?.0;
        let before = self.skeleton.get(..start)?.trim_end_matches('v').to_owned();
        let after = self.skeleton.get(end + 1..)?.to_owned();
        Some((before, group, after))
    }

    /// Returns the tag that is the newest by its numbers.
    pub(super) fn newest<'f>(
        &'f self,
        meaning: &Meaning,
        wanted: impl Fn(&[u64]) -> bool,
    ) -> Option<&'f str> {
        let keys = self
            .tags
            .iter()
            .map(|(tag, numbers)| (Self::key(numbers, meaning), *tag));
        keys.filter(|(key, _)| wanted(key))
            .max()
            .map(|(_, tag)| tag)
    }

    /// Returns the numbers by which a tag is compared.
    pub(super) fn key(numbers: &[String], meaning: &Meaning) -> Vec<u64> {
        let part = match meaning {
            Meaning::Version | Meaning::Build => 0..numbers.len(),
            Meaning::Time(time) => time.clone(),
        };
        let part = numbers.get(part).unwrap_or_default();
        part.iter().map(|n| n.parse().unwrap_or(u64::MAX)).collect()
    }

    /// Returns the filter that lets only this family in and reads its numbers: pattern and extract.
    pub(super) fn filter(&self, meaning: &Meaning) -> (String, Option<String>) {
        let count = self.shape.numbers().len();
        let captured = match meaning {
            Meaning::Time(time) => time.clone(),
            _ => 0..count,
        };
        let plain = *meaning == Meaning::Version && self.is_plain();
        let whole =
            *meaning == Meaning::Version && count == 3 && self.dotted() == Some(0..3) && !plain;
        let name = match meaning {
            _ if whole => Some("version"),
            Meaning::Time(_) if captured.len() == 1 => Some("ts"),
            Meaning::Build => Some("build"),
            _ => None,
        };
        let alone = self.shape.tokens.len() == 1;
        let mut pattern = String::from("^");
        let mut index = 0;
        for token in &self.shape.tokens {
            match token {
                Token::Text(text) => pattern.push_str(&text.replace('.', r"\.")),
                Token::Hash => pattern.push_str("[a-f0-9]+"),
                Token::Number { .. } => {
                    let opens = if whole {
                        index == 0
                    } else {
                        captured.contains(&index) && !alone && !plain
                    };
                    // A version keeps no zeros in front of what stands behind its third number.
                    let tail = *meaning == Meaning::Version && index >= 3;
                    if tail
                        && self
                            .column(index)
                            .any(|n| n.len() > 1 && n.starts_with('0'))
                    {
                        pattern.push_str("0*");
                    }
                    if opens {
                        pattern.push('(');
                        pattern
                            .push_str(&name.map(|name| format!("?P<{name}>")).unwrap_or_default());
                    }
                    pattern.push_str(&self.digits(index, meaning));
                    if if whole { index == 2 } else { opens } {
                        pattern.push(')');
                    }
                    index += 1;
                }
            }
        }
        pattern.push('$');
        let extract = match (name, meaning) {
            _ if alone => None,
            (Some(name), _) => Some(format!("${name}")),
            (None, Meaning::Version) => Some(version_key(count)),
            (None, _) => Some((1..=captured.len()).map(|n| format!("${n}")).collect()),
        };
        (pattern, extract)
    }

    /// Returns the pattern of one number: a time has a fixed width.
    fn digits(&self, index: usize, meaning: &Meaning) -> String {
        let width = self.column(index).map(str::len).next().unwrap_or(1);
        let is_time = match meaning {
            Meaning::Time(time) => time.contains(&index),
            _ => false,
        };
        match is_time && self.column(index).all(|n| n.len() == width) {
            true => format!("[0-9]{{{width}}}"),
            false => "[0-9]+".to_owned(),
        }
    }

    /// Returns the policy that orders the family.
    pub(super) fn choice(
        &self,
        meaning: &Meaning,
        range: Option<&str>,
        with_pattern: bool,
    ) -> TagChoice {
        let order = match meaning {
            Meaning::Version => TagOrder::Semver(range.unwrap_or("*").to_owned()),
            _ => TagOrder::Numerical,
        };
        let (pattern, extract) = match *meaning == Meaning::Version && self.is_plain() {
            true if !with_pattern => (None, None),
            true => (Some(self.filter(meaning).0), None),
            false => {
                let (pattern, extract) = self.filter(meaning);
                (Some(pattern), extract)
            }
        };
        TagChoice {
            pattern,
            extract,
            order,
        }
    }

    /// Tells whether the first number is a year: `2024.1.5`, or `24.04` with months of two digits.
    pub(super) fn is_calendar(&self) -> bool {
        let year = |n: &str| n.len() == 2 && ("15".."45").contains(&n);
        let month = |n: &str| n.len() == 2 && ("01".."13").contains(&n);
        let padded = self.column(1).any(|n| n.starts_with('0') && n.len() == 2);
        self.column(0).all(is_year)
            || (padded && self.column(0).all(year) && self.column(1).all(month))
    }

    /// Tells whether more than three numbers make the version, so that its key has a part behind a dash.
    pub(super) fn has_tail(&self) -> bool {
        self.shape.numbers().len() > 3
    }
}

/// Returns the template that makes a version of so many numbers: `$1.$2.$3-$4.$5`.
fn version_key(count: usize) -> String {
    let mut key: String = match count {
        2 => "$1.$2.0".to_owned(),
        _ => "$1.$2.$3".to_owned(),
    };
    for n in 4..=count {
        key.push(if n == 4 { '-' } else { '.' });
        key.push_str(&format!("${n}"));
    }
    key
}
