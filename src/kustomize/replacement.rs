//! Runs the `replacements` of a kustomization: entries in place, or those of files that they name.

use super::accumulate::Target;
use super::problem::{Outcome, ProblemKind, Site};
use super::replacements::{Replacement, Subject};
use super::resource::{Resource, Touch, TouchKind};
use super::selector::Identity;
use super::session::{Role, Session};
use super::set::ResourceSet;
use crate::manifest::{Node, Place};

impl Subject for Resource {
    fn node(&self) -> &Node {
        Resource::node(self)
    }

    fn change<T>(&mut self, change: impl FnOnce(&mut Node) -> T) -> T {
        Resource::change(self, change)
    }

    fn any_identity(&self, wanted: &mut dyn FnMut(Identity<'_>) -> bool) -> bool {
        wanted(self.id().identity()) || self.previous_ids().any(|id| wanted(id.identity()))
    }
}

/// Carries out `entries` in order.
pub(crate) fn run(
    session: &mut Session<'_>,
    target: &Target<'_>,
    (set, lossy): (&mut ResourceSet, bool),
    entries: &[Node],
) -> Outcome<()> {
    for entry in entries {
        let site = target.at(entry.place);
        let loaded = load(session, target, entry, &site);
        for node in session.absorb(loaded)?.unwrap_or_default() {
            let applied = apply(set, &node, entry.place, &site);
            if session.absorb_unless(lossy, applied)? == Some(0) {
                session.idle.push(Touch {
                    kind: TouchKind::Replacement,
                    place: entry.place,
                });
            }
        }
    }
    Ok(())
}

/// Returns the replacements of an entry: itself, or what the file says that it names.
fn load(
    session: &mut Session<'_>,
    target: &Target<'_>,
    entry: &Node,
    site: &Site,
) -> Outcome<Vec<Node>> {
    let Some(path) = entry
        .get("path")
        .filter(|p| p.text().is_some_and(|t| !t.is_empty()))
    else {
        return Ok(vec![entry.clone()]);
    };
    let complain = |message: &str| Err(site.problem(ProblemKind::BadReplacement, message));
    let given = |key| entry.get(key).is_some_and(|v| !v.is_null());
    if given("source") || given("targets") {
        return complain("cannot specify both path and inline replacement");
    }
    let text = super::decode::Text {
        value: path.text().unwrap_or_default().into(),
        place: path.place,
        ..super::decode::Text::default()
    };
    let Some(source) = session.source(&target.dir, &text, Role::Configuration, site)? else {
        return Ok(Vec::new());
    };
    let root = source.documents.first().and_then(|d| d.resolved());
    match root {
        Some(Ok(root)) if source.errors.is_empty() => match root.items() {
            Some(items) => Ok(items.to_vec()),
            None if root.is_mapping() => Ok(vec![root.clone()]),
            None => complain("unsupported replacement type encountered within replacement path"),
        },
        _ => complain("cannot read the replacements"),
    }
}

/// Carries out one replacement and returns how many objects it selected.
fn apply(set: &mut ResourceSet, node: &Node, place: Place, site: &Site) -> Outcome<usize> {
    let replacement = Replacement::read(node)
        .map_err(|message| site.problem(ProblemKind::BadReplacement, message))?;
    let kind = match replacement.has_source(&set.list) {
        true => ProblemKind::BadReplacement,
        false => ProblemKind::ReplacementWithoutSource,
    };
    let changed = replacement
        .apply(&mut set.list)
        .map_err(|message| site.problem(kind, message))?;
    for index in &changed {
        if let Some(resource) = set.list.get_mut(*index) {
            resource.sync_shared();
            resource.touch(TouchKind::Replacement, place);
        }
    }
    Ok(changed.len())
}
