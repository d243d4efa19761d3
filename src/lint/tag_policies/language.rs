//! Whether any tag at all can pass a pattern and its policer: patterns as automata, and their product searched for a way
//! to the end. What is not modelled (word boundaries, lengths) only makes the sets larger, so "none" is a proof.

use std::sync::LazyLock;

use super::shape::group;
use crate::image::goregexp::{Assertion, Ast, GoRegexp, TemplatePart};
use crate::image::{Policer, TagFilter};

/// How many states an automaton may have; a larger one is not looked at.
const MOST_STATES: usize = 4000;
const ANY: Ast = Ast::Any { newline: false };

/// What a registry takes for a tag, but for its length.
const TAGS: &str = "^[0-9A-Za-z_][0-9A-Za-z._-]*$";
/// A superset of what Go's `strconv.ParseFloat` reads.
const NUMBERS: &str = r"^(?:\+|-)?(?:(?i:inf|infinity|nan)|0[xX][0-9a-fA-F_.]+[pP](?:\+|-)?[0-9_]+|[0-9_]*(?:[0-9_][.]?|[.][0-9])[0-9_]*(?:[eE](?:\+|-)?[0-9_]+)?)$";
/// What fluxcd/pkg/version reads, versions with two dots somewhere, and a little more.
const VERSIONS: &str = r"^v?[0-9]+(?:[.][0-9]+[.][0-9]+(?:(?:-|\+)(?:[0-9A-Za-z.-]|\+)*)?|[.][0-9]+(?:-|\+)(?:[0-9A-Za-z.-]|\+)*[.](?:[0-9A-Za-z.-]|\+)*|(?:-|\+)(?:[0-9A-Za-z.-]|\+)*[.](?:[0-9A-Za-z.-]|\+)*[.](?:[0-9A-Za-z.-]|\+)*)$";

/// ASCII characters, as bits.
type Mask = u128;

/// The characters of a tag.
const TAG: Mask = {
    let mut set = 1 << b'.' | 1 << b'_' | 1 << b'-';
    let mut byte = 0;
    while byte < 128_u8 {
        if byte.is_ascii_alphanumeric() {
            set |= 1 << byte;
        }
        byte += 1;
    }
    set
};

/// What no tag that a pattern matches can be, although it would have to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lint) enum Unmet {
    /// A tag that a registry would take.
    LegalTag,
    /// One whose key is a version.
    Version,
    /// One whose key is a number.
    Number,
}

/// Returns the reason if it is certain that no tag passes both the pattern and the policer's reader.
pub(in crate::lint) fn unmet(filter: &TagFilter, policer: &Policer) -> Option<Unmet> {
    static LEGAL: LazyLock<Option<Automaton>> = LazyLock::new(|| Automaton::of_text(TAGS));
    static VERSION: LazyLock<Option<Automaton>> = LazyLock::new(|| Automaton::of_text(VERSIONS));
    static NUMBER: LazyLock<Option<Automaton>> = LazyLock::new(|| Automaton::of_text(NUMBERS));
    let tags = Automaton::of_tags(filter.regexp().ast())?;
    if !tags.meets(LEGAL.as_ref()?) {
        return Some(Unmet::LegalTag);
    }
    let (reader, reason) = match policer {
        Policer::SemVer { .. } => (VERSION.as_ref()?, Unmet::Version),
        Policer::Numerical(_) => (NUMBER.as_ref()?, Unmet::Number),
        Policer::Alphabetical(_) => return None,
    };
    let keys = match filter.extract() {
        None => tags,
        Some(_) => Automaton::of_keys(filter)?,
    };
    (!keys.meets(reader)).then_some(reason)
}

/// One step of an automaton: on to the states named.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Reads one character of the set.
    Read(Mask, usize),
    /// Goes on either way.
    Split(usize, usize),
    /// Goes on at the start of the text only.
    Start(usize),
    /// Goes on if the text is over.
    End(usize),
    /// The text may end here.
    Accept,
}

