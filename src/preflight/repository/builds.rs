//! Flux Kustomizations that do not build: what kustomize-controller would stop at.

use super::Look;
use crate::flux::{SourceOf, Unit};
use crate::kustomize::{Problem, ProblemKind};
use crate::manifest::Place;
use crate::preflight::facts::BrokenBuild;

/// What `flux bootstrap` writes into its folder; a list may name it before it is there.
const WRITTEN: [&str; 2] = ["gotk-components.yaml", "gotk-sync.yaml"];

/// Returns the first fault of each Flux Kustomization that does not build, in their order.
pub(super) fn broken(look: &Look<'_, '_>) -> Vec<BrokenBuild> {
    let here = look
        .units()
        .filter(|(_, unit)| unit.source == SourceOf::Here);
    let mut all: Vec<BrokenBuild> = Vec::new();
    for (_, unit) in here {
        let Some((place, message)) = fault(look, unit) else {
            continue;
        };
        all.push(BrokenBuild {
            unit: unit.id.to_string(),
            is_root: unit.parent.is_none(),
            place,
            message,
        });
    }
    all
}

fn fault(look: &Look<'_, '_>, unit: &Unit) -> Option<(String, String)> {
    if let Some(failure) = &unit.failure {
        let place = unit.origin.as_ref().map_or_else(
            || unit.path.clone(),
            |origin| line(look, unit.place(), &origin.path),
        );
        return Some((place, failure.clone()));
    }
    let stops = |problem: &&Problem| stops(problem.kind) && !is_written_later(problem);
    let problem = unit.problems.iter().find(stops)?;
    let place = line(look, problem.place, &problem.path);
    Some((place, problem.message.clone()))
}

/// Tells whether a build stops at this; the others are about what nobody here can render, not about a fault.
fn stops(kind: ProblemKind) -> bool {
    !matches!(
        kind,
        ProblemKind::Remote | ProblemKind::HelmChart | ProblemKind::Plugin
    )
}

fn is_written_later(problem: &Problem) -> bool {
    problem.kind == ProblemKind::MissingResource
        && WRITTEN.iter().any(|name| problem.message.contains(name))
}

fn line(look: &Look<'_, '_>, place: Place, path: &str) -> String {
    match look.tree.location(place).filter(|_| place.is_known()) {
        Some(location) => format!("{}:{}", location.file, location.line),
        None => path.to_owned(),
    }
}
