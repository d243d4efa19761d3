//! A run over many objects: who may be asked when, who is not asked at all, and what became of each.

use super::object::{KindRef, Live};
use super::order::{Before, Needs, before};
use super::standing::{Awaited, Said, Standing};
use crate::flux::ConditionStatus;

/// How it ended for an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The request was worked on, and the object is ready for its present generation.
    Ready,
    /// It was worked on and failed, or could not be asked.
    Failed,
    /// It is not done, and the time is up.
    Timeout,
    /// Somebody stopped the object.
    Suspended,
    /// It is not there, or no more.
    NotFound,
    /// No controller works on the object: there is nothing to ask.
    Static,
    /// It goes on again, and nobody waits for what comes of it.
    Resumed,
    /// It was stopped as asked.
    Stopped,
    /// It is already as asked.
    Unchanged,
}

/// The end of an object's part in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// How it ended.
    pub outcome: Outcome,
    /// Why.
    pub said: Said,
}

/// What an object of the run is, and where it stands.
#[derive(Clone, Debug)]
pub struct Item {
    /// The newest version of it that is known.
    pub object: Live,
    /// Whether others fail where it is suspended: the source that somebody wants to be asked first.
    pub is_required: bool,
    /// Where it stands.
    pub state: State,
    before: Vec<Before>,
}

/// Where an object stands in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for others.
    Pending,
    /// It may be asked, or is being asked.
    Free,
    /// It was asked.
    Asked {
        /// The token, where there is one.
        token: Option<String>,
        /// What the controller says at the moment.
        said: Said,
        /// Whether anything happened to the object since then: without a controller nothing would.
        is_heard: bool,
        /// Whether the controller has seen the request.
        is_seen: bool,
    },
    /// It is done.
    Done(End),
}

/// A run.
#[derive(Clone, Debug, Default)]
pub struct Run {
    items: Vec<Item>,
}

impl End {
    /// Makes an end with a reason and a message.
    pub fn new(outcome: Outcome, reason: impl Into<String>, message: impl Into<String>) -> Self {
        let (reason, message) = (reason.into(), message.into());
        End {
            outcome,
            said: Said { reason, message },
        }
    }
}

impl Item {
    /// Returns how it ended, once it did.
    pub fn end(&self) -> Option<&End> {
        match &self.state {
            State::Done(end) => Some(end),
            _ => None,
        }
    }

    /// Tells whether those that only need it to have had its turn may go on: it is done; or has applied all there is to apply
    /// and looks at what became of it (kustomize-controller 1.9 says so with `Healthy=Unknown`), which with `spec.wait` lasts
    /// until they are ready themselves; or is a policy that waits for tags.
    fn had_turn(&self) -> bool {
        match &self.state {
            State::Done(_) => true,
            State::Asked { is_seen, .. } => {
                let healthy = self.object.condition("Healthy");
                let checks = healthy.is_some_and(|h| h.status == ConditionStatus::Unknown);
                checks || *is_seen && self.object.kind.kind == "ImagePolicy"
            }
            State::Pending | State::Free => false,
        }
    }
}

impl Run {
    /// Makes a run over objects, each with whether it is required. Those that `done` gives an end are not asked.
    pub fn new(objects: Vec<(Live, bool)>, done: impl Fn(&Live) -> Option<End>) -> Self {
        let (objects, required): (Vec<Live>, Vec<bool>) = objects.into_iter().unzip();
        let before = before(&objects);
        let items = objects.into_iter().zip(required).zip(before);
        let items = items.map(|((object, is_required), before)| Item {
            state: done(&object).map_or(State::Pending, State::Done),
            object,
            is_required,
            before,
        });
        Run {
            items: items.collect(),
        }
    }

    /// Returns the objects, in the order that they were given.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Tells whether everything is done.
    pub fn is_over(&self) -> bool {
        self.items.iter().all(|item| item.end().is_some())
    }