/// A pattern as states; most are made after those that they lead to.
#[derive(Clone, Debug)]
struct Automaton {
    steps: Vec<Step>,
    start: usize,
    /// Whether `^` and `$` bind; inside of groups that are cut out of their pattern they do not.
    anchored: bool,
    /// The characters of each class, worked out once.
    classes: Vec<(Ast, Mask)>,
}

impl Automaton {
    fn accepting() -> Self {
        Automaton {
            steps: vec![Step::Accept],
            start: 0,
            anchored: true,
            classes: Vec::new(),
        }
    }

    fn of_text(pattern: &str) -> Option<Self> {
        let regexp = GoRegexp::new(pattern).ok()?;
        let mut automaton = Self::accepting();
        automaton.start = automaton.build(regexp.ast(), 0)?;
        Some(automaton)
    }

    /// Tags in which the pattern matches somewhere.
    fn of_tags(ast: &Ast) -> Option<Self> {
        let mut automaton = Self::accepting();
        let after = automaton.repeat(&ANY, 0)?;
        let inside = automaton.build(ast, after)?;
        automaton.start = automaton.repeat(&ANY, inside)?;
        Some(automaton)
    }

    /// Keys that the template may make, and more: groups are taken as independent of each other.
    fn of_keys(filter: &TagFilter) -> Option<Self> {
        let mut automaton = Self::accepting();
        automaton.anchored = false;
        let parts = filter.extract()?.parts().iter().rev();
        automaton.start = { parts }.try_fold(0, |next, part| match part {
            TemplatePart::Text(text) => automaton.text(text, next),
            TemplatePart::Index(_) | TemplatePart::Name(_) => {
                automaton.groups(filter.regexp(), part, next)
            }
        })?;
        Some(automaton)
    }

    fn groups(&mut self, regexp: &GoRegexp, part: &TemplatePart, next: usize) -> Option<usize> {
        let mut ways = Vec::new();
        let mut always = false;
        for index in regexp.groups_of(part) {
            let ast = match index {
                0 => regexp.ast(),
                _ => group(regexp.ast(), index)?,
            };
            ways.push(self.build(ast, next)?);
            always |= index == 0 || takes_part(regexp.ast(), index);
        }
        if !always {
            ways.push(next);
        }
        let (first, others) = ways.split_first()?;
        let mut others = others.iter();
        others.try_fold(*first, |either, one| self.add(Step::Split(*one, either)))
    }

    fn add(&mut self, step: Step) -> Option<usize> {
        let at = self.steps.len();
        (at < MOST_STATES).then(|| self.steps.push(step))?;
        Some(at)
    }

    fn text(&mut self, text: &str, next: usize) -> Option<usize> {
        text.chars().rev().try_fold(next, |next, c| {
            let set = Some(bit(c)).filter(|set| *set != 0)?;
            self.add(Step::Read(set, next))
        })
    }

    fn repeat(&mut self, inner: &Ast, next: usize) -> Option<usize> {
        let split = self.add(Step::Split(next, next))?;
        let body = self.build(inner, split)?;
        *self.steps.get_mut(split)? = Step::Split(body, next);
        Some(split)
    }

    /// Adds the states for a node that leads on to `next`; `None` if there are too many.
    fn build(&mut self, ast: &Ast, next: usize) -> Option<usize> {
        match ast {
            Ast::Empty => Some(next),
            Ast::Assertion(assertion) => self.assertion(*assertion, next),
            Ast::Literal { .. } | Ast::Class(_) | Ast::Any { .. } => {
                let set = self.characters(ast);
                self.add(Step::Read(set, next))
            }
            Ast::Capture { inner, .. } => self.build(inner, next),
            Ast::Repeat {
                inner, min, max, ..
            } => {
                let tail = match max {
                    None => self.repeat(inner, next)?,
                    Some(max) => (*min..*max).try_fold(next, |tail, _| {
                        let once = self.build(inner, tail)?;
                        self.add(Step::Split(once, next))
                    })?,
                };
                (0..*min).try_fold(tail, |next, _| self.build(inner, next))
            }
            Ast::Concat(parts) => {
                let mut parts = parts.iter().rev();
                parts.try_fold(next, |next, part| self.build(part, next))
            }
            Ast::Alternate(parts) => {
                let (first, others) = parts.split_first()?;
                let first = self.build(first, next)?;
                others.iter().try_fold(first, |either, part| {
                    let one = self.build(part, next)?;
                    self.add(Step::Split(one, either))
                })
            }
        }
    }

