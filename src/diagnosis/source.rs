//! Sources: the credentials they need, and the sources that they are made of.

use serde_json::Value;

use super::secret::{self, Wanted};
use super::story::{Cause, Confidence, Health, Story};
use super::thing::Thing;
use super::walk::walk;
use crate::flux::live::Live;

/// Looks at what a source needs, where it is not ready.
pub(super) fn look(story: &mut Story<'_>, thing: &Thing, live: &Live) {
    if live.condition("Ready").is_some_and(|ready| ready.is_true()) || live.is_static() {
        return;
    }
    for reference in sources_of(live) {
        if walk(story, &reference, "source") == Health::Gone {
            let message = format!("{thing} takes from {reference}, which does not exist");
            let cause = Cause::new("source-missing", &reference, Confidence::Certain, message);
            story.blame(cause.help("add it to Git, or correct the reference"));
        }
    }
    credentials(story, thing, live);
}

/// Returns the sources that a source is made of: the repository of a chart, what a generator copies from.
fn sources_of(live: &Live) -> Vec<Thing> {
    let own = live.source().map(|source| Thing::from(&source));
    let others = live.list("/spec/sources").iter().filter_map(|entry| {
        let kind = entry.get("kind").and_then(Value::as_str)?;
        let id = live.reference(entry)?;
        Thing::of_kind(kind, &id.namespace, &id.name)
    });
    own.into_iter().chain(others).collect()
}

/// Looks for the Secrets that a source refers to, and for the keys that its address needs.
fn credentials(story: &mut Story<'_>, thing: &Thing, live: &Live) {
    for (pointer, relation) in [
        ("/spec/secretRef/name", "logs in with"),
        ("/spec/certSecretRef/name", "trusts"),
        ("/spec/proxySecretRef/name", "goes through"),
        ("/spec/verify/secretRef/name", "verifies with"),
    ] {
        let Some(name) = live.text(pointer) else {
            continue;
        };
        let mut wanted = Wanted::new("Secret", &thing.namespace, name, relation);
        if pointer == "/spec/secretRef/name" && thing.kind == "GitRepository" {
            wanted.keys = git_keys(live);
        }
        secret::look(story, thing, &wanted);
    }
}

/// Returns the keys that a Secret for this address needs (source-controller 1.9, fluxcd/pkg git `NewAuthOptions`).
fn git_keys(live: &Live) -> Vec<String> {
    let url = live.text("/spec/url").unwrap_or_default();
    match url.starts_with("ssh://") {
        true => vec!["identity".to_owned(), "known_hosts".to_owned()],
        false => Vec::new(),
    }
}
