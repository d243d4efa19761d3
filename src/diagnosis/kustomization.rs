//! A Kustomization: its source, what it depends on, what it needs to build, and what it has applied.

use serde_json::Value;

use super::look::Seen;
use super::secret::{self, Wanted};
use super::story::{Cause, Confidence, Story, Verdict};
use super::thing::Thing;
use super::{applier, known};
use crate::flux::live::Live;

/// Looks at whatever may explain how a Kustomization is.
pub(super) fn look(story: &mut Story<'_>, thing: &Thing, live: &Live) {
    let source = applier::source(story, thing, live);
    applier::dependencies(story, thing, live, source.as_ref());
    let Some(ready) = live.condition("Ready") else {
        return;
    };
    if ready.is_true() {
        if let Some(source) = &source {
            applier::revision(story, thing, live, source);
        }
        if story.wants_inventory() {
            applier::inventory(story, thing, live);
        }
        return;
    }
    match ready.reason.as_str() {
        "HealthCheckFailed" | "Progressing" | "HealthCheckCanceled" => {
            applier::unhealthy(story, thing, live, &ready.message);
        }
        "BuildFailed" | "ReconciliationFailed" => {
            references(story, thing, live);
            unset_variable(story, thing, live, &ready.message);
        }
        _ => {}
    }
}

/// Looks for what the Kustomization takes from Secrets and ConfigMaps.
fn references(story: &mut Story<'_>, thing: &Thing, live: &Live) {
    for entry in live.list("/spec/postBuild/substituteFrom") {
        let field = |key: &str| entry.get(key).and_then(Value::as_str);
        let (Some(kind), Some(name)) = (field("kind"), field("name")) else {
            continue;
        };
        let wanted = Wanted {
            is_optional: entry.get("optional") == Some(&Value::Bool(true)),
            ..Wanted::new(kind, &thing.namespace, name, "substitutes from")
        };
        secret::look(story, thing, &wanted);
    }
    for (pointer, relation) in [
        ("/spec/decryption/secretRef/name", "decrypts with"),
        ("/spec/kubeConfig/secretRef/name", "connects with"),
    ] {
        if let Some(name) = live.text(pointer) {
            let wanted = Wanted::new("Secret", &thing.namespace, name, relation);
            secret::look(story, thing, &wanted);
        }
    }
    if let Some(name) = live.text("/spec/serviceAccountName") {
        let wanted = Wanted::new("ServiceAccount", &thing.namespace, name, "acts as");
        secret::look(story, thing, &wanted);
    }
}

/// Says where a variable that is not set was looked for, and which there are.
fn unset_variable(story: &mut Story<'_>, thing: &Thing, live: &Live, message: &str) {
    let Some(name) = known::unset_variable(message) else {
        return;
    };
    let mut places = vec!["`postBuild.substitute`".to_owned()];
    for entry in live.list("/spec/postBuild/substituteFrom") {
        let field = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
        let from = Thing::core(field("kind"), &thing.namespace, field("name"));
        let keys = secret::keys(story, &from);
        let known = match keys {
            Some(keys) if keys.iter().any(|key| key == name) => {
                let told = format!("{from} has {name} by now");
                story.step(thing, "variables", Verdict::Unknown, told);
                return;
            }
            Some(keys) => format!("{from} (has {})", listed(&keys)),
            None if story.look.object(&from) == Seen::Gone => format!("{from} (there is none)"),
            None => format!("{from} (not looked into)"),
        };
        places.push(known);
    }
    let told = format!("{name} is in none of: {}", places.join(", "));
    story.step(thing, "variables", Verdict::Bad, &told);
    let message = format!("the manifests of {thing} use ${{{name}}}, and {told}");
    let target = thing.target().unwrap_or_default();
    let cause = Cause::new("variable-not-set", thing, Confidence::Certain, message).help(format!(
        "set it, or write a default, ${{{name}:=}}; text that is no variable is written $${{{name}}}, or its object gets the annotation kustomize.toolkit.fluxcd.io/substitute: disabled (strict since Flux 2.9)"
    ));
    story.blame(
        cause
            .next("homelab lint")
            .next(format!("homelab reconcile {target} --with-source")),
    );
}

/// Returns names in a row, not too many.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let shown = names.get(..SHOWN).unwrap_or(names).join(", ");
    match names.len() {
        0 => "nothing".to_owned(),
        1..=SHOWN => shown,
        all => format!("{shown} and {} more", all - SHOWN),
    }
}
