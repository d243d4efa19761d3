//! Whether what the cluster is to apply can come up on a new cluster: namespaces, CRDs, Secrets, and who runs Flux.

use super::{count, pass, some, trouble, unknown};
use crate::preflight::check::{Check, Verdict};
use crate::preflight::facts::{Facts, NeededSecret, RepositoryFacts, SecretScheme};

/// So many commands are shown.
const COMMANDS: usize = 5;
const SEALED: &str = "SealedSecrets open only with the private key that they were sealed for";
/// Without its private keys a new controller opens no SealedSecret (sealed-secrets 0.27, "Manual key management").
const RESTORE: &str = "on a new cluster restore the keys first: `kubectl apply -f BACKUP.yaml`, made with \
                       `kubectl -n NAMESPACE get \
                       secret -l sealedsecrets.bitnami.com/sealed-secrets-key -o yaml`";

pub(super) fn checks(repository: &RepositoryFacts, facts: &Facts) -> Vec<Check> {
    if repository.clusters.is_empty() {
        return Vec::new();
    }
    let parts = [
        Some(builds(repository)),
        Some(namespaces(repository)),
        Some(own_children(repository, facts)),
        secrets(repository, facts),
        operator(repository),
    ];
    parts.into_iter().flatten().collect()
}

fn builds(repository: &RepositoryFacts) -> Check {
    const WHAT: (&str, &str) = ("repository/builds", "what the cluster is to apply builds");
    let broken = &repository.broken_builds;
    let root = broken.iter().find(|one| one.is_root);
    let Some(first) = root.or_else(|| broken.first()) else {
        return match repository.is_incomplete {
            true => pass(WHAT.0, WHAT.1, "what can be rendered here builds"),
            false => pass(WHAT.0, WHAT.1, "every Flux Kustomization builds"),
        };
    };
    let others = broken.iter().filter(|one| *one != first);
    let others = some(others.map(|one| format!("{} ({})", one.unit, one.place)));
    let others = match others.as_str() {
        "" => String::new(),
        others => format!("; nor do {others}"),
    };
    let detail = format!(
        "Kustomization {} does not build: {}: {}{others}",
        first.unit, first.place, first.message
    );
    let help = "`homelab lint` shows each fault with its line; correct it, commit and push";
    // flux bootstrap waits for the root only.
    let verdict = match first.is_root {
        true => Verdict::Fail,
        false => Verdict::Warn,
    };
    trouble(verdict, WHAT, detail, help)
}

fn namespaces(repository: &RepositoryFacts) -> Check {
    const WHAT: (&str, &str) = (
        "repository/namespace-order",
        "namespaces are there before what is in them",
    );
    let Some(first) = repository.namespace_order.first() else {
        return pass(WHAT.0, WHAT.1, "no object comes before its namespace");
    };
    let (unit, made_by, namespace) = (&first.unit, &first.made_by, &first.namespace);
    let others = repository.namespace_order.len().saturating_sub(1);
    let more = match others {
        0 => String::new(),
        others => format!(" (and {} more)", count(others, "case", "cases")),
    };
    if first.is_circular {
        let detail = format!(
            "Kustomization {unit} applies an object in the namespace {namespace} ({}), which Kustomization \
             {made_by} makes, and that one waits for {unit}: neither ever comes up{more}",
            first.place
        );
        let help = format!("let {unit} make the namespace {namespace} itself");
        return trouble(Verdict::Fail, WHAT, detail, help);
    }
    // Flux tries again, so that this heals itself.
    let retry = match first.retry.as_str() {
        "" => "later".to_owned(),
        retry => format!("after {retry}"),
    };
    let detail = format!(
        "none is missing for good; an object in {namespace} ({}) may come before Kustomization {made_by} makes \
         it, and Flux tries again {retry}{more}",
        first.place
    );
    pass(WHAT.0, WHAT.1, detail)
}

