//! JUnit XML for GitLab and Jenkins: one suite per rule, one failing case per finding, a passing one for a clean rule.
//!
//! Both tools group by suite and class and list by name, so that rules become rows of a test report and places its
//! cases. Attributes are those that the schema of Jenkins' xunit plugin (`junit-10.xsd`) allows.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::{self, Write};

use super::FindingsView;
use super::text;
use crate::lint::{Finding, Severity};

/// Writes the document. Errors and warnings are failures; hints are skipped cases, which fail nowhere.
pub(super) fn write(view: &FindingsView<'_>, out: &mut dyn Write) -> io::Result<()> {
    let suites = suites(view);
    let total = suites.iter().map(Suite::tests).sum::<usize>();
    let failures = suites.iter().map(Suite::failures).sum::<usize>();
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        out,
        r#"<testsuites name="homelab" tests="{total}" failures="{failures}" errors="0">"#
    )?;
    for suite in &suites {
        suite.write(out)?;
    }
    writeln!(out, "</testsuites>")
}

struct Suite<'a> {
    rule: &'a str,
    findings: Vec<&'a Finding>,
}

/// Returns a suite per rule, in the order of the list; rules that are not in the list come last.
fn suites<'a>(view: &FindingsView<'a>) -> Vec<Suite<'a>> {
    let mut by_rule: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &view.report.findings {
        by_rule.entry(finding.rule).or_default().push(finding);
    }
    let mut suites = Vec::with_capacity(view.rules.len());
    for rule in view.rules {
        let findings = by_rule.remove(rule.id).unwrap_or_default();
        suites.push(Suite {
            rule: rule.id,
            findings,
        });
    }
    let others = by_rule
        .into_iter()
        .map(|(rule, findings)| Suite { rule, findings });
    suites.extend(others);
    suites
}

impl Suite<'_> {
    fn tests(&self) -> usize {
        self.findings.len().max(1)
    }

    fn failures(&self) -> usize {
        self.findings.len() - self.skipped()
    }

    fn skipped(&self) -> usize {
        let is_hint = |finding: &&&Finding| finding.severity == Severity::Hint;
        self.findings.iter().filter(is_hint).count()
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let name = escape(self.rule);
        let class = escape(&self.rule.replace('/', "."));
        writeln!(
            out,
            r#"  <testsuite name="{name}" tests="{}" failures="{}" errors="0" skipped="{}">"#,
            self.tests(),
            self.failures(),
            self.skipped(),
        )?;
        if self.findings.is_empty() {
            writeln!(
                out,
                r#"    <testcase classname="{class}" name="no findings" time="0"/>"#
            )?;
        }
        let mut names = HashMap::new();
        for finding in &self.findings {
            let name = escape(&unique_name(&mut names, finding));
            writeln!(
                out,
                r#"    <testcase classname="{class}" name="{name}" time="0">"#
            )?;
            write_outcome(finding, out)?;
            writeln!(out, "    </testcase>")?;
        }
        writeln!(out, "  </testsuite>")
    }
}

/// GitLab keeps only the last of several cases with one name, so that a second finding at a place gets a number.
fn unique_name(names: &mut HashMap<String, usize>, finding: &Finding) -> String {
    let place = match (&finding.object, finding.location.file.as_str()) {
        (Some(object), "") => format!("{} {}", object.kind, object.name),
        (None, "") => text::one_line(&finding.message).into_owned(),
        _ => text::place(&finding.location),
    };
    let seen = names.entry(place.clone()).or_default();
    *seen += 1;
    match *seen {
        1 => place,
        number => format!("{place} ({number})"),
    }
}

/// The text of the element repeats the message, as GitLab shows nothing else.
fn write_outcome(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let element = match finding.severity {
        Severity::Error | Severity::Warning => "failure",
        Severity::Hint => "skipped",
    };
    let severity = finding.severity.name();
    let message = escape(&finding.message);
    let details = escape(&details(finding)).replace("&#10;", "\n");
    writeln!(
        out,
        r#"      <{element} type="{severity}" message="{message}">{details}</{element}>"#
    )
}

