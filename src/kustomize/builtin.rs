//! Kustomize's own field specifications (api 0.21 `internal/konfig/builtinpluginconsts`): what every build starts with.

use super::builtin_references::name_references;
use super::config::{Config, FieldSpec};
use super::id::Gvk;

pub(super) const APPS: &str = "apps";
const BATCH: &str = "batch";
pub(super) const ADMISSION: &str = "admissionregistration.k8s.io";
pub(super) const TEMPLATE: &str = "spec/template/spec";
pub(super) const CRON_TEMPLATE: &str = "spec/jobTemplate/spec/template/spec";

/// Where the kinds in which variables are replaced hold their pod.
const VARIABLES: [(&str, &str); 7] = [
    ("CronJob", CRON_TEMPLATE),
    ("DaemonSet", TEMPLATE),
    ("Deployment", TEMPLATE),
    ("Job", TEMPLATE),
    ("Pod", "spec"),
    ("ReplicaSet", TEMPLATE),
    ("StatefulSet", TEMPLATE),
];

const VARIABLE_IN_POD: [&str; 8] = [
    "containers/args",
    "containers/command",
    "containers/env/value",
    "containers/volumeMounts/mountPath",
    "initContainers/args",
    "initContainers/command",
    "initContainers/env/value",
    "initContainers/volumeMounts/mountPath",
];

/// Returns the field specifications that every build starts with.
pub(super) fn config() -> Config {
    let name = || vec![any("metadata/name", false)];
    let mut common_labels = selectors();
    common_labels.extend(metadata("labels"));
    let mut config = Config {
        name_prefix: name(),
        name_suffix: name(),
        namespace: namespaces(),
        common_labels,
        labels: Vec::new(),
        template_labels: metadata("labels"),
        common_annotations: metadata("annotations"),
        name_reference: name_references(),
        var_reference: variables(),
        images: images(),
        replicas: [
            "Deployment",
            "ReplicationController",
            "ReplicaSet",
            "StatefulSet",
        ]
        .map(|kind| of("", "", kind, "spec/replicas", true))
        .to_vec(),
    };
    config.sort();
    config
}

fn any(path: &str, create: bool) -> FieldSpec {
    FieldSpec::new(Gvk::default(), path, create)
}

pub(super) fn gvk(group: &str, version: &str, kind: &str) -> Gvk {
    Gvk {
        group: group.into(),
        version: version.into(),
        kind: kind.into(),
    }
}

pub(super) fn of(group: &str, version: &str, kind: &str, path: &str, create: bool) -> FieldSpec {
    FieldSpec::new(gvk(group, version, kind), path, create)
}

fn namespaces() -> Vec<FieldSpec> {
    vec![
        of("", "", "Namespace", "metadata/name", true),
        of(
            "apiregistration.k8s.io",
            "",
            "APIService",
            "spec/service/namespace",
            true,
        ),
        of(
            "apiextensions.k8s.io",
            "",
            "CustomResourceDefinition",
            "spec/conversion/webhook/clientConfig/service/namespace",
            false,
        ),
    ]
}

fn images() -> Vec<FieldSpec> {
    ["spec", TEMPLATE]
        .iter()
        .flat_map(|pod| {
            [
                "containers[]/image",
                "initContainers[]/image",
                "volumes[]/image/reference",
            ]
            .map(|field| any(&format!("{pod}/{field}"), true))
        })
        .collect()
}

