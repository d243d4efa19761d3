//! A checklist: checks with their verdicts, and the command that follows; for people, as data, as Markdown for an issue.

mod human;
mod markdown;
#[cfg(test)]
mod tests;

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use super::{ChecklistFormat, write_json, write_yaml};
use crate::preflight::{Area, Check, CommandLine, Flag, Verdict};

/// What is shown.
#[derive(Clone, Copy, Debug)]
pub struct Checklist<'a> {
    /// What was looked at: one line.
    pub subject: &'a str,
    /// The checks, in any order.
    pub checks: &'a [Check],
    /// The command that follows; none where there is nothing to run.
    pub command: Option<&'a CommandLine>,
    /// What came of running it, if it was run.
    pub ran: Option<&'a Ran>,
    /// What to do next, a line each.
    pub next: &'a [String],
}

/// What came of running the command.
#[derive(Clone, Debug)]
pub struct Ran {
    /// Whether it succeeded.
    pub succeeded: bool,
    /// Whether it gave up because its time was over.
    pub timed_out: bool,
    /// How it ended: `exit status 1`.
    pub ended: String,
    /// The last lines that it wrote.
    pub last: Vec<String>,
    /// The checks of what there is afterwards.
    pub after: Vec<Check>,
}

/// How it is shown to people.
#[derive(Clone, Copy, Debug)]
pub struct ChecklistStyle {
    /// The width of the terminal; nothing where there is none.
    pub width: Option<usize>,
    /// Whether in colour, which goes with symbols.
    pub color: bool,
    /// Whether checks that pass say more than that.
    pub is_verbose: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    version: u8,
    checks: Vec<CheckEntry<'a>>,
    summary: Summary,
    command: Option<Vec<String>>,
    flags: Vec<FlagEntry<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<RunEntry<'a>>,
    next: &'a [String],
}

#[derive(Serialize)]
struct RunEntry<'a> {
    succeeded: bool,
    ended: &'a str,
    last: &'a [String],
    checks: Vec<CheckEntry<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct CheckEntry<'a> {
    id: &'a str,
    area: &'static str,
    title: &'a str,
    verdict: &'static str,
    detail: &'a str,
    help: Option<&'a str>,
}

/// How many checks say what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Summary {
    fail: usize,
    warn: usize,
    unknown: usize,
    pass: usize,
}

#[derive(Serialize)]
struct FlagEntry<'a> {
    flag: &'a str,
    value: Option<&'a str>,
    why: &'a str,
}

/// Writes a checklist in the format asked for.
///
/// # Errors
/// Whatever `out` reports.
pub fn write_checklist(
    format: ChecklistFormat,
    list: &Checklist<'_>,
    style: ChecklistStyle,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut buffer = BufWriter::new(out);
    match format {
        ChecklistFormat::Human => human::write(list, style, &mut buffer),
        ChecklistFormat::Json => write_json(&document(list), &mut buffer),
        ChecklistFormat::Yaml => write_yaml(&document(list), &mut buffer),
        ChecklistFormat::Markdown => markdown::write(list, &mut buffer),
    }?;
    buffer.flush()
}

fn document<'a>(list: &Checklist<'a>) -> Document<'a> {
    let flag = |flag: &'a Flag| FlagEntry {
        flag: &flag.name,
        value: flag.shown_value(),
        why: &flag.why,
    };
    Document {
        version: 1,
        checks: list.checks.iter().map(entry).collect(),
        summary: Summary::of(list.checks),
        command: list.command.map(CommandLine::shown),
        flags: list
            .command
            .iter()
            .flat_map(|line| line.flags.iter().map(flag))
            .collect(),
        run: list.ran.map(|ran| RunEntry {
            succeeded: ran.succeeded,
            ended: &ran.ended,
            last: &ran.last,
            checks: ran.after.iter().map(entry).collect(),
            summary: Summary::of(&ran.after),
        }),
        next: list.next,
    }
}

fn entry(check: &Check) -> CheckEntry<'_> {
    CheckEntry {
        id: check.id,
        area: match check.area {
            Area::Repository => "repository",
            Area::Machine => "machine",
            Area::Forge => "forge",
            Area::Cluster => "cluster",
        },
        title: &check.title,
        verdict: match check.verdict {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Warn => "warn",
            Verdict::Unknown => "unknown",
        },
        detail: &check.detail,
        help: check.help.as_deref(),
    }
}

impl Summary {
    fn of(checks: &[Check]) -> Summary {
        let mut summary = Summary::default();
        for check in checks {
            match check.verdict {
                Verdict::Pass => summary.pass += 1,
                Verdict::Fail => summary.fail += 1,
                Verdict::Warn => summary.warn += 1,
                Verdict::Unknown => summary.unknown += 1,
            }
        }
        summary
    }

    /// Returns `2 fail, 1 warn, 3 unknown, 17 pass`.
    fn sentence(self) -> String {
        let all = [
            (self.fail, "fail"),
            (self.warn, "warn"),
            (self.unknown, "unknown"),
            (self.pass, "pass"),
        ];
        let some = all.into_iter().filter(|(number, _)| *number > 0);
        let some: Vec<String> = some
            .map(|(number, word)| format!("{number} {word}"))
            .collect();
        match some.as_slice() {
            [] => "nothing was looked at".to_owned(),
            some => some.join(", "),
        }
    }
}

/// Returns the checks by what they are about, in the order of the areas; those without any are left out.
fn by_area(checks: &[Check]) -> Vec<(&'static str, Vec<&Check>)> {
    let areas = [
        (Area::Repository, "Repository"),
        (Area::Machine, "This machine"),
        (Area::Forge, "Server of the repository"),
        (Area::Cluster, "Cluster"),
    ];
    let parts = areas.into_iter().map(|(area, name)| {
        let of_area = checks.iter().filter(|check| check.area == area);
        (name, of_area.collect::<Vec<_>>())
    });
    parts.filter(|(_, checks)| !checks.is_empty()).collect()
}
