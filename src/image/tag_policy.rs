//! An ImagePolicy with the filter and exclusion list that go with it, compiled and ready to choose tags.

use hashbrown::HashTable;
use rayon::prelude::*;
use smol_str::SmolStr;

use super::filter::{ExclusionList, MANY, TagFilter};
use super::policy::{Policer, PolicyChoice, Problem, Ranking};
use super::policy_spec::TagPolicySpec;
use super::selection::{Fate, Rejection, Selection, SelectionError, SelectionErrorKind, TagFate};

/// In which order tags come, which decides between equals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TagOrder {
    /// As the controller stores them after a scan: by bytes, descending, each once.
    #[default]
    Scanned,
    /// As given.
    Given,
}

/// A policy, compiled. One that is invalid can be made too; it then chooses nothing and says why.
#[derive(Clone, Debug)]
pub struct TagPolicy {
    exclusions: Result<ExclusionList, SelectionError>,
    policer: Result<Policer, SelectionError>,
    filter: Result<Option<TagFilter>, SelectionError>,
}

impl TagPolicy {
    /// Compiles a policy.
    pub fn new(spec: &TagPolicySpec) -> Self {
        let choice = spec.choice.as_ref();
        let policer = choice.map_or_else(
            || Err("given ImagePolicyChoice object is invalid".into()),
            PolicyChoice::compile,
        );
        let filter = spec
            .filter
            .as_ref()
            .map(|filter| TagFilter::new(&filter.pattern, &filter.extract))
            .transpose();
        let invalid = |kind, prefix: &'static str| {
            move |error: String| SelectionError::new(kind, format!("{prefix}{error}"))
        };
        Self {
            exclusions: ExclusionList::new(&spec.exclusions)
                .map_err(invalid(SelectionErrorKind::InvalidExclusion, "")),
            policer: policer.map_err(invalid(
                SelectionErrorKind::InvalidPolicy,
                "invalid policy: ",
            )),
            filter: filter.map_err(invalid(
                SelectionErrorKind::InvalidFilter,
                "failed to filter tags: ",
            )),
        }
    }

    /// Returns everything that is invalid: at most the exclusion list, the choice and the filter, in this order.
    pub fn errors(&self) -> impl Iterator<Item = &SelectionError> {
        let errors = [
            self.exclusions.as_ref().err(),
            self.policer.as_ref().err(),
            self.filter.as_ref().err(),
        ];
        errors.into_iter().flatten()
    }

    /// Returns the choice, if it is valid.
    pub fn policer(&self) -> Option<&Policer> {
        self.policer.as_ref().ok()
    }

    /// Returns the filter, if there is one and it is valid.
    pub fn filter(&self) -> Option<&TagFilter> {
        self.filter.as_ref().ok()?.as_ref()
    }

    /// Tells whether a tag could ever be chosen, whatever other tags there are.
    ///
    /// # Errors
    /// Why not.
    pub fn could_choose(&self, tag: &str) -> Result<(), Rejection> {
        let key = self.key(tag)?;
        let policer = self
            .policer
            .as_ref()
            .map_err(|error| Rejection::Invalid(error.clone()))?;
        match policer.problem(&key) {
            Some(problem) => Err(Rejection::of_key(problem, key, &range_of(policer))),
            None => Ok(()),
        }
    }

    /// Returns the key by which a tag is compared, or why it is not compared at all.
    ///
    /// # Errors
    /// The tag is excluded or filtered out, or the exclusion list or the filter is invalid.
    pub fn key(&self, tag: &str) -> Result<SmolStr, Rejection> {
        let invalid = |error: &SelectionError| Rejection::Invalid(error.clone());
        if let Some(pattern) = self.exclusions.as_ref().map_err(invalid)?.excludes(tag) {
            return Err(Rejection::Excluded {
                pattern: SmolStr::new(pattern.as_str()),
            });
        }
        match self.filter.as_ref().map_err(invalid)? {
            None => Ok(SmolStr::new(tag)),
            Some(filter) => filter
                .key(tag)
                .map(SmolStr::from)
                .ok_or_else(|| filtered(filter)),
        }
    }

    /// Chooses among tags as the controller does: exclude, order, filter, compare.
    pub fn select<'t>(
        &self,
        tags: impl IntoIterator<Item = &'t str>,
        order: TagOrder,
    ) -> Selection<'t> {
        let mut contest = Contest::default();
        let error = self.hold(&mut contest, tags, order).err();
        contest.finish(error)
    }

    /// Fills the contest in; the steps are in the controller's order, so the first error is the one it reports.
    fn hold<'t>(
        &self,
        contest: &mut Contest<'t>,
        tags: impl IntoIterator<Item = &'t str>,
        order: TagOrder,
    ) -> Result<(), SelectionError> {
        let exclusions = self.exclusions.as_ref().map_err(Clone::clone)?;
        let policer = self.policer.as_ref().map_err(Clone::clone)?;
        let mut tags: Vec<&str> = tags.into_iter().collect();
        if order == TagOrder::Scanned {
            sort_descending(&mut tags);
            tags.dedup();
        }
        let scanned = contest.exclude(tags, exclusions);
        if scanned.is_empty() {
            return Err(SelectionError::new(
                SelectionErrorKind::NoTags,
                "no tags in database",
            ));
        }
        let entries = match self
            .filter
            .as_ref()
            .map_err(|error| contest.forget(error))?
        {
            Some(filter) => contest.filter(scanned, filter),
            None => scanned
                .into_iter()
                .map(|tag| Entry {
                    tag,
                    key: SmolStr::new(tag),
                })
                .collect(),
        };
        if entries.is_empty() {
            return Err(SelectionError::new(
                SelectionErrorKind::EmptyList,
                "version list argument cannot be empty",
            ));
        }
        let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
        let ranking = policer.rank(&keys);
        // The controller keeps filtered keys in a map, whose order is random.
        contest.judge(
            &entries,
            ranking,
            &range_of(policer),
            self.filter().is_some(),
        )
    }
}

