//! One Flux object of a cluster.

use serde_json::Value;

use super::kinds::{DISABLED, DISABLED_ANNOTATION, FluxKind, SuspendBy};
use crate::flux::{Condition, ConditionStatus, ObjectRef};

/// A Flux object as the API server has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    /// What it is.
    pub kind: &'static FluxKind,
    /// Its namespace and name.
    pub id: ObjectRef,
    object: Value,
}

/// A kind with the namespace and name of an object of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KindRef {
    /// The kind, such as `GitRepository`.
    pub kind: String,
    /// Namespace and name.
    pub id: ObjectRef,
}

/// Whether an object is ready, as `flux get` tells it (flux2 2.9 `cmd/flux/get.go`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// The status of the condition `Ready`.
    pub status: ConditionStatus,
    /// One word; empty where the controller gives none.
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// When the status last changed, in RFC 3339; empty where nobody says.
    pub since: String,
}

impl Live {
    /// Takes an object of the API server; nothing where it is none of Flux.
    pub fn of(object: Value) -> Option<Self> {
        let field = |path: &str| object.pointer(path).and_then(Value::as_str);
        let (group, _) = field("/apiVersion")?.split_once('/')?;
        let kind = FluxKind::of(group, field("/kind")?)?;
        let id = ObjectRef::new(
            field("/metadata/namespace").unwrap_or_default(),
            field("/metadata/name")?,
        );
        Some(Live { kind, id, object })
    }

    /// Returns the whole object.
    pub fn value(&self) -> &Value {
        &self.object
    }

    /// Returns the text at a JSON pointer such as `/spec/path`; nothing where there is none, or an empty one.
    pub fn text(&self, pointer: &str) -> Option<&str> {
        let text = self.object.pointer(pointer).and_then(Value::as_str);
        text.filter(|text| !text.is_empty())
    }

    /// Returns the list at a JSON pointer, empty where there is none.
    pub fn list(&self, pointer: &str) -> &[Value] {
        let list = self.object.pointer(pointer).and_then(Value::as_array);
        list.map_or(&[], Vec::as_slice)
    }

    /// Returns the API version that the server gave the object in.
    pub fn api_version(&self) -> &str {
        self.text("/apiVersion").unwrap_or_default()
    }

