//! A table for people: columns with headers in capitals, the last of which takes the rest of the line.

use std::borrow::Cow;

use dialoguer::console::{measure_text_width, truncate_str};
use owo_colors::{OwoColorize, Style};

use super::style::Palette;
use super::text;

/// The blanks between columns.
const GAP: usize = 2;
/// What the last column gets at least, where others are wide and it has that much to say.
const LAST: usize = 24;
/// What a column is not made narrower than.
const NARROWEST: usize = 18;

/// One cell.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

/// Rows below a line of headers.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    headers: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

impl Cell {
    /// Makes a cell of any text; what it shows is one line, without control characters.
    pub(crate) fn new(text: &str) -> Self {
        Self::styled(text, Style::new())
    }

    /// Makes a cell in a style, which has to be no more than a help: the text says the same.
    pub(crate) fn styled(text: &str, style: Style) -> Self {
        let text = text::one_line(text).into_owned();
        Cell { text, style }
    }

    fn width(&self) -> usize {
        measure_text_width(&self.text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::new(text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::new(&text)
    }
}

impl Table {
    /// Makes an empty table.
    pub(crate) fn new(headers: impl IntoIterator<Item = &'static str>) -> Self {
        Table {
            headers: headers.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row of as many cells as there are headers.
    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = Cell>) {
        self.rows.push(row.into_iter().collect());
    }

    /// Tells whether there is no row.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the lines, each at most as wide as said; without a width nothing is cut. Of a table without rows nothing is left.
    pub(crate) fn lines(&self, width: Option<usize>, palette: &Palette) -> Vec<String> {
        if self.rows.is_empty() {
            return Vec::new();
        }
        self.lined(&self.widths(width), palette)
    }

    fn lined(&self, widths: &[usize], palette: &Palette) -> Vec<String> {
        let header = |text: &&'static str| Cell::styled(text, palette.dim);
        let headers: Vec<Cell> = self.headers.iter().map(header).collect();
        let all = std::iter::once(&headers).chain(&self.rows);
        all.map(|row| line(row, widths, true)).collect()
    }

    /// Tells whether columns have to give so that the last one has room.
    pub(crate) fn is_tight(&self, width: Option<usize>) -> bool {
        self.widths(None)
            .split_last()
            .is_some_and(|(last, others)| {
                let wanted =
                    others.iter().map(|other| other + GAP).sum::<usize>() + LAST.min(*last);
                width.is_some_and(|width| wanted > width)
            })
    }

    /// Returns how wide each column is. Where the last one would get too little, the widest others give.
    fn widths(&self, total: Option<usize>) -> Vec<usize> {
        let widest = |(column, header): (usize, &&str)| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            let cells = cells.map(Cell::width).max().unwrap_or_default();
            cells.max(measure_text_width(header))
        };
        let mut widths: Vec<usize> = self.headers.iter().enumerate().map(widest).collect();
        let (Some(total), Some((last, others))) = (total, widths.split_last_mut()) else {
            return widths;
        };
        let gaps = GAP * others.len();
        let wanted = total.saturating_sub(gaps + LAST.min(*last));
        while others.iter().sum::<usize>() > wanted {
            let Some(widest) = others.iter_mut().max().filter(|w| **w > NARROWEST) else {
                break;
            };
            *widest -= 1;
        }
        *last = total.saturating_sub(gaps + others.iter().sum::<usize>());
        widths
    }
}

/// A table that grows line by line, and keeps the columns that it began with: what does not fit is shown all the same.
#[derive(Clone, Debug)]
pub(crate) struct GrowingTable {
    widths: Vec<usize>,
}

impl GrowingTable {
    /// Begins with the rows of a table, and returns its lines, headers included.
    pub(crate) fn begin(table: &Table, palette: &Palette) -> (Self, Vec<String>) {
        let widths = table.widths(None);
        let lines = table.lined(&widths, palette);
        (GrowingTable { widths }, lines)
    }

    /// Returns the lines of more rows.
    pub(crate) fn more(&self, table: &Table) -> Vec<String> {
        let rows = table.rows.iter();
        rows.map(|row| line(row, &self.widths, false)).collect()
    }
}

fn line(row: &[Cell], widths: &[usize], is_cut: bool) -> String {
    let mut line = String::new();
    let last = row.len().saturating_sub(1);
    for (column, (cell, &width)) in row.iter().zip(widths).enumerate() {
        let shown = match column == last {
            _ if !is_cut => Cow::Borrowed(cell.text.as_str()),
            true => truncate_str(&cell.text, width, "…"),
            false => without_middle(&cell.text, width),
        };
        if !shown.is_empty() {
            line.push_str(&shown.style(cell.style).to_string());
        }
        if column != last {
            let rest = width.saturating_sub(measure_text_width(&shown));
            line.extend(std::iter::repeat_n(' ', rest + GAP));
        }
    }
    line.truncate(line.trim_end_matches(' ').len());
    line
}

/// Cuts a name, of which both ends tell something: `ghcr.io/me…:1.2.3`.
fn without_middle(text: &str, width: usize) -> Cow<'_, str> {
    let all = measure_text_width(text);
    if all <= width {
        return Cow::Borrowed(text);
    }
    let head = width.saturating_sub(1) / 2;
    let mut too_much = all - width.saturating_sub(1 + head);
    let tail = text.char_indices().find(|&(_, c)| {
        let is_behind = too_much == 0;
        too_much = too_much.saturating_sub(measure_text_width(c.encode_utf8(&mut [0; 4])));
        is_behind
    });
    let tail = tail.and_then(|(at, _)| text.get(at..)).unwrap_or_default();
    Cow::Owned(format!("{}…{tail}", truncate_str(text, head, "")))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn table() -> Table {
        let mut table = Table::new(["NAME", "REVISION", "READY", "MESSAGE"]);
        for (name, ready) in [
            ("kustomization/apps", "True"),
            ("helmrelease/kube-prometheus-stack", "False"),
        ] {
            let message = "Helm install failed:\n  timed out\u{1b}[31m waiting for 日本";
            let revision = "main@sha1:0123abcd";
            table.push([name, revision, ready, message].map(Cell::from));
        }
        table
    }

    fn shown(width: Option<usize>) -> String {
        table().lines(width, &Palette::new(false)).join("\n")
    }

    #[test]
    fn the_last_column_takes_the_rest_of_the_line() {
        assert_snapshot!(shown(None), @"
        NAME                               REVISION            READY  MESSAGE
        kustomization/apps                 main@sha1:0123abcd  True   Helm install failed: timed out␛[31m waiting for 日本
        helmrelease/kube-prometheus-stack  main@sha1:0123abcd  False  Helm install failed: timed out␛[31m waiting for 日本
        ");
        assert_snapshot!(shown(Some(100)), @"
        NAME                               REVISION            READY  MESSAGE
        kustomization/apps                 main@sha1:0123abcd  True   Helm install failed: timed out␛[31m w…
        helmrelease/kube-prometheus-stack  main@sha1:0123abcd  False  Helm install failed: timed out␛[31m w…
        ");
    }

    #[test]
    fn where_the_line_is_short_the_widest_columns_give() {
        assert_snapshot!(shown(Some(80)), @"
        NAME                         REVISION            READY  MESSAGE
        kustomization/apps           main@sha1:0123abcd  True   Helm install failed: ti…
        helmrelease/k…metheus-stack  main@sha1:0123abcd  False  Helm install failed: ti…
        ");
        let fits = |width| {
            let lines = table().lines(Some(width), &Palette::new(false));
            lines.iter().all(|line| measure_text_width(line) <= width)
        };
        assert!((60..120).all(fits));
        // Narrower than anything: no panic.
        assert_eq!(shown(Some(0)).lines().count(), 3);
    }

    #[test]
    fn a_table_without_rows_is_nothing() {
        let empty = Table::new(["NAME", "MESSAGE"]);
        assert!(empty.lines(Some(80), &Palette::new(true)).is_empty());
    }

    #[test]
    fn both_ends_of_a_name_stay() {
        assert_eq!(without_middle("ghcr.io/me/app:1.2.3", 12), "ghcr.…:1.2.3");
        assert_eq!(without_middle("日本日本日本", 6), "日…本");
        assert_eq!(without_middle("abc", 0), "…");
        assert_eq!(without_middle("abc", 3), "abc");
    }
}