/// Sorts by bytes, the greatest first. The first bytes of each are compared as one number, which is most of the work.
fn sort_descending(tags: &mut Vec<&str>) {
    let start = |tag: &str| {
        let mut bytes = [0; 16];
        for (to, from) in bytes.iter_mut().zip(tag.bytes()) {
            *to = from;
        }
        u128::from_be_bytes(bytes)
    };
    let mut keyed: Vec<(u128, &str)> = tags.iter().map(|tag| (start(tag), *tag)).collect();
    match keyed.len() < MANY {
        true => keyed.sort_unstable_by(|one, other| other.cmp(one)),
        false => keyed.par_sort_unstable_by(|one, other| other.cmp(one)),
    }
    tags.clear();
    tags.extend(keyed.into_iter().map(|(_, tag)| tag));
}

fn range_of(policer: &Policer) -> SmolStr {
    match policer {
        Policer::SemVer { range, .. } => SmolStr::new(range),
        Policer::Alphabetical(_) | Policer::Numerical(_) => SmolStr::default(),
    }
}

fn filtered(filter: &TagFilter) -> Rejection {
    Rejection::Filtered {
        pattern: SmolStr::new(filter.regexp().as_str()),
    }
}

/// A tag and what it is compared by.
struct Entry<'t> {
    tag: &'t str,
    key: SmolStr,
}

/// A selection in the making.
#[derive(Default)]
struct Contest<'t> {
    winner: Option<&'t str>,
    ambiguous: Vec<&'t str>,
    ranked: Vec<TagFate<'t>>,
    others: Vec<TagFate<'t>>,
}

impl<'t> Contest<'t> {
    fn drop_tag(&mut self, tag: &'t str, key: Option<SmolStr>, fate: Fate) {
        self.others.push(TagFate {
            tag,
            key,
            rank: None,
            fate,
        });
    }