fn details(finding: &Finding) -> String {
    let severity = finding.severity.name();
    let mut details = format!("{severity}[{}]: {}", finding.rule, finding.message);
    if !finding.location.file.is_empty() {
        let _ = write!(details, "\n--> {}", text::place(&finding.location));
    }
    if let Some(help) = &finding.help {
        let _ = write!(details, "\nhelp: {help}");
    }
    for related in &finding.related {
        let place = text::place(&related.location);
        let _ = write!(details, "\nnote: {}\n--> {place}", related.message);
    }
    details
}

/// Escapes text for an attribute or an element; characters that XML 1.0 forbids become visible ones.
fn escape(raw: &str) -> String {
    let mut escaped = String::with_capacity(raw.len() + raw.len() / 8);
    for c in text::clean(raw).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // In an attribute a bare line feed would be read as a blank.
            '\n' => escaped.push_str("&#10;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::lint::Report;
    use crate::output::{Format, samples};

    #[test]
    fn rules_are_suites_and_findings_are_cases() {
        assert_snapshot!(samples::rendered(Format::Junit), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="homelab" tests="3" failures="1" errors="0">
          <testsuite name="image/marker-unknown-policy" tests="1" failures="1" errors="0" skipped="0">
            <testcase classname="image.marker-unknown-policy" name="apps/web/deployment.yaml:11:59" time="0">
              <failure type="error" message="no applied ImagePolicy is named `flux-system:ap`">error[image/marker-unknown-policy]: no applied ImagePolicy is named `flux-system:ap`
        --&gt; apps/web/deployment.yaml:11:59
        help: name the policy `flux-system:app`
        note: in this container
        --&gt; apps/web/deployment.yaml:10:9
        note: the nearest policy
        --&gt; infra/policy.yaml:4:9</failure>
            </testcase>
          </testsuite>
          <testsuite name="image/floating-tag" tests="1" failures="0" errors="0" skipped="1">
            <testcase classname="image.floating-tag" name="apps/gone.yaml:7:12" time="0">
              <skipped type="hint" message="the image has no tag">hint[image/floating-tag]: the image has no tag
        --&gt; apps/gone.yaml:7:12</skipped>
            </testcase>
          </testsuite>
          <testsuite name="flux/path-missing" tests="1" failures="0" errors="0" skipped="0">
            <testcase classname="flux.path-missing" name="no findings" time="0"/>
          </testsuite>
        </testsuites>
        "#);
    }

    #[test]
    fn a_clean_report_has_passing_cases() {
        let text = samples::render(Format::Junit, &Report::default(), &|_| None, false);
        assert!(text.contains(r#"tests="3" failures="0""#), "{text}");
        assert_eq!(text.matches(r#"name="no findings""#).count(), 3);
    }

    #[test]
    fn names_are_unique_and_unlisted_rules_are_shown() {
        let at = || samples::location("a.yaml", 3, 4, 3, 5);
        let mut other = samples::finding(Severity::Warning, "m", at());
        other.rule = "x/unlisted";
        let nowhere = samples::finding(
            Severity::Error,
            "line\nbreak",
            samples::location("", 0, 0, 0, 0),
        );
        let report = Report {
            findings: vec![other.clone(), other, nowhere],
            ..Report::default()
        };
        let text = samples::render(Format::Junit, &report, &|_| None, false);
        let cases: Vec<_> = text
            .lines()
            .filter(|line| line.contains("<testcase"))
            .collect();
        assert_snapshot!(cases.join("\n"), @r#"
        <testcase classname="image.marker-unknown-policy" name="line break" time="0">
        <testcase classname="image.floating-tag" name="no findings" time="0"/>
        <testcase classname="flux.path-missing" name="no findings" time="0"/>
        <testcase classname="x.unlisted" name="a.yaml:3:4" time="0">
        <testcase classname="x.unlisted" name="a.yaml:3:4 (2)" time="0">
        "#);
    }

    #[test]
    fn text_is_valid_xml() {
        assert_snapshot!(escape("<a b=\"c\">&]]>\u{1b}[0m\u{0}\u{ffff}\n\té"), @"&lt;a b=&quot;c&quot;&gt;&amp;]]&gt;␛[0m␀�&#10; é");
    }
}
