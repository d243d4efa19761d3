//! What became of each object that was asked something: a line for people as soon as it is known, a document at the end.

use std::io::{self, BufWriter, Write};
use std::time::Duration;

use owo_colors::OwoColorize;
use serde::Serialize;

use super::style::Palette;
use super::{DataFormat, text, write_json, write_yaml};
use crate::flux::live::{End, FluxKind, KindRef, Live, Outcome};

/// How many names a question shows.
const NAMES: usize = 30;

/// What became of all objects.
#[derive(Debug, Serialize)]
pub struct ResultsDocument {
    version: u32,
    results: Vec<ResultRow>,
    /// Clusters that gave no answer; only where several are asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<ContextError>>,
}

/// What became of one object.
#[derive(Clone, Debug, Serialize)]
pub struct ResultRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<String>,
    kind: String,
    namespace: String,
    name: String,
    outcome: &'static str,
    reason: String,
    message: String,
    revision: Option<String>,
    seconds: f64,
    #[serde(skip)]
    end: Outcome,
    /// What to do next, for people.
    #[serde(skip)]
    next: Option<String>,
    #[serde(skip)]
    is_aside: bool,
}

/// A cluster that gave no answer.
#[derive(Debug, Serialize)]
pub struct ContextError {
    /// The context.
    pub context: String,
    /// Why.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl ResultRow {
    /// Makes a row of an object, with the context of its cluster where there are several.
    pub fn new(context: Option<&str>, object: &Live, end: &End, took: Duration) -> Self {
        ResultRow {
            revision: object.revision(),
            seconds: rounded(took),
            ..Self::without_object(context, &object.kind_ref(), end)
        }
    }

    /// Makes a row of something that is not there.
    pub fn without_object(context: Option<&str>, what: &KindRef, end: &End) -> Self {
        ResultRow {
            context: context.map(str::to_owned),
            kind: what.kind.clone(),
            namespace: what.id.namespace.clone(),
            name: what.id.name.clone(),
            outcome: word(end.outcome),
            reason: end.said.reason.clone(),
            message: end.said.message.clone(),
            revision: None,
            seconds: 0.0,
            end: end.outcome,
            next: None,
            is_aside: false,
        }
    }

    /// Leaves it out of what people see.
    pub fn aside(mut self) -> Self {
        self.is_aside = true;
        self
    }

    /// Says what to do next.
    pub fn with_next(mut self, next: String) -> Self {
        self.next = Some(next);
        self
    }

    /// Returns how it ended, in one word.
    pub fn word(&self) -> &'static str {
        self.outcome
    }

    /// Returns how it ended.
    pub fn outcome(&self) -> Outcome {
        self.end
    }
}

impl ResultsDocument {
    /// Makes a document of rows, and of the clusters without an answer where several were asked.
    pub fn new(results: Vec<ResultRow>, errors: Option<Vec<ContextError>>) -> Self {
        ResultsDocument {
            version: 1,
            results,
            errors,
        }
    }
}

/// Seconds to the millisecond.
fn rounded(took: Duration) -> f64 {
    (took.as_secs_f64() * 1000.0).round() / 1000.0
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ready => "ready",
        Outcome::Failed => "failed",
        Outcome::Timeout => "timeout",
        Outcome::Suspended | Outcome::Stopped => "suspended",
        Outcome::NotFound => "not-found",
        Outcome::Static => "static",
        Outcome::Resumed => "resumed",
        Outcome::Unchanged => "unchanged",
    }
}

/// Writes the whole document for programs.
///
/// # Errors
/// Those of the writer.
pub fn write_results(
    format: DataFormat,
    document: &ResultsDocument,
    color: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match format {
        DataFormat::Human => write_blocks(&document.results, color, &mut out)?,
        DataFormat::Json => write_json(document, &mut out)?,
        DataFormat::Yaml => write_yaml(document, &mut out)?,
    }
    out.flush()
}

