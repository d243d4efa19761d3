//! `homelab reconcile`: asks Flux's controllers to work on objects now, and waits until they have.

use std::time::Duration;

use clap::Args;
use futures::future::join_all;

use super::cluster::drive::{Drive, Driven, Wish};
use super::cluster::outcome::conclude;
use super::cluster::selection::{Gathered, Selection, Wanted};
use super::cluster::stage::Stage;
use super::cluster::targets::typed;
use super::cluster::{ClusterArgs, get_object};
use super::{Global, Terminal};
use crate::adapter::clock;
use crate::adapter::cluster::{ClusterClient, ClusterError};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::flux::live::{
    Asked, End, FluxKind, KindRef, Live, Outcome, REQUESTED_AT, Run, Target, not_reconciled,
};

/// How long to wait where nobody says, as `flux` does.
const TIMEOUT: Duration = Duration::from_mins(5);

/// Arguments of `homelab reconcile`.
#[derive(Args, Debug)]
pub struct Reconcile {
    #[command(flatten)]
    selection: Selection,
    /// Ask for their sources first
    #[arg(long)]
    with_source: bool,
    /// Install or upgrade HelmReleases once more, though nothing changed
    #[arg(long)]
    force: bool,
    /// Forget how often HelmReleases failed, so that they are tried again
    #[arg(long)]
    reset: bool,
    #[command(flatten)]
    clusters: ClusterArgs,
}

/// Returns the flags with an end to the waiting.
pub(super) fn patient(global: &Global) -> (Global, Duration) {
    let timeout = global.timeout.unwrap_or(TIMEOUT);
    let global = Global {
        timeout: Some(timeout),
        ..global.clone()
    };
    (global, timeout)
}

/// Returns a token that the object has not had.
pub(super) fn fresh_token(object: &Live) -> String {
    let token = clock::token();
    match object.annotation(REQUESTED_AT) == Some(token.as_str()) {
        true => format!("{token}0"),
        false => token,
    }
}

/// Returns where the story of a failure goes on.
pub(super) fn diagnosis(object: &Live, end: &End) -> Option<String> {
    let is_own = !matches!(
        end.said.reason.as_str(),
        "DependencyFailed" | "DependencySuspended" | "Forbidden" | "Unauthenticated" | "NotAsked"
    );
    let is_bad = matches!(end.outcome, Outcome::Failed | Outcome::Timeout);
    (is_own && is_bad).then(|| format!("homelab diagnose {}", typed(object)))
}

