//! Where image objects are kept in this repository: the example of the nearest service that has a policy.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::place::{Place, Target};
use super::{Ground, Subject};
use crate::flux::ObjectRef;
use crate::image::marker;
use crate::image::{ImageObject, ImageObjects};
use crate::manifest::Tree;
use crate::scaffold::author::Author;
use crate::scaffold::layout::Service;
use crate::scaffold::names::{self, NAME, base, dir, is_within};

/// So many of the nearest examples decide where objects are kept.
const DECIDING: usize = 5;
/// The file of a service's objects where there is no example.
const FILE: &str = "image-automation.yaml";

/// Where image objects are kept. Empty where there is no example.
#[derive(Default)]
pub(super) struct Kept {
    /// The best example.
    pub(super) example: Option<Example>,
    /// The positions of ImageRepository, ImagePolicy and ImageUpdateAutomation in one file.
    pub(super) order: [usize; 3],
    /// The namespace of Flux.
    pub(super) flux: String,
    /// Whether all goes beside the marked file, wherever the example's stand.
    pub(super) beside_marked: bool,
    /// The namespace to which an overlay moves the objects, once that is known.
    pub(super) moved: Option<String>,
}

/// How one service's image objects are kept.
#[derive(Clone)]
pub(super) struct Example {
    /// The name of its service.
    pub(super) service: String,
    /// The namespace of its workload.
    pub(super) workload_namespace: String,
    /// The policy as the cluster knows it.
    pub(super) policy: ObjectRef,
    /// Its name and namespace as they are written, `{name}` for the service's.
    pub(super) policy_name: String,
    pub(super) written_namespace: Option<String>,
    /// The name of its repository, `{name}` for the service's.
    pub(super) repository_name: Option<String>,
    pub(super) policy_place: Place,
    pub(super) repository_place: Option<Place>,
    /// The automation that writes its marker.
    pub(super) automation: Option<AutomationExample>,
    /// How near it is: the sibling's rank, then the length of the path in common.
    rank: (usize, std::cmp::Reverse<usize>),
    order: [usize; 3],
}

/// The automation of an example.
#[derive(Clone)]
pub(super) struct AutomationExample {
    pub(super) id: ObjectRef,
    /// Its name, `{name}` for the service's.
    pub(super) name: String,
    pub(super) place: Place,
    /// `spec.update.path` as written.
    pub(super) path: String,
    pub(super) written_namespace: Option<String>,
    /// Whether it is the service's own.
    pub(super) is_own: bool,
}

/// A namespace as it is written, and as the cluster will know it.
pub(super) struct Namespace {
    pub(super) written: Option<String>,
    pub(super) rendered: String,
}

impl Kept {
    /// Looks at the policies of the cluster that have a marker.
    pub(super) fn find(
        ground: &Ground<'_>,
        objects: &ImageObjects<'_>,
        author: &Author<'_>,
        subject: &Subject<'_>,
    ) -> Kept {
        let flux = ground
            .cluster()
            .and_then(|c| c.units.first())
            .map(|unit| unit.id.namespace.clone())
            .filter(|n| !n.is_empty());
        let marked = marked(ground.model.tree);
        let ranks = author
            .siblings
            .siblings
            .iter()
            .map(|s| s.name())
            .collect::<Vec<_>>();
        let mut examples: Vec<Example> = objects
            .policies
            .iter()
            .filter(|policy| !policy.applied.origin.generated && !policy.has_unknown_name())
            .filter(|policy| is_single(objects, policy))
            .filter_map(|policy| {
                let file = marked.get(&policy.id)?.first()?;
                let service = service_of(ground, file);
                if service.is_some_and(|s| s.name == subject.name) && !same_file(policy, subject) {
                    // A second image of the service itself is the best example, as long as it is not in the way.
                    return Example::of(ground, objects, policy, file, service, (0, subject));
                }
                let rank = service.and_then(|s| ranks.iter().position(|name| *name == s.name));
                Example::of(
                    ground,
                    objects,
                    policy,
                    file,
                    service,
                    (rank.unwrap_or(ranks.len()) + 1, subject),
                )
            })
            .collect();
        examples.sort_by_key(|example| example.rank);
        let example = elect(&examples).cloned();
        Kept {
            order: example.as_ref().map_or([0, 1, 2], |example| example.order),
            example,
            flux: flux.unwrap_or_else(|| "flux-system".to_owned()),
            beside_marked: false,
            moved: None,
        }
    }

