//! `image/competing-automations`: two automations would both update one marker.

use crate::image::Automation;
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};

static INFO: RuleInfo = page(
    "image/competing-automations",
    Severity::Warning,
    include_str!("../../../../docs/rules/image/competing-automations.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for file in &context.marked {
        for (marker, setter) in file.live() {
            for (cluster, policy) in context.policy(setter).found {
                let Some(images) = context.images.get(cluster) else {
                    continue;
                };
                let updates = |a: &&Automation<'_>| a.updates(policy, &file.source.path);
                let mut both: Vec<&Automation<'_>> =
                    images.automations.iter().filter(updates).collect();
                // Two units may apply one automation: that is another fault.
                both.dedup_by(|a, b| a.object.id == b.object.id);
                let [first, second, ..] = both.as_slice() else {
                    continue;
                };
                let (a, b) = (&first.object, &second.object);
                let draft = Draft::new(format!("`{setter}` is updated by two automations, {} and {}: they race for the same commit", a.id, b.id))
                    .help("give them paths or policy selectors that do not overlap")
                    .related(a.place(&["metadata", "name"]), "the first")
                    .related(b.place(&["metadata", "name"]), "the second");
                sink.in_file(&file.source, marker.span, draft);
            }
        }
    }
}
