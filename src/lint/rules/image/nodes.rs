//! The nodes that a pod may land on, as far as their architecture goes.

use super::policies::text;
use crate::manifest::Node;

/// The labels of the architecture; the second is the one of old clusters.
const ARCH: [&str; 2] = ["kubernetes.io/arch", "beta.kubernetes.io/arch"];
/// Labels that every Linux node has.
const OS: [&str; 2] = ["kubernetes.io/os", "beta.kubernetes.io/os"];

/// The nodes that a pod may land on.
pub(super) struct Nodes<'a> {
    /// Their architectures.
    pub(super) architectures: Vec<&'a str>,
    /// Something else narrows them down (a host, a label), so that some of the architectures may be out of the question.
    narrowed: bool,
}

impl<'a> Nodes<'a> {
    /// Reads `nodeName`, `nodeSelector` and the required node affinity of a pod spec; `all` are the architectures of the
    /// cluster.
    pub(super) fn of(pod: &Node, all: &'a [String]) -> Self {
        let mut nodes = Nodes {
            architectures: all.iter().map(String::as_str).collect(),
            narrowed: text(pod, &["nodeName"]).is_some(),
        };
        let selector = pod.get("nodeSelector").and_then(Node::entries);
        for entry in selector.unwrap_or_default() {
            let (key, value) = (entry.key.text().unwrap_or_default(), entry.value.text());
            if ARCH.contains(&key) {
                nodes.architectures.retain(|arch| Some(*arch) == value);
            } else if !OS.contains(&key) {
                nodes.narrowed = true;
            }
        }
        let affinity = [
            "affinity",
            "nodeAffinity",
            "requiredDuringSchedulingIgnoredDuringExecution",
            "nodeSelectorTerms",
        ];
        if let Some(terms) = pod.at_path(&affinity).and_then(Node::items) {
            nodes.narrow(terms);
        }
        nodes
    }

    /// Returns those of the architectures that an image with `has` lacks. Where something else decides between nodes, an
    /// image that has one of them may be right.
    pub(super) fn lacking(&self, has: &[&str]) -> Vec<&'a str> {
        let architectures = self.architectures.iter().copied();
        let lacks: Vec<&str> = architectures.filter(|arch| !has.contains(arch)).collect();
        if self.narrowed && lacks.len() < self.architectures.len() {
            return Vec::new();
        }
        lacks
    }

    /// Applies the terms of an affinity: a node has to satisfy one of them.
    fn narrow(&mut self, terms: &[Node]) {
        let list = |term: &'_ Node, key: &str| -> Vec<Node> {
            let items = term.get(key).and_then(Node::items);
            items.unwrap_or_default().to_vec()
        };
        let terms: Vec<_> = terms
            .iter()
            .map(|term| (list(term, "matchExpressions"), list(term, "matchFields")))
            .collect();
        let is_arch = |e: &Node| text(e, &["key"]).is_some_and(|key| ARCH.contains(&key));
        let is_os = |e: &Node| text(e, &["key"]).is_some_and(|key| OS.contains(&key));
        self.narrowed |= terms.iter().any(|(expressions, fields)| {
            !fields.is_empty() || expressions.iter().any(|e| !is_arch(e) && !is_os(e))
        });
        self.architectures.retain(|arch| {
            let satisfied = |expressions: &[Node]| {
                let mut on_arch = expressions.iter().filter(|e| is_arch(e));
                on_arch.all(|expression| holds(expression, arch))
            };
            terms.iter().any(|(expressions, _)| satisfied(expressions))
        });
    }
}

/// Judges one expression on the architecture.
fn holds(expression: &Node, arch: &str) -> bool {
    let values = expression.get("values").and_then(Node::items);
    let listed = values
        .unwrap_or_default()
        .iter()
        .any(|v| v.text() == Some(arch));
    match text(expression, &["operator"]) {
        Some("In") => listed,
        Some("NotIn") => !listed,
        Some("DoesNotExist") => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{FileId, SourceFile};

    fn lacking(spec: &str, has: &[&str]) -> Vec<String> {
        let file = SourceFile::parse(FileId(0), "a.yaml", spec);
        let pod = file.documents[0].root.clone().unwrap();
        let all = ["amd64".to_owned(), "arm64".to_owned()];
        let nodes = Nodes::of(&pod, &all);
        nodes.lacking(has).into_iter().map(str::to_owned).collect()
    }

    const AFFINITY: &str = "affinity:\n  nodeAffinity:\n    requiredDuringSchedulingIgnoredDuringExecution:\n      nodeSelectorTerms:\n";

    #[test]
    fn selectors_and_affinities_count() {
        assert_eq!(lacking("containers: []\n", &["amd64"]), ["arm64"]);
        let linux = "nodeSelector: {kubernetes.io/os: linux}\n";
        assert_eq!(lacking(linux, &["amd64"]), ["arm64"]);
        let amd = "nodeSelector: {kubernetes.io/arch: amd64}\n";
        assert!(lacking(amd, &["amd64"]).is_empty());
        assert_eq!(lacking(amd, &["arm64"]), ["amd64"]);
        let term = |operator: &str, values: &str| {
            format!(
                "{AFFINITY}        - matchExpressions:\n            - {{key: kubernetes.io/arch, operator: {operator}, values: [{values}]}}\n"
            )
        };
        assert!(lacking(&term("In", "amd64"), &["amd64"]).is_empty());
        assert_eq!(lacking(&term("NotIn", "amd64"), &["amd64"]), ["arm64"]);
        let either = term("In", "amd64")
            + "        - matchExpressions:\n            - {key: kubernetes.io/arch, operator: In, values: [arm64]}\n";
        assert_eq!(lacking(&either, &["amd64"]), ["arm64"]);
    }

    #[test]
    fn a_host_of_its_own_may_be_the_right_one() {
        for pinned in [
            "nodeName: nas\n",
            "nodeSelector: {kubernetes.io/hostname: nas}\n",
        ] {
            assert!(lacking(pinned, &["amd64"]).is_empty());
            assert_eq!(lacking(pinned, &["s390x"]), ["amd64", "arm64"]);
        }
    }
}
