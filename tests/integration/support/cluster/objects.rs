//! Objects of Flux with as little in them as the server takes, and what controllers write into them when all is well.

use futures::StreamExt;
use kube::Client;
use serde_json::{Value, json};

use super::flux::kind;
use super::{namespace, post, set_status};

/// How many requests are under way at once when many objects are made.
const AT_ONCE: usize = 32;

/// Returns the path of an object by its kind: `/apis/GROUP/VERSION/namespaces/NAMESPACE/PLURAL/NAME`. An empty name gives
/// the path of all of them.
pub fn object_path(kind_name: &str, namespace: &str, name: &str) -> String {
    kind(kind_name).path(namespace, name)
}

/// Returns an object of Flux: `spec` over the least that its kind needs. Its source is the GitRepository `flux-system` of
/// the same namespace, its ImageRepository has its own name.
pub fn flux_object(kind_name: &str, name: &str, spec: &Value) -> Value {
    let kind = kind(kind_name);
    let mut whole = least(kind_name, name);
    if let (Some(whole), Some(spec)) = (whole.as_object_mut(), spec.as_object()) {
        whole.extend(spec.clone());
    }
    json!({
        "apiVersion": format!("{}/{}", kind.group, kind.version), "kind": kind.kind,
        "metadata": {"name": name}, "spec": whole,
    })
}

fn least(kind: &str, name: &str) -> Value {
    let git = json!({"kind": "GitRepository", "name": "flux-system"});
    let charts = json!({"kind": "HelmRepository", "name": "charts"});
    match kind {
        "GitRepository" => json!({"interval": "1m", "url": "https://example.com/me/fleet"}),
        "OCIRepository" => json!({"interval": "1m", "url": "oci://example.com/me/fleet"}),
        "HelmRepository" => json!({"interval": "1m", "url": "https://example.com/charts"}),
        "HelmChart" => json!({"interval": "1m", "chart": name, "sourceRef": charts}),
        "Bucket" => json!({"interval": "1m", "bucketName": name, "endpoint": "example.com"}),
        "ExternalArtifact" => json!({"sourceRef": {"kind": "ArtifactGenerator", "name": name}}),
        "Kustomization" => {
            json!({"interval": "10m", "prune": true, "path": "./", "sourceRef": git})
        }
        "HelmRelease" => {
            json!({"interval": "10m", "chart": {"spec": {"chart": name, "sourceRef": charts}}})
        }
        "ImageRepository" => json!({"interval": "1m", "image": format!("ghcr.io/me/{name}")}),
        "ImagePolicy" => {
            json!({"imageRepositoryRef": {"name": name}, "policy": {"semver": {"range": "*"}}})
        }
        "ImageUpdateAutomation" => json!({
            "interval": "1m", "sourceRef": git,
            "git": {"commit": {"author": {"email": "flux@example.com", "name": "flux"}}},
        }),
        "Receiver" => json!({
            "type": "generic", "secretRef": {"name": "token"},
            "resources": [{"kind": "GitRepository", "name": "flux-system"}],
        }),
        "Alert" => json!({
            "providerRef": {"name": "chat"}, "eventSources": [{"kind": "Kustomization", "name": "*"}],
        }),
        "Provider" => json!({"type": "slack", "channel": "alerts"}),
        "ArtifactGenerator" => json!({
            "sources": [{"alias": "repo", "kind": "GitRepository", "name": "flux-system"}],
            "artifacts": [{"name": name, "copy": [{"from": "@repo/**", "to": "@artifact/"}]}],
        }),
        kind => panic!("no object of {kind}"),
    }
}

/// Makes an object of Flux ([`flux_object`]) and returns its path.
pub async fn make(admin: &Client, kind: &str, namespace: &str, name: &str, spec: &Value) -> String {
    let object = flux_object(kind, name, spec);
    post(admin, &object_path(kind, namespace, ""), &object).await;
    object_path(kind, namespace, name)
}

