//! `homelab bootstrap`: looks at everything that `flux bootstrap` needs, before it is run.

mod cluster;
mod forge;
mod machine;
mod plan;
mod repository;

use clap::Args;

use super::gather;
use super::{Global, Terminal};
use crate::adapter::clock;
use crate::adapter::runtime::block_on;
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::flux::Model;
use crate::preflight::{Facts, Needs, Verdict, judge};

/// Arguments of `homelab bootstrap`.
#[derive(Args, Debug)]
pub struct Bootstrap {}

impl Bootstrap {
    /// Gathers, judges, shows.
    ///
    /// # Errors
    /// There is no repository, or nothing says what is to be bootstrapped.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        let snapshot = gather::repository(global, terminal)?;
        let model = Model::of(&snapshot.tree, snapshot.remote.as_deref());
        let facts = repository::gather(&snapshot, &model, None);
        let plan = plan::resolve(self, global, &facts)?;
        let options = global.one_cluster("bootstrap")?;
        let needed: Vec<_> = facts
            .needed_secrets
            .iter()
            .map(|one| one.id.clone())
            .collect();
        let needs = Needs::of(Some(&facts), Some(&plan), None);
        let gathered = block_on(async {
            futures::join!(
                machine::gather(&needs),
                forge::gather(&plan),
                cluster::gather(&options, &plan.namespace, &plan.secret, &needed),
            )
        });
        let (machine, forge, cluster) =
            gathered.map_err(|e| Error::could_not_look(e.to_string()))?;
        let facts = Facts {
            plan: Some(plan),
            repository: Ok(facts),
            machine,
            forge: Some(forge),
            cluster,
            now: clock::seconds(),
        };
        let checks = judge(&facts);
        for check in &checks {
            let line = format!(
                "{:?} {} {}: {}\n",
                check.verdict, check.id, check.title, check.detail
            );
            let written = terminal.out.write_all(line.as_bytes());
            terminal.written(written)?;
        }
        let failed = checks.iter().any(|check| check.verdict == Verdict::Fail);
        Ok(if failed {
            ExitStatus::No
        } else {
            ExitStatus::Yes
        })
    }
}
