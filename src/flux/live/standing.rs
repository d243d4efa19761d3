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
        if !is_seen || !is_current {
            // What else the status says is of an earlier run.
            let running = running.filter(|running| running.reason == "Progressing");
            let said = running.map(Said::of).unwrap_or_default();
            return Standing::Waiting { is_seen, said };
        }
        let waiting = |condition| {
            let said = Said::of(condition);
            Standing::Waiting { is_seen, said }
        };
        let stalled = object.condition("Stalled").filter(Condition::is_true);
        let is_false = |ready: &Condition| ready.status == ConditionStatus::False;
        match (stalled, ready, running) {
            // `Stalled` says that it is not tried again, and `Ready` what happened.
            (Some(_), Some(ready), _) if is_false(&ready) => Standing::Failed(Said::of(ready)),
            (Some(stalled), ..) => Standing::Failed(Said::of(stalled)),
            (None, Some(ready), _) if is_false(&ready) && !waits(&ready) => {
                Standing::Failed(Said::of(ready))
            }
            (None, Some(ready), None) if ready.is_true() => Standing::Ready(Said::of(ready)),
            (None, Some(ready), _) if is_false(&ready) => waiting(ready),
            (None, ready, running) => running.or(ready).map_or_else(
                || Standing::Waiting {
                    is_seen,
                    said: Said::default(),
                },
                waiting,
            ),
        }
    }
}

/// Tells whether the controller has seen our token, or one that took its place.
fn is_acknowledged(object: &Live, token: &str) -> bool {
    let handled = object.handled();
    handled == Some(token) || handled.is_some() && handled == object.annotation(REQUESTED_AT)
}

/// Tells whether the status speaks of the present specification. A generation that fails shows in the condition alone
/// (kustomize-controller 1.9), one that changes nothing in the status alone (image-automation-controller 1.2). What succeeds
/// shows in the status last, together with the revision.
fn is_current(object: &Live, ready: Option<&Condition>) -> bool {
    let of_condition = ready.and_then(|ready| ready.observed_generation);
    let of_status = object.observed_generation();
    let generation = object.generation();
    match ready.is_some_and(Condition::is_true) {
        true => of_status.or(of_condition).is_none_or(|o| o >= generation),
        // Before the first success the status has -1.
        false => {
            let observed = of_condition.max(of_status);
            observed.is_none_or(|o| o < 0 || o >= generation)
        }
    }
}

