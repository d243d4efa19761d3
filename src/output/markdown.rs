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
    let message = prose(&text::one_line(&finding.message));
    // Within a table a bar ends the cell even in a code span.
    let cells = [code(finding.rule), place, message].map(|cell| cell.replace('|', "\\|"));
    format!("| {} | {} |\n", finding.severity.name(), cells.join(" | "))
}

fn details(view: &FindingsView<'_>, finding: &Finding) -> String {
    let mut shown = format!("**{}** {}", finding.severity.name(), code(finding.rule));
    if !finding.location.file.is_empty() {
        let _ = write!(shown, " at {}", code(&text::place(&finding.location)));
    }
    let _ = write!(shown, "\n\n{}\n\n", prose(&text::clean(&finding.message)));
    if let Some(line) = source_line(view, finding) {
        let fence = fence(&line, 3);
        let _ = write!(shown, "{fence}yaml\n{line}\n{fence}\n\n");
    }
    if let Some(help) = &finding.help {
        let _ = write!(shown, "Help: {}\n\n", prose(&text::clean(help)));
    }
    for related in &finding.related {
        let place = code(&text::place(&related.location));
        let _ = writeln!(
            shown,
            "- {place}: {}",
            prose(&text::one_line(&related.message))
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
pub(super) fn fence(text: &str, least: usize) -> String {
    let runs = text.split(|c| c != '`').map(str::len);
    let longest = runs.max().unwrap_or_default();
    "`".repeat(least.max(longest + 1))
}

/// Returns a code span.
pub(super) fn code(text: &str) -> String {
    let fence = fence(text, 1);
    // A blank keeps a backtick at the edge apart from the fence; renderers drop it again.
    let pad = if text.contains('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Shows what a message puts in backticks as code, and everything else as plain text.
pub(super) fn prose(text: &str) -> String {
    if text.matches('`').count() % 2 == 1 {
        return escape(text);
    }
    let show = |(index, part): (usize, &str)| match (index % 2, part) {
        (1, "") => "\\`\\`".to_owned(),
        (1, part) => code(part),
        _ => escape(part),
    };
    text.split('`').enumerate().map(show).collect()
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
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '#' | '>' | '!' => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => escaped.push(c),
        }
        before = c;
    }
    escaped
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::lint::{Report, Severity};
    use crate::output::{Format, samples};

    #[test]
    fn a_table_and_details() {
        assert_snapshot!(samples::rendered(Format::Markdown), @r#"
        ### homelab: 1 error, 1 hint in 312 files, 903 objects

        | Severity | Rule | Place | Message |
        |---|---|---|---|
        | error | `image/marker-unknown-policy` | `apps/web/deployment.yaml:11:59` | no applied ImagePolicy is named `flux-system:ap` |
        | hint | `image/floating-tag` | `apps/gone.yaml:7:12` | the image has no tag |

        <details>
        <summary>Details</summary>

        **error** `image/marker-unknown-policy` at `apps/web/deployment.yaml:11:59`

        no applied ImagePolicy is named `flux-system:ap`

        ```yaml
                  image: ghcr.io/me/app:1.4.2 # {"$imagepolicy": "flux-system:ap"}
        ```

        Help: name the policy `flux-system:app`

        - `apps/web/deployment.yaml:10:9`: in this container
        - `infra/policy.yaml:4:9`: the nearest policy

        **hint** `image/floating-tag` at `apps/gone.yaml:7:12`

        the image has no tag

        </details>
        "#);
    }

    #[test]
    fn a_clean_report_is_a_heading() {
        let text = samples::render(Format::Markdown, &Report::default(), &|_| None, false);
        assert_eq!(text, "### homelab: no findings in 0 files, 0 objects\n");
    }

    #[test]
    fn markup_in_data_stays_text() {
        let source = "a: ``` | </details>\n";
        let message = "<b> `x|<i>` | *y* @me me@x\nhttp://[z](q) \u{1b}[0m";
        let at = samples::find("a|`b`.yaml", source, "</details>");
        let report = Report {
            findings: vec![samples::finding(Severity::Warning, message, at)],
            ..Report::default()
        };
        let text = samples::render(Format::Markdown, &report, &|_| Some(source.into()), false);
        assert_snapshot!(text, @r"
        ### homelab: no findings in 0 files, 0 objects

        | Severity | Rule | Place | Message |
        |---|---|---|---|
        | warning | `image/marker-unknown-policy` | `` a\|`b`.yaml:1:10 `` | &lt;b\> `x\|<i>` \| \*y\* @<!-- -->me me@x http://\[z\](q) ␛\[0m |

        <details>
        <summary>Details</summary>

        **warning** `image/marker-unknown-policy` at `` a|`b`.yaml:1:10 ``

        &lt;b\> `x|<i>` | \*y\* @<!-- -->me me@x
        http://\[z\](q) ␛\[0m

        ````yaml
        a: ``` | </details>
        ````

        </details>
        ");
    }

    #[test]
    fn what_does_not_fit_a_comment_is_counted() {
        let report = Report {
            findings: vec![samples::report().findings.remove(0); 10_000],
            ..Report::default()
        };
        let text = samples::render(Format::Markdown, &report, &samples::source, false);
        assert!(text.len() < 65_536, "{}", text.len());
        assert!(
            text.contains(" more findings not in this table.\n"),
            "{text}"
        );
        assert!(text.contains(" more findings without details.\n"), "{text}");
        assert!(text.ends_with("</details>\n"));
    }
}
