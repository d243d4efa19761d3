//! The checklist for people: a part for each area, a line for what is well, the detail and the way out for what is not.

use std::io::{self, Write};

use owo_colors::{OwoColorize, Style};

use super::{Checklist, ChecklistStyle, Summary, by_area};
use crate::output::style::Palette;
use crate::output::text;
use crate::preflight::{Check, CommandLine, Verdict, shell_quoted};

/// The least width that text is wrapped to.
const NARROW: usize = 60;
/// The widest that prose is wrapped to.
const WIDE: usize = 110;
/// The widest that the column of flags gets.
const FLAGS: usize = 40;

struct Writer<'a> {
    palette: Palette,
    width: usize,
    style: ChecklistStyle,
    out: &'a mut dyn Write,
}

pub(super) fn write(
    list: &Checklist<'_>,
    style: ChecklistStyle,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut writer = Writer {
        palette: Palette::new(style.color),
        width: style.width.unwrap_or(WIDE).clamp(NARROW, WIDE),
        style,
        out,
    };
    writer.all(list)
}

impl Writer<'_> {
    fn all(&mut self, list: &Checklist<'_>) -> io::Result<()> {
        let strong = self.palette.strong;
        self.prose(list.subject, "", "", strong)?;
        for (area, checks) in by_area(list.checks) {
            writeln!(self.out, "\n{}", area.style(strong))?;
            for check in checks {
                self.check(check)?;
            }
        }
        let summary = Summary::of(list.checks);
        let style = match summary {
            Summary { fail: 1.., .. } => self.palette.error,
            Summary { warn: 1.., .. } => self.palette.warning,
            Summary { unknown: 1.., .. } => self.palette.strong,
            _ => self.palette.note,
        };
        writeln!(self.out, "\n{}", summary.sentence().style(style))?;
        if let Some(command) = list.command {
            self.command(command, summary)?;
        }
        self.next(list.next)
    }

    /// Writes a check; one that passes says no more than that, unless everything is wanted.
    fn check(&mut self, check: &Check) -> io::Result<()> {
        let (symbol, word, style) = match check.verdict {
            Verdict::Pass => ("✔", "pass", self.palette.added),
            Verdict::Fail => ("✗", "FAIL", self.palette.error),
            Verdict::Warn => ("!", "warn", self.palette.warning),
            Verdict::Unknown => ("?", "unknown", self.palette.hint),
        };
        let label = match self.style.color {
            true => format!("{symbol} {word:<7}"),
            false => format!("{word:<7}"),
        };
        let indent = 2 + label.chars().count() + 2;
        let blanks = " ".repeat(indent);
        let id = match self.style.is_verbose {
            true => format!(" ({})", check.id),
            false => String::new(),
        };
        let title = format!("{}{id}", text::one_line(&check.title));
        for (index, line) in text::wrap(&title, self.width - indent).iter().enumerate() {
            match index {
                0 => writeln!(self.out, "  {}  {line}", label.style(style))?,
                _ => writeln!(self.out, "{blanks}{line}")?,
            }
        }
        if check.verdict == Verdict::Pass && !self.style.is_verbose {
            return Ok(());
        }
        let quiet = match check.verdict {
            Verdict::Pass => self.palette.dim,
            _ => self.palette.plain,
        };
        if !check.detail.is_empty() {
            self.prose(&check.detail, &blanks, &blanks, quiet)?;
        }
        match &check.help {
            Some(help) => {
                let first = format!("{blanks}help: ");
                let rest = format!("{blanks}      ");
                self.prose(help, &first, &rest, self.palette.code)
            }
            None => Ok(()),
        }
    }

    /// Writes wrapped text, with something before its first line and something before the others.
    fn prose(&mut self, prose: &str, first: &str, rest: &str, style: Style) -> io::Result<()> {
        let room = self.width.saturating_sub(first.chars().count());
        let clean = text::clean(prose);
        for (index, line) in text::wrap(&clean, room.max(NARROW / 2)).iter().enumerate() {
            let before = if index == 0 { first } else { rest };
            writeln!(self.out, "{before}{}", line.style(style))?;
        }
        Ok(())
    }

    /// Writes the command, ready to be copied, and the reason for each flag.
    fn command(&mut self, command: &CommandLine, summary: Summary) -> io::Result<()> {
        let head = match summary.fail {
            0 => "The command",
            _ => "The command, once nothing fails",
        };
        writeln!(self.out, "\n{}", head.style(self.palette.strong))?;
        for line in self.folded(command) {
            writeln!(self.out, "  {}", line.style(self.palette.code))?;
        }
        writeln!(self.out)?;
        let flags: Vec<(String, &str)> = command
            .flags
            .iter()
            .map(|flag| {
                (
                    text::one_line(&shell_quoted(&flag.shown())).into_owned(),
                    flag.why.as_str(),
                )
            })
            .collect();
        let longest = flags.iter().map(|(flag, _)| flag.chars().count());
        let column = longest
            .filter(|&n| n <= FLAGS)
            .max()
            .unwrap_or(0)
            .min(self.width / 2);
        let blanks = " ".repeat(column + 4);
        for (flag, why) in flags {
            let fits = flag.chars().count() <= column;
            let first = match fits {
                true => format!("  {flag:<column$}  "),
                false => {
                    writeln!(self.out, "  {flag}")?;
                    blanks.clone()
                }
            };
            self.prose(&text::one_line(why), &first, &blanks, self.palette.dim)?;
        }
        Ok(())
    }

    /// Breaks the command into lines that a shell reads as one.
    fn folded(&self, command: &CommandLine) -> Vec<String> {
        let mut lines = vec![String::new()];
        for argument in command.shown() {
            let word = text::one_line(&shell_quoted(&argument)).into_owned();
            let Some(line) = lines.last_mut() else {
                continue;
            };
            let used = line.chars().count() + 1 + word.chars().count();
            if line.is_empty() {
                line.push_str(&word);
            } else if used + 2 <= self.width - 2 {
                line.push(' ');
                line.push_str(&word);
            } else {
                line.push_str(" \\");
                lines.push(format!("  {word}"));
            }
        }
        lines
    }

    fn next(&mut self, next: &[String]) -> io::Result<()> {
        if next.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\n{}", "Next".style(self.palette.strong))?;
        for step in next {
            self.prose(&text::one_line(step), "  - ", "    ", self.palette.plain)?;
        }
        Ok(())
    }
}