impl Reconcile {
    /// Asks, and shows what comes of it.
    ///
    /// # Errors
    /// Nothing is named, or what does not fit; the only cluster does not answer; Ctrl-C.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        let format = global.data_format()?;
        let wanted = self.selection.read("reconcile")?;
        self.refuse_force(&wanted)?;
        let (global, timeout) = patient(global);
        let stage = Stage::new(terminal, format);
        let work = async |client: &ClusterClient, context: Option<&str>| {
            let gathered = self.selection.gather(client, &global, &wanted).await?;
            let drive = Drive {
                client,
                context,
                stage: &stage,
                wish: &|object| self.wish(object),
                next: &|object, end| self.next(object, end, gathered.is_named(object)),
                is_named: &|object| gathered.is_named(object),
                is_everywhere: self.selection.is_everywhere(),
                timeout,
            };
            self.ask(&drive, &gathered).await
        };
        let answers = self.clusters.ask(&global, "reconcile", work)?;
        conclude(stage, answers)
    }

    /// Refuses `--force` and `--reset` where no HelmRelease can be meant.
    fn refuse_force(&self, wanted: &Wanted) -> Result<(), Error> {
        let flag = match (self.force, self.reset) {
            (true, _) => "--force",
            (_, true) => "--reset",
            _ => return Ok(()),
        };
        let release = |kinds: &[&FluxKind]| {
            kinds.is_empty() || kinds.iter().any(|kind| kind.kind == "HelmRelease")
        };
        let may_be = match wanted {
            Wanted::All(kinds) => release(kinds),
            Wanted::Named(targets) => targets.iter().any(|target| match target {
                Target::Object { kinds, .. } | Target::Kind { kinds, .. } => release(kinds),
                Target::Service(_) => true,
            }),
        };
        match may_be {
            true => Ok(()),
            false => {
                let message = format!("`{flag}` is for HelmReleases, and none is named");
                Err(Error::usage(message).hint(format!("`homelab reconcile hr/NAME {flag}`")))
            }
        }
    }

    fn wish(&self, object: &Live) -> Wish {
        let is_release = object.kind.kind == "HelmRelease";
        let asked = Asked {
            token: fresh_token(object),
            force: self.force && is_release,
            reset: self.reset && is_release,
        };
        Wish {
            patch: asked.patch(),
            token: Some(asked.token),
        }
    }

    fn next(&self, object: &Live, end: &End, is_named: bool) -> Option<String> {
        if end.outcome == Outcome::Suspended && (is_named || self.with_source) {
            return Some(format!("homelab resume {}", typed(object)));
        }
        let stalled = object.condition("Stalled").filter(|s| s.is_true());
        let is_over = stalled.is_some_and(|stalled| stalled.reason == "RetriesExceeded");
        if end.outcome == Outcome::Failed && is_over && !self.force && !self.reset {
            let typed = typed(object);
            return Some(format!("homelab reconcile {typed} --reset tries again"));
        }
        diagnosis(object, end)
    }

    /// Asks for what was found.
    async fn ask(
        &self,
        drive: &Drive<'_, '_, '_>,
        gathered: &Gathered,
    ) -> Result<Driven, ClusterError> {
        let begun = gathered.begin(drive.context, drive.stage);
        let picked = gathered.objects.iter();
        let mut objects: Vec<(Live, bool)> = picked.map(|p| (p.object.clone(), false)).collect();
        let mut missing = Vec::new();
        if self.with_source {
            missing = with_sources(drive.client, &mut objects).await?;
        }
        let mut run = Run::new(objects, not_reconciled);
        for (index, source) in missing {
            let message = format!("{source} is not there");
            run.finish(index, End::new(Outcome::Failed, "SourceNotFound", message));
        }
        Ok(begun.and(drive.run(run).await))
    }
}

/// Adds the sources of objects, and the sources of those. Returns whose source is not there; the chart of a HelmRelease is not
/// missed, for its controller makes it.
async fn with_sources(
    client: &ClusterClient,
    objects: &mut Vec<(Live, bool)>,
) -> Result<Vec<(usize, KindRef)>, ClusterError> {
    let mut missing = Vec::new();
    let mut looked_at = 0;
    while looked_at < objects.len() {
        let mut new: Vec<(KindRef, Vec<usize>)> = Vec::new();
        let sources: Vec<(usize, KindRef)> = objects
            .iter()
            .enumerate()
            .skip(looked_at)
            .filter_map(|(index, (object, _))| Some((index, object.source()?)))
            .collect();
        looked_at = objects.len();
        for (index, source) in sources {
            if let Some((_, is_required)) = objects.iter_mut().find(|(o, _)| o.kind_ref() == source)
            {
                *is_required = true;
            } else if let Some((_, of)) = new.iter_mut().find(|(known, _)| *known == source) {
                of.push(index);
            } else {
                new.push((source, vec![index]));
            }
        }
        let gets = new.iter().map(|(source, _)| get_object(client, source));
        for (answer, (source, of)) in join_all(gets).await.into_iter().zip(&new) {
            match answer? {
                Some(found) => objects.push((found, true)),
                None if source.kind == "HelmChart" => {}
                None => missing.extend(of.iter().map(|&index| (index, source.clone()))),
            }
        }
    }
    Ok(missing)
}