    /// Returns those that may be asked now and were not before. Those that wait for what failed are done with that.
    pub fn free(&mut self) -> Vec<usize> {
        // One that is done now may free or fail others, in any order.
        let mut free = Vec::new();
        while let Some((index, state)) = self.next_turn() {
            if state == State::Free {
                free.push(index);
            }
            self.put(index, state);
        }
        free
    }

    /// Finds a pending object that is pending no longer.
    fn next_turn(&self) -> Option<(usize, State)> {
        let pending = self.items.iter().enumerate();
        let mut pending = pending.filter(|(_, item)| item.state == State::Pending);
        pending.find_map(|(index, item)| {
            let mut is_free = true;
            for before in &item.before {
                let other = self.items.get(before.index)?;
                match (before.needs, other.end()) {
                    (Needs::Ready, Some(end)) => {
                        if let Some(end) = spoilt(other, end) {
                            return Some((index, State::Done(end)));
                        }
                    }
                    (Needs::Turn, _) => is_free &= other.had_turn(),
                    (Needs::Ready, None) => is_free = false,
                }
            }
            is_free.then_some((index, State::Free))
        })
    }

    /// Returns what an object waits for that is not done.
    pub fn waits_for(&self, index: usize) -> Vec<KindRef> {
        let before = self.items.get(index).map_or(&[][..], |item| &item.before);
        let others = before
            .iter()
            .filter_map(|before| self.items.get(before.index));
        let open = others.filter(|other| other.end().is_none());
        open.map(|other| other.object.kind_ref()).collect()
    }

    fn put(&mut self, index: usize, state: State) {
        if let Some(item) = self.items.get_mut(index) {
            item.state = state;
        }
    }

    /// Notes that an object was asked, and what it was then.
    pub fn asked(&mut self, index: usize, token: Option<String>, object: Live) {
        let Some(item) = self
            .items
            .get_mut(index)
            .filter(|item| item.end().is_none())
        else {
            return;
        };
        item.state = State::Asked {
            token,
            said: Said::default(),
            is_heard: false,
            is_seen: false,
        };
        // The controller may have been faster than the answer to the request.
        let known = std::mem::replace(&mut item.object, object.clone());
        self.saw(index, object);
        self.saw(index, known);
    }

    /// Notes what an object is now, and returns whether that is news for somebody who watches. Versions from before the
    /// request are no answer to it.
    pub fn saw(&mut self, index: usize, object: Live) -> bool {
        let Some(item) = self.items.get_mut(index) else {
            return false;
        };
        if is_older(object.resource_version(), item.object.resource_version()) {
            return false;
        }
        let is_same = object.resource_version() == item.object.resource_version();
        item.object = object;
        let State::Asked {
            token,
            said,
            is_heard,
            is_seen,
        } = &mut item.state
        else {
            return false;
        };
        *is_heard |= !is_same;
        let awaited = token.as_deref().map_or(Awaited::Generation, Awaited::Token);
        let end = match Standing::of(&item.object, awaited) {
            Standing::Waiting {
                said: now,
                is_seen: is_seen_now,
            } => {
                *is_seen = is_seen_now;
                let is_news = *said != now;
                *said = now;
                return is_news;
            }
            Standing::Ready(said) => End {
                outcome: Outcome::Ready,
                said,
            },
            Standing::Failed(said) => End {
                outcome: Outcome::Failed,
                said,
            },
            Standing::Suspended => End::new(
                Outcome::Suspended,
                "Suspended",
                "it was suspended in the meantime",
            ),
            Standing::Leaving => End::new(Outcome::Failed, "Terminating", "it is being deleted"),
        };
        item.state = State::Done(end);
        true
    }

    /// Ends an object's part, unless it is done.
    pub fn finish(&mut self, index: usize, end: End) {
        if self
            .items
            .get(index)
            .is_some_and(|item| item.end().is_none())
        {
            self.put(index, State::Done(end));
        }
    }
}

/// Returns what an object is done with before anybody asks for a reconciliation.
pub fn not_reconciled(object: &Live) -> Option<End> {
    if object.is_static() {
        let message = "no controller works on it: there is nothing to ask for";
        return Some(End::new(Outcome::Static, "", message));
    }
    let suspension = object.suspension()?;
    let message = format!("it is suspended{}", suspension.words());
    Some(End::new(Outcome::Suspended, "Suspended", message))
}

