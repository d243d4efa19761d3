//! `homelab images`: image automation.

pub mod automate;
pub mod check;
pub mod list;
pub mod simulate;

use clap::Subcommand;

use super::{Global, Terminal};
use crate::error::Error;
use crate::exit::ExitStatus;

/// The subcommands of `images`.
#[derive(Debug, Subcommand)]
pub enum Images {
    /// Keep the image of a workload up to date: marker, repository, policy and automation
    Automate(automate::Automate),
    /// Run the rules of the family `image`
    Check(check::Check),
    /// List the markers with their policy and their automation
    List(list::List),
    /// Show which tag an ImagePolicy would select, and why not the others
    Simulate(simulate::Simulate),
}

impl Images {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// Those of the subcommand.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        match self {
            Images::Automate(args) => args.run(global, terminal),
            Images::Check(args) => args.run(global, terminal),
            Images::List(args) => args.run(global, terminal),
            Images::Simulate(args) => args.run(global, terminal),
        }
    }
}
