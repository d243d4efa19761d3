//! `homelab diagnose` against a real API server: from what is not ready to the cause, and to the next command.

use std::path::Path;

use homelab::adapter::runtime::block_on;
use insta::assert_snapshot;
use kube::Client;
use regex::Regex;
use serde_json::{Value, json};

use crate::support::cluster::{
    Contexts, cluster, make, make_ready, namespace, post, ready, set_status,
};
use crate::support::runner::{command, home};

/// A time before all others, so that ages are told in days.
const LONG_AGO: &str = "2016-01-01T00:00:00Z";
const REVISION: &str = "main@sha1:0123456789abcdef0123456789abcdef01234567";

/// Runs `homelab diagnose` and returns what a person would see, without what differs from run to run.
fn diagnose(kubeconfig: &Path, arguments: &str) -> String {
    diagnose_with(kubeconfig, arguments, &[])
}

/// Like [`diagnose`], with variables.
fn diagnose_with(kubeconfig: &Path, arguments: &str, variables: &[(&str, &str)]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let home = home();
    let mut command = command(dir.path(), &home);
    command.arg("diagnose").arg("--kubeconfig").arg(kubeconfig);
    command.args(arguments.split_whitespace());
    command.envs(variables.iter().copied());
    let output = command.output().unwrap();
    let mut session = format!("status: {}\n", output.status.code().unwrap());
    for (name, text) in [("stdout", output.stdout), ("stderr", output.stderr)] {
        if !text.is_empty() {
            let text = String::from_utf8(text).unwrap();
            session.push_str(&format!("--- {name}\n{text}"));
        }
    }
    plain(&session)
}

/// Replaces ages and addresses.
fn plain(text: &str) -> String {
    let swap = |text: String, pattern: &str, with: &str| {
        let pattern = Regex::new(pattern).unwrap();
        pattern.replace_all(&text, with).into_owned()
    };
    let text = swap(
        text.to_owned(),
        r"\b(since )?\d+[smhd]( ago|\))",
        "${1}AGE$2",
    );
    let text = swap(text, r"(since )\d+[smhd]\b", "${1}AGE");
    swap(text, r"127\.0\.0\.1:\d{3,}", "[SERVER]")
}

/// The status of an object of Flux whose controller has failed at it.
fn failing(reason: &str, message: &str) -> Value {
    json!({"observedGeneration": 1, "conditions": [{
        "type": "Ready", "status": "False", "reason": reason, "message": message,
        "lastTransitionTime": LONG_AGO, "observedGeneration": 1,
    }]})
}

/// Makes a GitRepository `flux-system` that is ready.
async fn source(admin: &Client, namespace: &str) -> String {
    let path = make(admin, "GitRepository", namespace, "flux-system", &json!({})).await;
    set_status(
        admin,
        &path,
        &done("GitRepository", namespace, "flux-system"),
    )
    .await;
    path
}

/// The status of an object that is ready, with times long ago.
fn done(kind: &str, namespace: &str, name: &str) -> Value {
    let status = ready(kind, &format!("{namespace}/{name}"), REVISION);
    let text = status.to_string().replace("\"$generation\"", "1");
    let text = text.replace("$now", LONG_AGO).replace("\"$token\"", "null");
    serde_json::from_str(&text).unwrap()
}

/// Makes a Kustomization that has failed.
async fn failed(
    admin: &Client,
    namespace: &str,
    name: &str,
    spec: &Value,
    reason: &str,
    message: &str,
) {
    let path = make(admin, "Kustomization", namespace, name, spec).await;
    set_status(admin, &path, &failing(reason, message)).await;
}

