//! `kustomize/build-failed`: anything else that stops a build.

use super::{missing_resource, problems};
use crate::kustomize::{Problem, ProblemKind};
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};

static INFO: RuleInfo = page(
    "kustomize/build-failed",
    Severity::Error,
    include_str!("../../../../docs/rules/kustomize/build-failed.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for problem in problems(context).filter(|p| has_no_other_rule(p.kind)) {
        if is_consequence(context, problem) {
            continue;
        }
        let draft = Draft::new(format!("kustomize fails here: {}", problem.message))
            .help("nothing of this Flux Kustomization is applied until the build passes");
        sink.at(problem.place, draft);
    }
}

/// A kustomization whose fields are unknown seems empty as well.
fn is_consequence(context: &Context<'_>, problem: &Problem) -> bool {
    problem.kind == ProblemKind::EmptyKustomization
        && problems(context).any(|p| p.kind == ProblemKind::UnknownField && p.path == problem.path)
}

fn has_no_other_rule(kind: ProblemKind) -> bool {
    let elsewhere = matches!(
        kind,
        ProblemKind::DuplicateId
            | ProblemKind::Malformed
            | ProblemKind::BadKeys
            | ProblemKind::Remote
            | ProblemKind::HelmChart
            | ProblemKind::Plugin
    );
    !elsewhere && !missing_resource::covers(kind)
}
