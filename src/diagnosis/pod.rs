//! Pods that are not well: where in their life they hang, and what the kubelet, the scheduler and the registry say.

use serde_json::Value;

use super::container::{self, Container};
use super::look::Seen;
use super::secret::{self, Wanted};
use super::story::{Cause, Confidence, Health, Story, Verdict};
use super::thing::Thing;
use super::walk::walk;
use super::{events, place};
use crate::flux::Condition;

/// Tells whether a pod is as it should be, or done.
pub(super) fn is_well(pod: &Value) -> bool {
    let phase = pod.pointer("/status/phase").and_then(Value::as_str);
    let is_going = pod.pointer("/metadata/deletionTimestamp").is_some();
    match phase {
        Some("Succeeded") => true,
        Some("Running") => {
            is_going || Condition::of(pod, "Ready").is_some_and(|ready| ready.is_true())
        }
        _ => false,
    }
}

/// Looks at a pod of `owner` that is not well. A cause is one of the owner, whose other pods have the same.
pub(super) fn look(story: &mut Story<'_>, owner: &Thing, pod: &Value) {
    let Some(thing) = Thing::of(pod).or_else(|| unnamed(owner, pod)) else {
        return;
    };
    let is_owner = thing == *owner;
    if !is_owner {
        story.enter(&thing, "");
    }
    let mark = story.mark();
    hangs(story, owner, &thing, pod);
    let health = match story.is_waiting(mark) {
        true => Health::Pending,
        false => Health::Bad,
    };
    if !is_owner {
        story.leave(health);
    }
}

/// Makes a thing of a pod that says nothing of its kind, as items of some lists do.
fn unnamed(owner: &Thing, pod: &Value) -> Option<Thing> {
    let name = pod.pointer("/metadata/name")?.as_str()?;
    Some(Thing::core("Pod", &owner.namespace, name))
}

fn hangs(story: &mut Story<'_>, owner: &Thing, thing: &Thing, pod: &Value) {
    let text = |pointer: &str| pod.pointer(pointer).and_then(Value::as_str);
    if let Some(reason) = text("/status/reason") {
        let message = text("/status/message").unwrap_or_default();
        return ended(story, owner, thing, reason, message);
    }
    let scheduled = Condition::of(pod, "PodScheduled");
    if let Some(refused) = scheduled.filter(|condition| !condition.is_true()) {
        let told = format!("{}: {}", refused.reason, refused.message);
        story.step(thing, "scheduling", Verdict::Bad, told);
        return place::look(story, owner, pod, &refused.message);
    }
    let containers = Container::all(pod);
    let mut bad = containers.iter().filter(|container| container.is_bad());
    match bad.next() {
        Some(container) => container::look(story, owner, thing, pod, container),
        None => starting(story, owner, thing, pod),
    }
}

/// A pod that was ended: evicted, or its node is lost.
fn ended(story: &mut Story<'_>, owner: &Thing, thing: &Thing, reason: &str, message: &str) {
    let said = format!("{reason}: {message}");
    story.step(thing, "phase", Verdict::Bad, &said);
    let message = format!("a pod of {owner} was ended: {said}");
    let mut cause = Cause::new("pod-ended", owner, Confidence::Likely, message);
    cause = match reason {
        "Evicted" => cause.help(
            "its node was short of memory or disk: free some, or lower what the pods there may use",
        ),
        "NodeLost" | "NodeShutdown" | "Terminated" => {
            cause.help("its node went away: `kubectl get nodes` shows whether it is back")
        }
        _ => cause,
    };
    story.blame(cause.next(format!("kubectl describe {}", thing.kubectl())));
}