/// Returns the end of what needs an object that ended like this; nothing where that is no obstacle.
fn spoilt(other: &Item, end: &End) -> Option<End> {
    let who = other.object.kind_ref();
    match end.outcome {
        Outcome::Ready
        | Outcome::Static
        | Outcome::Resumed
        | Outcome::Stopped
        | Outcome::Unchanged => None,
        Outcome::Suspended if !other.is_required => None,
        Outcome::Suspended => {
            let message = format!("{who} is suspended");
            Some(End::new(Outcome::Failed, "DependencySuspended", message))
        }
        Outcome::Timeout => {
            let message = format!("{who} was not ready in time");
            Some(End::new(Outcome::Timeout, "DependencyNotReady", message))
        }
        Outcome::NotFound => {
            let message = format!("{who} is not there");
            Some(End::new(Outcome::Failed, "DependencyFailed", message))
        }
        Outcome::Failed => {
            let message = format!("{who} failed");
            Some(End::new(Outcome::Failed, "DependencyFailed", message))
        }
    }
}

/// Tells whether a version is from before another one. The API server counts them (KEP-5504); what is no number is not known
/// to be older.
fn is_older(version: &str, than: &str) -> bool {
    match (version.parse::<u128>(), than.parse::<u128>()) {
        (Ok(version), Ok(than)) => version < than,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn kustomization(name: &str, depends_on: &[&str]) -> Value {
        let depends_on: Vec<_> = depends_on
            .iter()
            .map(|name| json!({"name": name}))
            .collect();
        json!({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": {"namespace": "flux-system", "name": name, "generation": 1, "resourceVersion": "10"},
            "spec": {"dependsOn": depends_on}})
    }

    fn run(objects: Vec<Value>) -> Run {
        let objects = objects.into_iter().filter_map(Live::of);
        Run::new(
            objects.map(|object| (object, false)).collect(),
            not_reconciled,
        )
    }

    /// Returns a newer version of an object, acknowledged with `Ready` in this status.
    fn answered(run: &Run, index: usize, version: &str, status: &str, reason: &str) -> Live {
        let mut object = run.items()[index].object.value().clone();
        object["metadata"]["resourceVersion"] = json!(version);
        object["status"] = json!({"lastHandledReconcileAt": "t", "observedGeneration": 1, "conditions": [
            {"type": "Ready", "status": status, "reason": reason, "observedGeneration": 1}]});
        Live::of(object).unwrap()
    }

    fn ask(run: &mut Run, index: usize, version: &str) {
        let mut object = run.items()[index].object.value().clone();
        object["metadata"]["resourceVersion"] = json!(version);
        run.asked(index, Some("t".to_owned()), Live::of(object).unwrap());
    }

    fn outcome(run: &Run, index: usize) -> Option<(Outcome, &str)> {
        let end = run.items()[index].end()?;
        Some((end.outcome, end.said.reason.as_str()))
    }

    #[test]
    fn each_is_asked_as_soon_as_what_it_waits_for_is_done() {
        let mut run = run(vec![
            kustomization("apps", &["db", "cache"]),
            kustomization("db", &[]),
            kustomization("cache", &[]),
            kustomization("web", &["cache"]),
        ]);
        assert_eq!(run.free(), [1, 2]);
        assert!(run.free().is_empty());
        ask(&mut run, 2, "11");
        assert!(run.saw(2, answered(&run, 2, "12", "True", "Succeeded")));
        // No barrier: web does not wait for db.
        assert_eq!(run.free(), [3]);
        ask(&mut run, 1, "13");
        run.saw(1, answered(&run, 1, "14", "True", "Succeeded"));
        assert_eq!(run.free(), [0]);
        assert_eq!(outcome(&run, 1), Some((Outcome::Ready, "Succeeded")));
        assert!(!run.is_over());
    }

    #[test]
    fn what_needs_a_failed_one_is_not_asked() {
        let mut run = run(vec![
            kustomization("site", &["apps"]),
            kustomization("apps", &["db"]),
            kustomization("db", &[]),
            kustomization("other", &[]),
        ]);
        assert_eq!(run.free(), [2, 3]);
        ask(&mut run, 2, "11");
        run.saw(2, answered(&run, 2, "12", "False", "BuildFailed"));
        assert!(run.free().is_empty());
        for index in [0, 1] {
            assert_eq!(
                outcome(&run, index),
                Some((Outcome::Failed, "DependencyFailed"))
            );
        }
        assert_eq!(
            run.items()[1].end().unwrap().said.message,
            "Kustomization flux-system/db failed"
        );
        assert_eq!(outcome(&run, 3), None);
    }

    #[test]
    fn suspended_and_static_ones_are_done_and_no_obstacle() {
        let mut suspended = kustomization("db", &[]);
        suspended["spec"]["suspend"] = json!(true);
        let alert = json!({"apiVersion": "notification.toolkit.fluxcd.io/v1beta3", "kind": "Alert", "metadata": {"name": "a"}});
        let mut all = run(vec![
            kustomization("apps", &["db"]),
            suspended.clone(),
            alert,
        ]);
        assert_eq!(all.free(), [0]);
        assert_eq!(outcome(&all, 1), Some((Outcome::Suspended, "Suspended")));
        assert_eq!(outcome(&all, 2), Some((Outcome::Static, "")));

        // Unless somebody asked for the other one to come first.
        let objects = [(kustomization("apps", &["db"]), false), (suspended, true)];
        let objects = objects.map(|(object, is_required)| (Live::of(object).unwrap(), is_required));
        let mut all = Run::new(objects.into(), not_reconciled);
        assert!(all.free().is_empty());
        assert_eq!(
            outcome(&all, 0),
            Some((Outcome::Failed, "DependencySuspended"))
        );
    }

    #[test]
    fn versions_from_before_the_request_are_no_answer() {
        let mut run = run(vec![kustomization("apps", &[])]);
        run.free();
        let mut before = answered(&run, 0, "9", "True", "Succeeded").value().clone();
        before["metadata"]["annotations"] = json!({"reconcile.fluxcd.io/requestedAt": "t0"});
        before["status"]["lastHandledReconcileAt"] = json!("t0");
        let before = Live::of(before).unwrap();
        ask(&mut run, 0, "11");
        assert!(!run.saw(0, before));
        assert_eq!(outcome(&run, 0), None);
    }

    #[test]
    fn an_answer_that_is_faster_than_that_of_the_request_counts() {
        let mut run = run(vec![kustomization("apps", &[])]);
        run.free();
        let asked = run.items()[0].object.value().clone();
        run.saw(0, answered(&run, 0, "12", "True", "Succeeded"));
        assert_eq!(outcome(&run, 0), None);
        run.asked(0, Some("t".to_owned()), Live::of(asked).unwrap());
        assert_eq!(outcome(&run, 0), Some((Outcome::Ready, "Succeeded")));
    }

    #[test]
    fn an_owner_that_waits_for_health_lets_others_go_on() {
        let mut child = json!({"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": {"name": "plex"}});
        child["metadata"]["labels"] = json!({
            "kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"});
        let mut run = run(vec![child, kustomization("apps", &[])]);
        assert_eq!(run.free(), [1]);
        ask(&mut run, 1, "11");
        assert!(run.free().is_empty());
        let mut checking = answered(&run, 1, "12", "Unknown", "Progressing")
            .value()
            .clone();
        checking["status"]["lastHandledReconcileAt"] = json!("t0");
        checking["status"]["conditions"] = json!([{"type": "Healthy", "status": "Unknown"}]);
        run.saw(1, Live::of(checking).unwrap());
        assert_eq!(run.free(), [0]);
        // Its failure is none of the child's.
        run.finish(1, End::new(Outcome::Failed, "HealthCheckFailed", ""));
        assert_eq!(outcome(&run, 0), None);
    }
}
