//! The answer for people: a table for each family of kinds, what is not ready first, and a line that counts.

use std::io::{self, BufWriter, Write};

use owo_colors::{OwoColorize, Style};

use super::super::style::Palette;
use super::super::table::{Cell, Table};
use super::super::{DataFormat, text, write_json, write_yaml};
use super::Look;
use super::document::{StatusDocument, Tally};
use super::row::{Standing, StatusRow};
use super::service::{self, ServiceStatus};
use crate::flux::live::Family;

/// So many of those that are not ready are named at the end.
const NAMED: usize = 6;
/// How far messages stand in below their rows.
const INDENT: usize = 4;

/// Writes the document in the format asked for.
///
/// # Errors
/// Those of the writer.
pub fn write_status(
    format: DataFormat,
    document: &StatusDocument,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match format {
        DataFormat::Human => write_page(document, look, &mut out)?,
        DataFormat::Json => write_json(document, &mut out)?,
        DataFormat::Yaml => write_yaml(document, &mut out)?,
    }
    out.flush()
}

/// Returns the clusters of a document, with what they count.
fn blocks(document: &StatusDocument) -> Vec<(Option<&str>, Tally)> {
    match document.contexts.is_empty() {
        true => vec![(None, document.summary)],
        false => document
            .contexts
            .iter()
            .map(|(context, tally)| (Some(context.as_str()), *tally))
            .collect(),
    }
}

/// Returns the services and the objects of a cluster.
fn parts<'d>(
    document: &'d StatusDocument,
    context: Option<&str>,
) -> (Vec<&'d ServiceStatus>, Vec<&'d StatusRow>) {
    let services = document.services.iter();
    let objects = document.objects.iter();
    (
        services
            .filter(|s| s.context.as_deref() == context)
            .collect(),
        objects
            .filter(|o| o.context.as_deref() == context)
            .collect(),
    )
}

/// Returns the objects that belong to none of the services.
fn alone<'d>(rows: &[&'d StatusRow], services: &[&ServiceStatus]) -> Vec<&'d StatusRow> {
    let is_alone = |row: &&StatusRow| services.iter().all(|service| !service.has(row));
    rows.iter().copied().filter(is_alone).collect()
}

fn write_page(document: &StatusDocument, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let palette = Palette::new(look.color);
    for (number, (context, tally)) in blocks(document).into_iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        if let Some(context) = context {
            let heading = format!("context {}", text::one_line(context));
            writeln!(out, "{}", heading.style(palette.strong))?;
        }
        let (services, rows) = parts(document, context);
        let alone = alone(&rows, &services);
        let mut blocks = tables(&alone, look);
        blocks.extend(
            services
                .iter()
                .map(|service| service::lines(service, &rows, look)),
        );
        if tally.objects > 0 && (services.is_empty() || !alone.is_empty()) {
            blocks.push(summary(&alone, tally, look));
        }
        let text: Vec<String> = blocks.iter().map(|block| block.join("\n")).collect();
        if !text.is_empty() {
            writeln!(out, "{}", text.join("\n\n"))?;
        }
    }
    Ok(())
}

/// Returns the lines of a table for each family that has rows.
fn tables(rows: &[&StatusRow], look: Look) -> Vec<Vec<String>> {
    let families = [
        Family::Source,
        Family::Applier,
        Family::Image,
        Family::Notification,
    ];
    let of = |family| {
        let own = rows.iter().copied();
        own.filter(|row| row.flux.family == family)
            .collect::<Vec<_>>()
    };
    let tables = families
        .into_iter()
        .map(|family| table(of(family), columns(rows, look), look));
    tables.filter(|lines| !lines.is_empty()).collect()
}

/// Which columns there are beside the others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    pub(super) context: bool,
    pub(super) namespace: bool,
    pub(super) suspended: bool,
    pub(super) message: bool,
}

/// Decides which columns rows need. On a terminal, where every column takes from the message, one that says the same
/// everywhere is left out.
pub(super) fn columns(rows: &[&StatusRow], look: Look) -> Columns {
    let first = rows.first().map(|row| row.namespace.as_str());
    let several = rows.iter().any(|row| Some(row.namespace.as_str()) != first);
    Columns {
        context: false,
        namespace: look.namespaces || several,
        suspended: look.width.is_none() || rows.iter().any(|row| row.suspended),
        message: !(look.whole && look.width.is_some()),
    }
}

/// Returns the lines of one table, what is not ready first; none without rows.
pub(super) fn table(mut rows: Vec<&StatusRow>, columns: Columns, look: Look) -> Vec<String> {
    rows.sort_by_key(|row| row.standing() != Standing::Failing);
    let palette = Palette::new(look.color);
    let long = filled(&rows, columns, false, &palette);
    let table = match long.is_tight(look.width) {
        true => filled(&rows, columns, true, &palette),
        false => long,
    };
    let lines = table.lines(look.width, &palette);
    if columns.message {
        return lines;
    }
    let mut lines = lines.into_iter();
    let mut all: Vec<String> = lines.next().into_iter().collect();
    for (line, row) in lines.zip(rows) {
        all.push(line);
        all.extend(below(&row.said(), look));
    }
    all
}

/// Returns the lines of a message below its row.
pub(super) fn below(message: &str, look: Look) -> Vec<String> {
    let width = look.width.unwrap_or(usize::MAX).saturating_sub(INDENT);
    let clean = text::clean(message);
    let lines = text::wrap(&text::short_hashes(clean.trim()), width);
    let indented = lines
        .into_iter()
        .map(|line| format!("{:INDENT$}{line}", ""));
    indented.collect()
}

