//! What a [`StandIn`](super::StandIn) does with an object: ready-made scripts that follow what the controllers of Flux 2.9
//! were seen to do, and steps to write others.

use std::sync::{Arc, Condvar, Mutex};

use serde_json::{Value, json};
use tokio::sync::watch;

use super::objects::{Words, condition, ready};

/// A step of a [`Script`].
#[derive(Clone)]
pub enum Step {
    /// Writes into the status, as a merge patch of the subresource, with the words of [`filled`] in it.
    Status(Value),
    /// Changes the object itself by a merge patch, as somebody else might meanwhile.
    Change(Value),
    /// Removes the object.
    Delete,
    /// Waits until the test lets it go on.
    Wait(Gate),
    /// Waits until the object at this path is ready.
    Ready(String),
}

/// What is done with an object when it has a new generation or a new `requestedAt`; the steps follow each other at once.
/// The ready-made ones do what the controllers of Flux 2.9 were seen to do.
#[derive(Clone, Default)]
pub struct Script {
    pub(super) steps: Vec<Step>,
}

impl Script {
    /// Starts with nothing.
    pub fn new() -> Self {
        Script::default()
    }

    /// Adds a step.
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Adds the steps of another.
    pub fn and(mut self, other: Script) -> Self {
        self.steps.extend(other.steps);
        self
    }

    /// Does nothing: the controller is not there.
    pub fn never() -> Self {
        Script::new()
    }

    /// Only says that the token was seen, and nothing comes of it.
    pub fn acknowledge() -> Self {
        Script::status(json!({"lastHandledReconcileAt": "$token"}))
    }

    /// What is suspended: the token is seen, and the generation observed.
    pub(super) fn suspended() -> Self {
        let observed = json!({"observedGeneration": "$generation"});
        Script::acknowledge().and(Script::status(observed))
    }

    fn status(status: Value) -> Self {
        Script::new().then(Step::Status(status))
    }

    /// Is at work: `Reconciling`, and the token not yet seen. A Kustomization is not known to be ready meanwhile, as is a
    /// HelmRelease that is installed or upgraded; others are as ready as they were.
    pub fn progress(seen: &Seen) -> Self {
        let message = "Reconciliation in progress";
        let reconciling = condition("Reconciling", "True", "Progressing", message);
        let old = seen.object["status"]["conditions"].as_array();
        let old = old.and_then(|all| all.iter().find(|c| c["type"] == "Ready"));
        let is_new = seen.object["status"]["observedGeneration"] != seen.generation;
        let forgets = match seen.kind.as_str() {
            "Kustomization" => true,
            "HelmRelease" => is_new || seen.force.is_some(),
            _ => false,
        };
        let unknown = || condition("Ready", "Unknown", "Progressing", message);
        let ready = old.filter(|_| !forgets).cloned().unwrap_or_else(unknown);
        let mut status = json!({"conditions": [reconciling, ready]});
        if seen.kind == "HelmRelease" {
            status["lastHandledForceAt"] = "$force".into();
        }
        Script::status(status)
    }

    /// The end of a reconciliation: first the conditions and what else there is, then what was observed, with the token.
    fn end(status: Value, mut observed: Value) -> Self {
        observed["lastHandledReconcileAt"] = "$token".into();
        Script::status(status).and(Script::status(observed))
    }

    /// Is at work, then done: ready at this revision, the token seen.
    pub fn success(seen: &Seen, revision: &str) -> Self {
        let mut status = ready(&seen.kind, &seen.id(), revision);
        let all = status.as_object_mut().unwrap();
        all.remove("lastHandledReconcileAt");
        let mut observed = json!({});
        if let Some(generation) = all.remove("observedGeneration") {
            observed["observedGeneration"] = generation;
        }
        if seen.kind == "HelmRelease" {
            observed["lastHandledResetAt"] = "$reset".into();
        }
        Script::progress(seen).and(Script::end(status, observed))
    }