/// Tells whether a controller that is not ready only waits for something. kustomize-controller 1.9 and helm-controller 1.6 use
/// one reason for an artifact that is not there yet and for one that cannot be had, and say `retrying in` of the first.
fn waits(ready: &Condition) -> bool {
    let retries = || ready.message.to_ascii_lowercase().contains("retrying in");
    WAITS.contains(&ready.reason.as_str()) || ready.reason == "ArtifactFailed" && retries()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const TOKEN: &str = "2026-11-21T10:00:00.000000001Z";
    const OLD: &str = "2026-11-20T10:00:00Z";

    fn condition(of_type: &str, status: &str, reason: &str, generation: i64) -> Value {
        json!({"type": of_type, "status": status, "reason": reason, "message": format!("{reason}!"), "observedGeneration": generation})
    }

    /// A Kustomization of generation 3, asked with our token.
    fn object(handled: &str, observed: i64, conditions: impl Into<Vec<Value>>) -> Value {
        let conditions: Vec<Value> = conditions.into();
        json!({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": {"namespace": "flux-system", "name": "apps", "generation": 3, "annotations": {REQUESTED_AT: TOKEN}},
            "status": {"lastHandledReconcileAt": handled, "observedGeneration": observed, "conditions": conditions}})
    }

    /// Says in one word how far it is, with the reason.
    fn judged(object: Value, awaited: Awaited<'_>) -> String {
        match Standing::of(&Live::of(object).unwrap(), awaited) {
            Standing::Waiting { is_seen, said } => {
                let seen = if is_seen { "seen" } else { "unseen" };
                format!("waiting {seen} {}", said.reason)
                    .trim_end()
                    .to_owned()
            }
            Standing::Ready(said) => format!("ready {}", said.reason),
            Standing::Failed(said) => format!("failed {}", said.reason),
            Standing::Suspended => "suspended".to_owned(),
            Standing::Leaving => "leaving".to_owned(),
        }
    }

    fn asked(handled: &str, observed: i64, conditions: impl Into<Vec<Value>>) -> String {
        judged(object(handled, observed, conditions), Awaited::Token(TOKEN))
    }

    /// kustomize-controller 1.9.5, nothing new: annotated, in progress, conditions, acknowledged.
    #[test]
    fn a_success_is_one_with_the_acknowledgement() {
        let old = condition("Ready", "True", "ReconciliationSucceeded", 3);
        let progress = condition("Ready", "Unknown", "Progressing", 3);
        let running = condition("Reconciling", "True", "Progressing", 3);
        assert_eq!(asked(OLD, 3, [old.clone()]), "waiting unseen");
        assert_eq!(
            asked(OLD, 3, [progress, running.clone()]),
            "waiting unseen Progressing"
        );
        // source-controller 1.9.3 leaves the old condition while it works.
        assert_eq!(
            asked(OLD, 3, [old.clone(), running]),
            "waiting unseen Progressing"
        );
        assert_eq!(asked(OLD, 3, [old.clone()]), "waiting unseen");
        assert_eq!(asked(TOKEN, 3, [old]), "ready ReconciliationSucceeded");
    }

    /// kustomize-controller 1.9.5: a generation that fails keeps the observed generation of the last good one, and goes on
    /// with `Reconciling`.
    #[test]
    fn a_failure_ends_the_wait_though_it_is_tried_again() {
        let retry = condition("Reconciling", "True", "ProgressingWithRetry", 3);
        let failed = |generation| condition("Ready", "False", "BuildFailed", generation);
        assert_eq!(asked(OLD, 2, [failed(2), retry.clone()]), "waiting unseen");
        assert_eq!(asked(OLD, 2, [failed(3), retry.clone()]), "waiting unseen");
        assert_eq!(
            asked(TOKEN, 2, [failed(3), retry.clone()]),
            "failed BuildFailed"
        );
        assert_eq!(
            asked(TOKEN, -1, [failed(3), retry.clone()]),
            "failed BuildFailed"
        );
        // The specification changed after the failure.
        assert_eq!(asked(TOKEN, 2, [failed(2), retry]), "waiting seen");
    }

    /// helm-controller 1.6.4: no more attempts; the observed generation is raised.
    #[test]
    fn what_stalls_fails_with_what_happened() {
        let failed = condition("Ready", "False", "UpgradeFailed", 3);
        let stalled = condition("Stalled", "True", "RetriesExceeded", 3);
        assert_eq!(
            asked(OLD, 3, [failed.clone(), stalled.clone()]),
            "waiting unseen"
        );
        assert_eq!(
            asked(TOKEN, 3, [failed, stalled.clone()]),
            "failed UpgradeFailed"
        );
        assert_eq!(asked(TOKEN, 3, [stalled]), "failed RetriesExceeded");
    }

    #[test]
    fn waiting_for_something_else_is_no_failure() {
        let not_ready = |reason| condition("Ready", "False", reason, 3);
        for reason in [
            "DependencyNotReady",
            "SourceNotReady",
            "HealthCheckCanceled",
            "Progressing",
        ] {
            let expected = format!("waiting seen {reason}");
            assert_eq!(asked(TOKEN, -1, [not_ready(reason)]), expected);
        }
        let mut artifact = not_ready("ArtifactFailed");
        assert_eq!(asked(TOKEN, 2, [artifact.clone()]), "failed ArtifactFailed");
        for message in [
            "Source artifact not found, retrying in 30s",
            "artifact not found. Retrying in 30s",
        ] {
            artifact["message"] = message.into();
            assert_eq!(
                asked(TOKEN, 2, [artifact.clone()]),
                "waiting seen ArtifactFailed"
            );
        }
        assert_eq!(asked(TOKEN, 3, []), "waiting seen");
        let running = condition("Reconciling", "True", "Progressing", 3);
        let ready = condition("Ready", "True", "UpgradeSucceeded", 3);
        assert_eq!(
            asked(TOKEN, 3, [ready, running]),
            "waiting seen Progressing"
        );
    }

    /// image-automation-controller 1.2: a generation without consequences is observed by the status alone; helm-controller of
    /// old wrote no generation into conditions.
    #[test]
    fn the_generation_is_taken_from_where_it_is() {
        let ready = condition("Ready", "True", "Succeeded", 2);
        assert_eq!(asked(TOKEN, 3, [ready.clone()]), "ready Succeeded");
        assert_eq!(asked(TOKEN, 2, [ready]), "waiting seen");
        let bare = json!({"type": "Ready", "status": "True", "reason": "Succeeded"});
        assert_eq!(asked(TOKEN, 3, [bare.clone()]), "ready Succeeded");
        assert_eq!(asked(TOKEN, 2, [bare.clone()]), "waiting seen");
        let mut generator = object(TOKEN, 0, [bare]);
        generator["status"]["observedGeneration"] = Value::Null;
        assert_eq!(judged(generator, Awaited::Token(TOKEN)), "ready Succeeded");
    }

    #[test]
    fn another_request_in_place_of_ours_counts() {
        let ready = condition("Ready", "True", "Succeeded", 3);
        let mut replaced = object(OLD, 3, [ready]);
        replaced["metadata"]["annotations"][REQUESTED_AT] = json!("theirs");
        assert_eq!(
            judged(replaced.clone(), Awaited::Token(TOKEN)),
            "waiting unseen"
        );
        replaced["status"]["lastHandledReconcileAt"] = json!("theirs");
        assert_eq!(judged(replaced, Awaited::Token(TOKEN)), "ready Succeeded");
    }

    /// Suspended objects acknowledge at once, with the conditions of before.
    #[test]
    fn an_acknowledgement_alone_proves_nothing() {
        let ready = condition("Ready", "True", "Succeeded", 3);
        let mut suspended = object(TOKEN, 3, [ready.clone()]);
        suspended["spec"] = json!({"suspend": true});
        assert_eq!(judged(suspended, Awaited::Token(TOKEN)), "suspended");
        let mut leaving = object(TOKEN, 3, [ready]);
        leaving["metadata"]["deletionTimestamp"] = json!("2026-11-21T10:00:00Z");
        assert_eq!(judged(leaving, Awaited::Token(TOKEN)), "leaving");
    }

    /// kustomize-controller 1.9.5, resumed: suspending raised the observed generation, and not that of the condition.
    #[test]
    fn a_new_generation_is_request_enough() {
        let resumed = |observed, conditions: Vec<Value>| {
            judged(object(OLD, observed, conditions), Awaited::Generation)
        };
        let old = condition("Ready", "True", "ReconciliationSucceeded", 1);
        let running = condition("Reconciling", "True", "Progressing", 3);
        assert_eq!(resumed(2, vec![]), "waiting unseen");
        assert_eq!(resumed(2, vec![old]), "waiting unseen");
        let progress = condition("Ready", "Unknown", "Progressing", 3);
        assert_eq!(
            resumed(2, vec![progress, running]),
            "waiting seen Progressing"
        );
        let new = condition("Ready", "True", "ReconciliationSucceeded", 3);
        assert_eq!(resumed(2, vec![new.clone()]), "waiting unseen");
        assert_eq!(resumed(3, vec![new]), "ready ReconciliationSucceeded");
        let failed = condition("Ready", "False", "BuildFailed", 3);
        assert_eq!(resumed(2, vec![failed]), "failed BuildFailed");
    }
}
