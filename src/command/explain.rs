//! `homelab explain`: the page of a rule, or the list of rules.

use clap::Args;

use super::findings::rule_exists;
use super::{Global, Terminal};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::lint::{self, Rule, RuleInfo, rules};
use crate::output::{write_rule, write_rules};

/// The arguments of `explain`.
#[derive(Args, Debug)]
pub struct Explain {
    /// The rule, such as image/marker-unknown-policy, or a family; without it all rules are listed
    #[arg(value_name = "RULE")]
    rule: Option<String>,
}

impl Explain {
    /// Prints the page or the list.
    ///
    /// # Errors
    /// No such rule, or a format that is for findings.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        let format = global.data_format()?;
        let rules: Vec<&Rule> = rules::all().collect();
        let name = self.rule.as_deref();
        name.map_or(Ok(()), |name| rule_exists(name, &rules))?;
        let infos = rules.iter().map(|rule| *rule.info);
        let wanted = |info: &RuleInfo| name.is_none_or(|name| lint::covers(name, info.id));
        let infos: Vec<RuleInfo> = infos.filter(wanted).collect();
        let result = match infos.iter().find(|info| Some(info.id) == name) {
            Some(info) => write_rule(format, info, terminal.color, terminal.out),
            None => write_rules(format, &infos, terminal.color, terminal.out),
        };
        terminal.written(result)?;
        Ok(ExitStatus::Yes)
    }
}
