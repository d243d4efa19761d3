//! What the Flux Kustomization of a new service waits for: what those of siblings with the same needs wait for.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Ground, Site, Step};
use crate::flux::kind;
use crate::manifest::Node;
use crate::scaffold::author::Author;
use crate::scaffold::conventions::Dependency;
use crate::scaffold::layout::Role;
use crate::scaffold::names::owns;
use crate::scaffold::spec::{Ingress, ServiceSpec};

/// Databases and their kin: that others need one says nothing about a new service.
const BACKENDS: [&str; 14] = [
    "postgres",
    "pgo",
    "cnpg",
    "cloudnative",
    "crunchy",
    "mysql",
    "maria",
    "mongo",
    "redis",
    "valkey",
    "dragonfly",
    "influx",
    "minio",
    "database",
];

/// What may make a service wait for another.
#[derive(Clone, Copy)]
struct Needs {
    secrets: bool,
    host: bool,
    storage: bool,
}

/// So many siblings that are nearer than others tell enough.
const ENOUGH: usize = 4;

/// One sibling: what it needs, and what it waits for.
struct Example {
    /// The file of its Flux Kustomization.
    file: Arc<str>,
    namespace: String,
    needs: Needs,
    waits: Vec<Dependency>,
}

/// Returns the dependencies as values of the template, those that the user wants last.
pub(super) fn dependencies(ground: &Ground<'_>, site: &Site, author: &Author<'_>) -> Vec<Value> {
    let examples = nearest(examples(author), site);
    let needs = Needs::of_spec(author.spec);
    let mut found: Vec<Dependency> = in_order(&examples)
        .into_iter()
        .filter(|d| d.name != site.name && !BACKENDS.iter().any(|b| d.name.contains(b)))
        .filter(|d| is_wanted(&examples, d, needs))
        .collect();
    let own = site.unit_namespace(ground);
    for name in &site.depends_on {
        if found.iter().any(|d| d.name == *name) {
            continue;
        }
        let units = ground.cluster().into_iter().flat_map(|c| &c.units);
        let namespace = units
            .filter(|u| u.id.name == *name)
            .map(|u| u.id.namespace.clone())
            .find(|n| *n != own);
        found.push(Dependency {
            name: name.clone(),
            namespace,
        });
    }
    let value = |d: Dependency| json!({"name": d.name, "namespace": d.namespace});
    found.into_iter().map(value).collect()
}

impl Needs {
    fn of_spec(spec: &ServiceSpec) -> Self {
        Needs {
            secrets: !spec.secrets.is_empty(),
            host: spec.host.is_some() && spec.ingress != Ingress::None,
            storage: !spec.claims.is_empty(),
        }
    }

    fn each(self) -> [bool; 3] {
        [self.secrets, self.host, self.storage]
    }
}

/// Returns the siblings that have Flux Kustomizations of their own.
fn examples(author: &Author<'_>) -> Vec<Example> {
    let siblings = author.siblings.siblings.iter();
    let with_unit = siblings.filter_map(|sibling| {
        let (file, _, unit) = sibling.unit()?;
        let list = unit.at_path(&["spec", "dependsOn"]).and_then(Node::items);
        let waits = list.unwrap_or_default().iter().filter_map(|item| {
            Some(Dependency {
                name: item.text_at(&["name"])?.to_owned(),
                namespace: item.text_at(&["namespace"]).map(str::to_owned),
            })
        });
        let has = |role| sibling.with(role).next().is_some();
        let values = |key: &str| {
            let mut releases = sibling.of_kind("HelmRelease");
            releases.any(|r| r.at_path(&["spec", "values", key]).is_some())
        };
        let external = sibling.objects().any(|o| kind(o) == "ExternalSecret");
        Some(Example {
            file: file.path.clone(),
            namespace: sibling.service.namespace.clone(),
            needs: Needs {
                secrets: external || has(Role::Secret),
                host: has(Role::Ingress) || values("ingress") || values("route"),
                storage: has(Role::Claim) || values("persistence"),
            },
            waits: waits
                .filter(|d: &Dependency| !owns(sibling.name(), &d.name))
                .collect(),
        })
    });
    with_unit.collect()
}