    /// Returns an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.metadata("annotations", key)
    }

    /// Returns a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.metadata("labels", key)
    }

    fn metadata(&self, map: &str, key: &str) -> Option<&str> {
        let map = self.object.get("metadata")?.get(map)?;
        map.get(key)?.as_str()
    }

    /// Returns the generation of the specification.
    pub fn generation(&self) -> i64 {
        self.number("/metadata/generation").unwrap_or_default()
    }

    /// Returns the generation that the status speaks of, where the controller says so.
    pub fn observed_generation(&self) -> Option<i64> {
        self.number("/status/observedGeneration")
    }

    fn number(&self, pointer: &str) -> Option<i64> {
        self.object.pointer(pointer).and_then(Value::as_i64)
    }

    /// Returns the version of the object from which a watch goes on.
    pub fn resource_version(&self) -> &str {
        self.text("/metadata/resourceVersion").unwrap_or_default()
    }

    /// Tells whether the object is on its way out.
    pub fn is_deleted(&self) -> bool {
        self.text("/metadata/deletionTimestamp").is_some()
    }

    /// Returns a condition.
    pub fn condition(&self, of_type: &str) -> Option<Condition> {
        Condition::of(&self.object, of_type)
    }

    /// Tells whether nothing happens to the object, because somebody stopped it.
    pub fn is_suspended(&self) -> bool {
        match self.kind.suspend_by {
            SuspendBy::Spec => self.object.pointer("/spec/suspend") == Some(&Value::Bool(true)),
            SuspendBy::Annotation => self.annotation(DISABLED_ANNOTATION) == Some(DISABLED),
            SuspendBy::Nothing => false,
        }
    }

    /// Tells whether no controller works on the object, so that there is nothing to ask for: alerts, providers, what others
    /// write, and HelmRepositories that only name a registry (source-controller 1.9 `HelmRepositoryOCIStatic`).
    pub fn is_static(&self) -> bool {
        !self.kind.is_reconciled
            || self.kind.kind == "HelmRepository" && self.text("/spec/type") == Some("oci")
    }

    /// Returns the token of the last request that the controller has acknowledged.
    pub fn handled(&self) -> Option<&str> {
        self.text("/status/lastHandledReconcileAt")
    }

    /// Returns the readiness.
    pub fn readiness(&self) -> Readiness {
        let said = |status, message: String| Readiness {
            status,
            reason: String::new(),
            message,
            since: String::new(),
        };
        if let Some(ready) = self.condition("Ready") {
            return Readiness {
                status: ready.status,
                reason: ready.reason,
                message: ready.message,
                since: ready.last_transition_time,
            };
        }
        let is_artifact = self.kind.kind == "ExternalArtifact";
        if self.is_static() && (!is_artifact || self.text("/status/artifact/revision").is_some()) {
            let what = match self.kind.kind {
                "HelmRepository" => "Helm repository",
                kind => kind,
            };
            return said(ConditionStatus::True, format!("{what} is Ready"));
        }
        said(
            ConditionStatus::False,
            "waiting to be reconciled".to_owned(),
        )
    }

    /// Returns what the object stands for at the moment: the revision of the artifact or of what was applied, the version of
    /// the chart, the selected image, the last scan or push. The columns of `flux get` (flux2 2.9).
    pub fn revision(&self) -> Option<String> {
        let text = |pointer: &str| self.text(pointer).map(str::to_owned);
        match self.kind.kind {
            "Kustomization" => self
                .told_revision()
                .or_else(|| text("/status/lastAppliedRevision")),
            "HelmRelease" => text("/status/history/0/chartVersion")
                .or_else(|| text("/status/lastAttemptedRevision")),
            "ImagePolicy" => {
                let name = self.text("/status/latestRef/name")?;
                Some(match self.text("/status/latestRef/tag") {
                    Some(tag) => format!("{name}:{tag}"),
                    None => name.to_owned(),
                })
            }
            "ImageRepository" => {
                let count = self.number("/status/lastScanResult/tagCount")?;
                Some(match count {
                    1 => "1 tag".to_owned(),
                    count => format!("{count} tags"),
                })
            }
            "ImageUpdateAutomation" => text("/status/lastPushCommit"),
            _ => text("/status/artifact/revision"),
        }
    }

    /// Returns the revision that `Ready` says was applied: kustomize-controller 1.9 writes the condition first, and the field of
    /// the status a moment later.
    fn told_revision(&self) -> Option<String> {
        let ready = self.condition("Ready").filter(Condition::is_true)?;
        let revision = ready.message.strip_prefix("Applied revision: ")?;
        Some(revision.to_owned())
    }

    /// Returns the objects of the same kind that have to be ready first (`spec.dependsOn` of Kustomizations and HelmReleases).
    pub fn depends_on(&self) -> Vec<ObjectRef> {
        let all = self.list("/spec/dependsOn").iter();
        all.filter_map(|entry| self.reference(entry)).collect()
    }

    /// Returns where the object takes from what it works on: the source of a Kustomization, the chart of a HelmRelease, the
    /// repository of a policy.
    pub fn source(&self) -> Option<KindRef> {
        let at = |pointer: &str, kind: Option<&str>| {
            let entry = self.object.pointer(pointer)?;
            let named = entry.get("kind").and_then(Value::as_str);
            Some(KindRef {
                kind: named.or(kind)?.to_owned(),
                id: self.reference(entry)?,
            })
        };
        match self.kind.kind {
            "HelmRelease" => at("/spec/chartRef", None).or_else(|| self.generated_chart()),
            "ImagePolicy" => at("/spec/imageRepositoryRef", Some("ImageRepository")),
            _ => at("/spec/sourceRef", None),
        }
    }

    /// Returns the HelmChart that helm-controller 1.6 makes of `spec.chart`: `<namespace>-<name>`, beside the chart's source.
    fn generated_chart(&self) -> Option<KindRef> {
        let entry = self.object.pointer("/spec/chart/spec/sourceRef")?;
        let source = self.reference(entry)?;
        let name = format!("{}-{}", self.id.namespace, self.id.name);
        Some(KindRef {
            kind: "HelmChart".to_owned(),
            id: ObjectRef::new(source.namespace, name),
        })
    }

    /// Returns the object that a reference names, in the object's own namespace where it names none.
    pub fn reference(&self, entry: &Value) -> Option<ObjectRef> {
        let field = |key| entry.get(key).and_then(Value::as_str);
        let namespace = field("namespace").filter(|namespace| !namespace.is_empty());
        let namespace = namespace.unwrap_or(&self.id.namespace);
        Some(ObjectRef::new(namespace, field("name")?))
    }

    /// Returns the Kustomization or HelmRelease that applied the object, by the labels that their controllers give.
    pub fn owner(&self) -> Option<KindRef> {
        let of = |group: &str, kind: &str| {
            let name = self.label(&format!("{group}/name"))?;
            let namespace = self.label(&format!("{group}/namespace"))?;
            Some(KindRef {
                kind: kind.to_owned(),
                id: ObjectRef::new(namespace, name),
            })
        };
        of(crate::flux::KUSTOMIZE_GROUP, "Kustomization")
            .or_else(|| of("helm.toolkit.fluxcd.io", "HelmRelease"))
    }

    /// Tells whether the manifest that kustomize-controller applies states `spec.suspend`: then the next apply that finds
    /// another value puts that of the manifest in its place. A field that no manifest states is left alone (server-side apply).
    pub fn is_suspend_in_git(&self) -> bool {
        let managers = self.list("/metadata/managedFields").iter();
        let mut states = managers.filter(|entry| {
            let is_applied = entry.get("operation").and_then(Value::as_str) == Some("Apply");
            let manager = entry.get("manager").and_then(Value::as_str);
            is_applied && manager == Some("kustomize-controller")
        });
        states.any(|entry| entry.pointer("/fieldsV1/f:spec/f:suspend").is_some())
    }

    /// Returns the reference to the object itself.
    pub fn kind_ref(&self) -> KindRef {
        KindRef {
            kind: self.kind.kind.to_owned(),
            id: self.id.clone(),
        }
    }
}

