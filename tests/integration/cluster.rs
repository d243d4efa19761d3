//! Questions to a real API server: what there is, what there is not, and why there is no answer.

use std::path::Path;
use std::time::Duration;

use futures::future::join_all;
use homelab::adapter::cluster::{ClusterClient, ClusterError, ClusterOptions, ResourceKind};
use homelab::adapter::runtime::block_on;
use homelab::error::Error;
use serde_json::{Value, json};

use crate::support::cluster::{
    Cluster, Contexts, bare, cluster, flux_object, namespace, object_path, older, post, set_status,
};
use crate::support::registry::{Script, whole};

const IMAGE: &str = "image.toolkit.fluxcd.io";

fn image(kind: &str) -> ResourceKind {
    ResourceKind::new(IMAGE, kind)
}

fn options(cluster: &Cluster, context: &str) -> ClusterOptions {
    ClusterOptions {
        kubeconfig: Some(cluster.kubeconfig()),
        context: Some(context.to_owned()),
        timeout: None,
    }
}

async fn connect(cluster: &Cluster, context: &str) -> ClusterClient {
    ClusterClient::connect(&options(cluster, context))
        .await
        .unwrap()
}

fn names(objects: &[Value]) -> Vec<&str> {
    let names = objects
        .iter()
        .map(|object| object["metadata"]["name"].as_str());
    names.map(Option::unwrap).collect()
}

/// Returns the status and the whole text of what would be shown.
fn shown(error: ClusterError) -> (u8, String) {
    let error = Error::from(error);
    let hint = error.hint.clone().unwrap_or_default();
    (error.status() as u8, format!("{error}\n{hint}"))
}

/// Returns why a kind cannot be listed.
async fn refusal(
    options: &ClusterOptions,
    kind: &ResourceKind,
    within: Option<&str>,
) -> (u8, String) {
    let answer = async {
        ClusterClient::connect(options)
            .await?
            .list(kind, within)
            .await
    };
    shown(answer.await.unwrap_err())
}

#[test]
fn lists_and_gets_whole_objects() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "whole").await;
        let path = object_path("ImageRepository", "whole", "");
        let spec = json!({"image": "ghcr.io/me/app"});
        for name in ["b", "a"] {
            post(&admin, &path, &flux_object("ImageRepository", name, &spec)).await;
        }
        let status = json!({"lastScanResult": {"tagCount": 2, "latestTags": ["v2", "v1"]}});
        set_status(&admin, &format!("{path}/a"), &status).await;

        let client = connect(cluster, "admin").await;
        let kind = image("ImageRepository");
        let all = client.list(&kind, Some("whole")).await.unwrap();
        assert_eq!(names(&all), ["a", "b"]);
        assert_eq!(all[0]["apiVersion"], format!("{IMAGE}/v1"));
        assert_eq!(all[0]["kind"], "ImageRepository");
        assert_eq!(all[0]["spec"]["image"], "ghcr.io/me/app");
        assert_eq!(all[0]["status"]["lastScanResult"], status["lastScanResult"]);

        let one = client.get(&kind, Some("whole"), "a").await.unwrap();
        assert_eq!(one.unwrap(), all[0]);
        for (namespace, name) in [("whole", "c"), ("none-such", "a")] {
            assert_eq!(client.get(&kind, Some(namespace), name).await, Ok(None));
        }
        let everywhere = client.list(&kind, None).await.unwrap();
        assert!(names(&everywhere).ends_with(&["a", "b"]), "{everywhere:?}");
    })
    .unwrap();
}

#[test]
fn a_long_list_comes_in_pages() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "paged").await;
        let path = object_path("ImagePolicy", "paged", "");
        let expected: Vec<String> = (0..501).map(|n| format!("policy-{n:03}")).collect();
        let objects: Vec<_> = expected
            .iter()
            .map(|name| flux_object("ImagePolicy", name, &json!({})))
            .collect();
        join_all(objects.iter().map(|object| post(&admin, &path, object))).await;

        let client = connect(cluster, "admin").await;
        let all = client
            .list(&image("ImagePolicy"), Some("paged"))
            .await
            .unwrap();
        assert_eq!(names(&all), expected);
        let asked = cluster.asked("/paged/imagepolicies?");
        assert_eq!(asked.len(), 2, "{asked:?}");
        assert!(asked[0].ends_with("limit=500"), "{asked:?}");
        assert!(asked[1].contains("limit=500&continue="), "{asked:?}");
    })
    .unwrap();
}

#[test]
fn the_version_is_that_of_the_server() {
    let Some(cluster) = older() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "versions").await;
        let path = object_path("ImagePolicy", "versions", "");
        let mut old = flux_object("ImagePolicy", "old", &json!({}));
        old["apiVersion"] = format!("{IMAGE}/v1beta2").into();
        post(&admin, &path.replace("/v1/", "/v1beta2/"), &old).await;

        let client = connect(cluster, "admin").await;
        let found = client
            .get(&image("ImagePolicy"), Some("versions"), "old")
            .await;
        assert_eq!(found.unwrap().unwrap()["apiVersion"], format!("{IMAGE}/v1"));
        // One group, no version in common.
        for kind in ["Receiver", "Alert"] {
            let kind = ResourceKind::new("notification.toolkit.fluxcd.io", kind);
            let all = client.list(&kind, Some("versions")).await;
            assert_eq!(all, Ok(vec![]), "{kind:?}");
        }
    })
    .unwrap();
}

