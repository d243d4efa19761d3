//! From one object to the next: who is asked what about which kind.

use serde_json::Value;

use super::look::Seen;
use super::story::{Cause, Confidence, Health, Story, Verdict};
use super::thing::{Thing, plural};
use super::{flux, generic, volume, workload};
use crate::flux::live::Live;

/// How many objects may lead to another; deeper stories are told by nobody.
const DEPTH: usize = 24;

/// Looks at an object, and at whatever explains how it is. `relation` is what it is to the object that leads here.
pub(super) fn walk(story: &mut Story<'_>, thing: &Thing, relation: &'static str) -> Health {
    if let Some(health) = story.known(thing) {
        return health;
    }
    if let Some(circle) = story.circle(thing) {
        return in_circle(story, thing, &circle);
    }
    if story.depth() >= DEPTH {
        story.unknown(thing, "chain", "the chain is too long to follow");
        return Health::Unknown;
    }
    story.enter(thing, relation);
    let health = match story.look.object(thing) {
        Seen::There(object) => examine(story, thing, object),
        Seen::Gone => {
            story.step(thing, "exists", Verdict::Bad, "there is none");
            Health::Gone
        }
        Seen::Refused(why) => {
            story.unknown(thing, "exists", &why);
            Health::Unknown
        }
        Seen::Pending => Health::Pending,
    };
    story.leave(health);
    health
}

fn examine(story: &mut Story<'_>, thing: &Thing, object: &Value) -> Health {
    if let Some(live) = Live::of(object.clone()) {
        return flux::examine(story, thing, &live);
    }
    match (thing.group.as_str(), thing.kind.as_str()) {
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") | ("batch", "Job") => {
            workload::examine(story, thing, object)
        }
        ("", "Pod") => workload::examine_pod(story, thing, object),
        ("", "PersistentVolumeClaim") => volume::examine(story, thing, object),
        _ => generic::examine(story, thing, object),
    }
}

/// What waits for itself waits for ever.
fn in_circle(story: &mut Story<'_>, thing: &Thing, circle: &[Thing]) -> Health {
    // Told from the same place wherever one enters it.
    let first = circle.iter().min().unwrap_or(thing);
    let from = circle.iter().position(|other| other == first);
    let (end, start) = circle.split_at(from.unwrap_or_default());
    let around = start.iter().chain(end).chain([first]);
    let chain: Vec<&str> = around.map(|other| other.name.as_str()).collect();
    let chain = chain.join(" → ");
    let cause = Cause::new(
        "dependency-cycle",
        first,
        Confidence::Certain,
        format!("{} wait for each other: {chain}", plural(&thing.kind)),
    );
    story.blame(
        cause
            .help("take one `dependsOn` of this circle out of Git")
            .next("homelab lint"),
    );
    Health::Bad
}
