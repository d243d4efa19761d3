//! Which objects a command works on: those that are named, or all that a scope and labels take.

use clap::Args;

use super::drive::Driven;
use super::stage::Stage;
use super::targets::{Resolved, parse, resolve};
use super::{flux_objects, of_kinds};
use crate::adapter::cluster::{ClusterClient, ClusterError, Scope};
use crate::command::Global;
use crate::error::Error;
use crate::flux::ObjectRef;
use crate::flux::live::{End, FluxKind, KindRef, Live, Outcome, Target};
use crate::output::ResultRow;

/// Which objects.
#[derive(Args, Clone, Debug)]
pub(in crate::command) struct Selection {
    /// KIND/NAME such as ks/apps, KIND/NAMESPACE/NAME, a kind such as hr for all of it, or a service
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Every Flux object of the namespace
    #[arg(long)]
    all: bool,
    /// Every Flux object, or every one of a kind, in all namespaces
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Those with these labels: `app=web,tier!=db`
    #[arg(short = 'l', long = "selector", value_name = "SELECTOR")]
    labels: Option<String>,
}

/// Which objects, read from the command line.
#[derive(Clone, Debug)]
pub(in crate::command) enum Wanted {
    /// What is named.
    Named(Vec<Target>),
    /// All of some kinds, or of all kinds where there are none.
    All(Vec<&'static FluxKind>),
}

/// An object to work on.
#[derive(Clone, Debug)]
pub(in crate::command) struct Picked {
    /// The object.
    pub(in crate::command) object: Live,
    /// Whether somebody named this very object.
    pub(in crate::command) is_named: bool,
}

/// What there is to work on in a cluster.
#[derive(Debug, Default)]
pub(in crate::command) struct Gathered {
    /// The objects, each once.
    pub(in crate::command) objects: Vec<Picked>,
    /// What is named and not there.
    pub(in crate::command) missing: Vec<(KindRef, End)>,
    /// Kinds that may not be listed, with the reason.
    pub(in crate::command) refused: Vec<(&'static FluxKind, ClusterError)>,
    /// Where there is nothing at all, what was looked for.
    pub(in crate::command) nothing: Option<String>,
}

impl Selection {
    /// Reads what is wanted.
    ///
    /// # Errors
    /// Nothing is named, too much is, or something that is no name.
    pub(in crate::command) fn read(&self, verb: &str) -> Result<Wanted, Error> {
        let targets = parse(&self.targets)?;
        let is_bulk = self.all || self.all_namespaces || self.labels.is_some();
        if !is_bulk && targets.is_empty() {
            let message = format!("what to {verb}?");
            return Err(Error::usage(message).hint(format!(
                "`homelab {verb} ks/apps`, `homelab {verb} hr/media/plex`, `homelab {verb} SERVICE`, \
                 `homelab {verb} hr -A`, `homelab {verb} --all`"
            )));
        }
        if !is_bulk {
            return Ok(Wanted::Named(targets));
        }
        let mut kinds = Vec::new();
        for target in targets {
            let Target::Kind { kinds: more, .. } = target else {
                let message = format!("`{target}` is named, and `--all`, `-A` and `-l` take many");
                let hint = format!("they go with kinds: `homelab {verb} ks hr -A`");
                return Err(Error::usage(message).hint(hint));
            };
            kinds.extend(more);
        }
        kinds.dedup();
        Ok(Wanted::All(kinds))
    }

    /// Tells whether all namespaces are meant.
    pub(in crate::command) fn is_everywhere(&self) -> bool {
        self.all_namespaces
    }

    /// Finds the objects in a cluster.
    ///
    /// # Errors
    /// The cluster does not answer, or does not allow to look.
    pub(in crate::command) async fn gather(
        &self,
        client: &ClusterClient,
        global: &Global,
        wanted: &Wanted,
    ) -> Result<Gathered, ClusterError> {
        match wanted {
            Wanted::Named(targets) => named(client, global, targets).await,
            Wanted::All(kinds) => self.all(client, global, kinds).await,
        }
    }

