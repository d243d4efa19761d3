//! `homelab bootstrap`: looks at everything that `flux bootstrap` needs, before it is run.

mod arguments;
mod cluster;
mod doctor;
mod forge;
mod machine;
mod plan;
mod repository;
mod run;
mod verify;
mod words;

use clap::Args;

pub use doctor::Doctor;

use self::arguments::{PassedFlags, PlanFlags, Server};
use self::words::{failed, next, next_after, not_run, ran_status, subject, worst};
use super::checklist::{self, offline};
use super::{Global, Terminal, gather};
use crate::adapter::clock;
use crate::adapter::cluster::ClusterOptions;
use crate::adapter::forge::ForgeOptions;
use crate::adapter::prompt::Prompter;
use crate::adapter::runtime::block_on;
use crate::adapter::token::{self, Token, TokenError, TokenSource};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::flux::Model;
use crate::output::{Checklist, ChecklistFormat, Ran, Spinner};
use crate::preflight::{
    Auth, Check, ClusterFacts, CommandLine, Fact, Facts, Flag, Forge, ForgeFacts, MachineFacts,
    Needs, Plan, RepositoryFacts, command_line, judge,
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

/// What is asked of the outside, and with what.
struct Asking<'a> {
    plan: &'a Plan,
    token: Option<&'a Token>,
    repository: &'a RepositoryFacts,
    /// Whether somebody watches while it takes its time.
    is_watched: bool,
}

/// What was asked of the outside at the same time.
struct Asked {
    machine: MachineFacts,
    forge: ForgeFacts,
    cluster: Fact<ClusterFacts>,
}

/// What was found out before anything is run.
struct Found {
    facts: Facts,
    checks: Vec<Check>,
    subject: String,
    line: CommandLine,
    token: Option<Token>,
    /// Whether the command is to be run.
    is_run: bool,
}

impl Bootstrap {
    /// Gathers, judges, shows; with `--run` runs and looks again.
    ///
    /// # Errors
    /// There is no repository, or nothing says what is to be bootstrapped.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        let format = global.checklist_format()?;
        let found = self.look(global, terminal)?;
        let status = checklist::status(&found.checks, &found.facts);
        let is_first = format == ChecklistFormat::Human || !self.run || status != ExitStatus::Yes;
        if is_first {
            found.show(format, None, terminal)?;
        }
        if !self.run {
            return Ok(status);
        }
        if status != ExitStatus::Yes {
            terminal.error(&not_run(&found));
            return Ok(status);
        }
        terminal.finish()?;
        self.hand_over(&found, format, global, terminal)
    }

    /// Gathers and judges.
    fn look(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<Found, Error> {
        let snapshot = gather::repository(global, terminal)?;
        let model = Model::of(&snapshot.tree, snapshot.remote.as_deref());
        let number = plan::cluster(self, &model, global)?;
        let repository = repository::gather(&snapshot, &model, number);
        let chosen = number.and_then(|number| model.clusters.get(number));
        let mut wishes = plan::wishes(self, global, &snapshot, &repository, chosen);
        let mut plan = plan::plan(&mut wishes, &repository, global, terminal)?;
        terminal.notes(&plan.notes);
        let token = self.token(&plan, global, terminal)?;
        let asking = Asking {
            plan: &plan,
            token: token.as_ref(),
            repository: &repository,
            is_watched: terminal.shows_progress(),
        };
        let asked = asking.ask(global)?;
        plan.refine(&wishes, Some(&asked.forge), asked.cluster.as_ref().ok());
        let line = command_line(&plan, &own_flags(global));
        let facts = Facts {
            plan: Some(plan),
            repository: Ok(repository),
            machine: asked.machine,
            forge: Some(asked.forge),
            cluster: asked.cluster,
            now: clock::seconds(),
        };
        Ok(Found {
            checks: judge(&facts),
            subject: subject(&facts),
            facts,
            line,
            token,
            is_run: self.run,
        })
    }

    /// Finds the token; on a terminal somebody is asked for it.
    fn token(
        &self,
        plan: &Plan,
        global: &Global,
        terminal: &Terminal<'_>,
    ) -> Result<Option<Token>, Error> {
        let needs = plan.forge.value != Forge::Git || plan.auth.value == Auth::Token;
        let asks = global.asks() && needs && !global.offline;
        let prompter = asks.then(|| Prompter::new(terminal.err_color));
        let forge = plan.forge.value;
        if let Some(source) = &self.token_from {
            return Ok(token::resolve(Some(source), forge, prompter.as_ref())?);
        }
        let found = token::resolve(None, forge, None)?;
        let Some(prompter) = prompter.filter(|_| found.is_none()) else {
            return Ok(found);
        };
        let variable = forge.token_variable();
        prompter.tell(&format!(
            "{variable} is not set; Enter goes on without a token"
        ));
        match token::resolve(None, forge, Some(&prompter)) {
            // Who has none at hand still sees what can be seen without one.
            Err(TokenError::Left) => Ok(None),
            asked => Ok(asked?),
        }
    }

    /// Runs the command and looks again.
    fn hand_over(
        &self,
        found: &Found,
        format: ChecklistFormat,
        global: &Global,
        terminal: &mut Terminal<'_>,
    ) -> Result<ExitStatus, Error> {
        let Some((plan, repository)) = found
            .facts
            .plan
            .as_ref()
            .zip(found.facts.repository.as_ref().ok())
        else {
            return Ok(ExitStatus::CouldNotLook);
        };
        run::expect_possible(plan, &found.facts)?;
        if !run::confirmed(global, terminal, worst(&found.checks))? {
            terminal.note("nothing was run");
            return Ok(ExitStatus::No);
        }
        let mut ran = run::run(&found.line, found.token.as_ref(), terminal)?;
        let asking = Asking {
            plan,
            token: found.token.as_ref(),
            repository,
            is_watched: terminal.shows_progress(),
        };
        ran.after = verify::after(&asking, ran.succeeded, global, terminal)?;
        let status = ran_status(&ran);
        if !ran.succeeded {
            terminal.error(&failed(&ran));
        }
        match format {
            ChecklistFormat::Human => show_after(&ran, terminal)?,
            _ => found.show(format, Some(&ran), terminal)?,
        }
        Ok(status)
    }
}

