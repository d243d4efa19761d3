//! Kustomize's own field specifications (api 0.21 `internal/konfig/builtinpluginconsts`): what every build starts with.

use super::config::{Config, FieldSpec, NameReference};
use super::id::Gvk;

const APPS: &str = "apps";
const BATCH: &str = "batch";
const RBAC: &str = "rbac.authorization.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";
const TEMPLATE: &str = "spec/template/spec";
const CRON_TEMPLATE: &str = "spec/jobTemplate/spec/template/spec";

/// Where the kinds that may refer to config maps and secrets hold their pod.
const PODS: [(&str, &str); 8] = [
    ("Pod", "spec"),
    ("PodTemplate", "template/spec"),
    ("Deployment", TEMPLATE),
    ("ReplicaSet", TEMPLATE),
    ("DaemonSet", TEMPLATE),
    ("StatefulSet", TEMPLATE),
    ("Job", TEMPLATE),
    ("CronJob", CRON_TEMPLATE),
];

/// Where the kinds that may refer to service accounts, claims and priority classes hold their pod.
const WORKLOADS: [(&str, &str); 7] = [
    ("Pod", "spec"),
    ("StatefulSet", TEMPLATE),
    ("Deployment", TEMPLATE),
    ("ReplicationController", TEMPLATE),
    ("CronJob", CRON_TEMPLATE),
    ("Job", TEMPLATE),
    ("DaemonSet", TEMPLATE),
];

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

const CONFIG_MAP_IN_POD: [&str; 6] = [
    "volumes/configMap/name",
    "containers/env/valueFrom/configMapKeyRef/name",
    "initContainers/env/valueFrom/configMapKeyRef/name",
    "containers/envFrom/configMapRef/name",
    "initContainers/envFrom/configMapRef/name",
    "volumes/projected/sources/configMap/name",
];

