//! `yaml/parse-error`: a file that Flux reads is no YAML.

use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};

static INFO: RuleInfo = page(
    "yaml/parse-error",
    Severity::Error,
    include_str!("../../../../docs/rules/yaml/parse-error.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for source in super::applied_files(context) {
        for error in &source.errors {
            let draft = Draft::new(format!("Flux cannot read this file: {}", error.message))
                .help("nothing of its Flux Kustomization is applied until it is valid YAML");
            sink.in_file(&source, error.span, draft);
        }
    }
}