impl Found {
    fn show(
        &self,
        format: ChecklistFormat,
        ran: Option<&Ran>,
        terminal: &mut Terminal<'_>,
    ) -> Result<(), Error> {
        let next = match ran {
            None => next(self),
            Some(ran) => next_after(ran),
        };
        let list = Checklist {
            subject: &self.subject,
            checks: &self.checks,
            command: Some(&self.line),
            ran,
            next: &next,
        };
        checklist::show(format, &list, terminal)
    }
}

/// Shows what came of the run, as a checklist of its own.
fn show_after(ran: &Ran, terminal: &mut Terminal<'_>) -> Result<(), Error> {
    let next = next_after(ran);
    let list = Checklist {
        subject: "After the bootstrap",
        checks: &ran.after,
        command: None,
        ran: None,
        next: &next,
    };
    checklist::show(ChecklistFormat::Human, &list, terminal)
}

impl Asking<'_> {
    /// Asks machine, server and cluster at the same time.
    fn ask(&self, global: &Global) -> Result<Asked, Error> {
        let forge_options = ForgeOptions {
            offline: global.offline,
            timeout: global.timeout,
        };
        let options = checklist::cluster(global, "bootstrap")?;
        let needed: Vec<_> = self
            .repository
            .needed_secrets
            .iter()
            .map(|one| one.id.clone())
            .collect();
        let needs = Needs::of(
            Some(self.repository),
            Some(self.plan),
            self.token.map(Token::origin),
        );
        let (namespace, secret) = (&self.plan.namespace, &self.plan.secret);
        let cluster = async |options: Option<&ClusterOptions>| match options {
            Some(options) => cluster::gather(options, namespace, secret, &needed).await,
            None => Err(offline()),
        };
        let spinner = Spinner::new(self.is_watched);
        spinner.show("asking the server of the repository and the cluster");
        let gathered = block_on(async {
            futures::join!(
                machine::gather(&needs),
                forge::gather(self.plan, self.token, &forge_options),
                cluster(options.as_ref()),
            )
        });
        let (machine, forge, cluster) =
            gathered.map_err(|e| Error::could_not_look(e.to_string()))?;
        Ok(Asked {
            machine,
            forge,
            cluster,
        })
    }
}

/// Returns the flags that name the cluster and the time, for flux too.
fn own_flags(global: &Global) -> Vec<Flag> {
    let flag = |name: &str, value: String, why: &str| Flag {
        name: name.to_owned(),
        value: Some(value),
        why: why.to_owned(),
    };
    let asked = "the cluster that was asked";
    let file = global.kubeconfig.as_ref();
    let file = file.map(|file| flag("--kubeconfig", file.display().to_string(), asked));
    let context = global.contexts.first();
    let context = context.map(|context| flag("--context", context.clone(), asked));
    let time = global.timeout.map(|time| {
        let seconds = time.as_secs().max(1);
        flag("--timeout", format!("{seconds}s"), "the flag --timeout")
    });
    file.into_iter().chain(context).chain(time).collect()
}
