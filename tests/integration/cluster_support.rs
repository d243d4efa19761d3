//! The far end of the tests of clusters, held against itself: were it wrong, those tests would show nothing.

use homelab::adapter::cluster::{ClusterClient, ClusterOptions, ResourceKind};
use homelab::adapter::runtime::block_on;
use serde_json::{Value, json};

use crate::support::cluster::{
    Cluster, Contexts, End, Fault, FaultProxy, Gate, Kubelet, Request, Script, Seen, StandIn, Step,
    Tunnel, User, cluster, condition, delete, get, kinds, make, make_ready, namespace, object,
    object_path, older, patch, post, ready, seed,
};
use crate::support::repo::Repo;
use crate::support::runner::{example, run};

const TOKEN: &str = "2026-11-21T10:00:00Z";

/// Asks for a reconciliation, as homelab and flux do.
async fn ask(client: &kube::Client, path: &str, token: &str) -> Result<Value, kube::Error> {
    let annotations = json!({"reconcile.fluxcd.io/requestedAt": token});
    patch(
        client,
        path,
        &json!({"metadata": {"annotations": annotations}}),
    )
    .await
}

/// Waits until the token is seen and this is the reason of `Ready`, and returns all such reasons on the way there.
async fn reasons(client: &kube::Client, path: &str, last: &str) -> Vec<String> {
    use futures::TryStreamExt;
    use kube::core::WatchEvent;
    let (all, name) = path.rsplit_once('/').unwrap();
    let uri = format!("{all}?watch=1&fieldSelector=metadata.name%3D{name}");
    let request = http::Request::get(uri).body(Vec::new()).unwrap();
    let events = client.request_events::<Value>(request).await.unwrap();
    let mut events = std::pin::pin!(events);
    let mut reasons = Vec::<String>::new();
    while let Some(WatchEvent::Added(object) | WatchEvent::Modified(object)) =
        events.try_next().await.unwrap()
    {
        let conditions = object["status"]["conditions"].as_array().cloned();
        let conditions = conditions.unwrap_or_default();
        let ready = conditions.iter().find(|c| c["type"] == "Ready");
        let Some(reason) = ready.and_then(|ready| ready["reason"].as_str()) else {
            continue;
        };
        if reasons.last().is_none_or(|last| last != reason) {
            reasons.push(reason.to_owned());
        }
        if reason == last && object["status"]["lastHandledReconcileAt"] == TOKEN {
            break;
        }
    }
    reasons
}

#[test]
fn every_kind_of_flux_is_there_and_takes_the_least() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "kinds").await;
        let flux: Vec<_> = kinds()
            .iter()
            .filter(|k| k.group.ends_with("fluxcd.io"))
            .collect();
        assert_eq!(flux.len(), 15);
        for kind in flux {
            let make = async || {
                if kind.status_subresource {
                    make_ready(&admin, &kind.kind, "kinds", "one", &json!({})).await
                } else {
                    make(&admin, &kind.kind, "kinds", "one", &json!({})).await
                }
            };
            let made = object(&admin, &make().await).await;
            let is_ready = made["status"]["conditions"][0]["type"] == "Ready";
            assert_eq!(is_ready, kind.status_subresource, "{made}");
            // What the schema does not know is dropped: our status says nothing that no controller says.
            let expected = ready(&kind.kind, "kinds/one", "1");
            let expected = expected.as_object().unwrap().keys();
            let known = |key: &&String| {
                *key == "lastHandledReconcileAt" || made["status"].get(key.as_str()).is_some()
            };
            if kind.status_subresource {
                let lost: Vec<_> = expected.filter(|key| !known(key)).collect();
                assert!(lost.is_empty(), "{}: {lost:?}", kind.kind);
            }
        }
    })
    .unwrap();
}

#[test]
fn the_roles_are_what_they_say() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "roles").await;
        let path = make(&admin, "Kustomization", "roles", "one", &json!({})).await;
        let limited = cluster.limited(&admin, "roles").await;
        for (context, get_list_patch_secret) in [
            ("admin", "yyyy"),
            ("guest", "nnnn"),
            ("viewer", "yynn"),
            ("editor", "yyyn"),
            ("getter", "ynnn"),
            ("blind", "yyyn"),
            ("exec", "yyyy"),
            ("certificate", "yyyy"),
            ("stranger", "nnnn"),
        ] {
            let client = cluster.client(context).await;
            assert_eq!(
                may(&client, &path).await,
                get_list_patch_secret,
                "{context}"
            );
        }
        let client = client(&limited).await;
        assert_eq!(may(&client, &path).await, "yyyn");
        assert!(
            get(&client, &object_path("Kustomization", "default", ""))
                .await
                .is_err()
        );
    })
    .unwrap();
}

