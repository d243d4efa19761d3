//! Whether to use colour, decided from values that were gathered elsewhere.

/// The values of `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// Colour on a terminal that can show it
    #[default]
    Auto,
    /// Colour everywhere
    Always,
    /// No colour
    Never,
}

/// What is known of the place that output goes to. Variables that are not set are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TerminalFacts<'a> {
    /// The variable `NO_COLOR`.
    pub no_color: Option<&'a str>,
    /// The variable `CLICOLOR_FORCE`.
    pub clicolor_force: Option<&'a str>,
    /// The variable `TERM`.
    pub term: Option<&'a str>,
    /// Whether the stream is a terminal.
    pub is_terminal: bool,
}

impl ColorChoice {
    /// Decides: the flag first, then `NO_COLOR` (any value but the empty one, as no-color.org says), then
    /// `CLICOLOR_FORCE` (any value but empty and `0`, as bixense.com/clicolors says), then whether the stream is a
    /// terminal that is not `dumb`.
    pub fn decide(self, facts: &TerminalFacts<'_>) -> bool {
        let is_set = |value: Option<&str>| value.is_some_and(|v| !v.is_empty());
        let is_forced = is_set(facts.clicolor_force) && facts.clicolor_force != Some("0");
        match self {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if is_set(facts.no_color) => false,
            ColorChoice::Auto => is_forced || facts.can_color(),
        }
    }
}

impl TerminalFacts<'_> {
    /// Tells whether the stream is a terminal that shows colour. Without `TERM` it is none, as anstyle-query 1 judges.
    fn can_color(&self) -> bool {
        self.is_terminal && self.term.is_some_and(|term| !matches!(term, "" | "dumb"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMINAL: TerminalFacts<'_> = TerminalFacts {
        no_color: None,
        clicolor_force: None,
        term: Some("xterm-256color"),
        is_terminal: true,
    };

    fn auto(facts: TerminalFacts<'_>) -> bool {
        ColorChoice::Auto.decide(&facts)
    }

    #[test]
    fn a_terminal_gets_color_and_a_pipe_does_not() {
        assert!(auto(TERMINAL));
        assert!(!auto(TerminalFacts {
            is_terminal: false,
            ..TERMINAL
        }));
        assert!(!auto(TerminalFacts {
            term: Some("dumb"),
            ..TERMINAL
        }));
        assert!(!auto(TerminalFacts {
            term: None,
            ..TERMINAL
        }));
    }

    #[test]
    fn no_color_counts_unless_empty() {
        assert!(!auto(TerminalFacts {
            no_color: Some("1"),
            ..TERMINAL
        }));
        assert!(!auto(TerminalFacts {
            no_color: Some("0"),
            ..TERMINAL
        }));
        assert!(auto(TerminalFacts {
            no_color: Some(""),
            ..TERMINAL
        }));
        let both = TerminalFacts {
            no_color: Some("1"),
            clicolor_force: Some("1"),
            ..TERMINAL
        };
        assert!(!auto(both));
    }

    #[test]
    fn clicolor_force_reaches_pipes() {
        let pipe = TerminalFacts {
            is_terminal: false,
            term: None,
            ..TERMINAL
        };
        assert!(auto(TerminalFacts {
            clicolor_force: Some("1"),
            ..pipe
        }));
        assert!(!auto(TerminalFacts {
            clicolor_force: Some("0"),
            ..pipe
        }));
        assert!(!auto(TerminalFacts {
            clicolor_force: Some(""),
            ..pipe
        }));
        assert!(auto(TerminalFacts {
            clicolor_force: Some("0"),
            ..TERMINAL
        }));
    }

    #[test]
    fn the_flag_beats_the_environment() {
        let forbidden = TerminalFacts {
            no_color: Some("1"),
            is_terminal: false,
            ..TERMINAL
        };
        assert!(ColorChoice::Always.decide(&forbidden));
        let forced = TerminalFacts {
            clicolor_force: Some("1"),
            ..TERMINAL
        };
        assert!(!ColorChoice::Never.decide(&forced));
    }
}
