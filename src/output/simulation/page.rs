//! One simulation for a person: the outcome, or a table of the candidates and of the others by reason.

use std::borrow::Cow;
use std::io::{self, Write};

use super::reason;
use super::{Detail, Simulation, Verdict};
use crate::image::{Fate, Fault, PolicyChoice, Selection, TagFate};
use crate::output::style::Palette;
use crate::output::text::{self, one_line};

/// Candidates that are shown if there are more.
const CANDIDATES: usize = 10;
/// Tags of one reason that are shown if there are more.
pub(super) const EXAMPLES: usize = 12;

/// Writes one simulation.
pub(super) fn write(
    simulation: &Simulation<'_>,
    detail: Detail,
    color: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = Page {
        simulation,
        palette: Palette::new(color),
        detail,
    };
    match &simulation.verdict {
        Verdict::Unknown(why) => writeln!(out, "{}: unknown: {}", page.name(), one_line(why)),
        Verdict::Judged(selection) if detail == Detail::Outcome => page.outcome(selection, out),
        Verdict::Judged(selection) => page.table(selection, out),
    }
}

/// Joins the first of several tags.
pub(super) fn listed(tags: &[&str], most: usize) -> String {
    let shown: Vec<Cow<'_, str>> = tags.iter().take(most).map(|tag| one_line(tag)).collect();
    let rest = tags.len().saturating_sub(most);
    match rest {
        0 => shown.join(", "),
        _ => format!("{}, and {rest} more", shown.join(", ")),
    }
}

/// One simulation on its way to a person.
struct Page<'s> {
    simulation: &'s Simulation<'s>,
    palette: Palette,
    detail: Detail,
}

