//! `image/policy-without-marker`: an applied ImagePolicy that no marker names.

use std::collections::HashSet;

use crate::flux::SourceOf;
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};

static INFO: RuleInfo = page(
    "image/policy-without-marker",
    Severity::Hint,
    include_str!("../../../../docs/rules/image/policy-without-marker.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let named: HashSet<(&str, &str)> = context
        .marked
        .iter()
        .flat_map(|file| &file.markers.markers)
        .filter_map(|marker| marker.body.as_ref().ok())
        .map(|setter| (setter.namespace.as_str(), setter.name.as_str()))
        .collect();
    for images in &context.images {
        for policy in &images.policies {
            let id = &policy.id;
            let elsewhere = images.automations.iter().any(|a| {
                a.object.id.namespace == id.namespace && matches!(a.source, SourceOf::Elsewhere(_))
            });
            if elsewhere
                || policy.has_unknown_name()
                || named.contains(&(id.namespace.as_str(), id.name.as_str()))
            {
                continue;
            }
            let draft = Draft::new(
                "no marker names this policy: nothing is ever set to what it selects",
            )
            .help(format!(
                "put `# {{\"$imagepolicy\": \"{}:{}\"}}` behind an image, or remove the policy",
                id.namespace, id.name
            ))
            .object(policy.node());
            sink.at(policy.place(&["metadata", "name"]), draft);
        }
    }
}
