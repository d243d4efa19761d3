//! `kustomize/duplicate-id`: one object twice in one build.

use super::problems;
use crate::kustomize::ProblemKind;
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};

static INFO: RuleInfo = page(
    "kustomize/duplicate-id",
    Severity::Error,
    include_str!("../../../../docs/rules/kustomize/duplicate-id.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for problem in problems(context).filter(|p| p.kind == ProblemKind::DuplicateId) {
        let draft = Draft::new(format!(
            "the build has this object twice and fails: {}",
            problem.message
        ))
        .help("remove or rename one of the two, or turn one into a patch");
        sink.at(problem.place, draft);
    }
}