/// Makes a client for a user.
async fn client(user: &User) -> kube::Client {
    let kubeconfig = kube::config::Kubeconfig::read_from(&user.kubeconfig).unwrap();
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &Default::default()).await;
    kube::Client::try_from(config.unwrap()).unwrap()
}

async fn may(client: &kube::Client, path: &str) -> String {
    let all = path.rsplit_once('/').unwrap().0;
    let may = [
        get(client, path).await.is_ok(),
        get(client, all).await.is_ok(),
        ask(client, path, TOKEN).await.is_ok(),
        get(client, "/api/v1/namespaces/roles/secrets")
            .await
            .is_ok(),
    ];
    may.map(|may| if may { "y" } else { "n" }).concat()
}

async fn connect(contexts: &std::path::Path, name: &str) -> ClusterClient {
    let options = ClusterOptions {
        kubeconfig: Some(contexts.to_path_buf()),
        context: Some(name.to_owned()),
        timeout: None,
    };
    ClusterClient::connect(&options).await.unwrap()
}

/// Says what a fresh user has asked.
fn asked_by(cluster: &Cluster, user: &User) -> Vec<String> {
    let requests = cluster.requests(|asked| asked.user == user.name);
    requests.iter().map(ToString::to_string).collect()
}

#[test]
fn what_a_user_asks_is_counted_and_that_of_others_is_not() {
    let (Some(cluster), Some(older)) = (cluster(), older()) else {
        return;
    };
    let (user, other) = (cluster.fresh("viewer"), older.fresh("viewer"));
    block_on(async {
        let kind = ResourceKind::new("kustomize.toolkit.fluxcd.io", "Kustomization");
        let contexts =
            Contexts::new()
                .with("new", cluster, &user.name)
                .with("old", older, &other.name);
        let contexts = contexts.write();
        for name in ["new", "old"] {
            let client = connect(&contexts, name).await;
            client.list(&kind, Some("default")).await.unwrap();
        }
        let client = client(&user).await;
        get(&client, "/version").await.unwrap();
    })
    .unwrap();
    let guest = cluster.fresh("guest");
    let repo = Repo::new();
    repo.lay(&example());
    let words = format!("images simulate jellyfin --from-cluster {}", guest.words());
    let said = run(repo.path(), &words);
    assert!(said.contains("does not allow to"), "{said}");
    let asked = asked_by(cluster, &guest);
    assert!(
        asked
            .iter()
            .any(|asked| asked.contains("imagerepositories")),
        "{asked:?}"
    );
    for (cluster, user, version) in [(cluster, &user, "v1"), (older, &other, "v1beta2")] {
        let asked = asked_by(cluster, user);
        let list = format!("list /apis/kustomize.toolkit.fluxcd.io/{version}/namespaces/default/");
        let lists = asked.iter().filter(|asked| asked.starts_with(&list));
        assert_eq!(lists.count(), 1, "{asked:?}");
        assert!(
            !asked.iter().any(|asked| asked.contains("/version")),
            "{asked:?}"
        );
    }
}

#[test]
fn a_stand_in_does_what_its_script_says() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "scripts").await;
        let make =
            async |name: &str| make(&admin, "Kustomization", "scripts", name, &json!({})).await;
        let (good, bad, late, held) = (
            make("good").await,
            make("bad").await,
            make("late").await,
            make("held").await,
        );
        patch(&admin, &held, &json!({"spec": {"suspend": true}}))
            .await
            .unwrap();

        let gate = Gate::new();
        let (wait, other) = (gate.clone(), good.clone());
        let all = object_path("Kustomization", "scripts", "");
        let stand_in = StandIn::start(cluster, &[all], move |seen| match seen.name.as_str() {
            "bad" => Script::failure(seen, "BuildFailed", "no such file"),
            "late" => Script::waiting(
                "DependencyNotReady",
                "dependency 'scripts/good' is not ready",
            )
            .then(Step::Ready(other.clone()))
            .and(Script::success(seen, "main@sha1:1")),
            "gone" => Script::never().then(Step::Delete),
            _ => Script::new()
                .then(Step::Wait(wait.clone()))
                .and(Script::success(seen, "main@sha1:1")),
        });
        for path in [&bad, &late, &held, &good] {
            ask(&admin, path, TOKEN).await.unwrap();
        }
        assert_eq!(
            reasons(&admin, &bad, "BuildFailed").await.last().unwrap(),
            "BuildFailed"
        );
        assert_eq!(
            reasons(&admin, &late, "DependencyNotReady").await,
            ["DependencyNotReady"]
        );
        gate.reached();
        assert_eq!(
            object(&admin, &good).await["status"]["lastHandledReconcileAt"],
            Value::Null
        );
        gate.open();
        assert_eq!(
            reasons(&admin, &late, "ReconciliationSucceeded")
                .await
                .last()
                .unwrap(),
            "ReconciliationSucceeded"
        );

        let good = object(&admin, &good).await;
        assert_eq!(good["status"]["lastHandledReconcileAt"], TOKEN);
        assert_eq!(good["status"]["observedGeneration"], 1);
        let bad = object(&admin, &bad).await;
        assert_eq!(bad["status"]["lastHandledReconcileAt"], TOKEN);
        assert_eq!(bad["status"]["observedGeneration"], -1);
        let held = object(&admin, &held).await;
        assert_eq!(held["status"]["lastHandledReconcileAt"], TOKEN);
        assert_eq!(held["status"].get("conditions"), None);
        let handled = stand_in.handled();
        let mut names: Vec<_> = handled.iter().map(|seen| seen.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["bad", "good", "held", "late"]);
        assert!(stand_in.last_written().is_some());
    })
    .unwrap();
}

