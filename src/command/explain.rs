//! `homelab explain`: the page of a rule, or the list of rules.

use clap::Args;

use super::lint::must_exist;
use super::{Terminal, written};
use crate::cli::Global;
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::lint::{self, RuleInfo, rules};
use crate::output::{write_rule, write_rules};

/// The arguments of `explain`.
#[derive(Args, Debug)]
pub struct Explain {
    /// The rule, such as image/marker-unknown-policy, or a family; all rules are listed without it
    #[arg(value_name = "RULE")]
    rule: Option<String>,
}

impl Explain {
    /// Prints the page or the list.
    ///
    /// # Errors
    /// No such rule, or a format that is for findings.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        let format = super::data_format(global)?;
        let name = self.rule.as_deref();
        if let Some(name) = name {
            must_exist(name)?;
        }
        let wanted = |id: &str| name.is_none_or(|name| lint::covers(name, id));
        let infos: Vec<RuleInfo> = rules::all()
            .map(|r| *r.info)
            .filter(|info| wanted(info.id))
            .collect();
        let exact = infos.iter().find(|info| Some(info.id) == name);
        written(match exact {
            Some(info) => write_rule(format, info, terminal.color, terminal.out),
            None => write_rules(format, &infos, terminal.color, terminal.out),
        })?;
        Ok(ExitStatus::Yes)
    }
}