/// Makes a Deployment with one pod that is like this, and the Kustomization `apps` that waits for it.
async fn workload(admin: &Client, namespace: &str, name: &str, pod: &Value) {
    let labels = json!({"app": name});
    let image = format!("ghcr.io/me/{name}:1.2.3");
    let template = json!({"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": image}]}});
    let path = format!("/apis/apps/v1/namespaces/{namespace}/deployments");
    post(
        admin,
        &path,
        &json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}}),
    )
    .await;
    let status = json!({"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "unavailableReplicas": 1,
        "conditions": [{"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable",
            "message": "Deployment does not have minimum availability.", "lastTransitionTime": LONG_AGO}]});
    set_status(admin, &format!("{path}/{name}"), &status).await;
    let pods = format!("/api/v1/namespaces/{namespace}/pods");
    let mut spec = json!({"containers": [{"name": "app", "image": image, "resources": {"limits": {"memory": "64Mi"}}}]});
    if let (Some(spec), Some(more)) = (spec.as_object_mut(), pod["spec"].as_object()) {
        spec.extend(more.clone());
    }
    let pod_name = format!("{name}-7d4b9c-x2x4x");
    post(admin, &pods, &json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": pod_name, "labels": labels}, "spec": spec})).await;
    set_status(admin, &format!("{pods}/{pod_name}"), &pod["status"]).await;
    let message = format!(
        "health check failed after 5m0.02s: timeout waiting for: [Deployment/{namespace}/{name} status: 'InProgress']"
    );
    failed(
        admin,
        namespace,
        "apps",
        &json!({}),
        "HealthCheckFailed",
        &message,
    )
    .await;
}

/// The status of a pod whose container is so.
fn container(name: &str, state: &Value, last: &Value, restarts: i64) -> Value {
    json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "True"}], "containerStatuses": [{
        "name": "app", "image": format!("ghcr.io/me/{name}:1.2.3"), "imageID": "", "ready": false,
        "restartCount": restarts, "state": state, "lastState": last,
    }]})
}

/// Makes an event of a pod.
async fn event(admin: &Client, namespace: &str, pod: &str, reason: &str, message: &str) {
    let now = homelab::adapter::clock::now();
    let event = json!({"apiVersion": "v1", "kind": "Event", "metadata": {"generateName": "e-"},
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": namespace, "name": pod},
        "type": "Warning", "reason": reason, "message": message, "count": 3,
        "firstTimestamp": now, "lastTimestamp": now});
    post(
        admin,
        &format!("/api/v1/namespaces/{namespace}/events"),
        &event,
    )
    .await;
}

#[test]
fn a_chain_of_dependencies_ends_at_the_path_that_is_wrong() {
    let Some(cluster) = cluster() else { return };
    let user = cluster.fresh("viewer");
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "dg-chain").await;
        source(&admin, "dg-chain").await;
        let path = "kustomization path not found: stat /tmp/kustomization-414025/infra: no such file or directory";
        failed(&admin, "dg-chain", "infra", &json!({"path": "./infra"}), "ArtifactFailed", path).await;
        for (name, on) in [("configs", "infra"), ("apps", "configs")] {
            let message = format!("dependency 'dg-chain/{on}' is not ready");
            let spec = json!({"dependsOn": [{"name": on}]});
            failed(&admin, "dg-chain", name, &spec, "DependencyNotReady", &message).await;
        }
    })
    .unwrap();
    assert_snapshot!(diagnose(&user.kubeconfig, "ks/dg-chain/apps"), @"");
    // Each object once: apps, configs, infra, source, the controllers, the events of infra.
    let asked = cluster.requests(|asked| asked.user == user.name);
    let asked: Vec<String> = asked.iter().map(ToString::to_string).collect();
    assert_snapshot!(asked.join("\n"), @"");
    assert_snapshot!(diagnose(&user.kubeconfig, "-n dg-chain"), @"");
    assert_snapshot!(diagnose(&user.kubeconfig, "ks/dg-chain/apps -o json"), @"");
}

