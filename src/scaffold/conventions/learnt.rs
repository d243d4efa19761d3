//! A value that siblings agree on, and the evidence for it.

use std::fmt;

use crate::manifest::{Location, Place, Tree};

use super::sibling::Sibling;

/// A value learnt from siblings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learnt<T> {
    /// The value.
    pub value: T,
    /// Where the nearest sibling has it.
    pub from: Location,
    /// How many siblings have the same value.
    pub agree: usize,
    /// How many siblings have any value.
    pub of: usize,
}

impl<T> Learnt<T> {
    /// Returns the value of another type that stands in the same place.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Learnt<U> {
        Learnt {
            value: f(self.value),
            from: self.from,
            agree: self.agree,
            of: self.of,
        }
    }

    /// Returns the evidence, such as `12 of 12, apps/romm/ingress.yaml:14`.
    pub fn evidence(&self) -> Evidence<'_> {
        Evidence {
            from: &self.from,
            agree: self.agree,
            of: self.of,
        }
    }
}

/// The evidence for a value, for people.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'l> {
    from: &'l Location,
    agree: usize,
    of: usize,
}

impl fmt::Display for Evidence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Evidence { from, agree, of } = self;
        write!(f, "{agree} of {of}, {}:{}", from.file, from.line)
    }
}

/// The siblings that are asked, the nearest first.
pub(super) struct Circle<'m> {
    pub(super) tree: &'m Tree,
    pub(super) siblings: Vec<Sibling<'m>>,
    /// How many of those that have a value decide; the others are counted only.
    pub(super) window: usize,
}

impl<'m> Circle<'m> {
    /// Asks every sibling. The value that most of the nearest have wins, in a tie the one of the nearest.
    pub(super) fn learn<T: PartialEq>(
        &self,
        ask: impl Fn(&Sibling<'m>) -> Option<(T, Place)>,
    ) -> Option<Learnt<T>> {
        elect(
            self.tree,
            self.siblings.iter().filter_map(ask).collect(),
            self.window,
        )
    }
}

/// Returns the winner among votes in order of nearness.
pub(super) fn elect<T: PartialEq>(
    tree: &Tree,
    mut votes: Vec<(T, Place)>,
    window: usize,
) -> Option<Learnt<T>> {
    let count = |value: &T, n: usize| votes.iter().take(n).filter(|(v, _)| v == value).count();
    let mut best: Option<(usize, usize)> = None;
    for (index, (value, _)) in votes.iter().enumerate().take(window) {
        let agree = count(value, window);
        if best.is_none_or(|(_, most)| agree > most) {
            best = Some((index, agree));
        }
    }
    let (winner, _) = best?;
    let of = votes.len();
    let agree = count(&votes.get(winner)?.0, of);
    let (value, place) = votes.swap_remove(winner);
    Some(Learnt {
        value,
        from: tree.location(place)?,
        agree,
        of,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{FileId, Span};

    fn winner(votes: &[&'static str], window: usize) -> (&'static str, usize, usize) {
        let tree = Tree::of_texts([("a.yaml", "a: b\n")]);
        let place = Place {
            file: FileId(0),
            span: Span::new(0, 1),
        };
        let learnt = elect(&tree, votes.iter().map(|v| (*v, place)).collect(), window).unwrap();
        assert!(learnt.evidence().to_string().ends_with("a.yaml:1"));
        (learnt.value, learnt.agree, learnt.of)
    }

    #[test]
    fn the_nearest_decide_and_the_others_count() {
        assert_eq!(
            winner(&["new", "old", "new", "old", "old"], 3),
            ("new", 2, 5)
        );
        assert_eq!(
            winner(&["new", "old", "new", "old", "old"], 5),
            ("old", 3, 5)
        );
        assert_eq!(winner(&["new", "old"], 2), ("new", 1, 2));
    }
}