/// Writes the rows of each context below its name.
fn write_blocks(rows: &[ResultRow], color: bool, out: &mut dyn Write) -> io::Result<()> {
    let palette = Palette::new(color);
    for (index, block) in rows.chunk_by(|a, b| a.context == b.context).enumerate() {
        if let Some(context) = block.first().and_then(|row| row.context.as_ref()) {
            if index > 0 {
                writeln!(out)?;
            }
            writeln!(out, "{}", text::one_line(context).style(palette.strong))?;
        }
        block
            .iter()
            .try_for_each(|row| write_result(row, color, out))?;
    }
    Ok(())
}

/// Writes what became of one object for people: a line, and where it failed the whole message and what to do next.
///
/// # Errors
/// Those of the writer.
pub fn write_result(row: &ResultRow, color: bool, out: &mut dyn Write) -> io::Result<()> {
    if row.is_aside {
        return Ok(());
    }
    let palette = Palette::new(color);
    let (mark, style) = match row.end {
        Outcome::Ready | Outcome::Resumed | Outcome::Stopped => ("✔", palette.added),
        Outcome::Suspended | Outcome::Static | Outcome::Unchanged => ("–", palette.dim),
        Outcome::Failed | Outcome::Timeout | Outcome::NotFound => ("✗", palette.error),
    };
    write!(
        out,
        "{} {}",
        mark.style(style),
        name(row).style(palette.strong)
    )?;
    for part in [what(row), took(row)].into_iter().flatten() {
        write!(out, "  {part}")?;
    }
    writeln!(out)?;
    let is_told = match row.end {
        Outcome::Ready => true,
        // A word that the line has already.
        Outcome::Suspended => row.message == "it is suspended",
        _ => false,
    };
    if !is_told {
        for line in text::clean(&row.message).lines() {
            writeln!(out, "    {}", line.trim_end())?;
        }
    }
    row.next.as_ref().map_or(Ok(()), |next| {
        writeln!(
            out,
            "    {} {}",
            "next:".style(palette.hint),
            text::one_line(next)
        )
    })
}

/// Writes names, a line each; of many the first, and how many more there are.
///
/// # Errors
/// Those of the writer.
pub fn write_names(names: &[String], out: &mut dyn Write) -> io::Result<()> {
    for name in names.iter().take(NAMES) {
        writeln!(out, "  {}", text::one_line(name))?;
    }
    match names.len().saturating_sub(NAMES) {
        0 => Ok(()),
        more => writeln!(out, "  and {more} more"),
    }
}

fn name(row: &ResultRow) -> String {
    let place = [row.namespace.as_str(), row.name.as_str()];
    let place = place.into_iter().filter(|part| !part.is_empty());
    let place = place.collect::<Vec<_>>().join("/");
    text::one_line(&format!("{} {place}", row.kind)).into_owned()
}

/// Returns what there is to say on the line itself.
fn what(row: &ResultRow) -> Option<String> {
    let with_reason = |word: &str| match row.reason.is_empty() {
        true => word.to_owned(),
        false => format!("{word}: {}", text::one_line(&row.reason)),
    };
    let what = match row.end {
        Outcome::Ready => {
            let revision = row.revision.as_deref().filter(|text| !text.is_empty());
            text::short_hashes(revision?).into_owned()
        }
        Outcome::Failed => with_reason("failed"),
        Outcome::Timeout => with_reason("timed out"),
        Outcome::Suspended | Outcome::Stopped => "suspended".to_owned(),
        Outcome::NotFound => "not found".to_owned(),
        Outcome::Static => "nothing to do".to_owned(),
        Outcome::Resumed => "resumed".to_owned(),
        Outcome::Unchanged => "unchanged".to_owned(),
    };
    Some(text::one_line(&what).into_owned())
}

fn took(row: &ResultRow) -> Option<String> {
    let is_timed = matches!(row.end, Outcome::Ready | Outcome::Failed | Outcome::Timeout);
    (is_timed && row.seconds > 0.0).then(|| format!("{:.1}s", row.seconds))
}

/// Returns the line of an object that is worked on: what it is, what is in the way, and how long that takes so far.
pub fn progress_line(kind: &FluxKind, place: &str, what: &str, so_far: Duration) -> String {
    let line = format!("{kind} {place}  {what}  {}", text::span(so_far.as_secs()));
    text::short_hashes(&text::one_line(&line)).into_owned()
}
