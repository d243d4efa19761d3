//! What belongs to a service in a cluster: what applies it, its workloads, and the chain that updates its image.

use std::collections::BTreeSet;

use serde_json::Value;

use super::reference::same_repository;
use crate::flux::live::{Family, InventoryItem, KindRef, Live};

/// How many segments at the end of a path may name a service: `apps/site`, `apps/site/app`.
const NAMING_SEGMENTS: usize = 2;

/// The objects of a service, as indices into the objects and workloads that it was found among.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// Where its manifests and charts come from.
    pub sources: Vec<usize>,
    /// The Kustomizations and HelmReleases that apply it.
    pub appliers: Vec<usize>,
    /// ImageRepositories, then ImagePolicies, then ImageUpdateAutomations.
    pub images: Vec<usize>,
    /// Among the workloads.
    pub workloads: Vec<usize>,
}

impl Service {
    /// Returns the workloads that a service of this name may have among what Flux applied; each has to be looked at to know
    /// which images it runs.
    pub fn workloads_to_ask(name: &str, objects: &[Live]) -> Vec<InventoryItem> {
        let mut asked = BTreeSet::new();
        for (object, is_own) in appliers(name, objects) {
            let items = object.inventory().into_iter();
            asked.extend(items.filter(|item| item.is_workload() && (is_own || is_of(item, name))));
        }
        asked.into_iter().collect()
    }

    /// Finds what belongs to a service. `workloads` are those of [`Service::workloads_to_ask`] that there are. Empty where
    /// nothing has this name.
    pub fn of(name: &str, objects: &[Live], workloads: &[Value]) -> Self {
        let place = |wanted: &KindRef| objects.iter().position(|o| o.kind_ref() == *wanted);
        let appliers: Vec<usize> = appliers(name, objects)
            .filter_map(|(object, _)| place(&object.kind_ref()))
            .collect();
        let own: BTreeSet<usize> = own_appliers(name, objects).collect();
        let applied: BTreeSet<KindRef> =
            own.iter().flat_map(|&at| flux_items(objects, at)).collect();
        let run: Vec<&str> = workloads.iter().flat_map(images_of).collect();
        let belongs =
            |object: &Live| object.id.name == name || applied.contains(&object.kind_ref());
        let runs = |object: &Live| {
            let image = object.text("/spec/image").unwrap_or_default();
            run.iter().any(|running| same_repository(running, image))
        };
        let of_kind = |kind: &'static str| {
            let all = objects.iter().enumerate();
            all.filter(move |(_, object)| object.kind.kind == kind)
        };
        let named_policies: Vec<&Live> = of_kind("ImagePolicy")
            .map(|(_, p)| p)
            .filter(|p| belongs(p))
            .collect();
        let scanned: BTreeSet<KindRef> = named_policies.iter().filter_map(|p| p.source()).collect();
        let repositories: Vec<usize> = of_kind("ImageRepository")
            .filter(|(_, r)| belongs(r) || runs(r) || scanned.contains(&r.kind_ref()))
            .map(|(at, _)| at)
            .collect();
        let chosen: Vec<KindRef> = repositories
            .iter()
            .filter_map(|&at| Some(objects.get(at)?.kind_ref()))
            .collect();
        let policies: Vec<(usize, &Live)> = of_kind("ImagePolicy")
            .filter(|(_, p)| p.source().is_some_and(|source| chosen.contains(&source)))
            .collect();
        let spaces: BTreeSet<&str> = policies
            .iter()
            .map(|(_, p)| p.id.namespace.as_str())
            .collect();
        let sources = sources(name, objects, &appliers, &applied);
        let url = |at: &usize| objects.get(*at)?.text("/spec/url");
        let urls: Vec<&str> = sources.iter().filter_map(url).collect();
        // An automation of the same namespace may write into another repository; and into this one through a GitRepository
        // of its own, with another key.
        let writes_here = |automation: &Live| {
            let Some(source) = automation.source().and_then(|source| place(&source)) else {
                return appliers.is_empty();
            };
            appliers.is_empty()
                || sources.contains(&source)
                || url(&source).is_some_and(|url| urls.contains(&url))
        };
        let automations = of_kind("ImageUpdateAutomation").filter(|(_, a)| {
            belongs(a) || spaces.contains(a.id.namespace.as_str()) && writes_here(a)
        });
        let images: Vec<usize> = repositories
            .iter()
            .copied()
            .chain(policies.iter().map(|&(at, _)| at))
            .chain(automations.map(|(at, _)| at))
            .collect();
        Service {
            sources,
            appliers,
            images,
            workloads: (0..workloads.len()).collect(),
        }
    }

    /// Tells whether nothing has the name.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
            && self.appliers.is_empty()
            && self.images.is_empty()
            && self.workloads.is_empty()
    }

    /// Returns the Flux objects, sources first.
    pub fn objects(&self) -> impl Iterator<Item = usize> {
        let parts = [&self.sources, &self.appliers, &self.images];
        parts.into_iter().flatten().copied()
    }
}

