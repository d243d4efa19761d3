//! Which ImagePolicies make sense for the tags that an image has.

mod choice;
mod error;
mod family;
mod group;
mod range;
mod shape;
#[cfg(test)]
mod tests;
mod wish;

pub use choice::{TagChoice, TagOrder};
pub use error::NoPolicy;
pub use wish::{Wish, WishError};

use self::family::{Family, Meaning};
use self::group::families;
use self::range::Bounds;
use self::shape::Shape;
use super::{Selection, TagOrder as ScanOrder, TagPolicy};

/// So many families are looked at; an image has a handful.
const LOOKED_AT: usize = 12;

/// A policy that makes sense for an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The policy.
    pub choice: TagChoice,
    /// The tag that it selects now.
    pub winner: String,
    /// The tags among which Flux would pick at random; empty unless two tags are the same version.
    pub ambiguous: Vec<String>,
    /// How many of the tags it could select.
    pub matched: usize,
    /// What it does, a clause: `the newest 1.x version`.
    pub why: String,
}

/// Proposes policies for an image, best first. `tags` are all tags in any order, `current` the one in use, `like` the
/// policies beside, whose manner is taken over where it fits. Tags that only point to others, such as `latest` or `1.2`
/// beside `1.2.3`, are never proposed, nor are prereleases.
///
/// # Errors
/// No policy can order these tags as wished: why, and what to publish instead.
pub fn propose(
    tags: &[String],
    current: Option<&str>,
    wish: &Wish,
    like: &[TagChoice],
) -> Result<Vec<Proposal>, NoPolicy> {
    let all = families(tags.iter().map(String::as_str));
    let current = current.map(|tag| (tag, Shape::of(tag).skeleton()));
    let mut ranked: Vec<(u32, &Family<'_>, Meaning)> = Vec::new();
    for family in &all {
        let Some(meaning) = family.meaning() else {
            continue;
        };
        let is_current = current
            .as_ref()
            .is_some_and(|(_, skeleton)| *skeleton == family.skeleton);
        if let Some(rank) =
            rank(family, &meaning, &all, is_current).filter(|_| wish.admits(&meaning))
        {
            ranked.push((rank, family, meaning));
        }
    }
    let largest = ranked
        .iter()
        .map(|(_, family, _)| family.tags.len())
        .max()
        .unwrap_or(0);
    for (rank, family, _) in &mut ranked {
        *rank += u32::from(family.tags.len() == 1 && largest >= 5) * 8;
        *rank = rank.saturating_sub(4 * u32::from(largest >= 5 && family.tags.len() == largest));
    }
    ranked.sort_by_key(|(rank, family, _)| (*rank, std::cmp::Reverse(family.tags.len())));
    let scene = Scene {
        tags,
        wish,
        like,
        current: current.as_ref().map(|(tag, _)| *tag),
    };
    let found = ranked.iter().take(LOOKED_AT);
    let mut proposals: Vec<Proposal> = Vec::new();
    for proposal in found.flat_map(|(_, family, meaning)| scene.proposals(family, meaning)) {
        if !proposals
            .iter()
            .any(|known| known.choice == proposal.choice)
        {
            proposals.push(proposal);
        }
    }
    match proposals.is_empty() {
        true => Err(NoPolicy::of(tags, wish, &all)),
        false => Ok(proposals),
    }
}

/// Proposes policies by the shape of the one tag that is known.
///
/// # Errors
/// The tag has no order: why, and what to publish instead.
pub fn propose_from_tag(
    tag: &str,
    wish: &Wish,
    like: &[TagChoice],
) -> Result<Vec<Proposal>, NoPolicy> {
    let tags = [tag.to_owned()];
    let shape = Shape::of(tag);
    // `16`, `3-alpine`: nobody can tell a build from the name of a line of versions.
    let family = families(tags.iter().map(String::as_str));
    let is_line = family
        .first()
        .is_some_and(|f| f.meaning() == Some(Meaning::Build))
        && tag.starts_with(|c: char| c.is_ascii_digit() || c == 'v')
        && shape.numbers().iter().all(|digits| digits.len() < 3);
    if is_line && !matches!(wish, Wish::Numerical) {
        return Err(NoPolicy::Line(tag.to_owned()));
    }
    propose(&tags, Some(tag), wish, like).map_err(|error| error.about(tag))
}

/// Returns how far from the first choice a family is; nothing for what is never proposed.
fn rank(
    family: &Family<'_>,
    meaning: &Meaning,
    all: &[Family<'_>],
    is_current: bool,
) -> Option<u32> {
    let unreleased = family.shape.is_unreleased();
    if (unreleased && *meaning == Meaning::Version) || family.floats(all) {
        return None;
    }
    let whole = family.shape.tokens.len() == 1;
    let dotted = family
        .dotted()
        .is_some_and(|group| group.len() == family.shape.numbers().len());
    let kind = match meaning {
        Meaning::Version if family.is_plain() => 0,
        Meaning::Version if dotted && family.skeleton.ends_with(['\u{3}', '\u{4}']) => 2,
        Meaning::Time(_) => 3,
        Meaning::Version => 5,
        Meaning::Build if whole => 6,
        Meaning::Build => 7,
    };
    let apart = u32::from(unreleased) * 20 + u32::from(family.shape.is_of_one_architecture()) * 20;
    Some(if is_current { 0 } else { 10 + kind + apart })
}

/// What all families are looked at with.
struct Scene<'s> {
    tags: &'s [String],
    wish: &'s Wish,
    like: &'s [TagChoice],
    current: Option<&'s str>,
}

impl Scene<'_> {
    /// Returns the proposals for one family, each of which selects the newest of those that it lets in.
    fn proposals(&self, family: &Family<'_>, meaning: &Meaning) -> Vec<Proposal> {
        if *meaning != Meaning::Version {
            let newest = family.newest(meaning, |_| true);
            let own = family.choice(meaning, None, true);
            let liked = self
                .like
                .iter()
                .filter(|c| !matches!(c.order, TagOrder::Semver(_)));
            let of_like = liked.filter_map(|choice| self.judge(family, choice, newest, false));
            let own = self.judge(family, &own, newest, true);
            let why = match meaning {
                Meaning::Time(_) => "the newest time",
                _ => "the largest build number",
            };
            let described = |mut proposal: Proposal| {
                proposal.why = why.to_owned();
                proposal
            };
            return of_like.take(1).chain(own).take(1).map(described).collect();
        }
        if let Wish::Semver(range) = self.wish {
            let judged = self.version(family, range, |_| true, "the newest version in the range");
            return judged.into_iter().collect();
        }
        let mut proposals = Vec::new();
        for bounds in Bounds::of(family, self.current, self.like) {
            let range = bounds.range(family.has_tail());
            let in_range = |key: &[u64]| bounds.admits(key);
            proposals.extend(self.version(family, &range, in_range, &bounds.why()));
        }
        proposals
    }

    /// Makes a policy of a range, in the manner of the policies beside where they read the same tags.
    fn version(
        &self,
        family: &Family<'_>,
        range: &str,
        wanted: impl Fn(&[u64]) -> bool,
        why: &str,
    ) -> Option<Proposal> {
        let meaning = Meaning::Version;
        let newest = match self.wish {
            Wish::Semver(_) => None,
            _ => Some(family.newest(&meaning, wanted)?),
        };
        let ranged = |choice: &TagChoice| TagChoice {
            order: TagOrder::Semver(range.to_owned()),
            ..choice.clone()
        };
        let liked = self
            .like
            .iter()
            .filter(|c| matches!(c.order, TagOrder::Semver(_)) && c.pattern.is_some());
        let liked = liked.filter(|_| !family.has_tail()).map(ranged);
        let liked = liked.filter_map(|choice| self.judge(family, &choice, newest, false));
        let bare = family.choice(&meaning, Some(range), false);
        let own = family.choice(&meaning, Some(range), true);
        let own = [bare, own]
            .into_iter()
            .filter_map(|choice| self.judge(family, &choice, newest, true));
        let mut proposal = liked.chain(own).next()?;
        proposal.why = why.to_owned();
        Some(proposal)
    }

    /// Runs a policy. It will do if it selects the newest and, unless `narrow`, reads tags of this family only.
    fn judge(
        &self,
        family: &Family<'_>,
        choice: &TagChoice,
        newest: Option<&str>,
        lenient: bool,
    ) -> Option<Proposal> {
        let policy = TagPolicy::new(&choice.spec());
        let selection = policy.select(self.tags.iter().map(String::as_str), ScanOrder::Scanned);
        let winner = selection
            .winner
            .or_else(|| selection.ambiguous.first().copied())?;
        let own = |tag: &str| family.tags.iter().any(|(known, _)| *known == tag);
        let same =
            newest.is_none_or(|newest| newest == winner || selection.ambiguous.contains(&newest));
        let candidates = candidates(&selection);
        let pure = lenient || candidates.iter().all(|tag| own(tag));
        (own(winner) && same && pure).then(|| Proposal {
            choice: choice.clone(),
            winner: winner.to_owned(),
            ambiguous: selection
                .ambiguous
                .iter()
                .map(|t| (*t).to_owned())
                .collect(),
            matched: candidates.len(),
            why: String::new(),
        })
    }
}

fn candidates<'t>(selection: &Selection<'t>) -> Vec<&'t str> {
    let ranked = selection.tags.iter().filter(|fate| fate.rank.is_some());
    ranked.map(|fate| fate.tag).collect()
}
