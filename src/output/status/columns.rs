//! The tables of objects: which columns there are, and what stands in them.

use owo_colors::Style;

use super::super::style::Palette;
use super::super::table::{Cell, Table};
use super::super::text;
use super::Look;
use super::row::{Standing, StatusRow};

/// How far messages stand in below their rows.
const INDENT: usize = 4;

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

/// Returns the lines of one table, what is not ready first; none without rows. Where the terminal is narrow, kinds and
/// revisions are shorter, and READY tells what is suspended.
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
    let suspended = suspended && !short;
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
            (true, Cell::new(&revision(row, short))),
            (suspended, suspended_cell(row, palette)),
            (
                true,
                Cell::styled(ready(row, short), ready_style(row, palette)),
            ),
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

/// Returns the word that tells whether the object is ready, or where there is no other column for it, that it is suspended.
pub(super) fn ready(row: &StatusRow, tells_suspended: bool) -> &'static str {
    match tells_suspended && row.suspended {
        true => "Suspended",
        false => row.ready,
    }
}

fn revision(row: &StatusRow, short: bool) -> String {
    let revision = shown_revision(row);
    match short {
        true => revision.replace("sha1:", ""),
        false => revision,
    }
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
