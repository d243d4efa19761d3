//! `homelab suspend` and `homelab resume`: stop the reconciliation of objects, with a reason, and let it go on.

use clap::Args;
use futures::future::join_all;
use futures::{StreamExt, stream};
use serde_json::Value;

use super::cluster::drive::{Drive, Driven, Wish, has, refused};
use super::cluster::outcome::conclude;
use super::cluster::selection::{Gathered, Selection};
use super::cluster::stage::Stage;
use super::cluster::targets::typed;
use super::cluster::{ClusterArgs, get_object, of_kinds};
use super::reconcile::{diagnosis, fresh_token, patient};
use super::{Global, Terminal};
use crate::adapter::clock;
use crate::adapter::cluster::{ClusterClient, ClusterError, Scope};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::flux::live::{
    End, KindRef, Live, Outcome, Run, Stop, SuspendBy, is_held_up, resumption, until,
};
use crate::output::ResultRow;

/// How many objects are patched at once.
const AT_ONCE: usize = 32;

/// Arguments of `homelab suspend`.
#[derive(Args, Debug)]
pub struct Suspend {
    #[command(flatten)]
    selection: Selection,
    /// Why, for whoever finds them suspended; `status` shows it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Until when: a day, a time, or how long (2h, 3d); `status` tells when that is past
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    #[command(flatten)]
    clusters: ClusterArgs,
}

/// Arguments of `homelab resume`.
#[derive(Args, Debug)]
pub struct Resume {
    #[command(flatten)]
    selection: Selection,
    /// Do not wait until they are ready
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    clusters: ClusterArgs,
}

/// One cluster, and where to tell what happens in it.
struct Place<'p, 's, 't> {
    client: &'p ClusterClient,
    context: Option<&'p str>,
    stage: &'p Stage<'s, 't>,
}

/// An object, and the patch for it.
type Planned = (Live, Value);

impl Suspend {
    /// Stops objects.
    ///
    /// # Errors
    /// Nothing is named, or what does not fit; the only cluster does not answer; Ctrl-C.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        let format = global.data_format()?;
        let wanted = self.selection.read("suspend")?;
        let until = self
            .until
            .as_deref()
            .map(|text| until(text, clock::seconds()));
        let stop = Stop {
            reason: self.reason.clone().filter(|reason| !reason.is_empty()),
            until: until.transpose().map_err(Error::usage)?,
        };
        let stage = Stage::new(terminal, format);
        let work = async |client: &ClusterClient, context: Option<&str>| {
            let gathered = self.selection.gather(client, global, &wanted).await?;
            let place = Place {
                client,
                context,
                stage: &stage,
            };
            Ok(place.stop(&stop, &gathered, global.asks()).await)
        };
        let answers = self.clusters.ask(global, "suspend", work)?;
        conclude(stage, answers)
    }
}

impl Resume {
    /// Lets objects go on, and waits until they are ready.
    ///
    /// # Errors
    /// Those of [`Suspend::run`].
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        let format = global.data_format()?;
        let wanted = self.selection.read("resume")?;
        let (patient, timeout) = patient(global);
        let stage = Stage::new(terminal, format);
        let work = async |client: &ClusterClient, context: Option<&str>| {
            let gathered = self.selection.gather(client, &patient, &wanted).await?;
            let place = Place {
                client,
                context,
                stage: &stage,
            };
            let mut begun = gathered.begin(context, &stage);
            let stopped = gathered.objects.iter().filter(|p| p.object.is_suspended());
            let stopped: Vec<&Live> = stopped.map(|picked| &picked.object).collect();
            let asks = gathered.is_bulk() && global.asks() && !stopped.is_empty();
            if asks && !place.is_wanted("Resume", &stopped, &mut begun) {
                return Ok(begun);
            }
            let undone: Vec<&Live> = stopped
                .iter()
                .copied()
                .filter(|o| o.is_suspend_in_git())
                .collect();
            place.warn_of_git(&undone, &[], "suspends it again").await;
            let driven = match self.no_wait {
                true => place.let_go(&gathered).await,
                false => {
                    let drive = Drive {
                        client,
                        context,
                        stage: &stage,
                        wish: &wish,
                        next: &next,
                        is_named: &|object| gathered.is_named(object),
                        is_everywhere: self.selection.is_everywhere(),
                        timeout,
                    };
                    let objects = gathered.objects.iter().map(|p| (p.object.clone(), false));
                    let mut driven = drive.run(Run::new(objects.collect(), not_resumed)).await;
                    let mut rows = driven.rows.iter();
                    driven.is_bad |= rows.any(|row| row.outcome() == Outcome::Suspended);
                    driven
                }
            };
            Ok(begun.and(driven))
        };
        let answers = self.clusters.ask(&patient, "resume", work)?;
        conclude(stage, answers)
    }
}

