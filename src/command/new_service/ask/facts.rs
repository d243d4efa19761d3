//! What the repository says about the questions: which are worth asking, and what their answers usually are.

use super::super::image::are_automated;
use crate::flux::Model;
use crate::manifest::Node;
use crate::scaffold::conventions::{Conventions, Siblings};
use crate::scaffold::extras::annotations::{AnnotatedTiles, monitored};
use crate::scaffold::extras::backup::Backups;
use crate::scaffold::extras::host::host_taken;
use crate::scaffold::extras::monitor::Monitors;
use crate::scaffold::extras::tile::Homepage;
use crate::scaffold::extras::tunnel::Tunnel;
use crate::scaffold::register::{Ground, Site};
use crate::scaffold::spec::{Ingress, ServiceSpec};

/// Says where a host is used already.
type TakenAt<'a> = Box<dyn Fn(&str) -> Option<String> + 'a>;
/// Says something of an image.
type OfImage<'a> = Box<dyn Fn(&str) -> bool + 'a>;

/// What is known before the service is described.
pub(super) struct Facts<'a> {
    /// The namespaces in use, the proposed one first; empty where each service has its own.
    pub(super) namespaces: Vec<String>,
    /// The host of most services, with `{name}` for the name.
    pub(super) host: Option<String>,
    /// Who brings requests to most services.
    pub(super) ingress: Option<Ingress>,
    /// Whether all services have that.
    pub(super) is_ingress_clear: bool,
    /// The path that most probes ask.
    pub(super) probe: Option<String>,
    /// The groups of the dashboard.
    pub(super) tiles: Vec<String>,
    /// Whether monitors can be added.
    pub(super) monitors: bool,
    /// Whether there is a list of backups.
    pub(super) backups: bool,
    /// Whether there is a tunnel.
    pub(super) tunnel: bool,
    /// Whether siblings are described where they are registered.
    pub(super) descriptions: bool,
    /// Whether a registry may be asked for tags.
    pub(super) registry: bool,
    /// Says where a host is used already.
    pub(super) taken: TakenAt<'a>,
    /// Tells whether images like this one have a policy here.
    pub(super) automated: OfImage<'a>,
}

impl<'a> Facts<'a> {
    /// Looks at the neighbours of a place.
    pub(super) fn gather(
        ground: &Ground<'a>,
        siblings: &Siblings<'_>,
        site: &Site,
        registry: bool,
    ) -> Self {
        let (model, cluster, conventions) = (ground.model, ground.cluster, ground.conventions);
        let homepage = Homepage::find(model, cluster).map(|h| h.groups);
        let annotated = || AnnotatedTiles::find(siblings).map(|t| t.groups);
        // A comment above the Flux Kustomization, where there will be one.
        let numbered = conventions.unit.numbered.as_ref();
        let numbered = numbered.filter(|_| site.unit.is_some());
        Facts {
            namespaces: namespaces(ground, site),
            host: host(conventions),
            ingress: conventions.network.ingress(),
            is_ingress_clear: is_ingress_clear(conventions),
            probe: probe(siblings),
            tiles: homepage.or_else(annotated).unwrap_or_default(),
            monitors: has_monitors(model, cluster, siblings),
            backups: Backups::find(model, cluster).is_some(),
            tunnel: Tunnel::find(model, cluster).is_some(),
            descriptions: numbered.is_some_and(|n| !n.value.between.is_empty()),
            registry,
            taken: Box::new(move |host| {
                let at = host_taken(model, cluster, host)?;
                Some(format!("{}:{}", at.file, at.line))
            }),
            automated: Box::new(move |image| are_automated(model, cluster, image)),
        }
    }
}

/// Returns the namespaces in use, the one of the place first; nothing where it is to have its own.
fn namespaces(ground: &Ground<'_>, site: &Site) -> Vec<String> {
    let mut found = Vec::new();
    if !site.shares_namespace {
        return found;
    }
    let used = ground.detection.services.iter().map(|s| &s.namespace);
    for namespace in std::iter::once(&site.namespace).chain(used) {
        if !namespace.is_empty() && !found.contains(namespace) {
            found.push(namespace.clone());
        }
    }
    if let Some(others) = found.get_mut(1..) {
        others.sort();
    }
    found
}

fn host(conventions: &Conventions) -> Option<String> {
    let learnt = conventions.network.host.as_ref()?;
    let is_pattern = learnt.value.contains("{name}") && !learnt.value.contains("{{");
    is_pattern.then(|| learnt.value.clone())
}

fn is_ingress_clear(conventions: &Conventions) -> bool {
    let network = &conventions.network;
    let kind = network.kind.as_ref();
    let class = network.class.as_ref();
    kind.is_some_and(|k| k.agree == k.of) && class.is_none_or(|c| c.agree == c.of)
}

/// Returns the path that at least half of the probes of siblings ask.
fn probe(siblings: &Siblings<'_>) -> Option<String> {
    let paths: Vec<&str> = siblings
        .siblings
        .iter()
        .filter_map(|sibling| sibling.objects().find_map(probed))
        .collect();
    let count = |path: &str| paths.iter().filter(|p| **p == path).count();
    let best = paths.iter().rev().max_by_key(|path| count(path))?;
    (count(best) * 2 >= paths.len()).then(|| (*best).to_owned())
}

fn probed(object: &Node) -> Option<&str> {
    let containers = object.at_path(&["spec", "template", "spec", "containers"])?;
    let container = containers.items()?.first()?;
    let probes = ["readinessProbe", "livenessProbe", "startupProbe"];
    let mut paths = probes
        .iter()
        .filter_map(|probe| container.text_at(&[probe, "httpGet", "path"]));
    paths.next()
}

fn has_monitors(model: &Model<'_>, cluster: usize, siblings: &Siblings<'_>) -> bool {
    // Annotations name a host.
    let spec = ServiceSpec {
        name: "name".to_owned(),
        host: Some("name".to_owned()),
        ..ServiceSpec::default()
    };
    Monitors::find(model, cluster).is_some() || !monitored(siblings, &spec).is_empty()
}
