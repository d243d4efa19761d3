//! `homelab bootstrap`: looks at everything that `flux bootstrap` needs, before it is run.

mod arguments;
mod cluster;
mod forge;
mod machine;
mod plan;
mod repository;

use clap::Args;

use self::arguments::{PassedFlags, PlanFlags, Server};
use super::gather;
use super::{Global, Terminal};
use crate::adapter::clock;
use crate::adapter::cluster::ClusterOptions;
use crate::adapter::forge::ForgeOptions;
use crate::adapter::prompt::Prompter;
use crate::adapter::runtime::block_on;
use crate::adapter::token::{self, Token, TokenSource};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::flux::Model;
use crate::output::{Checklist, ChecklistStyle, write_checklist};
use crate::preflight::{
    Check, ClusterFacts, CommandLine, Fact, Facts, Flag, Forge, ForgeFacts, MachineFacts, Needs, Plan,
    RepositoryFacts, Unavailable, Verdict, Why, command_line, judge,
};

/// Arguments of `homelab bootstrap`.
#[derive(Args, Debug)]
#[command(disable_version_flag = true)]
pub struct Bootstrap {
    /// What kind of server holds the repository [default: what its host tells]
    #[arg(value_enum, value_name = "SERVER")]
    server: Option<Server>,
    /// Where the token is taken from: env:NAME, file:PATH, a reference of 1Password such as op://VAULT/ITEM/FIELD, - for
    /// stdin, or prompt [default: the variable that flux reads, such as GITHUB_TOKEN, else a question on a terminal]
    #[arg(long, value_name = "WHERE")]
    token_from: Option<TokenSource>,
    /// Run the command if nothing fails, and look again afterwards
    #[arg(long, conflicts_with = "offline")]
    run: bool,
    /// The remote of git that tells where the repository is [default: origin, else the one that the branch follows]
    #[arg(long, value_name = "NAME")]
    remote: Option<String>,
    #[command(flatten)]
    plan: PlanFlags,
    #[command(flatten)]
    passed: PassedFlags,
    /// More flags for flux, as they are
    #[arg(last = true, value_name = "FLAG")]
    after: Vec<String>,
}

/// What was asked of the outside at the same time.
struct Asked {
    machine: MachineFacts,
    forge: ForgeFacts,
    cluster: Fact<ClusterFacts>,
}

impl Bootstrap {
    /// Gathers, judges, shows.
    ///
    /// # Errors
    /// There is no repository, or nothing says what is to be bootstrapped.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        let format = global.checklist_format()?;
        let snapshot = gather::repository(global, terminal)?;
        let model = Model::of(&snapshot.tree, snapshot.remote.as_deref());
        let number = plan::cluster(self, &model, global)?;
        let found = repository::gather(&snapshot, &model, number);
        let chosen = number.and_then(|number| model.clusters.get(number));
        let mut wishes = plan::wishes(self, global, &snapshot, chosen);
        let mut plan = plan::plan(&mut wishes, &found, global, terminal)?;
        terminal.notes(&plan.notes);
        let token = self.token(&plan, global, terminal)?;
        let asked = ask(&plan, token.as_ref(), &found, global)?;
        plan.refine(&wishes, Some(&asked.forge), asked.cluster.as_ref().ok());
        let facts = Facts {
            plan: Some(plan),
            repository: Ok(found),
            machine: asked.machine,
            forge: Some(asked.forge),
            cluster: asked.cluster,
            now: clock::seconds(),
        };
        let checks = judge(&facts);
        let subject = subject(&facts);
        let line = facts
            .plan
            .as_ref()
            .map(|plan| command_line(plan, &cluster_flags(global)));
        let next = next(&checks, line.as_ref());
        let list = Checklist {
            subject: &subject,
            checks: &checks,
            command: line.as_ref(),
            next: &next,
        };
        let style = ChecklistStyle {
            width: terminal.width(),
            color: terminal.color,
            is_verbose: terminal.is_verbose(),
        };
        let written = write_checklist(format, &list, style, terminal.out);
        terminal.written(written)?;
        Ok(status(&checks, &facts))
    }
}

