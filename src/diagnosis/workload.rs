//! Workloads: how many pods there should be and are, and why those that are not ready are not.

use serde_json::Value;

use super::facts::Query;
use super::look::Seen;
use super::story::{Cause, Confidence, Health, Story, Verdict};
use super::thing::Thing;
use super::time::age;
use super::{events, known, pod};
use crate::flux::Condition;

/// How many pods of a workload are looked at closely.
const PODS: usize = 5;

/// Said of a workload that was changed, and nothing came of it.
const UNSEEN: &str = "kube-controller-manager has not seen its newest version";

/// How many pods there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Replicas {
    pub(super) wanted: i64,
    pub(super) ready: i64,
    /// How many are of the newest specification.
    pub(super) updated: i64,
    /// How many are of an older one, and should go.
    pub(super) old: i64,
    /// Whether the controller has seen the specification.
    pub(super) is_observed: bool,
}

impl Replicas {
    fn is_well(&self) -> bool {
        let has_all = self.ready >= self.wanted && self.updated >= self.wanted;
        self.is_observed && has_all && self.old == 0
    }
}

/// Counts the pods of a Deployment, StatefulSet, DaemonSet or ReplicaSet, by its status.
pub(super) fn replicas(object: &Value) -> Replicas {
    let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64);
    let generation = number("/metadata/generation").unwrap_or_default();
    let is_observed = number("/status/observedGeneration").is_some_and(|seen| seen >= generation);
    if object.get("kind").and_then(Value::as_str) == Some("DaemonSet") {
        let wanted = number("/status/desiredNumberScheduled").unwrap_or_default();
        return Replicas {
            wanted,
            ready: number("/status/numberReady").unwrap_or_default(),
            updated: number("/status/updatedNumberScheduled").unwrap_or_default(),
            old: 0,
            is_observed,
        };
    }
    let wanted = number("/spec/replicas").unwrap_or(1);
    let on_delete = object
        .pointer("/spec/updateStrategy/type")
        .and_then(Value::as_str);
    // A ReplicaSet has one specification, and some StatefulSets are not updated by themselves.
    let has_updates = object.pointer("/status/updatedReplicas").is_some();
    let updated = match on_delete {
        Some("OnDelete") => wanted,
        _ if !has_updates && number("/status/readyReplicas") == Some(wanted) => wanted,
        _ => number("/status/updatedReplicas").unwrap_or_default(),
    };
    let is_rolled = object.get("kind").and_then(Value::as_str) == Some("Deployment");
    let all = number("/status/replicas").filter(|_| is_rolled);
    Replicas {
        wanted,
        ready: number("/status/readyReplicas").unwrap_or_default(),
        updated,
        old: all.map_or(0, |all| (all - updated).max(0)),
        is_observed,
    }
}

/// Tells whether a workload has what it should have.
pub(super) fn is_well(object: &Value) -> bool {
    replicas(object).is_well()
}

/// Looks at a workload.
pub(super) fn examine(story: &mut Story<'_>, thing: &Thing, object: &Value) -> Health {
    if thing.kind == "Job" {
        return job(story, thing, object);
    }
    let replicas = replicas(object);
    let told = format!(
        "{} of {} ready{}",
        replicas.ready,
        replicas.wanted,
        images(object)
    );
    if replicas.is_well() {
        let condition = Condition::of(object, "Available");
        let since = condition.and_then(|c| age(story.look.now, &c.last_transition_time));
        let since = since.map_or_else(String::new, |age| format!(", since {age}"));
        story.step(thing, "pods", Verdict::Ok, format!("{told}{since}"));
        return Health::Fine;
    }
    let is_rolling = replicas.updated < replicas.wanted || replicas.old > 0;
    let told = match is_rolling && replicas.ready >= replicas.wanted {
        true => format!("{told}; the new version does not get ready, the old one still runs"),
        false => told,
    };
    let told = match replicas.is_observed {
        true => told,
        false => format!("{told}; {UNSEEN}"),
    };
    story.step(thing, "pods", Verdict::Bad, told);
    unwell(story, thing, object)
}

/// Returns the images that a workload runs, to be said behind something else.
fn images(object: &Value) -> String {
    let containers = object.pointer("/spec/template/spec/containers");
    let containers = containers.and_then(Value::as_array).into_iter().flatten();
    let images: Vec<&str> = containers
        .filter_map(|container| container.get("image")?.as_str())
        .collect();
    match images.as_slice() {
        [] => String::new(),
        images => format!(", {}", images.join(", ")),
    }
}

/// Finds out why a workload is not well: by its pods, else by what its controller says.
fn unwell(story: &mut Story<'_>, thing: &Thing, object: &Value) -> Health {
    let mark = story.mark();
    let has_none = pods(story, thing, object) == Some(0);
    if story.is_waiting(mark) {
        return Health::Pending;
    }
    if story.is_explained(mark) {
        return Health::Bad;
    }
    let mut messages: Vec<String> = ["ReplicaFailure", "Progressing", "Failed", "Available"]
        .into_iter()
        .filter_map(|of_type| {
            let condition = Condition::of(object, of_type)?;
            let is_failure = matches!(of_type, "ReplicaFailure" | "Failed");
            (condition.is_true() == is_failure).then_some(condition.message)
        })
        .collect();
    messages.extend(events::tell(story, thing));
    if story.is_waiting(mark) {
        return Health::Pending;
    }
    let is_unseen = thing.kind != "Job" && !replicas(object).is_observed;
    if is_unseen {
        messages.insert(0, UNSEEN.to_owned());
    } else if has_none {
        messages.insert(0, "it has no pods, and nothing says why".to_owned());
    }
    messages.retain(|message| !message.is_empty());
    let recognised = messages
        .iter()
        .find_map(|message| known::recognise(thing, message));
    let cause = recognised.unwrap_or_else(|| {
        let said = messages.first().map_or_else(
            || "it says nothing of why".to_owned(),
            |message| message.clone(),
        );
        let message = format!("{thing} is not ready: {said}");
        let cause = Cause::new("workload-not-ready", thing, Confidence::Possible, message);
        cause.next(format!("kubectl describe {}", thing.kubectl()))
    });
    story.blame(cause);
    Health::Bad
}