/// Returns what applies the service, and whether it applies nothing else.
fn appliers<'o>(name: &str, objects: &'o [Live]) -> impl Iterator<Item = (&'o Live, bool)> {
    let own: BTreeSet<usize> = own_appliers(name, objects).collect();
    let of_applier = objects
        .iter()
        .enumerate()
        .filter(|(_, object)| object.kind.family == Family::Applier);
    of_applier.filter_map(move |(at, object)| match own.contains(&at) {
        true => Some((object, true)),
        false => {
            let mut items = object.inventory().into_iter();
            let has = items.any(|item| item.is_workload() && item.id.name == name);
            has.then_some((object, false))
        }
    })
}

/// Returns the appliers that are there for the service alone: those of its name, path or namespace, and what they apply.
fn own_appliers(name: &str, objects: &[Live]) -> impl Iterator<Item = usize> {
    let is_applier = |object: &Live| object.kind.family == Family::Applier;
    let mut own: BTreeSet<usize> = (0..objects.len())
        .filter(|&at| {
            objects
                .get(at)
                .is_some_and(|o| is_applier(o) && is_named(o, name))
        })
        .collect();
    let children: BTreeSet<KindRef> = own.iter().flat_map(|&at| flux_items(objects, at)).collect();
    own.extend((0..objects.len()).filter(|&at| {
        objects
            .get(at)
            .is_some_and(|o| is_applier(o) && children.contains(&o.kind_ref()))
    }));
    own.into_iter()
}

fn is_named(object: &Live, name: &str) -> bool {
    let path = object.text("/spec/path").unwrap_or_default();
    let mut last = path
        .rsplit('/')
        .filter(|part| !part.is_empty())
        .take(NAMING_SEGMENTS);
    object.id.name == name
        || object.text("/spec/targetNamespace") == Some(name)
        || last.any(|segment| segment == name)
}

