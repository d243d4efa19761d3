//! Nodes: what of them decides whether Flux can run there.

use serde_json::Value;

use crate::flux::Condition;
use crate::preflight::facts::NodeFacts;

/// Conditions of a node that are bad where they hold.
const PRESSURES: [&str; 3] = ["MemoryPressure", "DiskPressure", "PIDPressure"];

/// Reads a node; nothing for what has no name.
pub fn node(object: &Value) -> Option<NodeFacts> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let holds = |of_type: &&&str| Condition::of(object, of_type).is_some_and(|c| c.is_true());
    let pressures = PRESSURES.iter().filter(holds);
    let label = |name: &str| {
        let labels = object.pointer("/metadata/labels");
        labels?.get(name)?.as_str()
    };
    let architecture = label("kubernetes.io/arch").or(text("/status/nodeInfo/architecture"));
    let system = label("kubernetes.io/os").or(text("/status/nodeInfo/operatingSystem"));
    Some(NodeFacts {
        name: text("/metadata/name")?.to_owned(),
        architecture: architecture.unwrap_or_default().to_owned(),
        system: system.unwrap_or_default().to_owned(),
        memory: text("/status/capacity/memory").and_then(bytes),
        is_ready: holds(&&"Ready"),
        pressures: pressures.map(|name| (*name).to_owned()).collect(),
        taints: taints(object),
    })
}

/// Returns the keys of the taints that keep pods away.
fn taints(object: &Value) -> Vec<String> {
    let all = object.pointer("/spec/taints").and_then(Value::as_array);
    let all = all.into_iter().flatten();
    let text = |taint: &Value, key: &str| Some(taint.get(key)?.as_str()?.to_owned());
    let keeps_away = |taint: &&Value| {
        let effect = text(taint, "effect").unwrap_or_default();
        matches!(effect.as_str(), "NoSchedule" | "NoExecute")
    };
    let keys = all.filter(keeps_away);
    keys.filter_map(|taint| text(taint, "key")).collect()
}

/// Reads a quantity of bytes: `3884360Ki`, `8Gi`, `16e9`, `512M` (apimachinery `resource.Quantity`).
fn bytes(quantity: &str) -> Option<u64> {
    let end = quantity.find(|c: char| !(c.is_ascii_digit() || c == '.'));
    let (number, unit) = end.map_or((quantity, ""), |end| quantity.split_at(end));
    let factor: f64 = match unit {
        "" => 1.0,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "Ki" => f64::from(1 << 10),
        "Mi" => f64::from(1 << 20),
        "Gi" => f64::from(1 << 30),
        "Ti" => 1024.0 * f64::from(1 << 30),
        other => {
            let exponent = other.strip_prefix(['e', 'E'])?;
            10f64.powi(exponent.parse::<i8>().ok()?.into())
        }
    };
    let number: f64 = number.parse().ok()?;
    let value = number * factor;
    // Rust's `as` saturates, so no number is too large.
    value.is_finite().then_some(value as u64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_node_says_what_decides() {
        let pi = json!({
            "metadata": {"name": "pi-1", "labels": {"kubernetes.io/arch": "arm64", "kubernetes.io/os": "linux"}},
            "spec": {"taints": [
                {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"},
                {"key": "slow", "effect": "PreferNoSchedule"},
            ]},
            "status": {
                "capacity": {"memory": "926328Ki"}, "nodeInfo": {"architecture": "arm", "operatingSystem": "other"},
                "conditions": [
                    {"type": "Ready", "status": "True"}, {"type": "DiskPressure", "status": "True"},
                    {"type": "MemoryPressure", "status": "False"},
                ],
            },
        });
        let read = node(&pi).unwrap();
        assert_eq!(
            read,
            NodeFacts {
                name: "pi-1".to_owned(),
                architecture: "arm64".to_owned(),
                system: "linux".to_owned(),
                memory: Some(948_559_872),
                is_ready: true,
                pressures: vec!["DiskPressure".to_owned()],
                taints: vec!["node-role.kubernetes.io/control-plane".to_owned()],
            }
        );
        let bare = node(
            &json!({"metadata": {"name": "x"}, "status": {"nodeInfo": {"architecture": "riscv64"}}}),
        );
        let bare = bare.unwrap();
        assert!(!bare.is_ready && bare.memory.is_none() && bare.architecture == "riscv64");
        assert_eq!(node(&json!({"metadata": {}})), None);
    }

    #[test]
    fn quantities_are_read_as_kubernetes_writes_them() {
        for (text, expected) in [
            ("1024", Some(1024)),
            ("8Gi", Some(8 << 30)),
            ("1.5Gi", Some(3 << 29)),
            ("16e9", Some(16_000_000_000)),
            ("512M", Some(512_000_000)),
            ("128974848000m", Some(128_974_848)),
            ("1Ti", Some(1 << 40)),
            ("", None),
            ("Gi", None),
            ("12Qx", None),
            ("1e999", None),
        ] {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }
}
