//! What a diagnosis looks at: an object of a cluster, of whatever kind.

use std::fmt;

use serde_json::Value;

use crate::flux::live::{FluxKind, InventoryItem, KINDS, KindRef};

/// Kinds that come with Kubernetes and others, with their groups: what messages and references name without a group.
const GROUPS: [(&str, &str); 20] = [
    ("ConfigMap", ""),
    ("Namespace", ""),
    ("Node", ""),
    ("PersistentVolume", ""),
    ("PersistentVolumeClaim", ""),
    ("Pod", ""),
    ("Secret", ""),
    ("Service", ""),
    ("ServiceAccount", ""),
    ("DaemonSet", "apps"),
    ("Deployment", "apps"),
    ("ReplicaSet", "apps"),
    ("StatefulSet", "apps"),
    ("CronJob", "batch"),
    ("Job", "batch"),
    ("Ingress", "networking.k8s.io"),
    ("StorageClass", "storage.k8s.io"),
    ("Certificate", "cert-manager.io"),
    ("ExternalSecret", "external-secrets.io"),
    ("SealedSecret", "bitnami.com"),
];

/// The kinds of [`GROUPS`] that are in no namespace.
const WITHOUT_NAMESPACE: [&str; 4] = ["Namespace", "Node", "PersistentVolume", "StorageClass"];

/// An object of a cluster, there or not.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Thing {
    /// The API group; empty for the core group.
    pub group: String,
    /// The kind, such as `Deployment`.
    pub kind: String,
    /// The namespace; empty for what is in none.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl Thing {
    /// Makes a thing of a group and kind.
    pub fn new(group: &str, kind: &str, namespace: &str, name: &str) -> Self {
        Thing {
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    /// Makes a thing of a kind that needs no group to be known: those of Kubernetes and Flux, and a few others. Nothing for any
    /// other kind.
    pub fn of_kind(kind: &str, namespace: &str, name: &str) -> Option<Self> {
        let built_in = GROUPS.iter().find(|(known, _)| *known == kind);
        let flux = KINDS.iter().find(|known| known.kind == kind);
        let group = built_in
            .map(|(_, group)| *group)
            .or_else(|| flux.map(|known| known.group))?;
        let namespace = match WITHOUT_NAMESPACE.contains(&kind) {
            true => "",
            false => namespace,
        };
        Some(Thing::new(group, kind, namespace, name))
    }

    /// Makes a thing of the core group.
    pub(super) fn core(kind: &str, namespace: &str, name: &str) -> Self {
        Thing::new("", kind, namespace, name)
    }

    /// Returns what an object of the API server is.
    pub fn of(object: &Value) -> Option<Self> {
        let field = |path: &str| object.pointer(path).and_then(Value::as_str);
        let version = field("/apiVersion")?;
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let namespace = field("/metadata/namespace").unwrap_or_default();
        Some(Thing::new(
            group,
            field("/kind")?,
            namespace,
            field("/metadata/name")?,
        ))
    }

    /// Reads `<Kind>/<namespace>/<name>` or `<Kind>/<name>`, as Flux names objects in messages (fluxcd/pkg ssa
    /// `FmtObjMetadata`).
    pub(super) fn of_message(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let (kind, second, third) = (parts.next()?, parts.next()?, parts.next());
        if parts.next().is_some() {
            return None;
        }
        match third {
            Some(name) => Thing::of_kind(kind, second, name),
            None => Thing::of_kind(kind, "", second),
        }
    }

    /// Returns the kind of Flux that the thing is of.
    pub fn flux_kind(&self) -> Option<&'static FluxKind> {
        FluxKind::of(&self.group, &self.kind)
    }

    /// Returns how commands of this program name the thing: `ks/apps`, `hr/media/plex`. Nothing for what is not of Flux.
    pub(super) fn target(&self) -> Option<String> {
        let short = self.flux_kind()?.short();
        Some(match self.namespace.as_str() {
            "flux-system" => format!("{short}/{}", self.name),
            namespace => format!("{short}/{namespace}/{}", self.name),
        })
    }

    /// Returns the arguments by which kubectl takes the thing: `-n media deployment/plex`.
    pub(super) fn kubectl(&self) -> String {
        let kind = self.kind.to_ascii_lowercase();
        let kind = match self.group.contains('.') {
            true => format!("{kind}.{}", self.group),
            false => kind,
        };
        match self.namespace.as_str() {
            "" => format!("{kind}/{}", self.name),
            namespace => format!("-n {namespace} {kind}/{}", self.name),
        }
    }

    /// Returns `<Kind>/<namespace>/<name>`, for machines.
    pub fn path(&self) -> String {
        let all = [&self.kind, &self.namespace, &self.name];
        let parts: Vec<&str> = all.map(String::as_str).into_iter().collect();
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("/")
    }
}

/// Returns the name for several objects of a kind: `Secrets`, `GitRepositories`.
pub(super) fn plural(kind: &str) -> String {
    match kind.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{kind}s"),
    }
}

impl From<&KindRef> for Thing {
    fn from(reference: &KindRef) -> Self {
        let KindRef { kind, id } = reference;
        let known = Thing::of_kind(kind, &id.namespace, &id.name);
        known.unwrap_or_else(|| Thing::core(kind, &id.namespace, &id.name))
    }
}

impl From<&InventoryItem> for Thing {
    fn from(item: &InventoryItem) -> Self {
        Thing::new(&item.group, &item.kind, &item.id.namespace, &item.id.name)
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.namespace.as_str() {
            "" => write!(f, "{} {}", self.kind, self.name),
            namespace => write!(f, "{} {namespace}/{}", self.kind, self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_objects_with_and_without_namespace() {
        let read = |text| Thing::of_message(text).map(|thing| thing.to_string());
        assert_eq!(
            read("Deployment/media/plex").unwrap(),
            "Deployment media/plex"
        );
        assert_eq!(read("Namespace/media").unwrap(), "Namespace media");
        assert_eq!(read("Widget/media/plex"), None);
        assert_eq!(read("Deployment/a/b/c"), None);
    }

    #[test]
    fn commands_name_things_shortly() {
        let ks = |namespace| Thing::of_kind("Kustomization", namespace, "apps").unwrap();
        assert_eq!(ks("flux-system").target().unwrap(), "ks/apps");
        assert_eq!(ks("media").target().unwrap(), "ks/media/apps");
        let secret = Thing::core("Secret", "media", "plex");
        assert_eq!(secret.target(), None);
        assert_eq!(secret.kubectl(), "-n media secret/plex");
        assert_eq!(secret.path(), "Secret/media/plex");
    }
}
