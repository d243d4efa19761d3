//! The pods of built-in workloads and the images that they run.

pub(in crate::lint) use crate::flux::pod_spec;
use crate::manifest::Node;

/// Returns the image fields of a pod spec.
pub(in crate::lint) fn images(pod: &Node) -> impl Iterator<Item = &Node> {
    let lists = ["initContainers", "containers"]
        .into_iter()
        .filter_map(|list| pod.get(list)?.items());
    lists
        .flatten()
        .filter_map(|container| container.get("image"))
}
