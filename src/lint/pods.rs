//! The pods of built-in workloads and the images that they run.

use crate::flux::kind;
use crate::manifest::Node;

/// Returns the pod spec of a built-in workload.
pub(in crate::lint) fn pod_spec(object: &Node) -> Option<&Node> {
    let path: &[&str] = match kind(object) {
        "Pod" => &["spec"],
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" => {
            &["spec", "template", "spec"]
        }
        _ => return None,
    };
    object.at_path(path)
}

/// Returns the image fields of a pod spec.
pub(in crate::lint) fn images(pod: &Node) -> impl Iterator<Item = &Node> {
    let lists = ["initContainers", "containers"]
        .into_iter()
        .filter_map(|list| pod.get(list)?.items());
    lists
        .flatten()
        .filter_map(|container| container.get("image"))
}
