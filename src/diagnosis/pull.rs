//! Images that cannot be pulled, by what registries and runtimes say.

use serde_json::Value;

use super::container::Container;
use super::events;
use super::secret::{self, Wanted};
use super::story::{Cause, Confidence, Story, Verdict};
use super::thing::Thing;

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

/// Looks at an image that cannot be pulled.
pub(super) fn look(
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
