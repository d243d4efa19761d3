//! What the commands that ask clusters share: which clusters, the objects of Flux in them, and what could not be asked.

pub(in crate::command) mod drive;
pub(in crate::command) mod outcome;
pub(in crate::command) mod selection;
pub(in crate::command) mod stage;
pub(in crate::command) mod targets;

use std::collections::HashSet;

use clap::Args;
use futures::future::join_all;

use super::Global;
use super::registry::no_queue;
use crate::adapter::cluster::{self, ClusterClient, ClusterError, ClusterOptions, Scope};
use crate::adapter::runtime;
use crate::error::Error;
use crate::flux::live::{FluxKind, KINDS, KindRef, Live};

/// Which clusters to ask, beside the global `--context`.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct ClusterArgs {
    /// Ask the clusters of all contexts of the kubeconfig
    #[arg(long)]
    all_contexts: bool,
}

/// What one cluster has to say.
pub(super) struct Answer<T> {
    /// The context, where several clusters are asked.
    pub(super) context: Option<String>,
    /// The answer, or why there is none.
    pub(super) result: Result<T, ClusterError>,
}

impl ClusterArgs {
    /// Asks all clusters that the flags name, at the same time. One that does not answer takes nothing from the others.
    ///
    /// # Errors
    /// The flags name no cluster, or the kubeconfig does not read.
    pub(super) fn ask<T>(
        self,
        global: &Global,
        what: &str,
        work: impl AsyncFn(&ClusterClient, Option<&str>) -> Result<T, ClusterError>,
    ) -> Result<Vec<Answer<T>>, Error> {
        let all = self.options(global, what)?;
        let several = all.len() > 1;
        let ask = async |options: &ClusterOptions| {
            let context = options.context.clone().filter(|_| several);
            let result = match ClusterClient::connect(options).await {
                Ok(client) => work(&client, context.as_deref()).await,
                Err(error) => Err(error),
            };
            Answer { context, result }
        };
        let asked = async { join_all(all.iter().map(ask)).await };
        runtime::block_on(asked).map_err(|error| no_queue(&error))
    }

    /// Returns how to reach each of the clusters.
    fn options(self, global: &Global, what: &str) -> Result<Vec<ClusterOptions>, Error> {
        if self.all_contexts && !global.contexts.is_empty() {
            let message = "`--context` and `--all-contexts` exclude each other";
            return Err(Error::usage(message));
        }
        let mut named = match self.all_contexts {
            true => cluster::contexts(global.kubeconfig.as_deref())?,
            false => global.contexts.clone(),
        };
        let mut seen = HashSet::new();
        named.retain(|name| seen.insert(name.clone()));
        if named.is_empty() {
            return Ok(vec![global.cluster_of(what, None)?]);
        }
        let named = named.into_iter();
        named
            .map(|name| global.cluster_of(what, Some(name)))
            .collect()
    }
}

/// The objects of Flux in a cluster.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The objects, by kind as [`KINDS`] has them, then as the server orders them.
    pub(super) objects: Vec<Live>,
    /// Kinds that may not be listed, or that the server fails to list, with the reason.
    pub(super) refused: Vec<(&'static FluxKind, ClusterError)>,
    /// Kinds that the cluster does not have: their controllers are not installed.
    pub(super) absent: Vec<&'static FluxKind>,
    /// The other kinds, with the version of their lists, from which a watch goes on.
    pub(super) versions: Vec<(&'static FluxKind, String)>,
}

/// Lists all objects of Flux that a scope takes, all kinds at the same time.
///
/// # Errors
/// The cluster has no Flux, does not answer, or lets nothing of it be listed.
pub(super) async fn flux_objects(
    client: &ClusterClient,
    scope: &Scope<'_>,
) -> Result<Found, ClusterError> {
    of_kinds(client, scope, KINDS.iter()).await
}

/// Lists the objects of some kinds of Flux that a scope takes, at the same time.
///
/// # Errors
/// Those of [`flux_objects`].
pub(super) async fn of_kinds(
    client: &ClusterClient,
    scope: &Scope<'_>,
    kinds: impl Iterator<Item = &'static FluxKind>,
) -> Result<Found, ClusterError> {
    let lists = kinds.map(|kind| async move { (kind, client.list_in(&kind.into(), scope).await) });
    let mut found = Found::default();
    let mut not_served = None;
    for (kind, list) in join_all(lists).await {
        match list {
            Ok(list) => {
                found.versions.push((kind, list.resource_version));
                found
                    .objects
                    .extend(list.items.into_iter().filter_map(Live::of));
            }
            Err(error @ ClusterError::NotServed { .. }) => {
                not_served.get_or_insert(error);
                found.absent.push(kind);
            }
            // One kind may be broken, by a conversion that fails for example, while the others are well.
            Err(error @ (ClusterError::Forbidden { .. } | ClusterError::Status { .. })) => {
                found.refused.push((kind, error));
            }
            Err(error) => return Err(error),
        }
    }
    match (found.refused.first(), not_served) {
        _ if !found.versions.is_empty() => Ok(found),
        (Some((_, error)), _) => Err(error.clone()),
        // Who asks for some kinds is told which of them is missing.
        (None, Some(error)) if found.absent.len() < KINDS.len() => Err(error),
        _ => Err(ClusterError::NoFlux {
            server: client.server().to_owned(),
        }),
    }
}

/// Turns why a cluster gave no answer into what the user can do about it: a selector that it does not read is the user's.
pub(super) fn explained(labels: Option<&str>, error: ClusterError) -> Error {
    match (labels, &error) {
        (Some(labels), ClusterError::Status { status, .. }) if status.starts_with("400") => {
            Error::usage(format!("`-l {labels}` is no label selector: {status}"))
                .hint("write it as kubectl takes it, such as `app=web,tier!=db` or `app in (a,b)`")
        }
        _ => error.into(),
    }
}

/// Returns an object of Flux by its reference.
///
/// # Errors
/// The server does not tell whether there is one.
pub(super) async fn get_object(
    client: &ClusterClient,
    what: &KindRef,
) -> Result<Option<Live>, ClusterError> {
    let Some(kind) = KINDS.iter().find(|kind| kind.kind == what.kind) else {
        return Ok(None);
    };
    let (namespace, name) = (Some(what.id.namespace.as_str()), &what.id.name);
    let answer = client.get(&kind.into(), namespace, name).await?;
    Ok(answer.and_then(Live::of))
}
