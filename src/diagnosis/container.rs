//! Containers that keep their pod from being ready: what each waits for.

use std::sync::OnceLock;

use regex::Regex;
use serde_json::Value;

use super::story::{Cause, Confidence, Story, Verdict};
use super::thing::Thing;
use super::{crash, events, pod, pull};

/// A container of a pod, and how it is.
pub(super) struct Container<'p> {
    pub(super) name: &'p str,
    pub(super) image: &'p str,
    pub(super) is_init: bool,
    is_ready: bool,
    pub(super) restarts: i64,
    state: &'p Value,
    last: &'p Value,
}

impl<'p> Container<'p> {
    /// Returns the containers of a pod, those that run first first.
    pub(super) fn all(pod: &'p Value) -> Vec<Self> {
        let lists = ["/status/initContainerStatuses", "/status/containerStatuses"].into_iter();
        let statuses = lists.flat_map(|pointer| {
            let statuses = pod.pointer(pointer).and_then(Value::as_array);
            let is_init = pointer.contains("init");
            statuses
                .into_iter()
                .flatten()
                .map(move |status| (is_init, status))
        });
        statuses
            .map(|(is_init, status)| Self::of(is_init, status))
            .collect()
    }

    fn of(is_init: bool, status: &'p Value) -> Self {
        let text = |key: &str| status.get(key).and_then(Value::as_str).unwrap_or_default();
        Container {
            name: text("name"),
            image: text("image"),
            is_init,
            is_ready: status.get("ready") == Some(&Value::Bool(true)),
            restarts: status
                .get("restartCount")
                .and_then(Value::as_i64)
                .unwrap_or_default(),
            state: status.get("state").unwrap_or(&Value::Null),
            last: status.get("lastState").unwrap_or(&Value::Null),
        }
    }

    pub(super) fn waiting(&self) -> &'p str {
        self.text("/waiting/reason")
    }

    fn text(&self, pointer: &str) -> &'p str {
        self.state
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Returns how the container ended: now, or before it was started again.
    pub(super) fn end(&self) -> Option<&'p Value> {
        self.state
            .get("terminated")
            .or_else(|| self.last.get("terminated"))
    }

    pub(super) fn exit_code(&self) -> Option<i64> {
        self.end()?.get("exitCode")?.as_i64()
    }

    /// Tells whether the container is what keeps its pod from being ready.
    pub(super) fn is_bad(&self) -> bool {
        match self.waiting() {
            "" => {}
            // Others have to come first.
            "PodInitializing" | "ContainerCreating" => return false,
            _ => return true,
        }
        let failed = |end: &Value| end.get("exitCode").and_then(Value::as_i64) != Some(0);
        if let Some(end) = self.state.get("terminated") {
            return failed(end);
        }
        let is_running = self.state.get("running").is_some();
        // An init container that runs is what the others wait for.
        is_running && !self.is_ready
    }

    /// Tells whether the log of the one that ran before says more.
    pub(super) fn is_previous(&self) -> bool {
        self.state.get("terminated").is_none() && self.last.get("terminated").is_some()
    }

    pub(super) fn called(&self, owner: &Thing) -> String {
        let what = if self.is_init {
            "init container"
        } else {
            "container"
        };
        format!("{what} {} of {owner}", self.name)
    }
}

/// Looks at a container that keeps its pod from being ready.
pub(super) fn look(
    story: &mut Story<'_>,
    owner: &Thing,
    thing: &Thing,
    pod: &Value,
    container: &Container<'_>,
) {
    let message = container.text("/waiting/message");
    match container.waiting() {
        "ErrImagePull"
        | "ImagePullBackOff"
        | "ErrImageNeverPull"
        | "InvalidImageName"
        | "RegistryUnavailable"
        | "ImageInspectError"
        | "SignatureValidationFailed" => {
            pull::look(story, owner, thing, pod, container, message);
        }
        "CreateContainerConfigError"
        | "CreateContainerError"
        | "RunContainerError"
        | "StartError" => {
            configuration(story, owner, thing, container, message);
        }
        _ if container.state.get("running").is_some() => {
            probes(story, owner, thing, pod, container);
        }
        _ => crash::look(story, owner, thing, pod, container),
    }
}