#[test]
fn kinds_of_the_server_itself_have_their_names() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let client = connect(cluster, "admin").await;
        let namespaces = ResourceKind::new("", "Namespace");
        // They are in no namespace, whatever is asked.
        let all = client.list(&namespaces, Some("ignored")).await.unwrap();
        assert!(names(&all).contains(&"kube-system"), "{all:?}");
        assert!(
            all.iter()
                .all(|o| o["apiVersion"] == "v1" && o["kind"] == "Namespace")
        );
        let one = client.get(&namespaces, None, "default").await.unwrap();
        assert_eq!(one.unwrap()["kind"], "Namespace");
    })
    .unwrap();
}

#[test]
fn what_is_not_installed_is_named() {
    let (Some(older), Some(bare)) = (older(), bare()) else {
        return;
    };
    let refused = |cluster: &Cluster, kind: ResourceKind| {
        block_on(refusal(&options(cluster, "admin"), &kind, None)).unwrap()
    };
    let (status, text) = refused(older, image("ImageUpdateAutomation"));
    assert_eq!(status, 3);
    assert_eq!(
        text.trim(),
        "image-automation-controller is not installed: no ImageUpdateAutomation in image.toolkit.fluxcd.io"
    );
    let (_, text) = refused(
        bare,
        ResourceKind::new("helm.toolkit.fluxcd.io", "HelmRelease"),
    );
    assert_eq!(
        text.trim(),
        "helm-controller is not installed: no helm.toolkit.fluxcd.io"
    );
    let (_, text) = refused(bare, ResourceKind::new("example.com", "Thing"));
    assert_eq!(text.trim(), "the cluster has no example.com");
}

#[test]
fn who_may_not_look_is_told_what_is_missing() {
    let Some(cluster) = cluster() else { return };
    let server = &cluster.server;
    let policies = image("ImagePolicy");
    let refused = |context: &str, within: Option<&str>| {
        block_on(refusal(&options(cluster, context), &policies, within)).unwrap()
    };
    let (status, text) = refused("guest", None);
    assert_eq!(status, 3);
    let resource = "imagepolicies.image.toolkit.fluxcd.io";
    assert_eq!(
        text,
        format!(
            "the cluster at {server} does not allow to list {resource} (403)\n`kubectl auth can-i list {resource} -A` asks the same; a role has to grant it"
        )
    );
    let (_, text) = refused("guest", Some("apps"));
    assert!(
        text.contains(&format!("list {resource} in namespace apps (403)")),
        "{text}"
    );
    let (status, text) = refused("stranger", None);
    assert_eq!(status, 3);
    assert!(
        text.contains("(401)") && !text.contains("stranger-token"),
        "{text}"
    );
}

#[test]
fn a_server_that_cannot_be_asked_is_named() {
    let Some(cluster) = cluster() else { return };
    let policies = image("ImagePolicy");
    let refused =
        |context: &str| block_on(refusal(&options(cluster, context), &policies, None)).unwrap();
    let (status, text) = refused("nowhere");
    assert_eq!(status, 3);
    assert!(
        text.starts_with("the cluster at 127.0.0.1:1 could not be reached: connection refused\n"),
        "{text}"
    );
    let (status, text) = refused("untrusted");
    assert_eq!(status, 3);
    let expected = format!(
        "the cluster at {} is not trusted: invalid peer certificate",
        cluster.server
    );
    assert!(text.starts_with(&expected), "{text}");
}

#[test]
fn time_that_is_up_is_another_status() {
    let Some(cluster) = cluster() else { return };
    let hurried = ClusterOptions {
        timeout: Some(Duration::from_nanos(1)),
        ..options(cluster, "admin")
    };
    let (status, text) = block_on(refusal(&hurried, &image("ImagePolicy"), None)).unwrap();
    assert_eq!(status, 4, "{text}");
}

#[test]
fn a_wrong_context_lists_those_there_are() {
    let Some(cluster) = cluster() else { return };
    let contexts = Contexts::new()
        .with("home", cluster, "admin")
        .with("guest", cluster, "guest");
    let kubeconfig = contexts.nowhere("nowhere").write();
    let wrong = ClusterOptions {
        kubeconfig: Some(kubeconfig.to_path_buf()),
        ..options(cluster, "gest")
    };
    let (status, text) = block_on(refusal(&wrong, &image("ImagePolicy"), None)).unwrap();
    assert_eq!(status, 2);
    assert_eq!(
        text,
        "there is no context \"gest\" in the kubeconfig\nthere are guest, home, nowhere"
    );
}

/// Writes a kubeconfig with one server and one user.
fn kubeconfig(folder: &Path, server: &str, user: &Value) -> ClusterOptions {
    let file = folder.join("config");
    let text = json!({
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": user}],
    });
    std::fs::write(&file, text.to_string()).unwrap();
    ClusterOptions {
        kubeconfig: Some(file),
        context: None,
        timeout: None,
    }
}

