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

        let shown = finding.related.iter().take(RELATED_SHOWN);
        let is_here = |related: &&Related| related.location.file == finding.location.file;
        let (here, mut elsewhere): (Vec<_>, Vec<_>) = shown.partition(is_here);
        let level = level(finding.severity);
        let excerpt = self.excerpt(&finding.location, &here, level);
        let gutter = self.place(finding, excerpt.as_ref(), out)?;
        self.advice(finding, gutter, excerpt.is_some(), out)?;

        match excerpt {
            Some(excerpt) => {
                let rest = excerpt.left_out.iter().filter_map(|index| here.get(*index));
                elsewhere.extend(rest);
            }
            None => elsewhere.extend(here),
        }
        for related in elsewhere {
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

    fn excerpt(&self, at: &Location, here: &[&Related], level: Level<'static>) -> Option<Excerpt> {
        if at.file.is_empty() {
            return None;
        }
        let source = (self.view.source)(&at.file)?;
        let marks: Vec<_> = here.iter().map(|related| mark(related)).collect();
        snippet::draw(&source, at.line, at.span, &marks, level, &self.renderer)
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
