//! `homelab doctor`: the part of `bootstrap` that looks at this machine and its cluster, without a server of repositories.

use clap::Args;

use super::{cluster, machine, repository};
use crate::adapter::clock;
use crate::adapter::cluster::ClusterOptions;
use crate::adapter::git;
use crate::adapter::runtime::block_on;
use crate::command::checklist::{self, offline};
use crate::command::{Global, Terminal, gather};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::flux::Model;
use crate::output::{Checklist, Spinner};
use crate::preflight::{Area, Check, Fact, Facts, Needs, RepositoryFacts, Unavailable, judge};

/// Arguments of `homelab doctor`.
#[derive(Args, Debug)]
pub struct Doctor {}

impl Doctor {
    /// Gathers, judges, shows.
    ///
    /// # Errors
    /// The repository does not read, or several clusters are named.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        let format = global.checklist_format()?;
        let found = repository_facts(global, terminal)?;
        let facts = facts(found, global, terminal.shows_progress())?;
        let mut checks = judge(&facts);
        checks.retain(|check| matches!(check.area, Area::Machine | Area::Cluster));
        let subject = subject(&facts);
        let next = next(&checks, &facts);
        let list = Checklist {
            subject: &subject,
            checks: &checks,
            command: None,
            ran: None,
            next: &next,
        };
        checklist::show(format, &list, terminal)?;
        Ok(checklist::status(&checks, &facts))
    }
}

/// Looks at the repository, if there is one: what it needs is looked for in the cluster.
fn repository_facts(
    global: &Global,
    terminal: &mut Terminal<'_>,
) -> Result<Fact<RepositoryFacts>, Error> {
    if global.repo.is_none() && git::discover(&gather::current_dir()?).is_none() {
        return Ok(Err(Unavailable::not_asked(
            "the current folder is in no git repository",
        )));
    }
    let snapshot = gather::repository(global, terminal)?;
    let model = Model::of(&snapshot.tree, snapshot.remote.as_deref());
    let clusters = gather::clusters(&model, global)?;
    let number = match clusters.as_slice() {
        [] => None,
        [(number, _)] => Some(*number),
        several => {
            let names = several.iter().map(|(_, one)| gather::label(&model, one));
            let names: Vec<String> = names.collect();
            let message = format!(
                "the repository holds several clusters: {}",
                names.join(", ")
            );
            terminal.note(&format!(
                "{message}; `--cluster NAME` looks for what one of them needs"
            ));
            return Ok(Err(Unavailable::not_asked(message)));
        }
    };
    Ok(Ok(repository::gather(&snapshot, &model, number)))
}

/// Asks machine and cluster at the same time.
fn facts(
    repository: Fact<RepositoryFacts>,
    global: &Global,
    is_watched: bool,
) -> Result<Facts, Error> {
    let none = RepositoryFacts::default();
    let known = repository.as_ref().unwrap_or(&none);
    let needed: Vec<_> = known
        .needed_secrets
        .iter()
        .map(|one| one.id.clone())
        .collect();
    let sync = known.sync.as_ref();
    let namespace = global.named_namespace.clone();
    let namespace = namespace
        .or_else(|| Some(sync?.id.namespace.clone()))
        .unwrap_or_else(|| global.flux_namespace());
    let secret = sync.and_then(|sync| sync.secret.clone());
    let secret = secret.unwrap_or_else(|| "flux-system".to_owned());
    let needs = Needs::of(repository.as_ref().ok(), None, None);
    let options = checklist::cluster(global, "doctor")?;
    let cluster = async |options: Option<&ClusterOptions>| match options {
        Some(options) => cluster::gather(options, &namespace, &secret, &needed).await,
        None => Err(offline()),
    };
    let spinner = Spinner::new(is_watched);
    spinner.show("asking the cluster");
    let gathered =
        block_on(async { futures::join!(machine::gather(&needs), cluster(options.as_ref())) });
    let (machine, cluster) = gathered.map_err(|e| Error::could_not_look(e.to_string()))?;
    Ok(Facts {
        plan: None,
        repository,
        machine,
        forge: None,
        cluster,
        now: clock::seconds(),
    })
}

/// Returns what is looked at, in a line.
fn subject(facts: &Facts) -> String {
    match &facts.cluster {
        Ok(cluster) => format!("This machine, and the cluster at {}", cluster.server),
        Err(_) => "This machine and its cluster".to_owned(),
    }
}

/// Returns what to do next.
fn next(checks: &[Check], facts: &Facts) -> Vec<String> {
    let is_there = |sync: &Option<_>| sync.is_some();
    match &facts.cluster {
        Ok(cluster) if cluster.sync.as_ref().is_ok_and(is_there) => {
            vec!["`homelab status` shows what Flux applies, `homelab diagnose` why something is not ready".to_owned()]
        }
        Ok(_) if !checklist::fails(checks) => {
            vec!["`homelab bootstrap` in the repository looks at the rest".to_owned()]
        }
        _ => Vec::new(),
    }
}
