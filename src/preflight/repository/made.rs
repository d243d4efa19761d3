//! Which Secrets something in the repository makes, or may make.

use std::collections::HashSet;

use super::{Look, is_open};
use crate::flux::{ObjectRef, group, kind};
use crate::manifest::Node;

/// Kinds that make a Secret, with where they say its name; their own name otherwise.
const MAKERS: [(&str, &str, &[&str]); 17] = [
    ("", "Secret", &[]),
    ("bitnami.com", "SealedSecret", &[]),
    (
        "bitnami.com",
        "SealedSecret",
        &["spec", "template", "metadata", "name"],
    ),
    (
        "external-secrets.io",
        "ExternalSecret",
        &["spec", "target", "name"],
    ),
    ("cert-manager.io", "Certificate", &["spec", "secretName"]),
    ("onepassword.com", "OnePasswordItem", &[]),
    (
        "k8s.bitwarden.com",
        "BitwardenSecret",
        &["spec", "secretName"],
    ),
    (
        "secrets.doppler.com",
        "DopplerSecret",
        &["spec", "managedSecret", "name"],
    ),
    (
        "secrets.hashicorp.com",
        "VaultStaticSecret",
        &["spec", "destination", "name"],
    ),
    (
        "secrets.hashicorp.com",
        "VaultDynamicSecret",
        &["spec", "destination", "name"],
    ),
    (
        "secrets.hashicorp.com",
        "VaultPKISecret",
        &["spec", "destination", "name"],
    ),
    (
        "secrets.infisical.com",
        "InfisicalSecret",
        &["spec", "managedSecretReference", "secretName"],
    ),
    ("ricoberger.de", "VaultSecret", &[]),
    ("isindir.github.com", "SopsSecret", &[]),
    (
        "redhatcop.redhat.io",
        "VaultSecret",
        &["spec", "output", "name"],
    ),
    (
        "spv.no",
        "AzureKeyVaultSecret",
        &["spec", "output", "secret", "name"],
    ),
    ("kubernetes-client.io", "ExternalSecret", &[]),
];
/// Groups whose objects name Secrets only because they need them.
const READERS: [&str; 12] = [
    "apps",
    "batch",
    "networking.k8s.io",
    "rbac.authorization.k8s.io",
    "cert-manager.io",
    "kustomize.toolkit.fluxcd.io",
    "source.toolkit.fluxcd.io",
    "image.toolkit.fluxcd.io",
    "notification.toolkit.fluxcd.io",
    "monitoring.coreos.com",
    "gateway.networking.k8s.io",
    "external-secrets.io",
];
/// The hash that generators put behind a name has ten characters.
const HASH: usize = 11;
/// Deeper nesting is not looked into.
const DEPTH: usize = 24;

/// The Secrets that something makes.
#[derive(Default)]
pub(super) struct Made {
    exact: HashSet<ObjectRef>,
    /// Names that are made in namespaces that nobody knows: copied Secrets, and names with variables in their namespace.
    anywhere: HashSet<String>,
    /// Beginnings of names whose rest is a variable or a hash.
    beginnings: Vec<String>,
    /// Words of objects that may make Secrets in ways that are not known.
    mentioned: HashSet<String>,
}

impl Made {
    pub(super) fn of(look: &Look<'_, '_>) -> Self {
        let mut made = Made::default();
        for (unit, applied) in look.objects() {
            made.add(look, unit, &applied.node, applied.origin.generated);
        }
        made
    }

    /// Tells whether something makes the Secret, or may.
    pub(super) fn has(&self, id: &ObjectRef) -> bool {
        self.exact.contains(id)
            || self.anywhere.contains(&id.name)
            || id.namespace.is_empty() && self.exact.iter().any(|made| made.name == id.name)
            || self.mentioned.contains(&id.name)
            || self
                .beginnings
                .iter()
                .any(|start| id.name.starts_with(start))
    }

    /// Tells whether a Secret of this name is made in another namespace.
    pub(super) fn elsewhere(&self, name: &str) -> bool {
        self.exact.iter().any(|made| made.name == name)
    }

    fn add(&mut self, look: &Look<'_, '_>, unit: usize, node: &Node, is_generated: bool) {
        let (of_group, of_kind) = (group(node), kind(node));
        let id = look.id(unit, node);
        let mut is_maker = false;
        for (_, _, path) in MAKERS
            .iter()
            .filter(|(g, k, _)| (*g, *k) == (of_group, of_kind))
        {
            is_maker = true;
            let named = if path.is_empty() {
                None
            } else {
                node.text_at(path)
            };
            let name = named.filter(|name| !name.is_empty()).unwrap_or(&id.name);
            self.name(&id.namespace, name);
            if is_generated && let Some(start) = name.get(..name.len().saturating_sub(HASH)) {
                self.anywhere.insert(start.to_owned());
            }
            if is_copied(node) {
                self.anywhere.insert(name.to_owned());
            }
        }
        if of_kind == "ClusterExternalSecret" {
            let paths: [&[&str]; 3] = [
                &["spec", "externalSecretSpec", "target", "name"],
                &["spec", "externalSecretName"],
                &["metadata", "name"],
            ];
            let names = paths.into_iter().filter_map(|path| node.text_at(path));
            self.anywhere.extend(names.map(str::to_owned));
        }
        match (of_group, of_kind) {
            _ if is_maker => {}
            ("helm.toolkit.fluxcd.io", _) => {
                if let Some(values) = node.at_path(&["spec", "values"]) {
                    self.mention(values, DEPTH);
                }
            }
            ("", _) => {}
            _ if READERS.contains(&of_group) => {}
            _ => self.mention(node, DEPTH),
        }
    }

    fn name(&mut self, namespace: &str, name: &str) {
        match name.split_once("${") {
            Some((start, _)) => self.beginnings.push(start.to_owned()),
            None if is_open(namespace) => {
                self.anywhere.insert(name.to_owned());
            }
            None => {
                self.exact.insert(ObjectRef::new(namespace, name));
            }
        }
    }

    /// Collects the words of a tree but for those that only refer to a Secret.
    fn mention(&mut self, node: &Node, depth: usize) {
        if depth == 0 {
            return;
        }
        if let Some(text) = node.text() {
            self.mentioned.insert(text.to_owned());
        }
        for entry in node.entries().unwrap_or_default() {
            if !refers(entry.key.text().unwrap_or_default()) {
                self.mention(&entry.value, depth - 1);
            }
        }
        for item in node.items().unwrap_or_default() {
            self.mention(item, depth - 1);
        }
    }
}

/// Tells whether a field of values refers to something that is made elsewhere: `existingSecret`, `secretKeyRef`,
/// `imagePullSecrets`, `envFrom`.
fn refers(key: &str) -> bool {
    let key = key.to_lowercase();
    key.contains("existing")
        || key.ends_with("ref")
        || key.ends_with("from")
        || key.ends_with("pullsecrets")
}

/// Tells whether a controller copies the Secret into other namespaces (emberstack/reflector, mittwald/kubernetes-replicator).
fn is_copied(node: &Node) -> bool {
    let notes: [&[&str]; 4] = [
        &["metadata", "annotations"],
        &["spec", "target", "template", "metadata", "annotations"],
        &["spec", "template", "metadata", "annotations"],
        &["spec", "secretTemplate", "annotations"],
    ];
    let entries = notes
        .into_iter()
        .filter_map(|path| node.at_path(path)?.entries());
    let mut keys = entries.flatten().filter_map(|entry| entry.key.text());
    keys.any(|key| {
        key.contains("reflector.v1.k8s.emberstack.com") || key.contains("replicator.v1.mittwald.de")
    })
}
