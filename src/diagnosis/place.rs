//! Pods that no node takes, by what the scheduler says.

use serde_json::Value;

use super::pod::claims;
use super::story::{Cause, Confidence, Story};
use super::thing::Thing;

/// What the scheduler says (kube-scheduler 1.36, its plugins' reasons), what that means, and the way out.
const REASONS: [(&str, &str, &str); 12] = [
    (
        "Insufficient memory",
        "no node has the memory that it requests",
        "lower `resources.requests.memory`, or make room on a node",
    ),
    (
        "Insufficient cpu",
        "no node has the CPU that it requests",
        "lower `resources.requests.cpu`, or make room on a node",
    ),
    (
        "Insufficient ephemeral-storage",
        "no node has the disk that it requests",
        "lower the request, or free disk on a node",
    ),
    (
        "Too many pods",
        "the nodes run as many pods as they may",
        "raise `maxPods` of the kubelet, or run less",
    ),
    (
        "didn't match Pod's node affinity/selector",
        "no node has the labels that it asks for",
        "label a node, or correct `nodeSelector` and `affinity`; `kubectl get nodes --show-labels` lists what there is",
    ),
    (
        "didn't match pod anti-affinity rules",
        "its anti-affinity keeps it from every node",
        "a preferred rule instead of a required one lets it run beside others",
    ),
    (
        "didn't match pod affinity rules",
        "no node runs the pods that it wants beside it",
        "correct `affinity`, or run those pods",
    ),
    (
        "untolerated taint",
        "the nodes have taints that it does not tolerate",
        "add `tolerations`, or take the taint off: `kubectl get nodes -o custom-columns=NAME:.metadata.name,TAINTS:.spec.taints`",
    ),
    (
        "had volume node affinity conflict",
        "its volume is on another node than it may run on",
        "a local volume binds its pods to its node; correct where the pod may run",
    ),
    (
        "didn't have free ports",
        "the host port that it wants is taken",
        "two pods with one `hostPort` cannot share a node",
    ),
    (
        "were unschedulable",
        "nodes are cordoned",
        "`kubectl uncordon NODE` lets them take pods again",
    ),
    (
        "Insufficient ",
        "no node has the device that it requests",
        "the device plugin has to run on a node that has it",
    ),
];

/// Blames what keeps a pod from every node.
pub(super) fn look(story: &mut Story<'_>, owner: &Thing, pod: &Value, message: &str) {
    let mark = story.mark();
    let is_claim =
        message.contains("persistentvolumeclaim") || message.contains("PersistentVolumeClaims");
    if is_claim {
        claims(story, owner, pod);
    }
    if story.is_waiting(mark) || story.is_explained(mark) {
        return;
    }
    let known = REASONS
        .iter()
        .filter(|(reason, _, _)| message.contains(reason));
    // A device is whatever no other line names.
    let mut known: Vec<_> = known.collect();
    if known.len() > 1 {
        known.retain(|(reason, _, _)| *reason != "Insufficient ");
    }
    let asks = asks(pod);
    let what = match known.as_slice() {
        [] => message.to_owned(),
        some => some
            .iter()
            .map(|(_, what, _)| *what)
            .collect::<Vec<_>>()
            .join("; "),
    };
    let told = format!("no node takes pods of {owner}: {what}{asks}");
    let mut cause = Cause::new("unschedulable", owner, Confidence::Certain, told);
    let help: Vec<&str> = known.iter().map(|(_, _, help)| *help).collect();
    cause = cause.help(help.join("; "));
    story.blame(cause.next(format!("kubectl describe {}", owner.kubectl())));
}

/// Returns what the pod asks of a node.
fn asks(pod: &Value) -> String {
    let pairs = |map: &Value| -> Vec<String> {
        let pairs = map.as_object().into_iter().flatten();
        pairs
            .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)))
            .collect()
    };
    let selector = pod
        .pointer("/spec/nodeSelector")
        .map(pairs)
        .unwrap_or_default();
    let containers = pod.pointer("/spec/containers").and_then(Value::as_array);
    let requests = containers.into_iter().flatten();
    let requests = requests.filter_map(|container| container.pointer("/resources/requests"));
    let asked: Vec<String> = selector
        .into_iter()
        .chain(requests.flat_map(pairs))
        .collect();
    match asked.is_empty() {
        true => String::new(),
        false => format!(" (it asks for {})", asked.join(", ")),
    }
}
