//! Kustomize's own name references: which fields hold the name of which kind of object.

use super::builtin::{ADMISSION, APPS, CRON_TEMPLATE, TEMPLATE, gvk, of};
use super::config::{FieldSpec, NameReference};
use super::id::Gvk;

const RBAC: &str = "rbac.authorization.k8s.io";

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

/// Returns the name references that every build starts with.
pub(super) fn name_references() -> Vec<NameReference> {
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
