//! SARIF 2.1.0 for code scanning: the rules with their pages, and the results with stable fingerprints.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{FindingsView, snippet, write_json};
use crate::lint::{Finding, ObjectId, Related, RuleInfo, Severity};
use crate::manifest::Location;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Writes the log: one run, with all rules that were asked.
pub(super) fn write(view: &FindingsView<'_>, out: &mut dyn Write) -> io::Result<()> {
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [run(view)],
    };
    write_json(&log, out)
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'a str,
    version: &'a str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Value,
    column_kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    invocations: Option<Value>,
    results: Vec<SarifResult<'a>>,
}

/// Named so because `Result` means something else in Rust.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'a> {
    rule_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'a str,
    message: Message<'a>,
    locations: Vec<SarifLocation<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<SarifLocation<'a>>,
    partial_fingerprints: Map<String, Value>,
}

#[derive(Serialize)]
struct Message<'a> {
    text: std::borrow::Cow<'a, str>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifLocation<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<PhysicalLocation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<LogicalLocation<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    uri_base_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<u32>,
    end_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation<'a> {
    name: &'a str,
    fully_qualified_name: String,
    kind: &'a str,
}

fn run<'a>(view: &FindingsView<'a>) -> Run<'a> {
    let index: HashMap<_, _> = view
        .rules
        .iter()
        .enumerate()
        .map(|(i, r)| (r.id, i))
        .collect();
    let mut fingerprints = Fingerprints::default();
    let result = |finding: &'a Finding| SarifResult {
        rule_id: finding.rule,
        rule_index: index.get(finding.rule).copied(),
        level: level(finding.severity),
        message: message(finding),
        locations: locations(finding),
        related_locations: finding
            .related
            .iter()
            .enumerate()
            .map(related_location)
            .collect(),
        partial_fingerprints: fingerprints.of(view, finding),
    };
    Run {
        tool: tool(view),
        column_kind: "unicodeCodePoints",
        invocations: invocations(&view.report.notes),
        results: view.report.findings.iter().map(result).collect(),
    }
}

fn tool(view: &FindingsView<'_>) -> Value {
    let mut driver = json!({ "name": "homelab", "semanticVersion": view.version });
    // Cargo gives an empty text where Cargo.toml names no repository; an empty URI would be invalid.
    let uri = env!("CARGO_PKG_REPOSITORY");
    if !uri.is_empty() {
        driver["informationUri"] = uri.into();
    }
    driver["rules"] = view.rules.iter().map(rule).collect();
    json!({ "driver": driver })
}

fn rule(rule: &RuleInfo) -> Value {
    let family = rule.id.split('/').next().unwrap_or_default();
    let help = match rule.page {
        "" => rule.summary,
        page => page,
    };
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": rule.summary },
        "help": { "text": help, "markdown": help },
        "defaultConfiguration": { "level": level(rule.severity) },
        // Code scanning of GitHub filters by these.
        "properties": { "tags": [family], "problem.severity": problem_severity(rule.severity) },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "note",
    }
}

fn problem_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "recommendation",
    }
}

/// Carries the report's notes: what was not looked at.
fn invocations(notes: &[String]) -> Option<Value> {
    if notes.is_empty() {
        return None;
    }
    let notification = |note: &String| json!({ "level": "note", "message": { "text": note } });
    let notifications: Value = notes.iter().map(notification).collect();
    Some(json!([{ "executionSuccessful": true, "toolExecutionNotifications": notifications }]))
}

/// The help belongs to the message, as viewers show nothing else beside the line.
fn message(finding: &Finding) -> Message<'_> {
    let text = match &finding.help {
        Some(help) => format!("{}\n\n{help}", finding.message).into(),
        None => finding.message.as_str().into(),
    };
    Message { text }
}

fn locations(finding: &Finding) -> Vec<SarifLocation<'_>> {
    let location = SarifLocation {
        id: None,
        physical_location: physical_location(&finding.location),
        logical_locations: finding.object.iter().map(logical_location).collect(),
        message: None,
    };
    let is_known = location.physical_location.is_some() || !location.logical_locations.is_empty();
    is_known.then_some(location).into_iter().collect()
}

/// The schema wants related locations to differ; the number sees to it where a finding names one twice.
fn related_location((id, related): (usize, &Related)) -> SarifLocation<'_> {
    SarifLocation {
        id: Some(id),
        physical_location: physical_location(&related.location),
        message: Some(Message {
            text: related.message.as_str().into(),
        }),
        ..SarifLocation::default()
    }
}

fn physical_location(at: &Location) -> Option<PhysicalLocation> {
    if at.file.is_empty() {
        return None;
    }
    Some(PhysicalLocation {
        artifact_location: ArtifactLocation {
            uri: percent_encode(&at.file),
            uri_base_id: "%SRCROOT%",
        },
        region: region(at),
    })
}