/// Returns what is sent to let an object go on.
fn wish(object: &Live) -> Wish {
    let token = (object.kind.suspend_by == SuspendBy::Annotation).then(|| fresh_token(object));
    Wish {
        patch: resumption(object, token.as_deref()),
        token,
    }
}

/// Returns the end of what cannot be resumed.
fn not_resumed(object: &Live) -> Option<End> {
    if object.kind.suspend_by == SuspendBy::Nothing {
        return Some(never_stopped(object));
    }
    let is_running = !object.is_suspended();
    is_running.then(|| End::new(Outcome::Unchanged, "", "it is not suspended"))
}

fn never_stopped(object: &Live) -> End {
    let message = format!(
        "a {} cannot be suspended: another object makes it",
        object.kind
    );
    End::new(Outcome::Static, "", message)
}

fn next(object: &Live, end: &End) -> Option<String> {
    match end.said.reason.as_str() {
        "DependencyFailed" | "NotAsked" => Some(format!(
            "it stays suspended; homelab resume {}",
            typed(object)
        )),
        _ => diagnosis(object, end),
    }
}

impl Place<'_, '_, '_> {
    async fn stop(&self, stop: &Stop, gathered: &Gathered, asks: bool) -> Driven {
        let mut driven = gathered.begin(self.context, self.stage);
        let mut plan: Vec<Planned> = Vec::new();
        for picked in &gathered.objects {
            let object = &picked.object;
            let settled = match object.kind.suspend_by {
                SuspendBy::Nothing => Some(never_stopped(object)),
                _ => match stop.patch(object) {
                    None => Some(End::new(Outcome::Unchanged, "", already(object))),
                    Some(patch) => {
                        plan.push((object.clone(), patch));
                        None
                    }
                },
            };
            if let Some(end) = settled {
                driven.is_bad |= end.outcome == Outcome::Static && picked.is_named;
                self.row(object, &end, picked.is_named, &mut driven);
            }
        }
        let planned: Vec<&Live> = plan.iter().map(|(object, _)| object).collect();
        let asks = asks && gathered.is_bulk() && !plan.is_empty();
        if asks && !self.is_wanted("Suspend", &planned, &mut driven) {
            return driven;
        }
        let done = self.patch(&plan, Outcome::Stopped, &mut driven).await;
        let undone: Vec<&Live> = done
            .iter()
            .copied()
            .filter(|o| o.is_suspend_in_git())
            .collect();
        self.warn_of_git(&undone, &done, "undoes this").await;
        self.warn_of_dependents(&done).await;
        driven
    }

    /// Lets objects go on, and waits for nothing.
    async fn let_go(&self, gathered: &Gathered) -> Driven {
        let mut driven = Driven::default();
        let mut plan = Vec::new();
        for picked in &gathered.objects {
            match not_resumed(&picked.object) {
                Some(end) => self.row(&picked.object, &end, picked.is_named, &mut driven),
                None => plan.push((picked.object.clone(), wish(&picked.object).patch)),
            }
        }
        self.patch(&plan, Outcome::Resumed, &mut driven).await;
        driven
    }

    /// Patches objects, and returns those that it worked for.
    async fn patch<'p>(
        &self,
        plan: &'p [Planned],
        outcome: Outcome,
        driven: &mut Driven,
    ) -> Vec<&'p Live> {
        let patches = plan.iter().map(|(object, patch)| async move {
            let away = |error| {
                self.stage
                    .note(self.context, &format!("{error}; trying again"))
            };
            let is_there = |value: &Value| has(value, patch);
            let (kind, id) = (object.kind.into(), &object.id);
            let answer = self
                .client
                .patch_once(&kind, id, patch, is_there, away)
                .await;
            (object, answer)
        });
        let mut answers = stream::iter(patches).buffered(AT_ONCE);
        let mut done = Vec::new();
        while let Some((object, answer)) = answers.next().await {
            let end = match answer {
                Ok(Some(_)) => {
                    done.push(object);
                    End::new(outcome, "", "")
                }
                Ok(None) => End::new(
                    Outcome::NotFound,
                    "Deleted",
                    "it was deleted in the meantime",
                ),
                Err(ClusterError::TimedOut { .. }) => End::new(
                    Outcome::Timeout,
                    "NoAnswer",
                    "the cluster gave no answer in time",
                ),
                Err(error) => {
                    driven.is_refused = true;
                    refused(&error)
                }
            };
            self.row(object, &end, true, driven);
        }
        done
    }

    fn row(&self, object: &Live, end: &End, is_named: bool, driven: &mut Driven) {
        let row = ResultRow::new(self.context, object, end, std::time::Duration::ZERO);
        let row = if is_named { row } else { row.aside() };
        self.stage.done(self.context, &row);
        driven.rows.push(row);
    }

    /// Shows what is meant, and asks whether it is.
    fn is_wanted(&self, verb: &str, objects: &[&Live], driven: &mut Driven) -> bool {
        let names: Vec<String> = objects.iter().map(|o| o.kind_ref().to_string()).collect();
        let question = match (objects.len(), self.context) {
            (1, None) => format!("{verb} this object?"),
            (many, None) => format!("{verb} these {many} objects?"),
            (many, Some(context)) => format!("{verb} these {many} objects of {context}?"),
        };
        match self.stage.ask(&names, &question) {
            Ok(true) => return true,
            Ok(false) => driven.is_bad = true,
            Err(error) if error.status() == ExitStatus::Interrupted => driven.interrupted = Some(0),
            Err(error) => {
                self.stage.error(self.context, &error.message);
                driven.is_refused = true;
            }
        }
        self.stage.note(self.context, "nothing was changed");
        false
    }

    /// Warns where a manifest says otherwise and is applied again. `stopped` are those that apply nothing for now.
    async fn warn_of_git(&self, objects: &[&Live], stopped: &[&Live], what: &str) {
        let mut owners: Vec<KindRef> = objects.iter().filter_map(|o| o.owner()).collect();
        owners.sort();
        owners.dedup();
        let is_stopped = |owner: &KindRef| stopped.iter().any(|o| o.kind_ref() == *owner);
        owners.retain(|owner| !is_stopped(owner));
        let looks = owners.iter().map(|owner| get_object(self.client, owner));
        for (owner, look) in owners.iter().zip(join_all(looks).await) {
            // One that may not be looked at may well apply.
            if look.is_ok_and(|found| found.is_none_or(|found| found.is_suspended())) {
                continue;
            }
            let of_owner = objects.iter().filter(|o| o.owner().as_ref() == Some(owner));
            for object in of_owner {
                let what = format!(
                    "the manifest of {} states `suspend`: {owner} {what} when it applies the next time; \
                     change it in Git",
                    object.kind_ref()
                );
                self.stage.note(self.context, &what);
            }
        }
    }

    /// Warns of those that wait for something that is stopped.
    async fn warn_of_dependents(&self, stopped: &[&Live]) {
        let mut kinds: Vec<_> = stopped.iter().map(|object| object.kind).collect();
        kinds.retain(|kind| matches!(kind.kind, "Kustomization" | "HelmRelease"));
        kinds.sort_by_key(|kind| kind.kind);
        kinds.dedup();
        if kinds.is_empty() {
            return;
        }
        let found = of_kinds(self.client, &Scope::default(), kinds.into_iter()).await;
        // A warning that cannot be had is none.
        let others = found.map(|found| found.objects).unwrap_or_default();
        let is_stopped = |other: &Live| stopped.iter().any(|o| o.kind_ref() == other.kind_ref());
        for object in stopped {
            let waiting: Vec<String> = others
                .iter()
                .filter(|other| !is_stopped(other) && is_held_up(other, object))
                .map(|other| other.kind_ref().to_string())
                .collect();
            if !waiting.is_empty() {
                let (what, waiting) = (object.kind_ref(), waiting.join(", "));
                let when = match object.readiness().status {
                    crate::flux::ConditionStatus::True => "from the next revision on ",
                    _ => "",
                };
                let note = format!("until {what} is resumed, {when}these wait for it: {waiting}");
                self.stage.note(self.context, &note);
            }
        }
    }
}

fn already(object: &Live) -> String {
    let said = object.suspension().unwrap_or_default();
    format!("it is suspended already{}", said.words())
}