pub(super) fn filled(
    rows: &[&StatusRow],
    columns: Columns,
    short: bool,
    palette: &Palette,
) -> Table {
    let Columns {
        context,
        namespace,
        suspended,
        message,
    } = columns;
    let last = if message { "MESSAGE" } else { "REASON" };
    let headers = [
        (context, "CONTEXT"),
        (namespace, "NAMESPACE"),
        (true, "NAME"),
        (true, "REVISION"),
        (suspended, "SUSPENDED"),
        (true, "READY"),
        (true, "AGE"),
        (true, last),
    ];
    let mut table = Table::new(
        headers
            .into_iter()
            .filter_map(|(is, name)| is.then_some(name)),
    );
    for row in rows {
        let cells = [
            (
                context,
                Cell::new(row.context.as_deref().unwrap_or_default()),
            ),
            (namespace, Cell::new(&row.namespace)),
            (true, Cell::new(&row.title(short))),
            (true, Cell::new(&shown_revision(row))),
            (suspended, suspended_cell(row, palette)),
            (true, Cell::styled(row.ready, ready_style(row, palette))),
            (true, Cell::new(&age(row))),
            (true, last_cell(row, message, palette)),
        ];
        table.push(
            cells
                .into_iter()
                .filter_map(|(is, cell)| is.then_some(cell)),
        );
    }
    table
}

/// Returns the revision with short hashes; those of a chart are part of a version, and stay.
pub(super) fn shown_revision(row: &StatusRow) -> String {
    let revision = row.revision.as_deref().unwrap_or_default();
    match row.kind.as_str() {
        "HelmChart" => revision.to_owned(),
        _ => text::short_hashes(revision).into_owned(),
    }
}

pub(super) fn age(row: &StatusRow) -> String {
    row.age_seconds.map(text::span).unwrap_or_default()
}

/// Returns the colour of the word that tells whether the object is ready.
pub(super) fn ready_style(row: &StatusRow, palette: &Palette) -> Style {
    match (row.standing(), row.ready) {
        (Standing::Ready, _) => palette.added,
        (Standing::Failing, "False") => palette.error,
        (Standing::Failing, _) => palette.warning,
        (Standing::Suspended, _) => palette.dim,
    }
}

fn suspended_cell(row: &StatusRow, palette: &Palette) -> Cell {
    match row.suspended {
        true => Cell::styled("True", palette.hint),
        false => Cell::new("False"),
    }
}

fn last_cell(row: &StatusRow, is_message: bool, palette: &Palette) -> Cell {
    if !is_message {
        return Cell::new(&row.reason);
    }
    let said = row.said();
    let said = text::short_hashes(&said);
    match row.is_overdue() {
        true => Cell::styled(&said, palette.warning),
        false => Cell::new(&said),
    }
}

/// Returns the lines of a whole answer that is written over: the count, then one table for each cluster, what is not ready
/// first.
pub(super) fn drawn(document: &StatusDocument, look: Look) -> Vec<String> {
    let palette = Palette::new(look.color);
    let mut lines = Vec::new();
    for (context, tally) in blocks(document) {
        let style = match tally.not_ready {
            0 => palette.strong,
            _ => palette.error,
        };
        let count = counted(tally);
        lines.push(match context {
            Some(context) => {
                let context = text::one_line(context);
                format!(
                    "context {}: {}",
                    context.style(palette.strong),
                    count.style(style)
                )
            }
            None => count.style(style).to_string(),
        });
        let (services, mut rows) = parts(document, context);
        let alone = alone(&rows, &services);
        for service in services {
            lines.extend(service::lines(service, &rows, look));
        }
        rows = alone;
        rows.sort_by_key(|row| row.standing());
        let look = Look {
            whole: false,
            ..look
        };
        let columns = columns(&rows, look);
        lines.extend(table(rows, columns, look));
    }
    lines
}

/// Returns the lines that count, and name what is not ready.
fn summary(rows: &[&StatusRow], tally: Tally, look: Look) -> Vec<String> {
    let palette = Palette::new(look.color);
    let style = match tally.not_ready {
        0 => palette.strong,
        _ => palette.error,
    };
    let mut lines = vec![counted(tally).style(style).to_string()];
    let failing: Vec<&&StatusRow> = rows
        .iter()
        .filter(|row| row.standing() == Standing::Failing)
        .collect();
    // Where nothing else is shown they have just been read.
    if failing.is_empty() || failing.len() == rows.len() {
        return lines;
    }
    let columns = columns(rows, look);
    let names = failing.iter().take(NAMED).map(|row| {
        let place = match columns.namespace {
            true => format!("{}/", row.namespace),
            false => String::new(),
        };
        let name = format!("{}/{place}{}", row.flux.short(), row.name);
        text::one_line(&name).into_owned()
    });
    let names = names.collect::<Vec<_>>().join(", ");
    let more = match failing.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    lines.push(format!("not ready: {names}{more}"));
    lines
}

/// Returns `3 of 214 not ready, 2 suspended (1 overdue)`.
pub(super) fn counted(tally: Tally) -> String {
    let Tally {
        objects,
        not_ready,
        suspended,
        overdue,
    } = tally;
    let ready = objects.saturating_sub(suspended);
    let mut parts = Vec::new();
    match (not_ready, ready) {
        (0, 0) => {}
        (0, 1) => parts.push("1 ready".to_owned()),
        (0, _) => parts.push(format!("all {ready} ready")),
        _ => parts.push(format!("{not_ready} of {objects} not ready")),
    }
    match (suspended, overdue) {
        (0, _) => {}
        (_, 0) => parts.push(format!("{suspended} suspended")),
        _ => parts.push(format!("{suspended} suspended ({overdue} overdue)")),
    }
    parts.join(", ")
}
