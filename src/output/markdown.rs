//! Markdown for a pull request comment or a job summary: a table, and details to unfold.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::FindingsView;
use super::{snippet, text};
use crate::lint::Finding;

/// Bytes for the table and for the details: a comment on GitHub holds 65,536 characters.
const TABLE_ROOM: usize = 30_000;
const DETAILS_ROOM: usize = 30_000;
/// Characters of a source line that are shown.
const CODE_WIDTH: usize = 160;

/// Writes the summary as a heading, the table and the details; what does not fit a comment is counted.
pub(super) fn write(view: &FindingsView<'_>, out: &mut dyn Write) -> io::Result<()> {
    let findings = &view.report.findings;
    writeln!(out, "### homelab: {}", text::summary(&view.report.summary))?;
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n| Severity | Rule | Place | Message |\n|---|---|---|---|"
    )?;
    let left = write_some(findings, TABLE_ROOM, row, out)?;
    if left > 0 {
        writeln!(
            out,
            "\n{} not in this table.",
            text::count(left, "more finding")
        )?;
    }
    writeln!(out, "\n<details>\n<summary>Details</summary>\n")?;
    let left = write_some(
        findings,
        DETAILS_ROOM,
        |finding| details(view, finding),
        out,
    )?;
    if left > 0 {
        writeln!(
            out,
            "{} without details.\n",
            text::count(left, "more finding")
        )?;
    }
    writeln!(out, "</details>")
}

/// Writes findings until `room` bytes are used; returns how many were left.
fn write_some(
    findings: &[Finding],
    room: usize,
    show: impl Fn(&Finding) -> String,
    out: &mut dyn Write,
) -> io::Result<usize> {
    let mut used = 0;
    for (index, finding) in findings.iter().enumerate() {
        let shown = show(finding);
        used += shown.len();
        if used > room {
            return Ok(findings.len() - index);
        }
        out.write_all(shown.as_bytes())?;
    }
    Ok(0)
}

fn row(finding: &Finding) -> String {
    let place = match finding.location.file.as_str() {
        "" => String::new(),
        _ => code(&text::place(&finding.location)),
    };
    // Within a table a bar ends the cell even in a code span.
    let cells = [code(finding.rule), place].map(|cell| cell.replace('|', "\\|"));
    let [rule, place] = cells;
    let message = escape(&text::one_line(&finding.message));
    format!(
        "| {} | {rule} | {place} | {message} |\n",
        finding.severity.name()
    )
}

fn details(view: &FindingsView<'_>, finding: &Finding) -> String {
    let mut shown = format!("**{}** {}", finding.severity.name(), code(finding.rule));
    if !finding.location.file.is_empty() {
        let _ = write!(shown, " at {}", code(&text::place(&finding.location)));
    }
    let _ = write!(shown, "\n\n{}\n\n", escape(&text::clean(&finding.message)));
    if let Some(line) = source_line(view, finding) {
        let fence = fence(&line, 3);
        let _ = write!(shown, "{fence}yaml\n{line}\n{fence}\n\n");
    }
    if let Some(help) = &finding.help {
        let _ = write!(shown, "Help: {}\n\n", escape(&text::clean(help)));
    }
    for related in &finding.related {
        let place = code(&text::place(&related.location));
        let _ = writeln!(
            shown,
            "- {place}: {}",
            escape(&text::one_line(&related.message))
        );
    }
    if !finding.related.is_empty() {
        shown.push('\n');
    }
    shown
}

fn source_line(view: &FindingsView<'_>, finding: &Finding) -> Option<String> {
    if finding.location.file.is_empty() {
        return None;
    }
    let source = (view.source)(&finding.location.file)?;
    let line = text::clean(snippet::line_at(&source, finding.location.span)?).into_owned();
    Some(match line.char_indices().nth(CODE_WIDTH) {
        Some((end, _)) => format!("{}…", line.get(..end)?),
        None => line,
    })
}

/// Returns a run of backticks that is longer than any in `text`, and at least `least` long.
fn fence(text: &str, least: usize) -> String {
    let runs = text.split(|c| c != '`').map(str::len);
    let longest = runs.max().unwrap_or_default();
    "`".repeat(least.max(longest + 1))
}

/// Returns a code span.
fn code(text: &str) -> String {
    let fence = fence(text, 1);
    // A blank keeps a backtick at the edge apart from the fence; renderers drop it again.
    let pad = if text.contains('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Escapes what Markdown or HTML would act upon, and keeps `@name` from calling people.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    let mut before = ' ';
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '@' if !before.is_alphanumeric() => escaped.push_str("@<!-- -->"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '>' | '!' => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => escaped.push(c),
        }
        before = c;
    }
    escaped
}