    /// Is at work, then fails and will try again: not ready, the token seen, the observed generation as it was.
    pub fn failure(seen: &Seen, reason: &str, message: &str) -> Self {
        let conditions = [
            condition("Reconciling", "True", "ProgressingWithRetry", message),
            condition("Ready", "False", reason, message),
        ];
        let end = Script::end(json!({ "conditions": conditions }), json!({}));
        Script::progress(seen).and(end)
    }

    /// Cannot begin, as with the reason `DependencyNotReady`: the token is seen at once. Add what comes after.
    pub fn waiting(reason: &str, message: &str) -> Self {
        let conditions = [condition("Ready", "False", reason, message)];
        Script::status(json!({"conditions": conditions, "lastHandledReconcileAt": "$token"}))
    }

    /// Is at work, then fails for good: `Stalled`, and the generation is observed.
    pub fn stalled(seen: &Seen, reason: &str, message: &str) -> Self {
        let conditions = [
            condition("Stalled", "True", reason, message),
            condition("Ready", "False", reason, message),
        ];
        let observed = json!({"observedGeneration": "$generation"});
        let end = Script::end(json!({ "conditions": conditions }), observed);
        Script::progress(seen).and(end)
    }
}

/// An object that asks for something.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub kind: String,
    pub namespace: String,
    pub name: String,
    /// The value of `reconcile.fluxcd.io/requestedAt`.
    pub token: Option<String>,
    /// The value of `reconcile.fluxcd.io/forceAt`.
    pub force: Option<String>,
    /// The value of `reconcile.fluxcd.io/resetAt`.
    pub reset: Option<String>,
    pub generation: i64,
    /// Of the object at the server.
    pub path: String,
    /// How often it has asked before.
    pub run: usize,
    /// All of it.
    pub object: Value,
}

impl Seen {
    /// `all` is the path of all of the kind.
    pub(super) fn new(object: Value, all: &str, run: usize) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let metadata = &object["metadata"];
        let annotation = |name: &str| {
            let value = &metadata["annotations"][format!("reconcile.fluxcd.io/{name}")];
            value.as_str().map(str::to_owned)
        };
        Seen {
            kind: text(&object["kind"]),
            namespace: text(&metadata["namespace"]),
            path: format!("{all}/{}", text(&metadata["name"])),
            name: text(&metadata["name"]),
            token: annotation("requestedAt"),
            force: annotation("forceAt"),
            reset: annotation("resetAt"),
            generation: metadata["generation"].as_i64().unwrap_or_default(),
            run,
            object,
        }
    }

    fn id(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// Returns what the words of a status stand for.
    pub(super) fn words(&self) -> Words {
        Words {
            token: self.token.clone(),
            force: self.force.clone(),
            reset: self.reset.clone(),
            generation: self.generation,
        }
    }

    /// What a controller looks at.
    pub(super) fn asks(&self) -> (&Option<String>, i64) {
        (&self.token, self.generation)
    }
}

/// A gate that a [`Script`] waits at until the test opens it.
#[derive(Clone, Default)]
pub struct Gate {
    arrived: Arc<(Mutex<bool>, Condvar)>,
    open: watch::Sender<bool>,
}

impl Gate {
    pub fn new() -> Self {
        Gate::default()
    }

    /// Lets everybody through from now on.
    pub fn open(&self) {
        self.open.send_replace(true);
    }

    /// Waits until a script is there.
    pub fn reached(&self) {
        let (arrived, changed) = &*self.arrived;
        let arrived = arrived.lock().unwrap();
        drop(changed.wait_while(arrived, |there| !*there).unwrap());
    }

    pub(super) async fn pass(&self) {
        let (arrived, changed) = &*self.arrived;
        *arrived.lock().unwrap() = true;
        changed.notify_all();
        let mut open = self.open.subscribe();
        drop(open.wait_for(|open| *open).await.unwrap());
    }
}
