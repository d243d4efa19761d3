//! Findings for people: rustc-style snippets, help, related places, and a last line that counts.

use std::io::{self, Write};

use annotate_snippets::{Level, Renderer};
use owo_colors::Style;

use super::FindingsView;
use super::snippet::{self, Excerpt, Mark};
use super::style::Palette;
use super::text::{self, WIDTH};
use crate::lint::{Finding, Fix, Related, Report, Severity};
use crate::manifest::Location;

/// Related places that are shown; the rest is counted.
const RELATED_SHOWN: usize = 8;

/// Writes the findings, a blank line between any two, and the summary.
pub(super) fn write(view: &FindingsView<'_>, out: &mut dyn Write) -> io::Result<()> {
    let painter = Painter::new(view);
    for finding in &view.report.findings {
        painter.finding(finding, out)?;
        writeln!(out)?;
    }
    let line = text::summary(&view.report.summary);
    writeln!(out, "{}", painter.palette.strong.style(line))
}

/// Writes the report's notes, one line each: what could not be looked at. They belong on stderr.
///
/// # Errors
///
/// Whatever `out` reports.
pub fn write_notes(report: &Report, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let palette = Palette::new(color);
    for note in &report.notes {
        writeln!(
            out,
            "{}: {}",
            palette.note.style("note"),
            text::one_line(note)
        )?;
    }
    Ok(())
}

struct Painter<'a> {
    view: &'a FindingsView<'a>,
    palette: Palette,
    renderer: Renderer,
}

impl<'a> Painter<'a> {
    fn new(view: &'a FindingsView<'a>) -> Self {
        let renderer = if view.color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        Painter {
            view,
            palette: Palette::new(view.color),
            renderer: renderer.term_width(WIDTH),
        }
    }

    fn finding(&self, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
        let label = format!("{}[{}]", finding.severity.name(), finding.rule);
        let style = self.palette.severity(finding.severity);
        self.title(&label, style, &finding.message, out)?;

        let shown = finding.related.iter().take(RELATED_SHOWN).enumerate();
        let here: Vec<_> = shown
            .clone()
            .filter(|(_, related)| related.location.file == finding.location.file)
            .collect();
        let marks: Vec<_> = here.iter().map(|(_, related)| mark(related)).collect();
        let excerpt = self.excerpt(&finding.location, &marks, level(finding.severity));
        let gutter = self.place(finding, excerpt.as_ref(), out)?;
        self.advice(finding, gutter, excerpt.is_some(), out)?;

        let is_drawn = |index| {
            let position = here.iter().position(|(at, _)| *at == index);
            let left_out = excerpt.as_ref().map(|excerpt| &excerpt.left_out);
            matches!((position, left_out), (Some(at), Some(left_out)) if !left_out.contains(&at))
        };
        for (_, related) in shown.filter(|(index, _)| !is_drawn(*index)) {
            self.related(related, out)?;
        }
        self.hidden(finding, out)
    }

    /// Writes `label: message`; further lines of the message are indented.
    fn title(
        &self,
        label: &str,
        style: Style,
        message: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let message = text::clean(message.trim_end());
        let mut lines = message.lines();
        let first = format!(": {}", lines.next().unwrap_or_default());
        writeln!(
            out,
            "{}{}",
            style.style(label),
            self.palette.strong.style(first)
        )?;
        for line in lines {
            writeln!(out, "    {}", self.palette.strong.style(line))?;
        }
        Ok(())
    }

