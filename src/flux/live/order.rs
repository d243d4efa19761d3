//! In which order objects can be worked on: sources before what applies them, dependencies before dependents.

use std::collections::HashMap;

use super::kinds::Family;
use super::object::{KindRef, Live};
use crate::flux::ConditionStatus;

/// What an object needs of another one before it is worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// That it is ready; without that nothing good can come of it.
    Ready,
    /// That it had its turn: it may bring a newer specification, or a tag to write.
    Turn,
}

/// One object that comes before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Before {
    /// Its index.
    pub(super) index: usize,
    /// What is needed of it.
    pub(super) needs: Needs,
}

/// Returns for each of `objects` those among them that come before it. What waits for each other in a circle waits for
/// nothing of the circle.
pub(super) fn before(objects: &[Live]) -> Vec<Vec<Before>> {
    let mut all = all_before(objects);
    let mut level_of = vec![0; objects.len()];
    for (level, members) in in_levels(&all).into_iter().enumerate() {
        for index in members {
            if let Some(place) = level_of.get_mut(index) {
                *place = level;
            }
        }
    }
    let level = |index: usize| level_of.get(index).copied().unwrap_or_default();
    for (index, before) in all.iter_mut().enumerate() {
        before.retain(|other| level(other.index) < level(index));
    }
    all
}

/// Tells whether an object that is not stopped waits for one that is: a Kustomization for the revision that one of the same
/// source does not apply (kustomize-controller 1.9), anything for one that is not ready.
pub fn is_held_up(object: &Live, stopped: &Live) -> bool {
    let is_dependent = object.kind == stopped.kind
        && !object.is_suspended()
        && object.depends_on().contains(&stopped.id);
    let is_ready = stopped.readiness().status == ConditionStatus::True;
    let shares = object.kind.kind == "Kustomization" && object.source() == stopped.source();
    is_dependent && (shares || !is_ready)
}

/// Returns indices in levels: each comes after everything that it waits for. What waits for each other in a circle comes in one
/// last level, as it is.
fn in_levels(all: &[Vec<Before>]) -> Vec<Vec<usize>> {
    let mut open: Vec<usize> = (0..all.len()).collect();
    let mut done = vec![false; all.len()];
    let mut levels = Vec::new();
    while !open.is_empty() {
        let is_done = |other: &Before| done.get(other.index).copied().unwrap_or(true);
        let is_free = |&index: &usize| all.get(index).is_none_or(|b| b.iter().all(is_done));
        let (mut free, rest): (Vec<_>, Vec<_>) = open.into_iter().partition(is_free);
        open = rest;
        if free.is_empty() {
            free = std::mem::take(&mut open);
        }
        for &index in &free {
            if let Some(done) = done.get_mut(index) {
                *done = true;
            }
        }
        levels.push(free);
    }
    levels
}

fn all_before(objects: &[Live]) -> Vec<Vec<Before>> {
    let places: HashMap<KindRef, usize> = objects
        .iter()
        .enumerate()
        .map(|(index, object)| (object.kind_ref(), index))
        .collect();
    let of = |(index, object): (usize, &Live)| {
        let mut before: Vec<Before> = Vec::new();
        for (wanted, needs) in wanted(object, objects) {
            let other = places.get(&wanted).copied().filter(|&other| other != index);
            let is_known = |index| before.iter().any(|known| known.index == index);
            if let Some(index) = other.filter(|&index| !is_known(index)) {
                before.push(Before { index, needs });
            }
        }
        before
    };
    objects.iter().enumerate().map(of).collect()
}

/// Returns what an object waits for, what it needs ready first.
fn wanted(object: &Live, objects: &[Live]) -> Vec<(KindRef, Needs)> {
    let kind = object.kind.kind;
    let depends = object.depends_on().into_iter().map(|id| KindRef {
        kind: kind.to_owned(),
        id,
    });
    // An automation commits what the policies of its namespace select (image-automation-controller 1.2).
    let of_policies = objects.iter().filter(|other| {
        kind == "ImageUpdateAutomation"
            && other.kind.kind == "ImagePolicy"
            && other.id.namespace == object.id.namespace
    });
    // What a Kustomization applies comes after it; what it applies and takes from is the bootstrap's own circle.
    let owner = object
        .owner()
        .filter(|_| object.kind.family != Family::Source);
    let ready = depends.chain(object.source()).map(|w| (w, Needs::Ready));
    let turn = owner.into_iter().chain(of_policies.map(Live::kind_ref));
    ready.chain(turn.map(|w| (w, Needs::Turn))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn kustomization(name: &str, depends_on: &[&str]) -> Value {
        let depends_on: Vec<_> = depends_on
            .iter()
            .map(|name| json!({"name": name}))
            .collect();
        json!({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": {"namespace": "flux-system", "name": name},
            "spec": {"dependsOn": depends_on, "sourceRef": {"kind": "GitRepository", "name": "flux-system"}}})
    }

    fn named(objects: Vec<Value>) -> Vec<Vec<String>> {
        let objects: Vec<Live> = objects.into_iter().filter_map(Live::of).collect();
        let levels = in_levels(&all_before(&objects)).into_iter();
        levels
            .map(|level| level.iter().map(|&i| objects[i].id.name.clone()).collect())
            .collect()
    }

    #[test]
    fn the_source_comes_first_and_dependents_last() {
        let git = json!({"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
            "metadata": {"namespace": "flux-system", "name": "flux-system"}});
        let all = named(vec![
            kustomization("apps", &["configs"]),
            kustomization("configs", &["controllers", "elsewhere"]),
            kustomization("monitoring", &[]),
            kustomization("controllers", &[]),
            git,
        ]);
        let expected = [
            vec!["flux-system"],
            vec!["monitoring", "controllers"],
            vec!["configs"],
            vec!["apps"],
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn a_circle_ends() {
        let all = named(vec![
            kustomization("a", &["b"]),
            kustomization("b", &["a"]),
            kustomization("c", &["c"]),
        ]);
        assert_eq!(all, [vec!["c"], vec!["a", "b"]]);
    }

    #[test]
    fn an_image_chain_runs_from_the_registry_to_git() {
        let image = |kind: &str, spec: Value| {
            json!({"apiVersion": "image.toolkit.fluxcd.io/v1", "kind": kind,
                "metadata": {"namespace": "flux-system", "name": kind}, "spec": spec})
        };
        let all = named(vec![
            image(
                "ImageUpdateAutomation",
                json!({"sourceRef": {"kind": "GitRepository", "name": "x"}}),
            ),
            image(
                "ImagePolicy",
                json!({"imageRepositoryRef": {"name": "ImageRepository"}}),
            ),
            image("ImageRepository", json!({})),
        ]);
        assert_eq!(
            all,
            [
                ["ImageRepository"],
                ["ImagePolicy"],
                ["ImageUpdateAutomation"]
            ]
        );
    }
}
