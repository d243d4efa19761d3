//! What all objects of Flux have in common: readiness, suspension, requests that nobody acknowledges.

use super::story::{Cause, Confidence, Health, Story, Verdict};
use super::thing::Thing;
use super::time::{age, is_older};
use super::{controller, events, image, known, kustomization, notification, release, source};
use crate::flux::live::{Family, Live, REQUESTED_AT};
use crate::flux::{Condition, ConditionStatus};

/// After how many seconds a request should have been acknowledged.
const PATIENCE: u64 = 120;

/// Conditions beside `Ready` that say something, and the status that says that all is well.
const CONDITIONS: [(&str, ConditionStatus); 9] = [
    ("Stalled", ConditionStatus::False),
    ("Reconciling", ConditionStatus::False),
    ("Healthy", ConditionStatus::True),
    ("Released", ConditionStatus::True),
    ("TestSuccess", ConditionStatus::True),
    ("Remediated", ConditionStatus::False),
    ("FetchFailed", ConditionStatus::False),
    ("StorageOperationFailed", ConditionStatus::False),
    ("ArtifactInStorage", ConditionStatus::True),
];

/// Looks at an object of Flux.
pub(super) fn examine(story: &mut Story<'_>, thing: &Thing, live: &Live) -> Health {
    let mark = story.mark();
    let readiness = live.readiness();
    readiness_step(story, thing, live);
    conditions(story, thing, live);
    let is_suspended = suspension(story, thing, live);
    let ends = deletion(story, thing, live);
    let is_ready = readiness.status == ConditionStatus::True;
    match live.kind.family {
        Family::Source => source::look(story, thing, live),
        Family::Image => image::look(story, thing, live),
        Family::Applier if live.kind.kind == "HelmRelease" => release::look(story, thing, live),
        Family::Applier => kustomization::look(story, thing, live),
        Family::Notification => notification::look(story, thing, live),
    }
    if story.is_waiting(mark) {
        return Health::Pending;
    }
    let is_unheard = unheard(story, thing, live);
    if !is_ready && !is_suspended && !ends && !story.is_explained(mark) {
        return own_cause(story, thing, live, is_unheard);
    }
    match story.is_explained(mark) || is_suspended {
        true => Health::Bad,
        false => Health::Fine,
    }
}

/// Tells how ready the object is, in one line.
fn readiness_step(story: &mut Story<'_>, thing: &Thing, live: &Live) {
    let readiness = live.readiness();
    let verdict = match readiness.status {
        ConditionStatus::True => Verdict::Ok,
        ConditionStatus::False => Verdict::Bad,
        ConditionStatus::Unknown => Verdict::Unknown,
    };
    let mut detail = match (verdict, live.revision()) {
        (Verdict::Ok, Some(revision)) => format!("ready, {revision}"),
        (Verdict::Ok, None) => "ready".to_owned(),
        _ if readiness.reason.is_empty() => readiness.message,
        _ => format!("{}: {}", readiness.reason, readiness.message),
    };
    if let Some(age) = age(story.look.now, &readiness.since) {
        detail = match verdict {
            Verdict::Ok => format!("{detail}, since {age}"),
            _ => format!("{detail} (since {age})"),
        };
    }
    story.step(thing, "Ready", verdict, detail);
}

/// Tells what the other conditions say, where it is not what `Ready` says.
fn conditions(story: &mut Story<'_>, thing: &Thing, live: &Live) {
    let ready = live.readiness().message;
    for (of_type, well) in CONDITIONS {
        let Some(condition) = live.condition(of_type) else {
            continue;
        };
        let verdict = match condition.status == well {
            true => Verdict::Ok,
            false if of_type == "Reconciling" => Verdict::Unknown,
            false if condition.status == ConditionStatus::Unknown => Verdict::Unknown,
            false => Verdict::Bad,
        };
        let detail = format!("{}: {}", condition.reason, condition.message);
        // A controller that tries again is at work, whatever it said last.
        let is_retry =
            of_type == "Reconciling" && live.readiness().status != ConditionStatus::Unknown;
        match condition.message == ready || verdict == Verdict::Ok || is_retry {
            true => story.aside(thing, of_type, verdict, detail),
            false => story.step(thing, of_type, verdict, detail),
        }
    }
}

