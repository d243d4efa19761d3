//! Workflow commands of GitHub Actions: one annotation per finding, then the summary as a plain line.
//!
//! Escapes and the rules on columns are those of actions/runner (`ActionCommand.cs`, `ActionCommandManager.cs`).

use std::fmt::Write as _;
use std::io::{self, Write};

use super::FindingsView;
use super::text;
use crate::lint::{Finding, Severity};
use crate::manifest::Location;

/// Writes one command per finding. The runner logs only the message, so that the message names the place as well.
pub(super) fn write(view: &FindingsView<'_>, out: &mut dyn Write) -> io::Result<()> {
    for finding in &view.report.findings {
        let command = command(finding.severity);
        let properties = properties(&finding.location, finding.rule);
        writeln!(
            out,
            "::{command} {properties}::{}",
            escape_data(&message(finding))
        )?;
    }
    writeln!(out, "{}", text::summary(&view.report.summary))
}

fn command(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "notice",
    }
}

/// The runner drops columns where the lines differ, and lines where they run backwards.
fn properties(at: &Location, title: &str) -> String {
    let mut properties = String::new();
    if !at.file.is_empty() {
        let _ = write!(properties, "file={},", escape_property(&at.file));
        if at.line > 0 {
            let end_line = at.end_line.max(at.line);
            let _ = write!(properties, "line={},endLine={end_line},", at.line);
            if end_line == at.line && at.column > 0 {
                let end_column = at.end_column.max(at.column);
                let _ = write!(properties, "col={},endColumn={end_column},", at.column);
            }
        }
    }
    properties + "title=" + &escape_property(title)
}

fn message(finding: &Finding) -> String {
    let mut message = String::new();
    if !finding.location.file.is_empty() {
        message = text::place(&finding.location) + ": ";
    }
    message.push_str(&text::clean(finding.message.trim_end()));
    if let Some(help) = &finding.help {
        let _ = write!(message, "\nhelp: {}", text::clean(help.trim_end()));
    }
    for related in &finding.related {
        let place = text::place(&related.location);
        let _ = write!(message, "\n{place}: {}", text::one_line(&related.message));
    }
    message
}

fn escape_data(data: &str) -> String {
    let escaped = data.replace('%', "%25");
    escaped.replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_property(value: &str) -> String {
    escape_data(&text::clean(value))
        .replace(':', "%3A")
        .replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::output::{Format, samples};

    #[test]
    fn one_command_per_finding() {
        assert_snapshot!(samples::rendered(Format::Github), @"
        ::error file=apps/web/deployment.yaml,line=11,endLine=11,col=59,endColumn=73,title=image/marker-unknown-policy::apps/web/deployment.yaml:11:59: no applied ImagePolicy is named `flux-system:ap`%0Ahelp: name the policy `flux-system:app`%0Aapps/web/deployment.yaml:10:9: in this container%0Ainfra/policy.yaml:4:9: the nearest policy
        ::notice file=apps/gone.yaml,line=7,endLine=7,col=12,endColumn=20,title=image/floating-tag::apps/gone.yaml:7:12: the image has no tag
        1 error, 1 hint in 312 files, 903 objects
        ");
    }

    #[test]
    fn nothing_leaves_its_field() {
        let at = samples::location("a,b:100%;\n.yaml", 3, 4, 3, 2);
        assert_snapshot!(properties(&at, "x/y"), @"file=a%2Cb%3A100%25;%0A.yaml,line=3,endLine=3,col=4,endColumn=4,title=x/y");
        assert_eq!(
            escape_data("100%\r\n::error::%0A"),
            "100%25%0D%0A::error::%250A"
        );
    }

    #[test]
    fn columns_need_one_line() {
        assert_snapshot!(properties(&samples::location("a.yaml", 3, 4, 5, 2), "x/y"), @"file=a.yaml,line=3,endLine=5,title=x/y");
        assert_snapshot!(properties(&samples::location("a.yaml", 0, 0, 0, 0), "x/y"), @"file=a.yaml,title=x/y");
        assert_snapshot!(properties(&samples::location("", 0, 0, 0, 0), "x/y"), @"title=x/y");
    }
}
