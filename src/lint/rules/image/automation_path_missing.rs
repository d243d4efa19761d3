//! `image/automation-path-missing`: `update.path` of an ImageUpdateAutomation is not there.

use crate::flux::SourceOf;
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};

static INFO: RuleInfo = page(
    "image/automation-path-missing",
    Severity::Error,
    include_str!("../../../../docs/rules/image/automation-path-missing.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for automation in context.images.iter().flat_map(|i| &i.automations) {
        let path = automation.path.as_str();
        let there = context.tree.is_dir(path) || context.tree.id(path).is_some();
        if there || path.contains("${") || automation.source != SourceOf::Here {
            continue;
        }
        let object = &automation.object;
        let draft = Draft::new(format!(
            "`update.path` names `./{path}`, and the repository has no such folder or file"
        ))
        .help("write the path from the root of the repository")
        .object(object.node());
        sink.at(object.place(&["spec", "update", "path"]), draft);
    }
}
