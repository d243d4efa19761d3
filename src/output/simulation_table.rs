//! Simulations for people: a line each, or a table of the candidates and of the others by reason.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use smol_str::SmolStr;

use super::simulation::{Detail, Simulation, Verdict};
use super::style::Palette;
use super::text::{self, one_line};
use crate::image::semver::{Mismatch, VersionError};
use crate::image::{Fate, Fault, PolicyChoice, Rejection, Selection, TagFate};

/// Candidates that are shown if there are more.
const CANDIDATES: usize = 10;
/// Tags of one reason that are shown if there are more.
const EXAMPLES: usize = 12;

/// Writes one simulation.
pub(super) fn write_one(
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

/// Writes several simulations, one below the other.
pub(super) fn write_all(
    simulations: &[Simulation<'_>],
    detail: Detail,
    color: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (index, simulation) in simulations.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        write_one(simulation, detail, color, out)?;
    }
    Ok(())
}

/// Writes several simulations, a line each.
pub(super) fn write_list(
    simulations: &[Simulation<'_>],
    color: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    if simulations.is_empty() {
        return writeln!(out, "no image policies");
    }
    let palette = Palette::new(color);
    let with_cluster = simulations.iter().any(|s| s.cluster.is_some());
    let head = ["CLUSTER", "POLICY", "IMAGE", "TAGS", "WINNER"].map(str::to_owned);
    let rows = simulations.iter().map(row);
    let rows: Vec<[String; 5]> = std::iter::once(head).chain(rows).collect();
    let widths: Vec<usize> = (0..4)
        .map(|c| {
            rows.iter()
                .filter_map(|row| Some(row.get(c)?.chars().count()))
                .max()
        })
        .map(Option::unwrap_or_default)
        .collect();
    for (index, row) in rows.iter().enumerate() {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            match column {
                0 if !with_cluster => {}
                3 => line.push_str(&format!("{cell:>width$}   ")),
                _ => line.push_str(&format!("{cell:width$}   ")),
            }
        }
        line.push_str(row.last().map_or("", String::as_str));
        match index {
            0 => writeln!(out, "{}", palette.strong.style(line))?,
            _ => writeln!(out, "{line}")?,
        }
    }
    Ok(())
}

fn row(simulation: &Simulation<'_>) -> [String; 5] {
    let (tags, winner) = match &simulation.verdict {
        Verdict::Unknown(_) => ("-".to_owned(), "unknown".to_owned()),
        Verdict::Judged(selection) => {
            let winner = match (selection.winner, &selection.error) {
                (Some(winner), _) => winner.to_owned(),
                (None, Some(error)) => format!("none: {error}"),
                (None, None) => format!("at random: {}", listed(&selection.ambiguous, EXAMPLES)),
            };
            (selection.tags.len().to_string(), winner)
        }
    };
    let cluster = simulation.cluster.unwrap_or_default().to_owned();
    let image = simulation.image.unwrap_or("-").to_owned();
    [cluster, name(simulation), image, tags, winner].map(|cell| one_line(&cell).into_owned())
}

fn name(simulation: &Simulation<'_>) -> String {
    match simulation.policy {
        Some((namespace, name)) => format!("{namespace}/{name}"),
        None => "this policy".to_owned(),
    }
}

/// Joins the first of several tags.
fn listed(tags: &[&str], most: usize) -> String {
    let shown: Vec<Cow<'_, str>> = tags.iter().take(most).map(|tag| one_line(tag)).collect();
    let rest = tags.len().saturating_sub(most);
    match rest {
        0 => shown.join(", "),
        _ => format!("{}, and {rest} more", shown.join(", ")),
    }
}

/// Why tags are no candidates, the nearest misses first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    Unranked,
    Prerelease(SmolStr),
    OutOfRange(SmolStr),
    DuplicateKey,
    NoNumber,
    NoVersion(VersionError),
    Filtered(SmolStr),
    Excluded(SmolStr),
    Invalid,
}

impl Reason {
    /// Returns the reason, or nothing for those in the ranking.
    fn of(fate: &TagFate<'_>) -> Option<Self> {
        let reason = match &fate.fate {
            Fate::Winner => return None,
            Fate::Candidate { .. } if fate.rank.is_some() => return None,
            Fate::Candidate { .. } => Reason::Unranked,
            Fate::DuplicateKey { .. } => Reason::DuplicateKey,
            Fate::Rejected(rejection) => match rejection {
                Rejection::Excluded { pattern } => Reason::Excluded(pattern.clone()),
                Rejection::Filtered { pattern } => Reason::Filtered(pattern.clone()),
                Rejection::NoVersion { cause, .. } => Reason::NoVersion(*cause),
                Rejection::NoNumber { .. } => Reason::NoNumber,
                Rejection::OutOfRange {
                    range, mismatch, ..
                } => match mismatch {
                    Mismatch::Prerelease => Reason::Prerelease(range.clone()),
                    Mismatch::OutOfRange => Reason::OutOfRange(range.clone()),
                },
                Rejection::Invalid(_) => Reason::Invalid,
            },
        };
        Some(reason)
    }

    fn label(&self) -> String {
        match self {
            Reason::Unranked => "would take part if every key were a number".to_owned(),
            Reason::Prerelease(range) => {
                format!("a prerelease, which the range `{range}` does not let in")
            }
            Reason::OutOfRange(range) => format!("outside the range `{range}`"),
            Reason::DuplicateKey => {
                "another tag gives the same key, and Flux keeps that one".to_owned()
            }
            Reason::NoNumber => "no number: one such key fails the whole policy".to_owned(),
            Reason::NoVersion(cause) => format!("no version: {cause}"),
            Reason::Filtered(pattern) => format!("does not match the pattern `{pattern}`"),
            Reason::Excluded(pattern) => format!("the exclusion list has `{pattern}`"),
            Reason::Invalid => "the policy is invalid".to_owned(),
        }
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
        let name = one_line(&name(self.simulation)).into_owned();
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
            "of {} from {}",
            text::count(selection.tags.len(), "tag"),
            one_line(self.simulation.source)
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
                writeln!(out, "{name}: {winner} wins, {from}; {next}")
            }
            (None, Some(error)) => {
                let none = self.palette.error.style("no tag wins");
                let error = one_line(&error.message).into_owned();
                let from = if selection.tags.is_empty() {
                    String::new()
                } else {
                    format!(", {from}")
                };
                writeln!(out, "{name}: {none}{from}: {error}")
            }
            (None, None) => {
                let random = self.palette.warning.style("Flux picks at random");
                let any = listed(&selection.ambiguous, EXAMPLES);
                writeln!(
                    out,
                    "{name}: {random} among {any}, {from}: their keys are equal"
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
        let mut groups: BTreeMap<Reason, Vec<&TagFate<'_>>> = BTreeMap::new();
        for fate in &selection.tags {
            if let Some(reason) = Reason::of(fate) {
                groups.entry(reason).or_default().push(fate);
            }
        }
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
        let shown: Vec<String> = fates.iter().take(most).map(|fate| example(fate)).collect();
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

/// Returns a tag as an example; with its key where that is what failed.
fn example(fate: &TagFate<'_>) -> String {
    let tag = one_line(fate.tag);
    match &fate.fate {
        Fate::DuplicateKey { by } => format!("{tag} (as {})", one_line(by)),
        _ => match &fate.key {
            Some(key) if key != fate.tag => format!("{tag} (`{}`)", one_line(key)),
            _ => tag.into_owned(),
        },
    }
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