#[test]
fn a_source_that_brings_nothing_explains_all_behind_it_once() {
    let Some(cluster) = cluster() else { return };
    let user = cluster.fresh("viewer");
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "dg-source").await;
        let spec = json!({"url": "ssh://git@github.com/me/fleet", "secretRef": {"name": "deploy-key"}});
        let path = make(&admin, "GitRepository", "dg-source", "flux-system", &spec).await;
        let message = "failed to checkout and determine revision: unable to clone 'ssh://git@github.com/me/fleet': repository not found";
        set_status(&admin, &path, &failing("GitOperationFailed", message)).await;
        for name in ["apps", "configs", "infra"] {
            let message = "Source artifact not found, retrying in 30s";
            failed(&admin, "dg-source", name, &json!({}), "ArtifactFailed", message).await;
        }
    })
    .unwrap();
    assert_snapshot!(diagnose(&user.kubeconfig, "-n dg-source"), @"");
    // Secrets may be looked at by the administrator only.
    assert_snapshot!(diagnose(&cluster.kubeconfig(), "-n dg-source"), @"");
}

#[test]
fn an_image_that_is_not_in_its_registry() {
    let Some(cluster) = cluster() else { return };
    let user = cluster.fresh("viewer");
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "dg-pull").await;
        source(&admin, "dg-pull").await;
        let state = json!({"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image \"ghcr.io/me/site:1.2.3\""}});
        let pod = json!({"status": container("site", &state, &json!({}), 0)});
        workload(&admin, "dg-pull", "site", &pod).await;
        let message = "Failed to pull image \"ghcr.io/me/site:1.2.3\": rpc error: code = NotFound desc = failed to pull and unpack image \"ghcr.io/me/site:1.2.3\": failed to resolve reference: ghcr.io/me/site:1.2.3: not found";
        event(&admin, "dg-pull", "site-7d4b9c-x2x4x", "Failed", message).await;
    })
    .unwrap();
    assert_snapshot!(diagnose(&user.kubeconfig, "ks/dg-pull/apps -v"), @"");
    assert_snapshot!(diagnose(&user.kubeconfig, "-n dg-pull"), @"");
}

#[test]
fn a_container_that_crashes_and_whose_log_cannot_be_had() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "dg-crash").await;
        source(&admin, "dg-crash").await;
        let state = json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container=app"}});
        let last = json!({"terminated": {"exitCode": 1, "reason": "Error"}});
        let pod = json!({"spec": {"nodeName": "nowhere"}, "status": container("api", &state, &last, 12)});
        workload(&admin, "dg-crash", "api", &pod).await;
    })
    .unwrap();
    assert_snapshot!(diagnose(&cluster.kubeconfig(), "ks/dg-crash/apps"), @"");
}

#[test]
fn a_container_that_needs_more_memory_than_it_may() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "dg-oom").await;
        source(&admin, "dg-oom").await;
        let state = json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}});
        let last = json!({"terminated": {"exitCode": 137, "reason": "OOMKilled"}});
        let pod = json!({"status": container("hungry", &state, &last, 3)});
        workload(&admin, "dg-oom", "hungry", &pod).await;
    })
    .unwrap();
    assert_snapshot!(diagnose(&cluster.kubeconfig(), "ks/dg-oom/apps"), @"");
}

#[test]
fn a_secret_that_an_external_secret_should_have_made() {
    let Some(cluster) = cluster() else { return };
    let user = cluster.fresh("viewer");
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "dg-secret").await;
        source(&admin, "dg-secret").await;
        let state = json!({"waiting": {"reason": "CreateContainerConfigError", "message": "secret \"plex-claim\" not found"}});
        let pod = json!({"status": container("plex", &state, &json!({}), 0)});
        workload(&admin, "dg-secret", "plex", &pod).await;
        let path = "/apis/external-secrets.io/v1/namespaces/dg-secret/externalsecrets";
        post(&admin, path, &json!({"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret",
            "metadata": {"name": "plex"}, "spec": {"target": {"name": "plex-claim"}},
            "status": {"conditions": [{"type": "Ready", "status": "False", "reason": "SecretSyncedError",
                "message": "error processing spec.data[0] (key: plex), err: item \"plex\" isn't in vault \"lab\""}]}})).await;
    })
    .unwrap();
    assert_snapshot!(diagnose(&cluster.kubeconfig(), "ks/dg-secret/apps"), @"");
    // What may not be looked at is said, and never taken for well.
    assert_snapshot!(diagnose(&user.kubeconfig, "ks/dg-secret/apps"), @"");
}

