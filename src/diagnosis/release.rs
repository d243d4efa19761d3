//! A HelmRelease: its chart, its values, its releases so far, and what it has installed.

use serde_json::Value;

use super::applier;
use super::secret::{self, Wanted};
use super::story::{Cause, Confidence, Story, Verdict};
use super::thing::Thing;
use super::time::age;
use crate::flux::live::Live;

/// How many releases are told.
const RELEASES: usize = 3;

/// Looks at whatever may explain how a HelmRelease is.
pub(super) fn look(story: &mut Story<'_>, thing: &Thing, live: &Live) {
    let source = applier::source(story, thing, live);
    applier::dependencies(story, thing, live, source.as_ref());
    history(story, thing, live);
    let ready = live.condition("Ready");
    if ready.as_ref().is_some_and(|ready| ready.is_true()) {
        if story.wants_inventory() {
            applier::inventory(story, thing, live);
        }
        return;
    }
    let reason = ready.map(|ready| ready.reason).unwrap_or_default();
    if matches!(reason.as_str(), "ValuesError" | "") {
        values(story, thing, live);
    }
    let released = live
        .condition("Released")
        .or_else(|| live.condition("Ready"));
    let has_tried =
        !live.list("/status/history").is_empty() || live.condition("Released").is_some();
    if let Some(released) = released.filter(|_| has_tried) {
        applier::unhealthy(story, thing, live, &released.message);
    }
    exhausted(story, thing, live);
}

/// Tells the latest releases, and how often they failed (helm-controller 1.6 `status.history`).
fn history(story: &mut Story<'_>, thing: &Thing, live: &Live) {
    let releases: Vec<String> = live
        .list("/status/history")
        .iter()
        .take(RELEASES)
        .map(|release| told(story, release))
        .collect();
    let count = |name: &str| {
        live.value()
            .pointer(name)
            .and_then(Value::as_i64)
            .unwrap_or_default()
    };
    let failures = count("/status/failures");
    let mut said = releases.join("; ");
    if failures > 0 {
        let of = [
            ("installs", count("/status/installFailures")),
            ("upgrades", count("/status/upgradeFailures")),
        ];
        let of: Vec<String> = of
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(what, count)| format!("{count} {what}"))
            .collect();
        let action = live
            .text("/status/lastAttemptedReleaseAction")
            .unwrap_or("try");
        said = format!(
            "{said}{}{failures} failures ({}), the last a failed {action}",
            if said.is_empty() { "" } else { "; " },
            of.join(", ")
        );
    }
    if said.is_empty() {
        return;
    }
    match failures > 0 {
        true => story.step(thing, "history", Verdict::Bad, said),
        false => story.aside(thing, "history", Verdict::Ok, said),
    }
}

fn told(story: &Story<'_>, release: &Value) -> String {
    let text = |key: &str| release.get(key).and_then(Value::as_str).unwrap_or_default();
    let version = release
        .get("version")
        .and_then(Value::as_i64)
        .unwrap_or_default();
    let when = age(story.look.now, text("lastDeployed"));
    let when = when.map_or_else(String::new, |age| format!(" {age} ago"));
    format!(
        "v{version} {} {}: {}{when}",
        text("chartName"),
        text("chartVersion"),
        text("status")
    )
}

/// Looks for what `valuesFrom` names.
fn values(story: &mut Story<'_>, thing: &Thing, live: &Live) {
    for entry in live.list("/spec/valuesFrom") {
        let field = |key: &str| entry.get(key).and_then(Value::as_str);
        let (Some(kind), Some(name)) = (field("kind"), field("name")) else {
            continue;
        };
        let wanted = Wanted {
            keys: vec![field("valuesKey").unwrap_or("values.yaml").to_owned()],
            is_optional: entry.get("optional") == Some(&Value::Bool(true)),
            ..Wanted::new(kind, &thing.namespace, name, "takes values from")
        };
        secret::look(story, thing, &wanted);
    }
}

/// A release that has failed too often tries no more, even when its reason is mended.
fn exhausted(story: &mut Story<'_>, thing: &Thing, live: &Live) {
    let stalled = live
        .condition("Stalled")
        .filter(|stalled| stalled.is_true());
    let Some(stalled) = stalled.filter(|stalled| {
        matches!(
            stalled.reason.as_str(),
            "RetriesExceeded" | "MissingRollbackTarget"
        )
    }) else {
        return;
    };
    let flag = match stalled.reason.as_str() {
        "RetriesExceeded" => "--reset",
        _ => "--force",
    };
    let mark = story.mark();
    let message = format!("{thing} tries no more: {}", stalled.message);
    let target = thing.target().unwrap_or_default();
    let cause = Cause::new("retries-exceeded", thing, Confidence::Possible, message)
        .help(format!(
            "once the reason is mended, `{flag}` lets it try again"
        ))
        .next(format!("homelab reconcile {target} {flag}"));
    story.blame(cause);
    // It says that there is no further try, not why the others failed.
    story.unexplain(mark);
}