    async fn all(
        &self,
        client: &ClusterClient,
        global: &Global,
        kinds: &[&'static FluxKind],
    ) -> Result<Gathered, ClusterError> {
        let namespace = global.namespace();
        let scope = Scope {
            namespace: Some(namespace.as_str()).filter(|_| !self.all_namespaces),
            labels: self.labels.as_deref(),
            ..Scope::default()
        };
        let found = match kinds {
            [] => flux_objects(client, &scope).await?,
            kinds => of_kinds(client, &scope, kinds.iter().copied()).await?,
        };
        let nothing = || {
            let place = scope.namespace.map(|name| format!(" in namespace {name}"));
            let with = self
                .labels
                .as_ref()
                .map(|l| format!(" with the labels {l}"));
            let (place, with) = (place.unwrap_or_default(), with.unwrap_or_default());
            format!("there is no such object{place}{with}")
        };
        let nothing = found.objects.is_empty().then(nothing);
        let mut gathered = Gathered {
            refused: found.refused,
            nothing,
            ..Gathered::default()
        };
        gathered.take(found.objects, false);
        Ok(gathered)
    }
}

async fn named(
    client: &ClusterClient,
    global: &Global,
    targets: &[Target],
) -> Result<Gathered, ClusterError> {
    let mut gathered = Gathered::default();
    let resolved = resolve(client, global, targets).await?;
    for (target, resolved) in targets.iter().zip(resolved) {
        match resolved {
            Resolved::Objects(objects) | Resolved::Service { objects, .. } => {
                gathered.take(objects, matches!(target, Target::Object { .. }));
            }
            Resolved::Missing { similar } => {
                let message = similar.map_or_else(String::new, |s| format!("did you mean {s}?"));
                gathered.lacks(global, target, "NotFound", message);
            }
            Resolved::Ambiguous { choices } => {
                let message = format!("there are several: {}", choices.join(", "));
                gathered.lacks(global, target, "Ambiguous", message);
            }
        }
    }
    Ok(gathered)
}

impl Gathered {
    /// Tells what is missing, and returns a run's worth of it.
    pub(in crate::command) fn begin(&self, context: Option<&str>, stage: &Stage<'_, '_>) -> Driven {
        let mut driven = Driven {
            is_refused: !self.refused.is_empty(),
            is_bad: self.nothing.is_some() || !self.missing.is_empty(),
            ..Driven::default()
        };
        for (_, error) in &self.refused {
            stage.note(context, &error.to_string());
        }
        if let Some(nothing) = &self.nothing {
            stage.error(context, nothing);
        }
        for (what, end) in &self.missing {
            let row = ResultRow::without_object(context, what, end);
            stage.done(context, &row);
            driven.rows.push(row);
        }
        driven
    }

    /// Tells whether somebody named this very object.
    pub(in crate::command) fn is_named(&self, object: &Live) -> bool {
        let same = |picked: &&Picked| picked.object.kind_ref() == object.kind_ref();
        self.objects
            .iter()
            .find(same)
            .is_some_and(|picked| picked.is_named)
    }

    /// Tells whether some of the objects were not named one by one.
    pub(in crate::command) fn is_bulk(&self) -> bool {
        self.objects.iter().any(|picked| !picked.is_named)
    }

    /// Adds objects that are not there yet.
    pub(in crate::command) fn take(&mut self, objects: Vec<Live>, is_named: bool) {
        for object in objects {
            let same = |p: &&mut Picked| p.object.kind_ref() == object.kind_ref();
            match self.objects.iter_mut().find(same) {
                Some(known) => known.is_named |= is_named,
                None => self.objects.push(Picked { object, is_named }),
            }
        }
    }

    fn lacks(&mut self, global: &Global, target: &Target, reason: &str, message: String) {
        let end = End::new(Outcome::NotFound, reason, message);
        self.missing.push((reference(global, target), end));
    }
}

/// Returns what a target would be if it were there.
fn reference(global: &Global, target: &Target) -> KindRef {
    let (kind, namespace, name) = match target {
        Target::Object {
            kinds,
            noun,
            namespace,
            name,
        } => {
            let kind = match kinds.as_slice() {
                [kind] => kind.kind,
                _ => noun,
            };
            let namespace = namespace.clone().unwrap_or_else(|| global.namespace());
            (kind, namespace, name.as_str())
        }
        Target::Kind { noun, .. } => (noun.as_str(), global.namespace(), ""),
        Target::Service(name) => ("service", String::new(), name.as_str()),
    };
    KindRef {
        kind: kind.to_owned(),
        id: ObjectRef::new(namespace, name),
    }
}
