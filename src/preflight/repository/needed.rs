//! Secrets that somebody needs before the first reconciliation is done, and that nothing in the repository makes.

use super::made::Made;
use super::wanted::{self, Wanted};
use super::{Look, is_open};
use crate::flux::{ObjectRef, Unseen, kind};
use crate::manifest::Node;
use crate::preflight::facts::{NeededSecret, SyncFile};

/// Returns them, those first without which Flux itself stops.
pub(super) fn secrets(look: &Look<'_, '_>, sync: Option<&SyncFile>) -> Vec<NeededSecret> {
    let made = Made::of(look);
    let unseen = match &look.root {
        Some(root) if !root.incomplete.is_empty() => Unseen::Anywhere,
        _ => look.cluster.unseen(),
    };
    // What `flux bootstrap` makes itself.
    let own = own(look, sync);
    let mut found: Vec<NeededSecret> = Vec::new();
    for wanted in wanted::all(look) {
        let id = &wanted.id;
        let is_unknown = is_open(&id.name) || is_open(&id.namespace) || own.as_ref() == Some(id);
        if is_unknown || is_made(&made, &wanted) || may_be_unseen(&unseen, &wanted) {
            continue;
        }
        let blocks = wanted.stops_flux || has_status(&wanted) && stops(look, wanted.unit);
        match found.iter_mut().find(|known| known.id == *id) {
            Some(known) => known.blocks |= blocks,
            None => found.push(needed(wanted, blocks)),
        }
    }
    for secret in &mut found {
        if let Some(file) = written(look, &secret.id.name) {
            secret.purpose = format!(
                "{}; {file} has one, which Flux does not apply",
                secret.purpose
            );
        }
    }
    found.sort_by_key(|secret| !secret.blocks);
    found
}

/// Returns a file that no unit reads and that defines a Secret of this name, such as one for whoever sets up the cluster.
fn written(look: &Look<'_, '_>, name: &str) -> Option<String> {
    let reached = look.reached();
    let mut files = look.tree.files().iter();
    let file = files.find(|file| {
        let text = file.known_text().unwrap_or_default();
        let mut lines = text.lines().map(str::trim);
        text.contains("Secret\n")
            && !reached.contains(file.path.as_ref())
            && lines.any(|line| {
                line.strip_prefix("name:")
                    .is_some_and(|rest| rest.trim() == name)
            })
            && defines(look, &file.path, name)
    })?;
    Some(file.path.to_string())
}

fn defines(look: &Look<'_, '_>, path: &str, name: &str) -> bool {
    let source = look.tree.source(path);
    source.is_some_and(|source| {
        let documents = source.documents.iter();
        let mut nodes = documents.filter_map(|document| document.resolved()?.ok());
        nodes.any(|node| {
            matches!(kind(node), "Secret" | "SealedSecret" | "ExternalSecret")
                && node.text_at(&["metadata", "name"]) == Some(name)
        })
    })
}

fn needed(wanted: Wanted, blocks: bool) -> NeededSecret {
    NeededSecret {
        by: format!("{} ({})", wanted.owner, wanted.role),
        id: wanted.id,
        place: wanted.place,
        purpose: wanted.purpose.text,
        command: wanted.purpose.command,
        blocks,
    }
}

/// Tells whether the owner tells how it is, so that somebody can wait for it (a Provider has no status since Flux 2.3).
fn has_status(wanted: &Wanted) -> bool {
    !wanted.owner.starts_with("Provider ") && !wanted.owner.starts_with("ServiceAccount ")
}

/// Returns the Secret of the root's source.
fn own(look: &Look<'_, '_>, sync: Option<&SyncFile>) -> Option<ObjectRef> {
    let root = look.flux_namespace();
    match sync {
        Some(sync) => Some(ObjectRef::new(&*sync.id.namespace, sync.secret.as_deref()?)),
        None => Some(ObjectRef::new(root.clone(), root)),
    }
}

/// An issuer of the cluster may look in another namespace than the usual one.
fn is_made(made: &Made, wanted: &Wanted) -> bool {
    made.has(&wanted.id)
        || wanted.owner.starts_with("ClusterIssuer") && made.elsewhere(&wanted.id.name)
}

/// Tells whether something that cannot be seen may make it. The key that decrypts the repository comes from nowhere.
fn may_be_unseen(unseen: &Unseen, wanted: &Wanted) -> bool {
    match unseen {
        _ if wanted.role == "decryption" => false,
        Unseen::Anywhere => true,
        Unseen::In(namespaces) => namespaces.contains(&wanted.id.namespace),
    }
}

/// Tells whether others wait until everything of a unit is ready.
fn stops(look: &Look<'_, '_>, unit: usize) -> bool {
    let waits = look.unit(unit).is_some_and(|unit| {
        let wait = unit.kustomization.at_path(&["spec", "wait"]);
        wait.and_then(Node::as_bool) == Some(true)
    });
    let parent = |other: usize| look.cluster.units.get(other).and_then(|unit| unit.parent);
    let mut others = 0..look.cluster.units.len();
    waits
        && others.any(|other| {
            parent(other) != Some(unit) && look.cluster.needs(other).any(|n| n == unit)
        })
}