#[test]
fn a_script_goes_through_what_somebody_else_does_meanwhile() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        seed(&admin, "support-changes", 20).await;
        let path = object_path("Kustomization", "support-changes", "object-0000");
        let script = |seen: &Seen| match seen.run {
            0 => Script::stalled(seen, "BuildFailed", "old")
                .then(Step::Change(json!({"spec": {"path": "./other"}}))),
            1 => {
                let old = condition(
                    "Ready",
                    "False",
                    "BuildFailed",
                    &format!("not {}", seen.generation),
                );
                let status = json!({"conditions": [old], "observedGeneration": "$previous"});
                Script::new().then(Step::Status(status)).then(Step::Delete)
            }
            _ => Script::never(),
        };
        let stand_in = StandIn::start(cluster, std::slice::from_ref(&path), script);
        ask(&admin, &path, TOKEN).await.unwrap();
        while get(&admin, &path).await.is_ok() {
            tokio::task::yield_now().await;
        }
        let handled = stand_in.handled();
        assert_eq!(handled[0].token.as_deref(), Some(TOKEN));
        let generations: Vec<_> = handled.iter().map(|seen| seen.generation).collect();
        assert_eq!(generations, [1, 2]);
        delete(
            &admin,
            &object_path("Kustomization", "support-changes", "object-0002"),
        )
        .await;
        // All the others are ready, and were left alone.
        let all = object(&admin, &object_path("Kustomization", "support-changes", "")).await;
        let all = all["items"].as_array().unwrap();
        assert_eq!(all.len(), 8);
        assert!(
            all.iter()
                .all(|one| one["status"]["conditions"][0]["status"] == "True")
        );
    })
    .unwrap();
}

/// Reads the events of a watch to its end: their kinds, and why it ended. After the first something is done.
async fn events(client: &kube::Client, all: &str, after: impl Fn()) -> Vec<String> {
    use futures::TryStreamExt;
    use kube::core::WatchEvent;
    let request = http::Request::get(format!("{all}?watch=1"))
        .body(Vec::new())
        .unwrap();
    let events = client.request_events::<Value>(request).await.unwrap();
    let mut events = std::pin::pin!(events);
    let mut seen = Vec::new();
    loop {
        seen.push(match events.try_next().await {
            Ok(Some(WatchEvent::Error(status))) => format!("ERROR {}", status.code),
            Ok(Some(_)) => {
                after();
                "event".to_owned()
            }
            Ok(None) => return seen,
            Err(why) => panic!("{why}"),
        });
    }
}