    /// Returns the namespace of the new policy.
    pub(super) fn namespace(&self, subject: &Subject<'_>) -> Namespace {
        if let Some(moved) = &self.moved {
            let is_written = self
                .example
                .as_ref()
                .is_none_or(|e| e.written_namespace.is_some());
            return Namespace {
                written: is_written.then(|| moved.clone()),
                rendered: moved.clone(),
            };
        }
        let Some(example) = &self.example else {
            return Namespace {
                written: Some(self.flux.clone()),
                rendered: self.flux.clone(),
            };
        };
        let moves = |namespace: &str| match namespace == example.workload_namespace
            && namespace != self.flux
        {
            true => subject.namespace.to_owned(),
            false => namespace.replace(NAME, subject.name),
        };
        Namespace {
            written: example.written_namespace.as_deref().map(moves),
            rendered: moves(&example.policy.namespace),
        }
    }

    pub(super) fn policy_target(&self, subject: &Subject<'_>) -> Target {
        let place = self.example.as_ref().map(|example| &example.policy_place);
        target(place.filter(|_| !self.beside_marked), subject)
    }

    pub(super) fn repository_target(&self, subject: &Subject<'_>) -> Target {
        let example = self.example.as_ref();
        let place = example.map(|e| e.repository_place.as_ref().unwrap_or(&e.policy_place));
        target(place.filter(|_| !self.beside_marked), subject)
    }

    pub(super) fn automation_target(&self, subject: &Subject<'_>) -> Target {
        let place = self
            .example
            .as_ref()
            .and_then(|e| Some(&e.automation.as_ref()?.place));
        match place.filter(|_| !self.beside_marked) {
            Some(place) => place.target(subject),
            None => self.policy_target(subject),
        }
    }
}

fn target(place: Option<&Place>, subject: &Subject<'_>) -> Target {
    if let Some(place) = place {
        return place.target(subject);
    }
    let folder = dir(subject.file);
    // A folder that several services share has no file for one of them.
    let is_shared = !subject.folders.iter().any(|own| is_within(folder, own));
    let name = if is_shared {
        format!("{}-{FILE}", subject.name)
    } else {
        FILE.to_owned()
    };
    let path = if folder.is_empty() {
        name
    } else {
        format!("{folder}/{name}")
    };
    Target {
        path,
        of: Some(subject.file.to_owned()),
    }
}

/// Tells whether the file of a policy makes one policy, not one for each overlay.
fn is_single(objects: &ImageObjects<'_>, policy: &ImageObject<'_>) -> bool {
    let origin = |object: &ImageObject<'_>| {
        (
            object.applied.origin.path.clone(),
            object.applied.origin.document,
        )
    };
    objects
        .policies
        .iter()
        .filter(|other| origin(other) == origin(policy))
        .count()
        == 1
}

fn same_file(policy: &ImageObject<'_>, subject: &Subject<'_>) -> bool {
    policy.applied.origin.path.as_str() == subject.file
}

/// Returns the example whose place most of the nearest have; in doubt the nearest.
fn elect(examples: &[Example]) -> Option<&Example> {
    let own = examples.first().filter(|e| e.rank.0 == 0);
    if own.is_some() {
        return own;
    }
    let window = examples
        .get(..DECIDING.min(examples.len()))
        .unwrap_or_default();
    let votes = |example: &Example| {
        window
            .iter()
            .filter(|e| e.policy_place.is_like(&example.policy_place))
            .count()
    };
    window.iter().rev().max_by_key(|example| votes(example))
}

/// Returns the files with a marker of each policy, by the policy's name.
fn marked(tree: &Tree) -> BTreeMap<ObjectRef, Vec<Arc<str>>> {
    let mut found: BTreeMap<ObjectRef, Vec<Arc<str>>> = BTreeMap::new();
    let may_hold = |text: &str| marker::may_have_markers(text);
    for file in tree
        .files()
        .iter()
        .filter(|f| f.known_text().is_some_and(may_hold))
    {
        let Some(source) = tree.source(&file.path) else {
            continue;
        };
        for marker in marker::scan(&source)
            .markers
            .into_iter()
            .filter(|m| m.position.is_ok())
        {
            if let Ok(setter) = marker.body {
                let id = ObjectRef::new(setter.namespace, setter.name);
                found.entry(id).or_default().push(file.path.clone());
            }
        }
    }
    found
}

