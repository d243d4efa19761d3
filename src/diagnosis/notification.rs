//! Receivers, alerts and their providers: what they need, and say nothing of where it is missing.

use super::secret::{self, Wanted};
use super::story::{Cause, Confidence, Health, Story};
use super::thing::Thing;
use super::walk::walk;
use crate::flux::live::Live;

/// Looks for what a Receiver, a Provider or an Alert refers to. The last two have no status: nobody else says what is missing.
pub(super) fn look(story: &mut Story<'_>, thing: &Thing, live: &Live) {
    let is_known = live.condition("Ready").is_some_and(|ready| ready.is_true());
    if let Some(name) = live.text("/spec/secretRef/name").filter(|_| !is_known) {
        let mut wanted = Wanted::new("Secret", &thing.namespace, name, "logs in with");
        if thing.kind == "Receiver" {
            wanted.relation = "knows senders by";
            wanted.keys.push("token".to_owned());
        }
        secret::look(story, thing, &wanted);
    }
    let Some(name) = live.text("/spec/providerRef/name") else {
        return;
    };
    let provider = Thing::new(&thing.group, "Provider", &thing.namespace, name);
    if walk(story, &provider, "tells") == Health::Gone {
        let message = format!("{thing} tells {provider}, which does not exist");
        let cause = Cause::new("provider-missing", &provider, Confidence::Certain, message);
        story.blame(cause.help("correct `providerRef`: it is one of the alert's own namespace"));
    }
}
