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
    /// Whether it is a CRD itself, which Flux applies before all else of its unit.
    is_crd: bool,
    group: String,
    text: String,
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
        let of_group_too = |provider: &&Provider| provider.group == of_group;
        let all: Vec<&Provider> = providers.iter().filter(of_group_too).collect();
        // One that is applied later, and by this very unit.
        let is_late = |provider: &&Provider| match provider.unit == unit {
            true => !provider.is_crd,
            false => graph.is_below(provider.unit, unit),
        };
        let mut is_new = || seen.insert((unit, of_kind.to_owned()));
        if let Some(first) = all.first()
            && all.iter().all(is_late)
            && !is_unseen(look, &graph, unit)
            && !*before
                .entry(of_group.to_owned())
                .or_insert_with(|| installs_before(look, of_group))
            && is_new()
        {
            found.push(OwnChild {
                kind: of_kind.to_owned(),
                group: of_group.to_owned(),
                place: look.place(applied.origin.place, applied),
                unit: look.unit_id(unit),
                brought_by: first.text.clone(),
            });
        }
    }
    found
}

fn providers(look: &Look<'_, '_>, unit: usize, applied: &Applied) -> Vec<Provider> {
    let node = &applied.node;
    let provider = |group: &str, is_crd, text: String| Provider {
        unit,
        is_crd,
        group: group.to_owned(),
        text,
    };
    if kind(node) == "CustomResourceDefinition" {
        let group = node.text_at(&["spec", "group"]).unwrap_or_default();
        let by = format!("Kustomization {}", look.unit_id(unit));
        return vec![provider(group, true, by)];
    }
    if !is(node, "helm.toolkit.fluxcd.io", "HelmRelease") {
        return Vec::new();
    }
    let chart = chart(look, unit, node);
    let rows = CHARTS
        .iter()
        .filter(|(name, _)| Some(*name) == chart.as_deref());
    let by = format!("HelmRelease {}", look.id(unit, node));
    let groups = rows.flat_map(|(_, groups)| groups.iter());
    groups
        .map(|group| provider(group, false, by.clone()))
        .collect()
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
    let mut units = look.cluster.units.iter().enumerate();
    units.any(|(at, other)| {
        let is_whole = other.incomplete.is_empty() && other.source == SourceOf::Here;
        !is_whole && !graph.is_below(at, unit)
    })
}

/// Tells whether a file that no unit reads speaks of the charts or CRDs of a group: a helmfile, a script, a CRD.
fn installs_before(look: &Look<'_, '_>, of_group: &str) -> bool {
    let reached: HashSet<&str> = look
        .cluster
        .units
        .iter()
        .flat_map(|unit| &unit.files)
        .map(|file| file.path.as_ref())
        .collect();
    let charts: Vec<&str> = CHARTS
        .iter()
        .filter(|(_, groups)| groups.contains(&of_group))
        .map(|(name, _)| *name)
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
            let names = || charts.iter().any(|chart| text.contains(chart));
            is_crd || (installs || is_list) && names()
        })
    })
}