/// Lines and columns start at 1 in SARIF, and a region may not end before it starts.
fn region(at: &Location) -> Option<Region> {
    if at.line == 0 {
        return None;
    }
    let end_line = at.end_line.max(at.line);
    let least = if end_line == at.line { at.column } else { 1 };
    let has_columns = at.column > 0;
    Some(Region {
        start_line: at.line,
        start_column: has_columns.then_some(at.column),
        end_line,
        end_column: has_columns.then_some(at.end_column.max(least)),
    })
}

fn logical_location(object: &ObjectId) -> LogicalLocation<'_> {
    let parts = [
        &object.api_version,
        &object.kind,
        &object.namespace,
        &object.name,
    ];
    let parts: Vec<_> = parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .map(String::as_str)
        .collect();
    LogicalLocation {
        name: &object.name,
        fully_qualified_name: parts.join("/"),
        kind: "resource",
    }
}

/// Encodes all but the unreserved characters of RFC 3986 and `/`: a colon in the first segment would read as a scheme.
fn percent_encode(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

/// Gives each result a name that survives moved lines: a hash over rule, file and the text of the line, and a number
/// that tells equal ones apart.
#[derive(Default)]
struct Fingerprints {
    seen: HashMap<String, usize>,
}

impl Fingerprints {
    fn of(&mut self, view: &FindingsView<'_>, finding: &Finding) -> Map<String, Value> {
        let at = &finding.location;
        let source = if at.file.is_empty() {
            None
        } else {
            (view.source)(&at.file)
        };
        let line = source
            .as_deref()
            .and_then(|source| snippet::line_at(source, at.span));
        let hash = fingerprint(finding.rule, &at.file, line.unwrap_or(&finding.message));
        let number = self.seen.entry(hash.clone()).or_default();
        *number += 1;
        let value = Value::String(format!("{hash}:{number}"));
        Map::from_iter([("ruleFileLine/v1".to_owned(), value)])
    }
}

fn fingerprint(rule: &str, file: &str, line: &str) -> String {
    let mut hasher = Sha256::new();
    for part in [rule, file, line.trim()] {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    let digest = hasher.finalize();
    digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::lint::Report;
    use crate::output::{Format, samples};

    #[test]
    fn the_log_holds_rules_results_and_notes() {
        assert_snapshot!(samples::rendered(Format::Sarif), @r##"
        {
          "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
          "version": "2.1.0",
          "runs": [
            {
              "tool": {
                "driver": {
                  "name": "homelab",
                  "semanticVersion": "0.1.0",
                  "rules": [
                    {
                      "id": "image/marker-unknown-policy",
                      "shortDescription": {
                        "text": "a marker names a policy that nobody applies"
                      },
                      "fullDescription": {
                        "text": "a marker names a policy that nobody applies"
                      },
                      "help": {
                        "text": "# image/marker-unknown-policy\n\n## What it finds\n\nA marker whose `namespace:name` is that of no ImagePolicy which Flux applies. Names are compared **after**\nrendering, see [how markers work](../markers.md) and [the guide](https://example.org/guide).\n\n- a policy in another namespace,\n  which happens most often\n- a typing error\n\n1. first\n2. second\n\n## Bad\n\n```yaml\nimage: app:1.0 # {\"$imagepolicy\": \"x:y\"}\n\n```\n\n| a | b |\n|---|---|\n| `c` | d |\n",
                        "markdown": "# image/marker-unknown-policy\n\n## What it finds\n\nA marker whose `namespace:name` is that of no ImagePolicy which Flux applies. Names are compared **after**\nrendering, see [how markers work](../markers.md) and [the guide](https://example.org/guide).\n\n- a policy in another namespace,\n  which happens most often\n- a typing error\n\n1. first\n2. second\n\n## Bad\n\n```yaml\nimage: app:1.0 # {\"$imagepolicy\": \"x:y\"}\n\n```\n\n| a | b |\n|---|---|\n| `c` | d |\n"
                      },
                      "defaultConfiguration": {
                        "level": "error"
                      },
                      "properties": {
                        "tags": [
                          "image"
                        ],
                        "problem.severity": "error"
                      }
                    },
                    {
                      "id": "image/floating-tag",
                      "shortDescription": {
                        "text": "an image without a fixed tag"
                      },
                      "fullDescription": {
                        "text": "an image without a fixed tag"
                      },
                      "help": {
                        "text": "# image/floating-tag\n\n## What it finds\n\nAn image without a tag.\n",
                        "markdown": "# image/floating-tag\n\n## What it finds\n\nAn image without a tag.\n"
                      },
                      "defaultConfiguration": {
                        "level": "note"
                      },
                      "properties": {
                        "tags": [
                          "image"
                        ],
                        "problem.severity": "recommendation"
                      }
                    },
                    {
                      "id": "flux/path-missing",
                      "shortDescription": {
                        "text": "`spec.path` is no folder"
                      },
                      "fullDescription": {
                        "text": "`spec.path` is no folder"
                      },
                      "help": {
                        "text": "`spec.path` is no folder",
                        "markdown": "`spec.path` is no folder"
                      },
                      "defaultConfiguration": {
                        "level": "error"
                      },
                      "properties": {
                        "tags": [
                          "flux"
                        ],
                        "problem.severity": "error"
                      }
                    }
                  ]
                }
              },
              "columnKind": "unicodeCodePoints",
              "invocations": [
                {
                  "executionSuccessful": true,
                  "toolExecutionNotifications": [
                    {
                      "level": "note",
                      "message": {
                        "text": "unit `apps` has a remote base"
                      }
                    }
                  ]
                }
              ],
              "results": [
                {
                  "ruleId": "image/marker-unknown-policy",
                  "ruleIndex": 0,
                  "level": "error",
                  "message": {
                    "text": "no applied ImagePolicy is named `flux-system:ap`\n\nname the policy `flux-system:app`"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "apps/web/deployment.yaml",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "startLine": 11,
                          "startColumn": 59,
                          "endLine": 11,
                          "endColumn": 73
                        }
                      },
                      "logicalLocations": [
                        {
                          "name": "app",
                          "fullyQualifiedName": "apps/v1/Deployment/web/app",
                          "kind": "resource"
                        }
                      ]
                    }
                  ],
                  "relatedLocations": [
                    {
                      "id": 0,
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "apps/web/deployment.yaml",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "startLine": 10,
                          "startColumn": 9,
                          "endLine": 10,
                          "endColumn": 20
                        }
                      },
                      "message": {
                        "text": "in this container"
                      }
                    },
                    {
                      "id": 1,
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "infra/policy.yaml",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "startLine": 4,
                          "startColumn": 9,
                          "endLine": 5,
                          "endColumn": 1
                        }
                      },
                      "message": {
                        "text": "the nearest policy"
                      }
                    }
                  ],
                  "partialFingerprints": {
                    "ruleFileLine/v1": "6a587ddbc7e154f1f70af9309e5175da:1"
                  }
                },
                {
                  "ruleId": "image/floating-tag",
                  "ruleIndex": 1,
                  "level": "note",
                  "message": {
                    "text": "the image has no tag"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "apps/gone.yaml",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "startLine": 7,
                          "startColumn": 12,
                          "endLine": 7,
                          "endColumn": 20
                        }
                      }
                    }
                  ],
                  "partialFingerprints": {
                    "ruleFileLine/v1": "c253f387debffa89e60ce1c2ea943aa9:1"
                  }
                }
              ]
            }
          ]
        }
        "##);
    }

    #[test]
    fn a_clean_report_still_names_the_rules() {
        let text = samples::render(Format::Sarif, &Report::default(), &|_| None, false);
        let log: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(log["runs"][0]["results"], json!([]));
        assert_eq!(
            log["runs"][0]["tool"]["driver"]["rules"][2]["id"],
            "flux/path-missing"
        );
    }

    #[test]
    fn paths_are_uris() {
        assert_eq!(
            percent_encode("a b/ü:%#?.yaml"),
            "a%20b/%C3%BC%3A%25%23%3F.yaml"
        );
    }

    #[test]
    fn regions_are_valid_even_where_locations_are_not() {
        let shown = |at: &Location| serde_json::to_value(region(at)).unwrap();
        let place = samples::location;
        assert_eq!(shown(&place("a", 0, 3, 0, 0)), Value::Null);
        let backwards = json!({"startLine": 5, "startColumn": 9, "endLine": 5, "endColumn": 9});
        assert_eq!(shown(&place("a", 5, 9, 3, 2)), backwards);
        let lines = json!({"startLine": 5, "startColumn": 9, "endLine": 6, "endColumn": 1});
        assert_eq!(shown(&place("a", 5, 9, 6, 0)), lines);
        assert_eq!(
            shown(&place("a", 5, 0, 5, 0)),
            json!({"startLine": 5, "endLine": 5})
        );
    }

    fn fingerprints(source: &str, count: usize) -> Vec<String> {
        let at = samples::find("a.yaml", source, "image");
        let finding = samples::finding(Severity::Error, "m", at);
        let report = Report {
            findings: vec![finding; count],
            ..Report::default()
        };
        let text = samples::render(Format::Sarif, &report, &|_| Some(source.into()), false);
        let log: Value = serde_json::from_str(&text).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap();
        results
            .iter()
            .map(|r| r["partialFingerprints"]["ruleFileLine/v1"].to_string())
            .collect()
    }

    #[test]
    fn fingerprints_survive_moved_lines_and_tell_equals_apart() {
        let before = fingerprints("a: 1\nimage: x\n", 2);
        assert_eq!(before, fingerprints("a: 1\nb: 2\n  image: x\r\nc: 3\n", 2));
        assert_ne!(before, fingerprints("a: 1\nimage: y\n", 2));
        assert_ne!(before[0], before[1]);
    }
}
