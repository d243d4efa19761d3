//! `image/tag-outside-policy`: the tag at a marker is one that its policy could never choose.

use crate::flux::SourceOf;
use crate::image::marker::Setter;
use crate::image::semver::Version;
use crate::image::{Policer, Rejection};
use crate::lint::rules::page;
use crate::lint::tag_policies::{AppliedPolicy, admits_above};
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink, current_tag};

static INFO: RuleInfo = page(
    "image/tag-outside-policy",
    Severity::Warning,
    include_str!("../../../../docs/rules/image/tag-outside-policy.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for file in &context.marked {
        for (marker, setter) in file.live() {
            let Some(tag) = marker
                .position
                .as_ref()
                .ok()
                .and_then(|f| current_tag(f, setter))
            else {
                continue;
            };
            let policies = policies(context, setter);
            let rejections: Vec<_> = policies
                .iter()
                .filter_map(|p| Some((*p, p.policy.could_choose(&tag).err()?)))
                .collect();
            if !policies
                .iter()
                .all(|p| would_move(context, p, &file.source.path))
            {
                continue;
            }
            // Where clusters differ, the tag may be the choice of one of them.
            let Some((policy, rejection)) = rejections
                .first()
                .filter(|_| rejections.len() == policies.len())
            else {
                continue;
            };
            sink.in_file(
                &file.source,
                marker.span,
                draft(&tag, setter, policy, rejection),
            );
        }
    }
}

/// Tells whether an automation would write the policy's choice into a file, or may, for it is not in this repository.
fn would_move(context: &Context<'_>, applied: &AppliedPolicy<'_>, file: &str) -> bool {
    let policy = &applied.object;
    let automations = context.images.iter().flat_map(|images| &images.automations);
    let mut beside = automations
        .filter(|a| a.object.id.namespace == policy.id.namespace)
        .peekable();
    let may_be_elsewhere = beside.peek().is_none();
    may_be_elsewhere || beside.any(|a| a.source != SourceOf::Here || a.updates(policy, file))
}

/// Returns the policies of that name; none if one of them cannot be judged.
fn policies<'c, 'm>(context: &'c Context<'m>, setter: &Setter) -> Vec<&'c AppliedPolicy<'m>> {
    let named = |policy: &&AppliedPolicy<'_>| {
        policy.object.id.namespace == setter.namespace && policy.object.id.name == setter.name
    };
    let judged: Vec<_> = context.tag_policies().iter().filter(named).collect();
    if judged.len() == context.policy(setter).found.len() {
        judged
    } else {
        Vec::new()
    }
}

fn draft(tag: &str, setter: &Setter, applied: &AppliedPolicy<'_>, rejection: &Rejection) -> Draft {
    let down = if moves_down(applied, rejection) {
        " down"
    } else {
        ""
    };
    let name = format!("{}:{}", setter.namespace, setter.name);
    let (place, what) = cause(applied, rejection);
    Draft::new(format!(
        "the policy `{name}` could never choose the tag `{tag}`: {rejection}; Flux would move it{down}"
    ))
    .help("set a tag that the policy selects, or let the policy select this one")
    .related(place, what)
}

/// Tells whether every version in the range is below the tag's.
fn moves_down(applied: &AppliedPolicy<'_>, rejection: &Rejection) -> bool {
    let (Rejection::OutOfRange { key, range, .. }, Some(Policer::SemVer { constraint, .. })) =
        (rejection, applied.policer())
    else {
        return false;
    };
    Version::parse_tag(key).is_ok_and(|version| !admits_above(constraint, range, &version))
}

/// Returns the place that keeps the tag out.
fn cause(
    applied: &AppliedPolicy<'_>,
    rejection: &Rejection,
) -> (crate::manifest::Place, &'static str) {
    let object = &applied.object;
    match rejection {
        Rejection::Filtered { .. } => (
            object.place(&["spec", "filterTags", "pattern"]),
            "the pattern of the policy",
        ),
        Rejection::OutOfRange { .. } => (
            object.place(&["spec", "policy", "semver", "range"]),
            "the range of the policy",
        ),
        _ => (object.place(&["spec", "policy"]), "the policy"),
    }
}