#[test]
fn a_pod_that_no_node_takes() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "dg-place").await;
        source(&admin, "dg-place").await;
        let message = "0/3 nodes are available: 1 Insufficient memory, 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.";
        let pod = json!({"spec": {"nodeSelector": {"kubernetes.io/arch": "amd64"}}, "status": {"phase": "Pending", "conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}]}});
        workload(&admin, "dg-place", "big", &pod).await;
    })
    .unwrap();
    assert_snapshot!(diagnose(&cluster.kubeconfig(), "ks/dg-place/apps"), @"");
}

#[test]
fn a_volume_of_a_class_that_is_not_there() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "dg-volume").await;
        source(&admin, "dg-volume").await;
        let claims = "/api/v1/namespaces/dg-volume/persistentvolumeclaims";
        post(&admin, claims, &json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
            "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "longhron", "resources": {"requests": {"storage": "1Gi"}}}})).await;
        set_status(&admin, &format!("{claims}/data"), &json!({"phase": "Pending"})).await;
        let message = "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found";
        let pod = json!({"spec": {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]},
            "status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}]}});
        workload(&admin, "dg-volume", "db", &pod).await;
    })
    .unwrap();
    assert_snapshot!(diagnose(&cluster.kubeconfig(), "ks/dg-volume/apps"), @"");
}

#[test]
fn a_variable_that_nothing_sets() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "dg-vars").await;
        source(&admin, "dg-vars").await;
        let maps = "/api/v1/namespaces/dg-vars/configmaps";
        post(&admin, maps, &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cluster-vars"}, "data": {"DOMAIN": "hidden.example"}})).await;
        let secrets = "/api/v1/namespaces/dg-vars/secrets";
        post(&admin, secrets, &json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "cluster-secrets"}, "stringData": {"TOKEN": "hunter2"}})).await;
        let from = json!({"postBuild": {"substituteFrom": [{"kind": "ConfigMap", "name": "cluster-vars"}, {"kind": "Secret", "name": "cluster-secrets"},
            {"kind": "ConfigMap", "name": "extra", "optional": true}]}});
        let message = "post build failed for 'Ingress.v1.networking.k8s.io/site': variable substitution failed: variable not set (strict mode): \"DOMAIN_NAME\"";
        failed(&admin, "dg-vars", "apps", &from, "BuildFailed", message).await;
    })
    .unwrap();
    let told = diagnose(&cluster.kubeconfig(), "ks/dg-vars/apps");
    assert!(!told.contains("hunter2") && !told.contains("hidden.example"));
    assert_snapshot!(told, @"");
}

#[test]
fn dependencies_that_are_missing_suspended_or_behind() {
    let Some(cluster) = cluster() else { return };
    let user = cluster.fresh("viewer");
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "dg-deps").await;
        source(&admin, "dg-deps").await;
        let suspended = make(&admin, "Kustomization", "dg-deps", "held", &json!({"suspend": true})).await;
        let mut old = done("Kustomization", "dg-deps", "held");
        old["lastAppliedRevision"] = json!("main@sha1:ffff");
        set_status(&admin, &suspended, &old).await;
        let behind = make(&admin, "Kustomization", "dg-deps", "slow", &json!({})).await;
        set_status(&admin, &behind, &old).await;
        make_ready(&admin, "HelmRelease", "dg-deps", "database", &json!({})).await;
        for (name, on, message) in [
            ("on-held", "held", "dependency 'dg-deps/held' revision is not up to date"),
            ("on-slow", "slow", "dependency 'dg-deps/slow' revision is not up to date"),
            ("on-release", "database", "dependency 'dg-deps/database' not found: kustomizations.kustomize.toolkit.fluxcd.io \"database\" not found"),
        ] {
            let spec = json!({"dependsOn": [{"name": on}]});
            failed(&admin, "dg-deps", name, &spec, "DependencyNotReady", message).await;
        }
        for (name, on) in [("ring-a", "ring-b"), ("ring-b", "ring-a")] {
            let spec = json!({"dependsOn": [{"name": on}]});
            let message = format!("dependency 'dg-deps/{on}' is not ready");
            failed(&admin, "dg-deps", name, &spec, "DependencyNotReady", &message).await;
        }
    })
    .unwrap();
    assert_snapshot!(diagnose(&user.kubeconfig, "-n dg-deps"), @"");
}

