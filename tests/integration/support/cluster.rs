//! A real API server on loopback: kube-apiserver and etcd, one pair for all tests, with a few CRDs of Flux.

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use homelab::adapter::runtime::block_on;
use kube::Client;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use serde::Deserialize;
use serde_json::{Value, json};

/// How long the server may take to be ready; a builder with two busy cores needs half a minute.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often to look whether something is there by now.
const PAUSE: Duration = Duration::from_millis(25);

/// `admin` may do everything, `guest` nothing.
const TOKENS: &str = "admin-token,admin,1,system:masters\nguest-token,guest,2\n";
/// Whoever lists or gets what is of Flux is written down, so that tests see what was asked.
const AUDIT: &str = "apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [ResponseStarted, ResponseComplete]
rules:
  - {level: Metadata, resources: [{group: image.toolkit.fluxcd.io}]}
  - {level: None}
";

/// The server.
pub struct Cluster {
    /// Host and port.
    pub server: String,
    folder: PathBuf,
    /// It runs as long as the other end of its stdin is open: until this process ends, however it does.
    _process: Child,
}

/// Returns the server, started by the first test that asks; nothing where the programs are missing, except in CI.
pub fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start).as_ref()
}

/// Finds a program: by a variable, else on the PATH.
fn program(variable: &str, name: &str) -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os(variable) {
        return Ok(path.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path).map(|folder| folder.join(name));
    let missing = || format!("{name} is neither on the PATH nor in {variable} (.ci/run builds it)");
    folders.find(|file| file.is_file()).ok_or_else(missing)
}

impl Cluster {
    fn start() -> Option<Self> {
        let etcd = program("HOMELAB_ETCD", "etcd");
        let apiserver = program("HOMELAB_KUBE_APISERVER", "kube-apiserver");
        let programs = etcd.and_then(|etcd| Ok((etcd, apiserver?)));
        match programs {
            Ok((etcd, apiserver)) => Some(Self::run(&etcd, &apiserver)),
            Err(why) => {
                assert!(std::env::var_os("CI").is_none(), "{why}");
                // Straight to stderr: what a test prints with a macro is seen only if it fails.
                let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
                None
            }
        }
    }

    fn run(etcd: &Path, apiserver: &Path) -> Self {
        // Somebody else may take the port before the server does.
        let mut attempts = (0..3).map(|_| Self::attempt(etcd, apiserver));
        let cluster = attempts.find_map(Result::ok);
        let cluster = cluster.expect("kube-apiserver finds a port");
        block_on(async {
            let admin = cluster.client("admin").await;
            for crd in serde_yaml::Deserializer::from_str(CRDS) {
                let crd = Value::deserialize(crd).unwrap();
                post(
                    &admin,
                    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                    &crd,
                )
                .await;
            }
            for path in SERVED {
                until(path, async || get(&admin, path).await.is_ok()).await;
            }
        })
        .unwrap();
        cluster
    }

    /// Starts the server; an error where its port is taken.
    fn attempt(etcd: &Path, apiserver: &Path) -> Result<Self, ()> {
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
            .spawn()
            .unwrap();
        let cluster = Cluster {
            server,
            folder,
            _process: process,
        };
        cluster.wait_until_ready().map(|()| cluster)
    }

