//! Kinds that a cluster does not have: whose CRDs are missing, or in which version they are there.

use std::sync::OnceLock;

use regex::Regex;

use super::super::controller::extra;
use super::super::story::{Cause, Confidence};
use super::super::thing::Thing;
use crate::flux::live::{FluxKind, controller_of};

/// Who brings the CRDs of a group; the end of the group is enough.
const BRINGERS: [(&str, &str); 24] = [
    ("cert-manager.io", "cert-manager"),
    ("external-secrets.io", "External Secrets Operator"),
    ("bitnami.com", "Sealed Secrets"),
    (
        "monitoring.coreos.com",
        "the Prometheus operator (kube-prometheus-stack)",
    ),
    (
        "gateway.networking.k8s.io",
        "the Gateway API (its CRDs, or a gateway that installs them)",
    ),
    ("traefik.io", "Traefik"),
    (
        "traefik.containo.us",
        "Traefik 2 (Traefik 3 has traefik.io)",
    ),
    ("metallb.io", "MetalLB"),
    ("longhorn.io", "Longhorn"),
    ("cilium.io", "Cilium"),
    ("postgresql.cnpg.io", "CloudNativePG"),
    ("k8s.cni.cncf.io", "Multus"),
    ("volsync.backube", "VolSync"),
    ("snapshot.storage.k8s.io", "the snapshot controller"),
    ("kyverno.io", "Kyverno"),
    ("tailscale.com", "the Tailscale operator"),
    ("onepassword.com", "the 1Password operator"),
    ("keda.sh", "KEDA"),
    ("grafana.integreatly.org", "the Grafana operator"),
    ("nfd.k8s-sigs.io", "Node Feature Discovery"),
    ("helm.cattle.io", "k3s"),
    ("k3s.cattle.io", "k3s"),
    ("upgrade.cattle.io", "the System Upgrade Controller"),
    ("fluxcd.controlplane.io", "the Flux operator"),
];

/// Reads `no matches for kind "X" in version "g/v"` (apimachinery `NoKindMatchError`; table C, 1 and 2).
pub(super) fn recognise(thing: &Thing, message: &str) -> Option<Cause> {
    static MISSING: OnceLock<Option<Regex>> = OnceLock::new();
    let pattern = r#"no matches for kind "([^"]+)" in (?:version|group) "([^"]+)""#;
    let missing = MISSING.get_or_init(|| Regex::new(pattern).ok()).as_ref()?;
    let captures = missing.captures(message)?;
    let kind = captures.get(1)?.as_str();
    let version = captures.get(2)?.as_str();
    let (group, number) = version.split_once('/').unwrap_or(("", version));
    let flux = FluxKind::of(group, kind);
    if let Some(flux) = flux.filter(|flux| flux.version != number) {
        return Some(old_version(thing, flux, version));
    }
    let text = format!("the cluster has no kind {kind} in {version}, which {thing} wants to apply");
    let cause = Cause::new("kind-not-served", thing, Confidence::Certain, text);
    Some(match flux.and_then(|_| controller_of(group, kind)) {
        Some(controller) => cause
            .help(format!(
                "{controller} is not installed: {}",
                extra(controller)
            ))
            .next("flux check"),
        None => cause.help(bringer(group)),
    })
}

fn old_version(thing: &Thing, flux: &FluxKind, version: &str) -> Cause {
    let text = format!(
        "{thing} has a {} in {version}, which the cluster does not serve",
        flux.kind
    );
    let cause = Cause::new("api-version-removed", thing, Confidence::Certain, text);
    let help = format!(
        "Flux 2.9 serves {}/{}: write that in Git, in patches and health checks, too; an older Flux has to be updated first",
        flux.group, flux.version
    );
    cause.help(help).next("homelab lint")
}

fn bringer(group: &str) -> String {
    let fits = |&&(end, _): &&(&str, &str)| {
        group == end
            || group
                .strip_suffix(end)
                .is_some_and(|rest| rest.ends_with('.'))
    };
    let rest = "; what brings them has to be there first: a Kustomization of its own, and `dependsOn` here";
    match BRINGERS.iter().find(fits) {
        Some((_, who)) => format!("{who} brings its CRDs{rest}"),
        None => format!("the CRDs of {group} are not installed{rest}"),
    }
}
