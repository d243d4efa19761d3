//! Makes up tags that a pattern matches, for rules that ask what a policy does with what it lets through.

use std::collections::HashSet;

use super::GoRegexp;
use super::ast::{Ast, Class};
use super::structure::{MAX_TAG, tag_chars};

/// What people put where a pattern says "anything": versions, times, numbers, hashes, branches.
const WORDS: &[&str] = &[
    "1.2.3",
    "1700000000",
    "20240131",
    "main",
    "a1b2c3d",
    "1.10.0",
    "7",
    "20241231235959",
    "1.0.9",
    "1.0.63",
    "42",
    "0f9e8d7",
    "alpine",
    "2.0.0-rc.1",
    "1700086400",
    "10",
    "dev",
    "2024.1.5",
    "1.4",
    "deadbee",
    "latest",
    "20240201",
    "2024-01-31T10-20-30Z",
    "feature-x",
    "1234567",
    "ARM64",
];

/// How many nodes one attempt may visit; stops patterns such as `((a*)*)*`.
const FUEL: u32 = 2000;

impl GoRegexp {
    /// Makes up to `n` different tags that the pattern matches. The same seed gives the same tags; a pattern that
    /// matches few tags or none gives fewer.
    pub fn samples(&self, seed: u64, n: usize) -> Vec<String> {
        let mut random = Random(seed);
        let mut seen = HashSet::new();
        let mut samples = Vec::new();
        for _ in 0..n.saturating_mul(8) {
            if samples.len() == n {
                break;
            }
            let mut draft = Draft {
                random: &mut random,
                text: String::new(),
                fuel: FUEL,
            };
            if draft.write(self.ast()).is_some()
                && is_pullable(&draft.text)
                && self.is_match(&draft.text)
                && seen.insert(draft.text.clone())
            {
                samples.push(draft.text);
            }
        }
        samples
    }
}

/// Tells whether a registry takes the text for a tag.
fn is_pullable(text: &str) -> bool {
    (1..=MAX_TAG).contains(&text.len())
        && !text.starts_with(['.', '-'])
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// A tag being made up.
struct Draft<'r> {
    random: &'r mut Random,
    text: String,
    fuel: u32,
}

impl Draft<'_> {
    /// Writes a text for the node; `None` gives the attempt up. Assertions are left to the final match.
    fn write(&mut self, ast: &Ast) -> Option<()> {
        self.fuel = self.fuel.checked_sub(1)?;
        if self.text.len() > MAX_TAG {
            return None;
        }
        match ast {
            Ast::Empty | Ast::Assertion(_) => {}
            Ast::Literal { char, fold } => {
                let upper = *fold && self.random.below(4) == 0;
                self.text.push(if upper {
                    char.to_ascii_uppercase()
                } else {
                    *char
                });
            }
            Ast::Class(class) => self.member(&members(class)?),
            Ast::Any { .. } => self.member(&tag_chars().collect::<Vec<_>>()),
            Ast::Capture { inner, .. } => self.write(inner)?,
            Ast::Repeat {
                inner, min, max, ..
            } => self.repeat(inner, *min, *max)?,
            Ast::Concat(parts) => parts.iter().try_for_each(|part| self.write(part))?,
            Ast::Alternate(parts) => {
                let index = self.random.below(parts.len());
                self.write(parts.get(index)?)?;
            }
        }
        Some(())
    }

    fn member(&mut self, members: &[char]) {
        let index = self.random.below(members.len());
        self.text.extend(members.get(index));
    }

    fn repeat(&mut self, inner: &Ast, min: u32, max: Option<u32>) -> Option<()> {
        if max != Some(min) && self.random.below(4) > 0 && self.word(inner, min, max) {
            return Some(());
        }
        let room = max.map_or(3, |max| (max - min).min(6));
        let extra = self.random.below(room as usize + 1) as u32;
        (0..min + extra).try_for_each(|_| self.write(inner))
    }

    /// Writes a familiar word if one fits the repetition of a character.
    fn word(&mut self, inner: &Ast, min: u32, max: Option<u32>) -> bool {
        let allowed: String = match inner {
            Ast::Class(class) => class.tag_members().collect(),
            Ast::Any { .. } => tag_chars().collect(),
            _ => return false,
        };
        let lengths = min as usize..=max.map_or(MAX_TAG, |max| max as usize);
        let fits = |word: &&&str| {
            lengths.contains(&word.len()) && word.chars().all(|c| allowed.contains(c))
        };
        let fitting: Vec<&&str> = WORDS.iter().filter(fits).collect();
        let index = self.random.below(fitting.len());
        fitting
            .get(index)
            .map(|word| self.text.push_str(word))
            .is_some()
    }
}

fn members(class: &Class) -> Option<Vec<char>> {
    let members: Vec<char> = class.tag_members().collect();
    (!members.is_empty()).then_some(members)
}

/// The splitmix64 generator: small, and the same everywhere.
struct Random(u64);

impl Random {
    /// Returns a number below `bound`; 0 if there is none.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        mixed.checked_rem(bound as u64).unwrap_or(0) as usize
    }
}
