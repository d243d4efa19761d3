//! `homelab status`: the Flux objects of clusters, and whether they are ready.

mod against;
mod look;
mod report;
mod screen;
mod watch;

use clap::Args;

use self::look::Asked;
use self::report::Report;
use super::cluster::{Answer, ClusterArgs, targets};
use super::{Global, Terminal};
use crate::adapter::clock;
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::output::{Look, Standing, StatusRow};

/// Arguments of `homelab status`.
#[derive(Args, Debug)]
pub struct Status {
    /// What to show: KIND (`ks`, `hr`, `source`), KIND/NAME, or a service with all that belongs to it [default: all kinds]
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Show all namespaces
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Show what has these labels: `app=web,tier!=db`
    #[arg(short = 'l', long = "selector", value_name = "SELECTOR")]
    labels: Option<String>,
    /// Show what is neither ready nor suspended
    #[arg(long)]
    failing: bool,
    /// Show what is suspended
    #[arg(long, conflicts_with = "failing")]
    suspended: bool,
    /// Go on showing what changes, until Ctrl-C or --timeout: on a terminal the table is written over, otherwise each change is
    /// a line (with `-o json` a document)
    #[arg(short, long)]
    watch: bool,
    /// Compare with the repository: what is missing, left over, not applied, suspended on one side only, or behind
    #[arg(
        long,
        conflicts_with_all = ["targets", "all_namespaces", "labels", "failing", "suspended", "watch"]
    )]
    against_git: bool,
    #[command(flatten)]
    clusters: ClusterArgs,
}

impl Status {
    /// Looks and shows.
    ///
    /// # Errors
    /// The flags do not fit together, or no cluster answers.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        let format = global.data_format()?;
        if self.against_git {
            return against::run(self.clusters, global, format, terminal);
        }
        let targets = targets::parse(&self.targets)?;
        let asked = Asked::new(global, targets, self.labels.as_deref(), self.all_namespaces)?;
        if self.watch {
            return self.follow(&asked, format, terminal);
        }
        let answers = self
            .clusters
            .ask(global, "status", async |client, _| asked.look(client).await)?;
        let mut report = Report::new(self, &asked, clock::seconds());
        for Answer { context, result } in answers {
            report.take(context.as_deref(), result, terminal.is_verbose())?;
        }
        report.show(format, terminal)
    }

    /// Tells whether the filters leave an object.
    fn shows(&self, row: &StatusRow) -> bool {
        match (self.failing, self.suspended) {
            (true, _) => row.standing() == Standing::Failing,
            (_, true) => row.standing() == Standing::Suspended,
            _ => true,
        }
    }

    fn look(&self, terminal: &Terminal<'_>) -> Look {
        Look {
            width: terminal.width(),
            color: terminal.color,
            namespaces: self.all_namespaces,
            whole: self.failing
                || !self.targets.is_empty() && self.targets.iter().all(|t| t.contains('/')),
        }
    }
}
