//! `nodes`: what the machines of the cluster are.

use super::{Refuse, fields, unknown};
use crate::error::Error;
use crate::manifest::Node;

/// The keys.
const KEYS: [&str; 1] = ["architectures"];
/// The architectures on which Kubernetes runs, as its nodes are labelled and as images name them: Go's names.
const ARCHITECTURES: [&str; 8] = [
    "386", "amd64", "arm", "arm64", "loong64", "ppc64le", "riscv64", "s390x",
];
/// What other tools call them.
const OTHER_NAMES: [(&str, &str); 10] = [
    ("x86_64", "amd64"),
    ("x64", "amd64"),
    ("aarch64", "arm64"),
    ("armv8", "arm64"),
    ("armhf", "arm"),
    ("armv6", "arm"),
    ("armv7", "arm"),
    ("armv7l", "arm"),
    ("i386", "386"),
    ("x86", "386"),
];
/// Shows what `nodes` looks like.
const EXAMPLE: &str = "for example `nodes: { architectures: [amd64, arm64] }`";

/// Reads `nodes`: the architectures, each once.
///
/// # Errors
/// An unknown key or architecture, or no list.
pub(super) fn architectures(node: &Node, refuse: Refuse<'_>) -> Result<Vec<String>, Error> {
    let mut found: Vec<String> = Vec::new();
    for (key, value, place) in fields(node, EXAMPLE, refuse)? {
        if key != "architectures" {
            return Err(unknown("key", key, &KEYS, place, refuse));
        }
        let items = value
            .items()
            .ok_or_else(|| refuse(value.place, "`architectures` must be a list").hint(EXAMPLE))?;
        for item in items {
            let name = architecture(item, refuse)?;
            if !found.iter().any(|known| known == name) {
                found.push(name.to_owned());
            }
        }
    }
    Ok(found)
}

fn architecture<'n>(node: &'n Node, refuse: Refuse<'_>) -> Result<&'n str, Error> {
    let name = node.text().unwrap_or_default();
    if ARCHITECTURES.contains(&name) {
        return Ok(name);
    }
    let error = refuse(
        node.place,
        &format!("`{name}` is no architecture of a node"),
    );
    let bare = name.strip_prefix("linux/").unwrap_or(name).to_lowercase();
    let other = OTHER_NAMES.iter().find(|(other, _)| *other == bare);
    let meant = match other {
        Some((_, meant)) => Some(*meant),
        None => ARCHITECTURES.into_iter().find(|known| *known == bare),
    };
    Err(error.hint(match meant {
        Some(meant) => format!("Kubernetes calls it `{meant}`"),
        None => format!("there are: {}", ARCHITECTURES.join(", ")),
    }))
}

#[cfg(test)]
mod tests {
    use crate::settings::read;

    #[test]
    fn reads_the_architectures_each_once() {
        let read = |text| read(text, &[]).unwrap().architectures;
        let text = "nodes:\n  architectures: [arm64, amd64, arm64, 386]\n";
        assert_eq!(read(text), ["arm64", "amd64", "386"]);
        assert!(read("nodes:\n").is_empty());
        assert!(read("nodes: { architectures: [] }\n").is_empty());
    }

    #[test]
    fn refuses_what_no_node_is() {
        for (text, message, hint) in [
            (
                "nodes:\n  architectures:\n    - arm64\n    - x86_64\n",
                ".homelab.yaml:4: `x86_64` is no architecture of a node",
                "Kubernetes calls it `amd64`",
            ),
            (
                "nodes: { architectures: [linux/ARM64] }\n",
                ".homelab.yaml:1: `linux/ARM64` is no architecture of a node",
                "Kubernetes calls it `arm64`",
            ),
            (
                "nodes: { architectures: [z80] }\n",
                ".homelab.yaml:1: `z80` is no architecture of a node",
                "there are: 386, amd64, arm, arm64, loong64, ppc64le, riscv64, s390x",
            ),
            (
                "nodes: { architectures: arm64 }\n",
                ".homelab.yaml:1: `architectures` must be a list",
                "for example `nodes: { architectures: [amd64, arm64] }`",
            ),
            (
                "nodes:\n  architecture: [arm64]\n",
                ".homelab.yaml:2: no key is called `architecture`",
                "did you mean `architectures`? The keys are: architectures",
            ),
            (
                "nodes: [arm64]\n",
                ".homelab.yaml:1: this must be a mapping",
                "for example `nodes: { architectures: [amd64, arm64] }`",
            ),
        ] {
            let error = read(text, &[]).unwrap_err();
            assert_eq!(error.message, message);
            assert_eq!(error.hint.as_deref(), Some(hint));
        }
    }
}
