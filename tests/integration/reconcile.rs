//! `homelab reconcile` against a real API server, with stand-ins that write status as Flux's controllers do.

use std::process::Stdio;

use homelab::adapter::runtime::block_on;
use serde_json::{Value, json};

use crate::support::cluster::{
    Cluster, Contexts, End, Fault, FaultProxy, Gate, Script, Seen, StandIn, Step, cluster, make,
    make_ready, namespace, object, object_path, older, set_status,
};
use crate::support::runner::{answer, home, program, run_words};

pub const REVISION: &str = "main@sha1:1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";

/// Runs homelab, and returns the session with times that are always the same.
pub fn session(arguments: &str) -> String {
    let words: Vec<&str> = arguments.split_whitespace().collect();
    session_words(&words)
}

/// Like [`session`], for arguments with blanks in them.
pub fn session_words(words: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let text = run_words(folder.path(), words);
    let times = regex::Regex::new(r"  \d+\.\d+s\n").unwrap();
    let text = times.replace_all(&text, "  [TIME]\n");
    let seconds = regex::Regex::new(r"for \d+s").unwrap();
    seconds.replace_all(&text, "for [N]s").into_owned()
}

/// Makes a namespace with objects: kind, name, specification. Each is ready.
pub fn scene(cluster: &Cluster, name: &str, objects: &[(&str, &str, Value)]) {
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, name).await;
        for (kind, object, spec) in objects {
            match *kind {
                "Alert" | "Provider" | "ExternalArtifact" => {
                    make(&admin, kind, name, object, spec).await
                }
                _ => make_ready(&admin, kind, name, object, spec).await,
            };
        }
    })
    .unwrap();
}

/// Returns the paths of all objects of these kinds in a namespace.
pub fn all_of(namespace: &str, kinds: &[&str]) -> Vec<String> {
    let paths = kinds.iter().map(|kind| object_path(kind, namespace, ""));
    paths.collect()
}

fn after(name: &str) -> Value {
    json!({"dependsOn": [{"name": name}]})
}

/// Returns the verbs of what a user asked for.
fn verbs(cluster: &Cluster, user: &str) -> Vec<String> {
    let asked = cluster.requests(|asked| asked.user == user).into_iter();
    asked.map(|asked| asked.verb).collect()
}

fn names(handled: Vec<Seen>) -> Vec<String> {
    handled.into_iter().map(|seen| seen.name).collect()
}