/// Returns the messages that say what is wrong: of conditions that do not hold as they should.
fn complaints(live: &Live) -> Vec<Condition> {
    let bad = CONDITIONS.iter().filter_map(|&(of_type, well)| {
        let condition = live.condition(of_type)?;
        (condition.status != well && of_type != "Reconciling").then_some(condition)
    });
    let ready = live
        .condition("Ready")
        .filter(|ready| ready.status != ConditionStatus::True);
    ready.into_iter().chain(bad).collect()
}

/// Tells that somebody stopped the object.
fn suspension(story: &mut Story<'_>, thing: &Thing, live: &Live) -> bool {
    if !live.is_suspended() {
        return false;
    }
    let known = live.suspension().unwrap_or_default();
    let reason = known.reason.map(|reason| format!(": {reason}"));
    let until = known.until.map(|until| format!(", until {until}"));
    let told = reason.unwrap_or_default() + &until.unwrap_or_default();
    story.step(
        thing,
        "suspended",
        Verdict::Bad,
        format!("suspended, so that nothing new happens to it{told}"),
    );
    let mut cause = Cause::new(
        "suspended",
        thing,
        Confidence::Likely,
        format!("{thing} is suspended{told}"),
    )
    .help("what is suspended does nothing, and what depends on it waits from the next commit on");
    if let Some(target) = thing.target() {
        cause = cause.next(format!("homelab resume {target}"));
    }
    story.blame(cause);
    true
}

/// Tells that the object is on its way out, and does not go.
fn deletion(story: &mut Story<'_>, thing: &Thing, live: &Live) -> bool {
    let Some(since) = live.text("/metadata/deletionTimestamp") else {
        return false;
    };
    let since = age(story.look.now, since).unwrap_or_else(|| since.to_owned());
    let finalizers: Vec<&str> = live
        .list("/metadata/finalizers")
        .iter()
        .filter_map(|f| f.as_str())
        .collect();
    let waits = format!(
        "it is being deleted since {since}, and waits for {}",
        finalizers.join(", ")
    );
    story.step(thing, "deletion", Verdict::Bad, &waits);
    let cause = Cause::new(
        "stuck-deletion",
        thing,
        Confidence::Likely,
        format!("{thing}: {waits}"),
    );
    let help =
        "its controller has to run, and may need what was deleted before it, such as credentials";
    story.blame(cause.help(help));
    true
}

/// Tells that the controller does not react, and why.
fn unheard(story: &mut Story<'_>, thing: &Thing, live: &Live) -> bool {
    if live.is_static() || live.is_suspended() {
        return false;
    }
    let asked = live.annotation(REQUESTED_AT);
    let is_late = |asked: &str| is_older(story.look.now, asked, PATIENCE).unwrap_or(true);
    let told = match asked {
        Some(asked) if live.handled() != Some(asked) && is_late(asked) => {
            "a request to reconcile is not acknowledged".to_owned()
        }
        _ if live.condition("Ready").is_none() => {
            "its controller has said nothing of it yet".to_owned()
        }
        _ => return false,
    };
    story.step(thing, "controller", Verdict::Bad, told);
    true
}

/// Finds the cause in the object itself: in what its controller says, in what happened to it, in the controller.
fn own_cause(story: &mut Story<'_>, thing: &Thing, live: &Live, is_unheard: bool) -> Health {
    let mark = story.mark();
    let mut messages: Vec<String> = complaints(live).into_iter().map(|c| c.message).collect();
    messages.extend(events::tell(story, thing));
    if controller::blame(story, thing, is_unheard) {
        return Health::Bad;
    }
    if story.is_waiting(mark) {
        return Health::Pending;
    }
    let recognised = messages
        .iter()
        .find_map(|message| known::recognise(thing, message));
    let cause = recognised.unwrap_or_else(|| unknown_cause(thing, live));
    story.blame(cause);
    Health::Bad
}

/// Makes a cause of what the object says, for want of a better one.
fn unknown_cause(thing: &Thing, live: &Live) -> Cause {
    let readiness = live.readiness();
    let target = thing.target().unwrap_or_default();
    if readiness.status == ConditionStatus::Unknown {
        let message = format!("{thing} is being worked on: {}", readiness.message);
        let cause = Cause::new("in-progress", thing, Confidence::Possible, message);
        return cause.next(format!("homelab reconcile {target}"));
    }
    let said = match readiness.reason.as_str() {
        "" => readiness.message,
        reason => format!("{reason}: {}", readiness.message),
    };
    let message = format!("{thing} is not ready: {said}");
    let cause = Cause::new("not-ready", thing, Confidence::Possible, message);
    cause.next(format!("homelab reconcile {target}"))
}