    fn exclude(&mut self, mut tags: Vec<&'t str>, exclusions: &ExclusionList) -> Vec<&'t str> {
        tags.retain(|tag| match exclusions.excludes(tag) {
            None => true,
            Some(pattern) => {
                let pattern = SmolStr::new(pattern.as_str());
                self.drop_tag(tag, None, Fate::Rejected(Rejection::Excluded { pattern }));
                false
            }
        });
        tags
    }

    /// Makes keys, each once: the last tag to give a key takes the place of the earlier ones.
    fn filter(&mut self, tags: Vec<&'t str>, filter: &TagFilter) -> Vec<Entry<'t>> {
        let rejection = filtered(filter);
        let mut entries: Vec<Entry<'t>> = Vec::with_capacity(tags.len());
        // The places of the entries by key, with the hash beside them, so that the table can grow.
        let mut places: HashTable<(u32, u64)> = HashTable::with_capacity(tags.len());
        let mut replaced = Vec::new();
        let keys = filter.keys(&tags);
        for (tag, key) in tags.into_iter().zip(keys) {
            let Some((key, hash)) = key else {
                self.drop_tag(tag, None, Fate::Rejected(rejection.clone()));
                continue;
            };
            let is_same = |(place, _): &(u32, u64)| {
                entries
                    .get(*place as usize)
                    .is_some_and(|entry| entry.key == key)
            };
            match places.find(hash, is_same).copied() {
                None => {
                    let place = u32::try_from(entries.len()).unwrap_or(u32::MAX);
                    places.insert_unique(hash, (place, hash), |(_, hash)| *hash);
                    entries.push(Entry { tag, key });
                }
                Some((place, _)) => {
                    let place = place as usize;
                    if let Some(entry) = entries.get_mut(place) {
                        replaced.push((std::mem::replace(&mut entry.tag, tag), place));
                    }
                }
            }
        }
        for (tag, place) in replaced {
            if let Some(entry) = entries.get(place) {
                let by = SmolStr::new(entry.tag);
                self.drop_tag(tag, Some(entry.key.clone()), Fate::DuplicateKey { by });
            }
        }
        entries
    }

    fn judge(
        &mut self,
        entries: &[Entry<'t>],
        ranking: Ranking,
        range: &SmolStr,
        random: bool,
    ) -> Result<(), SelectionError> {
        let at = |position: &usize| entries.get(*position);
        let mut invalid = None;
        for (position, problem) in &ranking.problems {
            let Some(entry) = at(position) else { continue };
            if *problem == Problem::Number && invalid.is_none() {
                invalid = Some(format!(
                    "failed to parse invalid numeric value '{}'",
                    entry.key
                ));
            }
            let rejection = Rejection::of_key(*problem, entry.key.clone(), range);
            self.drop_tag(
                entry.tag,
                Some(entry.key.clone()),
                Fate::Rejected(rejection),
            );
        }
        let ranked: Vec<&Entry<'t>> = ranking.ranked.iter().filter_map(at).collect();
        if let Some(message) = invalid {
            self.enter(&ranked, None, 0);
            return Err(SelectionError::new(
                SelectionErrorKind::InvalidNumber,
                message,
            ));
        }
        let Some(best) = ranked.first() else {
            let message = "unable to determine latest version from provided list";
            return Err(SelectionError::new(SelectionErrorKind::NoMatch, message));
        };
        if random && ranking.tied > 1 {
            let mut tied: Vec<usize> = ranking.ranked.iter().take(ranking.tied).copied().collect();
            tied.sort_unstable();
            self.ambiguous = tied.iter().filter_map(at).map(|entry| entry.tag).collect();
            self.enter(&ranked, None, ranking.tied);
        } else {
            self.winner = Some(best.tag);
            self.enter(&ranked, Some(best.tag), 1);
        }
        Ok(())
    }

    /// Enters the candidates, best first; `level` of them share the first rank, and with 0 there are no ranks.
    fn enter(&mut self, ranked: &[&Entry<'t>], winner: Option<&str>, level: usize) {
        let beaten_by = winner.map(SmolStr::new);
        self.ranked.reserve_exact(ranked.len() + self.others.len());
        for (place, entry) in ranked.iter().enumerate() {
            let fate = match winner {
                Some(_) if place == 0 => Fate::Winner,
                _ => Fate::Candidate {
                    beaten_by: beaten_by.clone(),
                },
            };
            let rank = (level > 0).then_some(if place < level { 1 } else { place + 1 });
            self.ranked.push(TagFate {
                tag: entry.tag,
                key: Some(entry.key.clone()),
                rank,
                fate,
            });
        }
    }

    /// Drops the fates that were known when the filter turned out to be invalid.
    fn forget(&mut self, error: &SelectionError) -> SelectionError {
        self.others.clear();
        error.clone()
    }

    fn finish(self, error: Option<SelectionError>) -> Selection<'t> {
        let mut tags = self.ranked;
        tags.extend(self.others);
        Selection {
            winner: self.winner,
            ambiguous: self.ambiguous,
            error,
            tags,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::image::TagFilterSpec;
    use crate::image::semver::Version;

    fn policy(
        choice: PolicyChoice,
        filter: Option<(&str, &str)>,
        exclusions: &[&str],
    ) -> TagPolicy {
        TagPolicy::new(&TagPolicySpec {
            choice: Some(choice),
            filter: filter.map(|(pattern, extract)| TagFilterSpec {
                pattern: pattern.to_owned(),
                extract: extract.to_owned(),
            }),
            exclusions: exclusions
                .iter()
                .map(|&pattern| pattern.to_owned())
                .collect(),
        })
    }

    fn semver(range: &str) -> PolicyChoice {
        PolicyChoice::SemVer {
            range: range.to_owned(),
        }
    }

    fn numerical(order: &str) -> PolicyChoice {
        PolicyChoice::Numerical {
            order: order.to_owned(),
        }
    }

    #[test]
    fn many_tags_are_ordered_as_few() {
        let tag = |n: usize| format!("v1.2.{}-build.{}", n * 7919 % 10_007 % 40, n * 31 % 10_007);
        let tags: Vec<String> = (0..10_007).map(tag).collect();
        let tags = || tags.iter().map(String::as_str);
        let mut sorted: Vec<&str> = tags().collect();
        sorted.sort_by(|one, other| other.cmp(one));
        sorted.dedup();
        let policy = policy(semver(">=1.2.0-0"), None, &[]);
        let scanned = policy.select(tags(), TagOrder::Scanned);
        let given = policy.select(sorted.iter().copied(), TagOrder::Given);
        assert_eq!(scanned.tags, given.tags);
        let mut ranked = scanned
            .tags
            .iter()
            .map(|fate| Version::parse(fate.tag).unwrap());
        let mut best = ranked.next().unwrap();
        for version in ranked {
            assert!(version <= best);
            best = version;
        }
    }

    fn kind(selection: &Selection<'_>) -> Option<&'static str> {
        selection.error.as_ref().map(|error| error.kind.as_str())
    }

    #[test]
    fn tells_the_fate_of_every_tag() {
        let policy = policy(
            semver(">=1.0.0"),
            Some(("^v?(.*[0-9])(-rc)?$", "$1$2")),
            &[],
        );
        let tags = [
            "0.9.0",
            "1.1.0",
            "1.2.0-rc",
            "latest",
            "sha256-ab.sig",
            "v1.1.0",
            "1.0",
            "v1.3.0",
        ];
        let selection = policy.select(tags, TagOrder::Scanned);
        let rows: Vec<_> = selection
            .tags
            .iter()
            .map(|t| (t.tag, t.fate.status(), t.rank, t.key.as_deref()))
            .collect();
        let expected = [
            ("v1.3.0", "winner", Some(1), Some("1.3.0")),
            ("1.1.0", "candidate", Some(2), Some("1.1.0")),
            ("sha256-ab.sig", "excluded", None, None),
            ("latest", "filtered", None, None),
            ("v1.1.0", "duplicate-key", None, Some("1.1.0")),
            ("1.2.0-rc", "out-of-range", None, Some("1.2.0-rc")),
            ("1.0", "unparsable", None, Some("1.0")),
            ("0.9.0", "out-of-range", None, Some("0.9.0")),
        ];
        assert_eq!(rows, expected);
        let reasons: Vec<String> = selection
            .tags
            .iter()
            .map(|tag| tag.fate.to_string())
            .collect();
        let expected = [
            "nothing beats it",
            "`v1.3.0` beats it",
            "the exclusion list has `^.*\\.sig$`",
            "it does not match the pattern `^v?(.*[0-9])(-rc)?$`",
            "`1.1.0` gives the same key, and Flux keeps that one",
            "`1.2.0-rc` is a prerelease, which the range `>=1.0.0` does not let in",
            "`1.0` is no version: it has fewer than two dots",
            "`0.9.0` is outside the range `>=1.0.0`",
        ];
        assert_eq!(reasons, expected);
    }

    #[test]
    fn without_a_filter_the_order_of_the_list_decides_between_equals() {
        let policy = policy(semver("*"), None, &[]);
        let tags = ["1.0.0", "v1.0.0", "1.0.0"];
        assert_eq!(
            policy.select(tags, TagOrder::Scanned).winner,
            Some("v1.0.0")
        );
        let given = policy.select(tags, TagOrder::Given);
        assert_eq!(given.winner, Some("1.0.0"));
        assert_eq!(given.tags.len(), 3);
        assert!(given.ambiguous.is_empty());
    }

    #[test]
    fn with_a_filter_equals_are_ambiguous() {
        let policy = policy(numerical("asc"), Some(("^[a-z]-(.*)$", "$1")), &[]);
        let selection = policy.select(["a-1", "b-1.0", "c-0"], TagOrder::Scanned);
        assert_eq!(
            (selection.winner, selection.ambiguous),
            (None, vec!["b-1.0", "a-1"])
        );
        let ranks: Vec<_> = selection.tags.iter().map(|tag| tag.rank).collect();
        assert_eq!(ranks, [Some(1), Some(1), Some(3)]);
        let same_key = policy.select(["a-1", "b-1"], TagOrder::Scanned);
        assert_eq!(same_key.winner, Some("a-1"));
        let trapped = policy.select(["a-1", "b-2", "c-nan"], TagOrder::Scanned);
        assert_eq!(trapped.ambiguous.len(), 3);
    }

    #[test]
    fn reports_the_first_failure_in_the_order_of_the_controller() {
        let none: [&str; 0] = [];
        let broken = policy(semver("bad range"), Some(("(", "")), &["(?!x)"]);
        assert_eq!(broken.errors().count(), 3);
        assert_eq!(
            kind(&broken.select(["1.0.0"], TagOrder::Scanned)),
            Some("invalid_exclusion")
        );
        assert_eq!(
            kind(&policy(semver("bad"), Some(("(", "")), &[]).select(none, TagOrder::Scanned)),
            Some("invalid_policy")
        );
        let filter = policy(semver("*"), Some(("(", "")), &[]);
        assert_eq!(
            kind(&filter.select(["x.sig"], TagOrder::Scanned)),
            Some("no_tags")
        );
        let selection = filter.select(["x.sig", "1.0.0"], TagOrder::Scanned);
        assert_eq!(kind(&selection), Some("invalid_filter"));
        assert!(selection.tags.is_empty());
        let unmatched = policy(semver("*"), Some(("^v", "")), &[]);
        assert_eq!(
            kind(&unmatched.select(["1.0.0"], TagOrder::Scanned)),
            Some("empty_list")
        );
        assert_eq!(
            kind(&policy(semver(">9"), None, &[]).select(["1.0.0"], TagOrder::Scanned)),
            Some("no_match")
        );
        let selection = policy(numerical(""), None, &[]).select(["1", "x", "y"], TagOrder::Scanned);
        assert_eq!(kind(&selection), Some("invalid_number"));
        assert_eq!(
            selection.error.unwrap().message,
            "failed to parse invalid numeric value 'y'"
        );
        assert_eq!(
            selection.tags[0].fate.to_string(),
            "nothing tells it from the others"
        );
    }

    #[test]
    fn a_policy_without_a_choice_is_invalid() {
        let selection =
            TagPolicy::new(&TagPolicySpec::default()).select(["1.0.0"], TagOrder::Scanned);
        let message = "invalid policy: given ImagePolicyChoice object is invalid";
        assert_eq!(selection.error.unwrap().message, message);
    }

    #[test]
    fn tells_whether_a_tag_could_be_chosen() {
        let policy = policy(numerical("asc"), Some(("^main-(.*)$", "$1")), &["^main-0"]);
        assert_eq!(policy.could_choose("main-1"), Ok(()));
        let reason = |tag: &str| policy.could_choose(tag).unwrap_err().to_string();
        assert_eq!(reason("main-0"), "the exclusion list has `^main-0`");
        assert_eq!(
            reason("dev-1"),
            "it does not match the pattern `^main-(.*)$`"
        );
        assert_eq!(reason("main-x"), "`x` is no number");
        let invalid = TagPolicy::new(&TagPolicySpec::default())
            .could_choose("1")
            .unwrap_err();
        assert_eq!(
            invalid.to_string(),
            "invalid policy: given ImagePolicyChoice object is invalid"
        );
    }

    fn any_choice() -> impl Strategy<Value = PolicyChoice> {
        prop_oneof![
            "[*<>=^~ 0-9.x-]{0,8}".prop_map(|range| PolicyChoice::SemVer { range }),
            "(asc|desc|)".prop_map(|order| PolicyChoice::Alphabetical { order }),
            "(asc|desc|)".prop_map(|order| PolicyChoice::Numerical { order }),
        ]
    }

    proptest! {
        #[test]
        fn never_panics_and_accounts_for_every_tag(
            choice in any_choice(),
            filter in proptest::option::of(("[v^$(.*)a0-9-]{0,8}", "[$a01{}]{0,4}")),
            tags in proptest::collection::vec("v?[01]\\.[01]\\.[01](-rc)?|[0-9]{1,3}|nan|\\PC{0,6}", 0..8),
        ) {
            let filter = filter.map(|(pattern, extract)| TagFilterSpec { pattern, extract });
            let policy = TagPolicy::new(&TagPolicySpec { choice: Some(choice), filter, exclusions: Vec::new() });
            let selection = policy.select(tags.iter().map(String::as_str), TagOrder::Given);
            if policy.errors().next().is_none() {
                prop_assert_eq!(selection.tags.len(), tags.len());
            }
            let outcomes = [selection.winner.is_some(), !selection.ambiguous.is_empty(), selection.error.is_some()];
            prop_assert_eq!(outcomes.into_iter().filter(|outcome| *outcome).count(), 1);
            prop_assert!(selection.winner.is_none_or(|winner| policy.could_choose(winner).is_ok()));
        }
    }
}
