//! The nodes that the pods of a CronJob run on.

use crate::manifest::Node;

/// The label that names a node.
const HOSTNAME: &str = "kubernetes.io/hostname";
/// The label that gives a node a role.
const ROLE: &str = "node-role.kubernetes.io/";

/// Returns the nodes that a CronJob must run on, and their role.
pub(super) fn nodes_of(cronjob: &Node) -> (Vec<String>, Option<String>) {
    let pod = ["spec", "jobTemplate", "spec", "template", "spec"];
    let Some(pod) = cronjob.at_path(&pod) else {
        return (Vec::new(), None);
    };
    let mut nodes: Vec<String> = Vec::new();
    let mut role = None;
    let direct = pod.text_at(&["nodeName"]);
    nodes.extend(direct.map(str::to_owned));
    for entry in pod
        .get("nodeSelector")
        .and_then(Node::entries)
        .unwrap_or_default()
    {
        let key = entry.key.text().unwrap_or_default();
        if key == HOSTNAME {
            nodes.extend(entry.value.text().map(str::to_owned));
        } else {
            role = Some(key.strip_prefix(ROLE).unwrap_or(key).to_owned());
        }
    }
    let required = [
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
        "nodeSelectorTerms",
    ];
    let terms = pod
        .at_path(&required)
        .and_then(Node::items)
        .unwrap_or_default();
    for expression in terms.iter().flat_map(|t| {
        t.get("matchExpressions")
            .and_then(Node::items)
            .unwrap_or_default()
    }) {
        let key = expression.text_at(&["key"]).unwrap_or_default();
        let values = expression
            .get("values")
            .and_then(Node::items)
            .unwrap_or_default();
        if key == HOSTNAME && expression.text_at(&["operator"]) == Some("In") {
            nodes.extend(values.iter().filter_map(|v| v.text().map(str::to_owned)));
        } else {
            role = Some(key.strip_prefix(ROLE).unwrap_or(key).to_owned());
        }
    }
    (nodes, role)
}
