//! Whether a request has been worked on, and how that ended: a judgement of one version of an object, without memory.

use super::object::Live;
use super::protocol::REQUESTED_AT;
use crate::flux::{Condition, ConditionStatus};

/// What shows that a controller has worked on an object since it was asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited<'a> {
    /// The status repeats this token, or one that somebody put in its place since then.
    Token(&'a str),
    /// The status speaks of the generation that the object has.
    Generation,
}

/// What a controller says: one word, and a sentence. Both may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// One word.
    pub reason: String,
    /// A sentence.
    pub message: String,
}

/// How far a request is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Not done.
    Waiting {
        /// Whether the controller has seen the request.
        is_seen: bool,
        /// What is in the way, or under way.
        said: Said,
    },
    /// Done, and the object is ready for what it asks for now.
    Ready(Said),
    /// Done, and it failed; a later attempt may do better, and nobody waits for that.
    Failed(Said),
    /// Nothing happens, because somebody stopped the object.
    Suspended,
    /// The object is on its way out.
    Leaving,
}

/// Reasons of `Ready=False` with which a controller waits for something else, and goes on by itself as soon as it is there
/// (fluxcd/pkg `apis/meta`, helm-controller 1.6, source-controller 1.9).
const WAITS: [&str; 6] = [
    "DependencyNotReady",
    "HealthCheckCanceled",
    "NoSourceArtifact",
    "Progressing",
    "ProgressingWithRetry",
    "SourceNotReady",
];

impl Said {
    fn of(condition: Condition) -> Self {
        Said {
            reason: condition.reason,
            message: condition.message,
        }
    }

    /// Tells whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.reason.is_empty() && self.message.is_empty()
    }
}

impl Standing {
    /// Judges an object that is not older than the request.
    ///
    /// The acknowledgement comes in the last write of a run, after its conditions (fluxcd/pkg `runtime/patch`), and also from
    /// runs that returned early: it shows that the request was seen, and the conditions show what came of it.
    pub fn of(object: &Live, awaited: Awaited<'_>) -> Self {
        if object.is_deleted() {
            return Standing::Leaving;
        }
        if object.is_suspended() {
            return Standing::Suspended;
        }
        if object.is_static() {
            return Standing::Ready(Said::default());
        }
        let ready = object.condition("Ready");
        let is_current = is_current(object, ready.as_ref());
        let is_seen = match awaited {
            Awaited::Token(token) => is_acknowledged(object, token),
            Awaited::Generation => is_current && ready.is_some(),
        };
        let running = object.condition("Reconciling").filter(Condition::is_true);
        let waiting = |said| Standing::Waiting { is_seen, said };
        if !is_seen {
            // What the status says is of an earlier run, but for what is under way.
            return waiting(running.map(Said::of).unwrap_or_default());
        }
        let stalled = object.condition("Stalled").filter(Condition::is_true);
        match (stalled, ready) {
            (Some(stalled), _) if is_current => Standing::Failed(Said::of(stalled)),
            (_, Some(ready)) if is_current => match ready.status {
                ConditionStatus::True if running.is_none() => Standing::Ready(Said::of(ready)),
                ConditionStatus::False if !waits(&ready) => Standing::Failed(Said::of(ready)),
                ConditionStatus::False => waiting(Said::of(ready)),
                _ => waiting(Said::of(running.unwrap_or(ready))),
            },
            (_, ready) => waiting(running.or(ready).map(Said::of).unwrap_or_default()),
        }
    }
}

/// Tells whether the controller has seen our token, or one that took its place.
fn is_acknowledged(object: &Live, token: &str) -> bool {
    let handled = object.handled();
    handled == Some(token) || handled.is_some() && handled == object.annotation(REQUESTED_AT)
}

/// Tells whether the status speaks of the present specification. A generation that fails shows in the condition alone
/// (kustomize-controller 1.9), and one that changes nothing in the status alone (image-automation-controller 1.2).
fn is_current(object: &Live, ready: Option<&Condition>) -> bool {
    let of_condition = ready.and_then(|ready| ready.observed_generation);
    let observed = of_condition.max(object.observed_generation());
    observed.is_none_or(|observed| observed <= 0 || observed >= object.generation())
}

/// Tells whether a controller that is not ready only waits for something. kustomize-controller 1.9 and helm-controller 1.6 use
/// one reason for an artifact that is not there yet and for one that cannot be had, and say `retrying in` of the first.
fn waits(ready: &Condition) -> bool {
    let retries = || ready.message.to_ascii_lowercase().contains("retrying in");
    WAITS.contains(&ready.reason.as_str()) || ready.reason == "ArtifactFailed" && retries()
}
