//! Volumes that wait: the claim, its class, and what the provisioner says.

use serde_json::Value;

use super::events;
use super::look::Seen;
use super::story::{Cause, Confidence, Health, Story, Verdict};
use super::thing::Thing;

/// Looks at a PersistentVolumeClaim.
pub(super) fn examine(story: &mut Story<'_>, thing: &Thing, claim: &Value) -> Health {
    let text = |pointer: &str| claim.pointer(pointer).and_then(Value::as_str);
    let phase = text("/status/phase").unwrap_or("Pending");
    if phase == "Bound" {
        let volume = text("/spec/volumeName").unwrap_or_default();
        story.step(thing, "phase", Verdict::Ok, format!("bound to {volume}"));
        return Health::Fine;
    }
    story.step(thing, "phase", Verdict::Bad, phase);
    let mark = story.mark();
    let warnings = events::tell(story, thing);
    let class = match text("/spec/storageClassName") {
        Some("") => Class::ByHand,
        Some(name) => class(story, name),
        None => Class::Default,
    };
    if story.is_waiting(mark) {
        return Health::Pending;
    }
    story.blame(cause(thing, phase, &class, warnings.first()));
    Health::Bad
}

/// The class of a claim.
enum Class {
    /// It names none: volumes of this kind are made by hand.
    ByHand,
    /// It names none and takes the default one, which would have been written into it.
    Default,
    /// There is none of this name.
    Missing(String),
    /// It waits until a pod needs the volume.
    Waits(String),
    /// It makes volumes at once.
    Makes(String),
}

fn class(story: &mut Story<'_>, name: &str) -> Class {
    let class = Thing::new("storage.k8s.io", "StorageClass", "", name);
    story.enter(&class, "of class");
    let found = match story.look.object(&class) {
        Seen::There(object) => {
            story.step(&class, "exists", Verdict::Ok, "there");
            let mode = object.get("volumeBindingMode").and_then(Value::as_str);
            match mode {
                Some("WaitForFirstConsumer") => Class::Waits(name.to_owned()),
                _ => Class::Makes(name.to_owned()),
            }
        }
        Seen::Gone => {
            story.step(&class, "exists", Verdict::Bad, "there is none");
            Class::Missing(name.to_owned())
        }
        Seen::Refused(why) => {
            story.unknown(&class, "exists", &why);
            Class::Makes(name.to_owned())
        }
        Seen::Pending => Class::Makes(name.to_owned()),
    };
    story.leave(Health::Fine);
    found
}

fn cause(thing: &Thing, phase: &str, class: &Class, warning: Option<&String>) -> Cause {
    let describe = format!("kubectl describe {}", thing.kubectl());
    let make = |confidence, message: String| {
        Cause::new("volume-pending", thing, confidence, message).next(describe.clone())
    };
    let said = warning.map_or_else(String::new, |warning| format!(": {warning}"));
    if phase == "Lost" {
        let message = format!("{thing} has lost its volume{said}");
        return make(Confidence::Certain, message)
            .help("the volume was deleted; the claim has to be made anew, from a backup");
    }
    match class {
        Class::Missing(name) => make(
            Confidence::Certain,
            format!("{thing} is of the StorageClass {name}, which does not exist"),
        )
        .help("`kubectl get storageclass` lists those there are"),
        Class::Default => make(
            Confidence::Likely,
            format!("{thing} names no StorageClass, and the cluster has no default one{said}"),
        )
        .help("name one in `storageClassName`, or make one the default"),
        Class::ByHand => make(
            Confidence::Likely,
            format!("no PersistentVolume fits {thing}{said}"),
        )
        .help("without a class, a volume of this size and access mode has to be made by hand"),
        Class::Waits(name) => make(
            Confidence::Possible,
            format!("{thing} waits for a pod that can be scheduled (StorageClass {name}){said}"),
        ),
        Class::Makes(name) => make(
            Confidence::Likely,
            format!("the provisioner of StorageClass {name} has made no volume for {thing}{said}"),
        )
        .help("the pods of the provisioner have to run, and its disk needs room"),
    }
}
