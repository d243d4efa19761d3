//! Containers that do not run: their image, their configuration, how they end, what they wrote last.

use std::sync::OnceLock;

use regex::Regex;
use serde_json::Value;

use super::facts::LogOf;
use super::look::Seen;
use super::secret::{self, Wanted};
use super::story::{Cause, Confidence, Story, Verdict};
use super::thing::Thing;
use super::{events, pod};
use crate::flux::ObjectRef;

/// How many lines of a log are told.
const LINES: usize = 5;
/// The exit status of what was killed by the kernel.
const KILLED: i64 = 137;

/// A container of a pod, and how it is.
pub(super) struct Container<'p> {
    name: &'p str,
    image: &'p str,
    is_init: bool,
    is_ready: bool,
    restarts: i64,
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

    fn waiting(&self) -> &'p str {
        self.text("/waiting/reason")
    }

    fn text(&self, pointer: &str) -> &'p str {
        self.state
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Returns how the container ended: now, or before it was started again.
    fn end(&self) -> Option<&'p Value> {
        self.state
            .get("terminated")
            .or_else(|| self.last.get("terminated"))
    }

    fn exit_code(&self) -> Option<i64> {
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

    fn called(&self, owner: &Thing) -> String {
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
            image(story, owner, thing, pod, container, message);
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
        _ => crash(story, owner, thing, pod, container),
    }
}

/// What registries and runtimes say of an image (containerd 2, CRI-O, OCI distribution 1.1), by id; what that means; the way out.
const PULLS: [(&str, &[&str], &str, &str); 6] = [
    (
        "image-rate-limit",
        &["toomanyrequests", "429 Too Many Requests", "rate limit"],
        "the registry has answered too often, and waits",
        "log in with an imagePullSecret, or use a mirror or cache",
    ),
    (
        "image-architecture",
        &[
            "no match for platform",
            "no matching manifest",
            "does not match the specified platform",
            "no image found in manifest list",
        ],
        "the image is not made for the architecture of the node",
        "take a tag with this architecture, build it for it, or keep the pod on nodes that fit: `homelab images check --registry` tells which tags have it",
    ),
    (
        "image-not-found",
        &[
            "not found",
            "manifest unknown",
            "MANIFEST_UNKNOWN",
            "NAME_UNKNOWN",
            "name unknown",
            "repository does not exist",
        ],
        "the registry has no such image",
        "the tag was never pushed, or removed; `homelab images check --registry` tells which tags in Git do not exist",
    ),
    (
        "image-denied",
        &[
            "unauthorized",
            "UNAUTHORIZED",
            "authorization failed",
            "denied",
            "403 Forbidden",
            "401 Unauthorized",
            "authentication required",
        ],
        "the registry does not give it to this cluster",
        "the image is private, or does not exist: `imagePullSecrets` has to name a Secret of type kubernetes.io/dockerconfigjson in the namespace of the pod",
    ),
    (
        "image-certificate",
        &[
            "x509:",
            "certificate signed by unknown authority",
            "server gave HTTP response to HTTPS client",
        ],
        "the node does not trust the registry",
        "the container runtime of the node needs the authority of the registry, or to be told that it speaks plain HTTP",
    ),
    (
        "registry-unreachable",
        &[
            "no such host",
            "i/o timeout",
            "connection refused",
            "network is unreachable",
            "TLS handshake timeout",
            "context deadline exceeded",
            "server misbehaving",
            "connection reset",
        ],
        "the node does not reach the registry",
        "the DNS and the network of the node have to work; other pods on it tell whether they do",
    ),
];

fn image(
    story: &mut Story<'_>,
    owner: &Thing,
    thing: &Thing,
    pod: &Value,
    container: &Container<'_>,
    message: &str,
) {
    story.step(
        thing,
        "image",
        Verdict::Bad,
        format!("{}: {message}", container.waiting()),
    );
    let mark = story.mark();
    let warnings = events::tell(story, thing);
    let said: Vec<&str> = std::iter::once(message)
        .chain(warnings.iter().map(String::as_str))
        .collect();
    let fits = |texts: &[&str]| {
        said.iter()
            .any(|said| texts.iter().any(|text| said.contains(text)))
    };
    let known = PULLS.iter().find(|(_, texts, _, _)| fits(texts));
    if known.is_some_and(|known| known.0 == "image-denied") {
        pull_secrets(story, owner, thing, pod);
    }
    if story.is_waiting(mark) || story.is_explained(mark) {
        return;
    }
    let whole = said
        .iter()
        .copied()
        .max_by_key(|said| said.len())
        .unwrap_or_default();
    let image = container.image;
    let cause = match known {
        Some((id, _, what, help)) => {
            let told = format!("the image {image} of {owner} cannot be pulled: {what} ({whole})");
            Cause::new(id, owner, Confidence::Certain, told).help(*help)
        }
        None if container.waiting() == "InvalidImageName" => {
            let told = format!("{image:?} of {owner} is no name of an image");
            Cause::new("image-invalid", owner, Confidence::Certain, told)
        }
        None => {
            let told = format!("the image {image} of {owner} cannot be pulled: {whole}");
            Cause::new("image-pull", owner, Confidence::Likely, told)
        }
    };
    let is_of_registry =
        known.is_some_and(|known| matches!(known.0, "image-not-found" | "image-architecture"));
    story.blame(match is_of_registry {
        true => cause.next("homelab images check --registry"),
        false => cause.next(format!("kubectl describe {}", thing.kubectl())),
    });
}

/// Looks for the Secrets with which images are pulled.
fn pull_secrets(story: &mut Story<'_>, owner: &Thing, thing: &Thing, pod: &Value) {
    let named = pod
        .pointer("/spec/imagePullSecrets")
        .and_then(Value::as_array);
    for entry in named.into_iter().flatten() {
        if let Some(name) = entry.get("name").and_then(Value::as_str) {
            let mut wanted = Wanted::new("Secret", &thing.namespace, name, "pulls with");
            wanted.of_type = Some("kubernetes.io/dockerconfigjson");
            secret::look(story, owner, &wanted);
        }
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

fn crash(
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

fn logs_command(thing: &Thing, container: &Container<'_>) -> String {
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

impl Container<'_> {
    /// Tells whether the log of the one that ran before says more.
    fn is_previous(&self) -> bool {
        self.state.get("terminated").is_none() && self.last.get("terminated").is_some()
    }
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
                story.step(thing, "log", Verdict::Unknown, "it has written nothing");
                return None;
            }
            let last = last.join("\n");
            story.step(thing, "log", Verdict::Bad, &last);
            Some(last)
        }
        Seen::Gone => {
            story.step(thing, "log", Verdict::Unknown, "it has written nothing");
            None
        }
        Seen::Refused(why) => {
            story.unknown(thing, "log", &format!("no log to be had: {why}"));
            None
        }
        Seen::Pending => None,
    }
}

fn out_of_memory(
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
        return out_of_memory(story, owner, thing, pod, container);
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
    story.blame(cause.next(logs_command(thing, container)));
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
