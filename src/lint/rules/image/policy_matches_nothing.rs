//! `image/policy-matches-nothing`: a policy selects none of the tags that the registry has.

use super::policies::text;
use crate::image::semver::{Mismatch, Version};
use crate::image::{
    Fate, ImageObject, Rejection, Selection, SelectionError, SelectionErrorKind, TagFate, TagOrder,
};
use crate::lint::rules::page;
use crate::lint::tag_policies::AppliedPolicy;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};
use crate::manifest::Place;

static INFO: RuleInfo = page(
    "image/policy-matches-nothing",
    Severity::Error,
    include_str!("../../../../docs/rules/image/policy-matches-nothing.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

/// How many tags are shown as examples.
const EXAMPLES: usize = 3;

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(facts) = &context.registry else {
        return;
    };
    for applied in context.tag_policies() {
        let watched = applied.watched.as_ref();
        let images = context.images.get(applied.cluster);
        let repository = images.and_then(|images| images.repository_of(&applied.object));
        let (Some(tags), Some(repository)) = (watched.and_then(|w| facts.tags_of(w)), repository)
        else {
            continue;
        };
        let all = tags.iter().map(String::as_str);
        let selection = applied.policy.select(all, TagOrder::Scanned);
        match (&selection.error, selection.ambiguous.as_slice()) {
            (Some(error), _) => {
                let case = Case {
                    applied,
                    repository,
                    selection: &selection,
                    error,
                };
                sink.at(case.place(), case.draft());
            }
            (None, [first, second, ..]) => {
                sink.at(applied.policer_place(), random(applied, first, second));
            }
            _ => {}
        }
    }
}

/// A policy that fails on real tags.
struct Case<'c, 'm> {
    applied: &'c AppliedPolicy<'m>,
    repository: &'c ImageObject<'m>,
    selection: &'c Selection<'c>,
    error: &'c SelectionError,
}

impl Case<'_, '_> {
    /// Returns the place of what leaves the tags out.
    fn place(&self) -> Place {
        match self.error.kind {
            SelectionErrorKind::NoTags if self.selection.tags.is_empty() => {
                self.repository.place(&["spec", "image"])
            }
            SelectionErrorKind::NoTags => self.repository.place(&["spec", "exclusionList"]),
            SelectionErrorKind::EmptyList => {
                self.applied
                    .object
                    .place(&["spec", "filterTags", "pattern"])
            }
            _ => self.applied.policer_place(),
        }
    }

    fn draft(&self) -> Draft {
        let id = &self.applied.object.id;
        let image = text(self.repository.node(), &["spec", "image"]).unwrap_or_default();
        let what = match self.selection.tags.len() {
            0 => format!("selects nothing, for the registry has no tags of `{image}`"),
            1 => format!("does not select the only tag of `{image}`: {}", self.why()),
            count => format!(
                "selects none of the {count} tags of `{image}`: {}",
                self.why()
            ),
        };
        let message = format!(
            "`{}/{}` {what}; Flux says `{}`",
            id.namespace, id.name, self.error
        );
        let draft = Draft::new(message)
            .help(self.help())
            .object(self.applied.object.node());
        if self.error.kind == SelectionErrorKind::NoTags {
            return draft;
        }
        draft.related(
            self.repository.place(&["spec", "image"]),
            "what the policy watches",
        )
    }

    fn why(&self) -> String {
        match self.error.kind {
            SelectionErrorKind::NoTags => "the exclusion list leaves none".to_owned(),
            SelectionErrorKind::EmptyList => {
                let pattern = self.applied.filter().map_or("", |f| f.regexp().as_str());
                format!(
                    "none passes the pattern `{pattern}`; there are {}",
                    self.examples()
                )
            }
            _ => {
                let near = self.near_miss();
                format!(
                    "{}{}",
                    self.passing(),
                    near.unwrap_or_else(|| self.error.to_string())
                )
            }
        }
    }

    /// Says how many tags pass the filter, where there is one.
    fn passing(&self) -> String {
        let passed = self
            .selection
            .tags
            .iter()
            .filter(|tag| tag.key.is_some())
            .count();
        match (self.applied.filter(), passed) {
            (None, _) => String::new(),
            (Some(_), 1) => "1 passes the pattern, but ".to_owned(),
            (Some(_), count) => format!("{count} pass the pattern, but "),
        }
    }

    /// Says why the tag that came nearest is left out: the highest version, else the first that is none.
    fn near_miss(&self) -> Option<String> {
        let rejected = || self.selection.tags.iter().filter_map(rejected);
        let is_fatal = |rejection: &Rejection| matches!(rejection, Rejection::NoNumber { .. });
        if let Some((tag, rejection)) = rejected().find(|(_, rejection)| is_fatal(rejection)) {
            return Some(format!(
                "{rejection} (tag `{tag}`), and one such tag fails the policy"
            ));
        }
        let versions = rejected().filter_map(|(_, rejection)| match rejection {
            Rejection::OutOfRange {
                key,
                range,
                mismatch,
            } => Some((Version::parse_tag(key).ok()?, key, range, mismatch)),
            _ => None,
        });
        if let Some((_, key, range, mismatch)) = versions.max_by_key(|(version, ..)| *version) {
            return Some(match mismatch {
                Mismatch::OutOfRange => {
                    format!("the highest, `{key}`, is outside the range `{range}`")
                }
                Mismatch::Prerelease => format!(
                    "the highest, `{key}`, is a prerelease, which the range `{range}` does not let in"
                ),
            });
        }
        rejected().find_map(|(_, rejection)| match rejection {
            Rejection::NoVersion { key, cause } => {
                Some(format!("none is a version (`{key}`: {cause})"))
            }
            _ => None,
        })
    }

    fn examples(&self) -> String {
        let filtered =
            |tag: &&TagFate<'_>| matches!(tag.fate, Fate::Rejected(Rejection::Filtered { .. }));
        let tags = self.selection.tags.iter().filter(filtered).take(EXAMPLES);
        let tags: Vec<String> = tags.map(|tag| format!("`{}`", tag.tag)).collect();
        tags.join(", ")
    }

    fn help(&self) -> &'static str {
        match self.error.kind {
            SelectionErrorKind::NoTags if self.selection.tags.is_empty() => {
                "push an image, or correct the name"
            }
            SelectionErrorKind::NoTags => "let the exclusion list pass some tags",
            SelectionErrorKind::EmptyList => "let the pattern match tags that are there",
            SelectionErrorKind::InvalidNumber => {
                "filter out what is no number, or extract the number"
            }
            _ => "let the policy admit tags that are there",
        }
    }
}

fn rejected<'t>(fate: &'t TagFate<'_>) -> Option<(&'t str, &'t Rejection)> {
    match &fate.fate {
        Fate::Rejected(rejection) => Some((fate.tag, rejection)),
        _ => None,
    }
}

/// Reports a policy whose choice is left to chance.
fn random(applied: &AppliedPolicy<'_>, first: &str, second: &str) -> Draft {
    let id = &applied.object.id;
    Draft::new(format!(
        "`{}/{}` selects no tag for certain: nothing tells `{first}` from `{second}`, and Flux picks one at random on \
         each run",
        id.namespace, id.name
    ))
    .severity(Severity::Warning)
    .help("let `extract` keep what makes them differ, or filter one of them out")
    .object(applied.object.node())
}