/// Returns the service to which a file belongs: the one with the innermost folder that holds it.
pub(super) fn service_of<'g>(ground: &Ground<'g>, file: &str) -> Option<&'g Service> {
    let detection = ground.detection;
    let holds = |service: &&Service| service.parts.iter().any(|part| part.path.as_ref() == file);
    let depth = |service: &&Service| {
        let folders = service
            .folders
            .iter()
            .filter(|folder| is_within(file, folder));
        folders.map(String::len).max().unwrap_or(0)
    };
    detection.services.iter().filter(holds).max_by_key(depth)
}

impl Example {
    fn of(
        ground: &Ground<'_>,
        objects: &ImageObjects<'_>,
        policy: &ImageObject<'_>,
        file: &str,
        service: Option<&Service>,
        (rank, subject): (usize, &Subject<'_>),
    ) -> Option<Example> {
        let repository = objects.repository_of(policy);
        let automation = objects.automations.iter().find(|a| a.updates(policy, file));
        let image = repository.and_then(|r| r.node().text_at(&["spec", "image"]));
        let name = service
            .map(|s| s.name.as_str())
            .or_else(|| image.map(base))?;
        let other = image.map(base).unwrap_or_default();
        let pattern =
            |text: &str| any_pattern(text, &[name, other]).unwrap_or_else(|| text.to_owned());
        let written = |object: &ImageObject<'_>, key: &str| {
            let origin = &object.applied.origin;
            let source = ground.model.tree.source(&origin.path)?;
            let root = source.documents.get(origin.document)?.root.as_ref()?;
            root.text_at(&["metadata", key]).map(str::to_owned)
        };
        let place =
            |object: &ImageObject<'_>| Place::of(ground, object, file, service, &[name, other]);
        let document = |object: &ImageObject<'_>| object.applied.origin.document;
        let own_automation = automation.map(|a| {
            let path = a
                .object
                .node()
                .text_at(&["spec", "update", "path"])
                .unwrap_or_default();
            let is_own = any_pattern(&a.object.id.name, &[name, other]).is_some()
                || service.is_some_and(|s| s.folders.iter().any(|f| *f == a.path && !f.is_empty()));
            AutomationExample {
                id: a.object.id.clone(),
                name: pattern(&written(&a.object, "name").unwrap_or_default()),
                place: place(&a.object),
                path: path.to_owned(),
                written_namespace: written(&a.object, "namespace"),
                is_own,
            }
        });
        let common = common_folder(file, subject.file);
        let order = [
            repository.map_or(0, document),
            document(policy),
            automation.map_or(usize::MAX, |a| document(&a.object)),
        ];
        Some(Example {
            service: name.to_owned(),
            workload_namespace: service.map(|s| s.namespace.clone()).unwrap_or_default(),
            policy: policy.id.clone(),
            policy_name: pattern(&written(policy, "name")?),
            written_namespace: written(policy, "namespace"),
            repository_name: repository
                .and_then(|r| written(r, "name"))
                .map(|n| pattern(&n)),
            policy_place: place(policy),
            repository_place: repository.map(place),
            automation: own_automation,
            rank: (rank, std::cmp::Reverse(common)),
            order: match same_documents(&order, policy, repository, automation.map(|a| &a.object)) {
                true => order,
                false => [0, 1, 2],
            },
        })
    }
}

/// Tells whether the objects stand in one file, so that their order says something.
fn same_documents(
    order: &[usize; 3],
    policy: &ImageObject<'_>,
    repository: Option<&ImageObject<'_>>,
    automation: Option<&ImageObject<'_>>,
) -> bool {
    let path = |object: &ImageObject<'_>| object.applied.origin.path.clone();
    let same = |object: Option<&ImageObject<'_>>| object.is_none_or(|o| path(o) == path(policy));
    same(repository) && same(automation) && order[0] != order[1]
}

/// Returns a text with `{name}` for the first of several names that occurs in it.
pub(super) fn any_pattern(text: &str, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| names::pattern(text, name))
}

/// Counts the folders that two paths have in common.
fn common_folder(one: &str, other: &str) -> usize {
    let pairs = dir(one).split('/').zip(dir(other).split('/'));
    pairs.take_while(|(a, b)| a == b).count()
}
