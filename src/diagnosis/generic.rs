//! Objects of any other kind, by the conditions that most controllers write.

use serde_json::Value;

use super::story::{Cause, Confidence, Health, Story, Verdict};
use super::thing::Thing;
use super::{events, known};
use crate::flux::{Condition, ConditionStatus};

/// Conditions that say whether all is well: those of cert-manager, External Secrets, Sealed Secrets, operators, nodes, CRDs.
const CONDITIONS: [&str; 5] = ["Ready", "Synced", "Available", "Established", "Healthy"];

/// Looks at an object by its conditions; one that has none is well (kstatus of cli-utils 1.2).
pub(super) fn examine(story: &mut Story<'_>, thing: &Thing, object: &Value) -> Health {
    let mut found = CONDITIONS
        .iter()
        .filter_map(|&of_type| Some((of_type, Condition::of(object, of_type)?)));
    let Some((of_type, condition)) = found.next() else {
        story.step(thing, "exists", Verdict::Ok, "there");
        return Health::Fine;
    };
    let said = match (condition.reason.as_str(), condition.message.as_str()) {
        ("", message) => message.to_owned(),
        (reason, "") => reason.to_owned(),
        (reason, message) => format!("{reason}: {message}"),
    };
    if condition.status == ConditionStatus::True {
        story.step(thing, of_type, Verdict::Ok, said);
        return Health::Fine;
    }
    story.step(thing, of_type, Verdict::Bad, &said);
    let mark = story.mark();
    let warnings = events::tell(story, thing);
    if story.is_waiting(mark) {
        return Health::Pending;
    }
    let mut messages = std::iter::once(&condition.message).chain(&warnings);
    let recognised = messages.find_map(|message| known::recognise(thing, message));
    let cause = recognised.unwrap_or_else(|| {
        let message = format!("{thing} is not ready: {said}");
        let cause = Cause::new("not-ready", thing, Confidence::Likely, message);
        cause.next(format!("kubectl describe {}", thing.kubectl()))
    });
    story.blame(cause);
    Health::Bad
}
