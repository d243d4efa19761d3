//! The chain that updates images: scans, policies, automations.

use serde_json::Value;

use super::facts::Query;
use super::look::Seen;
use super::secret::{self, Wanted};
use super::story::{Cause, Confidence, Health, Story, Verdict};
use super::thing::Thing;
use super::time::age;
use super::walk::walk;
use crate::flux::Condition;
use crate::flux::live::Live;

/// Looks at whatever may explain how an object of the image chain is.
pub(super) fn look(story: &mut Story<'_>, thing: &Thing, live: &Live) {
    let is_ready = live.condition("Ready").is_some_and(|ready| ready.is_true());
    match live.kind.kind {
        "ImageRepository" => repository(story, thing, live, is_ready),
        "ImagePolicy" if !is_ready => policy(story, thing, live),
        "ImageUpdateAutomation" => automation(story, thing, live, is_ready),
        _ => {}
    }
}

fn repository(story: &mut Story<'_>, thing: &Thing, live: &Live, is_ready: bool) {
    if let Some(scan) = live.text("/status/lastScanResult/scanTime") {
        let tags = live.value().pointer("/status/lastScanResult/tagCount");
        let tags = tags.and_then(Value::as_i64).unwrap_or_default();
        let when = age(story.look.now, scan).unwrap_or_else(|| scan.to_owned());
        let verdict = if tags > 0 {
            Verdict::Ok
        } else {
            Verdict::Unknown
        };
        story.aside(thing, "scan", verdict, format!("{tags} tags {when} ago"));
    }
    if is_ready {
        return;
    }
    if let Some(name) = live.text("/spec/secretRef/name") {
        let mut wanted = Wanted::new("Secret", &thing.namespace, name, "logs in with");
        wanted.of_type = Some("kubernetes.io/dockerconfigjson");
        secret::look(story, thing, &wanted);
    }
    if let Some(name) = live.text("/spec/certSecretRef/name") {
        let wanted = Wanted::new("Secret", &thing.namespace, name, "trusts");
        secret::look(story, thing, &wanted);
    }
}

fn policy(story: &mut Story<'_>, thing: &Thing, live: &Live) {
    let Some(source) = live.source() else { return };
    let source = Thing::from(&source);
    let mark = story.mark();
    let health = walk(story, &source, "selects from");
    let message = live.readiness().message;
    match health {
        Health::Gone => {
            let message = format!("{thing} selects from {source}, which does not exist");
            let cause = Cause::new("repository-missing", &source, Confidence::Certain, message);
            story.blame(
                cause
                    .help(
                        "correct `imageRepositoryRef`; without a namespace it is the policy's own",
                    )
                    .next("homelab lint"),
            );
        }
        Health::Fine if message.contains("no tags in database") => forgotten(story, thing, &source),
        // What it selects from the tags that are known is another matter.
        Health::Bad if message.contains("version") => story.unexplain(mark),
        _ => {}
    }
}

/// The repository was scanned, and image-reflector-controller has forgotten its tags (flux2#5587).
fn forgotten(story: &mut Story<'_>, thing: &Thing, source: &Thing) {
    let message = format!(
        "image-reflector-controller has forgotten the tags of {source}, as it does when it is started again"
    );
    let target = |thing: &Thing| thing.target().unwrap_or_default();
    let cause = Cause::new("no-tags-known", thing, Confidence::Likely, message)
        .help("a scan brings them back; a volume for its database keeps them")
        .next(format!("homelab reconcile {}", target(source)))
        .next(format!("homelab reconcile {}", target(thing)));
    story.blame(cause);
}

fn automation(story: &mut Story<'_>, thing: &Thing, live: &Live, is_ready: bool) {
    if !is_ready {
        if let Some(source) = live.source() {
            let source = Thing::from(&source);
            if walk(story, &source, "source") == Health::Gone {
                let message = format!("{thing} checks out {source}, which does not exist");
                let cause = Cause::new("source-missing", &source, Confidence::Certain, message);
                story.blame(cause.help("correct `sourceRef`").next("homelab lint"));
            }
        }
        if let Some(name) = live.text("/spec/git/commit/signingKey/secretRef/name") {
            let wanted = Wanted::new("Secret", &thing.namespace, name, "signs with");
            secret::look(story, thing, &wanted);
        }
        return;
    }
    if story.depth() == 1 {
        policies(story, thing);
        story.hints.push("homelab images check".to_owned());
    }
}

/// Counts the policies that the automation writes for: those of its own namespace.
fn policies(story: &mut Story<'_>, thing: &Thing) {
    let query = Query {
        group: thing.group.clone(),
        kind: "ImagePolicy".to_owned(),
        namespace: Some(thing.namespace.clone()),
        labels: None,
    };
    let all = match story.look.objects(&query) {
        Seen::There(all) => all,
        Seen::Refused(why) => return story.unknown(thing, "policies", &why),
        Seen::Gone | Seen::Pending => return,
    };
    let is_ready =
        |policy: &&&Value| Condition::of(policy, "Ready").is_some_and(|ready| ready.is_true());
    let ready = all.iter().filter(is_ready).count();
    let told = format!("{} in its namespace, {ready} ready", all.len());
    if !all.is_empty() {
        return story.step(thing, "policies", Verdict::Ok, told);
    }
    story.step(thing, "policies", Verdict::Bad, told);
    let message = format!(
        "{thing} has nothing to write: {} has no ImagePolicy",
        thing.namespace
    );
    let cause = Cause::new("no-policies", thing, Confidence::Likely, message)
        .help("an automation writes what the policies of its own namespace select, and no others")
        .next("homelab images check");
    story.blame(cause);
}
