//! The applied policies, compiled once for every rule that asks what they select.

mod language;
mod proof;
mod shape;
mod versions;

use super::Context;
use crate::image::{
    ImageObject, ImageObjects, Policer, PolicyChoice, Reference, TagFilter, TagPolicy,
};
use crate::manifest::Place;

pub(super) use language::{Unmet, unmet};
pub(super) use proof::Pair;
pub(super) use shape::{Kind, Piece, of_tag};
pub(super) use versions::{admits_above, lets_nothing_in};

/// An applied policy that is valid and holds no unknown variable.
pub(super) struct AppliedPolicy<'m> {
    /// The index of its cluster.
    pub(super) cluster: usize,
    /// The object.
    pub(super) object: ImageObject<'m>,
    policer_key: &'static str,
    /// The policy, compiled.
    pub(super) policy: TagPolicy,
    /// The image of its ImageRepository, where that is applied and known.
    pub(super) watched: Option<Reference>,
}

impl<'m> AppliedPolicy<'m> {
    /// Compiles every applied policy of `images`, the image objects of each cluster; leaves out the invalid and unknown.
    pub(super) fn of(images: &[ImageObjects<'m>]) -> Vec<Self> {
        let policies = |(cluster, images)| {
            let images: &ImageObjects<'m> = images;
            let compile = move |policy| Self::compile(cluster, images, policy);
            images.policies.iter().filter_map(compile)
        };
        images.iter().enumerate().flat_map(policies).collect()
    }

    fn compile(
        cluster: usize,
        images: &ImageObjects<'m>,
        policy: &ImageObject<'m>,
    ) -> Option<Self> {
        let (policer_key, _) = PolicyChoice::of(policy.node())?;
        let spec = images.tag_policy(policy);
        if spec.has_unknown() {
            return None;
        }
        let policy_of = TagPolicy::new(&spec);
        let usable = policy_of.errors().next().is_none();
        usable.then(|| AppliedPolicy {
            cluster,
            object: policy.clone(),
            policer_key,
            policy: policy_of,
            watched: watched(images, policy),
        })
    }

    /// Returns the policer.
    pub(super) fn policer(&self) -> Option<&Policer> {
        self.policy.policer()
    }

    /// Returns the key of the policer: `semver`, `alphabetical` or `numerical`.
    pub(super) fn policer_key(&self) -> &'static str {
        self.policer_key
    }

    /// Returns the place of the policer's key.
    pub(super) fn policer_place(&self) -> Place {
        let policer = self.object.node().at_path(&["spec", "policy"]);
        let entry = policer.and_then(|node| node.entry(self.policer_key));
        let key = entry.map(|entry| entry.key.place);
        key.filter(|place| place.is_known())
            .unwrap_or_else(|| self.object.place(&["spec", "policy"]))
    }

    /// Returns the parts of the keys that are compared; nothing is known of them without a filter.
    pub(super) fn key_pieces(&self) -> Vec<Piece> {
        self.filter().map_or_else(Vec::new, shape::of_key)
    }

    /// Returns the filter, if there is one.
    pub(super) fn filter(&self) -> Option<&TagFilter> {
        self.policy.filter()
    }
}

/// Returns the image that the repository of a policy names. One with a variable that nobody knows does not read as one.
fn watched(images: &ImageObjects<'_>, policy: &ImageObject<'_>) -> Option<Reference> {
    let repository = images.repository_of(policy)?;
    Reference::parse_repository(repository.node().text_at(&["spec", "image"])?).ok()
}

impl<'m> Context<'m> {
    /// Returns the applied policies that are valid and known.
    pub(super) fn tag_policies(&self) -> &[AppliedPolicy<'m>] {
        self.compiled
            .get_or_init(|| AppliedPolicy::of(&self.images))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::language::unmet;
    use super::shape::{of_key, of_tag};
    use super::versions::lets_nothing_in;
    use super::*;
    use crate::image::{TagFilterSpec, TagPolicySpec};

    /// Patterns of the parts that tags have.
    fn pattern() -> impl Strategy<Value = String> {
        let part = prop::sample::select(vec![
            "[0-9]+",
            "([0-9]+)",
            "(?P<ts>[0-9]{8})",
            "[0-9]{4}",
            r"\.",
            r"\.",
            "-",
            "v?",
            "v",
            "[a-f0-9]{7}",
            "(main|dev)",
            "(-ls[0-9]+)?",
            "1",
            "0",
            ".*",
            "(.+)",
            "(0|[1-9][0-9]*)",
            r"\b",
            "(^1|2$)",
            "-rc",
            "alpine",
        ]);
        let parts = prop::collection::vec(part, 0..8);
        let end = |text: &'static str| prop::sample::select(vec![text, ""]);
        (end("^"), parts, end("$"))
            .prop_map(|(start, parts, end)| format!("{start}{}{end}", parts.concat()))
    }

    fn choice() -> impl Strategy<Value = PolicyChoice> {
        let ranges = vec![
            "*",
            ">=1.0.0",
            "1.x",
            ">=1.0.0-0",
            "<0.5.0",
            ">=2026.1.0 <2027",
            "~1.1 || >9",
            "!=1.0.0",
        ];
        let semver = prop::sample::select(ranges).prop_map(|range| PolicyChoice::SemVer {
            range: range.to_owned(),
        });
        let order = || prop::sample::select(vec!["asc", "desc"]).prop_map(str::to_owned);
        prop_oneof![
            semver,
            order().prop_map(|order| PolicyChoice::Numerical { order }),
            order().prop_map(|order| PolicyChoice::Alphabetical { order }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        /// What is called impossible is not among the tags that the pattern makes, and shapes hold what they say.
        #[test]
        fn never_is_never(
            pattern in pattern(),
            extract in prop::sample::select(vec!["", "$1", "$1.$2.0", "$ts", "$1-$2", "${1}.0.0"]),
            choice in choice(),
            seed in 0_u64..4,
        ) {
            let filter = TagFilterSpec { pattern, extract: extract.to_owned() };
            let spec = TagPolicySpec { choice: Some(choice), filter: Some(filter), exclusions: Vec::new() };
            let policy = TagPolicy::new(&spec);
            let (Some(filter), Some(policer)) = (policy.filter(), policy.policer()) else {
                return Ok(());
            };
            let empty = match policer {
                Policer::SemVer { range, constraint } => lets_nothing_in(constraint, range, Some(&of_key(filter))),
                _ => false,
            };
            let never = empty || unmet(filter, policer).is_some();
            let widths = of_tag(filter).iter().try_fold(0, |sum, piece| match &piece.kind {
                Kind::Text(text) | Kind::Constant(text) => Some(sum + text.len()),
                Kind::Number(min, max) | Kind::Hash(min, max) => max.filter(|max| max == min).map(|max| sum + max as usize),
                Kind::Other => None,
            });
            for tag in filter.regexp().samples(seed, 24) {
                prop_assert!(!never || policy.could_choose(&tag).is_err(), "{tag} of {spec:?}");
                // An optional `v` is left out of a shape.
                let plain = tag.matches('v').count();
                prop_assert!(widths.is_none_or(|width| (width..=width + plain).contains(&tag.len())), "{tag} of {spec:?}");
            }
        }
    }
}
