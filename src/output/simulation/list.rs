//! Several simulations, a line each.

use std::io::{self, Write};

use super::page::{EXAMPLES, listed};
use super::{Simulation, Verdict};
use crate::output::style::Palette;
use crate::output::text::one_line;

/// Writes several simulations, a line each.
pub(super) fn write(
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
    [cluster, simulation.name(), image, tags, winner].map(|cell| one_line(&cell).into_owned())
}