#[test]
fn a_proxy_fails_as_it_is_told() {
    let Some(cluster) = cluster() else { return };
    let mut proxy = FaultProxy::start(cluster);
    let contexts = Contexts::new().through("through", &proxy, "admin").write();
    let patches = |request: &Request| request.method == "PATCH";
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "faults").await;
        let path = make(&admin, "Kustomization", "faults", "one", &json!({})).await;
        let kubeconfig = kube::config::Kubeconfig::read_from(&contexts).unwrap();
        let config = kube::Config::from_custom_kubeconfig(kubeconfig, &Default::default()).await;
        let mut config = config.unwrap();
        // It would try again after 429, 503 and 504.
        config.default_retry = false;
        let client = kube::Client::try_from(config).unwrap();

        for code in [401, 403, 409, 429, 500, 503, 504] {
            proxy.fail(1, patches, Fault::Status(code, Some(1)));
            let refused = ask(&client, &path, "refused").await.unwrap_err();
            assert!(matches!(refused, kube::Error::Api(status) if status.code == code));
        }
        for fault in [
            Fault::Cut,
            Fault::Page("<html>"),
            Fault::LoseAnswer,
            Fault::BreakAnswer,
        ] {
            let token = format!("{fault:?}");
            proxy.fail(1, patches, fault.clone());
            assert!(ask(&client, &path, &token).await.is_err(), "{token}");
            let now = object(&admin, &path).await;
            let now = &now["metadata"]["annotations"]["reconcile.fluxcd.io/requestedAt"];
            let is_done = matches!(fault, Fault::LoseAnswer | Fault::BreakAnswer);
            assert_eq!(*now == token, is_done, "{token}");
        }
        proxy.fail(usize::MAX, patches, Fault::Silence);
        let forever = ask(&client, &path, "silence");
        let soon = tokio::time::timeout(std::time::Duration::from_millis(50), forever);
        assert!(soon.await.is_err());
        proxy.heal();
        ask(&client, &path, "healed").await.unwrap();
        let bodies: Vec<_> = proxy
            .requests()
            .into_iter()
            .filter(patches)
            .map(|r| (r.answer, r.body))
            .collect();
        assert!(
            bodies
                .last()
                .is_some_and(|(answer, body)| *answer == 200 && body.contains("healed")),
            "{bodies:?}"
        );
        proxy.set_date("Thu, 01 Jan 2015 00:00:00 GMT");
        let request = http::Request::get("/version")
            .body(kube::client::Body::empty())
            .unwrap();
        assert_eq!(
            client.send(request).await.unwrap().headers()["date"],
            "Thu, 01 Jan 2015 00:00:00 GMT"
        );

        let all = object_path("Kustomization", "faults", "");
        proxy.fail(1, Request::is_watch, Fault::Gone);
        assert_eq!(events(&client, &all, || ()).await, ["ERROR 410"]);
        for (end, expected) in [
            (End::Normal, vec!["event"]),
            (End::Gone, vec!["event", "ERROR 410"]),
            // To kube a connection that dies is a watch that ends.
            (End::Cut, vec!["event"]),
        ] {
            let under_way = |r: &Request| r.is_watch() && r.answer == 200;
            let watches = proxy.requests().into_iter().filter(under_way).count() + 1;
            let seen = events(&client, &all, || {
                proxy.wait_for(watches, under_way);
                proxy.end_watches(end);
            });
            let seen = seen.await;
            assert_eq!(seen, expected, "{end:?}");
        }
        proxy.stop();
        assert!(get(&client, &path).await.is_err());
        assert!(std::net::TcpStream::connect(proxy.address()).is_err());
        proxy.resume();
        get(&client, &path).await.unwrap();
    })
    .unwrap();
}

#[test]
fn a_pod_says_what_the_kubelet_has_of_it() {
    let Some(cluster) = cluster() else { return };
    let kubelet = Kubelet::start(cluster, |log| {
        let id = format!("{}/{}/{}", log.namespace, log.pod, log.container);
        match id.as_str() {
            "logs/web/app" if log.query.contains("previous=true") => {
                Ok("one\npanic: no database\n".to_owned())
            }
            _ => Err(format!(
                "container \"{}\" is waiting to start",
                log.container
            )),
        }
    });
    block_on(async {
        let admin = cluster.client("admin").await;
        kubelet.register(&admin, "node-of-logs").await;
        namespace(&admin, "logs").await;
        let pod = json!({"metadata": {"name": "web"}, "spec": {
            "nodeName": "node-of-logs",
            "containers": [{"name": "app", "image": "a"}, {"name": "side", "image": "b"}],
        }});
        post(&admin, "/api/v1/namespaces/logs/pods", &pod).await;
        let viewer = cluster.client("viewer").await;
        let log = "/api/v1/namespaces/logs/pods/web/log";
        let said = get(&viewer, &format!("{log}?container=app&previous=true")).await;
        assert_eq!(said.unwrap(), "one\npanic: no database\n");
        let why = get(&viewer, &format!("{log}?container=side"))
            .await
            .unwrap_err();
        assert!(why.to_string().contains("waiting to start"), "{why}");
    })
    .unwrap();
}

#[test]
fn a_cluster_can_be_behind_a_proxy() {
    let Some(cluster) = cluster() else { return };
    let tunnel = Tunnel::start();
    let user = cluster.fresh("viewer");
    let contexts = Contexts::new()
        .with("far", cluster, &user.name)
        .behind("far", &tunnel)
        .write();
    block_on(async {
        let kind = ResourceKind::new("kustomize.toolkit.fluxcd.io", "Kustomization");
        let client = connect(&contexts, "far").await;
        client.list(&kind, Some("default")).await.unwrap();
    })
    .unwrap();
    assert_eq!(tunnel.targets().join(" "), cluster.server);
}