#[test]
fn a_release_that_tries_no_more() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "dg-helm").await;
        let chart = make(&admin, "HelmChart", "dg-helm", "dg-helm-plex", &json!({})).await;
        set_status(&admin, &chart, &done("HelmChart", "dg-helm", "dg-helm-plex")).await;
        let path = make(&admin, "HelmRelease", "dg-helm", "plex", &json!({})).await;
        let message = "Helm install failed for release dg-helm/plex with chart plex@9.0.0: values don't meet the specifications of the schema(s) in the following chart(s):\nplex:\n- at '/image': got string, want object";
        let mut status = failing("InstallFailed", message);
        for (of_type, value, reason, message) in [("Released", "False", "InstallFailed", message), ("Stalled", "True", "RetriesExceeded", "Failed to install after 4 attempt(s)")] {
            status["conditions"].as_array_mut().unwrap().push(json!({"type": of_type, "status": value, "reason": reason,
                "message": message, "lastTransitionTime": LONG_AGO}));
        }
        status["failures"] = json!(4);
        status["installFailures"] = json!(4);
        status["lastAttemptedReleaseAction"] = json!("install");
        status["history"] = json!([{"digest": "sha256:0", "name": "plex", "namespace": "dg-helm", "version": 4, "status": "failed", "chartName": "plex",
            "chartVersion": "9.0.0", "configDigest": "sha256:0", "firstDeployed": LONG_AGO, "lastDeployed": LONG_AGO}]);
        set_status(&admin, &path, &status).await;
        let values = make(&admin, "HelmRelease", "dg-helm", "sonarr", &json!({"chartRef": {"kind": "HelmChart", "name": "dg-helm-plex"}, "chart": null, "valuesFrom": [{"kind": "Secret", "name": "sonarr-values"}]})).await;
        let message = "could not resolve Secret chart values reference 'dg-helm/sonarr-values' with key 'values.yaml': resource not found";
        set_status(&admin, &values, &failing("ValuesError", message)).await;
    })
    .unwrap();
    assert_snapshot!(diagnose(&cluster.kubeconfig(), "hr/dg-helm/plex"), @"");
    assert_snapshot!(diagnose(&cluster.kubeconfig(), "hr/dg-helm/sonarr"), @"");
}

#[test]
fn an_image_chain_that_selects_nothing() {
    let Some(cluster) = cluster() else { return };
    let user = cluster.fresh("viewer");
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "dg-image").await;
        let scanned = make(&admin, "ImageRepository", "dg-image", "site", &json!({})).await;
        set_status(&admin, &scanned, &done("ImageRepository", "dg-image", "site")).await;
        let policy = make(&admin, "ImagePolicy", "dg-image", "site", &json!({"policy": {"semver": {"range": ">=2.0.0"}}})).await;
        set_status(&admin, &policy, &failing("Failed", "unable to determine latest version from provided list")).await;
        let private = make(&admin, "ImageRepository", "dg-image", "private", &json!({"secretRef": {"name": "ghcr"}})).await;
        let message = "failed to configure authentication options: secret 'dg-image/ghcr' not found";
        set_status(&admin, &private, &failing("AuthenticationFailed", message)).await;
        let waiting = make(&admin, "ImagePolicy", "dg-image", "private", &json!({})).await;
        set_status(&admin, &waiting, &failing("DependencyNotReady", "retrying in 30s error: failed to read tags from database: no tags in database")).await;
        let automation = make(&admin, "ImageUpdateAutomation", "dg-image", "writer", &json!({})).await;
        let message = "failed to update source: failed to push to remote: unknown error: ERROR: The key you are authenticating with has been marked as read only.";
        set_status(&admin, &automation, &failing("GitOperationFailed", message)).await;
        source(&admin, "dg-image").await;
    })
    .unwrap();
    assert_snapshot!(diagnose(&user.kubeconfig, "-n dg-image"), @"");
    assert_snapshot!(diagnose(&cluster.kubeconfig(), "policy/dg-image/private"), @"");
}