/// Returns what is said of a kubeconfig whose one user is this.
fn said_of_user(user: &Value, timeout: Option<Duration>) -> (u8, String) {
    let folder = tempfile::tempdir().unwrap();
    let options = ClusterOptions {
        timeout,
        ..kubeconfig(folder.path(), "https://127.0.0.1:1", user)
    };
    let (status, text) = block_on(refusal(&options, &image("ImagePolicy"), None)).unwrap();
    let own = folder.path().display().to_string();
    (status, text.replace(&own, "[DIR]"))
}

#[test]
fn credentials_that_cannot_be_had_stay_secret() {
    let plugin = |command: &str, script: &str| {
        let exec = json!({
            "apiVersion": "client.authentication.k8s.io/v1", "command": command, "args": ["-c", script],
            "interactiveMode": "Never", "env": [{"name": "PASSWORD", "value": "hunter2"}],
        });
        said_of_user(&json!({ "exec": exec }), None)
    };
    for (user, expected) in [
        (
            plugin("sh", "echo hunter2; exit 3"),
            "the credential plugin sh failed: exit status: 3",
        ),
        (
            plugin("sh", "echo '{hunter2'"),
            "the credential plugin sh printed no ExecCredential",
        ),
        (
            plugin("no-such-plugin", "hunter2"),
            "the credential plugin no-such-plugin cannot be run: no such file or folder",
        ),
        (
            said_of_user(&json!({"tokenFile": "token"}), None),
            "the token of the kubeconfig cannot be read: [DIR]/token: no such file or folder",
        ),
        (
            said_of_user(&json!({"token": "hunter2\nhunter2"}), None),
            "the token of the kubeconfig holds characters that no token may",
        ),
        (
            said_of_user(
                &json!({"client-certificate-data": "aHVudGVyMg==", "client-key-data": "hunter2"}),
                None,
            ),
            "the kubeconfig cannot be used: its client key is no base64",
        ),
    ] {
        assert_eq!(user, (3, format!("{expected}\n")));
    }
}

#[test]
fn a_plugin_that_waits_for_somebody_does_not_wait_forever() {
    let exec = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "command": "sleep", "args": ["20"],
        "interactiveMode": "Never",
    });
    let (status, text) = said_of_user(&json!({ "exec": exec }), Some(Duration::from_millis(50)));
    assert_eq!(status, 4, "{text}");
}

/// Lists policies from a server that gives these answers, one after the other.
fn list_from(answers: Vec<String>) -> Result<Vec<Value>, (u8, String)> {
    let server = Script::start(answers);
    let folder = tempfile::tempdir().unwrap();
    let options = kubeconfig(folder.path(), &server.uri, &json!({}));
    let answer = block_on(async {
        let client = ClusterClient::connect(&options).await?;
        client.list(&image("ImagePolicy"), Some("apps")).await
    });
    let host = server.uri.trim_start_matches("http://").to_owned();
    answer.unwrap().map_err(|error| {
        let (status, text) = shown(error);
        (status, text.replace(&host, "[HOST]"))
    })
}

fn status(code: &str, reason: &str, message: &str) -> String {
    let number: u16 = code[..3].parse().unwrap();
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure",
        "code": number, "reason": reason, "message": message,
    });
    whole("", &body.to_string()).replace("200 OK", code)
}

#[test]
fn a_list_that_expires_half_way_is_asked_for_whole() {
    let page = |names: &[&str], next: &str| {
        let items: Vec<_> = names
            .iter()
            .map(|name| flux_object("ImagePolicy", name, &json!({})))
            .collect();
        let list =
            json!({"kind": "ImagePolicyList", "metadata": {"continue": next}, "items": items});
        whole("", &list.to_string())
    };
    let answers = vec![
        page(&["a", "b"], "next"),
        status(
            "410 Gone",
            "Expired",
            "the provided continue parameter is too old",
        ),
        page(&["a", "c", "d"], ""),
    ];
    assert_eq!(names(&list_from(answers).unwrap()), ["a", "c", "d"]);
}

#[test]
fn what_is_no_api_server_is_told_apart_from_one_in_trouble() {
    let page = whole(
        "Content-Type: text/html\r\n",
        "<html>log in: hunter2</html>",
    );
    for (answers, expected) in [
        (
            vec![page.clone()],
            "what answers at [HOST] is no API server: its answer is none of Kubernetes",
        ),
        (
            // The list, then the discovery.
            vec![page.replace("200 OK", "404 Not Found"); 2],
            "what answers at [HOST] is no API server: it answered 404",
        ),
        (
            vec![whole("", "{}")],
            "what answers at [HOST] is no API server: its answer is none of Kubernetes",
        ),
        (
            vec![status(
                "500 Internal Server Error",
                "InternalError",
                "etcdserver: request timed out\n...",
            )],
            "the cluster at [HOST] answered 500 InternalError: etcdserver: request timed out",
        ),
    ] {
        let error = list_from(answers).unwrap_err();
        assert_eq!(error, (3, format!("{expected}\n")));
    }
}
