//! The flags that every command takes.

use std::path::PathBuf;

use clap::Args;

use crate::adapter::environment;
use crate::error::Error;
use crate::output::{ColorChoice, DataFormat, Format, TerminalFacts};

/// Flags that every command takes.
#[derive(Args, Clone, Debug)]
pub struct Global {
    /// Take DIR as the root of the repository [default: the git work tree around the current folder]
    #[arg(short = 'C', long = "repo", value_name = "DIR", global = true)]
    pub repo: Option<PathBuf>,
    /// Look at this cluster only, where the repository holds several
    #[arg(long, value_name = "NAME", global = true)]
    pub cluster: Option<String>,
    /// How to print the answer
    #[arg(
        short,
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        global = true
    )]
    pub output: Format,
    /// When to use colour
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", global = true)]
    pub color: ColorChoice,
    /// Say nothing beside the answer and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say everything that could not be looked at, not only the first few
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Use no network (the commands that exist never do)
    #[arg(long, global = true)]
    pub offline: bool,
}

impl Global {
    /// Tells whether a stream gets colour.
    pub(super) fn colored(&self, is_terminal: bool) -> bool {
        let [no_color, force, term] =
            ["NO_COLOR", "CLICOLOR_FORCE", "TERM"].map(environment::variable);
        self.color.decide(&TerminalFacts {
            no_color: no_color.as_deref(),
            clicolor_force: force.as_deref(),
            term: term.as_deref(),
            is_terminal,
        })
    }

    /// Returns the format of an answer that is no list of findings.
    ///
    /// # Errors
    /// The format is for findings only.
    pub(super) fn data_format(&self) -> Result<DataFormat, Error> {
        self.output.data().ok_or_else(|| {
            Error::usage("this output format shows findings only")
                .hint("`lint` and `images check` have it; here there are human, json and yaml")
        })
    }
}