    /// Returns the characters that a leaf reads; of a class those that can stand in a tag.
    fn characters(&mut self, leaf: &Ast) -> Mask {
        match leaf {
            Ast::Literal { char, fold: false } => bit(*char),
            Ast::Literal { char, fold: true } => {
                bit(char.to_ascii_lowercase()) | bit(char.to_ascii_uppercase())
            }
            Ast::Any { .. } => TAG,
            _ => {
                let known = self.classes.iter().find(|(class, _)| class == leaf);
                if let Some((_, set)) = known {
                    return *set;
                }
                let alphabet = leaf.tag_alphabet();
                let set = alphabet.bytes().fold(0, |set, byte| set | 1 << byte);
                self.classes.push((leaf.clone(), set));
                set
            }
        }
    }

    fn assertion(&mut self, assertion: Assertion, next: usize) -> Option<usize> {
        match assertion {
            Assertion::TextStart | Assertion::LineStart if self.anchored => {
                self.add(Step::Start(next))
            }
            Assertion::TextEnd | Assertion::LineEnd if self.anchored => self.add(Step::End(next)),
            _ => Some(next),
        }
    }

    /// Tells whether some text passes both automata.
    fn meets(&self, other: &Self) -> bool {
        let mut seen = vec![false; self.steps.len() * other.steps.len() * 4];
        let mut open = vec![(self.start, other.start, Edge::default())];
        while let Some((one, two, edge)) = open.pop() {
            let slot = (one * other.steps.len() + two) * 4 + edge.index();
            let (Some(seen), Some(&ours), Some(&theirs)) = (
                seen.get_mut(slot),
                self.steps.get(one),
                other.steps.get(two),
            ) else {
                continue;
            };
            if std::mem::replace(seen, true) {
                continue;
            }
            match (ours, theirs) {
                (Step::Accept, Step::Accept) => return true,
                (Step::Read(ours, next), Step::Read(theirs, after)) => {
                    if ours & theirs != 0 && !edge.over {
                        open.push((
                            next,
                            after,
                            Edge {
                                begun: true,
                                ..edge
                            },
                        ));
                    }
                }
                (Step::Read(..) | Step::Accept, step) => {
                    open.extend(edge.follow(step).map(|(two, edge)| (one, two, edge)));
                }
                (step, _) => open.extend(edge.follow(step).map(|(one, edge)| (one, two, edge))),
            }
        }
        false
    }
}

/// Tells whether a group takes part in every match.
fn takes_part(ast: &Ast, wanted: usize) -> bool {
    match ast {
        Ast::Capture { index, inner } => *index == wanted || takes_part(inner, wanted),
        Ast::Repeat { inner, min, .. } => *min > 0 && takes_part(inner, wanted),
        Ast::Concat(parts) => parts.iter().any(|part| takes_part(part, wanted)),
        _ => false,
    }
}

/// Returns an ASCII character as a set; any other character is in none.
fn bit(c: char) -> Mask {
    u8::try_from(c)
        .ok()
        .filter(u8::is_ascii)
        .map_or(0, |byte| 1 << byte)
}

/// What is known of the place in the text.
#[derive(Clone, Copy, Debug, Default)]
struct Edge {
    /// A character was read.
    begun: bool,
    /// No character may be read any more.
    over: bool,
}

impl Edge {
    fn index(self) -> usize {
        usize::from(self.begun) * 2 + usize::from(self.over)
    }

