//! Whether a workload runs, told from its status as kstatus does (fluxcd/cli-utils `kstatus/status`).

use serde_json::Value;

use crate::flux::{Condition, ConditionStatus, ObjectRef};

/// The containers of a workload, and how many of its pods are ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// The API version, such as `apps/v1`.
    pub api_version: String,
    /// The kind, such as `Deployment`.
    pub kind: String,
    /// Namespace and name.
    pub id: ObjectRef,
    /// Whether all pods that should run are ready and of the newest template; `Unknown` while they are on their way.
    pub ready: ConditionStatus,
    /// Ready pods, and wanted ones; nothing for what runs now and then.
    pub replicas: Option<(u64, u64)>,
    /// Whether a CronJob or Job is suspended.
    pub suspended: bool,
    /// The images of its containers, those of init containers last.
    pub images: Vec<String>,
    /// What is missing, in a sentence; empty where nothing is.
    pub message: String,
    /// When that state began, in RFC 3339; empty where nobody says.
    pub since: String,
}

impl Workload {
    /// Reads an object of the API server: a Deployment, StatefulSet, DaemonSet, CronJob or Job. Nothing for what has no name.
    pub fn of(object: &Value) -> Option<Self> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let kind = text("/kind")?;
        let replicas = replicas(object, kind);
        let (ready, message, since) = match kind {
            "Job" => of_job(object),
            "CronJob" => (ConditionStatus::True, String::new(), String::new()),
            _ => of_pods(object, replicas.unwrap_or_default()),
        };
        Some(Workload {
            api_version: text("/apiVersion").unwrap_or_default().to_owned(),
            kind: kind.to_owned(),
            id: ObjectRef::new(
                text("/metadata/namespace").unwrap_or_default(),
                text("/metadata/name")?,
            ),
            ready,
            replicas,
            suspended: object.pointer("/spec/suspend") == Some(&Value::Bool(true)),
            images: images(object),
            message,
            since,
        })
    }
}

fn number(object: &Value, pointer: &str) -> Option<u64> {
    object.pointer(pointer).and_then(Value::as_u64)
}

fn replicas(object: &Value, kind: &str) -> Option<(u64, u64)> {
    let or_none = |pointer| number(object, pointer).unwrap_or_default();
    match kind {
        "DaemonSet" => Some((
            or_none("/status/numberReady"),
            or_none("/status/desiredNumberScheduled"),
        )),
        "Deployment" | "StatefulSet" => Some((
            or_none("/status/readyReplicas"),
            number(object, "/spec/replicas").unwrap_or(1),
        )),
        _ => None,
    }
}

fn of_pods(object: &Value, (ready, wanted): (u64, u64)) -> (ConditionStatus, String, String) {
    let condition = |of_type| Condition::of(object, of_type);
    let since = condition("Available").map(|c| c.last_transition_time);
    let since = since.unwrap_or_default();
    let stuck = condition("Progressing").filter(|c| c.reason == "ProgressDeadlineExceeded");
    if let Some(stuck) = stuck {
        return (
            ConditionStatus::False,
            stuck.message,
            stuck.last_transition_time,
        );
    }
    let updated = ["/status/updatedReplicas", "/status/updatedNumberScheduled"];
    let updated = updated
        .iter()
        .find_map(|pointer| number(object, pointer))
        .unwrap_or_default();
    let observed = number(object, "/status/observedGeneration").unwrap_or_default();
    let is_seen = observed >= number(object, "/metadata/generation").unwrap_or_default();
    let is_manual = object
        .pointer("/spec/updateStrategy/type")
        .and_then(Value::as_str)
        == Some("OnDelete");
    if ready < wanted {
        let message = format!("{ready} of {wanted} pods are ready");
        return (ConditionStatus::False, message, since);
    }
    if !is_seen || updated < wanted && !is_manual {
        let message = format!("{updated} of {wanted} pods are of the newest template");
        return (ConditionStatus::Unknown, message, since);
    }
    (ConditionStatus::True, String::new(), since)
}

fn of_job(object: &Value) -> (ConditionStatus, String, String) {
    let holds = |of_type| Condition::of(object, of_type).filter(Condition::is_true);
    if let Some(failed) = holds("Failed") {
        let since = failed.last_transition_time;
        return (ConditionStatus::False, failed.message, since);
    }
    match holds("Complete") {
        Some(done) => (
            ConditionStatus::True,
            String::new(),
            done.last_transition_time,
        ),
        None => (
            ConditionStatus::Unknown,
            "it has not ended yet".to_owned(),
            String::new(),
        ),
    }
}

fn images(object: &Value) -> Vec<String> {
    let pods = [
        "/spec/template/spec",
        "/spec/jobTemplate/spec/template/spec",
    ];
    let pod = pods.iter().find_map(|pointer| object.pointer(pointer));
    let mut images: Vec<String> = Vec::new();
    for list in ["containers", "initContainers"] {
        let containers = pod.and_then(|pod| pod.get(list)?.as_array());
        for container in containers.into_iter().flatten() {
            let image = container.get("image").and_then(Value::as_str);
            let image = image.filter(|image| images.iter().all(|known| known != image));
            images.extend(image.map(str::to_owned));
        }
    }
    images
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment(status: Value) -> Workload {
        let pod = json!({"containers": [{"image": "a:1"}, {"image": "b:2"}], "initContainers": [{"image": "a:1"}]});
        Workload::of(&json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"namespace": "web", "name": "site", "generation": 2},
            "spec": {"replicas": 2, "template": {"spec": pod}}, "status": status,
        }))
        .unwrap()
    }

    #[test]
    fn a_deployment_is_ready_when_all_new_pods_are() {
        let ready =
            deployment(json!({"observedGeneration": 2, "readyReplicas": 2, "updatedReplicas": 2}));
        assert_eq!(
            (ready.ready, ready.replicas),
            (ConditionStatus::True, Some((2, 2)))
        );
        assert_eq!(ready.images, ["a:1", "b:2"]);
        let few = deployment(json!({"observedGeneration": 2, "readyReplicas": 1}));
        assert_eq!(
            (few.ready, few.message.as_str()),
            (ConditionStatus::False, "1 of 2 pods are ready")
        );
        let old =
            deployment(json!({"observedGeneration": 1, "readyReplicas": 2, "updatedReplicas": 2}));
        assert_eq!(old.ready, ConditionStatus::Unknown);
        let stuck = json!({"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "it timed out"});
        let stuck = deployment(json!({"conditions": [stuck]}));
        assert_eq!(
            (stuck.ready, stuck.message.as_str()),
            (ConditionStatus::False, "it timed out")
        );
    }

    #[test]
    fn other_workloads_have_their_own_signs() {
        let read = |kind: &str, status: Value| {
            Workload::of(&json!({"kind": kind, "metadata": {"name": "x"}, "status": status}))
                .unwrap()
        };
        let set = read(
            "DaemonSet",
            json!({"numberReady": 3, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3}),
        );
        assert_eq!(
            (set.ready, set.replicas),
            (ConditionStatus::True, Some((3, 3)))
        );
        assert_eq!(read("CronJob", json!({})).ready, ConditionStatus::True);
        let failed = json!({"conditions": [{"type": "Failed", "status": "True", "message": "back-off limit"}]});
        assert_eq!(read("Job", failed).message, "back-off limit");
        assert_eq!(read("Job", json!({})).ready, ConditionStatus::Unknown);
        assert_eq!(Workload::of(&json!({"kind": "Deployment"})), None);
    }
}