    fn excerpt(&self, at: &Location, marks: &[Mark<'_>], level: Level<'static>) -> Option<Excerpt> {
        if at.file.is_empty() {
            return None;
        }
        let source = (self.view.source)(&at.file)?;
        snippet::draw(&source, at.line, at.span, marks, level, &self.renderer)
    }

    /// Writes the arrow and the excerpt; returns the width of the gutter.
    fn place(
        &self,
        finding: &Finding,
        excerpt: Option<&Excerpt>,
        out: &mut dyn Write,
    ) -> io::Result<usize> {
        if !finding.location.file.is_empty() {
            return self.arrow(&finding.location, excerpt, out);
        }
        // Nothing but the object says where to look.
        if let Some(object) = &finding.object {
            let name = text::one_line(&object.name).into_owned();
            let arrow = self.palette.frame.style("-->");
            writeln!(out, " {arrow} {} {name}", text::one_line(&object.kind))?;
        }
        Ok(1)
    }

    fn arrow(
        &self,
        at: &Location,
        excerpt: Option<&Excerpt>,
        out: &mut dyn Write,
    ) -> io::Result<usize> {
        let gutter = excerpt.map_or_else(|| snippet::digits(at.line as usize), |e| e.gutter);
        let arrow = self.palette.frame.style("-->");
        writeln!(out, "{:gutter$}{arrow} {}", "", text::place(at))?;
        if let Some(excerpt) = excerpt {
            writeln!(out, "{}", excerpt.text)?;
        }
        Ok(gutter)
    }

    /// Writes what to do: the help and the fix.
    fn advice(
        &self,
        finding: &Finding,
        gutter: usize,
        has_excerpt: bool,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let fix = finding.fix.as_ref().map(fix_text);
        let help = finding.help.as_deref();
        if has_excerpt && (help.is_some() || fix.is_some()) {
            writeln!(out, "{:gutter$} {}", "", self.palette.frame.style("|"))?;
        }
        if let Some(help) = help {
            self.footer("help", help, gutter, out)?;
        }
        match fix {
            Some(fix) => self.footer("fix", &fix, gutter, out),
            None => Ok(()),
        }
    }

    fn footer(
        &self,
        label: &str,
        message: &str,
        gutter: usize,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let indent = gutter + 3 + label.len() + 2;
        let message = text::clean(message.trim_end());
        let equals = self.palette.frame.style("=");
        write!(
            out,
            "{:gutter$} {equals} {}",
            "",
            self.palette.strong.style(label)
        )?;
        let lines = text::wrap(&message, WIDTH.saturating_sub(indent));
        for (index, line) in lines.iter().enumerate() {
            match index {
                0 => writeln!(out, ": {line}")?,
                _ => writeln!(
                    out,
                    "{}",
                    format_args!("{:indent$}{line}", "").to_string().trim_end()
                )?,
            }
        }
        if lines.is_empty() {
            writeln!(out)?;
        }
        Ok(())
    }

    fn related(&self, related: &Related, out: &mut dyn Write) -> io::Result<()> {
        self.title("note", self.palette.note, &related.message, out)?;
        if related.location.file.is_empty() {
            return Ok(());
        }
        let excerpt = self.excerpt(&related.location, &[], Level::NOTE);
        self.arrow(&related.location, excerpt.as_ref(), out)?;
        Ok(())
    }

    fn hidden(&self, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
        match finding.related.len().saturating_sub(RELATED_SHOWN) {
            0 => Ok(()),
            more => {
                let message = format!("and {}", text::count(more, "more place"));
                self.title("note", self.palette.note, &message, out)
            }
        }
    }
}

fn mark(related: &Related) -> Mark<'_> {
    Mark {
        span: related.location.span,
        label: text::one_line(&related.message),
    }
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Hint => Level::HELP,
    }
}