impl std::fmt::Display for KindRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind, self.id)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn live(object: Value) -> Live {
        Live::of(object).unwrap()
    }

    fn release(spec: Value) -> Live {
        live(
            json!({"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
            "metadata": {"namespace": "media", "name": "plex"}, "spec": spec}),
        )
    }

    #[test]
    fn only_objects_of_flux_are_taken() {
        let k3s = json!({"apiVersion": "helm.cattle.io/v1", "kind": "HelmChart", "metadata": {"name": "x"}});
        assert_eq!(Live::of(k3s), None);
        assert_eq!(Live::of(json!({"kind": "Kustomization"})), None);
        let older = json!({"apiVersion": "kustomize.toolkit.fluxcd.io/v1beta2", "kind": "Kustomization", "metadata": {"name": "x"}});
        assert_eq!(
            live(older).api_version(),
            "kustomize.toolkit.fluxcd.io/v1beta2"
        );
    }

    #[test]
    fn the_chart_of_a_release_is_the_one_that_its_controller_makes() {
        let chart = release(
            json!({"chart": {"spec": {"sourceRef": {"kind": "HelmRepository", "name": "r", "namespace": "flux-system"}}}}),
        );
        assert_eq!(
            chart.source().unwrap().to_string(),
            "HelmChart flux-system/media-plex"
        );
        let own = release(
            json!({"chart": {"spec": {"sourceRef": {"kind": "HelmRepository", "name": "r"}}}}),
        );
        assert_eq!(
            own.source().unwrap().to_string(),
            "HelmChart media/media-plex"
        );
        let by_ref =
            release(json!({"chartRef": {"kind": "OCIRepository", "name": "app-template"}}));
        assert_eq!(
            by_ref.source().unwrap().to_string(),
            "OCIRepository media/app-template"
        );
    }

    #[test]
    fn what_no_controller_works_on_is_ready_by_itself() {
        let alert = live(
            json!({"apiVersion": "notification.toolkit.fluxcd.io/v1beta3", "kind": "Alert", "metadata": {"name": "a"}}),
        );
        assert_eq!(alert.readiness().message, "Alert is Ready");
        let mut oci = json!({"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "HelmRepository", "metadata": {"name": "r"}, "spec": {"type": "oci"}});
        assert!(live(oci.clone()).is_static());
        assert_eq!(
            live(oci.clone()).readiness().message,
            "Helm repository is Ready"
        );
        oci["spec"]["type"] = json!("default");
        let waiting = live(oci).readiness();
        assert_eq!(
            (waiting.status, waiting.message.as_str()),
            (ConditionStatus::False, "waiting to be reconciled")
        );
    }

    #[test]
    fn what_ready_says_was_applied_comes_first() {
        let mut applied = json!({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": {"name": "apps"}, "status": {"lastAppliedRevision": "main@sha1:old"}});
        let revision = |object: &Value| live(object.clone()).revision();
        assert_eq!(revision(&applied).as_deref(), Some("main@sha1:old"));
        let condition = |status: &str| json!([{"type": "Ready", "status": status, "message": "Applied revision: main@sha1:new"}]);
        applied["status"]["conditions"] = condition("True");
        assert_eq!(revision(&applied).as_deref(), Some("main@sha1:new"));
        applied["status"]["conditions"] = condition("False");
        assert_eq!(revision(&applied).as_deref(), Some("main@sha1:old"));
    }

    #[test]
    fn a_generator_is_stopped_by_its_annotation() {
        let generator = |value: &str| {
            live(
                json!({"apiVersion": "source.extensions.fluxcd.io/v1beta1", "kind": "ArtifactGenerator",
                "metadata": {"name": "g", "annotations": {DISABLED_ANNOTATION: value}}, "spec": {"suspend": true}}),
            )
        };
        assert!(generator("disabled").is_suspended());
        assert!(!generator("enabled").is_suspended());
        assert!(release(json!({"suspend": true})).is_suspended());
        assert!(!release(json!({"suspend": false})).is_suspended());
    }
}
