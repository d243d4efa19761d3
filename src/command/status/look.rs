//! What one cluster is asked for, and what it has.

use futures::future::join;
use serde_json::Value;

use crate::adapter::cluster::{ClusterClient, ClusterError, Scope};
use crate::command::Global;
use crate::command::cluster::targets::{Resolved, resolve};
use crate::command::cluster::{Found, explained, of_kinds};
use crate::error::Error;
use crate::flux::ConditionStatus;
use crate::flux::live::{FluxKind, KINDS, Live, Target};

/// What to look for.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) global: &'a Global,
    /// The kinds to list; empty where only objects and services are named.
    pub(super) kinds: Vec<&'static FluxKind>,
    /// Whether the user chose the kinds.
    pub(super) chose_kinds: bool,
    /// Objects and services.
    pub(super) named: Vec<Target>,
    pub(super) labels: Option<&'a str>,
    pub(super) all_namespaces: bool,
}

/// What a cluster has.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Host and port.
    pub(super) server: String,
    /// What was asked for, each object once.
    pub(super) objects: Vec<Live>,
    /// Those of them that were named, or belong to a service.
    pub(super) named: Vec<Live>,
    /// Services by name, with their objects and workloads.
    pub(super) services: Vec<(String, Vec<Live>, Vec<Value>)>,
    /// What is neither ready nor suspended in other namespaces, where that is known.
    pub(super) failing_elsewhere: Vec<Live>,
    /// Kinds that may not be listed.
    pub(super) refused: Vec<(&'static FluxKind, ClusterError)>,
    /// Kinds that the cluster does not have.
    pub(super) absent: Vec<&'static FluxKind>,
    /// The kinds that were listed, with the version of the list.
    pub(super) versions: Vec<(&'static FluxKind, String)>,
    /// What nothing is called, with a name that is close.
    pub(super) missing: Vec<(Target, Option<String>)>,
    /// Names that several have, with what to type instead.
    pub(super) ambiguous: Vec<(Target, Vec<String>)>,
}

impl<'a> Asked<'a> {
    /// Sorts out what the user names; without a name it is everything.
    ///
    /// # Errors
    /// A selector beside names that select already.
    pub(super) fn new(
        global: &'a Global,
        targets: Vec<Target>,
        labels: Option<&'a str>,
        all_namespaces: bool,
    ) -> Result<Self, Error> {
        let mut kinds: Vec<&'static FluxKind> = Vec::new();
        let mut named = Vec::new();
        for target in targets {
            match target {
                Target::Kind { kinds: more, .. } => kinds.extend(more),
                other => named.push(other),
            }
        }
        let chose_kinds = !kinds.is_empty();
        if let (Some(target), Some(_)) = (named.first(), labels) {
            let message = format!("`-l` selects among kinds, and {target} is named");
            return Err(Error::usage(message));
        }
        if kinds.is_empty() && named.is_empty() {
            kinds.extend(KINDS.iter());
        }
        let mut seen = Vec::new();
        kinds.retain(|kind| {
            !seen.contains(kind) && {
                seen.push(*kind);
                true
            }
        });
        Ok(Asked {
            global,
            kinds,
            chose_kinds,
            named,
            labels,
            all_namespaces,
        })
    }

    /// Returns the namespace that lists are made in. The default one is a choice among all: listing everything costs no
    /// request more, and tells what fails elsewhere.
    fn listed_namespace(&self) -> Option<&str> {
        let named = self.global.named_namespace.as_deref();
        named.filter(|_| !self.all_namespaces)
    }

    /// Returns the namespace whose objects are shown; all without.
    pub(super) fn shown_namespace(&self) -> Option<String> {
        (!self.all_namespaces).then(|| self.global.namespace())
    }

    fn scope<'s>(&'s self, namespace: Option<&'s str>) -> Scope<'s> {
        Scope {
            namespace,
            labels: self.labels,
            fields: None,
        }
    }

    /// Looks.
    ///
    /// # Errors
    /// The cluster does not answer, has no Flux, or lets nothing be seen.
    pub(super) async fn look(&self, client: &ClusterClient) -> Result<Seen, ClusterError> {
        let (listed, resolved) =
            join(self.list(client), resolve(client, self.global, &self.named)).await;
        let mut seen = self.seen(client, listed?);
        for (target, resolved) in self.named.iter().zip(resolved?) {
            seen.take(target, resolved);
        }
        Ok(seen)
    }

    /// Lists the kinds. Who may not look everywhere looks into the one namespace that is shown.
    async fn list(&self, client: &ClusterClient) -> Result<Found, ClusterError> {
        if self.kinds.is_empty() {
            return Ok(Found::default());
        }
        let namespace = self.listed_namespace();
        let scope = self.scope(namespace);
        let all = of_kinds(client, &scope, self.kinds.iter().copied()).await;
        let narrower = self.shown_namespace().filter(|_| namespace.is_none());
        let Some(narrower) = narrower else {
            return all;
        };
        let (mut found, forbidden) = match all {
            Err(error @ ClusterError::Forbidden { .. }) => {
                let all = self.kinds.iter().map(|kind| (*kind, error.clone()));
                (Found::default(), all.collect())
            }
            all => {
                let mut found = all?;
                let is_forbidden = |(_, error): &(_, ClusterError)| {
                    matches!(error, ClusterError::Forbidden { .. })
                };
                let (forbidden, broken): (Vec<_>, Vec<_>) =
                    found.refused.into_iter().partition(is_forbidden);
                found.refused = broken;
                (found, forbidden)
            }
        };
        if forbidden.is_empty() {
            return Ok(found);
        }
        let scope = self.scope(Some(&narrower));
        match of_kinds(client, &scope, forbidden.iter().map(|(kind, _)| *kind)).await {
            Ok(more) => {
                found.objects.extend(more.objects);
                found.absent.extend(more.absent);
                found.versions.extend(more.versions);
                found.refused.extend(more.refused);
            }
            Err(ClusterError::Forbidden { .. }) if !found.versions.is_empty() => {
                found.refused.extend(forbidden);
            }
            Err(error) => return Err(error),
        }
        Ok(found)
    }

    /// Turns why a cluster gave no answer into what the user can do about it: a selector that it does not read is the user's.
    pub(super) fn refused(&self, error: ClusterError) -> Error {
        explained(self.labels, error)
    }

    /// Says that there is nothing, and where else to look.
    pub(super) fn nothing(&self) -> String {
        let kinds = match self.chose_kinds {
            true => self
                .kinds
                .iter()
                .map(|kind| kind.kind)
                .collect::<Vec<_>>()
                .join(" or "),
            false => "Flux object".to_owned(),
        };
        let labels = self
            .labels
            .map(|labels| format!(" with the labels {labels}"));
        let labels = labels.unwrap_or_default();
        match self.shown_namespace() {
            Some(namespace) => format!(
                "there is no {kinds}{labels} in namespace {namespace}; `-A` shows all namespaces, `-n NS` another"
            ),
            None => format!("there is no {kinds}{labels} in the cluster"),
        }
    }

    fn seen(&self, client: &ClusterClient, found: Found) -> Seen {
        let shown = self.shown_namespace();
        let is_shown = |object: &Live| {
            shown
                .as_ref()
                .is_none_or(|namespace| *namespace == object.id.namespace)
        };
        let (objects, elsewhere): (Vec<_>, Vec<_>) = found.objects.into_iter().partition(is_shown);
        let is_failing = |object: &Live| {
            !object.is_suspended() && object.readiness().status != ConditionStatus::True
        };
        Seen {
            server: client.server().to_owned(),
            objects,
            failing_elsewhere: elsewhere.into_iter().filter(is_failing).collect(),
            refused: found.refused,
            absent: found.absent,
            versions: found.versions,
            ..Seen::default()
        }
    }
}

impl Seen {
    fn take(&mut self, target: &Target, resolved: Resolved) {
        match resolved {
            Resolved::Objects(objects) => self.add(objects),
            Resolved::Service { objects, workloads } => {
                self.add(objects.clone());
                self.services.push((target.to_string(), objects, workloads));
            }
            Resolved::Missing { similar } => self.missing.push((target.clone(), similar)),
            Resolved::Ambiguous { choices } => self.ambiguous.push((target.clone(), choices)),
        }
    }

    fn add(&mut self, objects: Vec<Live>) {
        for object in objects {
            let is_new = self
                .named
                .iter()
                .all(|known| known.kind_ref() != object.kind_ref());
            self.named.extend(is_new.then(|| object.clone()));
            if self
                .objects
                .iter()
                .all(|known| known.kind_ref() != object.kind_ref())
            {
                self.objects.push(object);
            }
        }
    }
}
