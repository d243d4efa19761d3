//! Custom resources that are applied together with what brings their CRD: the API server does not know their kind then, so
//! that the dry run of the whole unit fails, and what would bring the CRD is never applied.

use std::collections::{HashMap, HashSet};

use super::Look;
use super::graph::Graph;
use crate::flux::{Applied, ObjectRef, SOURCE_GROUP, SourceOf, group, is, kind};
use crate::manifest::Node;
use crate::preflight::facts::OwnChild;

/// Charts that bring CRDs in themselves, with the API groups. Not in here: what distributions bring (Traefik and
/// `helm.cattle.io` of k3s, Cilium, which has to run before Flux), and groups that several projects bring.
const CHARTS: [(&str, &[&str]); 36] = [
    ("cert-manager", &["cert-manager.io", "acme.cert-manager.io"]),
    ("trust-manager", &["trust.cert-manager.io"]),
    ("cloudnative-pg", &["postgresql.cnpg.io"]),
    (
        "crossplane",
        &["pkg.crossplane.io", "apiextensions.crossplane.io"],
    ),
    ("dragonfly-operator", &["dragonflydb.io"]),
    (
        "eck-operator",
        &["elasticsearch.k8s.elastic.co", "kibana.k8s.elastic.co"],
    ),
    (
        "eck-operator-crds",
        &["elasticsearch.k8s.elastic.co", "kibana.k8s.elastic.co"],
    ),
    (
        "external-secrets",
        &["external-secrets.io", "generators.external-secrets.io"],
    ),
    ("gateway-helm", &["gateway.envoyproxy.io"]),
    ("gpu-operator", &["nvidia.com"]),
    ("grafana-operator", &["grafana.integreatly.org"]),
    ("intel-device-plugins-operator", &["deviceplugin.intel.com"]),
    ("istio-base", &["networking.istio.io", "security.istio.io"]),
    ("base", &["networking.istio.io", "security.istio.io"]),
    ("keda", &["keda.sh"]),
    ("kube-prometheus-stack", &["monitoring.coreos.com"]),
    ("prometheus-operator-crds", &["monitoring.coreos.com"]),
    ("kyverno", &["kyverno.io"]),
    ("longhorn", &["longhorn.io"]),
    ("mariadb-operator", &["k8s.mariadb.com"]),
    ("mariadb-operator-crds", &["k8s.mariadb.com"]),
    ("metallb", &["metallb.io"]),
    ("node-feature-discovery", &["nfd.k8s-sigs.io"]),
    ("operator", &["minio.min.io"]),
    ("piraeus", &["piraeus.io"]),
    ("rook-ceph", &["ceph.rook.io"]),
    ("sealed-secrets", &["bitnami.com"]),
    ("snapshot-controller", &["snapshot.storage.k8s.io"]),
    ("strimzi-kafka-operator", &["kafka.strimzi.io"]),
    ("tailscale-operator", &["tailscale.com"]),
    ("tofu-controller", &["infra.contrib.fluxcd.io"]),
    ("velero", &["velero.io"]),
    (
        "victoria-metrics-k8s-stack",
        &["operator.victoriametrics.com"],
    ),
    (
        "victoria-metrics-operator",
        &["operator.victoriametrics.com"],
    ),
    (
        "victoria-metrics-operator-crds",
        &["operator.victoriametrics.com"],
    ),
    ("volsync", &["volsync.backube"]),
];

/// Something that brings the CRDs of a group.
struct Provider {
    unit: usize,
    group: String,
    /// The HelmRelease whose chart has them; none for a CRD that stands in the repository.
    release: Option<ObjectRef>,
}

/// Returns the first such object of each kind and unit.
pub(super) fn own_children(look: &Look<'_, '_>) -> Vec<OwnChild> {
    let providers: Vec<Provider> = look
        .objects()
        .flat_map(|(unit, applied)| providers(look, unit, applied))
        .collect();
    let graph = Graph::of(look.cluster);
    let mut seen = HashSet::new();
    let mut before: HashMap<String, bool> = HashMap::new();
    let mut found = Vec::new();
    for (unit, applied) in look.objects() {
        let (of_group, of_kind) = (group(&applied.node), kind(&applied.node));
        let all: Vec<&Provider> = providers
            .iter()
            .filter(|provider| provider.group == of_group)
            .collect();
        // One that is applied later, and by this very unit.
        let is_late = |provider: &&Provider| match provider.unit == unit {
            true => !provider.is_crd(),
            false => graph.is_below(provider.unit, unit),
        };
        let Some(first) = all.first().filter(|_| all.iter().all(is_late)) else {
            continue;
        };
        let comes_before = before
            .entry(of_group.to_owned())
            .or_insert_with(|| installs_before(look, of_group, &all));
        if *comes_before
            || is_unseen(look, &graph, unit)
            || !seen.insert((unit, of_kind.to_owned()))
        {
            continue;
        }
        found.push(OwnChild {
            kind: of_kind.to_owned(),
            group: of_group.to_owned(),
            place: look.place(applied.origin.place, applied),
            unit: look.unit_id(unit),
            brought_by: first.by(look),
        });
    }
    found
}

