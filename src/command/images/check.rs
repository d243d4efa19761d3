//! `homelab images check`: the rules of the family `image`, over the rendered repository.

use clap::Args;

use crate::command::findings::FindingArgs;
use crate::command::{Global, Terminal};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::lint::{covers, rules};

/// The arguments of `images check`.
#[derive(Args, Debug)]
pub struct Check {
    #[command(flatten)]
    findings: FindingArgs,
}

impl Check {
    /// Runs the rules and prints what they find.
    ///
    /// # Errors
    /// The repository cannot be read, or a flag or setting names what does not exist.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        let rules = rules::all().filter(|rule| covers("image", rule.info.id));
        self.findings.run(rules.collect(), global, terminal)
    }
}
