//! JSON documents: the contract's shape of a report, and the writer that every JSON answer goes through.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;

use crate::lint::{Finding, ObjectId, Related, Report, Summary};

/// Writes one document as indented JSON with a line feed at its end.
///
/// Characters that a terminal would act upon (DEL and C1, which JSON itself allows) are escaped.
///
/// # Errors
///
/// Whatever `out` reports, and [`io::ErrorKind::InvalidData`] for what JSON cannot hold, such as a map with keys that
/// are no strings.
pub fn write_json(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(document)?;
    out.write_all(escape_controls(text).as_bytes())?;
    out.write_all(b"\n")
}

/// Writes one document as JSON on one line.
///
/// # Errors
///
/// Whatever `out` reports.
pub(super) fn write_json_line(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string(document)?;
    out.write_all(escape_controls(text).as_bytes())?;
    out.write_all(b"\n")
}

/// Such characters stand within strings only, so that the escape means the same.
fn escape_controls(text: String) -> String {
    let is_raw = |c: char| matches!(c, '\u{7f}'..='\u{9f}');
    if !text.contains(is_raw) {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_raw(c) {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "\\u{:04x}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// A report as the contract shows it.
#[derive(Serialize)]
pub(crate) struct FindingsDocument<'a> {
    version: u8,
    findings: Vec<FindingEntry<'a>>,
    summary: SummaryEntry,
}

#[derive(Serialize)]
struct FindingEntry<'a> {
    rule: &'a str,
    severity: &'a str,
    message: &'a str,
    help: Option<&'a str>,
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    object: Option<ObjectEntry<'a>>,
    related: Vec<RelatedEntry<'a>>,
    fix: Option<FixEntry<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectEntry<'a> {
    api_version: &'a str,
    kind: &'a str,
    namespace: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct RelatedEntry<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    message: &'a str,
}

#[derive(Serialize)]
struct FixEntry<'a> {
    description: &'a str,
    safe: bool,
}

#[derive(Serialize)]
struct SummaryEntry {
    errors: usize,
    warnings: usize,
    hints: usize,
    files: usize,
    objects: usize,
}

impl<'a> FindingsDocument<'a> {
    /// Returns the document that shows `report`.
    pub(crate) fn new(report: &'a Report) -> Self {
        FindingsDocument {
            version: 1,
            findings: report.findings.iter().map(FindingEntry::new).collect(),
            summary: SummaryEntry::new(report.summary),
        }
    }
}

impl<'a> FindingEntry<'a> {
    fn new(finding: &'a Finding) -> Self {
        let location = &finding.location;
        FindingEntry {
            rule: finding.rule,
            severity: finding.severity.name(),
            message: &finding.message,
            help: finding.help.as_deref(),
            file: &location.file,
            line: location.line,
            column: location.column,
            end_line: location.end_line,
            end_column: location.end_column,
            object: finding.object.as_ref().map(ObjectEntry::new),
            related: finding.related.iter().map(RelatedEntry::new).collect(),
            fix: finding.fix.as_ref().map(|fix| FixEntry {
                description: &fix.description,
                safe: fix.safe,
            }),
        }
    }
}

impl<'a> ObjectEntry<'a> {
    fn new(object: &'a ObjectId) -> Self {
        ObjectEntry {
            api_version: &object.api_version,
            kind: &object.kind,
            namespace: &object.namespace,
            name: &object.name,
        }
    }
}

impl<'a> RelatedEntry<'a> {
    fn new(related: &'a Related) -> Self {
        RelatedEntry {
            file: &related.location.file,
            line: related.location.line,
            column: related.location.column,
            message: &related.message,
        }
    }
}

impl SummaryEntry {
    fn new(summary: Summary) -> Self {
        SummaryEntry {
            errors: summary.errors,
            warnings: summary.warnings,
            hints: summary.hints,
            files: summary.files,
            objects: summary.objects,
        }
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::output::{Format, samples};

    #[test]
    fn the_document_is_that_of_the_contract() {
        assert_snapshot!(samples::rendered(Format::Json), @r#"
        {
          "version": 1,
          "findings": [
            {
              "rule": "image/marker-unknown-policy",
              "severity": "error",
              "message": "no applied ImagePolicy is named `flux-system:ap`",
              "help": "name the policy `flux-system:app`",
              "file": "apps/web/deployment.yaml",
              "line": 11,
              "column": 59,
              "end_line": 11,
              "end_column": 73,
              "object": {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "namespace": "web",
                "name": "app"
              },
              "related": [
                {
                  "file": "apps/web/deployment.yaml",
                  "line": 10,
                  "column": 9,
                  "message": "in this container"
                },
                {
                  "file": "infra/policy.yaml",
                  "line": 4,
                  "column": 9,
                  "message": "the nearest policy"
                }
              ],
              "fix": {
                "description": "write `flux-system:app`",
                "safe": false
              }
            },
            {
              "rule": "image/floating-tag",
              "severity": "hint",
              "message": "the image has no tag",
              "help": null,
              "file": "apps/gone.yaml",
              "line": 7,
              "column": 12,
              "end_line": 7,
              "end_column": 20,
              "object": null,
              "related": [],
              "fix": null
            }
          ],
          "summary": {
            "errors": 1,
            "warnings": 0,
            "hints": 1,
            "files": 312,
            "objects": 903
          }
        }
        "#);
    }

    #[test]
    fn a_clean_report_has_all_fields() {
        let text = samples::render(Format::Json, &Report::default(), &|_| None, false);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let zero =
            serde_json::json!({"errors": 0, "warnings": 0, "hints": 0, "files": 0, "objects": 0});
        assert_eq!(
            value,
            serde_json::json!({"version": 1, "findings": [], "summary": zero})
        );
    }

    #[test]
    fn control_characters_are_escaped() {
        let nasty = "\u{1b}[31m \u{7f} \u{9b} é \u{2028} \" \\ \n";
        let text = samples::text(|out| write_json(&nasty, out));
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), nasty);
        assert!(!text.trim_end().contains(char::is_control), "{text:?}");
    }
}
