//! `homelab status`: the Flux objects of clusters, and whether they are ready.

use clap::Args;

use super::cluster::{ClusterArgs, flux_objects};
use super::{Global, Terminal};
use crate::adapter::cluster::Scope;
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::flux::ConditionStatus;
use crate::flux::live::Live;
use crate::output::{StatusDocument, write_status};

/// Arguments of `homelab status`.
#[derive(Args, Debug)]
pub struct Status {
    /// Show all namespaces
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    #[command(flatten)]
    clusters: ClusterArgs,
}

impl Status {
    /// Lists and shows.
    ///
    /// # Errors
    /// No cluster answers.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        let format = global.data_format()?;
        let namespace = global.namespace();
        let scope = Scope {
            namespace: Some(namespace.as_str()).filter(|_| !self.all_namespaces),
            ..Scope::default()
        };
        let answers = self.clusters.ask(global, "status", async |client, _| {
            flux_objects(client, &scope).await
        })?;
        let mut objects = Vec::new();
        for answer in &answers {
            match &answer.result {
                Ok(found) => {
                    for (kind, error) in &found.refused {
                        terminal.note(&format!("{kind}: {error}"));
                    }
                    let absent = found.absent.iter().map(|kind| format!("no {kind}"));
                    terminal.notes(&absent.collect::<Vec<_>>());
                    let context = answer.context.as_deref();
                    objects.extend(found.objects.iter().map(|object| (context, object)));
                }
                Err(error) => return Err(error.clone().into()),
            }
        }
        let is_ready = |object: &Live| object.readiness().status == ConditionStatus::True;
        let ready = objects
            .iter()
            .all(|(_, object)| object.is_suspended() || is_ready(object));
        let document = StatusDocument::new(objects.into_iter());
        let written = write_status(
            format,
            &document,
            (terminal.width(), terminal.color),
            terminal.out,
        );
        terminal.written(written)?;
        Ok(if ready {
            ExitStatus::Yes
        } else {
            ExitStatus::No
        })
    }
}
