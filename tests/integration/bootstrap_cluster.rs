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
    let repo = Repo::new();
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: default}\n";
    repo.write("clusters/home/config.yaml", config.as_bytes());
    repo.commit();
    let remote = ["remote", "add", "origin", "ssh://git@git.example/me/home"];
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
    insta::assert_snapshot!(shown, @"");
    insta::assert_snapshot!(whole(&first, "cluster/nodes"), @"");
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
    insta::assert_snapshot!(whole(&second, "cluster/nodes"), @"");
    insta::assert_snapshot!(whole(&second, "cluster/operator"), @"");
    insta::assert_snapshot!(whole(&second, "cluster/namespace"), @"");
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
    insta::assert_snapshot!(shown, @"");
    only_looked(cluster, &user.name);

    // Another folder, another repository.
    let other = document(
        &repository(),
        &format!("{GIT} --path=clusters/lab {words}"),
        &[],
    );
    insta::assert_snapshot!(whole(&other, "cluster/sync-path"), @"");
    let moved =
        "bootstrap git --url=ssh://git@git.example/me/new --branch=main --path=clusters/home";
    let moved = document(&repository(), &format!("{moved} {words}"), &[]);
    insta::assert_snapshot!(whole(&moved, "cluster/other-repository"), @"");
    only_looked(cluster, &user.name);
}

#[test]
fn the_key_of_the_cluster_may_only_read() {
    let Some(cluster) = cluster() else { return };
    let server = github::start();
    let host = server.host.clone();
    block_on(async {
        let admin = cluster.client("admin").await;
        bootstrapped(&admin, "boot-key", &format!("ssh://git@{host}/me/home")).await;
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
        "bootstrap github --hostname={host} --owner=me --repository=home --branch=main --path=clusters/home --read-write-key -n boot-key --secret-name=boot-key --components-extra=image-reflector-controller,image-automation-controller {}",
        user.words()
    );
    let ask = |read_only: bool| {
        let keys = json!([github::key(1, "flux", github::KEY, read_only)]);
        server.edit(&format!("{}/keys", github::REPOSITORY), |answer| {
            *answer = keys
        });
        document(&repository(), &words, &[("GITHUB_TOKEN", TOKEN)])
    };
    let port = |text: String| text.replace(&host, "HOST");
    let bad = ask(true);
    insta::assert_snapshot!(port(whole(&bad, "key/read-write-trap")), @"");
    insta::assert_snapshot!(port(whole(&bad, "cluster/write-access")), @"");
    let good = ask(false);
    insta::assert_snapshot!(port(whole(&good, "key/read-write-trap")), @"");
    insta::assert_snapshot!(port(whole(&good, "cluster/write-access")), @"");
    insta::assert_snapshot!(port(whole(&good, "cluster/secret-keys")), @"");
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
    insta::assert_snapshot!(whole(&found, "cluster/secret-keys"), @"");
    only_looked(cluster, &user.name);
}

#[test]
fn an_older_flux_stores_versions_that_are_gone() {
    let Some(cluster) = older() else { return };
    let user = cluster.fresh("admin");
    let words = format!("{GIT} --path=clusters/home {}", user.words());
    let found = document(&repository(), &words, &[]);
    insta::assert_snapshot!(said(&found).replace(&cluster.server, "SERVER"), @"");
    insta::assert_snapshot!(whole(&found, "cluster/crd-versions"), @"");
    only_looked(cluster, &user.name);
}

#[test]
fn a_user_without_rights_sees_what_is_missing() {
    let Some(cluster) = cluster() else { return };
    let guest = cluster.fresh("guest");
    let shown = bootstrap(&guest.words()).replace(&cluster.server, "SERVER");
    insta::assert_snapshot!(shown, @"");
    only_looked(cluster, &guest.name);
    let viewer = cluster.fresh("viewer");
    let shown = bootstrap(&viewer.words()).replace(&cluster.server, "SERVER");
    insta::assert_snapshot!(shown, @"");
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
    insta::assert_snapshot!(said(&found).replace(&cluster.server, "SERVER"), @"");
    insta::assert_snapshot!(whole(&found, "cluster/image-controllers"), @"");
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
    insta::assert_snapshot!(whole(&document(&repo, &words, &[]), "cluster/needed-secrets"), @"");
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "boot-needs").await;
        let secret =
            json!({"metadata": {"name": "sops-age"}, "data": {"age.agekey": base64(SECRET)}});
        post(&admin, "/api/v1/namespaces/boot-needs/secrets", &secret).await;
    })
    .unwrap();
    insta::assert_snapshot!(whole(&document(&repo, &words, &[]), "cluster/needed-secrets"), @"");
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
    insta::assert_snapshot!(all, @"");
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
    insta::assert_snapshot!(shown, @"");
    proxy.heal();
    proxy.fail(usize::MAX, |_| true, Fault::Silence);
    let words = format!("--kubeconfig {} --timeout 1s", file.display());
    let shown = bootstrap(&words).replace(proxy.address(), "SERVER");
    insta::assert_snapshot!(shown, @"");
}