#[test]
fn a_controller_that_does_not_run() {
    let Some(cluster) = cluster() else { return };
    let user = cluster.fresh("viewer");
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "dg-flux").await;
        source(&admin, "dg-flux").await;
        let state = json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}});
        let last = json!({"terminated": {"exitCode": 137, "reason": "OOMKilled"}});
        let pod = json!({"status": container("kustomize-controller", &state, &last, 30)});
        workload(&admin, "dg-flux", "kustomize-controller", &pod).await;
        make(&admin, "Kustomization", "dg-flux", "new", &json!({})).await;
        make(
            &admin,
            "HelmRelease",
            "dg-flux",
            "new",
            &json!({"chartRef": {"kind": "HelmChart", "name": "plex"}, "chart": null}),
        )
        .await;
        make_ready(&admin, "HelmChart", "dg-flux", "plex", &json!({})).await;
    })
    .unwrap();
    let flux = [("FLUX_SYSTEM_NAMESPACE", "dg-flux")];
    assert_snapshot!(diagnose_with(&user.kubeconfig, "ks/new", &flux), @"");
    assert_snapshot!(diagnose_with(&user.kubeconfig, "hr/new", &flux), @"");
    // Where the controllers run, one that says nothing is told apart.
    assert_snapshot!(diagnose(&user.kubeconfig, "ks/dg-flux/new"), @"");
}

#[test]
fn a_service_that_is_well_says_what_runs() {
    let Some(cluster) = cluster() else { return };
    let user = cluster.fresh("viewer");
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "dg-well").await;
        source(&admin, "dg-well").await;
        let deployments = "/apis/apps/v1/namespaces/dg-well/deployments";
        let labels = json!({"app": "dg-site"});
        post(&admin, deployments, &json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "dg-site"},
            "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels},
                "spec": {"containers": [{"name": "app", "image": "ghcr.io/me/dg-site:1.2.3"}]}}}})).await;
        let status = json!({"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1,
            "conditions": [{"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", "message": "", "lastTransitionTime": LONG_AGO}]});
        set_status(&admin, &format!("{deployments}/dg-site"), &status).await;
        let path = make(&admin, "Kustomization", "dg-well", "dg-site", &json!({})).await;
        let mut status = done("Kustomization", "dg-well", "dg-site");
        status["inventory"] = json!({"entries": [{"id": "dg-well_dg-site_apps_Deployment", "v": "v1"}, {"id": "_dg-well__Namespace", "v": "v1"}]});
        set_status(&admin, &path, &status).await;
    })
    .unwrap();
    assert_snapshot!(diagnose(&user.kubeconfig, "dg-site"), @"");
    assert_snapshot!(diagnose(&user.kubeconfig, "ks/dg-well/dg-site"), @"");
    assert_snapshot!(diagnose(&user.kubeconfig, "-n dg-well"), @"");
}

#[test]
fn what_is_not_there_and_what_cannot_be_asked() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "dg-none").await;
        source(&admin, "dg-none").await;
    })
    .unwrap();
    assert_snapshot!(diagnose(&cluster.kubeconfig(), "gitrepo/dg-none/flux-sytem"), @"");
    assert_snapshot!(diagnose(&cluster.kubeconfig(), "pod/x"), @"");
    let guest = cluster.fresh("guest");
    assert_snapshot!(diagnose(&guest.kubeconfig, "gitrepo/dg-none/flux-system"), @"");
    let both = Contexts::new()
        .with("home", cluster, "viewer")
        .nowhere("dead")
        .write();
    assert_snapshot!(diagnose(both.as_ref(), "gitrepo/dg-none/flux-system --context home --context dead"), @"");
    assert_snapshot!(diagnose(both.as_ref(), "gitrepo/dg-none/flux-system --all-contexts -o json"), @"");
}
