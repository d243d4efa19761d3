//! What a Kustomization or HelmRelease has applied, as its status lists it.

use serde_json::Value;

use super::object::Live;
use crate::flux::ObjectRef;

/// An object that was applied.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InventoryItem {
    /// The API group, empty for the core group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The version that it was applied in.
    pub version: String,
    /// Namespace and name.
    pub id: ObjectRef,
}

impl InventoryItem {
    /// Reads an entry: `{id: <namespace>_<name>_<group>_<kind>, v: <version>}`, where a colon of the name is written as two
    /// underscores (fluxcd/cli-utils `object.ParseObjMetadata`). Nothing for what is none.
    fn of(entry: &Value) -> Option<Self> {
        let field = |key| entry.get(key).and_then(Value::as_str);
        let (namespace, rest) = field("id")?.split_once('_')?;
        let (rest, kind) = rest.rsplit_once('_')?;
        let (name, group) = rest.rsplit_once('_')?;
        Some(InventoryItem {
            group: group.to_owned(),
            kind: kind.to_owned(),
            version: field("v").unwrap_or_default().to_owned(),
            id: ObjectRef::new(namespace, name.replace("__", ":")),
        })
    }

    /// Tells whether pods come of it.
    pub fn is_workload(&self) -> bool {
        matches!(
            (self.group.as_str(), self.kind.as_str()),
            ("apps", "Deployment" | "StatefulSet" | "DaemonSet") | ("batch", "CronJob" | "Job")
        )
    }
}

impl Live {
    /// Returns what the object has applied (`status.inventory`; of HelmReleases since Flux 2.8).
    pub fn inventory(&self) -> Vec<InventoryItem> {
        let entries = self.list("/status/inventory/entries").iter();
        entries.filter_map(InventoryItem::of).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_are_read_from_both_ends() {
        let read = |id: &str| InventoryItem::of(&json!({"id": id, "v": "v1"}));
        let deployment = read("web_site_apps_Deployment").unwrap();
        assert_eq!(
            (
                deployment.group.as_str(),
                deployment.id.to_string().as_str()
            ),
            ("apps", "web/site")
        );
        assert!(deployment.is_workload());
        let namespace = read("_web__Namespace").unwrap();
        assert_eq!(
            (
                namespace.kind.as_str(),
                namespace.group.as_str(),
                namespace.id.to_string().as_str()
            ),
            ("Namespace", "", "web")
        );
        let role = read("_system__node_rbac.authorization.k8s.io_ClusterRole").unwrap();
        assert_eq!(role.id.name, "system:node");
        assert_eq!(read("nonsense"), None);
        assert_eq!(InventoryItem::of(&json!({"v": "v1"})), None);
    }
}
