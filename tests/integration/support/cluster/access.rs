//! Who may do what on a test server, and the kubeconfigs that say so.

use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::{NamedTempFile, TempPath};

use super::Cluster;
use super::faults::FaultProxy;
use super::tls::Certificate;
use super::tunnel::Tunnel;

/// The roles: `admin` may do everything, `guest` nothing; see [`RULES`] for the others.
const ROLES: [&str; 6] = ["admin", "guest", "viewer", "editor", "getter", "blind"];
/// How many more users of each role there are, for [`Cluster::fresh`].
pub const FRESH: usize = 64;

const FLUX: [&str; 7] = [
    "source.toolkit.fluxcd.io",
    "kustomize.toolkit.fluxcd.io",
    "helm.toolkit.fluxcd.io",
    "notification.toolkit.fluxcd.io",
    "image.toolkit.fluxcd.io",
    "source.extensions.fluxcd.io",
    "fluxcd.controlplane.io",
];

/// What a role may do: to Flux's objects, and whether it may look at the others (no secrets).
const RULES: [(&str, &[&str], bool); 4] = [
    ("viewer", &["get", "list", "watch"], true),
    ("editor", &["get", "list", "watch", "patch"], true),
    ("getter", &["get"], false),
    ("blind", &["get", "list", "patch"], true),
];

/// Returns the token file of the server: every user NAME has the token `NAME-token`.
pub fn tokens() -> String {
    let group = |role: &str| match role {
        "admin" => "system:masters".to_owned(),
        role => format!("{role}s"),
    };
    let all = ROLES.iter().flat_map(|role| {
        let fresh = (0..FRESH).map(move |n| format!("{role}-{n}"));
        let names = std::iter::once((*role).to_owned()).chain(fresh);
        names.map(move |name| format!("{name}-token,{name},{name},{}\n", group(role)))
    });
    all.collect()
}

