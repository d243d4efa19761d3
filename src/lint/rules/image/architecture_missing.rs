//! `image/architecture-missing`: a pod may land on a node whose architecture its image is not there for.

use super::nodes::Nodes;
use crate::image::{Platform, Reference};
use crate::lint::pods::{images, pod_spec};
use crate::lint::rules::page;
use crate::lint::{Context, Draft, RegistryFacts, Rule, RuleInfo, Severity, Sink};

static INFO: RuleInfo = page(
    "image/architecture-missing",
    Severity::Warning,
    include_str!("../../../../docs/rules/image/architecture-missing.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(facts) = &context.registry else {
        return;
    };
    if context.architectures.is_empty() {
        return;
    }
    for (_, applied) in context.model.clusters.iter().flat_map(|c| c.objects()) {
        let Some(pod) = pod_spec(&applied.node) else {
            continue;
        };
        let nodes = Nodes::of(pod, &context.architectures);
        for image in images(pod) {
            let text = image.text().unwrap_or_default();
            let Some(has) = architectures(facts, text) else {
                continue;
            };
            let lacks: Vec<&str> = nodes.lacking(&has);
            if !lacks.is_empty() {
                let runs_nowhere = lacks.len() == nodes.architectures.len();
                let draft = draft(text, &lacks, &has, runs_nowhere).object(&applied.node);
                sink.at(image.place, draft);
            }
        }
    }
}

/// Returns the architectures that an image is there for; nothing where that is unknown.
fn architectures<'f>(facts: &'f RegistryFacts, image: &str) -> Option<Vec<&'f str>> {
    let image = Reference::parse(image).ok()?;
    let platforms: &[Platform] = facts.platforms.get(&image.to_string())?;
    let linux = platforms.iter().filter(|p| p.os == "linux");
    let mut names: Vec<&str> = linux.map(|p| p.architecture.as_str()).collect();
    names.dedup();
    (!names.is_empty()).then_some(names)
}

fn draft(image: &str, lacks: &[&str], has: &[&str], runs_nowhere: bool) -> Draft {
    let (lacks, has) = (lacks.join(" and "), has.join(", "));
    let message = format!("`{image}` is not there for {lacks}");
    if runs_nowhere {
        let message = format!("{message}, which is all that may run it; it is there for {has}");
        return Draft::new(message).help(format!("choose an image that is built for {lacks}"));
    }
    Draft::new(format!(
        "{message}: a pod that lands on such a node does not start; it is there for {has}"
    ))
    .help(format!(
        "choose an image that is built for {lacks} too, or keep the pod away with a nodeSelector on `kubernetes.io/arch`"
    ))
}