/// `labels` or `annotations` of objects and of the pods that they make.
fn metadata(field: &str) -> Vec<FieldSpec> {
    let stateful_set = if field == "labels" { APPS } else { "" };
    let places = [
        ("", "", "", ""),
        ("", "v1", "ReplicationController", "spec/template/"),
        ("", "", "Deployment", "spec/template/"),
        ("", "", "ReplicaSet", "spec/template/"),
        ("", "", "DaemonSet", "spec/template/"),
        (stateful_set, "", "StatefulSet", "spec/template/"),
        (BATCH, "", "Job", "spec/template/"),
        (BATCH, "", "CronJob", "spec/jobTemplate/"),
        (BATCH, "", "CronJob", "spec/jobTemplate/spec/template/"),
    ];
    let mut specs: Vec<FieldSpec> = places
        .iter()
        .map(|(group, version, kind, place)| {
            of(
                group,
                version,
                kind,
                &format!("{place}metadata/{field}"),
                true,
            )
        })
        .collect();
    if field == "labels" {
        let path = "spec/volumeClaimTemplates[]/metadata/labels";
        specs.push(of(APPS, "", "StatefulSet", path, true));
    }
    specs
}

fn selectors() -> Vec<FieldSpec> {
    let labels = "spec/selector/matchLabels";
    let network = "networking.k8s.io";
    let mut specs = vec![
        of("", "v1", "Service", "spec/selector", true),
        of("", "v1", "ReplicationController", "spec/selector", true),
        of("", "", "Deployment", labels, true),
        of("", "", "ReplicaSet", labels, true),
        of("", "", "DaemonSet", labels, true),
        of(APPS, "", "StatefulSet", labels, true),
        of(BATCH, "", "Job", labels, false),
        of(
            BATCH,
            "",
            "CronJob",
            "spec/jobTemplate/spec/selector/matchLabels",
            false,
        ),
        of("policy", "", "PodDisruptionBudget", labels, false),
        of(
            network,
            "",
            "NetworkPolicy",
            "spec/podSelector/matchLabels",
            false,
        ),
        of(
            network,
            "",
            "NetworkPolicy",
            "spec/ingress/from/podSelector/matchLabels",
            false,
        ),
        of(
            network,
            "",
            "NetworkPolicy",
            "spec/egress/to/podSelector/matchLabels",
            false,
        ),
    ];
    let preferred =
        "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels";
    let required = "requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels";
    for kind in ["Deployment", "StatefulSet"] {
        for affinity in ["affinity/podAffinity", "affinity/podAntiAffinity"] {
            for rule in [preferred, required] {
                let path = format!("{TEMPLATE}/{affinity}/{rule}");
                specs.push(of(APPS, "", kind, &path, false));
            }
        }
        let path = format!("{TEMPLATE}/topologySpreadConstraints/labelSelector/matchLabels");
        specs.push(of(APPS, "", kind, &path, false));
    }
    specs
}

fn variables() -> Vec<FieldSpec> {
    let mut specs: Vec<FieldSpec> = VARIABLES
        .iter()
        .flat_map(|(kind, pod)| {
            VARIABLE_IN_POD.map(|field| of("", "", kind, &format!("{pod}/{field}"), false))
        })
        .collect();
    let others = [
        (
            "CronJob",
            "spec/jobTemplate/spec/template/volumes/nfs/server",
        ),
        ("DaemonSet", "spec/template/spec/volumes/nfs/server"),
        ("Deployment", "spec/template/spec/volumes/nfs/server"),
        ("Deployment", "spec/template/metadata/annotations"),
        ("Ingress", "spec/rules/host"),
        ("Ingress", "spec/tls/hosts"),
        ("Ingress", "spec/tls/secretName"),
        ("Job", "spec/template/spec/volumes/nfs/server"),
        ("Pod", "spec/volumes/nfs/server"),
        ("ReplicaSet", "spec/template/spec/volumes/nfs/server"),
        ("Service", "spec/ports/port"),
        ("Service", "spec/ports/targetPort"),
        ("StatefulSet", "spec/volumeClaimTemplates/spec/nfs/server"),
        ("PersistentVolume", "spec/nfs/server"),
        ("", "metadata/labels"),
        ("", "metadata/annotations"),
    ];
    specs.extend(others.map(|(kind, path)| of("", "", kind, path, false)));
    specs
}
