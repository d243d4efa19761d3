//! Findings, rules and sources that the tests of the renderers share.

use std::io::{self, Write};
use std::sync::Arc;

use super::{FindingsView, Format, write_findings};
use crate::lint::{Finding, Fix, ObjectId, Related, Report, RuleInfo, Severity, Summary};
use crate::manifest::{Location, Span};

/// Two rules that fire and one that does not.
pub(super) const RULES: &[RuleInfo] = &[
    RuleInfo {
        id: "image/marker-unknown-policy",
        summary: "a marker names a policy that nobody applies",
        severity: Severity::Error,
        page: PAGE,
    },
    RuleInfo {
        id: "image/floating-tag",
        summary: "an image without a fixed tag",
        severity: Severity::Hint,
        page: "# image/floating-tag\n\n## What it finds\n\nAn image without a tag.\n",
    },
    RuleInfo {
        id: "flux/path-missing",
        summary: "`spec.path` is no folder",
        severity: Severity::Error,
        page: "",
    },
];

const PAGE: &str = "\
# image/marker-unknown-policy

## What it finds

A marker whose `namespace:name` is that of no ImagePolicy which Flux applies. Names are compared **after**
rendering, see [how markers work](../markers.md) and [the guide](https://example.org/guide).

- a policy in another namespace,
  which happens most often
- a typing error

1. first
2. second

## Bad

```yaml
image: app:1.0 # {\"$imagepolicy\": \"x:y\"}

```

| a | b |
|---|---|
| `c` | d |
";

pub(super) const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
  namespace: web
spec:
  template:
    spec:
      containers:
        - name: app
          image: ghcr.io/me/app:1.4.2 # {\"$imagepolicy\": \"flux-system:ap\"}
";

pub(super) const POLICY: &str = "\
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata:
  name: app
  namespace: flux-system
";

/// Returns a location without a span.
pub(super) fn location(
    file: &str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
) -> Location {
    Location {
        file: file.to_owned(),
        line,
        column,
        end_line,
        end_column,
        span: Span::default(),
    }
}

/// Returns the location of the first `needle` in `source`.
pub(super) fn find(file: &str, source: &str, needle: &str) -> Location {
    let start = source.find(needle).unwrap();
    let end = start + needle.len();
    let position = |at: usize| {
        let before = &source[..at];
        let line_start = before.rfind('\n').map_or(0, |index| index + 1);
        let line = before.matches('\n').count() + 1;
        let column = before[line_start..].chars().count() + 1;
        (line as u32, column as u32)
    };
    let ((line, column), (end_line, end_column)) = (position(start), position(end));
    Location {
        span: Span::new(start, end),
        ..location(file, line, column, end_line, end_column)
    }
}

/// Returns a finding with a message and a place only.
pub(super) fn finding(severity: Severity, message: &str, location: Location) -> Finding {
    Finding {
        rule: "image/marker-unknown-policy",
        severity,
        message: message.to_owned(),
        help: None,
        location,
        object: None,
        related: Vec::new(),
        fix: None,
    }
}

/// Returns a related place.
pub(super) fn related(message: &str, location: Location) -> Related {
    Related {
        message: message.to_owned(),
        location,
    }
}

/// Returns an error with everything, a hint with little, and counts.
pub(super) fn report() -> Report {
    let full = Finding {
        help: Some("name the policy `flux-system:app`".to_owned()),
        object: Some(ObjectId {
            api_version: "apps/v1".to_owned(),
            kind: "Deployment".to_owned(),
            namespace: "web".to_owned(),
            name: "app".to_owned(),
        }),
        related: vec![
            related(
                "in this container",
                find("apps/web/deployment.yaml", DEPLOYMENT, "- name: app"),
            ),
            related(
                "the nearest policy",
                find("infra/policy.yaml", POLICY, "app\n"),
            ),
        ],
        fix: Some(Fix {
            description: "write `flux-system:app`".to_owned(),
            safe: false,
        }),
        ..finding(
            Severity::Error,
            "no applied ImagePolicy is named `flux-system:ap`",
            find("apps/web/deployment.yaml", DEPLOYMENT, "flux-system:ap"),
        )
    };
    let hint = Finding {
        rule: "image/floating-tag",
        ..finding(
            Severity::Hint,
            "the image has no tag",
            location("apps/gone.yaml", 7, 12, 7, 20),
        )
    };
    Report {
        findings: vec![full, hint],
        summary: Summary {
            errors: 1,
            warnings: 0,
            hints: 1,
            files: 312,
            objects: 903,
        },
        notes: vec!["unit `apps` has a remote base".to_owned()],
    }
}

/// The sources that [`report`] points into.
pub(super) fn source(file: &str) -> Option<Arc<str>> {
    match file {
        "apps/web/deployment.yaml" => Some(DEPLOYMENT.into()),
        "infra/policy.yaml" => Some(POLICY.into()),
        _ => None,
    }
}

/// Returns what a writer was given.
pub(super) fn text(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut bytes = Vec::new();
    write(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Renders [`report`] without colour.
pub(super) fn rendered(format: Format) -> String {
    render(format, &report(), &source, false)
}

/// Renders a report.
pub(super) fn render(
    format: Format,
    report: &Report,
    source: &dyn Fn(&str) -> Option<Arc<str>>,
    color: bool,
) -> String {
    let view = FindingsView {
        report,
        rules: RULES,
        source,
        color,
        version: "0.1.0",
    };
    text(|out| write_findings(format, &view, out))
}
