//! The command line: global flags and dispatch.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::adapter::environment;
use crate::command::{self, Terminal};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::output::{ColorChoice, Format, TerminalFacts, write_error};

/// The developer CLI for homelab GitOps repositories run by Flux
#[derive(Debug, Parser)]
#[command(
    name = "homelab",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Flags that every command takes.
#[derive(Args, Clone, Debug)]
pub struct Global {
    /// Take DIR as the root of the repository [default: the git work tree around the current folder]
    #[arg(short = 'C', long = "repo", value_name = "DIR", global = true)]
    pub repo: Option<PathBuf>,
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
    /// Say nothing beside the answer
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

impl Global {
    fn colored(&self, is_terminal: bool) -> bool {
        let [no_color, force, term] =
            ["NO_COLOR", "CLICOLOR_FORCE", "TERM"].map(environment::variable);
        self.color.decide(&TerminalFacts {
            no_color: no_color.as_deref(),
            clicolor_force: force.as_deref(),
            term: term.as_deref(),
            is_terminal,
        })
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check image policy markers and everything they depend on
    #[command(subcommand)]
    Images(Images),
    /// Run every rule over the repository (the CI step)
    Lint(command::lint::Lint),
    /// Print the page of a rule, or list the rules
    Explain(command::explain::Explain),
    /// Render Flux Kustomizations as the controller would, offline
    Build(command::build::Build),
}

#[derive(Debug, Subcommand)]
enum Images {
    /// Run the rules of the family `image`
    Check(command::lint::Lint),
    /// List the markers with their policy and their automation
    List(command::images_list::List),
}

/// Parses the arguments and runs the command. Answers go to `out`, everything else to `err`.
pub fn run(
    arguments: impl Iterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> ExitStatus {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return refused(&error, out, err),
    };
    let color = |is_terminal| cli.global.colored(is_terminal);
    let (color, err_color) = (
        color(environment::stdout_is_terminal()),
        color(environment::stderr_is_terminal()),
    );
    let result = dispatch(
        &cli,
        &mut Terminal {
            out,
            err: &mut *err,
            color,
            err_color,
        },
    );
    match result {
        Ok(status) => status,
        Err(error) => {
            // Nothing is left to do where stderr is gone.
            let _ = write_error(&error.message, error.hint.as_deref(), err_color, err);
            error.status()
        }
    }
}

fn dispatch(cli: &Cli, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
    let global = &cli.global;
    match &cli.command {
        Command::Images(Images::Check(args)) => args.run(global, Some("image"), terminal),
        Command::Images(Images::List(args)) => args.run(global, terminal),
        Command::Lint(args) => args.run(global, None, terminal),
        Command::Explain(args) => args.run(global, terminal),
        Command::Build(args) => args.run(global, terminal),
    }
}

/// Prints what clap has to say: help and version to stdout, refusals to stderr.
fn refused(error: &clap::Error, out: &mut dyn Write, err: &mut dyn Write) -> ExitStatus {
    let text = error.render();
    if error.use_stderr() {
        let _ = write!(err, "{text}");
        return ExitStatus::Usage;
    }
    let _ = write!(out, "{text}");
    ExitStatus::Yes
}
