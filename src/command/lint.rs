//! `homelab lint`: every rule, over the rendered repository.

use clap::Args;

use super::findings::FindingArgs;
use super::{Global, Terminal};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::lint::rules;

/// The arguments of `lint`.
#[derive(Args, Debug)]
pub struct Lint {
    #[command(flatten)]
    findings: FindingArgs,
}

impl Lint {
    /// Runs the rules and prints what they find.
    ///
    /// # Errors
    /// The repository cannot be read, or a flag or setting names what does not exist.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        self.findings.run(rules::all().collect(), global, terminal)
    }
}
