//! How a controller is asked to work on an object now (flux2 2.9 `cmd/flux/reconcile.go`, fluxcd/pkg `apis/meta`).

use serde_json::{Map, Value, json};

use super::kinds::{DISABLED, DISABLED_ANNOTATION, SuspendBy};
use super::object::Live;
use super::suspension::{SUSPEND_REASON, SUSPEND_UNTIL};

/// The annotation that asks; its value is a token that the controller repeats in the status.
pub const REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";
const FORCE_AT: &str = "reconcile.fluxcd.io/forceAt";
const RESET_AT: &str = "reconcile.fluxcd.io/resetAt";

/// A request with a token of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What the controller repeats; any text that was not there before.
    pub token: String,
    /// Install or upgrade once, though nothing changed (HelmRelease).
    pub force: bool,
    /// Set the counters of failures to zero (HelmRelease).
    pub reset: bool,
}

impl Asked {
    /// Returns the merge patch that asks. helm-controller 1.6 takes `forceAt` and `resetAt` only with the token of the request.
    pub fn patch(&self) -> Value {
        let extra = [(FORCE_AT, self.force), (RESET_AT, self.reset)];
        let extra = extra.into_iter().filter(|&(_, wanted)| wanted);
        let keys = std::iter::once(REQUESTED_AT).chain(extra.map(|(key, _)| key));
        let annotations: Map<String, Value> = keys
            .map(|key| (key.to_owned(), self.token.clone().into()))
            .collect();
        json!({"metadata": {"annotations": annotations}})
    }
}

/// A wish to stop objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stop {
    /// Why, for whoever finds them stopped.
    pub reason: Option<String>,
    /// Until when, in RFC 3339 or a day.
    pub until: Option<String>,
}

impl Stop {
    /// Returns the merge patch that stops an object; nothing where it is stopped already, and says so in the same words. What
    /// an earlier stop said goes away with it.
    pub fn patch(&self, object: &Live) -> Option<Value> {
        let is_new = !object.is_suspended();
        let words = [(SUSPEND_REASON, &self.reason), (SUSPEND_UNTIL, &self.until)];
        let mut annotations = Map::new();
        for (key, wanted) in words {
            let present = object.annotation(key);
            match wanted {
                Some(wanted) if present != Some(wanted) => {
                    annotations.insert(key.to_owned(), wanted.clone().into());
                }
                None if is_new && present.is_some() => {
                    annotations.insert(key.to_owned(), Value::Null);
                }
                _ => {}
            }
        }
        patch(object, annotations, is_new.then_some(true))
    }
}

/// Returns the merge patch that lets a stopped object go on, as `flux resume` does (flux2 2.9: `suspend` is taken away), and
/// takes away what the stop said. A token asks kinds that are stopped by an annotation, of which no new generation comes.
pub fn resumption(object: &Live, token: Option<&str>) -> Value {
    let said = [SUSPEND_REASON, SUSPEND_UNTIL].into_iter();
    let said = said.filter(|key| object.annotation(key).is_some());
    let mut annotations: Map<String, Value> =
        said.map(|key| (key.to_owned(), Value::Null)).collect();
    if let Some(token) = token {
        annotations.insert(REQUESTED_AT.to_owned(), token.into());
    }
    patch(object, annotations, Some(false)).unwrap_or_default()
}

/// Makes the patch of annotations, and of the field or annotation that stops; nothing where nothing changes.
fn patch(object: &Live, mut annotations: Map<String, Value>, stop: Option<bool>) -> Option<Value> {
    let mut patch = Map::new();
    match (object.kind.suspend_by, stop) {
        (SuspendBy::Spec, Some(stop)) => {
            let suspend = if stop { Value::Bool(true) } else { Value::Null };
            patch.insert("spec".to_owned(), json!({"suspend": suspend}));
        }
        (SuspendBy::Annotation, Some(stop)) => {
            let disabled = if stop { DISABLED.into() } else { Value::Null };
            annotations.insert(DISABLED_ANNOTATION.to_owned(), disabled);
        }
        _ => {}
    }
    if !annotations.is_empty() {
        patch.insert("metadata".to_owned(), json!({"annotations": annotations}));
    }
    (!patch.is_empty()).then_some(Value::Object(patch))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn force_and_reset_carry_the_token_of_the_request() {
        let mut asked = Asked {
            token: "t1".to_owned(),
            force: false,
            reset: false,
        };
        assert_eq!(
            asked.patch(),
            json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "t1"}}})
        );
        asked.force = true;
        asked.reset = true;
        assert_eq!(
            asked.patch(),
            json!({"metadata": {"annotations": {
                "reconcile.fluxcd.io/requestedAt": "t1",
                "reconcile.fluxcd.io/forceAt": "t1",
                "reconcile.fluxcd.io/resetAt": "t1",
            }}})
        );
    }

    fn object(kind: &str, annotations: &Value, spec: &Value) -> Live {
        let group = match kind {
            "ArtifactGenerator" => "source.extensions.fluxcd.io/v1beta1",
            _ => "kustomize.toolkit.fluxcd.io/v1",
        };
        Live::of(json!({"apiVersion": group, "kind": kind, "metadata": {"name": "x", "annotations": annotations}, "spec": spec}))
            .unwrap()
    }

    #[test]
    fn a_stop_says_why_and_until_when() {
        let stop = Stop {
            reason: Some("new disk".to_owned()),
            until: None,
        };
        let running = object(
            "Kustomization",
            &json!({SUSPEND_UNTIL: "2020-01-01"}),
            &json!({}),
        );
        let expected = json!({"spec": {"suspend": true}, "metadata": {"annotations": {SUSPEND_REASON: "new disk", SUSPEND_UNTIL: null}}});
        assert_eq!(stop.patch(&running), Some(expected));
        assert_eq!(
            Stop::default().patch(&object("Kustomization", &json!({}), &json!({}))),
            Some(json!({"spec": {"suspend": true}}))
        );
        let generator = object("ArtifactGenerator", &json!({}), &json!({}));
        let expected = json!({"metadata": {"annotations": {DISABLED_ANNOTATION: DISABLED}}});
        assert_eq!(Stop::default().patch(&generator), Some(expected));
    }

    #[test]
    fn what_is_stopped_already_is_left_as_it_is() {
        let annotations = json!({SUSPEND_REASON: "new disk"});
        let stopped = object("Kustomization", &annotations, &json!({"suspend": true}));
        assert_eq!(Stop::default().patch(&stopped), None);
        let mut stop = Stop {
            reason: Some("new disk".to_owned()),
            until: None,
        };
        assert_eq!(stop.patch(&stopped), None);
        stop.reason = Some("old disk".to_owned());
        let expected = json!({"metadata": {"annotations": {SUSPEND_REASON: "old disk"}}});
        assert_eq!(stop.patch(&stopped), Some(expected));
    }

    #[test]
    fn going_on_takes_away_what_the_stop_left() {
        let annotations = json!({SUSPEND_REASON: "new disk", "other": "x"});
        let stopped = object("Kustomization", &annotations, &json!({"suspend": true}));
        let expected =
            json!({"spec": {"suspend": null}, "metadata": {"annotations": {SUSPEND_REASON: null}}});
        assert_eq!(resumption(&stopped, None), expected);
        let disabled = json!({DISABLED_ANNOTATION: DISABLED});
        let generator = object("ArtifactGenerator", &disabled, &json!({}));
        let expected =
            json!({"metadata": {"annotations": {DISABLED_ANNOTATION: null, REQUESTED_AT: "t"}}});
        assert_eq!(resumption(&generator, Some("t")), expected);
    }
}