/// Makes an object of Flux that is ready, and returns its path.
pub async fn make_ready(
    admin: &Client,
    kind: &str,
    namespace: &str,
    name: &str,
    spec: &Value,
) -> String {
    let path = make(admin, kind, namespace, name, spec).await;
    let status = ready(
        kind,
        &format!("{namespace}/{name}"),
        "main@sha1:0123456789abcdef0123456789abcdef01234567",
    );
    let words = Words {
        token: None,
        force: None,
        reset: None,
        generation: 1,
    };
    set_status(admin, &path, &filled(status, &words)).await;
    path
}

/// Returns a condition. Its time and its generation are words, see [`filled`].
pub fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({
        "type": kind, "status": status, "reason": reason, "message": message,
        "lastTransitionTime": "$now", "observedGeneration": "$generation",
    })
}

/// Returns the status of an object whose controller is done with it (`id` is NAMESPACE/NAME), to be [`filled`]. Taken
/// from the controllers of Flux 2.9. `revision` is of the source; a HelmRelease shows a chart's version instead.
pub fn ready(kind: &str, id: &str, revision: &str) -> Value {
    let name = id.rsplit('/').next().unwrap_or_default();
    let (reason, message, rest) = match kind {
        "GitRepository" | "OCIRepository" | "HelmRepository" | "HelmChart" | "Bucket"
        | "ExternalArtifact" => (
            "Succeeded",
            format!("stored artifact for revision '{revision}'"),
            json!({"artifact": {
                "revision": revision, "digest": format!("sha256:{}", "0".repeat(64)), "lastUpdateTime": "$now",
                "path": format!("{kind}/{id}/a.tar.gz"), "url": format!("http://source-controller.flux-system.svc.cluster.local./{kind}/{id}/a.tar.gz"),
            }}),
        ),
        "Kustomization" => (
            "ReconciliationSucceeded",
            format!("Applied revision: {revision}"),
            json!({"lastAppliedRevision": revision, "lastAttemptedRevision": revision}),
        ),
        "HelmRelease" => (
            "UpgradeSucceeded",
            format!("Helm upgrade succeeded for release {id}.v2 with chart {name}@1.0.0"),
            json!({"lastAttemptedRevision": "1.0.0", "lastAttemptedReleaseAction": "upgrade", "history": [release(id, name)]}),
        ),
        "ImageRepository" => (
            "Succeeded",
            "successful scan: found 2 tags with checksum 1".to_owned(),
            json!({
                "canonicalImageName": format!("ghcr.io/me/{name}"),
                "lastScanResult": {"tagCount": 2, "scanTime": "$now", "latestTags": ["1.1.0", "1.0.0"]},
            }),
        ),
        "ImagePolicy" => (
            "Succeeded",
            format!("Latest image tag for ghcr.io/me/{name} resolved to 1.1.0"),
            json!({"latestRef": {"name": format!("ghcr.io/me/{name}"), "tag": "1.1.0"}}),
        ),
        "ImageUpdateAutomation" => (
            "Succeeded",
            "repository up-to-date".to_owned(),
            json!({"lastAutomationRunTime": "$now"}),
        ),
        "Receiver" => (
            "Succeeded",
            "Receiver initialized for path: /hook/0".to_owned(),
            json!({"webhookPath": "/hook/0"}),
        ),
        _ => (
            "Succeeded",
            "reconciliation succeeded, generated 1 artifact(s)".to_owned(),
            json!({}),
        ),
    };
    let mut status = json!({
        "observedGeneration": "$generation", "lastHandledReconcileAt": "$token",
        "conditions": [condition("Ready", "True", reason, &message)],
    });
    if let (Some(status), Value::Object(rest)) = (status.as_object_mut(), rest) {
        status.extend(rest);
        if matches!(kind, "ExternalArtifact" | "ArtifactGenerator") {
            status.remove("observedGeneration");
        }
        if kind == "ExternalArtifact" {
            status.remove("lastHandledReconcileAt");
        }
    }
    status
}

fn release(id: &str, chart: &str) -> Value {
    let (namespace, name) = id.split_once('/').unwrap_or_default();
    let digest = format!("sha256:{}", "0".repeat(64));
    json!({
        "name": name, "namespace": namespace, "version": 2, "status": "deployed", "chartName": chart,
        "chartVersion": "1.0.0", "digest": digest, "configDigest": digest, "firstDeployed": "$now", "lastDeployed": "$now",
    })
}

