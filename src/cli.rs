//! The command line: global flags and dispatch.

use std::ffi::OsString;
use std::io::Write;

use clap::{Parser, Subcommand};

use crate::command::{self, Global, Terminal};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::output::write_error;

/// The developer CLI for homelab GitOps repositories run by Flux
#[derive(Debug, Parser)]
#[command(
    name = "homelab",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a new service: namespace, workload, service, ingress, image automation, and what registers it
    NewService(Box<command::new_service::NewService>),
    /// Start a GitOps repository, or add settings, a CI step and a hook to one that is there
    Init(command::init::Init),
    /// Check and list image policy markers, and simulate which tag wins
    #[command(subcommand)]
    Images(command::images::Images),
    /// Run every rule over the repository (the CI step)
    Lint(command::lint::Lint),
    /// Print the page of a rule, or list the rules
    Explain(command::explain::Explain),
    /// Render Flux Kustomizations as the controller would, offline
    Build(command::build::Build),
    /// Look at everything that `flux bootstrap` needs, before it is run
    Bootstrap(Box<command::bootstrap::Bootstrap>),
    /// Look at this machine and its cluster: the part of `bootstrap` that needs no server and no plan
    Doctor(command::bootstrap::Doctor),
    /// Show the Flux objects of a cluster, and whether they are ready
    Status(command::status::Status),
    /// Ask Flux to work on objects now, and wait until they are ready
    Reconcile(command::reconcile::Reconcile),
    /// Stop the reconciliation of objects, and say why
    Suspend(command::suspend::Suspend),
    /// Let suspended objects go on, and wait until they are ready
    Resume(command::suspend::Resume),
    /// Walk from what is not ready to the cause, and say what to do next
    Diagnose(command::diagnose::Diagnose),
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
    let mut terminal = Terminal::new(&cli.global, out, err);
    let result = dispatch(&cli, &mut terminal).and_then(|status| {
        terminal.finish()?;
        Ok(status)
    });
    result.unwrap_or_else(|error| {
        let hint = error.hint.as_deref();
        // Nothing is left to do where stderr is gone.
        let _ = write_error(&error.message, hint, terminal.err_color, terminal.err);
        error.status()
    })
}

fn dispatch(cli: &Cli, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
    let global = &cli.global;
    match &cli.command {
        Command::Init(args) => args.run(global, terminal),
        Command::NewService(args) => args.run(global, terminal),
        Command::Images(args) => args.run(global, terminal),
        Command::Lint(args) => args.run(global, terminal),
        Command::Explain(args) => args.run(global, terminal),
        Command::Build(args) => args.run(global, terminal),
        Command::Bootstrap(args) => args.run(global, terminal),
        Command::Doctor(args) => args.run(global, terminal),
        Command::Status(args) => args.run(global, terminal),
        Command::Reconcile(args) => args.run(global, terminal),
        Command::Suspend(args) => args.run(global, terminal),
        Command::Resume(args) => args.run(global, terminal),
        Command::Diagnose(args) => args.run(global, terminal),
    }
}

/// Prints what clap has to say: help and version to stdout, refusals to stderr.
fn refused(error: &clap::Error, out: &mut dyn Write, err: &mut dyn Write) -> ExitStatus {
    let text = error.render();
    // Nothing is left to do where nobody reads.
    if error.use_stderr() {
        let _ = write!(err, "{text}");
        return ExitStatus::Usage;
    }
    let _ = write!(out, "{text}").and_then(|()| out.flush());
    ExitStatus::Yes
}
