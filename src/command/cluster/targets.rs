//! Finds in a cluster what a user names: with one question where the name says enough.

use futures::future::join_all;
use serde_json::Value;

use super::{Found, flux_objects, of_kinds};
use crate::adapter::cluster::{ClusterClient, ClusterError, ResourceKind, Scope};
use crate::command::Global;
use crate::command::nearest::nearest;
use crate::error::Error;
use crate::flux::live::{FluxKind, Live, Target};
use crate::image::Service;

/// What a target is in a cluster.
#[derive(Debug)]
pub(in crate::command) enum Resolved {
    /// Objects: one of a name, all of a kind, or those of a service, sources first.
    Objects(Vec<Live>),
    /// A service with workloads, which are whole objects of the API server.
    Service {
        /// Its Flux objects, sources first.
        objects: Vec<Live>,
        /// Its workloads.
        #[allow(dead_code, reason = "status and diagnose show them")]
        workloads: Vec<Value>,
    },
    /// Nothing has this name.
    Missing {
        /// A name that is close.
        similar: Option<String>,
    },
    /// Several objects have this name.
    Ambiguous {
        /// Each as it could be typed.
        choices: Vec<String>,
    },
}

/// Reads targets as they are typed.
///
/// # Errors
/// A usage error for the first that is none.
pub(in crate::command) fn parse(texts: &[String]) -> Result<Vec<Target>, Error> {
    let read = |text: &String| {
        Target::parse(text).map_err(|why| {
            Error::usage(why).hint(
                "name an object such as ks/apps, hr/media/plex or source/flux-system, or a service",
            )
        })
    };
    texts.iter().map(read).collect()
}

/// Finds each target, all at the same time.
///
/// # Errors
/// The cluster does not answer, or does not allow to look.
pub(in crate::command) async fn resolve(
    client: &ClusterClient,
    global: &Global,
    targets: &[Target],
) -> Result<Vec<Resolved>, ClusterError> {
    let is_service = |target: &Target| matches!(target, Target::Service(_));
    let everything = match targets.iter().any(is_service) {
        true => Some(flux_objects(client, &Scope::default()).await?),
        false => None,
    };
    let looks = targets
        .iter()
        .map(|target| one(client, global, target, everything.as_ref()));
    join_all(looks).await.into_iter().collect()
}

async fn one(
    client: &ClusterClient,
    global: &Global,
    target: &Target,
    everything: Option<&Found>,
) -> Result<Resolved, ClusterError> {
    match target {
        Target::Kind { kinds, .. } => {
            let namespace = global.namespace();
            let scope = Scope {
                namespace: Some(&namespace),
                ..Scope::default()
            };
            let found = of_kinds(client, &scope, kinds.iter().copied()).await?;
            Ok(Resolved::Objects(found.objects))
        }
        Target::Object {
            kinds,
            namespace,
            name,
            ..
        } => {
            let named = namespace.as_ref().or(global.named_namespace.as_ref());
            object(client, global, kinds, named.map(String::as_str), name).await
        }
        Target::Service(name) => {
            let objects = everything.map_or(&[][..], |found| &found.objects);
            service(client, objects, name).await
        }
    }
}

/// Finds an object of one of some kinds: in the namespace that is named; else in the default one; else wherever it is.
async fn object(
    client: &ClusterClient,
    global: &Global,
    kinds: &[&'static FluxKind],
    namespace: Option<&str>,
    name: &str,
) -> Result<Resolved, ClusterError> {
    let default = global.namespace();
    let first = namespace.unwrap_or(&default);
    let gets = kinds.iter().map(|&kind| async move {
        match client.get(&kind.into(), Some(first), name).await {
            Err(ClusterError::NotServed { .. }) if kinds.len() > 1 => Ok(None),
            answer => answer,
        }
    });
    let mut here = Vec::new();
    for answer in join_all(gets).await {
        here.extend(answer?.and_then(Live::of));
    }
    if !here.is_empty() {
        return Ok(chosen(here));
    }
    let scope = Scope {
        namespace,
        ..Scope::default()
    };
    let all = match of_kinds(client, &scope, kinds.iter().copied()).await {
        Ok(found) => found.objects,
        // Who may look into the default namespace only has looked everywhere.
        Err(ClusterError::Forbidden {
            namespace: None, ..
        }) => Vec::new(),
        Err(error) => return Err(error),
    };
    let (of_name, others): (Vec<Live>, Vec<Live>) =
        all.into_iter().partition(|object| object.id.name == name);
    match of_name.is_empty() {
        false => Ok(chosen(of_name)),
        true => Ok(Resolved::Missing {
            similar: nearest(others.iter().map(|o| o.id.name.as_str()), name).map(str::to_owned),
        }),
    }
}

fn chosen(objects: Vec<Live>) -> Resolved {
    match objects.len() {
        1 => Resolved::Objects(objects),
        _ => Resolved::Ambiguous {
            choices: objects.iter().map(typed).collect(),
        },
    }
}

/// Returns an object as it is typed: `ks/flux-system/apps`.
pub(in crate::command) fn typed(object: &Live) -> String {
    format!("{}/{}", object.kind.short(), object.id)
}

async fn service(
    client: &ClusterClient,
    objects: &[Live],
    name: &str,
) -> Result<Resolved, ClusterError> {
    let asked = Service::workloads_to_ask(name, objects);
    let gets = asked.iter().map(|item| {
        let kind = ResourceKind::new(item.group.as_str(), item.kind.as_str());
        async move {
            client
                .get(&kind, Some(&item.id.namespace), &item.id.name)
                .await
        }
    });
    let mut workloads = Vec::new();
    for answer in join_all(gets).await {
        match answer {
            Ok(workload) => workloads.extend(workload),
            // Flux's own objects still belong to the service.
            Err(ClusterError::Forbidden { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let found = Service::of(name, objects, &workloads);
    if found.is_empty() {
        let names = objects.iter().map(|object| object.id.name.as_str());
        return Ok(Resolved::Missing {
            similar: nearest(names, name).map(str::to_owned),
        });
    }
    let objects = found.objects().filter_map(|at| objects.get(at).cloned());
    Ok(Resolved::Service {
        objects: objects.collect(),
        workloads,
    })
}