fn configuration(
    story: &mut Story<'_>,
    owner: &Thing,
    thing: &Thing,
    container: &Container<'_>,
    message: &str,
) {
    story.step(
        thing,
        "container",
        Verdict::Bad,
        format!("{}: {message}", container.waiting()),
    );
    if pod::absent(story, owner, message) {
        return;
    }
    let told = format!("{} cannot be started: {message}", container.called(owner));
    let cause = Cause::new("container-not-started", owner, Confidence::Likely, told);
    story.blame(cause.next(format!("kubectl describe {}", thing.kubectl())));
}

/// Reads which Secret or ConfigMap a message says is not there, and the key where only that is missing.
pub(super) fn absent(message: &str) -> Option<(&'static str, String, Option<String>)> {
    static ABSENT: OnceLock<Vec<Regex>> = OnceLock::new();
    let patterns = ABSENT.get_or_init(|| {
        [
            r#"(?i)(?P<kind>secret|configmap) "(?:[^"/]*/)?(?P<name>[^"/]+)" not found"#,
            r#"(?i)couldn't find key (?P<key>\S+) in (?P<kind>secret|configmap) (?:[^/\s]+/)?(?P<name>[^\s,;]+)"#,
        ]
        .iter()
        .filter_map(|pattern| Regex::new(pattern).ok())
        .collect()
    });
    patterns.iter().find_map(|pattern| {
        let found = pattern.captures(message)?;
        let part = |name| found.name(name).map(|part| part.as_str().to_owned());
        let kind = match part("kind")?.to_ascii_lowercase().as_str() {
            "secret" => "Secret",
            _ => "ConfigMap",
        };
        Some((kind, part("name")?, part("key")))
    })
}

/// A container that runs and is not ready: its probes fail, or it was started a moment ago.
fn probes(
    story: &mut Story<'_>,
    owner: &Thing,
    thing: &Thing,
    pod: &Value,
    container: &Container<'_>,
) {
    let killed = container
        .last
        .pointer("/terminated/reason")
        .and_then(Value::as_str);
    let told = format!("{} runs, and is not ready", container.called(owner));
    story.step(thing, "container", Verdict::Bad, &told);
    if killed == Some("OOMKilled") {
        return crash::out_of_memory(story, owner, thing, pod, container);
    }
    let mark = story.mark();
    let warnings = events::tell(story, thing);
    if story.is_waiting(mark) {
        return;
    }
    let failed = warnings
        .iter()
        .find(|warning| warning.contains("probe failed"));
    let cause = match failed {
        Some(probe) => {
            story.step(thing, "probe", Verdict::Bad, probe);
            let message = format!("{told}: {probe}");
            Cause::new("probe-fails", owner, Confidence::Likely, message).help(
                "the address, the port and the time of the probe have to fit what the container does",
            )
        }
        None => {
            let before = killed.map_or_else(String::new, |reason| {
                format!(", and was ended before ({reason})")
            });
            let message = format!("{told}{before}");
            Cause::new("pod-starting", owner, Confidence::Possible, message)
        }
    };
    story.blame(cause.next(crash::logs_command(thing, container)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_what_is_not_there() {
        let read =
            |message| absent(message).map(|(kind, name, key)| format!("{kind} {name} {key:?}"));
        assert_eq!(
            read("secret \"plex\" not found").unwrap(),
            "Secret plex None"
        );
        assert_eq!(
            read("MountVolume.SetUp failed for volume \"config\" : configmap \"plex-config\" not found").unwrap(),
            "ConfigMap plex-config None"
        );
        assert_eq!(
            read("couldn't find key claim in Secret media/plex").unwrap(),
            "Secret plex Some(\"claim\")"
        );
        assert_eq!(
            read("container has runAsNonRoot and image will run as root"),
            None
        );
    }
}
