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

/// So many siblings tell how text is written.
const ENOUGH: usize = 12;

/// The services that are asked, the nearest first.
pub struct Siblings<'m> {
    pub(crate) tree: &'m Tree,
    pub(crate) siblings: Vec<Sibling<'m>>,
    /// How many of those that have a value decide; the others are counted only.
    pub(crate) window: usize,
}

impl<'m> Siblings<'m> {
    /// Asks only so many siblings as tell enough, where every question means to read whole files.
    pub(super) fn learn_nearest<T: PartialEq>(
        &self,
        ask: impl Fn(&Sibling<'m>) -> Option<(T, Place)>,
    ) -> Option<Learnt<T>> {
        let asked = self.siblings.iter().take(ENOUGH);
        elect(self.tree, asked.filter_map(ask).collect(), self.window)
    }

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

impl<'m> Siblings<'m> {
    /// Asks every sibling for an order of things, and puts all things in the order that most of them agree with; in doubt
    /// the nearest say. A sibling agrees if nothing of its own stands in another order.
    pub(super) fn learn_order<T: PartialEq + Clone>(
        &self,
        ask: impl Fn(&Sibling<'m>) -> Option<(Vec<T>, Place)>,
    ) -> Option<Learnt<Vec<T>>> {
        let (lists, places): (Vec<Vec<T>>, Vec<Place>) =
            self.siblings.iter().filter_map(ask).unzip();
        let order = consensus(&lists, self.window);
        let agrees = |list: &Vec<T>| {
            let places = list.iter().map(|x| order.iter().position(|y| x == y));
            places.is_sorted()
        };
        let agree = lists.iter().filter(|list| agrees(list)).count();
        let example = lists.iter().position(agrees).unwrap_or(0);
        let place = places.get(example)?;
        Some(Learnt {
            value: order,
            from: self.tree.location(*place)?,
            agree,
            of: lists.len(),
        })
    }
}

/// Orders everything that occurs in `lists` by how often it stands before others. One of the first `window` lists counts
/// more than all others.
pub(crate) fn consensus<T: PartialEq + Clone>(lists: &[Vec<T>], window: usize) -> Vec<T> {
    let mut all: Vec<&T> = Vec::new();
    for item in lists.iter().flatten() {
        if !all.contains(&item) {
            all.push(item);
        }
    }
    let n = all.len();
    let mut before = vec![0usize; n * n];
    for (index, list) in lists.iter().enumerate() {
        let weight = if index < window { lists.len() } else { 1 };
        let places: Vec<usize> = list
            .iter()
            .filter_map(|x| all.iter().position(|y| *y == x))
            .collect();
        for (at, a) in places.iter().enumerate() {
            for b in places.iter().skip(at + 1) {
                if let Some(count) = before.get_mut(a * n + b) {
                    *count += weight;
                }
            }
        }
    }
    let wins = |a: usize, b: usize| before.get(a * n + b).copied().unwrap_or(0);
    let score = |a: usize| {
        let beats = (0..n).filter(|b| wins(a, *b) > wins(*b, a)).count();
        let loses = (0..n).filter(|b| wins(a, *b) < wins(*b, a)).count();
        (loses + n).saturating_sub(beats)
    };
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_cached_key(|a| score(*a));
    order
        .into_iter()
        .filter_map(|i| all.get(i).map(|x| (*x).clone()))
        .collect()
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
    fn orders_are_joined() {
        let lists = [
            vec!["a", "c"],
            vec!["b", "c"],
            vec!["a", "b"],
            vec!["c", "b"],
        ];
        assert_eq!(consensus(&lists, 3), ["a", "b", "c"]);
        assert!(consensus::<&str>(&[], 3).is_empty());
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
