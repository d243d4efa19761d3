//! `homelab reconcile`: asks Flux's controllers to work on objects now, and waits until they have.

use std::time::Duration;

use clap::Args;

use super::cluster::ClusterArgs;
use super::cluster::drive::{Drive, Driven, Wish};
use super::cluster::outcome::conclude;
use super::cluster::selection::{Gathered, Selection};
use super::cluster::stage::Stage;
use super::{Global, Terminal};
use crate::adapter::clock;
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::flux::live::{Asked, Live, Outcome, REQUESTED_AT, Run, not_reconciled};
use crate::output::ResultRow;

/// How long to wait where nobody says, as `flux` does.
const TIMEOUT: Duration = Duration::from_mins(5);

/// Arguments of `homelab reconcile`.
#[derive(Args, Debug)]
pub struct Reconcile {
    #[command(flatten)]
    selection: Selection,
    /// Ask their sources first
    #[arg(long)]
    with_source: bool,
    /// Install or upgrade HelmReleases once, though nothing changed
    #[arg(long)]
    force: bool,
    /// Forget the failures of HelmReleases, so that they are tried again
    #[arg(long)]
    reset: bool,
    #[command(flatten)]
    clusters: ClusterArgs,
}

/// Returns the flags with an end to the waiting.
pub(super) fn patient(global: &Global) -> Global {
    Global {
        timeout: Some(global.timeout.unwrap_or(TIMEOUT)),
        ..global.clone()
    }
}

fn is_bad(row: &ResultRow) -> bool {
    matches!(row.outcome(), Outcome::Failed | Outcome::NotFound)
}

impl Reconcile {
    /// Asks, and shows what comes of it.
    ///
    /// # Errors
    /// Nothing is named, or what does not fit; the only cluster does not answer; Ctrl-C.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        let format = global.data_format()?;
        let wanted = self.selection.read("reconcile")?;
        let global = &patient(global);
        let stage = Stage::new(terminal, format);
        let answers = self
            .clusters
            .ask(global, "reconcile", async |client, context| {
                let gathered = self.selection.gather(client, global, &wanted).await?;
                let drive = Drive {
                    client,
                    context,
                    stage: &stage,
                    wish: &|object| self.wish(object),
                    is_everywhere: self.selection.is_everywhere(),
                    timeout: global.timeout.unwrap_or(TIMEOUT),
                };
                Ok(asked(&drive, gathered).await)
            })?;
        conclude(stage, answers, |row| is_bad(row))
    }

    fn wish(&self, object: &Live) -> Wish {
        let is_release = object.kind.kind == "HelmRelease";
        let asked = Asked {
            token: fresh_token(object),
            force: self.force && is_release,
            reset: self.reset && is_release,
        };
        Wish {
            patch: Some(asked.patch()),
            token: Some(asked.token),
        }
    }
}

/// Returns a token that the object has not had.
pub(super) fn fresh_token(object: &Live) -> String {
    let token = clock::token();
    match object.annotation(REQUESTED_AT) == Some(token.as_str()) {
        true => format!("{token}0"),
        false => token,
    }
}

/// Asks for what was found.
async fn asked(drive: &Drive<'_, '_, '_>, gathered: Gathered) -> Driven {
    let missing = gathered.missing.iter();
    let missing: Vec<ResultRow> = missing
        .map(|(what, end)| ResultRow::without_object(drive.context, what, end))
        .collect();
    for row in &missing {
        drive.stage.done(drive.context, row);
    }
    for (_, error) in &gathered.refused {
        drive.stage.note(drive.context, &error.to_string());
    }
    let objects = gathered.objects.into_iter();
    let objects = objects.map(|picked| (picked.object, false)).collect();
    let mut driven = drive.run(Run::new(objects, not_reconciled)).await;
    driven.rows.splice(..0, missing);
    driven.is_refused |= !gathered.refused.is_empty();
    driven
}
