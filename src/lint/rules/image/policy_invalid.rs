//! `image/policy-invalid`: an ImagePolicy that the controller or the API server refuses.

use super::policies::{is_unknown, policies, text};
use crate::image::{ImageObject, PolicyChoice, TagFilter};
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};
use crate::manifest::Place;

static INFO: RuleInfo = page(
    "image/policy-invalid",
    Severity::Error,
    include_str!("../../../../docs/rules/image/policy-invalid.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

/// What is wrong, where, and what to do.
struct Fault {
    place: Place,
    message: String,
    help: &'static str,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for policy in policies(context) {
        let faults = [policer(policy), filter(policy), interval(policy)];
        for fault in faults.into_iter().flatten() {
            sink.at(
                fault.place,
                Draft::new(fault.message)
                    .help(fault.help)
                    .object(policy.node()),
            );
        }
    }
}

fn policer(policy: &ImageObject<'_>) -> Option<Fault> {
    let Some((key, choice)) = PolicyChoice::of(policy.node()) else {
        let place = key_place(policy, &["spec", "policy"]);
        let message = "the policy names none of `semver`, `alphabetical` and `numerical`: the controller stalls it".to_owned();
        return Some(Fault {
            place,
            message,
            help: "add one of them under `policy:`",
        });
    };
    let field = if key == "semver" { "range" } else { "order" };
    let path = ["spec", "policy", key, field];
    if text(policy.node(), &path).is_some_and(is_unknown) {
        return None;
    }
    let error = choice.compile().err()?;
    let help = if key == "semver" {
        "write a range as Masterminds/semver reads it, such as `>=1.0.0` or `1.x`"
    } else {
        "`asc` selects the greatest, `desc` the smallest"
    };
    Some(Fault {
        place: policy.place(&path),
        message: format!("the controller refuses this policy: {error}"),
        help,
    })
}

fn filter(policy: &ImageObject<'_>) -> Option<Fault> {
    let pattern = text(policy.node(), &["spec", "filterTags", "pattern"]).unwrap_or_default();
    let extract = text(policy.node(), &["spec", "filterTags", "extract"]).unwrap_or_default();
    if is_unknown(pattern) {
        return None;
    }
    let filter = match TagFilter::new(pattern, extract) {
        Ok(filter) => filter,
        Err(error) => {
            let place = policy.place(&["spec", "filterTags", "pattern"]);
            let help = "write a Go regular expression; there is no lookaround and no backreference";
            return Some(Fault {
                place,
                message: format!("the controller refuses this pattern: {error}"),
                help,
            });
        }
    };
    let name = filter.missing_group()?;
    Some(Fault {
        place: policy.place(&["spec", "filterTags", "extract"]),
        message: format!(
            "`extract` names the group `{name}`, which the pattern lacks: it expands to nothing"
        ),
        help: "name a group of the pattern: `(?P<name>...)` and `$name`",
    })
}

fn interval(policy: &ImageObject<'_>) -> Option<Fault> {
    let reflection = policy.node().at_path(&["spec", "digestReflectionPolicy"]);
    let interval = policy
        .node()
        .at_path(&["spec", "interval"])
        .filter(|n| !n.is_null());
    let always = reflection.and_then(|n| n.text()).unwrap_or("Never");
    if is_unknown(always) {
        return None;
    }
    match (always == "Always", interval) {
        (true, None) => Some(Fault {
            place: policy.place(&["spec", "digestReflectionPolicy"]),
            message: "`digestReflectionPolicy: Always` needs an `interval`: the controller stalls the policy".to_owned(),
            help: "add `interval: 10m`",
        }),
        (false, Some(interval)) => Some(Fault {
            place: interval.place,
            message: "the API server refuses an `interval` without `digestReflectionPolicy: Always`".to_owned(),
            help: "remove `interval`: the ImageRepository has its own",
        }),
        _ => None,
    }
}

/// Returns the place of the last key of `path`, else of the nearest node that is there.
fn key_place(policy: &ImageObject<'_>, path: &[&str]) -> Place {
    let key = path
        .split_last()
        .and_then(|(last, parents)| Some(policy.node().at_path(parents)?.entry(last)?.key.place));
    key.filter(|place| place.is_known())
        .unwrap_or_else(|| policy.place(&["spec"]))
}
