//! `homelab status` against a real API server: what is shown, what is said beside it, and what is asked for it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

use homelab::adapter::runtime::block_on;
use insta::assert_snapshot;
use kube::Client;
use regex::Regex;
use serde_json::{Value, json};

use crate::support::cluster::{
    Contexts, Fault, FaultProxy, Request, bare, cluster, delete, flux_object, make, make_ready,
    namespace, object_path, older, patch, post, ready, set_status,
};
use crate::support::repo::Repo;
use crate::support::runner::{ask_cluster, command, home, program};

/// A time before all others, so that ages are long and stable in their width.
const LONG_AGO: &str = "2016-01-01T00:00:00Z";

/// Runs `homelab status` and returns what a person would see, without what differs from run to run.
fn status(kubeconfig: &Path, arguments: &str) -> String {
    status_with(kubeconfig, arguments, &[])
}

/// Like [`status`], with variables.
fn status_with(kubeconfig: &Path, arguments: &str, variables: &[(&str, &str)]) -> String {
    plain(&ask_cluster("status", kubeconfig, arguments, variables))
}

/// Replaces ages and addresses. An age takes three columns, and two blanks behind it.
fn plain(text: &str) -> String {
    let swap = |text: String, pattern: &str, with: &str| {
        Regex::new(pattern)
            .unwrap()
            .replace_all(&text, with)
            .into_owned()
    };
    let text = swap(text.to_owned(), r"(?m)\b\d+[sy](\d+d)?( {2,}|$)", "AGE  ");
    let text = swap(text, r#"("?age_seconds"?): ?\d+"#, "$1: 0");
    swap(text, r"127\.0\.0\.1:\d{3,}", "[SERVER]")
}

fn failing(reason: &str, message: &str) -> Value {
    json!({"observedGeneration": 1, "conditions": [{
        "type": "Ready", "status": "False", "reason": reason, "message": message,
        "lastTransitionTime": LONG_AGO, "observedGeneration": 1,
    }]})
}

/// Makes a few objects in a namespace: ready ones, one that fails, and one that somebody suspended.
async fn household(admin: &Client, ns: &str) {
    namespace(admin, ns).await;
    make_ready(admin, "GitRepository", ns, "flux-system", &json!({})).await;
    make_ready(
        admin,
        "Kustomization",
        ns,
        "apps",
        &json!({"path": "./apps"}),
    )
    .await;
    let broken = make(admin, "HelmRelease", ns, "plex", &json!({})).await;
    let why = "Helm install failed for release media/plex with chart app-template@3.5.1: context deadline exceeded";
    set_status(admin, &broken, &failing("InstallFailed", why)).await;
    let mut suspended = flux_object("Kustomization", "media", &json!({"suspend": true}));
    suspended["metadata"]["annotations"] = json!({
        "homelab.dev/suspend-reason": "waiting for a disk", "homelab.dev/suspend-until": "2020-12-01",
    });
    post(admin, &object_path("Kustomization", ns, ""), &suspended).await;
    let mut status = ready(
        "Kustomization",
        &format!("{ns}/media"),
        "main@sha1:0123456789abcdef0123456789abcdef01234567",
    );
    status["conditions"][0]["lastTransitionTime"] = LONG_AGO.into();
    let text = status
        .to_string()
        .replace("$now", LONG_AGO)
        .replace("\"$generation\"", "1");
    let path = object_path("Kustomization", ns, "media");
    set_status(admin, &path, &serde_json::from_str(&text).unwrap()).await;
}

#[test]
fn a_namespace_is_a_table_for_each_family() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        household(&admin, "status-table").await;
    })
    .unwrap();
    let kubeconfig = cluster.kubeconfig();
    assert_snapshot!(status(&kubeconfig, "-n status-table"), @"
    status: 1
    --- stdout
    NAME                       REVISION            SUSPENDED  READY  AGE  MESSAGE
    gitrepository/flux-system  main@sha1:01234567  False      True   AGE  stored artifact for revision 'main@sha1:01234567'

    NAME                 REVISION            SUSPENDED  READY  AGE  MESSAGE
    helmrelease/plex                         False      False  AGE  Helm install failed for release media/plex with chart app-template@3.5.1: context deadline exceeded
    kustomization/apps   main@sha1:01234567  False      True   AGE  Applied revision: main@sha1:01234567
    kustomization/media  main@sha1:01234567  True       True   AGE  suspended: waiting for a disk (until 2020-12-01, overdue)

    1 of 4 not ready, 1 suspended (1 overdue)
    not ready: hr/plex
    ");
    // `watch` says how wide the terminal is.
    assert_snapshot!(status_with(&kubeconfig, "-n status-table", &[("COLUMNS", "100")]), @"
    status: 1
    --- stdout
    NAME                       REVISION            SUSPENDED  READY  AGE  MESSAGE
    gitrepository/flux-system  main@sha1:01234567  False      True   AGE  stored artifact for revision …

    NAME                 REVISION            SUSPENDED  READY  AGE  MESSAGE
    helmrelease/plex                         False      False  AGE  Helm install failed for release med…
    kustomization/apps   main@sha1:01234567  False      True   AGE  Applied revision: main@sha1:01234567
    kustomization/media  main@sha1:01234567  True       True   AGE  suspended: waiting for a disk (unti…

    1 of 4 not ready, 1 suspended (1 overdue)
    not ready: hr/plex
    ");
    assert_snapshot!(status_with(&kubeconfig, "-n status-table --failing", &[("COLUMNS", "80")]), @"
    status: 1
    --- stdout
    NAME              REVISION  READY  AGE  REASON
    helmrelease/plex            False  AGE  InstallFailed
        Helm install failed for release media/plex with chart app-template@3.5.1:
        context deadline exceeded

    1 of 4 not ready, 1 suspended (1 overdue)
    ");
    assert_snapshot!(status(&kubeconfig, "-n status-table --suspended"), @"
    status: 1
    --- stdout
    NAME                 REVISION            SUSPENDED  READY  AGE  MESSAGE
    kustomization/media  main@sha1:01234567  True       True   AGE  suspended: waiting for a disk (until 2020-12-01, overdue)

    1 of 4 not ready, 1 suspended (1 overdue)
    ");
    assert_snapshot!(status(&kubeconfig, "-n status-table ks/apps"), @"
    status: 0
    --- stdout
    NAME                REVISION            SUSPENDED  READY  AGE  MESSAGE
    kustomization/apps  main@sha1:01234567  False      True   AGE  Applied revision: main@sha1:01234567

    1 ready
    ");
    assert_snapshot!(status(&kubeconfig, "-n status-table hr source -o json"), @r#"
    status: 1
    --- stdout
    {
      "version": 1,
      "objects": [
        {
          "apiVersion": "helm.toolkit.fluxcd.io/v2",
          "kind": "HelmRelease",
          "namespace": "status-table",
          "name": "plex",
          "ready": "False",
          "suspended": false,
          "revision": null,
          "reason": "InstallFailed",
          "message": "Helm install failed for release media/plex with chart app-template@3.5.1: context deadline exceeded",
          "age_seconds": 0
        },
        {
          "apiVersion": "source.toolkit.fluxcd.io/v1",
          "kind": "GitRepository",
          "namespace": "status-table",
          "name": "flux-system",
          "ready": "True",
          "suspended": false,
          "revision": "main@sha1:0123456789abcdef0123456789abcdef01234567",
          "reason": "Succeeded",
          "message": "stored artifact for revision 'main@sha1:0123456789abcdef0123456789abcdef01234567'",
          "age_seconds": 0
        }
      ],
      "summary": {
        "objects": 2,
        "not_ready": 1,
        "suspended": 0
      }
    }
    "#);
}

/// Makes an object with a label, and returns its path.
async fn labelled(admin: &Client, kind: &str, ns: &str, name: &str, label: &str) -> String {
    let mut object = flux_object(kind, name, &json!({}));
    object["metadata"]["labels"] = json!({"test": label});
    post(admin, &object_path(kind, ns, ""), &object).await;
    object_path(kind, ns, name)
}

#[test]
fn one_namespace_is_shown_and_the_others_are_not_forgotten() {
    let Some(cluster) = cluster() else { return };
    let user = cluster.fresh("viewer");
    block_on(async {
        let admin = cluster.client("admin").await;
        for ns in ["status-here", "status-there"] {
            namespace(&admin, ns).await;
            labelled(&admin, "GitRepository", ns, "flux-system", "status-scope").await;
        }
        let path = object_path("GitRepository", "status-here", "flux-system");
        let status = ready("GitRepository", "status-here/flux-system", "main@sha1:00");
        let status = status
            .to_string()
            .replace("$now", LONG_AGO)
            .replace("\"$generation\"", "1");
        set_status(&admin, &path, &serde_json::from_str(&status).unwrap()).await;
    })
    .unwrap();
    let here = [("FLUX_SYSTEM_NAMESPACE", "status-here")];
    assert_snapshot!(status_with(&user.kubeconfig, "-l test=status-scope", &here), @"
    status: 0
    --- stdout
    NAME                       REVISION      SUSPENDED  READY  AGE  MESSAGE
    gitrepository/flux-system  main@sha1:00  False      True   AGE  stored artifact for revision 'main@sha1:00'

    1 ready
    --- stderr
    note: 1 object elsewhere is not ready, in status-there; `-A` shows all namespaces
    ");
    // One list of each kind, and no discovery.
    let asked = cluster.requests(|asked| asked.user == user.name);
    let mut lists: Vec<&str> = asked.iter().map(|asked| asked.resource.as_str()).collect();
    lists.sort_unstable();
    lists.dedup();
    assert_eq!((asked.len(), lists.len()), (15, 15), "{asked:?}");
    assert!(asked.iter().all(|asked| asked.verb == "list"), "{asked:?}");
    assert_snapshot!(status_with(&user.kubeconfig, "-l test=status-scope -n status-here", &here), @"
    status: 0
    --- stdout
    NAME                       REVISION      SUSPENDED  READY  AGE  MESSAGE
    gitrepository/flux-system  main@sha1:00  False      True   AGE  stored artifact for revision 'main@sha1:00'

    1 ready
    ");
    assert_snapshot!(status(&user.kubeconfig, "-l test=status-scope -A"), @"
    status: 1
    --- stdout
    NAMESPACE     NAME                       REVISION      SUSPENDED  READY  AGE  MESSAGE
    status-there  gitrepository/flux-system                False      False       waiting to be reconciled
    status-here   gitrepository/flux-system  main@sha1:00  False      True   AGE  stored artifact for revision 'main@sha1:00'

    1 of 2 not ready
    not ready: gitrepo/status-there/flux-system
    ");
    assert_snapshot!(status(&user.kubeconfig, "-l test=status-none -A"), @"
    status: 1
    --- stderr
    note: there is no Flux object with the labels test=status-none in the cluster
    ");
    assert_snapshot!(status(&user.kubeconfig, "-l test=status-none ks hr"), @"
    status: 1
    --- stderr
    note: there is no Kustomization or HelmRelease with the labels test=status-none in namespace flux-system; `-A` shows all namespaces, `-n NS` another
    ");
}

#[test]
fn who_may_see_one_namespace_sees_it() {
    let Some(cluster) = cluster() else { return };
    let user = block_on(async {
        let admin = cluster.client("admin").await;
        household(&admin, "status-limited").await;
        cluster.limited(&admin, "status-limited").await
    })
    .unwrap();
    let here = [("FLUX_SYSTEM_NAMESPACE", "status-limited")];
    let shown = status_with(&user.kubeconfig, "", &here);
    assert!(shown.starts_with("status: 1\n"), "{shown}");
    assert!(
        shown.contains("of 4 not") && !shown.contains("--- stderr"),
        "{shown}"
    );
    assert_snapshot!(status_with(&user.kubeconfig, "-A ks", &here), @"
    status: 3
    --- stderr
    error: the cluster at [SERVER] does not allow to list kustomizations.kustomize.toolkit.fluxcd.io (403)
    hint: `kubectl auth can-i list kustomizations.kustomize.toolkit.fluxcd.io -A` asks the same; a role has to grant it
    ");
    assert_snapshot!(status(&cluster.fresh("guest").kubeconfig, ""), @"
    status: 3
    --- stderr
    error: the cluster at [SERVER] does not allow to list gitrepositories.source.toolkit.fluxcd.io in namespace flux-system (403)
    hint: `kubectl auth can-i list gitrepositories.source.toolkit.fluxcd.io -n flux-system` asks the same; a role has to grant it
    ");
}

#[test]
fn what_is_not_there_and_what_is_wrong_are_told_apart() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        for ns in ["status-names", "status-names-too"] {
            namespace(&admin, ns).await;
            make_ready(&admin, "Bucket", ns, "status-shared-bucket", &json!({})).await;
        }
        make_ready(
            &admin,
            "Bucket",
            "status-names",
            "status-lonely-bucket",
            &json!({}),
        )
        .await;
    })
    .unwrap();
    let kubeconfig = cluster.kubeconfig();
    for (arguments, expected) in [
        ("bucket/status-lonely-bucket", 0),
        ("bucket/status-lonely-bucke", 1),
        ("bucket/status-shared-bucket", 2),
        ("bucket/status-names/status-shared-bucket", 0),
        ("status-lonely-bucket", 0),
        ("status-lonely-buckt", 1),
        ("kustomizaton", 2),
        ("pod/x", 2),
        ("ks/A", 2),
        ("-l a==b==c", 2),
        ("-l a=b ks/x", 2),
        ("--failing --suspended", 2),
        ("-o sarif", 2),
        ("--offline", 2),
        ("--context no-such", 2),
        ("--context stranger", 3),
        ("--context untrusted", 3),
        ("--context nowhere", 3),
        ("-w --context nowhere", 3),
        ("--timeout 1ms", 4),
        ("--context nowhere --context admin -n status-names", 3),
    ] {
        let shown = status(&kubeconfig, arguments);
        assert!(
            shown.starts_with(&format!("status: {expected}\n")),
            "{arguments}\n{shown}"
        );
    }
    assert_snapshot!(status(&kubeconfig, "bucket/status-lonely-bucke status-lonely-bucket"), @"
    status: 1
    --- stdout
    status-lonely-bucket: ready
      NAMESPACE     NAME                         READY  AGE  REVISION
    Source
      status-names  bucket/status-lonely-bucket  True   AGE  main@sha1:01234567
        stored artifact for revision 'main@sha1:01234567'
    --- stderr
    error: there is no bucket/status-lonely-bucke
    hint: did you mean `status-lonely-bucket`?
    ");
    assert_snapshot!(status(&kubeconfig, "bucket/status-shared-bucket"), @"
    status: 2
    --- stderr
    error: several objects are called bucket/status-shared-bucket
    hint: name one of them: bucket/status-names-too/status-shared-bucket, bucket/status-names/status-shared-bucket
    ");
    assert_snapshot!(status(&kubeconfig, "kustomizaton"), @"
    status: 2
    --- stderr
    error: nothing of Flux is called kustomizaton, and no kind is
    hint: did you mean `kustomization`?
    ");
    assert_snapshot!(status(&kubeconfig, "-l a==b==c"), @"
    status: 2
    --- stderr
    error: `-l a==b==c` is no label selector: 400 BadRequest: found '==', expected: ',' or 'end of string'
    hint: write it as kubectl takes it, such as `app=web,tier!=db` or `app in (a,b)`
    ");
}

#[test]
fn clusters_are_blocks_and_one_hides_no_other() {
    let (Some(cluster), Some(older), Some(bare)) = (cluster(), older(), bare()) else {
        return;
    };
    block_on(async {
        for server in [cluster, older] {
            let admin = server.client("admin").await;
            namespace(&admin, "status-several").await;
            let object = flux_object("GitRepository", "fleet", &json!({}));
            post(
                &admin,
                &object_path("GitRepository", "status-several", ""),
                &object,
            )
            .await;
        }
    })
    .unwrap();
    let contexts = Contexts::new()
        .with("home", cluster, "viewer")
        .with("lab", older, "viewer")
        .with("bare", bare, "admin")
        .nowhere("dead")
        .write();
    assert_snapshot!(status(&contexts, "--context lab --context home -n status-several"), @"
    status: 1
    --- stdout
    context lab
    NAME                 REVISION  SUSPENDED  READY  AGE  MESSAGE
    gitrepository/fleet            False      False       waiting to be reconciled

    1 of 1 not ready

    context home
    NAME                 REVISION  SUSPENDED  READY  AGE  MESSAGE
    gitrepository/fleet            False      False       waiting to be reconciled

    1 of 1 not ready
    ");
    assert_snapshot!(status(&contexts, "--all-contexts -n status-several"), @"
    status: 3
    --- stdout
    context home
    NAME                 REVISION  SUSPENDED  READY  AGE  MESSAGE
    gitrepository/fleet            False      False       waiting to be reconciled

    1 of 1 not ready

    context lab
    NAME                 REVISION  SUSPENDED  READY  AGE  MESSAGE
    gitrepository/fleet            False      False       waiting to be reconciled

    1 of 1 not ready
    --- stderr
    error: bare: Flux is not installed in the cluster at [SERVER]
    hint: `flux bootstrap` installs it; --context chooses another cluster
    error: dead: the cluster at 127.0.0.1:1 could not be reached: connection refused
    hint: `kubectl cluster-info` asks the same server; --context chooses another
    ");
    assert_snapshot!(status(&contexts, "--context home --context dead -n status-several -o json"), @r#"
    status: 3
    --- stdout
    {
      "version": 1,
      "objects": [
        {
          "context": "home",
          "apiVersion": "source.toolkit.fluxcd.io/v1",
          "kind": "GitRepository",
          "namespace": "status-several",
          "name": "fleet",
          "ready": "False",
          "suspended": false,
          "revision": null,
          "reason": "",
          "message": "waiting to be reconciled",
          "age_seconds": null
        }
      ],
      "summary": {
        "objects": 1,
        "not_ready": 1,
        "suspended": 0
      },
      "errors": [
        {
          "context": "dead",
          "message": "the cluster at 127.0.0.1:1 could not be reached: connection refused",
          "hint": "`kubectl cluster-info` asks the same server; --context chooses another"
        }
      ]
    }
    --- stderr
    error: dead: the cluster at 127.0.0.1:1 could not be reached: connection refused
    hint: `kubectl cluster-info` asks the same server; --context chooses another
    "#);
    assert_snapshot!(status(&contexts, "--context lab -n status-several -v"), @"
    status: 1
    --- stdout
    NAME                 REVISION  SUSPENDED  READY  AGE  MESSAGE
    gitrepository/fleet            False      False       waiting to be reconciled

    1 of 1 not ready
    --- stderr
    note: the cluster has no ExternalArtifact, ArtifactGenerator, ImageUpdateAutomation
    ");
    assert_snapshot!(status(&contexts, "--context lab ag"), @"
    status: 3
    --- stderr
    error: source-watcher is not installed: no source.extensions.fluxcd.io
    ");
    assert_snapshot!(status(&contexts, "--context bare"), @"
    status: 3
    --- stderr
    error: Flux is not installed in the cluster at [SERVER]
    hint: `flux bootstrap` installs it; --context chooses another cluster
    ");
}

/// Makes a service with everything that belongs to one, whose second pod is not ready.
async fn service(admin: &Client, ns: &str, name: &str) {
    namespace(admin, ns).await;
    make_ready(admin, "GitRepository", ns, "flux-system", &json!({})).await;
    let applier = make_ready(
        admin,
        "Kustomization",
        ns,
        name,
        &json!({"path": format!("./apps/{name}")}),
    )
    .await;
    let entry = json!({"id": format!("{ns}_{name}_apps_Deployment"), "v": "v1"});
    set_status(admin, &applier, &json!({"inventory": {"entries": [entry]}})).await;
    let pod = json!({"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "main", "image": format!("ghcr.io/me/{name}:1.2.3")}]}});
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": name}}, "template": pod},
    });
    let path = format!("/apis/apps/v1/namespaces/{ns}/deployments");
    post(admin, &path, &deployment).await;
    let status = json!({
        "observedGeneration": 1, "replicas": 2, "readyReplicas": 1, "updatedReplicas": 2,
        "conditions": [{"type": "Available", "status": "False", "lastTransitionTime": LONG_AGO}],
    });
    set_status(admin, &format!("{path}/{name}"), &status).await;
    for kind in ["ImageRepository", "ImagePolicy", "ImageUpdateAutomation"] {
        make_ready(admin, kind, ns, name, &json!({})).await;
    }
}

#[test]
fn a_service_is_all_that_belongs_to_it() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        service(&admin, "status-site", "status-site").await;
    })
    .unwrap();
    let kubeconfig = cluster.kubeconfig();
    assert_snapshot!(status_with(&kubeconfig, "status-site", &[("COLUMNS", "100")]), @"
    status: 1
    --- stdout
    status-site: 1 of 6 not ready
      NAMESPACE    NAME                               READY  AGE  REVISION
    Source
      status-site  gitrepository/flux-system          True   AGE  main@sha1:01234567
        stored artifact for revision 'main@sha1:01234567'
    Applied by
      status-site  kustomization/status-site          True   AGE  main@sha1:01234567
        Applied revision: main@sha1:01234567
    Runs
      status-site  deployment/status-site             1/2    AGE  ghcr.io/me/status-site:1.2.3
        1 of 2 pods are ready
    Image
      status-site  imagerepository/status-site        True   AGE  2 tags
        successful scan: found 2 tags with checksum 1
      status-site  imagepolicy/status-site            True   AGE  ghcr.io/me/status-site:1.1.0
        Latest image tag for ghcr.io/me/status-site resolved to 1.1.0
      status-site  imageupdateautomation/status-site  True   AGE  
        repository up-to-date
    ");
    let shown = status(&kubeconfig, "status-site -o json");
    let json = shown.split("--- stdout\n").nth(1).unwrap();
    let json: Value = serde_json::from_str(json).unwrap();
    assert_eq!(json["objects"].as_array().unwrap().len(), 5);
    assert_snapshot!(json["services"].to_string(), @r#"[{"name":"status-site","objects":[{"kind":"GitRepository","namespace":"status-site","name":"flux-system"},{"kind":"Kustomization","namespace":"status-site","name":"status-site"},{"kind":"ImageRepository","namespace":"status-site","name":"status-site"},{"kind":"ImagePolicy","namespace":"status-site","name":"status-site"},{"kind":"ImageUpdateAutomation","namespace":"status-site","name":"status-site"}],"workloads":[{"apiVersion":"apps/v1","kind":"Deployment","namespace":"status-site","name":"status-site","ready":"False","suspended":false,"replicas":2,"ready_replicas":1,"images":["ghcr.io/me/status-site:1.2.3"],"message":"1 of 2 pods are ready","age_seconds":0}]}]"#);
}

/// A `homelab status --watch` whose lines are read one by one.
struct Watched {
    process: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    notes: std::io::Lines<BufReader<ChildStderr>>,
    _home: tempfile::TempDir,
}

impl Watched {
    fn start(kubeconfig: &Path, arguments: &str) -> Self {
        let home = home();
        let mut process = Command::new(program())
            .current_dir(home.path())
            .env_clear()
            .arg("status")
            .arg("--watch")
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .args(arguments.split_whitespace())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let notes = BufReader::new(process.stderr.take().unwrap()).lines();
        Watched {
            process,
            lines,
            notes,
            _home: home,
        }
    }

    fn line(&mut self) -> String {
        plain(&self.lines.next().expect("a line").unwrap())
    }

    /// Returns the next line beside the answer.
    fn note(&mut self) -> String {
        plain(&self.notes.next().expect("a note").unwrap())
    }

    fn lines(&mut self, count: usize) -> String {
        let lines: Vec<String> = (0..count).map(|_| self.line()).collect();
        lines.join("\n")
    }

    /// Presses Ctrl-C, and returns the status and what was said beside the answer.
    fn end(mut self) -> (Option<i32>, String) {
        let id = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &id])
                .status()
                .unwrap()
                .success()
        );
        let notes: Vec<String> = self.notes.map(Result::unwrap).collect();
        let status = self.process.wait().unwrap();
        (status.code(), plain(&notes.join("\n")))
    }
}

#[test]
fn a_watch_tells_each_change_once() {
    let Some(cluster) = cluster() else { return };
    let user = cluster.fresh("viewer");
    block_on(async {
        let admin = cluster.client("admin").await;
        household(&admin, "status-watch").await;
        let mut watched = Watched::start(&user.kubeconfig, "-n status-watch");
        let mut documents = Watched::start(&cluster.kubeconfig(), "-n status-watch ks -o json");
        assert_snapshot!(watched.lines(5), @"
        NAMESPACE     NAME                       REVISION            SUSPENDED  READY  AGE  MESSAGE
        status-watch  gitrepository/flux-system  main@sha1:01234567  False      True   AGE  stored artifact for revision 'main@sha1:01234567'
        status-watch  kustomization/apps         main@sha1:01234567  False      True   AGE  Applied revision: main@sha1:01234567
        status-watch  kustomization/media        main@sha1:01234567  True       True   AGE  suspended: waiting for a disk (until 2020-12-01, overdue)
        status-watch  helmrelease/plex                               False      False  AGE  Helm install failed for release media/plex with chart app-template@3.5.1: context deadline exceeded
        ");
        let first: Value = serde_json::from_str(&documents.line()).unwrap();
        assert_eq!(first["objects"].as_array().unwrap().len(), 2);
        let path = object_path("Kustomization", "status-watch", "apps");
        // What nobody sees is no change.
        let label = json!({"metadata": {"labels": {"seen": "no"}}});
        patch(&admin, &path, &label).await.unwrap();
        set_status(&admin, &path, &failing("BuildFailed", "no such file")).await;
        assert_snapshot!(watched.line(), @"status-watch  kustomization/apps         main@sha1:01234567  False      False  AGE  no such file");
        assert_snapshot!(documents.line(), @r#"{"version":1,"objects":[{"apiVersion":"kustomize.toolkit.fluxcd.io/v1","kind":"Kustomization","namespace":"status-watch","name":"apps","ready":"False","suspended":false,"revision":"main@sha1:0123456789abcdef0123456789abcdef01234567","reason":"BuildFailed","message":"no such file","age_seconds": 0}],"summary":{"objects":1,"not_ready":1,"suspended":0}}"#);
        delete(&admin, &path).await;
        assert_snapshot!(watched.line(), @"status-watch  kustomization/apps         main@sha1:01234567  False      False  AGE  deleted");
        assert!(documents.line().contains("\"gone\":true"));
        make(&admin, "Kustomization", "status-watch", "new", &json!({})).await;
        assert_snapshot!(watched.line(), @"status-watch  kustomization/new                              False      False       waiting to be reconciled");
        assert_eq!(watched.end(), (Some(130), String::new()));
        assert_eq!(documents.end(), (Some(130), String::new()));
    })
    .unwrap();
    // One list and one watch of each kind; no more.
    let asked = cluster.requests(|asked| asked.user == user.name);
    let of = |verb: &str| asked.iter().filter(|asked| asked.verb == verb).count();
    assert_eq!(
        (of("list"), of("watch"), asked.len()),
        (15, 15, 30),
        "{asked:?}"
    );
}

#[test]
fn a_watch_of_a_service_sees_its_pods() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        service(&admin, "status-pods", "status-pods").await;
        let mut watched = Watched::start(&cluster.kubeconfig(), "status-pods");
        assert_snapshot!(watched.lines(7), @"
        NAMESPACE    NAME                               REVISION                      SUSPENDED  READY  AGE  MESSAGE
        status-pods  gitrepository/flux-system          main@sha1:01234567            False      True   AGE  stored artifact for revision 'main@sha1:01234567'
        status-pods  kustomization/status-pods          main@sha1:01234567            False      True   AGE  Applied revision: main@sha1:01234567
        status-pods  imagerepository/status-pods        2 tags                        False      True   AGE  successful scan: found 2 tags with checksum 1
        status-pods  imagepolicy/status-pods            ghcr.io/me/status-pods:1.1.0  False      True   AGE  Latest image tag for ghcr.io/me/status-pods resolved to 1.1.0
        status-pods  imageupdateautomation/status-pods                                False      True   AGE  repository up-to-date
        status-pods  deployment/status-pods             ghcr.io/me/status-pods:1.2.3  False      1/2    AGE  1 of 2 pods are ready
        ");
        let path = "/apis/apps/v1/namespaces/status-pods/deployments/status-pods";
        let all = json!({"readyReplicas": 2, "availableReplicas": 2});
        set_status(&admin, path, &all).await;
        assert_snapshot!(watched.line(), @"status-pods  deployment/status-pods             ghcr.io/me/status-pods:1.2.3  False      2/2    AGE");
        assert_eq!(watched.end().0, Some(130));
    })
    .unwrap();
}

#[test]
fn a_watch_ends_with_its_time_and_with_what_is_forbidden() {
    let Some(cluster) = cluster() else { return };
    let shown = status(&cluster.kubeconfig(), "-n status-none -w --timeout 2s");
    assert!(shown.starts_with("status: 4\n"), "{shown}");
    let shown = status(
        &cluster.fresh("blind").kubeconfig,
        "-n status-none -w --timeout 20s ks",
    );
    assert_snapshot!(shown, @"
    status: 3
    --- stderr
    error: the cluster at [SERVER] does not allow to watch kustomizations.kustomize.toolkit.fluxcd.io in namespace status-none (403)
    hint: `kubectl auth can-i watch kustomizations.kustomize.toolkit.fluxcd.io -n status-none` asks the same; a role has to grant it
    ");
}

#[test]
fn on_a_terminal_the_table_is_written_over() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        household(&admin, "status-live").await;
        let home = home();
        let mut command = Command::new(program());
        command
            .current_dir(home.path())
            .env_clear()
            .env("TERM", "xterm")
            .args([
                "status",
                "-w",
                "-n",
                "status-live",
                "--color",
                "never",
                "--kubeconfig",
            ])
            .arg(cluster.kubeconfig());
        let mut pty = rexpect::session::spawn_command(command, Some(30_000)).unwrap();
        pty.exp_string("1 of 4 not ready, 1 suspended (1 overdue)")
            .unwrap();
        let path = object_path("HelmRelease", "status-live", "plex");
        delete(&admin, &path).await;
        // Back to the first of six lines, and the table anew.
        pty.exp_string("\u{1b}[6A").unwrap();
        pty.exp_string("all 2 ready, 1 suspended (1 overdue)")
            .unwrap();
        pty.send_control('c').unwrap();
        pty.exp_eof().unwrap();
        let ended = pty.process().wait().unwrap();
        assert_eq!(format!("{ended:?}").matches("130").count(), 1, "{ended:?}");
    })
    .unwrap();
}

/// The sync of a repository whose cluster applies `clusters/NAME`, and three Kustomizations of which one is suspended.
fn fleet(name: &str, ns: &str) -> Repo {
    let repo = Repo::new();
    let sync = format!(
        "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: flux-system, namespace: {ns}}}
spec: {{interval: 1m0s, ref: {{branch: main}}, url: https://example.com/me/fleet}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: flux-system, namespace: {ns}}}
spec: {{interval: 10m0s, path: ./clusters/{name}, prune: true, sourceRef: {{kind: GitRepository, name: flux-system}}}}
"
    );
    let dir = format!("clusters/{name}");
    repo.write(
        &format!("{dir}/flux-system/gotk-sync.yaml"),
        sync.as_bytes(),
    );
    for (unit, suspend) in [("apps", false), ("media", true), ("lost", false)] {
        let text = format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {unit}, namespace: {ns}}}
spec: {{interval: 10m, path: ./{unit}, prune: true, suspend: {suspend}, sourceRef: {{kind: GitRepository, name: flux-system}}}}
"
        );
        repo.write(&format!("{dir}/{unit}.yaml"), text.as_bytes());
        for object in ["one", "two"] {
            let text = format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {object}, namespace: {unit}}}\n"
            );
            repo.write(&format!("{unit}/{object}.yaml"), text.as_bytes());
        }
    }
    repo.commit();
    repo
}

fn head(repo: &Repo) -> String {
    let git = Command::new("git")
        .args(["rev-parse", "HEAD"])
        .current_dir(repo.path())
        .output();
    String::from_utf8(git.unwrap().stdout)
        .unwrap()
        .trim()
        .to_owned()
}

/// Makes a source or Kustomization at a commit, with what it applied.
async fn at(admin: &Client, kind: &str, id: (&str, &str), spec: &Value, seen: (&str, &[&str])) {
    let path = make(admin, kind, id.0, id.1, spec).await;
    let revision = format!("main@sha1:{}", seen.0);
    let status = ready(kind, &format!("{}/{}", id.0, id.1), &revision);
    let text = status.to_string();
    let text = text
        .replace("$now", LONG_AGO)
        .replace("\"$generation\"", "1");
    let mut status: Value = serde_json::from_str(&text).unwrap();
    if kind == "Kustomization" {
        let entries: Vec<Value> = seen
            .1
            .iter()
            .map(|id| json!({"id": id, "v": "v1"}))
            .collect();
        status["inventory"] = json!({ "entries": entries });
    }
    set_status(admin, &path, &status).await;
}

#[test]
fn the_repository_and_the_cluster_are_compared() {
    let Some(cluster) = cluster() else { return };
    let ns = "status-git";
    let repo = fleet("pi", ns);
    let first = head(&repo);
    let home = home();
    let run = |arguments: &str| {
        let mut command = command(repo.path(), &home);
        command.args(["status", "--against-git", "--kubeconfig"]);
        command
            .arg(cluster.kubeconfig())
            .args(arguments.split_whitespace());
        let output = command.output().unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|o| String::from_utf8(o).unwrap());
        let text = format!(
            "status: {}\n{out}--- stderr\n{err}",
            output.status.code().unwrap()
        );
        let text = plain(&text).replace(&first, "[FIRST]");
        let text = text.replace(&first[..8], "[FIRST]");
        text.replace(&head(&repo)[..8], "[HEAD]")
    };
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, ns).await;
        assert_snapshot!(run("-n status-git"), @"
        status: 1
        missing     ks/status-git/flux-system
            the cluster does not have it: nothing of this repository is applied
            → `flux bootstrap` installs it
        missing     ks/status-git/apps
            the cluster does not have it, nor ks status-git/flux-system that applies it
        missing     ks/status-git/lost
            the cluster does not have it, nor ks status-git/flux-system that applies it
        missing     ks/status-git/media
            the cluster does not have it, nor ks status-git/flux-system that applies it
        4 differences
        --- stderr
        ");
        let path = |path: &str, suspend: bool| json!({"path": path, "suspend": suspend});
        let seen = |objects: &'static [&'static str]| (first.as_str(), objects);
        at(
            &admin,
            "GitRepository",
            (ns, "flux-system"),
            &json!({}),
            seen(&[]),
        )
        .await;
        let children = &[
            "status-git_flux-system_source.toolkit.fluxcd.io_GitRepository",
            "status-git_flux-system_kustomize.toolkit.fluxcd.io_Kustomization",
            "status-git_apps_kustomize.toolkit.fluxcd.io_Kustomization",
            "status-git_media_kustomize.toolkit.fluxcd.io_Kustomization",
            "status-git_lost_kustomize.toolkit.fluxcd.io_Kustomization",
        ];
        let root = path("./clusters/pi", false);
        at(
            &admin,
            "Kustomization",
            (ns, "flux-system"),
            &root,
            seen(children),
        )
        .await;
        let both: &[&str] = &["media_one__ConfigMap", "media_two__ConfigMap"];
        at(
            &admin,
            "Kustomization",
            (ns, "media"),
            &path("./media", true),
            seen(both),
        )
        .await;
        let both: &[&str] = &["lost_one__ConfigMap", "lost_two__ConfigMap"];
        at(
            &admin,
            "Kustomization",
            (ns, "lost"),
            &path("./lost", false),
            seen(both),
        )
        .await;
        let both: &[&str] = &["apps_one__ConfigMap", "apps_two__ConfigMap"];
        at(
            &admin,
            "Kustomization",
            (ns, "apps"),
            &path("./apps", false),
            seen(both),
        )
        .await;
    })
    .unwrap();
    assert_snapshot!(run("-n status-git"), @"
    status: 0
    no difference: the cluster has what the repository says of pi
    --- stderr
    ");
    block_on(async {
        let admin = cluster.client("admin").await;
        let change = |name: &str, change: Value| {
            let path = object_path("Kustomization", ns, name);
            let admin = admin.clone();
            async move { patch(&admin, &path, &change).await.unwrap() }
        };
        let why = json!({"homelab.dev/suspend-reason": "moving house"});
        change(
            "apps",
            json!({"spec": {"suspend": true}, "metadata": {"annotations": why}}),
        )
        .await;
        change("media", json!({"spec": {"suspend": false}})).await;
        delete(&admin, &object_path("Kustomization", ns, "lost")).await;
        make_ready(
            &admin,
            "Kustomization",
            ns,
            "by-hand",
            &json!({"path": "./apps"}),
        )
        .await;
        let path = object_path("Kustomization", ns, "media");
        let fewer = json!({"inventory": {"entries": [{"id": "media_one__ConfigMap", "v": "v1"}]}, "lastAppliedRevision": "main@sha1:0000"});
        set_status(&admin, &path, &fewer).await;
    })
    .unwrap();
    repo.write("apps/three.txt", b"a change");
    repo.commit();
    assert_snapshot!(run("-n status-git"), @"
    status: 1
    behind      gitrepo/status-git/flux-system
        1 commit behind main at [HEAD], at [FIRST]
        → `homelab reconcile source/status-git/flux-system`
    behind      ks/status-git/media
        applied main@sha1:0000, its source has main@sha1:[FIRST]: Applied revision: main@sha1:[FIRST]
        → `homelab diagnose ks/status-git/media`
    missing     ks/status-git/lost
        the cluster does not have it; ks status-git/flux-system applies it
        → `homelab reconcile ks/status-git/flux-system --with-source`
    not-applied ks/status-git/media
        1 of 2 objects of the repository are not applied
        ConfigMap media/two
        → `homelab reconcile ks/status-git/media --with-source`, or `homelab diagnose ks/status-git/media`
    extra       ks/status-git/by-hand
        the repository does not have it: somebody made it by hand
        → add it to the repository, or delete it: that removes what it applied, if it prunes
    suspended   ks/status-git/apps
        suspended in the cluster, not in the repository: moving house
        → `homelab resume ks/status-git/apps`, or write it into the repository
    resumed     ks/status-git/media
        suspended in the repository, not in the cluster
        → `homelab suspend ks/status-git/media`, or take it out of the repository
    7 differences
    --- stderr
    ");
    assert_snapshot!(run("-n status-git -o json"), @r#"
    status: 1
    {
      "version": 1,
      "differences": [
        {
          "kind": "GitRepository",
          "namespace": "status-git",
          "name": "flux-system",
          "difference": "behind",
          "detail": "1 commit behind main at [HEAD], at [FIRST]",
          "next": "`homelab reconcile source/status-git/flux-system`"
        },
        {
          "kind": "Kustomization",
          "namespace": "status-git",
          "name": "media",
          "difference": "behind",
          "detail": "applied main@sha1:0000, its source has main@sha1:[FIRST]: Applied revision: main@sha1:[FIRST]",
          "next": "`homelab diagnose ks/status-git/media`"
        },
        {
          "kind": "Kustomization",
          "namespace": "status-git",
          "name": "lost",
          "difference": "missing",
          "detail": "the cluster does not have it; ks status-git/flux-system applies it",
          "next": "`homelab reconcile ks/status-git/flux-system --with-source`"
        },
        {
          "kind": "Kustomization",
          "namespace": "status-git",
          "name": "media",
          "difference": "not-applied",
          "detail": "1 of 2 objects of the repository are not applied",
          "next": "`homelab reconcile ks/status-git/media --with-source`, or `homelab diagnose ks/status-git/media`",
          "objects": [
            "ConfigMap media/two"
          ]
        },
        {
          "kind": "Kustomization",
          "namespace": "status-git",
          "name": "by-hand",
          "difference": "extra",
          "detail": "the repository does not have it: somebody made it by hand",
          "next": "add it to the repository, or delete it: that removes what it applied, if it prunes"
        },
        {
          "kind": "Kustomization",
          "namespace": "status-git",
          "name": "apps",
          "difference": "suspended",
          "detail": "suspended in the cluster, not in the repository: moving house",
          "next": "`homelab resume ks/status-git/apps`, or write it into the repository"
        },
        {
          "kind": "Kustomization",
          "namespace": "status-git",
          "name": "media",
          "difference": "resumed",
          "detail": "suspended in the repository, not in the cluster",
          "next": "`homelab suspend ks/status-git/media`, or take it out of the repository"
        }
      ]
    }
    --- stderr
    "#);
    // What is not committed counts, and is told.
    repo.write(
        "media/three.yaml",
        b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: three, namespace: media}\n",
    );
    let shown = run("-n status-git");
    assert!(
        shown.contains("2 of 3 objects of the repository are not applied")
            && shown.contains("not committed"),
        "{shown}"
    );
    // Another cluster's folder.
    let other = fleet("lab", ns);
    let mut elsewhere = command(other.path(), &home);
    elsewhere
        .args(["status", "--against-git", "-n", ns, "--kubeconfig"])
        .arg(cluster.kubeconfig());
    let output = elsewhere.output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @"
    error: the cluster applies none of the folders that the repository has for clusters: clusters/lab (status-git/flux-system)
    hint: `--context` chooses another cluster; `--cluster NAME` compares with that one all the same
    ");
}

#[test]
fn a_watch_outlives_a_server_that_goes_away() {
    let Some(cluster) = cluster() else { return };
    let ns = "status-away";
    let mut proxy = FaultProxy::start(cluster);
    let contexts = Contexts::new().through("home", &proxy, "admin").write();
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, ns).await;
        for name in ["apps", "old"] {
            make_ready(&admin, "Kustomization", ns, name, &json!({})).await;
        }
        let mut watched = Watched::start(&contexts, "-n status-away ks");
        assert_snapshot!(watched.lines(3), @"
        NAMESPACE    NAME                REVISION            SUSPENDED  READY  AGE  MESSAGE
        status-away  kustomization/apps  main@sha1:01234567  False      True   AGE  Applied revision: main@sha1:01234567
        status-away  kustomization/old   main@sha1:01234567  False      True   AGE  Applied revision: main@sha1:01234567
        ");
        proxy.wait_for(1, |r| r.is_watch() && r.answer == 200);
        proxy.stop();
        assert_snapshot!(watched.note(), @"note: the cluster at [SERVER] could not be reached: connection refused");
        // What happened in the meantime is forgotten by the server, and told all the same.
        delete(&admin, &object_path("Kustomization", ns, "old")).await;
        make_ready(&admin, "Kustomization", ns, "new", &json!({})).await;
        proxy.fail(1, |r| r.is_watch(), Fault::Gone);
        proxy.resume();
        assert_snapshot!(watched.note(), @"note: the cluster answers again");
        assert_snapshot!(watched.lines(2), @"
        status-away  kustomization/old   main@sha1:01234567  False      True   AGE  deleted
        status-away  kustomization/new   main@sha1:01234567  False      True   AGE  Applied revision: main@sha1:01234567
        ");
        assert_eq!(watched.end(), (Some(130), String::new()));
    })
    .unwrap();
}

#[test]
fn a_server_that_is_slow_busy_or_broken_is_told_apart() {
    let Some(cluster) = cluster() else { return };
    let ns = "status-faults";
    let proxy = FaultProxy::start(cluster);
    let contexts = Contexts::new().through("home", &proxy, "admin").write();
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, ns).await;
        make_ready(&admin, "Kustomization", ns, "apps", &json!({})).await;
        make_ready(&admin, "GitRepository", ns, "flux-system", &json!({})).await;
    })
    .unwrap();
    let is_list = |resource: &'static str| move |r: &Request| r.uri.contains(resource);
    let shown = |count, fault, arguments: &str| {
        proxy.heal();
        proxy.fail(count, is_list("/kustomizations"), fault);
        let shown = status(&contexts, &format!("-n {ns} {arguments}"));
        shown.replace(proxy.address(), "[SERVER]")
    };
    assert!(shown(2, Fault::Status(429, Some(0)), "").starts_with("status: 0\n"));
    assert!(shown(1, Fault::Status(503, None), "").starts_with("status: 0\n"));
    // The other kinds are shown all the same.
    assert_snapshot!(shown(usize::MAX, Fault::Status(500, None), ""), @"
    status: 3
    --- stdout
    NAME                       REVISION            SUSPENDED  READY  AGE  MESSAGE
    gitrepository/flux-system  main@sha1:01234567  False      True   AGE  stored artifact for revision 'main@sha1:01234567'

    1 ready
    --- stderr
    error: kustomizations.kustomize.toolkit.fluxcd.io: the cluster at [SERVER] answered 500 InternalError: Internal error occurred: etcdserver: request timed out
    ");
    assert_snapshot!(shown(usize::MAX, Fault::Silence, "--timeout 1s"), @"
    status: 4
    --- stderr
    error: the cluster at [SERVER] gave no answer within the time of the run
    hint: a larger --timeout gives it longer
    ");
    assert_snapshot!(shown(usize::MAX, Fault::BreakAnswer, ""), @"
    status: 3
    --- stderr
    error: the cluster at [SERVER] could not be reached: the request failed
    hint: `kubectl cluster-info` asks the same server; --context chooses another
    ");
    assert_snapshot!(shown(usize::MAX, Fault::Status(403, None), ""), @"
    status: 3
    --- stdout
    NAME                       REVISION            SUSPENDED  READY  AGE  MESSAGE
    gitrepository/flux-system  main@sha1:01234567  False      True   AGE  stored artifact for revision 'main@sha1:01234567'

    1 ready
    --- stderr
    error: the cluster at [SERVER] does not allow to list kustomizations.kustomize.toolkit.fluxcd.io in namespace status-faults (403)
    hint: `kubectl auth can-i list kustomizations.kustomize.toolkit.fluxcd.io -n status-faults` asks the same; a role has to grant it
    ");
}
