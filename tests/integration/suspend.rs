//! `homelab suspend` and `homelab resume` against a real API server, with stand-ins for Flux's controllers.

use homelab::adapter::runtime::block_on;
use serde_json::{Value, json};

use crate::reconcile::{REVISION, all_of, scene, session, session_words};
use crate::support::cluster::{
    Cluster, Contexts, Fault, FaultProxy, Script, StandIn, cluster, flux_object, object,
    object_path,
};
use crate::support::runner::answer;

/// Returns an object as the server has it.
fn live(cluster: &Cluster, kind: &str, namespace: &str, name: &str) -> Value {
    block_on(async {
        let admin = cluster.client("admin").await;
        object(&admin, &object_path(kind, namespace, name)).await
    })
    .unwrap()
}

/// Applies an object as kustomize-controller does: as its field manager, with the labels of who applies it.
fn apply(cluster: &Cluster, namespace: &str, name: &str, owner: &str, spec: &Value) {
    block_on(async {
        let admin = cluster.client("admin").await;
        let mut object = flux_object("Kustomization", name, spec);
        object["metadata"]["labels"] = json!({
            "kustomize.toolkit.fluxcd.io/name": owner, "kustomize.toolkit.fluxcd.io/namespace": namespace,
        });
        let path = object_path("Kustomization", namespace, name);
        let request = http::Request::patch(format!("{path}?fieldManager=kustomize-controller&force=true"))
            .header(http::header::CONTENT_TYPE, "application/apply-patch+yaml")
            .body(serde_json::to_vec(&object).unwrap());
        let made: Result<Value, _> = admin.request(request.unwrap()).await;
        made.unwrap();
    })
    .unwrap();
}

