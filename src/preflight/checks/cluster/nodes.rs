//! `cluster/nodes`: whether the controllers of Flux find a node to run on.

use super::say::Trouble;
use super::{Look, Say, few};
use crate::preflight::check::Check;
use crate::preflight::cluster::CONTROLLERS;
use crate::preflight::facts::NodeFacts;
use crate::preflight::plan::{Chosen, Plan};

/// The architectures that the images of Flux are built for, as nodes name them; `arm` is ARMv7.
const ARCHITECTURES: [&str; 3] = ["amd64", "arm64", "arm"];
/// What a node should have: each controller requests 64 MiB and may take 1 GiB (flux2 v2.9.5).
const MEMORY: u64 = 1 << 30;
/// What a controller requests, in MiB.
const REQUEST: usize = 64;
/// How many controllers there are without `--components-extra`.
const USUAL: usize = 4;
const CORDONED: &str = "node.kubernetes.io/unschedulable";

pub(super) fn nodes(look: &Look<'_>) -> Option<Check> {
    let say = Say::new("cluster/nodes", "nodes can run the controllers");
    let nodes = match &look.cluster.nodes {
        Ok(nodes) => nodes,
        Err(why) => return Some(say.unavailable(why)),
    };
    let describe = "`kubectl get nodes -o wide` shows them";
    let ready: Vec<&NodeFacts> = nodes.iter().filter(|node| node.is_ready).collect();
    if ready.is_empty() {
        let names = nodes.iter().map(|node| node.name.as_str());
        let detail = match nodes.len() {
            0 => "the cluster has no node".to_owned(),
            1 => format!("its only node is not ready: {}", few(names)),
            count => format!("none of {count} nodes is ready: {}", few(names)),
        };
        return Some(say.fail(detail, describe));
    }
    let able = |node: &&NodeFacts| {
        matches!(node.system.as_str(), "" | "linux")
            && ARCHITECTURES.contains(&node.architecture.as_str())
    };
    let usable: Vec<&NodeFacts> = ready.iter().copied().filter(able).collect();
    let troubles = match usable.is_empty() {
        true => vec![no_image(&ready)],
        false => [
            odd(&ready),
            small(&usable, look.plan),
            pressed(&usable),
            tainted(&usable, look.plan),
        ]
        .into_iter()
        .flatten()
        .collect(),
    };
    Some(say.all(troubles).unwrap_or_else(|| {
        let mut kinds: Vec<&str> = usable.iter().map(|n| n.architecture.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let (ready, all) = (ready.len(), nodes.len());
        say.pass(format!(
            "{ready} of {all} nodes are ready: {}",
            kinds.join(", ")
        ))
    }))
}

fn names(nodes: &[&NodeFacts], of: impl Fn(&NodeFacts) -> String) -> String {
    let named = nodes
        .iter()
        .map(|node| format!("{} ({})", node.name, of(node)));
    let named: Vec<String> = named.collect();
    few(named.iter().map(String::as_str))
}

fn platform(node: &NodeFacts) -> String {
    match node.system.as_str() {
        "" | "linux" => node.architecture.clone(),
        system => format!("{system}/{}", node.architecture),
    }
}

fn no_image(ready: &[&NodeFacts]) -> Trouble {
    let detail = format!(
        "Flux has images for linux on amd64, arm64 and arm/v7 only, and no node that is ready is of these: {}",
        names(ready, platform)
    );
    Trouble::fatal(detail, "add a node of one of these architectures")
}

/// Nodes that Flux has no image for, beside others that it has.
fn odd(ready: &[&NodeFacts]) -> Option<Trouble> {
    let is_odd = |node: &&NodeFacts| {
        // Windows nodes are left alone: Flux selects linux (`nodeSelector`).
        matches!(node.system.as_str(), "" | "linux")
            && !ARCHITECTURES.contains(&node.architecture.as_str())
    };
    let odd: Vec<&NodeFacts> = ready.iter().copied().filter(is_odd).collect();
    let first = odd.first()?;
    let detail = format!(
        "Flux has no image for {}; a controller that lands there does not start",
        names(&odd, platform)
    );
    let help = format!(
        "keep them off with a taint: `kubectl taint nodes {} architecture={}:NoSchedule`",
        first.name, first.architecture
    );
    Some(Trouble::light(detail, help))
}

fn small(usable: &[&NodeFacts], plan: Option<&Plan>) -> Option<Trouble> {
    let least = usable
        .iter()
        .map(|node| node.memory)
        .collect::<Option<Vec<_>>>()?;
    if least.iter().any(|memory| *memory >= MEMORY) {
        return None;
    }
    let extra = plan.map_or(0, |plan| plan.components_extra.len());
    let count = (USUAL + extra).min(CONTROLLERS.len());
    let mebibytes = |node: &NodeFacts| format!("{} MiB", node.memory.unwrap_or_default() >> 20);
    let detail = format!(
        "no node has 1 GiB of memory: {}; {count} controllers request {} MiB together and may take 1 GiB each",
        names(usable, mebibytes),
        count * REQUEST
    );
    let help = "leave out what is not used, as in `--components=source-controller,kustomize-controller`, or add memory";
    Some(Trouble::light(detail, help))
}

fn pressed(usable: &[&NodeFacts]) -> Option<Trouble> {
    let pressed: Vec<&NodeFacts> = usable
        .iter()
        .copied()
        .filter(|node| !node.pressures.is_empty())
        .collect();
    let first = pressed.first()?;
    let detail = format!(
        "nodes report pressure and evict pods: {}",
        names(&pressed, |node| node.pressures.join(", "))
    );
    let help = format!("`kubectl describe node {}` says why", first.name);
    Some(Trouble::light(detail, help))
}

/// Says it where no node takes a pod without a toleration.
fn tainted(usable: &[&NodeFacts], plan: Option<&Plan>) -> Option<Trouble> {
    let tolerated = plan.map_or_else(Vec::new, |plan| tolerations(&plan.extra));
    let left = |node: &NodeFacts| {
        let keys = node.taints.iter();
        let keys = keys.filter(|key| !tolerated.iter().any(|known| known == *key));
        keys.cloned().collect::<Vec<_>>()
    };
    if usable.iter().any(|node| left(node).is_empty()) {
        return None;
    }
    let detail = format!(
        "every node that is ready keeps the controllers away by a taint: {}",
        names(usable, |node| left(node).join(", "))
    );
    let mut best: Vec<Vec<String>> = usable.iter().map(|node| left(node)).collect();
    best.sort_by_key(Vec::len);
    let best = best.into_iter().next()?;
    let help = match best.iter().any(|key| key == CORDONED) {
        true => "`kubectl uncordon NODE` opens a node again".to_owned(),
        false => {
            let keys = [tolerated.clone(), best].concat().join(",");
            format!("`--toleration-keys={keys}` lets them run there")
        }
    };
    Some(Trouble::light(detail, help))
}

/// Returns what `--toleration-keys` names, in whichever form.
fn tolerations(flags: &[Chosen<String>]) -> Vec<String> {
    let values = flags.iter().enumerate().filter_map(|(place, flag)| {
        let rest = flag.value.strip_prefix("--toleration-keys")?;
        match rest.strip_prefix('=') {
            Some(value) => Some(value),
            None if rest.is_empty() => flags.get(place + 1).map(|next| next.value.as_str()),
            None => None,
        }
    });
    let keys = values.flat_map(|value| value.split(','));
    keys.map(|key| key.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples::{cluster, first, fresh, node};
    use super::*;
    use crate::preflight::Facts;
    use crate::preflight::fact::{Unavailable, Why};

    fn with(nodes: Vec<NodeFacts>) -> Facts {
        let mut facts = fresh();
        cluster(&mut facts).nodes = Ok(nodes);
        facts
    }

    fn said(nodes: Vec<NodeFacts>) -> String {
        first(&with(nodes), "cluster/nodes")
    }

    #[test]
    fn nodes_that_are_well_pass() {
        let away = NodeFacts {
            is_ready: false,
            ..node("pi-3", "arm64")
        };
        insta::assert_snapshot!(said(vec![node("pi-1", "arm64"), node("nuc", "amd64"), away]), @"pass cluster/nodes: 2 of 3 nodes are ready: amd64, arm64");
        let windows = NodeFacts {
            system: "windows".to_owned(),
            ..node("win", "amd64")
        };
        insta::assert_snapshot!(said(vec![node("pi-1", "arm64"), windows]), @"pass cluster/nodes: 2 of 2 nodes are ready: arm64");
    }

    #[test]
    fn no_node_that_can_run_them_fails() {
        insta::assert_snapshot!(said(Vec::new()), @"
        fail cluster/nodes: the cluster has no node
          help: `kubectl get nodes -o wide` shows them
        ");
        let away = NodeFacts {
            is_ready: false,
            ..node("pi-1", "arm64")
        };
        insta::assert_snapshot!(said(vec![away]), @"
        fail cluster/nodes: its only node is not ready: pi-1
          help: `kubectl get nodes -o wide` shows them
        ");
        insta::assert_snapshot!(said(vec![node("vf2", "riscv64")]), @"
        fail cluster/nodes: Flux has images for linux on amd64, arm64 and arm/v7 only, and no node that is ready is of these: vf2 (riscv64)
          help: add a node of one of these architectures
        ");
    }

    #[test]
    fn weak_nodes_warn() {
        let zero = NodeFacts {
            memory: Some(926_328 << 10),
            pressures: vec!["MemoryPressure".to_owned()],
            ..node("pi-1", "arm64")
        };
        insta::assert_snapshot!(said(vec![zero, node("vf2", "riscv64")]), @"
        warn cluster/nodes: Flux has no image for vf2 (riscv64); a controller that lands there does not start; no node has 1 GiB of memory: pi-1 (904 MiB); 6 controllers request 384 MiB together and may take 1 GiB each; nodes report pressure and evict pods: pi-1 (MemoryPressure)
          help: keep them off with a taint: `kubectl taint nodes vf2 architecture=riscv64:NoSchedule`; leave out what is not used, as in `--components=source-controller,kustomize-controller`, or add memory; `kubectl describe node pi-1` says why
        ");
    }

    #[test]
    fn taints_on_every_node_need_the_flag() {
        let tainted = |name: &str, key: &str| NodeFacts {
            taints: vec![key.to_owned()],
            ..node(name, "arm64")
        };
        let both = || {
            vec![
                tainted("a", "arm"),
                tainted("b", "node-role.kubernetes.io/control-plane"),
            ]
        };
        insta::assert_snapshot!(said(both()), @"
        warn cluster/nodes: every node that is ready keeps the controllers away by a taint: a (arm), b (node-role.kubernetes.io/control-plane)
          help: `--toleration-keys=arm` lets them run there
        ");
        for flags in [
            vec!["--toleration-keys=x,arm"],
            vec!["--toleration-keys", "arm"],
        ] {
            let mut facts = with(both());
            let flags = flags.into_iter();
            let flags = flags
                .map(|flag| Chosen::new(flag.to_owned(), "a flag"))
                .collect();
            facts.plan.as_mut().unwrap().extra = flags;
            assert!(first(&facts, "cluster/nodes").starts_with("pass"));
        }
        insta::assert_snapshot!(said(vec![tainted("a", CORDONED)]), @"
        warn cluster/nodes: every node that is ready keeps the controllers away by a taint: a (node.kubernetes.io/unschedulable)
          help: `kubectl uncordon NODE` opens a node again
        ");
        assert!(said(vec![tainted("a", "arm"), node("b", "amd64")]).starts_with("pass"));
    }

    #[test]
    fn what_nobody_may_see_is_unknown() {
        let mut facts = fresh();
        let forbidden = Why::Forbidden {
            needed: Some("list nodes".to_owned()),
            sso: None,
        };
        cluster(&mut facts).nodes = Err(Unavailable::new(
            forbidden,
            "not allowed to list nodes (403)",
        ));
        insta::assert_snapshot!(first(&facts, "cluster/nodes"), @"unknown cluster/nodes: not allowed to list nodes (403)");
    }
}
