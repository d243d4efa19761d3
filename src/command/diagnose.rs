//! `homelab diagnose`: walks from what is not ready to the cause, and says what to do next.

mod ask;

use clap::Args;

use super::cluster::targets::{self, Resolved};
use super::cluster::{Answer, ClusterArgs};
use super::{Global, Terminal};
use crate::adapter::clock;
use crate::adapter::cluster::{ClusterClient, ClusterError, Scope};
use crate::diagnosis::{self, Diagnosis, Facts, Question, Setting, Subject, Thing};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::flux::live::{Live, Target};
use crate::image::Service;
use crate::output::{ClusterView, DiagnosesView, DiagnosisStyle, write_diagnoses};

/// How often the cluster is asked for what the story needs next; a chain of more is a fault.
const ROUNDS: usize = 40;

/// Arguments of `homelab diagnose`.
#[derive(Args, Debug)]
pub struct Diagnose {
    /// What to look at: a service, or an object such as ks/apps or hr/media/plex [default: all that is not ready, in all
    /// namespaces or that of --namespace]
    #[arg(value_name = "SERVICE|KIND/NAME")]
    target: Option<String>,
    #[command(flatten)]
    clusters: ClusterArgs,
}

impl Diagnose {
    /// Asks, and tells the story.
    ///
    /// # Errors
    /// The target is none, or a cluster cannot be asked.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        let format = global.data_format()?;
        let target = match &self.target {
            Some(text) => targets::parse(std::slice::from_ref(text))?
                .into_iter()
                .next(),
            None => None,
        };
        let answers = self.clusters.ask(global, "diagnose", async |client, _| {
            of_cluster(client, global, target.as_ref()).await
        })?;
        if let [
            Answer {
                context: None,
                result: Err(error),
            },
        ] = answers.as_slice()
        {
            return Err(error.clone().into());
        }
        let mut status = ExitStatus::Yes;
        let mut views = Vec::new();
        for Answer { context, result } in answers {
            status = worst(status, status_of(&result));
            let result = result.map_err(|error| {
                let hint = error.hint();
                let message = error.to_string();
                let context = context.as_deref().unwrap_or_default();
                let mut told = Error::could_not_look(format!("{context}: {message}"));
                told.hint.clone_from(&hint);
                terminal.error(&told);
                (message, hint)
            });
            views.push(ClusterView { context, result });
        }
        let style = DiagnosisStyle {
            width: terminal.width(),
            color: terminal.color,
            is_verbose: terminal.is_verbose(),
        };
        let view = DiagnosesView::new(views);
        let written = write_diagnoses(format, &view, style, terminal.out);
        terminal.written(written)?;
        Ok(status)
    }
}

/// Returns what one cluster means for the exit status: what could not be looked at is never taken for well.
fn status_of(result: &Result<Vec<Diagnosis>, ClusterError>) -> ExitStatus {
    match result {
        Err(ClusterError::TimedOut { .. }) => ExitStatus::TimedOut,
        Err(_) => ExitStatus::CouldNotLook,
        Ok(all) if all.iter().any(Diagnosis::is_unsure) => ExitStatus::CouldNotLook,
        Ok(all) if all.iter().any(|one| !one.causes.is_empty()) => ExitStatus::No,
        Ok(_) => ExitStatus::Yes,
    }
}

/// Returns the one of two statuses that says more: could not look, then no, then timed out, then yes.
fn worst(a: ExitStatus, b: ExitStatus) -> ExitStatus {
    let order = [
        ExitStatus::CouldNotLook,
        ExitStatus::No,
        ExitStatus::TimedOut,
    ];
    let found = order.into_iter().find(|status| [a, b].contains(status));
    found.unwrap_or(ExitStatus::Yes)
}

/// Diagnoses what a target is in one cluster.
async fn of_cluster(
    client: &ClusterClient,
    global: &Global,
    target: Option<&Target>,
) -> Result<Vec<Diagnosis>, ClusterError> {
    let mut facts = Facts::default();
    let subject = match target {
        None => everything(client, global, &mut facts).await?,
        Some(Target::Service(name)) => match service(client, name, &mut facts).await? {
            Some(subject) => subject,
            None => return Ok(vec![missing(name, None)]),
        },
        Some(target) => {
            let found = targets::resolve(client, global, std::slice::from_ref(target)).await?;
            match found.into_iter().next() {
                Some(Resolved::Objects(objects)) => objects_of(target, &objects, &mut facts),
                Some(Resolved::Service { objects, workloads }) => {
                    workloads.iter().for_each(|workload| facts.know(workload));
                    objects_of(target, &objects, &mut facts)
                }
                Some(Resolved::Missing { similar }) => {
                    return Ok(vec![missing(&target.to_string(), similar)]);
                }
                Some(Resolved::Ambiguous { choices }) => {
                    return Ok(vec![ambiguous(&target.to_string(), choices)]);
                }
                None => Subject::Failing(Vec::new()),
            }
        }
    };
    let flux_namespace = global.flux_namespace();
    let setting = Setting {
        now: clock::seconds(),
        flux_namespace: &flux_namespace,
    };
    told(client, facts, &subject, setting).await
}