    /// Returns where a step leads that reads nothing.
    fn follow(self, step: Step) -> impl Iterator<Item = (usize, Edge)> {
        let over = Edge { over: true, ..self };
        let ways = match step {
            Step::Split(one, other) => [Some((one, self)), Some((other, self))],
            Step::Start(next) if !self.begun => [Some((next, self)), None],
            Step::End(next) => [Some((next, over)), None],
            Step::Start(_) | Step::Read(..) | Step::Accept => [None, None],
        };
        ways.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::PolicyChoice;

    fn judge(pattern: &str, extract: &str, semver: bool) -> Option<Unmet> {
        let filter = TagFilter::new(pattern, extract).unwrap();
        let choice = match semver {
            true => PolicyChoice::SemVer {
                range: "*".to_owned(),
            },
            false => PolicyChoice::Numerical {
                order: "asc".to_owned(),
            },
        };
        unmet(&filter, &choice.compile().unwrap())
    }

    #[test]
    fn knows_what_is_no_version() {
        let never = Some(Unmet::Version);
        for (pattern, extract, expected) in [
            ("^[0-9]{8}$", "", never),
            ("^v?[0-9]+[.][0-9]+$", "", never),
            ("^sha-[a-f0-9]{7}$", "", never),
            ("^release-", "", never),
            ("^([0-9]+)[.][0-9]+[.][0-9]+$", "$1", never),
            ("^([0-9]+)-([0-9]+)$", "$1.$2", never),
            ("^([0-9]+)-([0-9]+)$", "$1.$2.0", None),
            ("[0-9]{8}", "", None),
            ("^[0-9]{8}", "", None),
            (".*", "", None),
            ("", "", None),
            ("^1-a.b.c$", "", None),
            ("^[0-9]{4}[.][0-9]{2}[.][0-9]{2}$", "", None),
            (r"\b\d{4}\.\d{2}\.\d{2}\b", "", None),
            ("^v?([0-9.]+)-alpine$", "$1", None),
            ("^a$b", "", Some(Unmet::LegalTag)),
            ("^a/b", "", Some(Unmet::LegalTag)),
            ("é", "", Some(Unmet::LegalTag)),
            ("^$", "", Some(Unmet::LegalTag)),
            ("x^", "", Some(Unmet::LegalTag)),
        ] {
            assert_eq!(
                judge(pattern, extract, true),
                expected,
                "{pattern} {extract}"
            );
        }
    }

    #[test]
    fn knows_what_is_no_number() {
        let never = Some(Unmet::Number);
        for (pattern, extract, expected) in [
            ("^v[0-9]+$", "", never),
            ("^[0-9]+[.][0-9]+[.][0-9]+$", "", never),
            ("^main-", "", never),
            ("^main-([0-9]+)$", "$1", None),
            ("^[0-9]+[.][0-9]+$", "", None),
            ("^[a-f0-9]{7}$", "", None),
            ("^0x[0-9a-f]+p1$", "", None),
            ("^(?i:INF)$", "", None),
            ("^([0-9]{8})-([0-9]+)$", "$1-$2", never),
            ("^([0-9]{8})-([0-9]+)$", "$1$2", None),
            ("^(a)?([0-9]+)$", "$1$2", None),
        ] {
            assert_eq!(
                judge(pattern, extract, false),
                expected,
                "{pattern} {extract}"
            );
        }
    }

    proptest::proptest! {
        /// A key that the policers read is never ruled out.
        #[test]
        fn is_sound(key in "v?[0-9]{1,3}([.][0-9]{1,2}){0,3}([-+][a-z0-9.]{0,6})?|[-+]?[0-9_.]{1,6}(e[0-9]+)?") {
            let pattern: String = key.chars().map(|c| format!("[{c}]").replace("[+]", r"\+")).collect();
            let text = GoRegexp::new(&format!("^{pattern}$")).unwrap();
            let mut automaton = Automaton::accepting();
            automaton.start = automaton.build(text.ast(), 0).unwrap();
            for (semver, reader) in [(true, VERSIONS), (false, NUMBERS)] {
                let choice = match semver {
                    true => PolicyChoice::SemVer { range: "*-0".to_owned() },
                    false => PolicyChoice::Numerical { order: String::new() },
                };
                let policy = crate::image::TagPolicy::new(&crate::image::TagPolicySpec {
                    choice: Some(choice),
                    ..Default::default()
                });
                let readable = policy.could_choose(&key).is_ok();
                let meets = automaton.meets(&Automaton::of_text(reader).unwrap());
                proptest::prop_assert!(meets || !readable);
            }
        }
    }
}