impl Page<'_> {
    fn name(&self) -> String {
        let name = one_line(&self.simulation.name()).into_owned();
        self.palette.strong.style(name).to_string()
    }

    fn outcome(&self, selection: &Selection<'_>, out: &mut dyn Write) -> io::Result<()> {
        self.verdict(selection, out)?;
        self.faults(out)?;
        if selection.winner.is_none() {
            self.others(selection, out)?;
        }
        self.added(selection, out)
    }

    fn table(&self, selection: &Selection<'_>, out: &mut dyn Write) -> io::Result<()> {
        self.verdict(selection, out)?;
        writeln!(out, "{}", self.palette.dim.style(self.policy()))?;
        self.faults(out)?;
        self.ranking(selection, out)?;
        self.others(selection, out)?;
        self.added(selection, out)
    }

    /// Writes the outcome: `flux-system/app: 1.5.0 wins, of 312 tags from the registry; next is 1.4.9`.
    fn verdict(&self, selection: &Selection<'_>, out: &mut dyn Write) -> io::Result<()> {
        let name = self.name();
        let from = format!(
            "among {} of {}",
            text::count(selection.tags.len(), "tag"),
            self.simulation.source_name()
        );
        match (selection.winner, &selection.error) {
            (Some(winner), _) => {
                let winner = self
                    .palette
                    .note
                    .style(one_line(winner).into_owned())
                    .to_string();
                let next = selection.tags.get(1).filter(|fate| fate.rank.is_some());
                let next = next.map_or("it is the only candidate".to_owned(), |fate| {
                    format!("next is {}", one_line(fate.tag))
                });
                writeln!(out, "{name}: {winner} wins {from}; {next}")
            }
            (None, Some(error)) => {
                let none = self.palette.error.style("no tag wins");
                let error = one_line(&error.message).into_owned();
                let from = if selection.tags.is_empty() {
                    String::new()
                } else {
                    format!(" {from}")
                };
                writeln!(out, "{name}: {none}{from}: {error}")
            }
            (None, None) => {
                let random = self.palette.warning.style("Flux picks at random");
                let any = listed(&selection.ambiguous, EXAMPLES);
                writeln!(
                    out,
                    "{name}: {random} {from}, for their keys are equal: {any}"
                )
            }
        }
    }

    /// Returns what the policy says, in one line.
    fn policy(&self) -> String {
        let spec = self.simulation.spec;
        let mut parts = vec![match &spec.choice {
            None => "no policy".to_owned(),
            Some(PolicyChoice::SemVer { range }) => format!("semver `{range}`"),
            Some(PolicyChoice::Alphabetical { order }) => {
                format!("alphabetical {}", order_of(order))
            }
            Some(PolicyChoice::Numerical { order }) => format!("numerical {}", order_of(order)),
        }];
        if let Some(filter) = &spec.filter {
            parts.push(format!("pattern `{}`", filter.pattern));
            if !filter.extract.is_empty() {
                parts.push(format!("extract `{}`", filter.extract));
            }
        }
        if !spec.exclusions.is_empty() {
            let exclusions = spec.exclusions.iter().map(|e| format!("`{e}`"));
            let exclusions: Vec<String> = exclusions.collect();
            parts.push(format!("without {}", exclusions.join(", ")));
        }
        if let Some(image) = self.simulation.image {
            parts.insert(0, image.to_owned());
        }
        one_line(&parts.join(" · ")).into_owned()
    }

    /// Shows where in the policy its faults are.
    fn faults(&self, out: &mut dyn Write) -> io::Result<()> {
        for fault in self.simulation.spec.faults() {
            self.fault(&fault, out)?;
        }
        Ok(())
    }

    fn fault(&self, fault: &Fault, out: &mut dyn Write) -> io::Result<()> {
        let part = |range| {
            text::clean_in_place(fault.text.get(range).unwrap_or_default())
                .replace(char::is_control, " ")
        };
        let before = part(0..fault.at.start);
        let wrong = part(fault.at.clone());
        let whole = part(0..fault.text.len());
        let indent = " ".repeat(fault.field.len() + 4 + before.chars().count());
        let marks = "^".repeat(wrong.chars().count().max(1));
        writeln!(out, "  {}: {whole}", fault.field)?;
        writeln!(
            out,
            "{indent}{} {}",
            self.palette.error.style(marks),
            fault.help
        )
    }

    fn ranking(&self, selection: &Selection<'_>, out: &mut dyn Write) -> io::Result<()> {
        let ranked: Vec<&TagFate<'_>> = selection
            .tags
            .iter()
            .filter(|fate| fate.rank.is_some())
            .collect();
        if ranked.is_empty() {
            return Ok(());
        }
        let most = match self.detail {
            Detail::Everything => ranked.len(),
            _ if ranked.len() <= CANDIDATES + 2 => ranked.len(),
            _ => CANDIDATES,
        };
        let shown: Vec<Candidate<'_>> = ranked
            .iter()
            .take(most)
            .map(|f| Candidate::of(f, selection))
            .collect();
        let with_keys = ranked.iter().any(|f| f.key.as_deref() != Some(f.tag));
        let width = |cells: &mut dyn Iterator<Item = &str>| cells.map(|c| c.chars().count()).max();
        let tags = width(&mut shown.iter().map(|c| c.tag.as_ref()))
            .unwrap_or(0)
            .max(3);
        let keys = width(&mut shown.iter().map(|c| c.key.as_ref()))
            .unwrap_or(0)
            .max(3);
        let head = match with_keys {
            true => format!("RANK  {:tags$}  KEY", "TAG"),
            false => "RANK  TAG".to_owned(),
        };
        writeln!(out, "\n{}", self.palette.strong.style(head))?;
        for candidate in &shown {
            let Candidate {
                rank,
                tag,
                key,
                note,
            } = candidate;
            let mut line = format!("{rank:>4}  {tag:tags$}");
            if with_keys {
                line.push_str(&format!("  {key:keys$}"));
            }
            line.push_str(&format!("  {note}"));
            let line = line.trim_end();
            match *rank {
                1 => writeln!(out, "{}", self.palette.note.style(line))?,
                _ => writeln!(out, "{line}")?,
            }
        }
        match (ranked.len() - shown.len(), ranked.last()) {
            (rest, Some(last)) if rest > 0 => {
                let last = one_line(last.tag);
                writeln!(out, "      and {rest} more, the last is {last}")
            }
            _ => Ok(()),
        }
    }

    /// Writes the tags that are no candidates, by reason.
    fn others(&self, selection: &Selection<'_>, out: &mut dyn Write) -> io::Result<()> {
        let groups = reason::groups(selection);
        if groups.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", self.palette.strong.style("COUNT  WHY NOT"))?;
        for (reason, fates) in &groups {
            let label = one_line(&reason.label()).into_owned();
            writeln!(out, "{:>5}  {label}", fates.len())?;
            for line in text::wrap(&self.examples(fates), text::WIDTH - 9) {
                writeln!(out, "         {}", self.palette.dim.style(line))?;
            }
        }
        Ok(())
    }

    fn examples(&self, fates: &[&TagFate<'_>]) -> String {
        let most = match self.detail {
            Detail::Everything => fates.len(),
            _ => EXAMPLES,
        };
        let shown: Vec<String> = fates
            .iter()
            .take(most)
            .map(|fate| reason::example(fate))
            .collect();
        let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
        let rest = fates.len() - shown.len();
        match rest {
            0 => shown.join(", "),
            _ => format!("{}, and {rest} more", shown.join(", ")),
        }
    }

    /// Answers "if this were pushed, would it win?".
    fn added(&self, selection: &Selection<'_>, out: &mut dyn Write) -> io::Result<()> {
        let added = self.simulation.added;
        if added.is_empty() || selection.tags.is_empty() {
            return Ok(());
        }
        writeln!(out)?;
        for tag in added {
            let fate = selection.tags.iter().find(|fate| fate.tag == tag);
            let tag = one_line(tag);
            match fate.map(|fate| &fate.fate) {
                Some(Fate::Winner) => writeln!(out, "{tag} would win")?,
                Some(_) if selection.ambiguous.contains(&tag.as_ref()) => {
                    writeln!(out, "{tag} might win: Flux would pick at random")?;
                }
                Some(fate) => {
                    writeln!(out, "{tag} would not win: {}", one_line(&fate.to_string()))?;
                }
                None => {}
            }
        }
        Ok(())
    }
}

fn order_of(order: &str) -> &str {
    if order.is_empty() { "asc" } else { order }
}

/// A line of the ranking.
struct Candidate<'t> {
    rank: usize,
    tag: Cow<'t, str>,
    key: Cow<'t, str>,
    note: &'static str,
}

impl<'t> Candidate<'t> {
    fn of(fate: &'t TagFate<'_>, selection: &Selection<'_>) -> Self {
        let rank = fate.rank.unwrap_or_default();
        let note = match (&fate.fate, rank) {
            (Fate::Winner, _) => "winner",
            (_, 1) if !selection.ambiguous.is_empty() => "may win",
            (_, 2) => "runner-up",
            _ => "",
        };
        Candidate {
            rank,
            tag: one_line(fate.tag),
            key: one_line(fate.key.as_deref().unwrap_or_default()),
            note,
        }
    }
}