/// Looks at the pods of a workload that are not well, and counts all, where they may be looked at.
fn pods(story: &mut Story<'_>, thing: &Thing, object: &Value) -> Option<usize> {
    let labels = selector(object)?;
    let query = Query {
        group: String::new(),
        kind: "Pod".to_owned(),
        namespace: Some(thing.namespace.clone()),
        labels: Some(labels),
    };
    let all = match story.look.objects(&query) {
        Seen::There(all) => all,
        Seen::Refused(why) => {
            story.unknown(thing, "pods", &why);
            return None;
        }
        Seen::Gone | Seen::Pending => return None,
    };
    let bad: Vec<&Value> = all
        .iter()
        .copied()
        .filter(|pod| !pod::is_well(pod))
        .collect();
    if all.is_empty() {
        story.step(thing, "pods", Verdict::Bad, "it has no pods");
    }
    for pod in bad.iter().take(PODS) {
        pod::look(story, thing, pod);
    }
    if bad.len() > PODS {
        let rest = format!("{} more pods are not well", bad.len() - PODS);
        story.aside(thing, "pods", Verdict::Bad, rest);
    }
    Some(all.len())
}

/// Looks at a pod that was asked for by itself.
pub(super) fn examine_pod(story: &mut Story<'_>, thing: &Thing, object: &Value) -> Health {
    if pod::is_well(object) {
        story.step(thing, "pod", Verdict::Ok, "ready");
        return Health::Fine;
    }
    let mark = story.mark();
    pod::look(story, thing, object);
    match story.is_waiting(mark) {
        true => Health::Pending,
        false => Health::Bad,
    }
}

/// Returns the label selector of a workload, as a list of pods takes it.
fn selector(object: &Value) -> Option<String> {
    let selector = object.pointer("/spec/selector")?;
    let mut terms = Vec::new();
    for (key, value) in selector
        .get("matchLabels")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        terms.push(format!("{key}={}", value.as_str()?));
    }
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    for expression in expressions.into_iter().flatten() {
        let key = expression.get("key")?.as_str()?;
        let values = expression.get("values").and_then(Value::as_array);
        let values: Vec<&str> = values
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let values = values.join(",");
        terms.push(match expression.get("operator")?.as_str()? {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            _ => return None,
        });
    }
    (!terms.is_empty()).then(|| terms.join(","))
}

/// Looks at a Job, which is well unless it has failed.
fn job(story: &mut Story<'_>, thing: &Thing, object: &Value) -> Health {
    let condition = |of_type| Condition::of(object, of_type).filter(Condition::is_true);
    if condition("Complete").is_some() {
        story.step(thing, "job", Verdict::Ok, "complete");
        return Health::Fine;
    }
    let number = |pointer: &str| {
        object
            .pointer(pointer)
            .and_then(Value::as_i64)
            .unwrap_or_default()
    };
    let told = match condition("Failed") {
        Some(failed) => format!("{}: {}", failed.reason, failed.message),
        None if number("/status/ready") > 0 => {
            story.step(thing, "job", Verdict::Ok, "running");
            return Health::Fine;
        }
        None => format!("not complete, {} pods failed", number("/status/failed")),
    };
    story.step(thing, "job", Verdict::Bad, told);
    unwell(story, thing, object)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn selectors_are_written_as_lists_take_them() {
        let of = |labels: Value| selector(&json!({"spec": {"selector": labels}}));
        let both = json!({"matchLabels": {"app": "web"}, "matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["a", "b"]}, {"key": "old", "operator": "DoesNotExist"}]});
        assert_eq!(of(both).unwrap(), "app=web,tier in (a,b),!old");
        assert_eq!(of(json!({})), None);
    }

    #[test]
    fn a_roll_out_that_hangs_is_not_well() {
        let deployment = |status: Value| json!({"kind": "Deployment", "metadata": {"generation": 2}, "spec": {"replicas": 1}, "status": status});
        let well = |status| is_well(&deployment(status));
        assert!(well(
            json!({"observedGeneration": 2, "readyReplicas": 1, "updatedReplicas": 1})
        ));
        assert!(!well(
            json!({"observedGeneration": 2, "readyReplicas": 1, "updatedReplicas": 0})
        ));
        assert!(!well(
            json!({"observedGeneration": 2, "readyReplicas": 1, "updatedReplicas": 1, "replicas": 2})
        ));
        assert!(!well(
            json!({"observedGeneration": 1, "readyReplicas": 1, "updatedReplicas": 1})
        ));
        assert!(!well(json!({})));
        let off = json!({"kind": "Deployment", "metadata": {"generation": 1}, "spec": {"replicas": 0}, "status": {"observedGeneration": 1}});
        assert!(is_well(&off));
    }
}
