//! Starts etcd and kube-apiserver on loopback and fills them with what all tests need.

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures::future::join_all;
use homelab::adapter::runtime::block_on;
use kube::Client;

use super::flux::{Flavour, Kind, Served, served};
use super::tls::Authority;
use super::{Cluster, access, audit, get, objects, post};

/// How long the server may take to be ready; a builder with two busy cores needs half a minute.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often to look whether something is there by now.
const PAUSE: Duration = Duration::from_millis(25);

const CRDS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/// Finds a program: in `KUBEBUILDER_ASSETS`, as envtest does, else by a variable, else on the PATH.
fn program(variable: &str, name: &str) -> Result<PathBuf, String> {
    let assets = std::env::var_os("KUBEBUILDER_ASSETS").map(|folder| Path::new(&folder).join(name));
    if let Some(path) = assets.filter(|path| path.is_file()) {
        return Ok(path);
    }
    if let Some(path) = std::env::var_os(variable) {
        return Ok(path.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path).map(|folder| folder.join(name));
    let missing = || {
        format!(
            "{name} is not in KUBEBUILDER_ASSETS, {variable} or on the PATH (.ci/run builds it)"
        )
    };
    folders.find(|file| file.is_file()).ok_or_else(missing)
}

/// Starts a server; nothing where the programs are missing, except in CI.
pub fn start(flavour: Flavour) -> Option<Cluster> {
    let etcd = program("HOMELAB_ETCD", "etcd");
    let apiserver = program("HOMELAB_KUBE_APISERVER", "kube-apiserver");
    let programs = etcd.and_then(|etcd| Ok((etcd, apiserver?)));
    match programs {
        Ok((etcd, apiserver)) => Some(run(&etcd, &apiserver, flavour)),
        Err(why) => {
            assert!(std::env::var_os("CI").is_none(), "{why}");
            // Straight to stderr: what a test prints with a macro is seen only if it fails.
            let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
            None
        }
    }
}

fn run(etcd: &Path, apiserver: &Path, flavour: Flavour) -> Cluster {
    // Somebody else may take the port before the server does.
    let mut attempts = (0..3).map(|_| attempt(etcd, apiserver));
    let cluster = attempts.find_map(Result::ok);
    let cluster = cluster.expect("kube-apiserver finds a port");
    block_on(fill(&cluster, &served(flavour))).unwrap();
    cluster
}

/// Makes the kinds, the roles and Flux's controllers, all at once, and waits until they are there.
async fn fill(cluster: &Cluster, served: &[Served]) {
    let admin = cluster.impatient("admin").await;
    let viewer = cluster.impatient("viewer").await;
    let kinds = served.iter().map(async |served| {
        post(&admin, CRDS, served.definition()).await;
        for version in &served.versions {
            let path = format!("/apis/{}/{version}", served.kind.group);
            until(&path, async || is_served(&admin, &path, served.kind).await).await;
        }
    });
    let roles = access::roles();
    let roles = roles.iter().map(|(path, role)| post(&admin, path, role));
    let controllers = async {
        if !served.is_empty() {
            objects::install_controllers(&admin).await;
        }
    };
    futures::join!(join_all(kinds), join_all(roles), controllers);
    until("the groups and the roles", async || {
        let groups = get(&admin, "/apis").await.unwrap_or_default();
        let mut kinds = served.iter().map(|served| served.kind);
        get(&admin, "/readyz").await.is_ok()
            && kinds.all(|kind| groups.contains(&format!("\"{}\"", kind.group)))
            && get(&viewer, "/api/v1/events?limit=1").await.is_ok()
    })
    .await;
}

/// Says whether a kind can be found in a version of its group and asked for.
async fn is_served(admin: &Client, version: &str, kind: &Kind) -> bool {
    let found = get(admin, version).await.unwrap_or_default();
    let all = format!("{version}/{}?limit=1", kind.plural);
    found.contains(&format!("\"{}\"", kind.plural)) && get(admin, &all).await.is_ok()
}

/// Starts the server; an error where its port is taken.
fn attempt(etcd: &Path, apiserver: &Path) -> Result<Cluster, ()> {
    let folder = tempfile::tempdir().unwrap().keep();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let server = format!("127.0.0.1:{port}");
    write_files(&folder, &server);
    let process = Command::new("sh")
        .args(["start.sh".as_ref(), etcd.as_os_str(), apiserver.as_os_str()])
        .arg(port.to_string())
        .current_dir(&folder)
        .stdin(Stdio::piped())
        .spawn();
    let cluster = Cluster::new(server, folder, process.unwrap());
    wait_until_ready(&cluster).map(|()| cluster)
}

fn wait_until_ready(cluster: &Cluster) -> Result<(), ()> {
    let log = || std::fs::read_to_string(cluster.file("kube-apiserver.log"));
    block_on(async {
        let admin = cluster.impatient("admin").await;
        let started = Instant::now();
        // It takes objects long before it says that it is ready.
        while get(&admin, CRDS).await.is_err() {
            let log = log().unwrap_or_default();
            if log.contains("address already in use") {
                return Err(());
            }
            // What it says when it gives up.
            let ended = log.contains("\"command failed\"");
            let waits = !ended && started.elapsed() < PATIENCE;
            assert!(waits, "kube-apiserver:\n{log}");
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    })
    .unwrap()
}

fn write_files(folder: &Path, server: &str) {
    let authority = Authority::new("the test cluster");
    let own = authority.server();
    let user = authority.client("certificate", "system:masters");
    let mut files = access::fixed(server, folder, &user);
    files.extend([
        (
            "start.sh",
            include_str!("../../../fixtures/cluster/start.sh").to_owned(),
        ),
        ("tokens.csv", access::tokens()),
        ("audit.yaml", audit::POLICY.to_owned()),
        ("other-ca.pem", Authority::new("another cluster").root),
        ("ca.pem", authority.root),
        ("server.pem", own.chain),
        ("server.key", own.key),
    ]);
    for (name, content) in files {
        std::fs::write(folder.join(name), content).unwrap();
    }
}

/// Waits until something is so.
pub async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Ends with its stdin, which is open as long as this process runs, however that ends.
pub type Process = Child;