#[test]
fn many_are_suspended_with_a_reason() {
    let Some(cluster) = cluster() else { return };
    scene(
        cluster,
        "stop",
        &[
            ("Kustomization", "apps", json!({})),
            ("HelmRelease", "plex", json!({})),
            ("ArtifactGenerator", "gen", json!({})),
            ("Alert", "errors", json!({})),
            ("ExternalArtifact", "made", json!({})),
        ],
    );
    let user = cluster.fresh("editor");
    let words = user.words();
    let mut arguments = vec![
        "suspend",
        "ks/apps",
        "hr/plex",
        "ag/gen",
        "alert/errors",
        "ks/ap",
        "ea/made",
    ];
    arguments.extend([
        "-n",
        "stop",
        "--reason",
        "new disk",
        "--until",
        "2126-12-24",
    ]);
    arguments.extend(words.split_whitespace());
    insta::assert_snapshot!(session_words(&arguments), @"
    status: 1
    --- stdout
    ✗ Kustomization stop/ap  not found
        did you mean apps?
    – ExternalArtifact stop/made  nothing to do
        a ExternalArtifact cannot be suspended: another object makes it
    ✔ Kustomization stop/apps  suspended
    ✔ HelmRelease stop/plex  suspended
    ✔ ArtifactGenerator stop/gen  suspended
    ✔ Alert stop/errors  suspended
    --- stderr
    note: 1 not-found, 1 static, 4 suspended
    ");
    for (kind, name) in [
        ("Kustomization", "apps"),
        ("HelmRelease", "plex"),
        ("Alert", "errors"),
    ] {
        let object = live(cluster, kind, "stop", name);
        assert_eq!(object["spec"]["suspend"], true, "{kind}");
        let annotations = &object["metadata"]["annotations"];
        assert_eq!(annotations["homelab.dev/suspend-reason"], "new disk");
        assert_eq!(annotations["homelab.dev/suspend-until"], "2126-12-24");
    }
    let generator = live(cluster, "ArtifactGenerator", "stop", "gen");
    let disabled = &generator["metadata"]["annotations"]["source.extensions.fluxcd.io/reconcile"];
    assert_eq!(disabled, "disabled");

    // Once more: nothing is written but a new reason.
    let patches = || {
        cluster
            .requests(|asked| asked.user == user.name && asked.verb == "patch")
            .len()
    };
    assert_eq!(patches(), 4);
    insta::assert_snapshot!(session(&format!("suspend ks/apps -n stop {words}")), @"
    status: 0
    --- stdout
    – Kustomization stop/apps  unchanged
        it is suspended already: new disk, until 2126-12-24
    ");
    assert_eq!(patches(), 4);
    insta::assert_snapshot!(session(&format!("suspend ks/apps --reason other -n stop {words}")), @"
    status: 0
    --- stdout
    ✔ Kustomization stop/apps  suspended
    ");
    assert_eq!(patches(), 5);
    let (status, text) = answer(
        tempfile::tempdir().unwrap().path(),
        &format!("suspend --all -n stop -o json {words}"),
    );
    let document: Value = serde_json::from_str(&text).unwrap();
    let results = document["results"].as_array().unwrap().iter();
    let results: Vec<String> = results
        .map(|r| format!("{} {}", r["name"], r["outcome"]))
        .collect();
    assert_eq!(status, Some(0));
    insta::assert_snapshot!(results.join("\n"), @r#"
    "made" "static"
    "gen" "unchanged"
    "apps" "unchanged"
    "plex" "unchanged"
    "errors" "unchanged"
    "#);
    insta::assert_snapshot!(session(&format!("reconcile ks/apps -n stop {words}")), @"
    status: 1
    --- stdout
    – Kustomization stop/apps  suspended
        it is suspended: other, until 2126-12-24
        next: homelab resume ks/stop/apps
    ");
}

#[test]
fn what_git_will_undo_and_whom_it_holds_up_is_said() {
    let Some(cluster) = cluster() else { return };
    let after = |name: &str| json!({"dependsOn": [{"name": name}]});
    scene(
        cluster,
        "undo",
        &[
            ("Kustomization", "root", json!({})),
            ("Kustomization", "web", after("stated")),
            ("Kustomization", "site", after("stated")),
        ],
    );
    apply(
        cluster,
        "undo",
        "stated",
        "root",
        &json!({"suspend": false}),
    );
    apply(cluster, "undo", "silent", "root", &json!({}));
    let user = cluster.fresh("editor");
    let words = user.words();
    insta::assert_snapshot!(session(&format!("suspend ks/stated ks/silent -n undo {words}")), @"
    status: 0
    --- stdout
    ✔ Kustomization undo/stated  suspended
    ✔ Kustomization undo/silent  suspended
    --- stderr
    note: the manifest of Kustomization undo/stated states `suspend`: Kustomization undo/root undoes this when it applies the next time; change it in Git
    note: until Kustomization undo/stated is resumed, these wait for it: Kustomization undo/site, Kustomization undo/web
    ");
    apply(cluster, "undo", "stated", "root", &json!({"suspend": true}));
    insta::assert_snapshot!(session(&format!("resume ks/stated --no-wait -n undo {words}")), @"
    status: 0
    --- stdout
    ✔ Kustomization undo/stated  resumed
    --- stderr
    note: the manifest of Kustomization undo/stated states `suspend`: Kustomization undo/root suspends it again when it applies the next time; change it in Git
    ");
    // Who applies it does so no more.
    apply(
        cluster,
        "undo",
        "stated",
        "root",
        &json!({"suspend": false}),
    );
    insta::assert_snapshot!(session(&format!("suspend ks/stated ks/root -n undo {words}")), @"
    status: 0
    --- stdout
    ✔ Kustomization undo/stated  suspended
    ✔ Kustomization undo/root  suspended
    --- stderr
    note: until Kustomization undo/stated is resumed, these wait for it: Kustomization undo/site, Kustomization undo/web
    ");
}

#[test]
fn what_goes_on_is_waited_for_in_order() {
    let Some(cluster) = cluster() else { return };
    let off = json!({"suspend": true});
    scene(
        cluster,
        "resume",
        &[
            (
                "Kustomization",
                "apps",
                json!({"suspend": true, "dependsOn": [{"name": "db"}]}),
            ),
            ("Kustomization", "db", off.clone()),
            ("Kustomization", "bad", off.clone()),
            (
                "Kustomization",
                "after",
                json!({"suspend": true, "dependsOn": [{"name": "bad"}]}),
            ),
            ("Kustomization", "on", json!({})),
            ("Provider", "chat", off.clone()),
            ("ArtifactGenerator", "gen", json!({})),
        ],
    );
    let user = cluster.fresh("editor");
    let words = user.words();
    session(&format!(
        "suspend ag/gen ks/db --reason x -n resume {words}"
    ));
    let kinds = ["Kustomization", "ArtifactGenerator"];
    let stand_in = StandIn::start(cluster, &all_of("resume", &kinds), |seen| {
        match seen.name.as_str() {
            "bad" => Script::failure(seen, "BuildFailed", "no such file"),
            _ => Script::success(seen, REVISION),
        }
    });
    let text = session(&format!(
        "resume ks/apps ks/db ks/on provider/chat ag/gen -n resume {words}"
    ));
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    insta::assert_snapshot!(lines.join("\n"), @"
        it is not suspended
    --- stdout
    status: 0
    – Kustomization resume/on  unchanged
    ✔ ArtifactGenerator resume/gen  [TIME]
    ✔ Kustomization resume/apps  main@sha1:1a2b3c4d  [TIME]
    ✔ Kustomization resume/db  main@sha1:1a2b3c4d  [TIME]
    ✔ Provider resume/chat  [TIME]
    ");
    let order: Vec<_> = stand_in
        .handled()
        .into_iter()
        .map(|seen| seen.name)
        .collect();
    let place = |name: &str| order.iter().position(|other| other == name);
    assert!(place("db") < place("apps"), "{order:?}");
    let db = live(cluster, "Kustomization", "resume", "db");
    assert_eq!(
        (&db["spec"]["suspend"], &db["metadata"]["annotations"]),
        (&Value::Null, &Value::Null)
    );

    insta::assert_snapshot!(session(&format!("resume ks/after ks/bad -n resume {words}")), @"
    status: 1
    --- stdout
    ✗ Kustomization resume/after  failed: DependencyFailed
        Kustomization resume/bad failed
        next: it stays suspended; homelab resume ks/resume/after
    ✗ Kustomization resume/bad  failed: BuildFailed  [TIME]
        no such file
        next: homelab diagnose ks/resume/bad
    ");
    assert_eq!(
        live(cluster, "Kustomization", "resume", "after")["spec"]["suspend"],
        true
    );
    insta::assert_snapshot!(session(&format!("resume --all --no-wait -n resume {words}")), @"
    status: 0
    --- stdout
    ✔ Kustomization resume/after  resumed
    --- stderr
    note: 6 unchanged, 1 resumed
    ");
    assert_eq!(
        live(cluster, "Kustomization", "resume", "after")["spec"]["suspend"],
        Value::Null
    );
}

#[test]
fn what_may_not_be_patched_is_said() {
    let Some(cluster) = cluster() else { return };
    scene(
        cluster,
        "stop-rights",
        &[
            ("Kustomization", "apps", json!({})),
            ("Kustomization", "off", json!({"suspend": true})),
        ],
    );
    let user = cluster.fresh("viewer");
    let words = user.words();
    let shown = |words: &str| session(words).replace(&cluster.server, "[SERVER]");
    insta::assert_snapshot!(shown(&format!("suspend ks/apps ks/off -n stop-rights {words}")), @"
    status: 3
    --- stdout
    – Kustomization stop-rights/off  unchanged
        it is suspended already
    ✗ Kustomization stop-rights/apps  failed: Forbidden
        the cluster at [SERVER] does not allow to patch kustomizations.kustomize.toolkit.fluxcd.io in namespace stop-rights (403)
    ");
    insta::assert_snapshot!(shown(&format!("resume ks/off -n stop-rights {words}")), @"
    status: 3
    --- stdout
    ✗ Kustomization stop-rights/off  failed: Forbidden  [TIME]
        the cluster at [SERVER] does not allow to patch kustomizations.kustomize.toolkit.fluxcd.io in namespace stop-rights (403)
    --- stderr
    note: `kubectl auth can-i patch kustomizations.kustomize.toolkit.fluxcd.io -n stop-rights` asks the same; a role has to grant it
    ");
    insta::assert_snapshot!(shown(&format!("suspend -l no=such -n stop-rights {words}")), @"
    status: 1
    --- stderr
    error: there is no such object in namespace stop-rights with the labels no=such
    ");
}

#[test]
fn a_lost_answer_is_looked_for() {
    let Some(cluster) = cluster() else { return };
    scene(
        cluster,
        "stop-lost",
        &[("Kustomization", "apps", json!({}))],
    );
    let proxy = FaultProxy::start(cluster);
    proxy.fail(1, |r| r.method == "PATCH", Fault::LoseAnswer);
    let contexts = Contexts::new().through("home", &proxy, "editor").write();
    let words = format!(
        "suspend ks/apps -n stop-lost --kubeconfig {}",
        contexts.display()
    );
    insta::assert_snapshot!(session(&words).replace(proxy.address(), "[SERVER]"), @"
    status: 0
    --- stdout
    ✔ Kustomization stop-lost/apps  suspended
    --- stderr
    note: the cluster at [SERVER] could not be reached: the request failed; trying again
    ");
    let patches = proxy
        .requests()
        .iter()
        .filter(|r| r.method == "PATCH")
        .count();
    assert_eq!(patches, 1);
}

#[test]
fn what_is_not_meant_is_refused() {
    insta::assert_snapshot!(session("suspend"), @"
    status: 2
    --- stderr
    error: what to suspend?
    hint: `homelab suspend ks/apps`, `homelab suspend hr/media/plex`, `homelab suspend SERVICE`, `homelab suspend hr -A`, `homelab suspend --all`
    ");
    insta::assert_snapshot!(session("suspend ks/apps --until soon"), @r#"
    status: 2
    --- stderr
    error: "soon" is no time: write a day (2026-12-24), a time (2026-12-24T18:00:00Z), or how long (2h, 3d, 1w)
    "#);
    insta::assert_snapshot!(session("suspend ks/apps --until 2020-01-01"), @"
    status: 2
    --- stderr
    error: 2020-01-01 is past
    ");
    insta::assert_snapshot!(session("resume ks/apps --all"), @"
    status: 2
    --- stderr
    error: `ks/apps` is named, and `--all`, `-A` and `-l` take many
    hint: they go with kinds: `homelab resume ks hr -A`
    ");
}
