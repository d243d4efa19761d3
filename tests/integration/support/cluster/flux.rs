//! The kinds that the test servers have, and their CRDs, made from the schemas in `tests/fixtures/crds`.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::runner::project;

/// A kind as a file of `tests/fixtures/crds` says it.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kind {
    pub group: String,
    pub kind: String,
    pub plural: String,
    pub short_names: Vec<String>,
    pub scope: String,
    pub version: String,
    /// Whether the status is a subresource; `Alert` and `Provider` have none.
    pub status_subresource: bool,
    pub schema: Value,
}

impl Kind {
    /// Returns the path of an object, such as `/apis/GROUP/VERSION/namespaces/NAMESPACE/PLURAL/NAME`; an empty name gives
    /// the path of all of the kind in the namespace.
    pub fn path(&self, namespace: &str, name: &str) -> String {
        let all = format!(
            "/apis/{}/{}/namespaces/{namespace}/{}",
            self.group, self.version, self.plural
        );
        if name.is_empty() {
            all
        } else {
            format!("{all}/{name}")
        }
    }

    fn is_of_flux(&self) -> bool {
        self.group.ends_with("fluxcd.io")
    }
}

/// Returns all kinds: the 15 of Flux 2.9 and what the templates write besides.
pub fn kinds() -> &'static [Kind] {
    static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
        let files = project().join("tests/fixtures/crds").read_dir().unwrap();
        let files = files.map(|file| file.unwrap().path());
        let files = files.filter(|path| path.extension().is_some_and(|e| e == "json"));
        let mut kinds: Vec<Kind> = files
            .map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
            .collect();
        kinds.sort_by(|a, b| (&a.group, &a.kind).cmp(&(&b.group, &b.kind)));
        kinds
    });
    &KINDS
}

/// Returns a kind by its name, such as `HelmRelease`; no two have the same.
pub fn kind(name: &str) -> &'static Kind {
    let found = kinds().iter().find(|kind| kind.kind == name);
    found.unwrap_or_else(|| panic!("tests/fixtures/crds has no {name}"))
}

/// Which kinds a server has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// All of Flux 2.9.
    Current,
    /// An older Flux without image-automation-controller and source-watcher: see [`OLDER`].
    Older,
    /// No Flux.
    Bare,
}

/// The versions that an older Flux serves, the stored one first. Their schemas take anything. Two versions at once, as
/// `ImagePolicy` has them, is what Flux 2.7 and 2.8 did.
const OLDER: [(&str, &[&str]); 12] = [
    ("GitRepository", &["v1"]),
    ("OCIRepository", &["v1beta2"]),
    ("HelmRepository", &["v1beta2"]),
    ("HelmChart", &["v1beta2"]),
    ("Bucket", &["v1beta2"]),
    ("Kustomization", &["v1beta2"]),
    ("HelmRelease", &["v2beta2"]),
    ("Receiver", &["v1"]),
    ("Alert", &["v1beta3"]),
    ("Provider", &["v1beta3"]),
    ("ImageRepository", &["v1beta2"]),
    ("ImagePolicy", &["v1", "v1beta2"]),
];

/// A kind that a server is to have, with its versions.
pub struct Served {
    pub kind: &'static Kind,
    pub versions: Vec<&'static str>,
    definition: Value,
}

impl Served {
    /// Returns the CRD.
    pub fn definition(&self) -> &Value {
        &self.definition
    }
}

/// Returns what a server of a flavour has.
pub fn served(flavour: Flavour) -> Vec<Served> {
    let one = |kind: &'static Kind, versions: Vec<&'static str>, schema: &Value| Served {
        definition: definition(kind, &versions, schema),
        kind,
        versions,
    };
    let anything = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    match flavour {
        Flavour::Current => {
            let all = kinds().iter();
            all.map(|kind| one(kind, vec![&kind.version], &kind.schema))
                .collect()
        }
        Flavour::Older => {
            let all = OLDER.iter();
            all.map(|(name, versions)| one(kind(name), versions.to_vec(), &anything))
                .collect()
        }
        Flavour::Bare => Vec::new(),
    }
}

/// Makes a CRD; the first version is the stored one.
fn definition(kind: &Kind, versions: &[&str], schema: &Value) -> Value {
    let version = |(place, name): (usize, &&str)| {
        let mut version = json!({
            "name": name, "served": true, "storage": place == 0, "schema": {"openAPIV3Schema": schema},
        });
        if kind.status_subresource {
            version["subresources"] = json!({"status": {}});
        }
        version
    };
    let versions: Vec<_> = versions.iter().enumerate().map(version).collect();
    let mut metadata = json!({"name": format!("{}.{}", kind.plural, kind.group)});
    if kind.is_of_flux() {
        metadata["labels"] = json!({"app.kubernetes.io/part-of": "flux", "app.kubernetes.io/instance": "flux-system"});
    } else if kind.group.ends_with(".k8s.io") {
        // Groups of Kubernetes itself are refused without it.
        metadata["annotations"] = json!({"api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/gateway-api/pull/2997"});
    }
    let names = json!({
        "plural": kind.plural, "singular": kind.kind.to_lowercase(), "kind": kind.kind,
        "listKind": format!("{}List", kind.kind), "shortNames": kind.short_names,
    });
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": metadata,
        "spec": {"group": kind.group, "scope": kind.scope, "names": names, "versions": versions},
    })
}