fn own_children(repository: &RepositoryFacts, facts: &Facts) -> Check {
    const WHAT: (&str, &str) = (
        "repository/own-children",
        "custom resources come after their CRDs",
    );
    let Some(first) = repository.own_children.first() else {
        return pass(
            WHAT.0,
            WHAT.1,
            "no Kustomization applies a custom resource before its CRD can be there",
        );
    };
    // Where Flux runs, the CRDs came somehow, and only a new cluster is in trouble.
    let is_new = facts.cluster.as_ref().is_ok_and(|cluster| {
        let sync = cluster.sync.as_ref().ok();
        sync.is_some_and(|sync| sync.as_ref().is_none_or(|sync| !sync.is_applied))
    });
    let detail = format!(
        "Kustomization {} applies {} ({}) before its CRD can be there: {} brings that, which {} applies too, itself or \
         through others, and the API server refuses all of it until then (\"no matches for kind\")",
        first.unit, first.kind, first.place, first.brought_by, first.unit
    );
    let others = repository.own_children.iter().skip(1);
    let others = some(others.map(|one| format!("{} ({})", one.kind, one.place)));
    let detail = match others.as_str() {
        "" => detail,
        others => format!("{detail}; so it is with {others}"),
    };
    let help = format!(
        "move it to a Kustomization of its own that depends on the one with {}, or install the CRD before",
        first.brought_by
    );
    let verdict = if is_new { Verdict::Fail } else { Verdict::Warn };
    trouble(verdict, WHAT, detail, help)
}

/// Lists the Secrets that have to be made by hand; not where the cluster has said which of them it has, for that is a check
/// of the cluster.
fn secrets(repository: &RepositoryFacts, facts: &Facts) -> Option<Check> {
    const WHAT: (&str, &str) = ("repository/secrets", "secrets that have to be made by hand");
    let needed = repository.needed_secrets.as_slice();
    let is_sealed = repository.secret_schemes.contains(&SecretScheme::Sealed);
    let sealed = is_sealed && !is_running(facts);
    if needed.is_empty() && !sealed {
        let detail = "none is named that the repository does not make";
        let open = "but a part of it cannot be rendered here";
        return Some(match repository.is_incomplete {
            true => unknown(WHAT.0, WHAT.1, format!("{detail}, {open}")),
            false => pass(WHAT.0, WHAT.1, detail),
        });
    }
    let listed = if is_answered(needed, facts) {
        &[]
    } else {
        needed
    };
    let mut said = missing(listed);
    let mut help = commands(listed);
    if sealed {
        said.push(SEALED.to_owned());
        help.push(RESTORE.to_owned());
    }
    if said.is_empty() {
        return None;
    }
    let (detail, help) = (said.join("; "), help.join("; "));
    Some(trouble(Verdict::Warn, WHAT, detail, help))
}

fn missing(needed: &[NeededSecret]) -> Vec<String> {
    let (blocking, others): (Vec<&NeededSecret>, Vec<&NeededSecret>) =
        needed.iter().partition(|secret| secret.blocks);
    let parts = [
        ("Flux stops without", blocking),
        ("something does not work without", others),
    ];
    let parts = parts.iter().filter(|(_, secrets)| !secrets.is_empty());
    parts
        .map(|(what, secrets)| format!("{what} {}", described(secrets)))
        .collect()
}

/// Returns the commands, those first that Flux waits for.
fn commands(needed: &[NeededSecret]) -> Vec<String> {
    let all = needed.iter().filter_map(|secret| secret.command.as_ref());
    let mut shown: Vec<String> = all.map(|command| format!("`{command}`")).collect();
    let left = shown.len().saturating_sub(COMMANDS);
    shown.truncate(COMMANDS);
    if left > 0 {
        shown.push(format!("and {left} more like these"));
    }
    shown
}

fn is_running(facts: &Facts) -> bool {
    let cluster = facts.cluster.as_ref().ok();
    let sync = cluster.and_then(|cluster| cluster.sync.as_ref().ok());
    sync.and_then(Option::as_ref)
        .is_some_and(|sync| sync.is_applied)
}

/// Tells whether the cluster has said of each whether it is there.
fn is_answered(needed: &[NeededSecret], facts: &Facts) -> bool {
    let Ok(cluster) = &facts.cluster else {
        return false;
    };
    let is_known = |secret: &NeededSecret| {
        let mut asked = cluster.needed_secrets.iter();
        asked.any(|(id, is_there)| *id == secret.id && is_there.is_ok())
    };
    needed.iter().all(is_known)
}

fn described(needed: &[&NeededSecret]) -> String {
    let each = needed.iter().map(|secret| {
        format!(
            "{} ({}, for {}, {})",
            secret.id, secret.purpose, secret.by, secret.place
        )
    });
    some(each)
}

fn operator(repository: &RepositoryFacts) -> Option<Check> {
    let place = repository.operator.as_ref()?;
    Some(trouble(
        Verdict::Fail,
        ("repository/operator", "Flux is run by flux bootstrap"),
        format!(
            "{place} makes a FluxInstance: the Flux Operator installs and upgrades Flux here, and flux bootstrap \
             would fight with it over the same objects"
        ),
        "install the operator, and apply the FluxInstance: https://fluxoperator.dev/docs/guides/install/",
    ))
}