/// What the words of a status stand for; a word that stands for nothing takes its field with it.
pub struct Words {
    /// `$token`: the value of `reconcile.fluxcd.io/requestedAt`.
    pub token: Option<String>,
    /// `$force`: that of `reconcile.fluxcd.io/forceAt`.
    pub force: Option<String>,
    /// `$reset`: that of `reconcile.fluxcd.io/resetAt`.
    pub reset: Option<String>,
    /// `$generation`, and `$previous` is one less.
    pub generation: i64,
}

/// Replaces words in a status: those of [`Words`], and `$now`.
pub fn filled(status: Value, words: &Words) -> Value {
    let is_empty = |value: &Value| match value.as_str() {
        Some("$token") => words.token.is_none(),
        Some("$force") => words.force.is_none(),
        Some("$reset") => words.reset.is_none(),
        _ => false,
    };
    match status {
        Value::Object(all) => {
            let all = all.into_iter().filter(|(_, value)| !is_empty(value));
            all.map(|(key, value)| (key, filled(value, words)))
                .collect()
        }
        Value::Array(all) => all.into_iter().map(|value| filled(value, words)).collect(),
        Value::String(text) => match text.as_str() {
            "$token" => words.token.clone().into(),
            "$force" => words.force.clone().into(),
            "$reset" => words.reset.clone().into(),
            "$generation" => words.generation.into(),
            "$previous" => (words.generation - 1).into(),
            "$now" => now().into(),
            _ => text.into(),
        },
        other => other,
    }
}

/// Returns the time as objects have it.
fn now() -> String {
    let now = jiff::Timestamp::now().round(jiff::Unit::Second);
    now.unwrap().to_string()
}

/// Makes a namespace with many ready objects of the kinds that a homelab has most of: of ten, five are Kustomizations, two
/// HelmReleases, and one each a GitRepository, an ImageRepository and an ImagePolicy.
pub async fn seed(admin: &Client, name: &str, count: usize) {
    namespace(admin, name).await;
    let kinds = [
        "Kustomization",
        "HelmRelease",
        "Kustomization",
        "GitRepository",
        "Kustomization",
        "ImageRepository",
        "Kustomization",
        "HelmRelease",
        "Kustomization",
        "ImagePolicy",
    ];
    let made = (0..count).map(|n| async move {
        let kind = kinds[n % kinds.len()];
        make_ready(admin, kind, name, &format!("object-{n:04}"), &json!({})).await;
    });
    futures::stream::iter(made)
        .buffer_unordered(AT_ONCE)
        .collect::<()>()
        .await;
}

/// Flux's controllers with the versions of 2.9.
const CONTROLLERS: [(&str, &str); 6] = [
    ("source-controller", "v1.9.2"),
    ("kustomize-controller", "v1.9.4"),
    ("helm-controller", "v1.6.3"),
    ("notification-controller", "v1.9.3"),
    ("image-reflector-controller", "v1.2.0"),
    ("image-automation-controller", "v1.2.0"),
];

/// Makes the namespace `flux-system` with the Deployments of the controllers, all available.
pub async fn install_controllers(admin: &Client) {
    namespace(admin, "flux-system").await;
    let deployments = "/apis/apps/v1/namespaces/flux-system/deployments";
    let made = CONTROLLERS.iter().map(|(name, version)| async move {
        let labels = json!({
            "app": name, "app.kubernetes.io/part-of": "flux", "app.kubernetes.io/instance": "flux-system",
            "app.kubernetes.io/version": "v2.9.4", "app.kubernetes.io/component": name, "control-plane": "controller",
        });
        let container = json!({"name": "manager", "image": format!("ghcr.io/fluxcd/{name}:{version}")});
        let deployment = json!({
            "metadata": {"name": name, "labels": labels},
            "spec": {
                "replicas": 1, "selector": {"matchLabels": {"app": name}},
                "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}},
            },
        });
        post(admin, deployments, &deployment).await;
        let status = json!({
            "observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1,
            "conditions": [
                {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", "message": "Deployment has minimum availability."},
                {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable", "message": "ReplicaSet has successfully progressed."},
            ],
        });
        set_status(admin, &format!("{deployments}/{name}"), &status).await;
    });
    futures::future::join_all(made).await;
}