fn fix_text(fix: &Fix) -> String {
    let how = if fix.safe {
        "`homelab lint --fix` does it"
    } else {
        "by hand: it needs a look"
    };
    format!("{} ({how})", fix.description.trim_end())
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::output::{Format, samples};

    /// Renders one finding over one file.
    fn one(source: &str, finding: Finding) -> String {
        let report = Report {
            findings: vec![finding],
            ..Report::default()
        };
        let text = samples::render(Format::Human, &report, &|_| Some(source.into()), false);
        let (shown, summary) = text.rsplit_once("\n\n").unwrap();
        assert_eq!(summary, "no findings in 0 files, 0 objects\n");
        format!("{shown}\n")
    }

    fn error(source: &str, needle: &str) -> Finding {
        let at = samples::find("a.yaml", source, needle);
        samples::finding(Severity::Error, "it is wrong", at)
    }

    #[test]
    fn a_report_reads_like_one_of_rustc() {
        assert_snapshot!(samples::rendered(Format::Human), @r#"
        error[image/marker-unknown-policy]: no applied ImagePolicy is named `flux-system:ap`
          --> apps/web/deployment.yaml:11:59
           |
        10 |         - name: app
           |         ----------- in this container
        11 |           image: ghcr.io/me/app:1.4.2 # {"$imagepolicy": "flux-system:ap"}
           |                                                           ^^^^^^^^^^^^^^
           |
           = help: name the policy `flux-system:app`
           = fix: write `flux-system:app` (by hand: it needs a look)
        note: the nearest policy
         --> infra/policy.yaml:4:9
          |
        4 |   name: app
          |         ^^^

        hint[image/floating-tag]: the image has no tag
         --> apps/gone.yaml:7:12

        1 error, 1 hint in 312 files, 903 objects
        "#);
    }

    #[test]
    fn color_marks_severity_place_and_frame() {
        let report = samples::report();
        let text = samples::render(Format::Human, &report, &samples::source, true);
        let head: Vec<_> = text.lines().take(4).collect();
        assert_snapshot!(head.join("\n").replace('\u{1b}', "ESC"), @"
        ESC[91;1merror[image/marker-unknown-policy]ESC[0mESC[1m: no applied ImagePolicy is named `flux-system:ap`ESC[0m
          ESC[94;1m-->ESC[0m apps/web/deployment.yaml:11:59
           ESC[1mESC[94m|ESC[0m
        ESC[1mESC[94m10ESC[0m ESC[1mESC[94m|ESC[0m         - name: app
        ");
    }

    #[test]
    fn a_clean_report_is_one_line() {
        let text = samples::render(Format::Human, &Report::default(), &|_| None, false);
        assert_snapshot!(text, @"no findings in 0 files, 0 objects");
    }

    #[test]
    fn long_help_is_wrapped_under_itself() {
        let mut finding = error("kind: A\n", "A");
        finding.help = Some(format!(
            "{}\n  kind: B\n",
            "write the other kind here ".repeat(5)
        ));
        finding.fix = Some(Fix {
            description: "write `B`".to_owned(),
            safe: true,
        });
        assert_snapshot!(one("kind: A\n", finding), @"
        error[image/marker-unknown-policy]: it is wrong
         --> a.yaml:1:7
          |
        1 | kind: A
          |       ^
          |
          = help: write the other kind here write the other kind here write the other
                  kind here write the other kind here write the other kind here
                    kind: B
          = fix: write `B` (`homelab lint --fix` does it)
        ");
    }

    #[test]
    fn messages_of_several_lines_are_indented() {
        let mut finding = error("kind: A\n", "A");
        finding.message = "a loop:\na -> b\nb -> a\n".to_owned();
        assert_snapshot!(one("kind: A\n", finding), @"
        error[image/marker-unknown-policy]: a loop:
            a -> b
            b -> a
         --> a.yaml:1:7
          |
        1 | kind: A
          |       ^
        ");
    }

    #[test]
    fn a_line_with_a_digest_keeps_its_start() {
        let digest = "0123456789abcdef".repeat(4);
        let source =
            format!("spec:\n            image: ghcr.io/me/app:1.2.3@sha256:{digest} # x\n");
        let whole = error(&source, &format!("ghcr.io/me/app:1.2.3@sha256:{digest}"));
        assert_snapshot!(one(&source, whole), @"
        error[image/marker-unknown-policy]: it is wrong
         --> a.yaml:2:20
          |
        2 | ...   image: ghcr.io/me/app:1.2.3@sha256:0123456789abcdef0123456789abcdef...
          |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        ");
        assert_snapshot!(one(&source, error(&source, "# x")), @"
        error[image/marker-unknown-policy]: it is wrong
         --> a.yaml:2:113
          |
        2 | ...0123456789abcdef0123456789abcdef # x
          |                                     ^^^
        ");
    }

    #[test]
    fn related_places_far_away_or_with_long_labels_stand_alone() {
        let source = format!("a: 1\nb: 2\n{}z: 3\n", "# padding\n".repeat(900));
        let mut finding = error(&source, "1");
        let long = "a label so long that it would run far beyond the right edge of the screen";
        finding.related = vec![
            samples::related("near", samples::find("a.yaml", &source, "2")),
            samples::related("far", samples::find("a.yaml", &source, "3")),
            samples::related(long, samples::find("a.yaml", &source, "b")),
            samples::related("nowhere", samples::location("", 0, 0, 0, 0)),
        ];
        assert_snapshot!(one(&source, finding), @"
        error[image/marker-unknown-policy]: it is wrong
         --> a.yaml:1:4
          |
        1 | a: 1
          |    ^
        2 | b: 2
          |    - near
        note: far
           --> a.yaml:903:4
            |
        903 | z: 3
            |    ^
        note: a label so long that it would run far beyond the right edge of the screen
         --> a.yaml:2:1
          |
        2 | b: 2
          | ^
        note: nowhere
        ");
    }

    #[test]
    fn many_related_places_are_counted() {
        let mut finding = error("kind: A\n", "A");
        let unknown = samples::related("here", samples::location("b.yaml", 3, 0, 0, 0));
        finding.related = vec![unknown; 10];
        let text = samples::render(
            Format::Human,
            &Report {
                findings: vec![finding],
                ..Report::default()
            },
            &|_| None,
            false,
        );
        assert_eq!(text.matches("note: here\n --> b.yaml:3\n").count(), 8);
        assert!(text.contains("note: and 2 more places\n"), "{text}");
    }

    #[test]
    fn a_finding_without_a_file_names_its_object() {
        let mut finding = error("kind: A\n", "A");
        finding.location = samples::location("", 0, 0, 0, 0);
        finding.object = samples::report().findings.remove(0).object;
        assert_snapshot!(one("", finding), @"
        error[image/marker-unknown-policy]: it is wrong
         --> Deployment app
        ");
    }

    #[test]
    fn control_characters_never_reach_the_terminal() {
        let source = "k\u{1b}]0;x\u{7}: \u{9b}31m v\u{202e}\u{85}\r x\n";
        let mut finding = error(source, "v");
        finding.message = "bad \u{1b}[31m\u{9d} value".to_owned();
        finding.help = Some("\u{1b}c\r\nmore".to_owned());
        finding.location.file = "a\u{1b}\n.yaml".to_owned();
        let place = samples::find("a\u{1b}\n.yaml", source, "x");
        finding.related = vec![samples::related("\u{8}\nhere", place)];
        let text = one(source, finding);
        let is_raw = |c: char| c != '\n' && c.is_control();
        assert!(!text.contains(is_raw), "{text:?}");
        assert_snapshot!(text, @"
        error[image/marker-unknown-policy]: bad ␛[31m� value
         --> a␛ .yaml:1:15
          |
        1 | k␛]0;x␇: ¿31m v�¿␍ x
          |      -        ^
          |      |
          |      ␈ here
          |
          = help: ␛c
                  more
        ");
    }

    #[test]
    fn notes_are_lines_of_their_own() {
        let notes = samples::text(|out| write_notes(&samples::report(), false, out));
        assert_eq!(notes, "note: unit `apps` has a remote base\n");
    }
}