/// A pod whose containers do not start: volumes that cannot be mounted, a network that is not there, a node that is silent.
fn starting(story: &mut Story<'_>, owner: &Thing, thing: &Thing, pod: &Value) {
    story.step(thing, "phase", Verdict::Bad, "its containers do not start");
    let mark = story.mark();
    let warnings = events::tell(story, thing);
    claims(story, thing, pod);
    node(story, owner, pod);
    for message in &warnings {
        absent(story, owner, message);
    }
    if story.is_waiting(mark) || story.is_explained(mark) {
        return;
    }
    let cause = match warnings.first() {
        Some(warning) => {
            story.step(thing, "events", Verdict::Bad, warning);
            let message = format!("pods of {owner} do not start: {warning}");
            Cause::new("pod-not-starting", owner, Confidence::Likely, message)
        }
        None => {
            let message =
                format!("pods of {owner} are starting, and nothing says why it takes long");
            Cause::new("pod-starting", owner, Confidence::Possible, message)
        }
    };
    story.blame(cause.next(format!("kubectl describe {}", thing.kubectl())));
}

/// Looks at the volumes that the pod claims.
pub(super) fn claims(story: &mut Story<'_>, thing: &Thing, pod: &Value) {
    let volumes = pod.pointer("/spec/volumes").and_then(Value::as_array);
    for volume in volumes.into_iter().flatten() {
        let name = volume.pointer("/persistentVolumeClaim/claimName");
        let Some(name) = name.and_then(Value::as_str) else {
            continue;
        };
        let claim = Thing::core("PersistentVolumeClaim", &thing.namespace, name);
        if walk(story, &claim, "mounts") == Health::Gone {
            let message = format!("{thing} mounts {claim}, which does not exist");
            let cause = Cause::new("missing-reference", &claim, Confidence::Certain, message);
            story.blame(cause.help("add the claim to Git, or correct `claimName`"));
        }
    }
}

/// Looks at the node that the pod is on.
fn node(story: &mut Story<'_>, owner: &Thing, pod: &Value) {
    let Some(name) = pod.pointer("/spec/nodeName").and_then(Value::as_str) else {
        return;
    };
    let node = Thing::core("Node", "", name);
    story.enter(&node, "on");
    match story.look.object(&node) {
        Seen::There(object) => {
            let ready = Condition::of(object, "Ready");
            match ready.filter(|ready| !ready.is_true()) {
                Some(ready) => {
                    let said = format!("{}: {}", ready.reason, ready.message);
                    story.step(&node, "Ready", Verdict::Bad, &said);
                    let message =
                        format!("{node}, where pods of {owner} are, is not ready: {said}");
                    let cause = Cause::new("node-not-ready", &node, Confidence::Certain, message);
                    story.blame(
                        cause
                            .help("it has to come back, or its pods have to go elsewhere")
                            .next(format!("kubectl describe {}", node.kubectl())),
                    );
                }
                None => story.aside(&node, "Ready", Verdict::Ok, "ready"),
            }
        }
        Seen::Gone => story.step(&node, "exists", Verdict::Bad, "there is none"),
        Seen::Refused(why) => story.aside(&node, "Ready", Verdict::Unknown, why),
        Seen::Pending => {}
    }
    story.leave(Health::Fine);
}

/// Looks for a Secret or ConfigMap that a message says is not there: `secret "x" not found`, `couldn't find key k in Secret
/// ns/x` (kubelet 1.36). Tells whether it names one.
pub(super) fn absent(story: &mut Story<'_>, owner: &Thing, message: &str) -> bool {
    let Some((kind, name, key)) = container::absent(message) else {
        return false;
    };
    let mut wanted = Wanted::new(kind, &owner.namespace, &name, "needs");
    wanted.keys.extend(key);
    let mark = story.mark();
    secret::look(story, owner, &wanted);
    if !story.is_explained(mark) && !story.is_waiting(mark) {
        let thing = &wanted.thing;
        let text = format!("{owner} needs {thing}, and was told: {message}");
        let cause = Cause::new("missing-reference", thing, Confidence::Likely, text);
        story.blame(cause.help("it, or a key of it, was missing when the pod was started"));
    }
    true
}
