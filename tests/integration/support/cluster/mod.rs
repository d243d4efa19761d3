//! A real API server on loopback: kube-apiserver and etcd, one pair for all tests, with the kinds of Flux 2.9, users with
//! different rights, and an account of what homelab asked. [`older`] and [`bare`] are two more, for those who ask for them.
//!
//! Tests share a server: each makes a namespace of its own and looks at nothing else, or at what it labelled itself. The
//! namespace `flux-system` has the controllers' Deployments and belongs to nobody.

mod access;
mod audit;
mod connection;
mod faults;
mod flux;
mod kubelet;
mod objects;
mod script;
mod standin;
mod start;
pub mod tls;
mod tunnel;
mod wire;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};

use kube::Client;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};

pub use access::{Contexts, User};
pub use audit::Asked;
pub use faults::{End, Fault, FaultProxy, Request};
use flux::Flavour;
pub use flux::kinds;
pub use kubelet::Kubelet;
pub use objects::{condition, flux_object, make, make_ready, object_path, ready, seed};
pub use script::{Gate, Script, Seen, Step};
pub use standin::StandIn;
pub use tunnel::Tunnel;

/// A server.
pub struct Cluster {
    /// Host and port.
    pub server: String,
    folder: PathBuf,
    _process: start::Process,
    /// How many fresh users of each role are taken.
    taken: Mutex<HashMap<&'static str, usize>>,
}

/// Returns the server with all kinds of Flux 2.9, started by the first test that asks; nothing where the programs are
/// missing, except in CI.
pub fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER
        .get_or_init(|| start::start(Flavour::Current))
        .as_ref()
}

/// Returns a second server, with kinds in older versions and some missing: see `flux::Flavour::Older`.
pub fn older() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER
        .get_or_init(|| start::start(Flavour::Older))
        .as_ref()
}

/// Returns a third server, without Flux.
pub fn bare() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER.get_or_init(|| start::start(Flavour::Bare)).as_ref()
}

impl Cluster {
    fn new(server: String, folder: PathBuf, process: start::Process) -> Self {
        Cluster {
            server,
            folder,
            _process: process,
            taken: Mutex::default(),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Returns the path of a kubeconfig with a context for each of these, `admin` the current one:
    ///
    /// * `admin` may do everything, `guest` nothing,
    /// * `viewer` may get, list and watch Flux's objects, events, pods, their logs, workloads and config maps, no secrets,
    /// * `editor` may patch Flux's objects besides,
    /// * `getter` may get Flux's objects, not list them,
    /// * `blind` may do what an `editor` may, but not watch,
    /// * `exec` has a credential plugin, `certificate` a client certificate: both may do everything,
    /// * `stranger` has a token that nobody knows (as one that has expired), `untrusted` another authority, and at `nowhere`
    ///   nobody listens.
    pub fn kubeconfig(&self) -> PathBuf {
        self.file("kubeconfig.yaml")
    }

    /// Makes a client of its own for one runtime.
    pub async fn client(&self, context: &str) -> Client {
        Client::try_from(self.config(context).await).unwrap()
    }

    /// Makes a client that does not itself try again after 429, 503 and 504: a server that starts says 429 for a while, and
    /// kube would wait a second each time.
    pub async fn impatient(&self, context: &str) -> Client {
        let mut config = self.config(context).await;
        config.default_retry = false;
        Client::try_from(config).unwrap()
    }

    async fn config(&self, context: &str) -> Config {
        let kubeconfig = Kubeconfig::read_from(self.kubeconfig()).unwrap();
        let options = KubeConfigOptions {
            context: Some(context.to_owned()),
            ..KubeConfigOptions::default()
        };
        let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
        config.unwrap()
    }

    /// Returns a user that no other test has, of the role `admin`, `guest`, `viewer`, `editor`, `getter` or `blind`.
    pub fn fresh(&self, role: &'static str) -> User {
        let mut taken = self.taken.lock().unwrap();
        let number = taken.entry(role).or_default();
        assert!(
            *number < access::FRESH,
            "no {role} is left: raise access::FRESH"
        );
        let name = format!("{role}-{number}");
        *number += 1;
        let kubeconfig = Contexts::new().with(&name, self, &name).write();
        User { name, kubeconfig }
    }

    /// Returns a user that no other test has, who may do in this namespace what an editor may do everywhere, and nothing
    /// elsewhere.
    pub async fn limited(&self, admin: &Client, namespace: &str) -> User {
        let user = self.fresh("guest");
        for (path, object) in access::limited(&user.name, namespace) {
            post(admin, &path, &object).await;
        }
        let review = json!({"spec": {"user": user.name, "resourceAttributes": {
            "namespace": namespace, "verb": "list", "group": "apps", "resource": "deployments",
        }}});
        let reviews = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        start::until("the role", async || {
            post(admin, reviews, &review).await["status"]["allowed"] == true
        })
        .await;
        user
    }

    /// Returns what homelab asked, oldest first: discovery and watches too. A fresh user or a namespace tells one test's
    /// requests from another's.
    pub fn requests(&self, which: impl Fn(&Asked) -> bool) -> Vec<Asked> {
        let mut requests = audit::read(&self.file("audit.log"));
        requests.retain(which);
        requests
    }

    /// Returns the addresses that homelab asked for, those with `part` in them.
    pub fn asked(&self, part: &str) -> Vec<String> {
        let requests = self.requests(|asked| asked.uri.contains(part));
        requests.into_iter().map(|asked| asked.uri).collect()
    }
}

/// Asks for a text.
pub async fn get(client: &Client, path: &str) -> Result<String, kube::Error> {
    let request = http::Request::get(path).body(Vec::new()).unwrap();
    client.request_text(request).await
}

/// Asks for an object.
pub async fn object(client: &Client, path: &str) -> Value {
    serde_json::from_str(&get(client, path).await.unwrap()).unwrap()
}

/// Makes an object and returns it as the server has it.
pub async fn post(client: &Client, path: &str, object: &Value) -> Value {
    let body = serde_json::to_vec(object).unwrap();
    let request = http::Request::post(path)
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(body);
    let made = client.request(request.unwrap()).await;
    made.unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// Makes a namespace.
pub async fn namespace(admin: &Client, name: &str) {
    let namespace = json!({"metadata": {"name": name}});
    post(admin, "/api/v1/namespaces", &namespace).await;
}

/// Changes an object by a merge patch and returns it as the server has it.
pub async fn patch(client: &Client, path: &str, change: &Value) -> Result<Value, kube::Error> {
    let body = serde_json::to_vec(change).unwrap();
    let request = http::Request::patch(path)
        .header(http::header::CONTENT_TYPE, "application/merge-patch+json")
        .body(body);
    client.request(request.unwrap()).await
}

/// Removes an object.
pub async fn delete(client: &Client, path: &str) {
    let request = http::Request::delete(path).body(Vec::new()).unwrap();
    client.request_text(request).await.unwrap();
}

/// Sets the status of an object.
pub async fn set_status(client: &Client, path: &str, status: &Value) {
    let change = json!({ "status": status });
    let made = patch(client, &format!("{path}/status"), &change).await;
    made.unwrap_or_else(|why| panic!("{path}: {why}"));
}
