//! What `homelab bootstrap` and `homelab doctor` find out about a cluster, from a real API server, without changing anything.

use std::process::Command;

use homelab::adapter::runtime::block_on;
use kube::Client;
use serde_json::{Value, json};

use crate::support::cluster::{
    Cluster, Contexts, Fault, FaultProxy, bare, cluster, delete, make, make_ready, namespace,
    older, post, set_status,
};
use crate::support::forge::{TOKEN, github};
use crate::support::repo::Repo;
use crate::support::runner::{command, home};

/// Plain git: its server is not asked before there is a token.
const GIT: &str = "bootstrap git --url=ssh://git@git.example/me/home --branch=main";
const BINDINGS: &str = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
/// What no Secret may let out.
const SECRET: &str = "hunter2";

/// Makes a repository with a cluster `home` that Flux does not follow yet.
fn repository() -> Repo {
    repository_at("ssh://git@git.example/me/home")
}

fn repository_at(url: &str) -> Repo {
    let repo = Repo::new();
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: default}\n";
    repo.write("clusters/home/config.yaml", config.as_bytes());
    repo.commit();
    let remote = ["remote", "add", "origin", url];
    let made = Command::new("git")
        .args(remote)
        .current_dir(repo.path())
        .status();
    assert!(made.unwrap().success());
    repo
}

/// Runs homelab and returns its document.
fn document(repo: &Repo, words: &str, variables: &[(&str, &str)]) -> Value {
    let home = home();
    let mut command = command(repo.path(), &home);
    command.args(words.split_whitespace()).args(["-o", "json"]);
    command.envs(variables.iter().copied());
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        !text.contains(SECRET) && !error.contains(SECRET),
        "{text}{error}"
    );
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{words}: {text}{error}"))
}

/// Returns what is said about the cluster, but for its nodes, which tests share.
fn said(document: &Value) -> String {
    let checks = document["checks"].as_array().unwrap().iter();
    let of_cluster = checks.filter(|c| c["area"] == "cluster" && c["id"] != "cluster/nodes");
    let lines = of_cluster.map(|check| {
        let text = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
        format!("{} {}: {}\n", text("verdict"), text("id"), text("detail"))
    });
    lines.collect()
}

/// Returns a check with its way out.
fn whole(document: &Value, id: &str) -> String {
    let mut checks = document["checks"].as_array().unwrap().iter();
    let check = checks.find(|check| check["id"] == id);
    let check = check.unwrap_or_else(|| panic!("no {id}"));
    let text = |key: &str| check[key].as_str().unwrap_or_default();
    format!(
        "{} {id}: {}\nhelp: {}",
        text("verdict"),
        text("detail"),
        text("help")
    )
}

/// Runs `bootstrap` and says what it found out about the cluster.
fn bootstrap(words: &str) -> String {
    said(&document(
        &repository(),
        &format!("{GIT} --path=clusters/home {words}"),
        &[],
    ))
}