/// Keeps the siblings in the same file of several Flux Kustomizations, or in the same namespace, if there are enough.
fn nearest(mut examples: Vec<Example>, site: &Site) -> Vec<Example> {
    let near = |e: &Example| match &site.unit {
        Some((file, _)) if site.appends_unit() => *e.file == **file,
        _ => e.namespace == site.namespace,
    };
    if examples.iter().filter(|e| near(e)).count() >= ENOUGH {
        examples.retain(near);
    }
    examples
}

/// Tells whether a service with these needs waits for `dependency`: most siblings do, and not just because they need
/// more, or most of those do that share a need with it and clearly fewer of the others.
fn is_wanted(examples: &[Example], dependency: &Dependency, needs: Needs) -> bool {
    let share = |of: &dyn Fn(&Example) -> bool| {
        let asked: Vec<&Example> = examples.iter().filter(|e| of(e)).collect();
        let waiting = asked.iter().filter(|e| e.waits.contains(dependency));
        (waiting.count(), asked.len())
    };
    let (all, of) = share(&|_| true);
    let lacks = |e: &Example| {
        let pairs = e.needs.each().into_iter().zip(needs.each());
        pairs.into_iter().all(|(has, wanted)| wanted || !has)
    };
    let (like_it, of_like_it) = share(&lacks);
    if of > 1 && all * 5 >= of * 4 && like_it * 2 >= of_like_it {
        return true;
    }
    let best = (0..3)
        .map(|need| {
            let has = |e: &Example| e.needs.each().get(need).copied().unwrap_or(false);
            let (with, of_with) = share(&has);
            let (without, of_without) = share(&|e| !has(e));
            let rate = |n: usize, of: usize| n * 100 / of.max(1);
            let (with_rate, without_rate) = (rate(with, of_with), rate(without, of_without));
            let counts = with >= 2 || (with == 1 && of_with == 1);
            let speaks = counts && with_rate >= 50 && with_rate >= without_rate + 30;
            (if speaks { with_rate - without_rate } else { 0 }, need)
        })
        .max_by_key(|(score, need)| (*score, std::cmp::Reverse(*need)));
    best.is_some_and(|(score, need)| score > 0 && needs.each().get(need).copied().unwrap_or(false))
}

/// Returns everything that siblings wait for, each once, in the order in which it stands in most lists.
fn in_order(examples: &[Example]) -> Vec<Dependency> {
    let mut all: Vec<(Dependency, usize, usize)> = Vec::new();
    for example in examples {
        for (at, dependency) in example.waits.iter().enumerate() {
            let place = at * 1000 / example.waits.len();
            match all.iter_mut().find(|(known, _, _)| known == dependency) {
                Some((_, places, count)) => {
                    *places += place;
                    *count += 1;
                }
                None => all.push((dependency.clone(), place, 1)),
            }
        }
    }
    all.sort_by_key(|(_, places, count)| places / count);
    all.into_iter()
        .map(|(dependency, _, _)| dependency)
        .collect()
}

impl Site {
    /// Tells whether its Flux Kustomization becomes one of several in a file.
    fn appends_unit(&self) -> bool {
        let appends = |step: &Step| matches!(step, Step::Unit { appends: true, .. });
        self.steps.iter().any(appends)
    }

    /// Returns the namespace of the sibling's Flux Kustomization, in which the new one will be, too.
    fn unit_namespace(&self, ground: &Ground<'_>) -> String {
        let sibling = ground.detection.services.get(self.service);
        let unit = sibling.and_then(|s| s.units.first());
        let cluster = ground.cluster();
        let unit = unit.and_then(|index| cluster?.units.get(*index));
        let namespace = unit.map_or("", |u| u.id.namespace.as_str());
        match namespace == self.from_namespace && namespace != "flux-system" {
            true => self.namespace.clone(),
            false => namespace.to_owned(),
        }
    }
}
