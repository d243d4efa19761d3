//! How the repository keeps its secrets.

use super::Look;
use crate::flux::{group, kind};
use crate::manifest::Node;
use crate::preflight::facts::SecretScheme;

/// Returns the ways in which the cluster gets its secrets.
pub(super) fn of(look: &Look<'_, '_>) -> Vec<SecretScheme> {
    let of_objects = look.objects().filter_map(|(_, applied)| {
        let is_written = !applied.origin.generated;
        scheme(&applied.node).filter(|scheme| is_written || *scheme != SecretScheme::Plain)
    });
    let decrypts = |unit: &crate::flux::Unit| {
        let provider = unit
            .kustomization
            .text_at(&["spec", "decryption", "provider"]);
        provider == Some("sops")
    };
    let of_units = look.cluster.units.iter().any(decrypts);
    let of_units = of_units.then_some(SecretScheme::Sops);
    let mut found: Vec<SecretScheme> = of_objects.chain(of_units).collect();
    found.sort();
    found.dedup();
    found
}

fn scheme(node: &Node) -> Option<SecretScheme> {
    match (group(node), kind(node)) {
        ("bitnami.com", "SealedSecret") => Some(SecretScheme::Sealed),
        ("external-secrets.io", "ExternalSecret" | "ClusterExternalSecret") => {
            Some(SecretScheme::External)
        }
        _ if node.get("sops").is_some() => Some(SecretScheme::Sops),
        ("", "Secret") => {
            let is_held = |field| {
                let entries = node.get(field).and_then(Node::entries);
                let mut values = entries.unwrap_or_default().iter().map(|entry| &entry.value);
                values.any(|value| value.text().is_some_and(is_secret))
            };
            (is_held("data") || is_held("stringData")).then_some(SecretScheme::Plain)
        }
        _ => None,
    }
}

/// Tells whether a value is more than a variable that Flux fills in.
fn is_secret(text: &str) -> bool {
    let is_variable = text.starts_with("${") && text.ends_with('}');
    !text.is_empty() && !is_variable
}
