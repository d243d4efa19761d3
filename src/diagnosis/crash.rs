//! Containers that end: how, and what they wrote last.

use serde_json::Value;

use super::container::Container;
use super::events;
use super::facts::LogOf;
use super::look::Seen;
use super::story::{Cause, Confidence, Story, Verdict};
use super::thing::Thing;
use crate::flux::ObjectRef;

/// How many lines of a log are told.
const LINES: usize = 5;
/// The exit status of what was killed by the kernel.
const KILLED: i64 = 137;

/// What the last words of a container tell of its end.
const LAST_WORDS: [(&str, &str, &str); 4] = [
    (
        "exec format error",
        "image-architecture",
        "the image is made for another architecture than the node has: take a tag with it, or keep the pod on nodes that fit",
    ),
    (
        "no space left on device",
        "disk-full",
        "a disk is full: make room on the volume or the node",
    ),
    (
        "read-only file system",
        "read-only",
        "it writes where nothing may be written: mount a volume there, or allow it in `securityContext`",
    ),
    (
        "permission denied",
        "permission-denied",
        "it may not do or write something: see `securityContext` (runAsUser, fsGroup) and who owns its volumes",
    ),
];

/// Looks at a container that ends.
pub(super) fn look(
    story: &mut Story<'_>,
    owner: &Thing,
    thing: &Thing,
    pod: &Value,
    container: &Container<'_>,
) {
    let code = container.exit_code();
    let reason = container.end().and_then(|end| end.get("reason")?.as_str());
    let status = code.map_or_else(String::new, |code| format!(" with exit status {code}"));
    let told = format!(
        "{} ends{status}{}, started again {} times",
        container.called(owner),
        reason.map_or_else(String::new, |reason| format!(" ({reason})")),
        container.restarts
    );
    story.step(thing, "container", Verdict::Bad, &told);
    if reason == Some("OOMKilled") {
        return out_of_memory(story, owner, thing, pod, container);
    }
    let mark = story.mark();
    let log = log(story, thing, container);
    // Where a probe kills, the events say so.
    let warnings = events::tell(story, thing);
    if story.is_waiting(mark) {
        return;
    }
    let killed_by = warnings
        .iter()
        .find(|w| w.contains("iveness probe") || w.contains("tartup probe"));
    let logs = logs_command(thing, container);
    if let Some(probe) =
        killed_by.filter(|_| matches!(code, None | Some(0 | 2 | 130 | KILLED | 143)))
    {
        let message = format!(
            "{} is ended by the kubelet: {probe}",
            container.called(owner)
        );
        let cause = Cause::new("probe-kills", owner, Confidence::Likely, message)
            .help("it is not there in time, or does not answer: a longer `initialDelaySeconds` or a `startupProbe` gives a slow node time");
        return story.blame(cause.next(logs));
    }
    let words = log.as_deref().unwrap_or_default();
    let known = LAST_WORDS.iter().find(|(text, _, _)| words.contains(text));
    let last = words.lines().rev().find(|line| !line.trim().is_empty());
    let message = match last {
        Some(last) => format!("{told}; its last words: {}", last.trim()),
        None => told,
    };
    let (id, help) = known.map_or(("crash-loop", ""), |(_, id, help)| (*id, *help));
    let help = match (help, code) {
        ("", Some(126 | 127)) => "there is no such command in the image: see `command` and `args`",
        ("", Some(KILLED)) => "it was killed from outside, often for want of memory on the node",
        ("", _) => "its log says why; a change of its configuration or its image often does it",
        (help, _) => help,
    };
    let cause = Cause::new(id, owner, Confidence::Likely, message).help(help);
    story.blame(cause.next(logs));
}

pub(super) fn logs_command(thing: &Thing, container: &Container<'_>) -> String {
    let previous = if container.is_previous() {
        " --previous"
    } else {
        ""
    };
    format!(
        "kubectl -n {} logs {} -c {}{previous}",
        thing.namespace, thing.name, container.name
    )
}

/// Returns the last lines that the container wrote before it ended, and tells them.
fn log(story: &mut Story<'_>, thing: &Thing, container: &Container<'_>) -> Option<String> {
    let of = LogOf {
        pod: ObjectRef::new(thing.namespace.as_str(), thing.name.as_str()),
        container: container.name.to_owned(),
        previous: container.is_previous(),
    };
    match story.look.log(&of) {
        Seen::There(log) => {
            let lines: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
            let last = lines
                .get(lines.len().saturating_sub(LINES)..)
                .unwrap_or_default();
            if last.is_empty() {
                story.step(thing, "log", Verdict::Unknown, "it is empty, or gone");
                return None;
            }
            let last = last.join("\n");
            story.step(thing, "log", Verdict::Bad, &last);
            Some(last)
        }
        Seen::Gone => {
            story.step(thing, "log", Verdict::Unknown, "it is empty, or gone");
            None
        }
        Seen::Refused(why) => {
            story.unknown(thing, "log", &format!("no log to be had: {why}"));
            None
        }
        Seen::Pending => None,
    }
}

pub(super) fn out_of_memory(
    story: &mut Story<'_>,
    owner: &Thing,
    thing: &Thing,
    pod: &Value,
    container: &Container<'_>,
) {
    let containers = pod.pointer("/spec/containers").and_then(Value::as_array);
    let own = containers.into_iter().flatten();
    let limit = own
        .filter(|other| other.get("name").and_then(Value::as_str) == Some(container.name))
        .find_map(|other| other.pointer("/resources/limits/memory")?.as_str());
    let limit = limit.map_or_else(
        || "the node has".to_owned(),
        |limit| format!("its limit of {limit}"),
    );
    let message = format!(
        "{} was killed: it needs more memory than {limit}",
        container.called(owner)
    );
    let cause = Cause::new("out-of-memory", owner, Confidence::Certain, message)
        .help("raise `resources.limits.memory`, or let it need less");
    story.blame(cause.next(format!(
        "kubectl -n {} top pod {}",
        thing.namespace, thing.name
    )));
}
