//! `image/policy-test`: a test of a policy in the settings that fails.

use super::marker_unknown_policy::nearest;
use crate::image::{Fate, ImageObject, ImageObjects, Selection, TagFate, TagOrder, TagPolicy};
use crate::lint::rules::page;
use crate::lint::{Context, Draft, PolicyTest, Rule, RuleInfo, Severity, Sink};

static INFO: RuleInfo = page(
    "image/policy-test",
    Severity::Error,
    include_str!("../../../../docs/rules/image/policy-test.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for test in &context.policy_tests {
        let in_cluster = |images| {
            let images: &ImageObjects<'_> = images;
            let policy = images.policy(&test.policy.namespace, &test.policy.name);
            policy.map(|policy| (images, policy))
        };
        let found: Vec<_> = context.images.iter().filter_map(in_cluster).collect();
        if found.is_empty() {
            sink.at_location(test.location.clone(), no_policy(context, test));
        }
        for (images, policy) in found {
            if let Some(draft) = judge(test, images, policy) {
                let place = policy.place(&["metadata", "name"]);
                let draft = draft.object(policy.node()).related(place, "the policy");
                sink.at_location(test.location.clone(), draft);
            }
        }
    }
}

fn no_policy(context: &Context<'_>, test: &PolicyTest) -> Draft {
    let name = &test.policy;
    let draft = Draft::new(format!("no applied ImagePolicy is called `{name}`"));
    let seen = |cluster| !context.may_be_unseen(cluster, &name.namespace);
    let draft = match (0..context.images.len()).all(seen) {
        true => draft,
        false => draft.severity(Severity::Warning),
    };
    match nearest(context, name) {
        Some(policy) => {
            let (near, place) = (&policy.id, policy.place(&["metadata", "name"]));
            draft
                .help(format!("did you mean `{near}`?"))
                .related(place, format!("`{near}` is defined here"))
        }
        None => draft.help("name an ImagePolicy that is applied, as `namespace/name`"),
    }
}

/// Runs a test; nothing where it passes.
fn judge(test: &PolicyTest, images: &ImageObjects<'_>, policy: &ImageObject<'_>) -> Option<Draft> {
    let name = &test.policy;
    let spec = images.tag_policy(policy);
    if spec.has_unknown() {
        let message =
            format!("`{name}` cannot be tested: it holds a variable that is not known here");
        return Some(Draft::new(message).severity(Severity::Warning));
    }
    let policy = TagPolicy::new(&spec);
    let tags = test.tags.iter().map(String::as_str);
    let selection = policy.select(tags, TagOrder::Scanned);
    let got = outcome(&selection);
    let passes = selection.winner == test.wins.as_deref() && selection.ambiguous.is_empty();
    let message = match &test.wins {
        _ if passes => return None,
        None => format!("`{name}` should pick none of the tags, but Flux picks {got}"),
        Some(tag) => format!(
            "`{name}` should pick `{tag}`, but Flux picks {got}{}",
            fate(&selection, tag)
        ),
    };
    let help = "correct the policy, or the test if it asks for the wrong tag";
    Some(Draft::new(message).help(help))
}

fn outcome(selection: &Selection<'_>) -> String {
    match (selection.winner, &selection.error) {
        (Some(winner), _) => format!("`{winner}`"),
        (None, Some(error)) => format!("none: {error}"),
        (None, None) => {
            let tags: Vec<String> = selection
                .ambiguous
                .iter()
                .map(|t| format!("`{t}`"))
                .collect();
            format!(
                "any of {} at random, for their keys are equal",
                tags.join(", ")
            )
        }
    }
}

/// Says what became of the tag that should win, as far as the outcome does not.
fn fate(selection: &Selection<'_>, tag: &str) -> String {
    let of = |tag: &str| selection.tags.iter().find(|fate| fate.tag == tag);
    let Some(expected) = of(tag) else {
        return String::new();
    };
    match &expected.fate {
        Fate::Rejected(_) | Fate::DuplicateKey { .. } => {
            format!("; `{tag}` cannot win, because {}", expected.fate)
        }
        Fate::Winner | Fate::Candidate { .. } => {
            let winner = selection.winner.and_then(of);
            winner.map_or_else(String::new, |winner| keys(winner, expected))
        }
    }
}

/// Says by what two tags were compared, where that is not the tags.
fn keys(winner: &TagFate<'_>, expected: &TagFate<'_>) -> String {
    match (&winner.key, &expected.key) {
        (Some(best), Some(key)) if best != winner.tag || key != expected.tag => {
            format!(": it compares `{best}` with `{key}`")
        }
        _ => String::new(),
    }
}
