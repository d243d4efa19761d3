//! The checklist as Markdown, for an issue: a table of what is not well, what passes to unfold, the command.

use std::io::{self, Write};

use super::{Checklist, Ran, Summary, by_area};
use crate::output::markdown::{code, fence, prose};
use crate::output::text;
use crate::preflight::{Check, CommandLine, Verdict, shell_quoted};

pub(super) fn write(list: &Checklist<'_>, out: &mut dyn Write) -> io::Result<()> {
    let summary = Summary::of(list.checks).sentence();
    writeln!(
        out,
        "### {}: {summary}",
        prose(&text::one_line(list.subject))
    )?;
    write_checks(list.checks, out)?;
    if let Some(command) = list.command {
        write_command(command, out)?;
    }
    if let Some(ran) = list.ran {
        write_ran(ran, out)?;
    }
    if !list.next.is_empty() {
        writeln!(out, "\n#### Next\n")?;
        for step in list.next {
            writeln!(out, "- {}", prose(&text::one_line(step)))?;
        }
    }
    Ok(())
}

fn write_checks(checks: &[Check], out: &mut dyn Write) -> io::Result<()> {
    for (area, checks) in by_area(checks) {
        let (good, bad): (Vec<&Check>, Vec<&Check>) = checks
            .into_iter()
            .partition(|check| check.verdict == Verdict::Pass);
        writeln!(out, "\n#### {area}\n")?;
        for check in &bad {
            write_bad(check, out)?;
        }
        if !bad.is_empty() && !good.is_empty() {
            writeln!(out)?;
        }
        if !good.is_empty() {
            writeln!(out, "<details>\n<summary>{} pass</summary>\n", good.len())?;
            for check in good {
                let (title, detail) = (text::one_line(&check.title), text::one_line(&check.detail));
                let id = code(check.id);
                writeln!(out, "- [x] {} ({id}): {}", prose(&title), prose(&detail))?;
            }
            writeln!(out, "\n</details>")?;
        }
    }
    Ok(())
}

fn write_bad(check: &Check, out: &mut dyn Write) -> io::Result<()> {
    let word = match check.verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "**FAIL**",
        Verdict::Warn => "**warn**",
        Verdict::Unknown => "unknown",
    };
    let title = prose(&text::one_line(&check.title));
    let detail = prose(&text::one_line(&check.detail));
    writeln!(out, "- [ ] {word} {title} ({}): {detail}", code(check.id))?;
    match &check.help {
        Some(help) => writeln!(out, "  - help: {}", prose(&text::one_line(help))),
        None => Ok(()),
    }
}

fn write_command(command: &CommandLine, out: &mut dyn Write) -> io::Result<()> {
    let words = command.shown();
    let words = words
        .iter()
        .map(|word| text::one_line(&shell_quoted(word)).into_owned());
    let line = words.collect::<Vec<_>>().join(" ");
    let fence = fence(&line, 3);
    writeln!(out, "\n#### The command\n\n{fence}sh\n{line}\n{fence}\n")?;
    writeln!(out, "| Flag | Because of |\n|---|---|")?;
    for flag in &command.flags {
        let argument = text::one_line(&flag.shown()).into_owned();
        let cells = [code(&argument), prose(&text::one_line(&flag.why))];
        let cells = cells.map(|cell| cell.replace('|', "\\|"));
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    Ok(())
}

/// Writes what came of the run.
fn write_ran(ran: &Ran, out: &mut dyn Write) -> io::Result<()> {
    let word = if ran.succeeded { "succeeded" } else { "failed" };
    writeln!(out, "\n#### After the run\n\nflux {word} ({}).", ran.ended)?;
    if !ran.succeeded {
        let last: Vec<_> = ran.last.iter().map(|line| text::one_line(line)).collect();
        let last = last.join("\n");
        let fence = fence(&last, 3);
        writeln!(out, "\n{fence}text\n{last}\n{fence}")?;
    }
    write_checks(&ran.after, out)
}
