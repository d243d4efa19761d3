//! What happened to an object: the events of the last hour.

use serde_json::Value;

use super::look::Seen;
use super::story::{Story, Verdict};
use super::thing::Thing;
use super::time::{age, is_older};

/// How old an event may be to matter, in seconds; the API server forgets them after an hour by default.
const RECENT: u64 = 3600;
/// How many events of an object are told.
const TOLD: usize = 5;

/// One event.
struct Event<'e> {
    is_warning: bool,
    reason: &'e str,
    message: &'e str,
    last: &'e str,
    count: i64,
}

impl<'e> Event<'e> {
    /// Reads an event of core/v1, as controllers of both event APIs write it.
    fn of(event: &'e Value) -> Self {
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
        let last = ["/series/lastObservedTime", "/lastTimestamp", "/eventTime"];
        let last = last.into_iter().find_map(text);
        let count = event
            .pointer("/series/count")
            .or_else(|| event.get("count"));
        Event {
            is_warning: text("/type") == Some("Warning"),
            reason: text("/reason").unwrap_or_default(),
            message: text("/message").unwrap_or_default(),
            last: last
                .or_else(|| text("/metadata/creationTimestamp"))
                .unwrap_or_default(),
            count: count.and_then(Value::as_i64).unwrap_or(1),
        }
    }
}

/// Tells the events of an object, and returns the messages of the warnings among them, the newest first.
pub(super) fn tell(story: &mut Story<'_>, thing: &Thing) -> Vec<String> {
    let events = match story.look.events(thing) {
        Seen::There(events) => events,
        Seen::Refused(why) => {
            story.aside(thing, "events", Verdict::Unknown, why);
            return Vec::new();
        }
        Seen::Gone | Seen::Pending => return Vec::new(),
    };
    let now = story.look.now;
    let mut events: Vec<Event<'_>> = events.iter().map(Event::of).collect();
    events.retain(|event| is_older(now, event.last, RECENT) != Some(true));
    // Times of one form and zone are in the order of their text.
    events.sort_by(|a, b| b.last.cmp(a.last));
    let mut warnings: Vec<String> = Vec::new();
    for event in &events {
        if event.is_warning && !warnings.iter().any(|known| known == event.message) {
            warnings.push(event.message.to_owned());
        }
    }
    for event in events.iter().take(TOLD) {
        let when = age(now, event.last).map_or_else(String::new, |age| format!("{age} ago, "));
        let times = match event.count {
            ..=1 => String::new(),
            count => format!(" ({count} times)"),
        };
        let verdict = match event.is_warning {
            true => Verdict::Bad,
            false => Verdict::Ok,
        };
        let told = format!("{when}{}: {}{times}", event.reason, event.message);
        story.aside(thing, "event", verdict, told);
    }
    warnings
}