/// Holds that a user only looked: nothing but GET, and questions about its own rights, was asked.
fn only_looked(cluster: &Cluster, user: &str) {
    let asked = cluster.requests(|asked| asked.user == user);
    assert!(!asked.is_empty());
    for one in asked {
        let is_review = one.verb == "create" && one.resource == "selfsubjectaccessreviews";
        let is_look = ["get", "list"].contains(&one.verb.as_str());
        assert!(is_look || is_review, "{one}");
    }
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// Makes the Secret of a source, with keys for ssh.
async fn make_key(admin: &Client, name: &str, hosts: &str) {
    let known = format!("{hosts} ecdsa-sha2-nistp256 AAAA");
    let secret = json!({"metadata": {"name": name}, "data": {
        "identity": base64(SECRET), "identity.pub": base64(github::KEY), "known_hosts": base64(&known),
    }});
    post(
        admin,
        &format!("/api/v1/namespaces/{name}/secrets"),
        &secret,
    )
    .await;
}

/// Makes a namespace that looks as `flux bootstrap` leaves it: source, Kustomization, Secret.
async fn bootstrapped(admin: &Client, name: &str, url: &str) {
    namespace(admin, name).await;
    let source = json!({"url": url, "ref": {"branch": "main"}, "secretRef": {"name": name}});
    let kustomization = json!({
        "path": "./clusters/home", "sourceRef": {"kind": "GitRepository", "name": name},
    });
    make_ready(admin, "GitRepository", name, name, &source).await;
    make_ready(admin, "Kustomization", name, name, &kustomization).await;
    let host = url.split('/').nth(2).unwrap().rsplit('@').next().unwrap();
    make_key(admin, name, host).await;
}

/// Makes the Deployments of controllers, ready.
async fn controllers(admin: &Client, namespace: &str, names: &[&str]) {
    let path = format!("/apis/apps/v1/namespaces/{namespace}/deployments");
    for name in names {
        let labels =
            json!({"app.kubernetes.io/part-of": "flux", "app.kubernetes.io/version": "v2.9.5"});
        let container =
            json!({"name": "manager", "image": format!("ghcr.io/fluxcd/{name}:v1.0.0")});
        let pod = json!({"serviceAccountName": name, "containers": [container]});
        let deployment = json!({
            "metadata": {"name": name, "labels": labels},
            "spec": {"selector": {"matchLabels": {"app": name}}, "template": {"metadata": {"labels": {"app": name}}, "spec": pod}},
        });
        post(admin, &path, &deployment).await;
        let status = json!({"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1});
        set_status(admin, &format!("{path}/{name}"), &status).await;
    }
}

/// Binds ServiceAccounts of a namespace to a role, as `flux install` does.
async fn bind(admin: &Client, namespace: &str, accounts: &[&str]) {
    let subjects = accounts
        .iter()
        .map(|name| json!({"kind": "ServiceAccount", "name": name, "namespace": namespace}));
    let binding = json!({
        "metadata": {"name": format!("crd-controller-{namespace}")},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": subjects.collect::<Vec<_>>(),
    });
    post(admin, BINDINGS, &binding).await;
}

async fn node(admin: &Client, name: &str, architecture: &str, memory: &str) {
    let labels = json!({"kubernetes.io/arch": architecture, "kubernetes.io/os": "linux"});
    let node = json!({"metadata": {"name": name, "labels": labels}});
    post(admin, "/api/v1/nodes", &node).await;
    let status = json!({
        "capacity": {"memory": memory, "cpu": "4"},
        "conditions": [{"type": "Ready", "status": "True"}],
    });
    set_status(admin, &format!("/api/v1/nodes/{name}"), &status).await;
    // The server taints a new node until somebody says that it is ready.
    let untainted = json!({"spec": {"taints": null}});
    let path = format!("/api/v1/nodes/{name}");
    crate::support::cluster::patch(admin, &path, &untainted)
        .await
        .unwrap();
}

/// One test, for it is the only one that changes this server.
#[test]
fn a_cluster_without_flux() {
    let Some(cluster) = bare() else { return };
    let user = cluster.fresh("admin");
    let words = format!("{GIT} --path=clusters/home {}", user.words());
    let repo = repository();
    let first = document(&repo, &words, &[]);
    let shown = said(&first).replace(&cluster.server, "SERVER");
    insta::assert_snapshot!(shown, @"
    pass cluster/reachable: SERVER answers
    pass cluster/version: Kubernetes v1.36.3; Flux 2.9 (the newest that homelab knows) is tested with Kubernetes 1.34 to 1.36
    pass cluster/permissions: the cluster allows all 24 things that bootstrap does
    pass cluster/namespace: there is no namespace flux-system yet; bootstrap makes it
    pass cluster/controllers: there are none in flux-system yet; bootstrap installs them
    pass cluster/secret-keys: there is no Secret flux-system yet; bootstrap makes it
    ");
    insta::assert_snapshot!(whole(&first, "cluster/nodes"), @"
    fail cluster/nodes: the cluster has no node
    help: `kubectl get nodes -o wide` shows them
    ");
    only_looked(cluster, &user.name);
    let reviews = |asked: &crate::support::cluster::Asked| {
        asked.user == user.name && asked.resource == "selfsubjectaccessreviews"
    };
    assert_eq!(cluster.requests(reviews).len(), 24);

    // Nodes; the Flux Operator; a namespace that somebody deletes.
    block_on(async {
        let admin = cluster.client("admin").await;
        node(&admin, "pi-1", "arm64", "926328Ki").await;
        node(&admin, "vf2", "riscv64", "8Gi").await;
        operator(&admin).await;
        namespace(&admin, "flux-system").await;
        let instance = json!({
            "apiVersion": "fluxcd.controlplane.io/v1", "kind": "FluxInstance", "metadata": {"name": "flux"},
        });
        let path = "/apis/fluxcd.controlplane.io/v1/namespaces/flux-system/fluxinstances";
        post(&admin, path, &instance).await;
        // Nobody cleans it up here, so that it stays.
        delete(&admin, "/api/v1/namespaces/flux-system").await;
    })
    .unwrap();
    let second = document(&repo, &words, &[]);
    insta::assert_snapshot!(whole(&second, "cluster/nodes"), @"
    warn cluster/nodes: Flux has no image for vf2 (riscv64); a controller that lands there does not start; no node has 1 GiB of memory: pi-1 (904 MiB); 4 controllers request 256 MiB together and may take 1 GiB each
    help: keep them off with a taint: `kubectl taint nodes vf2 architecture=riscv64:NoSchedule`; leave out what is not used, as in `--components=source-controller,kustomize-controller`, or add memory
    ");
    insta::assert_snapshot!(whole(&second, "cluster/operator"), @"
    fail cluster/operator: the Flux Operator runs Flux here by FluxInstance flux-system/flux: it puts back what bootstrap changes, and both would own the controllers
    help: do not bootstrap; `kubectl -n flux-system edit fluxinstance flux` and set spec.sync to git.example/me/home and ./clusters/home
    ");
    insta::assert_snapshot!(whole(&second, "cluster/namespace"), @"
    fail cluster/namespace: the namespace flux-system is being deleted, and takes nothing new
    help: wait until it is gone; `kubectl get namespace flux-system -o yaml` says what holds it up (finalizers of Flux objects, if its controllers were removed first)
    ");
    only_looked(cluster, &user.name);
}

/// Makes the kind by which the Flux Operator is told what to install.
async fn operator(admin: &Client) {
    let names = json!({"plural": "fluxinstances", "singular": "fluxinstance", "kind": "FluxInstance", "listKind": "FluxInstanceList"});
    let schema = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
    let version = json!({"name": "v1", "served": true, "storage": true, "schema": schema});
    let definition = json!({
        "metadata": {"name": "fluxinstances.fluxcd.controlplane.io"},
        "spec": {"group": "fluxcd.controlplane.io", "scope": "Namespaced", "names": names, "versions": [version]},
    });
    post(
        admin,
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        &definition,
    )
    .await;
    let path = "/apis/fluxcd.controlplane.io/v1/fluxinstances";
    while crate::support::cluster::get(admin, path).await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_cluster_that_was_bootstrapped() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        bootstrapped(&admin, "boot-well", "ssh://git@git.example/me/home").await;
        let names = ["source-controller", "kustomize-controller"];
        controllers(&admin, "boot-well", &names).await;
        bind(&admin, "boot-well", &names).await;
    })
    .unwrap();
    let user = cluster.fresh("admin");
    let words = format!("-n boot-well --secret-name=boot-well {}", user.words());
    let shown = bootstrap(&words).replace(&cluster.server, "SERVER");
    insta::assert_snapshot!(shown, @"
    pass cluster/reachable: SERVER answers
    pass cluster/version: Kubernetes v1.36.3; Flux 2.9 (the newest that homelab knows) is tested with Kubernetes 1.34 to 1.36
    pass cluster/permissions: the cluster allows all 24 things that bootstrap does
    pass cluster/namespace: the namespace boot-well is there
    pass cluster/controllers: 2 controllers are ready, of Flux v2.9.5: kustomize, source
    pass cluster/crd-versions: all 15 store versions that Flux 2.9 (the newest that homelab knows) has
    pass cluster/sync-path: Kustomization and plan name ./clusters/home
    pass cluster/other-repository: the cluster follows ssh://git@git.example/me/home
    pass cluster/secret-keys: the Secret boot-well holds identity, and known_hosts with git.example
    ");
    only_looked(cluster, &user.name);

    // Another folder, another repository.
    let other = document(
        &repository(),
        &format!("{GIT} --path=clusters/lab {words}"),
        &[],
    );
    insta::assert_snapshot!(whole(&other, "cluster/sync-path"), @r#"
    fail cluster/sync-path: Kustomization boot-well/boot-well of the cluster applies ./clusters/home, and the plan is ./clusters/lab: flux pushes its components to the new folder first, and then stops with "sync path configuration (...) would overwrite path (...) of existing Kustomization"
    help: `--path=./clusters/home` keeps the folder; another cluster is chosen by --context; to move on purpose, move the folder in git first and `kubectl -n boot-well patch kustomization boot-well --type=merge -p '{"spec":{"path":"./clusters/lab"}}'`
    "#);
    let moved =
        "bootstrap git --url=ssh://git@git.example/me/new --branch=main --path=clusters/home";
    let moved = document(&repository(), &format!("{moved} {words}"), &[]);
    insta::assert_snapshot!(whole(&moved, "cluster/other-repository"), @"
    fail cluster/other-repository: the cluster follows ssh://git@git.example/me/home, and the plan is git.example/me/new; bootstrap keeps the Secret boot-well with the key of the old one, so that Flux cannot read the new one (flux2#2414)
    help: another cluster is chosen by --context; to move on purpose: `kubectl -n boot-well delete secret boot-well`, then bootstrap, which makes a new key; Flux deletes from the cluster what the new repository does not have (prune), so compare them first
    ");
    only_looked(cluster, &user.name);
}

#[test]
fn the_key_of_the_cluster_may_only_read() {
    let Some(cluster) = cluster() else { return };
    let server = github::start();
    let host = server.host.clone();
    let url = format!("http://{host}/me/home.git");
    block_on(async {
        let admin = cluster.client("admin").await;
        bootstrapped(&admin, "boot-key", "ssh://git@git.example/me/home").await;
        make(
            &admin,
            "ImageUpdateAutomation",
            "boot-key",
            "apps",
            &json!({
                "sourceRef": {"kind": "GitRepository", "name": "boot-key"},
            }),
        )
        .await;
    })
    .unwrap();
    let user = cluster.fresh("admin");
    let words = format!(
        "bootstrap github --ssh-hostname=git.example --branch=main --path=clusters/home --read-write-key -n boot-key --secret-name=boot-key --components-extra=image-reflector-controller,image-automation-controller {}",
        user.words()
    );
    let ask = |read_only: bool| {
        let keys = json!([github::key(1, "flux", github::KEY, read_only)]);
        server.edit(&format!("{}/keys", github::REPOSITORY), |answer| {
            *answer = keys
        });
        document(&repository_at(&url), &words, &[("GITHUB_TOKEN", TOKEN)])
    };
    let port = |text: String| text.replace(&host, "HOST");
    let bad = ask(true);
    insta::assert_snapshot!(port(whole(&bad, "key/read-write-trap")), @r#"
    fail key/read-write-trap: the deploy key "flux" may only read: the Secret boot-key exists, so flux stops at "source secret up to date", never gets to the deploy key, and --read-write-key changes nothing
    help: `kubectl -n boot-key delete secret boot-key`, then bootstrap with --read-write-key: it makes a new key pair and replaces the deploy key; until it is done Flux only cannot fetch, and all that runs in the cluster goes on running
    "#);
    insta::assert_snapshot!(port(whole(&bad, "cluster/write-access")), @r#"
    fail cluster/write-access: ImageUpdateAutomation boot-key/apps (in the cluster) pushes to this repository, and the deploy key "flux" of the cluster may only read
    help: `kubectl -n boot-key delete secret boot-key`, then bootstrap with --read-write-key: it makes a new key pair and replaces the deploy key; until it is done Flux only cannot fetch, and all that runs in the cluster goes on running
    "#);
    let good = ask(false);
    insta::assert_snapshot!(port(whole(&good, "key/read-write-trap")), @r#"
    pass key/read-write-trap: the deploy key "flux" may write already; bootstrap leaves it as it is
    help:
    "#);
    insta::assert_snapshot!(port(whole(&good, "cluster/write-access")), @r#"
    pass cluster/write-access: ImageUpdateAutomation boot-key/apps (in the cluster) pushes to this repository, and the deploy key "flux" may write
    help:
    "#);
    insta::assert_snapshot!(port(whole(&good, "cluster/secret-keys")), @r#"
    pass cluster/secret-keys: the Secret boot-key holds identity, and known_hosts with git.example
    help:
    "#);
    only_looked(cluster, &user.name);
    for request in server.requests() {
        assert_eq!(request.method, "GET");
    }
}

#[test]
fn a_secret_of_a_token_does_not_fit_ssh() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "boot-token").await;
        let data = json!({"username": base64("git"), "password": base64(SECRET)});
        let secret = json!({"metadata": {"name": "flux-system"}, "data": data});
        post(&admin, "/api/v1/namespaces/boot-token/secrets", &secret).await;
    })
    .unwrap();
    let user = cluster.fresh("admin");
    let words = format!(
        "{GIT} --path=clusters/home -n boot-token --secret-name=flux-system {}",
        user.words()
    );
    let found = document(&repository(), &words, &[]);
    insta::assert_snapshot!(whole(&found, "cluster/secret-keys"), @r#"
    fail cluster/secret-keys: the Secret flux-system holds password, username, and lacks identity and known_hosts; bootstrap keeps a Secret that is there, and the source would say "required fields 'identity' and 'known_hosts'" (flux2#536)
    help: `kubectl -n boot-token delete secret flux-system`, then bootstrap: it makes a new key pair and installs it; what runs in the cluster goes on running meanwhile, only nothing new is fetched
    "#);
    only_looked(cluster, &user.name);
}

#[test]
fn an_older_flux_stores_versions_that_are_gone() {
    let Some(cluster) = older() else { return };
    let user = cluster.fresh("admin");
    let words = format!("{GIT} --path=clusters/home {}", user.words());
    let found = document(&repository(), &words, &[]);
    insta::assert_snapshot!(said(&found).replace(&cluster.server, "SERVER"), @r#"
    pass cluster/reachable: SERVER answers
    pass cluster/version: Kubernetes v1.36.3; Flux 2.9 (the newest that homelab knows) is tested with Kubernetes 1.34 to 1.36
    pass cluster/permissions: the cluster allows all 24 things that bootstrap does
    pass cluster/namespace: the namespace flux-system is there
    warn cluster/controllers: helm-controller runs as ServiceAccount flux-system/default: no ClusterRoleBinding names it, so the controller may do nothing; kustomize-controller runs as ServiceAccount flux-system/default: no ClusterRoleBinding names it, so the controller may do nothing; notification-controller runs as ServiceAccount flux-system/default: no ClusterRoleBinding names it, so the controller may do nothing; source-controller runs as ServiceAccount flux-system/default: no ClusterRoleBinding names it, so the controller may do nothing
    fail cluster/crd-versions: Flux 2.9 (the newest that homelab knows) does not have what these CRDs store: OCIRepository (v1beta2), Bucket (v1beta2), HelmRepository (v1beta2), HelmChart (v1beta2), Kustomization (v1beta2) and 2 more; the API server refuses its CRDs: status.storedVersions: Invalid value: "v1beta2": must appear in spec.versions
    pass cluster/secret-keys: there is no Secret flux-system yet; bootstrap makes it
    "#);
    insta::assert_snapshot!(whole(&found, "cluster/crd-versions"), @r#"
    fail cluster/crd-versions: Flux 2.9 (the newest that homelab knows) does not have what these CRDs store: OCIRepository (v1beta2), Bucket (v1beta2), HelmRepository (v1beta2), HelmChart (v1beta2), Kustomization (v1beta2) and 2 more; the API server refuses its CRDs: status.storedVersions: Invalid value: "v1beta2": must appear in spec.versions
    help: upgrade to Flux 2.7 first, by a flux of that version, then `flux migrate`, then this one
    "#);
    only_looked(cluster, &user.name);
}

#[test]
fn a_user_without_rights_sees_what_is_missing() {
    let Some(cluster) = cluster() else { return };
    let guest = cluster.fresh("guest");
    let shown = bootstrap(&guest.words()).replace(&cluster.server, "SERVER");
    insta::assert_snapshot!(shown, @"
    pass cluster/reachable: SERVER answers
    pass cluster/version: Kubernetes v1.36.3; Flux 2.9 (the newest that homelab knows) is tested with Kubernetes 1.34 to 1.36
    fail cluster/permissions: the cluster does not allow 24 of 24 things that bootstrap does: create namespaces, patch namespaces, get customresourcedefinitions.apiextensions.k8s.io, create customresourcedefinitions.apiextensions.k8s.io, patch customresourcedefinitions.apiextensions.k8s.io and 19 more
    unknown cluster/namespace: the cluster at SERVER does not allow to get namespaces (403)
    unknown cluster/managed-by: the cluster at SERVER does not allow to get customresourcedefinitions.apiextensions.k8s.io (403)
    unknown cluster/controllers: the cluster at SERVER does not allow to list deployments.apps in namespace flux-system (403)
    unknown cluster/crd-versions: the cluster at SERVER does not allow to get customresourcedefinitions.apiextensions.k8s.io (403)
    unknown cluster/sync-path: the cluster at SERVER does not allow to get kustomizations.kustomize.toolkit.fluxcd.io in namespace flux-system (403)
    unknown cluster/other-repository: the cluster at SERVER does not allow to get kustomizations.kustomize.toolkit.fluxcd.io in namespace flux-system (403)
    unknown cluster/secret-keys: the cluster at SERVER does not allow to get secrets in namespace flux-system (403)
    ");
    only_looked(cluster, &guest.name);
    let viewer = cluster.fresh("viewer");
    let shown = bootstrap(&viewer.words()).replace(&cluster.server, "SERVER");
    insta::assert_snapshot!(shown, @"
    pass cluster/reachable: SERVER answers
    pass cluster/version: Kubernetes v1.36.3; Flux 2.9 (the newest that homelab knows) is tested with Kubernetes 1.34 to 1.36
    fail cluster/permissions: the cluster does not allow 24 of 24 things that bootstrap does: create namespaces, patch namespaces, get customresourcedefinitions.apiextensions.k8s.io, create customresourcedefinitions.apiextensions.k8s.io, patch customresourcedefinitions.apiextensions.k8s.io and 19 more
    pass cluster/namespace: the namespace flux-system is there
    unknown cluster/managed-by: the cluster at SERVER does not allow to get customresourcedefinitions.apiextensions.k8s.io (403)
    pass cluster/controllers: 6 controllers are ready, of Flux v2.9.4: helm, image-automation, image-reflector, kustomize, notification, source
    unknown cluster/crd-versions: the cluster at SERVER does not allow to get customresourcedefinitions.apiextensions.k8s.io (403)
    unknown cluster/secret-keys: the cluster at SERVER does not allow to get secrets in namespace flux-system (403)
    ");
    only_looked(cluster, &viewer.name);
}

#[test]
fn controllers_made_by_hand_lack_their_roles() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        bootstrapped(&admin, "boot-hand", "ssh://git@git.example/me/home").await;
        let usual = ["source-controller", "kustomize-controller"];
        controllers(&admin, "boot-hand", &usual).await;
        controllers(
            &admin,
            "boot-hand",
            &["image-reflector-controller", "image-automation-controller"],
        )
        .await;
        bind(
            &admin,
            "boot-hand",
            &[usual[0], usual[1], "image-reflector-controller"],
        )
        .await;
        make(
            &admin,
            "ImageUpdateAutomation",
            "boot-hand",
            "apps",
            &json!({
                "sourceRef": {"kind": "GitRepository", "name": "boot-hand"},
            }),
        )
        .await;
    })
    .unwrap();
    let user = cluster.fresh("admin");
    let found = document(
        &repository(),
        &format!("doctor -n boot-hand {}", user.words()),
        &[],
    );
    insta::assert_snapshot!(said(&found).replace(&cluster.server, "SERVER"), @"
    pass cluster/reachable: SERVER answers
    pass cluster/version: Kubernetes v1.36.3; Flux 2.9 (the newest that homelab knows) is tested with Kubernetes 1.34 to 1.36
    pass cluster/namespace: the namespace boot-hand is there
    pass cluster/controllers: 4 controllers are ready, of Flux v2.9.5: image-automation, image-reflector, kustomize, source
    fail cluster/image-controllers: image-automation-controller runs as ServiceAccount boot-hand/image-automation-controller: no ClusterRoleBinding names it, so the controller may do nothing
    pass cluster/crd-versions: all 15 store versions that Flux 2.9 (the newest that homelab knows) has
    unknown cluster/write-access: ImageUpdateAutomation boot-hand/apps (in the cluster) pushes to this repository; whether the key of the cluster may write is not known: there is no Secret flux-system
    ");
    insta::assert_snapshot!(whole(&found, "cluster/image-controllers"), @"
    fail cluster/image-controllers: image-automation-controller runs as ServiceAccount boot-hand/image-automation-controller: no ClusterRoleBinding names it, so the controller may do nothing
    help: `flux install --export` has the ClusterRoleBinding crd-controller-boot-hand that names image-automation-controller; a ServiceAccount of another name needs one like it
    ");
    only_looked(cluster, &user.name);
}

#[test]
fn secrets_that_the_repository_needs_are_looked_for() {
    let Some(cluster) = cluster() else { return };
    let repo = repository();
    let unit = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: boot-needs}\nspec:\n  interval: 10m\n  prune: true\n  path: ./apps\n  sourceRef: {kind: GitRepository, name: flux-system}\n  decryption: {provider: sops, secretRef: {name: sops-age}}\n";
    repo.write("clusters/home/apps.yaml", unit.as_bytes());
    repo.write(
        "apps/x.yaml",
        b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: y, namespace: default}\n",
    );
    repo.commit();
    let user = cluster.fresh("admin");
    let words = format!("{GIT} --path=clusters/home -n boot-needs {}", user.words());
    insta::assert_snapshot!(whole(&document(&repo, &words, &[]), "cluster/needed-secrets"), @"
    fail cluster/needed-secrets: the Secret boot-needs/sops-age, the age key of SOPS, is not there, and Kustomization boot-needs/apps (decryption) needs it (clusters/home/apps.yaml:9)
    help: `kubectl -n boot-needs create secret generic sops-age --from-file=age.agekey=FILE`
    ");
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "boot-needs").await;
        let secret =
            json!({"metadata": {"name": "sops-age"}, "data": {"age.agekey": base64(SECRET)}});
        post(&admin, "/api/v1/namespaces/boot-needs/secrets", &secret).await;
    })
    .unwrap();
    insta::assert_snapshot!(whole(&document(&repo, &words, &[]), "cluster/needed-secrets"), @"
    pass cluster/needed-secrets: they are there: boot-needs/sops-age
    help:
    ");
    only_looked(cluster, &user.name);
}

#[test]
fn no_cluster_answers() {
    let Some(cluster) = cluster() else { return };
    let file = cluster.kubeconfig();
    let file = file.display();
    let clean = |text: String| {
        text.replace(&cluster.server, "SERVER")
            .replace(&file.to_string(), "FILE")
    };
    let mut all = String::new();
    for context in ["nowhere", "untrusted", "stranger"] {
        all += &clean(bootstrap(&format!(
            "--kubeconfig {file} --context {context}"
        )));
    }
    all += &bootstrap("--kubeconfig /nonexistent/config");
    all += &clean(bootstrap(&format!("--kubeconfig {file} --context hone")));
    insta::assert_snapshot!(all, @r#"
    fail cluster/reachable: the cluster at 127.0.0.1:1 could not be reached: connection refused
    fail cluster/reachable: the cluster at SERVER is not trusted: invalid peer certificate: UnknownIssuer
    fail cluster/reachable: the cluster at SERVER does not accept the credentials of the kubeconfig (401)
    fail cluster/reachable: there is no kubeconfig; looked for /nonexistent/config
    fail cluster/reachable: there is no context "hone" in the kubeconfig
    "#);
    // What a certificate proves is not what it has expired for.
    let client = clean(bootstrap(&format!(
        "--kubeconfig {file} --context certificate"
    )));
    assert!(client.starts_with("pass cluster/reachable"), "{client}");
}

#[test]
fn one_question_without_answer_hides_no_other() {
    let Some(cluster) = cluster() else { return };
    let user = cluster.fresh("admin");
    let proxy = FaultProxy::start(cluster);
    let file = Contexts::new().through("home", &proxy, &user.name).write();
    let words = format!("--kubeconfig {} --timeout 4s", file.display());
    proxy.fail(
        usize::MAX,
        |r| r.uri.contains("/clusterrolebindings"),
        Fault::Status(500, None),
    );
    proxy.fail(
        usize::MAX,
        |r| r.uri.contains("/fluxinstances") || r.uri == "/apis",
        Fault::Silence,
    );
    proxy.fail(
        usize::MAX,
        |r| r.uri.contains("/secrets/"),
        Fault::Page("<html>"),
    );
    let shown = bootstrap(&words).replace(proxy.address(), "SERVER");
    insta::assert_snapshot!(shown, @"
    pass cluster/reachable: SERVER answers
    pass cluster/version: Kubernetes v1.36.3; Flux 2.9 (the newest that homelab knows) is tested with Kubernetes 1.34 to 1.36
    pass cluster/permissions: the cluster allows all 24 things that bootstrap does
    pass cluster/namespace: the namespace flux-system is there
    unknown cluster/operator: the cluster at SERVER gave no answer within the time of the run
    pass cluster/controllers: 6 controllers are ready, of Flux v2.9.4: helm, image-automation, image-reflector, kustomize, notification, source
    pass cluster/crd-versions: all 15 store versions that Flux 2.9 (the newest that homelab knows) has
    unknown cluster/secret-keys: what answers at SERVER is no API server: its answer is none of Kubernetes
    ");
    proxy.heal();
    proxy.fail(usize::MAX, |_| true, Fault::Silence);
    let words = format!("--kubeconfig {} --timeout 1s", file.display());
    let shown = bootstrap(&words).replace(proxy.address(), "SERVER");
    insta::assert_snapshot!(shown, @"
    fail cluster/reachable: the cluster at SERVER gave no answer within the time of the run
    ");
}
