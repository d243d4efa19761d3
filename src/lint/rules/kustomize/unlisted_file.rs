//! `kustomize/unlisted-file`: a manifest beside a kustomization file that mentions it nowhere.

use std::collections::BTreeSet;

use crate::flux::FILE_NAMES;
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};
use crate::manifest::{SourceFile, Span};

static INFO: RuleInfo = page(
    "kustomize/unlisted-file",
    Severity::Warning,
    include_str!("../../../../docs/rules/kustomize/unlisted-file.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for kustomization in used_kustomizations(context) {
        let dir = kustomization.rsplit_once('/').map_or("", |(dir, _)| dir);
        let Some(list) = context.tree.text(kustomization) else {
            continue;
        };
        for file in context.tree.files_below(dir) {
            let name = file.name();
            let beside = file.path.len() == name.len() + dir.len() + usize::from(!dir.is_empty());
            if !beside || !is_candidate(name) || context.model.is_reached(&file.path) {
                continue;
            }
            let mention = mention(&list, name);
            if file.is_link
                || mention == Mention::Entry
                || !is_manifest(file.known_text().unwrap_or_default())
            {
                continue;
            }
            let Some(source) = context.tree.source(&file.path) else {
                continue;
            };
            if holds_objects(&source) {
                sink.in_file(
                    &source,
                    first_line(&source),
                    draft(&source, kustomization, mention),
                );
            }
        }
    }
}

/// Returns the kustomization files that some unit reads.
fn used_kustomizations<'c>(context: &'c Context<'_>) -> BTreeSet<&'c str> {
    let is_kustomization =
        |path: &str| FILE_NAMES.contains(&path.rsplit('/').next().unwrap_or_default());
    context
        .model
        .reached
        .iter()
        .map(AsRef::as_ref)
        .filter(|path| is_kustomization(path))
        .collect()
}

fn is_candidate(name: &str) -> bool {
    let is_yaml = name.ends_with(".yaml") || name.ends_with(".yml");
    let is_template =
        name.contains(".template.") || name.contains(".tmpl.") || name.contains(".example.");
    is_yaml && !is_template && !name.starts_with('.') && !FILE_NAMES.contains(&name)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mention {
    Nowhere,
    Comment,
    Entry,
}

/// Looks for a file name as a word in the text of a kustomization file.
fn mention(list: &str, name: &str) -> Mention {
    let in_line = |line: &&str| {
        line.match_indices(name).any(|(at, _)| {
            let before = line.get(..at).unwrap_or_default().chars().next_back();
            let after = line
                .get(at + name.len()..)
                .unwrap_or_default()
                .chars()
                .next();
            let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
            before.is_none_or(|c| !is_part(c) || c == '.') && after.is_none_or(|c| !is_part(c))
        })
    };
    let (comments, entries): (Vec<&str>, Vec<&str>) = list
        .lines()
        .partition(|line| line.trim_start().starts_with('#'));
    if entries.iter().any(in_line) {
        Mention::Entry
    } else if comments.iter().any(in_line) {
        Mention::Comment
    } else {
        Mention::Nowhere
    }
}

fn is_manifest(text: &str) -> bool {
    text.contains("apiVersion:") && text.contains("kind:")
}

/// Tells whether every document is a Kubernetes object that kustomize could list; patches and settings of tools are none.
fn holds_objects(source: &SourceFile) -> bool {
    let mut roots = source
        .documents
        .iter()
        .filter_map(|d| d.root.as_ref())
        .peekable();
    let is_object = |node: &crate::manifest::Node| {
        let group = crate::flux::group(node);
        node.text_at(&["metadata", "name"]).is_some()
            && node.text_at(&["apiVersion"]).is_some()
            && group != "kustomize.config.k8s.io"
            && group != "config.kubernetes.io"
    };
    source.errors.is_empty() && roots.peek().is_some() && roots.all(is_object)
}

fn first_line(source: &SourceFile) -> Span {
    let line = source.line_span(1);
    Span::new(
        line.start as usize,
        line.start as usize + source.line_text(1).len(),
    )
}

fn draft(source: &SourceFile, kustomization: &str, mention: Mention) -> Draft {
    let name = source.path.rsplit('/').next().unwrap_or_default();
    match mention {
        Mention::Comment => Draft::new(format!(
            "`{name}` is not applied: its entry in `{kustomization}` is commented out"
        ))
        .severity(Severity::Hint)
        .help("remove the file and the comment, or list it again"),
        _ => Draft::new(format!(
            "`{name}` is not applied: `{kustomization}` beside it does not list it"
        ))
        .help(format!("add `{name}` to `resources:`, or remove the file")),
    }
}