const SECRET_IN_POD: [&str; 7] = [
    "volumes/secret/secretName",
    "containers/env/valueFrom/secretKeyRef/name",
    "initContainers/env/valueFrom/secretKeyRef/name",
    "containers/envFrom/secretRef/name",
    "initContainers/envFrom/secretRef/name",
    "imagePullSecrets/name",
    "volumes/projected/sources/secret/name",
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

fn gvk(group: &str, version: &str, kind: &str) -> Gvk {
    Gvk {
        group: group.into(),
        version: version.into(),
        kind: kind.into(),
    }
}

fn of(group: &str, version: &str, kind: &str, path: &str, create: bool) -> FieldSpec {
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

/// Fields below the pod of `workloads`. Only for config maps and secrets the table names the version of bare pods.
fn in_pods(workloads: &[(&str, &str)], fields: &[&str], pod_version: &str) -> Vec<FieldSpec> {
    workloads
        .iter()
        .flat_map(|(kind, pod)| {
            let version = if *kind == "Pod" { pod_version } else { "" };
            fields
                .iter()
                .map(move |field| of("", version, kind, &format!("{pod}/{field}"), false))
        })
        .collect()
}

fn name_references() -> Vec<NameReference> {
    let mut references = Vec::new();
    let mut add = |target: Gvk, referrers: Vec<FieldSpec>| {
        references.push(NameReference { target, referrers });
    };
    for kind in [
        "Deployment",
        "ReplicationController",
        "ReplicaSet",
        "StatefulSet",
    ] {
        let scaler = of(
            "",
            "",
            "HorizontalPodAutoscaler",
            "spec/scaleTargetRef/name",
            false,
        );
        add(gvk("", "", kind), vec![scaler]);
    }
    add(gvk("", "v1", "ConfigMap"), config_map_referrers());
    add(gvk("", "v1", "Secret"), secret_referrers());
    add(gvk("", "v1", "Service"), service_referrers());
    let role_ref = |kind| of(RBAC, "", kind, "roleRef/name", false);
    add(gvk(RBAC, "", "Role"), vec![role_ref("RoleBinding")]);
    add(
        gvk(RBAC, "", "ClusterRole"),
        vec![role_ref("RoleBinding"), role_ref("ClusterRoleBinding")],
    );
    let mut accounts = in_pods(&WORKLOADS, &["serviceAccountName"], "");
    accounts.push(of(RBAC, "", "RoleBinding", "subjects", false));
    accounts.push(of(RBAC, "", "ClusterRoleBinding", "subjects", false));
    add(gvk("", "v1", "ServiceAccount"), accounts);
    let claims = in_pods(&WORKLOADS, &["volumes/persistentVolumeClaim/claimName"], "");
    add(gvk("", "v1", "PersistentVolumeClaim"), claims);
    let priorities = in_pods(&WORKLOADS, &["priorityClassName"], "");
    add(gvk("scheduling.k8s.io", "v1", "PriorityClass"), priorities);
    references.extend(storage_and_network());
    references
}

fn config_map_referrers() -> Vec<FieldSpec> {
    let mut specs = in_pods(&PODS, &CONFIG_MAP_IN_POD, "v1");
    let annotation = r"metadata/annotations/nginx.ingress.kubernetes.io\/fastcgi-params-configmap";
    specs.extend([
        of("", "", "Node", "spec/configSource/configMap", false),
        of("", "", "Role", "rules/resourceNames", false),
        of("", "", "ClusterRole", "rules/resourceNames", false),
        of("", "", "Ingress", annotation, false),
    ]);
    specs
}

fn secret_referrers() -> Vec<FieldSpec> {
    let mut specs = in_pods(&PODS, &SECRET_IN_POD, "v1");
    let others = [
        ("Ingress", "spec/tls/secretName"),
        (
            "Ingress",
            r"metadata/annotations/ingress.kubernetes.io\/auth-secret",
        ),
        (
            "Ingress",
            r"metadata/annotations/nginx.ingress.kubernetes.io\/auth-secret",
        ),
        (
            "Ingress",
            r"metadata/annotations/nginx.ingress.kubernetes.io\/auth-tls-secret",
        ),
        ("ServiceAccount", "imagePullSecrets/name"),
        ("StorageClass", "parameters/secretName"),
        ("StorageClass", "parameters/adminSecretName"),
        ("StorageClass", "parameters/userSecretName"),
        ("StorageClass", "parameters/secretRef"),
        ("Role", "rules/resourceNames"),
        ("ClusterRole", "rules/resourceNames"),
        ("PersistentVolume", "spec/azureFile/secretName"),
    ];
    specs.extend(others.map(|(kind, path)| of("", "", kind, path, false)));
    let knative = "spec/template/spec/containers/env/valueFrom/secretKeyRef/name";
    specs.push(of("serving.knative.dev", "v1", "Service", knative, false));
    specs
}

fn service_referrers() -> Vec<FieldSpec> {
    let webhook = "webhooks/clientConfig/service";
    vec![
        of(APPS, "", "StatefulSet", "spec/serviceName", false),
        of(
            "",
            "",
            "Ingress",
            "spec/rules/http/paths/backend/serviceName",
            false,
        ),
        of("", "", "Ingress", "spec/backend/serviceName", false),
        of(
            "",
            "",
            "Ingress",
            "spec/rules/http/paths/backend/service/name",
            false,
        ),
        of("", "", "Ingress", "spec/defaultBackend/service/name", false),
        of(
            "apiregistration.k8s.io",
            "",
            "APIService",
            "spec/service/name",
            false,
        ),
        of(
            ADMISSION,
            "",
            "ValidatingWebhookConfiguration",
            webhook,
            false,
        ),
        of(
            ADMISSION,
            "",
            "MutatingWebhookConfiguration",
            webhook,
            false,
        ),
    ]
}

fn storage_and_network() -> Vec<NameReference> {
    let reference = |target, referrers| NameReference { target, referrers };
    vec![
        reference(
            gvk("", "v1", "PersistentVolume"),
            vec![
                of("", "", "PersistentVolumeClaim", "spec/volumeName", false),
                of("", "", "ClusterRole", "rules/resourceNames", false),
            ],
        ),
        reference(
            gvk("storage.k8s.io", "v1", "StorageClass"),
            vec![
                of("", "", "PersistentVolume", "spec/storageClassName", false),
                of(
                    "",
                    "",
                    "PersistentVolumeClaim",
                    "spec/storageClassName",
                    false,
                ),
                of(
                    "",
                    "",
                    "StatefulSet",
                    "spec/volumeClaimTemplates/spec/storageClassName",
                    false,
                ),
            ],
        ),
        // The table puts the version into the group, so that this never applies.
        reference(
            gvk("networking.k8s.io/v1", "v1", "IngressClass"),
            vec![of("", "", "Ingress", "spec/ingressClassName", false)],
        ),
        reference(
            gvk(ADMISSION, "", "ValidatingAdmissionPolicy"),
            vec![of(
                ADMISSION,
                "",
                "ValidatingAdmissionPolicyBinding",
                "spec/policyName",
                false,
            )],
        ),
    ]
}
