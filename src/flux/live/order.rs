//! In which order objects can be worked on: sources before what applies them, dependencies before dependents.

use std::collections::HashMap;

use super::kinds::Family;
use super::object::{KindRef, Live};

/// Returns indices of `objects` in levels: each object comes after everything among them that it waits for, and objects of
/// one level can be worked on at the same time. What waits for each other in a circle comes in one last level, as it is.
pub fn levels(objects: &[Live]) -> Vec<Vec<usize>> {
    let places: HashMap<KindRef, usize> = objects
        .iter()
        .enumerate()
        .map(|(index, object)| (object.kind_ref(), index))
        .collect();
    let mut open: Vec<(usize, Vec<usize>)> = objects
        .iter()
        .enumerate()
        .map(|(index, object)| {
            let mut before = before(object, objects, &places);
            before.retain(|&other| other != index);
            (index, before)
        })
        .collect();
    let mut done = vec![false; objects.len()];
    let mut levels = Vec::new();
    while !open.is_empty() {
        let is_free = |before: &[usize]| {
            before
                .iter()
                .all(|&other| done.get(other).copied().unwrap_or(true))
        };
        let (mut free, rest): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|(_, before)| is_free(before));
        open = rest;
        if free.is_empty() {
            free = std::mem::take(&mut open);
        }
        let level: Vec<usize> = free.into_iter().map(|(index, _)| index).collect();
        for &index in &level {
            if let Some(done) = done.get_mut(index) {
                *done = true;
            }
        }
        levels.push(level);
    }
    levels
}

/// Returns what an object waits for among the others.
fn before(object: &Live, objects: &[Live], places: &HashMap<KindRef, usize>) -> Vec<usize> {
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
    depends
        .chain(object.source())
        .chain(owner)
        .chain(of_policies.map(Live::kind_ref))
        .filter_map(|wanted| places.get(&wanted).copied())
        .collect()
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
        let levels = levels(&objects).into_iter();
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
