//! The answer while it changes: on a terminal a table that is written over, elsewhere a line for each change.

use std::io::{self, Write};

use owo_colors::OwoColorize;

use super::super::style::Palette;
use super::super::table::GrowingTable;
use super::super::{DataFormat, text, write_json_line, write_yaml};
use super::Look;
use super::columns::{self, Columns};
use super::document::StatusDocument;
use super::page;
use super::row::StatusRow;
use super::service;

/// What a terminal does: the cursor up so many lines, the rest of a line gone, everything below gone.
const UP: &str = "\u{1b}[";
const CLEAR_LINE: &str = "\u{1b}[K";
const CLEAR_BELOW: &str = "\u{1b}[J";

/// Shows a document again and again.
#[derive(Debug)]
pub struct Follow {
    format: DataFormat,
    look: Look,
    /// The lines of the terminal, where the answer is written over.
    height: Option<usize>,
    /// How many lines are there to be written over.
    drawn: usize,
    /// The columns of the lines so far.
    table: Option<(GrowingTable, Columns)>,
}

impl Follow {
    /// Begins. With the height of a terminal, and an answer for people, the answer is written over.
    pub fn new(format: DataFormat, look: Look, height: Option<usize>) -> Self {
        Follow {
            format,
            look,
            height: height.filter(|_| format == DataFormat::Human && look.width.is_some()),
            drawn: 0,
            table: None,
        }
    }

    /// Tells whether the answer is written over, so that it has to be drawn whole.
    pub fn is_drawn(&self) -> bool {
        self.height.is_some()
    }

    /// Writes what is new: what a cluster has at first, then what changes. Where the answer is drawn this does nothing.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn tell(&mut self, news: &StatusDocument, out: &mut dyn Write) -> io::Result<()> {
        match self.format {
            _ if self.is_drawn() => return Ok(()),
            DataFormat::Human => self.tell_lines(news, out)?,
            DataFormat::Json => write_json_line(news, out)?,
            DataFormat::Yaml => {
                writeln!(out, "---")?;
                write_yaml(news, out)?;
            }
        }
        out.flush()
    }

    fn tell_lines(&mut self, news: &StatusDocument, out: &mut dyn Write) -> io::Result<()> {
        let palette = Palette::new(self.look.color);
        let look = Look {
            width: None,
            ..self.look
        };
        let rows: Vec<&StatusRow> = news.objects.iter().collect();
        let shown = match &self.table {
            Some((_, shown)) => *shown,
            None => Columns {
                namespace: true,
                context: rows.iter().any(|row| row.context.is_some()),
                ..columns::columns(&rows, look)
            },
        };
        let mut table = columns::filled(&rows, shown, false, &palette);
        for service in &news.services {
            service::push_workloads(service, shown, &mut table);
        }
        let lines = match &self.table {
            Some((growing, _)) => growing.more(&table),
            None if table.is_empty() => Vec::new(),
            None => {
                let (growing, lines) = GrowingTable::begin(&table, &palette);
                self.table = Some((growing, shown));
                lines
            }
        };
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))
    }

    /// Draws the whole answer over the last one, what is not ready first, with what is wrong at the moment below. What does not
    /// fit is counted.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn draw(
        &mut self,
        document: &StatusDocument,
        troubles: &[String],
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let Some(height) = self.height else {
            return Ok(());
        };
        let width = self.look.width.unwrap_or(usize::MAX);
        let palette = Palette::new(self.look.color);
        let mut below: Vec<String> = troubles
            .iter()
            .map(|trouble| {
                let line = text::one_line(trouble);
                text::cut(&line, width).style(palette.warning).to_string()
            })
            .collect();
        let mut lines = page::drawn(document, self.look);
        // The cursor takes a line.
        let room = height.saturating_sub(below.len() + 1);
        if lines.len() > room {
            let hidden = lines.len() - room.saturating_sub(1);
            lines.truncate(room.saturating_sub(1));
            below.insert(0, format!("… {} more", text::count(hidden, "line")));
        }
        lines.extend(below);
        lines.truncate(height.saturating_sub(1));
        let mut text = String::new();
        if self.drawn > 0 {
            text.push_str(&format!("{UP}{}A", self.drawn));
        }
        for line in &lines {
            text.push_str(&format!("\r{line}{CLEAR_LINE}\n"));
        }
        text.push_str(CLEAR_BELOW);
        self.drawn = lines.len();
        out.write_all(text.as_bytes())?;
        out.flush()
    }
}