    fn wait_until_ready(&self) -> Result<(), ()> {
        let log = || std::fs::read_to_string(self.folder.join("kube-apiserver.log"));
        block_on(async {
            let admin = self.client("admin").await;
            let started = Instant::now();
            while get(&admin, "/readyz").await.is_err() {
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

    /// Returns the path of a kubeconfig with the contexts `admin`, `guest`, `stranger` (a token that nobody knows),
    /// `untrusted` (no authority) and `nowhere` (nobody listens); `admin` is the current one.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig.yaml")
    }

    /// Makes a client of its own for one runtime.
    pub async fn client(&self, context: &str) -> Client {
        let kubeconfig = Kubeconfig::read_from(self.kubeconfig()).unwrap();
        let options = KubeConfigOptions {
            context: Some(context.to_owned()),
            ..KubeConfigOptions::default()
        };
        let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
        Client::try_from(config.unwrap()).unwrap()
    }

    /// Returns the addresses that homelab asked for, those with `part` in them.
    pub fn asked(&self, part: &str) -> Vec<String> {
        let log = std::fs::read_to_string(self.folder.join("audit.log")).unwrap_or_default();
        let events = log
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let own =
            |event: &Value| event["userAgent"] == concat!("homelab/", env!("CARGO_PKG_VERSION"));
        let addresses = events
            .filter(own)
            .filter_map(|event| Some(event["requestURI"].as_str()?.to_owned()));
        addresses.filter(|address| address.contains(part)).collect()
    }
}

const CRDS: &str = include_str!("../../fixtures/cluster/crds.yaml");
/// What answers when the CRDs are served.
const SERVED: [&str; 4] = [
    "/apis/image.toolkit.fluxcd.io/v1/imagerepositories",
    "/apis/image.toolkit.fluxcd.io/v1/imagepolicies",
    "/apis/notification.toolkit.fluxcd.io/v1/receivers",
    "/apis/notification.toolkit.fluxcd.io/v1beta3/alerts",
];

fn write_files(folder: &Path, server: &str) {
    let authority = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root = params.self_signed(&authority).unwrap();
    let issuer = rcgen::Issuer::new(params, authority);
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    for (name, content) in [
        ("start.sh", include_str!("../../fixtures/cluster/start.sh")),
        ("tokens.csv", TOKENS),
        // With the line break that `kubectl create token` prints.
        ("guest-token", "guest-token\n"),
        ("audit.yaml", AUDIT),
        ("ca.pem", &root.pem()),
        ("server.pem", &leaf.pem()),
        ("server.key", &key.serialize_pem()),
        ("kubeconfig.yaml", &kubeconfig(server).to_string()),
    ] {
        std::fs::write(folder.join(name), content).unwrap();
    }
}

fn kubeconfig(server: &str) -> Value {
    let server = format!("https://{server}");
    let context = |name: &str, cluster: &str, user: &str| json!({"name": name, "context": {"cluster": cluster, "user": user}});
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "admin",
        "clusters": [
            // Relative to the file, as kubectl takes it.
            {"name": "here", "cluster": {"server": server, "certificate-authority": "ca.pem"}},
            {"name": "untrusted", "cluster": {"server": server}},
            {"name": "nowhere", "cluster": {"server": "https://127.0.0.1:1"}},
        ],
        "users": [
            {"name": "admin", "user": {"token": "admin-token"}},
            {"name": "guest", "user": {"tokenFile": "guest-token"}},
            {"name": "stranger", "user": {"token": "stranger-token"}},
        ],
        "contexts": [
            context("admin", "here", "admin"),
            context("guest", "here", "guest"),
            context("stranger", "here", "stranger"),
            context("untrusted", "untrusted", "admin"),
            context("nowhere", "nowhere", "admin"),
        ],
    })
}

/// Waits until something is so.
async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Asks for a text.
pub async fn get(client: &Client, path: &str) -> Result<String, kube::Error> {
    let request = http::Request::get(path).body(Vec::new()).unwrap();
    client.request_text(request).await
}

/// Makes an object.
pub async fn post(client: &Client, path: &str, object: &Value) {
    let body = serde_json::to_vec(object).unwrap();
    let request = http::Request::post(path)
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(body);
    let made: Result<Value, _> = client.request(request.unwrap()).await;
    made.unwrap();
}

/// Sets the status of an object.
pub async fn set_status(client: &Client, path: &str, status: &Value) {
    let body = serde_json::to_vec(&json!({ "status": status })).unwrap();
    let request = http::Request::patch(format!("{path}/status"))
        .header(http::header::CONTENT_TYPE, "application/merge-patch+json")
        .body(body);
    let made: Result<Value, _> = client.request(request.unwrap()).await;
    made.unwrap();
}
