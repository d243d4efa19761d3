//! The story on stderr: notes and errors, one line each.

use std::io::{self, Write};

use owo_colors::OwoColorize;

use super::style::Palette;
use super::text;

/// Writes a note.
///
/// # Errors
/// Those of the writer.
pub fn write_note(note: &str, color: bool, err: &mut dyn Write) -> io::Result<()> {
    let palette = Palette::new(color);
    writeln!(
        err,
        "{} {}",
        "note:".style(palette.note),
        text::one_line(note)
    )
}

/// Writes an error and what to do about it.
///
/// # Errors
/// Those of the writer.
pub fn write_error(
    message: &str,
    hint: Option<&str>,
    color: bool,
    err: &mut dyn Write,
) -> io::Result<()> {
    let palette = Palette::new(color);
    writeln!(
        err,
        "{} {}",
        "error:".style(palette.error),
        text::one_line(message)
    )?;
    hint.map_or(Ok(()), |hint| {
        writeln!(
            err,
            "{} {}",
            "hint:".style(palette.hint),
            text::one_line(hint)
        )
    })
}

/// Writes a line that a program of somebody else says.
///
/// # Errors
/// Those of the writer.
pub fn write_program_line(
    program: &str,
    line: &str,
    color: bool,
    err: &mut dyn Write,
) -> io::Result<()> {
    let palette = Palette::new(color);
    let program = format!("{program}:");
    writeln!(
        err,
        "{} {}",
        program.style(palette.dim),
        text::one_line(line)
    )?;
    err.flush()
}