/// Tells whether a workload that stands beside others is one of the service.
fn is_of(item: &InventoryItem, name: &str) -> bool {
    let rest = item.id.name.strip_prefix(name);
    item.id.namespace == name || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn flux_items(objects: &[Live], at: usize) -> Vec<KindRef> {
    let items = objects
        .get(at)
        .map(Live::inventory)
        .unwrap_or_default()
        .into_iter();
    let items = items.filter(|item| item.group.ends_with(".fluxcd.io"));
    items
        .map(|item| KindRef {
            kind: item.kind,
            id: item.id,
        })
        .collect()
}

/// Returns where the appliers take from, charts and their repositories included, and the sources of the service's own.
fn sources(
    name: &str,
    objects: &[Live],
    appliers: &[usize],
    applied: &BTreeSet<KindRef>,
) -> Vec<usize> {
    let mut wanted: BTreeSet<KindRef> = appliers
        .iter()
        .filter_map(|&at| objects.get(at)?.source())
        .collect();
    // A chart has a source of its own.
    for _ in 0..2 {
        let further = objects.iter().filter(|o| wanted.contains(&o.kind_ref()));
        wanted.extend(further.filter_map(Live::source).collect::<Vec<_>>());
    }
    let is_source = |o: &Live| o.kind.family == Family::Source;
    let belongs = |o: &Live| {
        wanted.contains(&o.kind_ref()) || applied.contains(&o.kind_ref()) || o.id.name == name
    };
    let all = objects.iter().enumerate();
    all.filter(|(_, o)| is_source(o) && belongs(o))
        .map(|(at, _)| at)
        .collect()
}

/// Returns the images that the containers of a workload run.
fn images_of(workload: &Value) -> impl Iterator<Item = &str> {
    let pod = [
        "/spec/template/spec",
        "/spec/jobTemplate/spec/template/spec",
    ]
    .into_iter()
    .find_map(|pointer| workload.pointer(pointer));
    let lists = ["containers", "initContainers"].into_iter();
    let containers = lists
        .filter_map(move |key| pod?.get(key)?.as_array())
        .flatten();
    containers.filter_map(|container| container.get("image")?.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(group: &str, kind: &str, id: (&str, &str), spec: Value, items: &[&str]) -> Live {
        let entries: Vec<_> = items
            .iter()
            .map(|id| json!({"id": id, "v": "v1"}))
            .collect();
        Live::of(json!({
            "apiVersion": format!("{group}.toolkit.fluxcd.io/v1"), "kind": kind,
            "metadata": {"namespace": id.0, "name": id.1},
            "spec": spec, "status": {"inventory": {"entries": entries}},
        }))
        .unwrap()
    }

    fn cluster() -> Vec<Live> {
        let git = json!({"sourceRef": {"kind": "GitRepository", "name": "flux-system"}});
        let with_path = |path: &str| {
            let mut spec = git.clone();
            spec["path"] = json!(path);
            spec
        };
        let flux = |name| ("flux-system", name);
        vec![
            object(
                "source",
                "GitRepository",
                flux("flux-system"),
                json!({}),
                &[],
            ),
            object(
                "kustomize",
                "Kustomization",
                flux("site"),
                with_path("./clusters/pi/site"),
                &["site_site_apps_Deployment"],
            ),
            object(
                "kustomize",
                "Kustomization",
                flux("apps"),
                with_path("./apps"),
                &[
                    "web_blog_apps_Deployment",
                    "web_blog-db_apps_StatefulSet",
                    "web_wiki_apps_Deployment",
                ],
            ),
            object(
                "image",
                "ImageRepository",
                flux("mirror"),
                json!({"image": "ghcr.io/me/site"}),
                &[],
            ),
            object(
                "image",
                "ImageRepository",
                flux("other"),
                json!({"image": "ghcr.io/me/other"}),
                &[],
            ),
            object(
                "image",
                "ImagePolicy",
                flux("any"),
                json!({"imageRepositoryRef": {"name": "mirror"}}),
                &[],
            ),
            object(
                "image",
                "ImageUpdateAutomation",
                flux("auto"),
                git.clone(),
                &[],
            ),
            object(
                "image",
                "ImageUpdateAutomation",
                flux("elsewhere"),
                json!({"sourceRef": {"kind": "GitRepository", "name": "other"}}),
                &[],
            ),
        ]
    }

    fn deployment(image: &str) -> Value {
        json!({"kind": "Deployment", "metadata": {"namespace": "site", "name": "site"},
            "spec": {"template": {"spec": {"containers": [{"image": image}]}}}})
    }

    #[test]
    fn a_service_has_its_applier_and_the_chain_of_its_image() {
        let objects = cluster();
        let asked = Service::workloads_to_ask("site", &objects);
        assert_eq!(
            asked.iter().map(|i| i.id.to_string()).collect::<Vec<_>>(),
            ["site/site"]
        );
        let found = Service::of("site", &objects, &[deployment("ghcr.io/me/site:1.2.3")]);
        assert_eq!(
            found,
            Service {
                sources: vec![0],
                appliers: vec![1],
                images: vec![3, 5, 6],
                workloads: vec![0]
            }
        );
    }

    #[test]
    fn a_service_that_is_applied_with_others_has_its_own_workloads_only() {
        let objects = cluster();
        let asked = Service::workloads_to_ask("blog", &objects);
        let names: Vec<_> = asked.iter().map(|i| i.id.name.as_str()).collect();
        assert_eq!(names, ["blog", "blog-db"]);
        let found = Service::of("blog", &objects, &[]);
        assert_eq!(
            (found.appliers, found.sources, found.images),
            (vec![2], vec![0], vec![])
        );
    }

    #[test]
    fn nothing_is_found_for_a_name_that_nothing_has() {
        let objects = cluster();
        assert!(Service::of("blo", &objects, &[]).is_empty());
        assert!(Service::workloads_to_ask("blo", &objects).is_empty());
    }
}