#[test]
fn one_object_takes_three_requests() {
    let Some(cluster) = cluster() else { return };
    scene(cluster, "three", &[("Kustomization", "apps", json!({}))]);
    let _stand_in = StandIn::start(cluster, &all_of("three", &["Kustomization"]), |seen| {
        Script::success(seen, REVISION)
    });
    let user = cluster.fresh("editor");
    let words = format!("reconcile ks/apps -n three {}", user.words());
    insta::assert_snapshot!(session(&words), @"
    status: 0
    --- stdout
    ✔ Kustomization three/apps  main@sha1:1a2b3c4d  [TIME]
    ");
    assert_eq!(verbs(cluster, &user.name), ["get", "patch", "watch"]);
}

#[test]
fn a_failure_ends_the_wait_with_reason_and_message() {
    let Some(cluster) = cluster() else { return };
    scene(
        cluster,
        "fails",
        &[
            ("Kustomization", "bad", json!({})),
            ("Kustomization", "stuck", json!({})),
            ("Kustomization", "good", json!({})),
        ],
    );
    let _stand_in = StandIn::start(
        cluster,
        &all_of("fails", &["Kustomization"]),
        |seen| match seen.name.as_str() {
            "bad" => Script::failure(
                seen,
                "BuildFailed",
                "kustomize build failed:\nno such file \u{1b}[31m'x.yaml'",
            ),
            "stuck" => Script::stalled(seen, "InvalidCELExpression", "undeclared reference"),
            _ => Script::success(seen, REVISION),
        },
    );
    let user = cluster.fresh("editor");
    let words = user.words();
    for name in ["bad", "stuck"] {
        let text = session(&format!("reconcile ks/{name} -n fails {words}"));
        match name {
            "bad" => insta::assert_snapshot!(text, @"
            status: 1
            --- stdout
            ✗ Kustomization fails/bad  failed: BuildFailed  [TIME]
                kustomize build failed:
                no such file ␛[31m'x.yaml'
                next: homelab diagnose ks/fails/bad
            "),
            _ => insta::assert_snapshot!(text, @"
            status: 1
            --- stdout
            ✗ Kustomization fails/stuck  failed: InvalidCELExpression  [TIME]
                undeclared reference
                next: homelab diagnose ks/fails/stuck
            "),
        }
    }
    let (status, text) = answer(
        tempfile::tempdir().unwrap().path(),
        &format!("reconcile ks/good ks/bad -n fails -o json {words}"),
    );
    let mut document: Value = serde_json::from_str(&text).unwrap();
    for result in document["results"].as_array_mut().unwrap() {
        assert!(
            result["seconds"]
                .as_f64()
                .is_some_and(|seconds| seconds > 0.0)
        );
        result["seconds"] = json!(0);
    }
    assert_eq!(status, Some(1));
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap(), @r#"
    {
      "version": 1,
      "results": [
        {
          "kind": "Kustomization",
          "namespace": "fails",
          "name": "good",
          "outcome": "ready",
          "reason": "ReconciliationSucceeded",
          "message": "Applied revision: main@sha1:1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d",
          "revision": "main@sha1:1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d",
          "seconds": 0
        },
        {
          "kind": "Kustomization",
          "namespace": "fails",
          "name": "bad",
          "outcome": "failed",
          "reason": "BuildFailed",
          "message": "kustomize build failed:\nno such file \u001b[31m'x.yaml'",
          "revision": "main@sha1:0123456789abcdef0123456789abcdef01234567",
          "seconds": 0
        }
      ]
    }
    "#);
}

#[test]
fn what_waits_for_something_else_is_waited_for() {
    let Some(cluster) = cluster() else { return };
    scene(
        cluster,
        "waits",
        &[
            ("Kustomization", "app", json!({})),
            ("Kustomization", "db", json!({})),
        ],
    );
    let gate = Gate::new();
    let wait = gate.clone();
    let _stand_in = StandIn::start(cluster, &all_of("waits", &["Kustomization"]), move |seen| {
        Script::waiting("DependencyNotReady", "dependency 'waits/db' is not ready")
            .then(Step::Wait(wait.clone()))
            .and(Script::success(seen, REVISION))
    });
    let user = cluster.fresh("editor");
    let words = format!("reconcile ks/app -n waits {}", user.words());
    let running = std::thread::spawn(move || session(&words));
    gate.reached();
    gate.open();
    insta::assert_snapshot!(running.join().unwrap(), @"
    status: 0
    --- stdout
    ✔ Kustomization waits/app  main@sha1:1a2b3c4d  [TIME]
    --- stderr
    note: Kustomization waits/app waits: DependencyNotReady: dependency 'waits/db' is not ready
    ");
}

#[test]
fn time_is_up_whatever_a_controller_does() {
    let Some(cluster) = cluster() else { return };
    scene(
        cluster,
        "late",
        &[
            ("Kustomization", "dead", json!({})),
            ("Kustomization", "slow", after("x")),
            ("Kustomization", "after", after("dead")),
        ],
    );
    let _stand_in = StandIn::start(
        cluster,
        &all_of("late", &["Kustomization"]),
        |seen| match seen.name.as_str() {
            "slow" => Script::waiting("DependencyNotReady", "dependency 'late/x' is not ready"),
            _ => Script::never(),
        },
    );
    let user = cluster.fresh("editor");
    let words = format!(
        "reconcile ks/dead ks/slow ks/after -n late --timeout 2s {}",
        user.words()
    );
    insta::assert_snapshot!(session(&words), @"
    status: 4
    --- stdout
    ✗ Kustomization late/dead  timed out: NoAnswer  [TIME]
        no controller has answered for [N]s: is kustomize-controller running?
        next: homelab diagnose ks/late/dead
    ✗ Kustomization late/slow  timed out: DependencyNotReady  [TIME]
        dependency 'late/x' is not ready; Kustomization late/x is not there
        next: homelab diagnose ks/late/slow
    ✗ Kustomization late/after  timed out: NotAsked
        it waits for Kustomization late/dead
    --- stderr
    note: Kustomization late/slow waits: DependencyNotReady: dependency 'late/x' is not ready
    note: Kustomization late/x is not there
    ");
}

#[test]
fn static_and_suspended_objects_are_told_apart() {
    let Some(cluster) = cluster() else { return };
    let annotations = json!({"homelab.dev/suspend-reason": "new disk", "homelab.dev/suspend-until": "2026-12-24"});
    scene(
        cluster,
        "still",
        &[
            (
                "HelmRepository",
                "oci",
                json!({"type": "oci", "url": "oci://example.com/x"}),
            ),
            ("Alert", "errors", json!({})),
            ("Kustomization", "off", json!({"suspend": true})),
            ("Kustomization", "on", json!({})),
        ],
    );
    block_on(async {
        let admin = cluster.client("admin").await;
        let path = object_path("Kustomization", "still", "off");
        let why = json!({"metadata": {"annotations": annotations}});
        crate::support::cluster::patch(&admin, &path, &why)
            .await
            .unwrap();
    })
    .unwrap();
    let _stand_in = StandIn::start(cluster, &all_of("still", &["Kustomization"]), |seen| {
        Script::success(seen, REVISION)
    });
    let user = cluster.fresh("editor");
    let words = user.words();
    insta::assert_snapshot!(session(&format!("reconcile helmrepo/oci alert/errors -n still {words}")), @"
    status: 0
    --- stdout
    – HelmRepository still/oci  nothing to do
        no controller works on it: there is nothing to ask for
    – Alert still/errors  nothing to do
        no controller works on it: there is nothing to ask for
    ");
    insta::assert_snapshot!(session(&format!("reconcile ks/off -n still {words}")), @"
    status: 1
    --- stdout
    – Kustomization still/off  suspended
        it is suspended: new disk, until 2026-12-24
        next: homelab resume ks/still/off
    ");
    insta::assert_snapshot!(session(&format!("reconcile --all -n still {words}")), @"
    status: 0
    --- stdout
    – Kustomization still/off  suspended
        it is suspended: new disk, until 2026-12-24
    ✔ Kustomization still/on  main@sha1:1a2b3c4d  [TIME]
    ");
    let patched = cluster.requests(|asked| asked.user == user.name && asked.verb == "patch");
    assert_eq!(patched.len(), 1);
}

#[test]
fn names_that_are_nowhere_do_not_keep_others_from_it() {
    let Some(cluster) = cluster() else { return };
    scene(
        cluster,
        "nowhere",
        &[
            ("Kustomization", "apps", json!({})),
            ("HelmRelease", "plex", json!({})),
        ],
    );
    let _stand_in = StandIn::start(cluster, &all_of("nowhere", &["Kustomization"]), |seen| {
        Script::success(seen, REVISION)
    });
    let user = cluster.fresh("editor");
    let words = user.words();
    insta::assert_snapshot!(session(&format!("reconcile ks/app ks/apps -n nowhere {words}")), @"
    status: 1
    --- stdout
    ✗ Kustomization nowhere/app  not found
        did you mean apps?
    ✔ Kustomization nowhere/apps  main@sha1:1a2b3c4d  [TIME]
    ");
}

#[test]
fn sources_come_first_when_asked() {
    let Some(cluster) = cluster() else { return };
    let source = |name: &str| json!({"sourceRef": {"kind": "GitRepository", "name": name}});
    scene(
        cluster,
        "sources",
        &[
            ("GitRepository", "good", json!({})),
            ("GitRepository", "bad", json!({})),
            ("GitRepository", "off", json!({"suspend": true})),
            ("Kustomization", "one", source("good")),
            ("Kustomization", "two", source("bad")),
            ("Kustomization", "three", source("off")),
            ("Kustomization", "four", source("missing")),
            ("HelmRepository", "charts", json!({})),
            ("HelmChart", "sources-plex", json!({})),
            ("HelmRelease", "plex", json!({})),
        ],
    );
    let kinds = [
        "GitRepository",
        "Kustomization",
        "HelmRepository",
        "HelmChart",
        "HelmRelease",
    ];
    let stand_in = StandIn::start(cluster, &all_of("sources", &kinds), |seen| {
        match seen.name.as_str() {
            "bad" => Script::failure(seen, "GitOperationFailed", "no such host"),
            _ => Script::success(seen, REVISION),
        }
    });
    let user = cluster.fresh("editor");
    let reconcile = |what: &str| {
        session(&format!(
            "reconcile {what} --with-source -n sources {}",
            user.words()
        ))
    };
    let text = reconcile("ks/one hr/plex");
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    insta::assert_snapshot!(lines.join("\n"), @"
    --- stdout
    status: 0
    ✔ GitRepository sources/good  main@sha1:1a2b3c4d  [TIME]
    ✔ HelmChart sources/sources-plex  main@sha1:1a2b3c4d  [TIME]
    ✔ HelmRelease sources/plex  1.0.0  [TIME]
    ✔ HelmRepository sources/charts  main@sha1:1a2b3c4d  [TIME]
    ✔ Kustomization sources/one  main@sha1:1a2b3c4d  [TIME]
    ");
    let order = names(stand_in.handled());
    let place = |name: &str| order.iter().position(|other| other == name).unwrap();
    assert_eq!(order.len(), 5);
    assert!(place("good") < place("one"));
    assert!(place("charts") < place("sources-plex") && place("sources-plex") < place("plex"));
    insta::assert_snapshot!(reconcile("ks/two"), @"
    status: 1
    --- stdout
    ✗ Kustomization sources/two  failed: DependencyFailed
        GitRepository sources/bad failed
    ✗ GitRepository sources/bad  failed: GitOperationFailed  [TIME]
        no such host
        next: homelab diagnose gitrepo/sources/bad
    ");
    insta::assert_snapshot!(reconcile("ks/three"), @"
    status: 1
    --- stdout
    ✗ Kustomization sources/three  failed: DependencySuspended
        GitRepository sources/off is suspended
    – GitRepository sources/off  suspended
        next: homelab resume gitrepo/sources/off
    ");
    insta::assert_snapshot!(reconcile("ks/four"), @"
    status: 1
    --- stdout
    ✗ Kustomization sources/four  failed: SourceNotFound
        GitRepository sources/missing is not there
        next: homelab diagnose ks/sources/four
    ");
    assert_eq!(stand_in.handled().len(), 6);
}

#[test]
fn many_go_in_order_and_a_failure_stops_only_what_needs_it() {
    let Some(cluster) = cluster() else { return };
    let mut objects = vec![
        ("GitRepository", "flux-system", json!({})),
        ("Kustomization", "site", after("apps")),
        ("Kustomization", "apps", after("db")),
        ("Kustomization", "db", json!({})),
        ("Kustomization", "web", after("cache")),
        ("Kustomization", "cache", json!({})),
    ];
    objects.extend(["a", "b", "c", "d", "e", "f"].map(|name| ("ImageRepository", name, json!({}))));
    scene(cluster, "many", &objects);
    let kinds = ["GitRepository", "Kustomization", "ImageRepository"];
    let stand_in = StandIn::start(cluster, &all_of("many", &kinds), |seen| {
        match seen.name.as_str() {
            "db" => Script::failure(
                seen,
                "HealthCheckFailed",
                "timeout waiting for: [StatefulSet/many/db]",
            ),
            _ => Script::success(seen, REVISION),
        }
    });
    let user = cluster.fresh("editor");
    let text = session(&format!("reconcile --all -n many {}", user.words()));
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    insta::assert_snapshot!(lines.join("\n"), @"
        Kustomization many/apps failed
        Kustomization many/db failed
        next: homelab diagnose ks/many/db
        timeout waiting for: [StatefulSet/many/db]
    --- stderr
    --- stdout
    note: 9 ready, 3 failed
    status: 1
    ✔ GitRepository many/flux-system  main@sha1:1a2b3c4d  [TIME]
    ✔ ImageRepository many/a  2 tags  [TIME]
    ✔ ImageRepository many/b  2 tags  [TIME]
    ✔ ImageRepository many/c  2 tags  [TIME]
    ✔ ImageRepository many/d  2 tags  [TIME]
    ✔ ImageRepository many/e  2 tags  [TIME]
    ✔ ImageRepository many/f  2 tags  [TIME]
    ✔ Kustomization many/cache  main@sha1:1a2b3c4d  [TIME]
    ✔ Kustomization many/web  main@sha1:1a2b3c4d  [TIME]
    ✗ Kustomization many/apps  failed: DependencyFailed
    ✗ Kustomization many/db  failed: HealthCheckFailed  [TIME]
    ✗ Kustomization many/site  failed: DependencyFailed
    ");
    let order = names(stand_in.handled());
    assert_eq!(order.len(), 10);
    let place = |name: &str| order.iter().position(|other| other == name).unwrap();
    assert!(place("flux-system") < place("cache") && place("flux-system") < place("db"));
    assert!(place("cache") < place("web"));
    let count = |verb: &str| {
        let own =
            |asked: &crate::support::cluster::Asked| asked.user == user.name && asked.verb == verb;
        cluster.requests(own).len()
    };
    // A list of each kind, a patch for each object that is asked, a watch for each of their kinds.
    assert_eq!(
        (count("list"), count("patch"), count("watch"), count("get")),
        (15, 10, 3, 0)
    );
}

#[test]
fn an_image_chain_runs_from_the_registry_to_git() {
    let Some(cluster) = cluster() else { return };
    scene(
        cluster,
        "chain",
        &[
            ("ImageUpdateAutomation", "push", json!({})),
            ("ImagePolicy", "app", json!({})),
            ("ImageRepository", "app", json!({})),
        ],
    );
    let kinds = ["ImageUpdateAutomation", "ImagePolicy", "ImageRepository"];
    let stand_in = StandIn::start(cluster, &all_of("chain", &kinds), |seen| {
        Script::success(seen, REVISION)
    });
    let user = cluster.fresh("editor");
    insta::assert_snapshot!(session(&format!("reconcile iua policy imgrepo -n chain {}", user.words())), @"
    status: 0
    --- stdout
    ✔ ImageRepository chain/app  2 tags  [TIME]
    ✔ ImagePolicy chain/app  ghcr.io/me/app:1.1.0  [TIME]
    ✔ ImageUpdateAutomation chain/push  [TIME]
    ");
    let kinds: Vec<_> = stand_in
        .handled()
        .into_iter()
        .map(|seen| seen.kind)
        .collect();
    assert_eq!(
        kinds,
        ["ImageRepository", "ImagePolicy", "ImageUpdateAutomation"]
    );
}

#[test]
fn force_and_reset_are_for_releases() {
    let Some(cluster) = cluster() else { return };
    scene(
        cluster,
        "force",
        &[
            ("HelmRelease", "plex", json!({})),
            ("HelmRelease", "stuck", json!({})),
        ],
    );
    let stand_in = StandIn::start(
        cluster,
        &all_of("force", &["HelmRelease"]),
        |seen| match seen.name.as_str() {
            "stuck" => Script::stalled(
                seen,
                "RetriesExceeded",
                "Failed to install after 1 attempt(s)",
            ),
            _ => Script::success(seen, REVISION),
        },
    );
    let user = cluster.fresh("editor");
    let words = user.words();
    insta::assert_snapshot!(session(&format!("reconcile hr/plex --force --reset -n force {words}")), @"
    status: 0
    --- stdout
    ✔ HelmRelease force/plex  1.0.0  [TIME]
    ");
    let seen = stand_in.handled().remove(0);
    let annotations = &seen.object["metadata"]["annotations"];
    for key in ["requestedAt", "forceAt", "resetAt"] {
        let value = annotations[format!("reconcile.fluxcd.io/{key}")].as_str();
        assert_eq!(value, seen.token.as_deref(), "{key}");
    }
    insta::assert_snapshot!(session(&format!("reconcile hr/stuck -n force {words}")), @"
    status: 1
    --- stdout
    ✗ HelmRelease force/stuck  failed: RetriesExceeded  [TIME]
        Failed to install after 1 attempt(s)
        next: homelab reconcile hr/force/stuck --reset tries again
    ");
    insta::assert_snapshot!(session("reconcile ks/apps --force"), @"
    status: 2
    --- stderr
    error: `--force` is for HelmReleases, and none is named
    hint: `homelab reconcile hr/NAME --force`
    ");
}

#[test]
fn what_is_not_meant_is_refused() {
    insta::assert_snapshot!(session("reconcile"), @"
    status: 2
    --- stderr
    error: what to reconcile?
    hint: `homelab reconcile ks/apps`, `homelab reconcile hr/media/plex`, `homelab reconcile SERVICE`, `homelab reconcile hr -A`, `homelab reconcile --all`
    ");
    insta::assert_snapshot!(session("reconcile ks/apps -A"), @"
    status: 2
    --- stderr
    error: `ks/apps` is named, and `--all`, `-A` and `-l` take many
    hint: they go with kinds: `homelab reconcile ks hr -A`
    ");
    insta::assert_snapshot!(session("reconcile deploy/web"), @r#"
    status: 2
    --- stderr
    error: "deploy/web": no kind of Flux is named "deploy"; there are source, gitrepo, ocirepo, bucket, helmrepo, hc, ea, ag, ks, hr, imgrepo, imgpol, iua, receiver, alert, alert-provider
    hint: name an object such as ks/apps, hr/media/plex or source/flux-system, or a service
    "#);
    insta::assert_snapshot!(session("reconcile ks/apps --offline"), @"
    status: 2
    --- stderr
    error: reconcile needs the network, which `--offline` rules out
    ");
}

#[test]
fn what_may_not_be_done_is_said_and_the_rest_goes_on() {
    let Some(cluster) = cluster() else { return };
    scene(cluster, "rights", &[("Kustomization", "apps", json!({}))]);
    let _stand_in = StandIn::start(cluster, &all_of("rights", &["Kustomization"]), |seen| {
        Script::success(seen, REVISION)
    });
    for (role, snapshot) in [("viewer", 0), ("blind", 1), ("guest", 2)] {
        let user = cluster.fresh(role);
        let text = session(&format!("reconcile ks/apps -n rights {}", user.words()));
        let text = text.replace(&cluster.server, "[SERVER]");
        match snapshot {
            0 => insta::assert_snapshot!(text, @"
            status: 3
            --- stdout
            ✗ Kustomization rights/apps  failed: Forbidden  [TIME]
                the cluster at [SERVER] does not allow to patch kustomizations.kustomize.toolkit.fluxcd.io in namespace rights (403)
            --- stderr
            note: `kubectl auth can-i patch kustomizations.kustomize.toolkit.fluxcd.io -n rights` asks the same; a role has to grant it
            "),
            1 => insta::assert_snapshot!(text, @"
            status: 3
            --- stdout
            ✗ Kustomization rights/apps  failed: Forbidden  [TIME]
                it is asked, and cannot be watched: the cluster at [SERVER] does not allow to watch kustomizations.kustomize.toolkit.fluxcd.io in namespace rights (403)
            --- stderr
            note: `kubectl auth can-i watch kustomizations.kustomize.toolkit.fluxcd.io -n rights` asks the same; a role has to grant it
            "),
            _ => insta::assert_snapshot!(text, @"
            status: 3
            --- stderr
            error: the cluster at [SERVER] does not allow to get kustomizations.kustomize.toolkit.fluxcd.io in namespace rights (403)
            hint: `kubectl auth can-i get kustomizations.kustomize.toolkit.fluxcd.io -n rights` asks the same; a role has to grant it
            "),
        }
    }
}

#[test]
fn what_happens_to_an_object_meanwhile_ends_the_wait() {
    let Some(cluster) = cluster() else { return };
    scene(
        cluster,
        "meanwhile",
        &[
            ("Kustomization", "gone", json!({})),
            ("Kustomization", "stopped", json!({})),
            ("Kustomization", "changed", json!({})),
        ],
    );
    let _stand_in = StandIn::start(cluster, &all_of("meanwhile", &["Kustomization"]), |seen| {
        match (seen.name.as_str(), seen.run) {
            ("gone", _) => Script::progress(seen).then(Step::Delete),
            ("stopped", _) => {
                Script::progress(seen).then(Step::Change(json!({"spec": {"suspend": true}})))
            }
            // The answer is for a generation that is not the last one by then.
            ("changed", 0) => Script::new()
                .then(Step::Change(json!({"spec": {"path": "./new"}})))
                .and(Script::failure(
                    seen,
                    "BuildFailed",
                    "of the old generation",
                )),
            _ => Script::success(seen, REVISION),
        }
    });
    let user = cluster.fresh("editor");
    let reconcile =
        |what: &str| session(&format!("reconcile {what} -n meanwhile {}", user.words()));
    insta::assert_snapshot!(reconcile("ks/gone"), @"
    status: 1
    --- stdout
    ✗ Kustomization meanwhile/gone  not found
        it was deleted in the meantime
    ");
    insta::assert_snapshot!(reconcile("ks/stopped"), @"
    status: 1
    --- stdout
    – Kustomization meanwhile/stopped  suspended
        it was suspended in the meantime
        next: homelab resume ks/meanwhile/stopped
    ");
    insta::assert_snapshot!(reconcile("ks/changed"), @"
    status: 0
    --- stdout
    ✔ Kustomization meanwhile/changed  main@sha1:1a2b3c4d  [TIME]
    ");
}

#[test]
fn a_source_that_failed_is_not_waited_for() {
    let Some(cluster) = cluster() else { return };
    scene(
        cluster,
        "blame",
        &[
            ("HelmRelease", "plex", json!({})),
            ("HelmChart", "blame-plex", json!({})),
        ],
    );
    block_on(async {
        let admin = cluster.client("admin").await;
        let path = object_path("HelmChart", "blame", "blame-plex");
        let conditions = [json!({
            "type": "Ready", "status": "False", "reason": "ChartPullError", "observedGeneration": 1,
            "message": "no chart version found for plex-9.9.9", "lastTransitionTime": "2026-11-21T10:00:00Z",
        })];
        let status = json!({"conditions": conditions, "observedGeneration": 1});
        set_status(&admin, &path, &status).await;
    })
    .unwrap();
    let _stand_in = StandIn::start(cluster, &all_of("blame", &["HelmRelease"]), |_| {
        Script::waiting(
            "SourceNotReady",
            "HelmChart 'blame/blame-plex' is not ready",
        )
    });
    let user = cluster.fresh("editor");
    insta::assert_snapshot!(session(&format!("reconcile hr/plex -n blame {}", user.words())), @"
    status: 1
    --- stdout
    ✗ HelmRelease blame/plex  failed: SourceNotReady  [TIME]
        HelmChart blame/blame-plex: ChartPullError: no chart version found for plex-9.9.9
        next: homelab diagnose hr/blame/plex
    --- stderr
    note: HelmRelease blame/plex waits: SourceNotReady: HelmChart 'blame/blame-plex' is not ready
    ");
}

#[test]
fn several_clusters_at_once() {
    let (Some(home), Some(lab)) = (cluster(), older()) else {
        return;
    };
    for cluster in [home, lab] {
        scene(cluster, "several", &[("GitRepository", "fleet", json!({}))]);
    }
    let paths = all_of("several", &["GitRepository"]);
    let _home = StandIn::start(home, &paths, |seen| Script::success(seen, REVISION));
    let _lab = StandIn::start(lab, &paths, |seen| {
        Script::failure(seen, "GitOperationFailed", "no such host")
    });
    let contexts = Contexts::new()
        .with("home", home, "editor")
        .with("lab", lab, "editor")
        .nowhere("dead")
        .write();
    let words = format!(
        "reconcile git/fleet -n several --kubeconfig {}",
        contexts.display()
    );
    insta::assert_snapshot!(session(&format!("{words} --context home --context lab")), @"
    status: 1
    --- stdout
    home
    ✔ GitRepository several/fleet  main@sha1:1a2b3c4d  [TIME]

    lab
    ✗ GitRepository several/fleet  failed: GitOperationFailed  [TIME]
        no such host
        next: homelab diagnose gitrepo/several/fleet
    ");
    insta::assert_snapshot!(session(&format!("{words} --all-contexts")), @"
    status: 3
    --- stdout
    home
    ✔ GitRepository several/fleet  main@sha1:1a2b3c4d  [TIME]

    lab
    ✗ GitRepository several/fleet  failed: GitOperationFailed  [TIME]
        no such host
        next: homelab diagnose gitrepo/several/fleet
    --- stderr
    error: dead: the cluster at 127.0.0.1:1 could not be reached: connection refused
    hint: `kubectl cluster-info` asks the same server; --context chooses another
    ");
    let (status, text) = answer(
        tempfile::tempdir().unwrap().path(),
        &format!("{words} --all-contexts -o json"),
    );
    let document: Value = serde_json::from_str(&text).unwrap();
    let contexts = document["results"].as_array().unwrap().iter();
    let contexts: Vec<_> = contexts
        .map(|result| result["context"].as_str().unwrap())
        .collect();
    assert_eq!((status, contexts), (Some(3), vec!["home", "lab"]));
    assert_eq!(document["errors"][0]["context"], "dead");
}

/// Runs against a server with faults, and returns the session, the proxy and how often the object was asked.
fn with_faults(
    name: &'static str,
    prepare: impl Fn(&FaultProxy),
) -> Option<(String, FaultProxy, usize)> {
    let cluster = cluster()?;
    scene(cluster, name, &[("Kustomization", "apps", json!({}))]);
    let stand_in = StandIn::start(cluster, &all_of(name, &["Kustomization"]), |seen| {
        Script::success(seen, REVISION)
    });
    let proxy = FaultProxy::start(cluster);
    prepare(&proxy);
    let contexts = Contexts::new().through("home", &proxy, "editor").write();
    let words = format!(
        "reconcile ks/apps -n {name} --timeout 20s --kubeconfig {}",
        contexts.display()
    );
    let text = session(&words).replace(proxy.address(), "[SERVER]");
    let asked = stand_in.handled().len();
    Some((text, proxy, asked))
}

#[test]
fn nothing_is_patched_twice_though_the_answer_is_lost() {
    let run = with_faults("lost", |proxy| {
        proxy.fail(1, |r| r.method == "PATCH", Fault::LoseAnswer);
    });
    let Some((text, proxy, asked)) = run else {
        return;
    };
    insta::assert_snapshot!(text, @"
    status: 0
    --- stdout
    ✔ Kustomization lost/apps  main@sha1:1a2b3c4d  [TIME]
    --- stderr
    note: the cluster at [SERVER] could not be reached: the request failed; trying again
    ");
    let patches = proxy
        .requests()
        .iter()
        .filter(|r| r.method == "PATCH")
        .count();
    assert_eq!((patches, asked), (1, 1));
}

#[test]
fn what_passes_is_waited_out() {
    let is_patch = |r: &crate::support::cluster::Request| r.method == "PATCH";
    let is_watch = |r: &crate::support::cluster::Request| r.is_watch();
    let run = with_faults("passes", move |proxy| {
        proxy.fail(1, is_patch, Fault::Status(409, None));
        proxy.fail(1, is_patch, Fault::Status(429, Some(1)));
        proxy.fail(1, is_patch, Fault::Status(500, None));
        proxy.fail(1, is_patch, Fault::Cut);
        proxy.fail(1, is_watch, Fault::Status(500, None));
        proxy.fail(1, is_watch, Fault::Gone);
    });
    let Some((text, _, asked)) = run else { return };
    insta::assert_snapshot!(text, @"
    status: 0
    --- stdout
    ✔ Kustomization passes/apps  main@sha1:1a2b3c4d  [TIME]
    --- stderr
    note: the cluster at [SERVER] answered 500 InternalError: Internal error occurred: etcdserver: request timed out; trying again
    note: the cluster at [SERVER] answered 500 InternalError: Internal error occurred: etcdserver: request timed out; waiting for it
    note: the cluster answers again
    ");
    assert_eq!(asked, 1);
}

#[test]
fn a_token_that_expires_in_the_middle_ends_it() {
    let run = with_faults("expired", |proxy| {
        proxy.fail(usize::MAX, |r| r.is_watch(), Fault::Status(401, None));
    });
    let Some((text, ..)) = run else { return };
    insta::assert_snapshot!(text, @"
    status: 3
    --- stdout
    ✗ Kustomization expired/apps  failed: Unauthenticated  [TIME]
        it is asked, and cannot be watched: the cluster at [SERVER] does not accept the credentials of the kubeconfig (401)
    --- stderr
    note: log in again, or choose other credentials with --context
    ");
}

#[test]
fn a_cluster_that_goes_away_and_comes_back_is_waited_for() {
    let Some(cluster) = cluster() else { return };
    scene(cluster, "away", &[("Kustomization", "apps", json!({}))]);
    let gate = Gate::new();
    let wait = gate.clone();
    let _stand_in = StandIn::start(cluster, &all_of("away", &["Kustomization"]), move |seen| {
        Script::progress(seen)
            .then(Step::Wait(wait.clone()))
            .and(Script::success(seen, REVISION))
    });
    let mut proxy = FaultProxy::start(cluster);
    let contexts = Contexts::new().through("home", &proxy, "editor").write();
    let words = format!(
        "reconcile ks/apps -n away --kubeconfig {}",
        contexts.display()
    );
    let running = std::thread::spawn(move || session(&words));
    gate.reached();
    proxy.wait_for(1, |r| r.is_watch() && r.answer == 200);
    proxy.stop();
    gate.open();
    proxy.resume();
    let text = running.join().unwrap().replace(proxy.address(), "[SERVER]");
    let (answer, _) = text.split_once("--- stderr").unwrap_or((&text, ""));
    insta::assert_snapshot!(answer, @"
    status: 0
    --- stdout
    ✔ Kustomization away/apps  main@sha1:1a2b3c4d  [TIME]
    ");
}

#[test]
fn a_cluster_that_stays_away_is_a_timeout() {
    let Some(cluster) = cluster() else { return };
    scene(
        cluster,
        "stays-away",
        &[("Kustomization", "apps", json!({}))],
    );
    let proxy = FaultProxy::start(cluster);
    proxy.fail(usize::MAX, |r| r.is_watch(), Fault::Status(500, None));
    let contexts = Contexts::new().through("home", &proxy, "editor").write();
    let words = format!(
        "reconcile ks/apps -n stays-away --timeout 2s --kubeconfig {}",
        contexts.display()
    );
    let text = session(&words).replace(proxy.address(), "[SERVER]");
    insta::assert_snapshot!(text, @"
    status: 4
    --- stdout
    ✗ Kustomization stays-away/apps  timed out: Unreachable  [TIME]
        the cluster at [SERVER] answered 500 InternalError: Internal error occurred: etcdserver: request timed out
        next: homelab diagnose ks/stays-away/apps
    --- stderr
    note: the cluster at [SERVER] answered 500 InternalError: Internal error occurred: etcdserver: request timed out; waiting for it
    ");
}

#[test]
fn ctrl_c_shows_what_is_done_and_leaves_the_requests() {
    let Some(cluster) = cluster() else { return };
    scene(
        cluster,
        "ctrl-c",
        &[
            ("Kustomization", "fast", json!({})),
            ("Kustomization", "slow", after("fast")),
        ],
    );
    let gate = Gate::new();
    let wait = gate.clone();
    let stand_in = StandIn::start(
        cluster,
        &all_of("ctrl-c", &["Kustomization"]),
        move |seen| match seen.name.as_str() {
            "fast" => Script::success(seen, REVISION),
            _ => Script::progress(seen).then(Step::Wait(wait.clone())),
        },
    );
    let user = cluster.fresh("editor");
    let home = home();
    let mut command = std::process::Command::new(program());
    let words = format!("reconcile ks -n ctrl-c {}", user.words());
    let child = command
        .args(words.split_whitespace())
        .env_clear()
        .env("HOME", home.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    gate.reached();
    let killed = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    let output = child.wait_with_output().unwrap();
    gate.open();
    assert_eq!(output.status.code(), Some(130));
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.starts_with("✔ Kustomization ctrl-c/fast"), "{out}");
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        err,
        "error: interrupted; 1 request stays, and its controller goes on
"
    );
    assert_eq!(stand_in.handled().len(), 2);
    let token = block_on(async {
        let admin = cluster.client("admin").await;
        let slow = object(&admin, &object_path("Kustomization", "ctrl-c", "slow")).await;
        slow["metadata"]["annotations"]["reconcile.fluxcd.io/requestedAt"].clone()
    });
    assert!(token.unwrap().is_string());
}

#[test]
fn watches_that_end_go_on() {
    let Some(cluster) = cluster() else { return };
    scene(cluster, "ends", &[("Kustomization", "apps", json!({}))]);
    let gate = Gate::new();
    let wait = gate.clone();
    let _stand_in = StandIn::start(cluster, &all_of("ends", &["Kustomization"]), move |seen| {
        Script::progress(seen)
            .then(Step::Wait(wait.clone()))
            .and(Script::success(seen, REVISION))
    });
    let proxy = FaultProxy::start(cluster);
    let contexts = Contexts::new().through("home", &proxy, "editor").write();
    let words = format!(
        "reconcile ks/apps -n ends --kubeconfig {}",
        contexts.display()
    );
    let running = std::thread::spawn(move || session(&words));
    gate.reached();
    for (count, end) in [(1, End::Normal), (2, End::Cut), (3, End::Gone)] {
        proxy.wait_for(count, |r| r.is_watch() && r.answer == 200);
        proxy.end_watches(end);
    }
    proxy.wait_for(4, |r| r.is_watch() && r.answer == 200);
    gate.open();
    insta::assert_snapshot!(running.join().unwrap(), @"
    status: 0
    --- stdout
    ✔ Kustomization ends/apps  main@sha1:1a2b3c4d  [TIME]
    ");
    let patches = proxy
        .requests()
        .iter()
        .filter(|r| r.method == "PATCH")
        .count();
    assert_eq!(patches, 1);
}

/// Runs homelab on a terminal, and returns it with a home of its own.
pub fn on_a_terminal(arguments: &str) -> (rexpect::session::PtySession, tempfile::TempDir) {
    let home = home();
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", "stty cols 100 rows 30; exec \"$0\" \"$@\""])
        .arg(program())
        .args(arguments.split_whitespace())
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap())
        .env("HOME", home.path())
        .env("TERM", "xterm")
        .env("NO_COLOR", "1");
    let options = rexpect::session::Options::new()
        .timeout_ms(Some(30_000))
        .strip_ansi_escape_codes(true);
    let session = rexpect::session::spawn_with_options(command, options).unwrap();
    (session, home)
}

#[test]
fn on_a_terminal_lines_show_what_is_under_way() {
    let Some(cluster) = cluster() else { return };
    scene(
        cluster,
        "live",
        &[
            ("Kustomization", "one", json!({})),
            ("Kustomization", "two", json!({})),
            ("Kustomization", "three", after("one")),
        ],
    );
    let gate = Gate::new();
    let wait = gate.clone();
    let _stand_in =
        StandIn::start(
            cluster,
            &all_of("live", &["Kustomization"]),
            move |seen| match seen.name.as_str() {
                "one" => Script::waiting("DependencyNotReady", "dependency 'live/x' is not ready")
                    .then(Step::Wait(wait.clone()))
                    .and(Script::success(seen, REVISION)),
                _ => Script::success(seen, REVISION),
            },
        );
    let user = cluster.fresh("editor");
    let (mut session, _home) = on_a_terminal(&format!("reconcile ks -n live {}", user.words()));
    session
        .exp_string("Kustomization live/two  main@sha1")
        .unwrap();
    session
        .exp_string("DependencyNotReady: dependency 'live/x' is not ready")
        .unwrap();
    session.exp_string("1 more waits for its turn").unwrap();
    gate.open();
    session
        .exp_string("Kustomization live/one  main@sha1")
        .unwrap();
    session
        .exp_string("Kustomization live/three  main@sha1")
        .unwrap();
    let rest = session.exp_eof().unwrap();
    assert!(!rest.contains("note:"), "{rest}");
}