impl Provider {
    /// Tells whether it is a CRD itself, which Flux applies before all else of its unit.
    fn is_crd(&self) -> bool {
        self.release.is_none()
    }

    fn by(&self, look: &Look<'_, '_>) -> String {
        match &self.release {
            Some(release) => format!("HelmRelease {release}"),
            None => format!("Kustomization {}", look.unit_id(self.unit)),
        }
    }
}

fn providers(look: &Look<'_, '_>, unit: usize, applied: &Applied) -> Vec<Provider> {
    let node = &applied.node;
    let provider = |group: &str, release| Provider {
        unit,
        group: group.to_owned(),
        release,
    };
    if kind(node) == "CustomResourceDefinition" {
        let group = node.text_at(&["spec", "group"]).unwrap_or_default();
        return vec![provider(group, None)];
    }
    if !is(node, "helm.toolkit.fluxcd.io", "HelmRelease") {
        return Vec::new();
    }
    let chart = chart(look, unit, node).filter(|chart| has_crds(node, chart));
    let rows = CHARTS
        .iter()
        .filter(|(name, _)| Some(*name) == chart.as_deref());
    let groups = rows.flat_map(|(_, groups)| groups.iter());
    let release = look.id(unit, node);
    groups
        .map(|group| provider(group, Some(release.clone())))
        .collect()
}

/// Tells whether the CRDs of a chart are asked for: those of cert-manager only come where a value says so.
fn has_crds(release: &Node, chart: &str) -> bool {
    if release.text_at(&["spec", "install", "crds"]) == Some("Skip") {
        return false;
    }
    let value = |path: &[&str]| {
        let values = release.at_path(&["spec", "values"]);
        values.and_then(|values| values.at_path(path)?.as_bool())
    };
    let says = value(&["crds", "enabled"]).or(value(&["installCRDs"]));
    // Values of other objects may say so.
    let is_open = release.at_path(&["spec", "valuesFrom"]).is_some();
    says.unwrap_or(chart != "cert-manager" || is_open)
}

/// Returns the name of the chart of a HelmRelease, without the path of an OCI URL.
fn chart(look: &Look<'_, '_>, unit: usize, release: &Node) -> Option<String> {
    if let Some(chart) = release.text_at(&["spec", "chart", "spec", "chart"]) {
        return last(chart);
    }
    let field = |key| release.text_at(&["spec", "chartRef", key]);
    let own = look.id(unit, release).namespace;
    let namespace = field("namespace").filter(|namespace| !namespace.is_empty());
    let id = ObjectRef::new(namespace.unwrap_or(&own), field("name")?);
    let of_kind = field("kind")?;
    let (_, source) = look.objects().find(|(unit, applied)| {
        is(&applied.node, SOURCE_GROUP, of_kind) && look.id(*unit, &applied.node) == id
    })?;
    let spec = |key| source.node.text_at(&["spec", key]);
    last(spec("url").or_else(|| spec("chart"))?)
}

fn last(path: &str) -> Option<String> {
    let name = path.trim_end_matches('/').rsplit('/').next();
    name.map(str::to_owned)
}

/// Tells whether a part of the cluster cannot be rendered that a unit does not apply itself: whatever is missing may be there.
fn is_unseen(look: &Look<'_, '_>, graph: &Graph, unit: usize) -> bool {
    look.units().any(|(at, other)| {
        let is_whole = other.incomplete.is_empty() && other.source == SourceOf::Here;
        !is_whole && !graph.is_below(at, unit)
    })
}

/// Tells whether a file that no unit reads speaks of the charts or CRDs of a group: a helmfile, a script, a CRD.
fn installs_before(look: &Look<'_, '_>, of_group: &str, providers: &[&Provider]) -> bool {
    let reached = look.reached();
    let charts = CHARTS
        .iter()
        .filter(|(_, groups)| groups.contains(&of_group))
        .map(|(name, _)| *name);
    let releases = providers
        .iter()
        .filter_map(|provider| provider.release.as_ref());
    let names: Vec<&str> = charts
        .chain(releases.map(|release| release.name.as_str()))
        .collect();
    let others = look.tree.files().iter();
    let mut others = others.filter(|file| !reached.contains(file.path.as_ref()));
    others.any(|file| {
        let name = file.name().to_lowercase();
        let is_prose = name.ends_with(".md");
        let is_script = [
            ".sh", "makefile", "justfile", ".just", "helmfile", "taskfile", ".gotmpl",
        ]
        .iter()
        .any(|part| name.contains(part));
        let text = match file.known_text() {
            Some(text) => Some(text.into()),
            None if is_script || is_prose => look.tree.text(&file.path),
            None => None,
        };
        text.is_some_and(|text: std::sync::Arc<str>| {
            let installs = [
                "helm install",
                "helm upgrade",
                "kubectl apply",
                "kubectl create",
            ]
            .iter()
            .any(|command| text.contains(command));
            let is_list = text.contains("releases:");
            let is_crd = text.contains("kind: CustomResourceDefinition") && text.contains(of_group);
            let is_named = || names.iter().any(|name| text.contains(name));
            is_crd || (installs || is_list) && is_named()
        })
    })
}
