//! `yaml/duplicate-key`: one key twice in a mapping of a file that Flux reads.

use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};

static INFO: RuleInfo = page(
    "yaml/duplicate-key",
    Severity::Error,
    include_str!("../../../../docs/rules/yaml/duplicate-key.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for source in super::applied_files(context) {
        for document in &source.documents {
            for (repeated, first) in document.duplicate_keys() {
                let key = repeated.text().unwrap_or_default();
                let line = source.line(first.place.span.start as usize);
                let draft = Draft::new(format!(
                    "the key `{key}` stands here a second time, after line {line}"
                ))
                .help("keep one of the two")
                .related(first.place, "first here");
                sink.in_file(&source, repeated.place.span, draft);
            }
        }
    }
}