impl Bootstrap {
    /// Finds the token; on a terminal somebody is asked for it.
    fn token(
        &self,
        plan: &Plan,
        global: &Global,
        terminal: &Terminal<'_>,
    ) -> Result<Option<Token>, Error> {
        let needs = plan.forge.value != Forge::Git || plan.url.starts_with("http");
        let asks = global.asks() && needs && !global.offline;
        let prompter = asks.then(|| Prompter::new(terminal.err_color));
        let source = self.token_from.as_ref();
        Ok(token::resolve(source, plan.forge.value, prompter.as_ref())?)
    }
}

/// Asks machine, server and cluster at the same time.
fn ask(
    plan: &Plan,
    token: Option<&Token>,
    repository: &RepositoryFacts,
    global: &Global,
) -> Result<Asked, Error> {
    let forge_options = ForgeOptions {
        offline: global.offline,
        timeout: global.timeout,
    };
    let offline = || Unavailable::not_asked("`--offline` rules out the network");
    let options = match global.offline {
        true => None,
        false => Some(global.one_cluster("bootstrap")?),
    };
    let needed: Vec<_> = repository
        .needed_secrets
        .iter()
        .map(|one| one.id.clone())
        .collect();
    let origin = token.map(Token::origin);
    let needs = Needs::of(Some(repository), Some(plan), origin);
    let cluster = async |options: Option<&ClusterOptions>| match options {
        Some(options) => cluster::gather(options, &plan.namespace, &plan.secret, &needed).await,
        None => Err(offline()),
    };
    let gathered = block_on(async {
        futures::join!(
            machine::gather(&needs),
            forge::gather(plan, token, &forge_options),
            cluster(options.as_ref()),
        )
    });
    let (machine, forge, cluster) = gathered.map_err(|e| Error::could_not_look(e.to_string()))?;
    Ok(Asked {
        machine,
        forge,
        cluster,
    })
}

/// Returns what is looked at, in a line.
fn subject(facts: &Facts) -> String {
    match &facts.plan {
        Some(plan) => format!(
            "Bootstrap of `{}` on branch {} of {}",
            plan.path.value, plan.branch.value, plan.url
        ),
        None => "This machine and its cluster".to_owned(),
    }
}

/// Returns the flags that name the cluster, for flux too.
fn cluster_flags(global: &Global) -> Vec<Flag> {
    let flag = |name: &str, value: String| Flag {
        name: name.to_owned(),
        value: Some(value),
        why: "the cluster that was asked".to_owned(),
    };
    let file = global
        .kubeconfig
        .as_ref()
        .map(|file| flag("--kubeconfig", file.display().to_string()));
    let context = global
        .contexts
        .first()
        .map(|context| flag("--context", context.clone()));
    file.into_iter().chain(context).collect()
}

/// Returns what to do next.
fn next(checks: &[Check], line: Option<&CommandLine>) -> Vec<String> {
    let any = |verdict| checks.iter().any(|check| check.verdict == verdict);
    match line {
        Some(_) if any(Verdict::Fail) => {
            vec!["put right what fails, then run `homelab bootstrap` again".to_owned()]
        }
        Some(line) => vec![format!(
            "`homelab bootstrap --run` runs the command and looks again afterwards; by hand, set {} first",
            line.variable
        )],
        None => Vec::new(),
    }
}

/// Returns the exit status: what fails comes first, then what could not be looked at.
fn status(checks: &[Check], facts: &Facts) -> ExitStatus {
    if checks.iter().any(|check| check.verdict == Verdict::Fail) {
        return ExitStatus::No;
    }
    let forge = facts
        .forge
        .as_ref()
        .and_then(|forge| forge.repository.as_ref().err());
    let missing: Vec<&Unavailable> = forge
        .into_iter()
        .chain(facts.cluster.as_ref().err())
        .collect();
    match missing.as_slice() {
        [] => ExitStatus::Yes,
        all if all.iter().any(|one| one.why == Why::TimedOut) => ExitStatus::TimedOut,
        _ => ExitStatus::CouldNotLook,
    }
}
