//! Runs rules over a context and makes a report of what they find.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::context::Context;
use super::finding::{Finding, Report, RuleInfo, Severity, Summary};
use super::ignores;
use super::sink::Sink;
use crate::manifest::SourceFile;

/// A rule: what output needs to know of it, and its check.
pub struct Rule {
    /// Id, summary, severity, page.
    pub info: &'static RuleInfo,
    /// Looks at the whole repository and reports.
    pub check: fn(&Context<'_>, &mut Sink<'_>),
}

/// Which rules run, how bad their findings are, and which findings count.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Rule ids or families to run; empty for all.
    pub only: Vec<String>,
    /// Rule ids or families to leave out.
    pub skip: Vec<String>,
    /// Severities from the settings; none turns a rule off.
    pub severities: HashMap<String, Option<Severity>>,
    /// Files and folders, relative to the root, whose findings are reported; empty for all.
    pub paths: Vec<String>,
}

impl Selection {
    /// Tells whether a rule runs.
    pub fn runs(&self, id: &str) -> bool {
        let names = |list: &[String]| list.iter().any(|name| covers(name, id));
        (self.only.is_empty() || names(&self.only))
            && !names(&self.skip)
            && self.severities.get(id) != Some(&None)
    }

    fn wants(&self, file: &str) -> bool {
        let within = |path: &String| {
            path.is_empty()
                || file
                    .strip_prefix(path.as_str())
                    .is_some_and(|r| r.is_empty() || r.starts_with('/'))
        };
        self.paths.is_empty() || self.paths.iter().any(within)
    }
}

/// Tells whether `name` is the rule `id` or its family (with or without `/`).
pub fn covers(name: &str, id: &str) -> bool {
    name == id
        || id
            .split_once('/')
            .is_some_and(|(family, _)| name.trim_end_matches('/') == family)
}

/// Runs `rules` and returns what they found, in order of file and place.
pub fn run<'r>(
    context: &Context<'_>,
    rules: impl IntoIterator<Item = &'r Rule>,
    selection: &Selection,
) -> Report {
    let rules: Vec<&Rule> = rules
        .into_iter()
        .filter(|rule| selection.runs(rule.info.id))
        .collect();
    let found: Vec<Vec<Finding>> = rules
        .par_iter()
        .map(|rule| {
            let mut sink = Sink::new(context, rule.info);
            (rule.check)(context, &mut sink);
            sink.into_findings()
        })
        .collect();
    let mut findings: Vec<Finding> = found.into_iter().flatten().collect();
    findings.retain(|f| selection.wants(&f.location.file));
    for finding in &mut findings {
        if let Some(Some(severity)) = selection.severities.get(finding.rule) {
            finding.severity = *severity;
        }
    }
    findings.retain(|f| !is_ignored(context, f));
    sort(&mut findings);
    findings.dedup();
    Report {
        summary: summary(context, &findings),
        findings,
        notes: notes(context),
    }
}

fn is_ignored(context: &Context<'_>, finding: &Finding) -> bool {
    let source: Option<Arc<SourceFile>> = context.tree.source(&finding.location.file);
    source.is_some_and(|file| ignores::covers(&file, finding.rule, finding.location.line))
}

fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        let key = |f: &Finding| {
            (
                f.location.file.clone(),
                f.location.line,
                f.location.column,
                f.rule,
            )
        };
        key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
    });
}

fn summary(context: &Context<'_>, findings: &[Finding]) -> Summary {
    let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
    let units = context.model.clusters.iter().flat_map(|c| &c.units);
    Summary {
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        hints: count(Severity::Hint),
        files: context
            .tree
            .files()
            .iter()
            .filter(|f| f.known_text().is_some())
            .count(),
        objects: units.map(|u| u.objects.len()).sum(),
    }
}

/// Says what could not be rendered, once for each entry.
fn notes(context: &Context<'_>) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    for unit in context.model.clusters.iter().flat_map(|c| &c.units) {
        for missing in &unit.incomplete {
            let line = context.tree.location(missing.place).map_or(0, |l| l.line);
            let note = format!(
                "{}:{line}: {} is not here: what it holds is unknown",
                missing.path, missing.what
            );
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes
}