/// Returns the path and body of each role and of what binds it.
pub fn roles() -> Vec<(&'static str, Value)> {
    let all = RULES.iter().flat_map(|(role, verbs, others)| {
        let rules = json!({"metadata": {"name": role}, "rules": rules(verbs, *others)});
        let binding = json!({
            "metadata": {"name": role},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": format!("{role}s")}],
        });
        [
            ("/apis/rbac.authorization.k8s.io/v1/clusterroles", rules),
            ("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding),
        ]
    });
    all.collect()
}

fn rules(verbs: &[&str], others: bool) -> Value {
    let mut rules = vec![json!({"apiGroups": FLUX, "resources": ["*"], "verbs": verbs})];
    if others {
        let core = [
            "events",
            "pods",
            "pods/log",
            "configmaps",
            "namespaces",
            "services",
        ];
        let look = ["get", "list", "watch"];
        rules.push(json!({"apiGroups": [""], "resources": core, "verbs": look}));
        rules.push(json!({"apiGroups": ["apps", "batch"], "resources": ["*"], "verbs": look}));
    }
    rules.into()
}

/// Returns the role and what binds it for a user who may do in one namespace what an editor may do everywhere.
pub fn limited(user: &str, namespace: &str) -> [(String, Value); 2] {
    let root = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}");
    let verbs = ["get", "list", "watch", "patch"];
    let role = json!({"metadata": {"name": user}, "rules": rules(&verbs, true)});
    let binding = json!({
        "metadata": {"name": user},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": user},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    });
    [
        (format!("{root}/roles"), role),
        (format!("{root}/rolebindings"), binding),
    ]
}

/// A user of its own for one test, so that what it asked can be told from what others asked.
pub struct User {
    /// The name, such as `viewer-3`; also that of its one context.
    pub name: String,
    /// A kubeconfig with that context.
    pub kubeconfig: TempPath,
}

impl User {
    /// Returns the words that make homelab use it: `--kubeconfig FILE`.
    pub fn words(&self) -> String {
        format!("--kubeconfig {}", self.kubeconfig.display())
    }
}

/// A kubeconfig in the making. The first context is the current one.
pub struct Contexts {
    value: Value,
}

impl Contexts {
    /// Starts without any context.
    pub fn new() -> Self {
        let value = json!({"apiVersion": "v1", "kind": "Config", "clusters": [], "users": [], "contexts": []});
        Contexts { value }
    }

    /// Adds a context for a user of a server: `admin`, `viewer`, ... or the name of a fresh one.
    pub fn with(self, name: &str, cluster: &Cluster, user: &str) -> Self {
        let authority = cluster.file("ca.pem").display().to_string();
        self.add(name, &cluster.server, Some(&authority), token(user))
    }

    /// Adds a context whose server is reached through a proxy that fails.
    pub fn through(self, name: &str, proxy: &FaultProxy, user: &str) -> Self {
        let authority = proxy.authority().display().to_string();
        self.add(name, proxy.address(), Some(&authority), token(user))
    }

    /// Adds a context whose server nobody listens at.
    pub fn nowhere(self, name: &str) -> Self {
        self.add(name, "127.0.0.1:1", None, token("admin"))
    }

    /// Lets the server of a context be reached through a proxy only (`proxy-url`).
    pub fn behind(mut self, name: &str, tunnel: &Tunnel) -> Self {
        let mut clusters = self.value["clusters"].as_array_mut().unwrap().iter_mut();
        let cluster = clusters.find(|cluster| cluster["name"] == name).unwrap();
        cluster["cluster"]["proxy-url"] = tunnel.url().into();
        self
    }

    /// Adds a context: host and port, the file of the authority, and the user as kubeconfigs write one.
    pub fn add(mut self, name: &str, server: &str, authority: Option<&str>, user: Value) -> Self {
        let mut cluster = json!({"server": format!("https://{server}")});
        if let Some(authority) = authority {
            cluster["certificate-authority"] = authority.into();
        }
        for (list, entry) in [
            ("clusters", json!({"name": name, "cluster": cluster})),
            ("users", json!({"name": name, "user": user})),
            (
                "contexts",
                json!({"name": name, "context": {"cluster": name, "user": name}}),
            ),
        ] {
            self.value[list].as_array_mut().unwrap().push(entry);
        }
        if self.value.get("current-context").is_none() {
            self.value["current-context"] = name.into();
        }
        self
    }

    /// Writes the file, which is gone when the path is dropped.
    pub fn write(&self) -> TempPath {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(self.text().as_bytes()).unwrap();
        file.into_temp_path()
    }

    fn text(&self) -> String {
        self.value.to_string()
    }
}

/// Returns how a kubeconfig writes a user with a token.
fn token(user: &str) -> Value {
    json!({"token": format!("{user}-token")})
}

/// Returns the kubeconfig in the folder of a server, and the files that it names. Their paths are relative to it, as
/// kubectl takes them, but for those of programs.
pub fn fixed(
    server: &str,
    folder: &Path,
    certificate: &Certificate,
) -> Vec<(&'static str, String)> {
    let here = |contexts: Contexts, name: &str, user: Value| {
        contexts.add(name, server, Some("ca.pem"), user)
    };
    let mut contexts = Contexts::new();
    for role in ROLES.iter().filter(|role| **role != "guest") {
        contexts = here(contexts, role, token(role));
    }
    contexts = here(contexts, "guest", json!({"tokenFile": "guest-token"}));
    contexts = here(contexts, "stranger", token("stranger"));
    let exec = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never",
        "command": "/bin/sh", "args": [folder.join("credential.sh")],
    });
    contexts = here(contexts, "exec", json!({"exec": exec}));
    let files = json!({"client-certificate": "client.pem", "client-key": "client.key"});
    contexts = here(contexts, "certificate", files);
    contexts = contexts.add("untrusted", server, Some("other-ca.pem"), token("admin"));
    contexts = contexts.nowhere("nowhere");
    let credential = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
        "status": {"token": "admin-token"},
    });
    vec![
        ("kubeconfig.yaml", contexts.text()),
        // With the line break that `kubectl create token` prints.
        ("guest-token", "guest-token\n".to_owned()),
        ("credential.sh", format!("cat <<'end'\n{credential}\nend\n")),
        ("client.pem", certificate.chain.clone()),
        ("client.key", certificate.key.clone()),
    ]
}