/// Asks, round by round, until the story is whole.
async fn told(
    client: &ClusterClient,
    mut facts: Facts,
    subject: &Subject,
    setting: Setting<'_>,
) -> Result<Vec<Diagnosis>, ClusterError> {
    for _ in 0..ROUNDS {
        let (diagnoses, questions) = diagnosis::diagnose(&facts, subject, setting);
        if questions.is_empty() {
            return Ok(diagnoses);
        }
        ask::all(client, questions, &mut facts).await?;
    }
    Ok(diagnosis::diagnose(&facts, subject, setting).0)
}

/// Makes sure that there is Flux at all, and takes what that says.
async fn everything(
    client: &ClusterClient,
    global: &Global,
    facts: &mut Facts,
) -> Result<Subject, ClusterError> {
    let namespace = global.named_namespace.clone();
    let scope = Scope {
        namespace: namespace.as_deref(),
        ..Scope::default()
    };
    ask::flux(client, &scope, facts).await?;
    Ok(Subject::Everything(namespace))
}

/// Finds the objects of a service; nothing where nothing has this name.
async fn service(
    client: &ClusterClient,
    name: &str,
    facts: &mut Facts,
) -> Result<Option<Subject>, ClusterError> {
    let objects = ask::flux(client, &Scope::default(), facts).await?;
    let items = Service::workloads_to_ask(name, &objects);
    let asked: Vec<Thing> = items.iter().map(Thing::from).collect();
    let questions = asked.iter().cloned().map(Question::Object).collect();
    ask::all(client, questions, facts).await?;
    let workloads: Vec<_> = asked
        .iter()
        .filter_map(|thing| facts.whole(thing))
        .collect();
    let mut found = Service::of(name, &objects, &workloads);
    if found.is_empty() {
        return Ok(None);
    }
    without_strangers(&mut found, &objects);
    // The workloads say most; an object comes before what it takes from.
    let parts = [&found.appliers, &found.images, &found.sources];
    let flux = parts
        .into_iter()
        .flatten()
        .filter_map(|&at| objects.get(at));
    let flux = flux.map(|live| Thing::from(&live.kind_ref()));
    Ok(Some(Subject::Service(
        name.to_owned(),
        asked.into_iter().chain(flux).collect(),
    )))
}

/// Leaves out automations that write to another repository than the service comes from, if one writes there.
fn without_strangers(found: &mut Service, objects: &[Live]) {
    let sources: Vec<_> = found
        .sources
        .iter()
        .filter_map(|&at| Some(objects.get(at)?.kind_ref()))
        .collect();
    let is_automation = |live: &Live| live.kind.kind == "ImageUpdateAutomation";
    let writes = |live: &Live| {
        live.source()
            .is_some_and(|source| sources.contains(&source))
    };
    let of = |at: usize| objects.get(at);
    let has_own = found
        .images
        .iter()
        .filter_map(|&at| of(at))
        .any(|live| is_automation(live) && writes(live));
    found
        .images
        .retain(|&at| of(at).is_some_and(|live| !has_own || !is_automation(live) || writes(live)));
}

fn objects_of(target: &Target, objects: &[Live], facts: &mut Facts) -> Subject {
    let mut things = Vec::new();
    for live in objects {
        let thing = Thing::from(&live.kind_ref());
        facts.know(live.value());
        things.push(thing);
    }
    match (target, things.as_slice()) {
        (Target::Object { .. }, [thing]) => Subject::Object(thing.clone()),
        _ => Subject::Failing(things),
    }
}

fn missing(typed: &str, similar: Option<String>) -> Diagnosis {
    let message = match similar {
        Some(similar) => format!("there is no {typed} in the cluster; did you mean {similar}?"),
        None => format!("there is no {typed} in the cluster"),
    };
    let help = "what should apply it may not be ready: without an argument everything that is not is shown";
    Diagnosis::missing(typed, &message, help, vec!["homelab diagnose".to_owned()])
}

fn ambiguous(typed: &str, choices: Vec<String>) -> Diagnosis {
    let message = format!("several objects are named {typed}");
    let next = choices
        .iter()
        .map(|choice| format!("homelab diagnose {choice}"));
    Diagnosis::missing(
        typed,
        &message,
        "name one of them with its namespace",
        next.collect(),
    )
}
