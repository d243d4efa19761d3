//! The colours of human output: one palette, plain or coloured, in the tones that annotate-snippets uses.

use owo_colors::Style;

use crate::lint::Severity;

/// Styles by meaning; without colour all of them are plain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Palette {
    /// Severity error, and what has failed.
    pub(crate) error: Style,
    /// Severity warning.
    pub(crate) warning: Style,
    /// Severity hint.
    pub(crate) hint: Style,
    /// Notes beside a finding.
    pub(crate) note: Style,
    /// Arrows, gutters and line numbers.
    pub(crate) frame: Style,
    /// Headings and messages.
    pub(crate) strong: Style,
    /// What matters less, such as code blocks and table heads.
    pub(crate) dim: Style,
    /// Code within a line.
    pub(crate) code: Style,
    /// Lines that a diff adds.
    pub(crate) added: Style,
    /// Lines that a diff removes.
    pub(crate) removed: Style,
    /// Everything else.
    pub(crate) plain: Style,
}

impl Palette {
    /// Returns the palette.
    pub(crate) fn new(color: bool) -> Self {
        let style = |colored: Style| if color { colored } else { Style::new() };
        Palette {
            error: style(Style::new().bright_red().bold()),
            warning: style(Style::new().yellow().bold()),
            hint: style(Style::new().bright_cyan().bold()),
            note: style(Style::new().bright_green().bold()),
            frame: style(Style::new().bright_blue().bold()),
            strong: style(Style::new().bold()),
            dim: style(Style::new().dimmed()),
            code: style(Style::new().cyan()),
            added: style(Style::new().green()),
            removed: style(Style::new().red()),
            plain: Style::new(),
        }
    }

    /// Returns the style of a severity's name.
    pub(crate) fn severity(&self, severity: Severity) -> Style {
        match severity {
            Severity::Error => self.error,
            Severity::Warning => self.warning,
            Severity::Hint => self.hint,
        }
    }
}
