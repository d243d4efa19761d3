//! A stand-in for Flux's controllers: it watches objects and writes their status by a script when they ask for it.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Instant;

use futures::TryStreamExt;
use futures::stream::BoxStream;
use homelab::adapter::runtime::block_on;
use kube::Client;
use kube::core::WatchEvent;
use serde_json::{Value, json};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

use super::objects::{condition, filled, ready};
use super::{Cluster, object, patch};

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
#[derive(Clone, Default)]
pub struct Script {
    steps: Vec<Step>,
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

    /// Only says that the token was seen, which is what controllers do with what is suspended.
    pub fn acknowledge() -> Self {
        Script::new().then(Step::Status(json!({"lastHandledReconcileAt": "$token"})))
    }

    /// Is at work: `Reconciling`, not yet ready, and the token not yet seen.
    pub fn progress() -> Self {
        let conditions = [
            condition(
                "Reconciling",
                "True",
                "Progressing",
                "Reconciliation in progress",
            ),
            condition(
                "Ready",
                "Unknown",
                "Progressing",
                "Reconciliation in progress",
            ),
        ];
        Script::new().then(Step::Status(json!({"conditions": conditions})))
    }

    /// Is at work, then done: ready at this revision, the token seen.
    pub fn success(seen: &Seen, revision: &str) -> Self {
        let status = ready(&seen.kind, &seen.id(), revision);
        Script::progress().then(Step::Status(status))
    }

    /// Is at work, then fails and will try again: not ready, the token seen, the observed generation as it was.
    pub fn failure(reason: &str, message: &str) -> Self {
        Script::progress().and(Script::waiting(reason, message))
    }

    /// Fails without having been at work, as with the reason `DependencyNotReady`; add what comes after.
    pub fn waiting(reason: &str, message: &str) -> Self {
        let conditions = [
            condition("Reconciling", "True", "ProgressingWithRetry", message),
            condition("Ready", "False", reason, message),
        ];
        let status = json!({"conditions": conditions, "lastHandledReconcileAt": "$token"});
        Script::new().then(Step::Status(status))
    }

    /// Fails for good: `Stalled`, and the generation is observed.
    pub fn stalled(reason: &str, message: &str) -> Self {
        let conditions = [
            condition("Stalled", "True", reason, message),
            condition("Ready", "False", reason, message),
        ];
        let status = json!({
            "conditions": conditions, "lastHandledReconcileAt": "$token", "observedGeneration": "$generation",
        });
        Script::progress().then(Step::Status(status))
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
    fn new(object: Value, all: &str, run: usize) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let metadata = &object["metadata"];
        Seen {
            kind: text(&object["kind"]),
            namespace: text(&metadata["namespace"]),
            path: format!("{all}/{}", text(&metadata["name"])),
            name: text(&metadata["name"]),
            token: metadata["annotations"]["reconcile.fluxcd.io/requestedAt"]
                .as_str()
                .map(str::to_owned),
            generation: metadata["generation"].as_i64().unwrap_or_default(),
            run,
            object,
        }
    }

    fn id(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// What a controller looks at.
    fn asks(&self) -> (&Option<String>, i64) {
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

    async fn pass(&self) {
        let (arrived, changed) = &*self.arrived;
        *arrived.lock().unwrap() = true;
        changed.notify_all();
        let mut open = self.open.subscribe();
        drop(open.wait_for(|open| *open).await.unwrap());
    }
}

type Scripts = Arc<dyn Fn(&Seen) -> Script + Send + Sync>;

/// The controllers of some objects, on a thread of their own until it is dropped.
///
/// Objects that are there at the start are left alone until they ask; what is made later asks by being there. As with real
/// controllers, what is suspended only has its token seen, whatever its script says (unless that has no steps), and what an
/// object asks while it is dealt with is dealt with afterwards, once.
pub struct StandIn {
    account: Arc<Mutex<Account>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Account {
    handled: Vec<Seen>,
    written: Option<Instant>,
}

impl StandIn {
    /// Starts to look after these paths: of an object, or of all of a kind in a namespace (`object_path`). The script is
    /// chosen when an object asks. Returns when the watch is on.
    pub fn start(
        cluster: &'static Cluster,
        paths: &[String],
        scripts: impl Fn(&Seen) -> Script + Send + Sync + 'static,
    ) -> Self {
        let account = Arc::<Mutex<Account>>::default();
        let (stop, stopped) = oneshot::channel();
        let (begun, beginning) = std::sync::mpsc::channel();
        let paths = paths.to_vec();
        let shared = account.clone();
        let thread = std::thread::spawn(move || {
            let work = async {
                let client = cluster.client("admin").await;
                let worker = Worker {
                    client,
                    scripts: Arc::new(scripts),
                    account: shared,
                };
                let lists =
                    futures::future::join_all(paths.iter().map(|path| worker.list(path))).await;
                begun.send(()).unwrap();
                let watches = lists
                    .into_iter()
                    .map(|(source, known)| worker.clone().watch(source, known));
                tokio::select! {
                    _ = futures::future::join_all(watches) => {}
                    _ = stopped => {}
                }
            };
            block_on(work).unwrap();
        });
        beginning.recv().expect("the stand-in starts");
        StandIn {
            account,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Returns what was asked, in the order in which the controllers began with it.
    pub fn handled(&self) -> Vec<Seen> {
        self.account.lock().unwrap().handled.clone()
    }

    /// Returns when the last status was sent to the server.
    pub fn last_written(&self) -> Option<Instant> {
        self.account.lock().unwrap().written
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        let ended = self.thread.take().map(JoinHandle::join);
        if let Some(Err(why)) = ended
            && !std::thread::panicking()
        {
            std::panic::resume_unwind(why);
        }
    }
}

/// What is watched: the path of all of a kind, a selector, and from where on.
struct Source {
    path: String,
    selector: String,
    version: String,
}

#[derive(Clone)]
struct Worker {
    client: Client,
    scripts: Scripts,
    account: Arc<Mutex<Account>>,
}

impl Worker {
    /// Returns the objects of a path that are there.
    async fn list(&self, path: &str) -> (Source, Vec<Value>) {
        let parts: Vec<&str> = path.split('/').collect();
        let (path, selector) = match parts.get(7) {
            Some(name) => (
                parts[..7].join("/"),
                format!("fieldSelector=metadata.name%3D{name}"),
            ),
            None => (path.to_owned(), String::new()),
        };
        let mut list = object(&self.client, &format!("{path}?{selector}")).await;
        let version = list["metadata"]["resourceVersion"]
            .as_str()
            .unwrap()
            .to_owned();
        let Value::Array(items) = list["items"].take() else {
            panic!("{path} has no items");
        };
        let source = Source {
            path,
            selector,
            version,
        };
        (source, items)
    }

    /// Watches from where the list was made, or the last event.
    async fn events(
        &self,
        source: &Source,
    ) -> BoxStream<'static, Result<WatchEvent<Value>, kube::Error>> {
        let uri = format!(
            "{}?watch=1&resourceVersion={}&{}",
            source.path, source.version, source.selector
        );
        let request = http::Request::get(uri).body(Vec::new()).unwrap();
        let events = self.client.request_events::<Value>(request).await.unwrap();
        Box::pin(events)
    }

    /// Gives every object a task of its own, which sees the object's latest state.
    async fn watch(self, mut source: Source, known: Vec<Value>) {
        let mut tasks = JoinSet::new();
        let mut objects = HashMap::new();
        for object in known {
            let seen = Seen::new(object, &source.path, 0);
            let (sender, receiver) = watch::channel(seen.object.clone());
            let task = self
                .clone()
                .look_after(source.path.clone(), receiver, Some(seen.clone()));
            tasks.spawn(task);
            objects.insert(seen.name, sender);
        }
        loop {
            let mut events = self.events(&source).await;
            loop {
                let event = tokio::select! {
                    event = events.try_next() => event,
                    Some(ended) = tasks.join_next() => { ended.unwrap(); continue }
                };
                let object = match event {
                    Ok(Some(WatchEvent::Added(object) | WatchEvent::Modified(object))) => object,
                    Ok(Some(WatchEvent::Deleted(object))) => {
                        objects.remove(object["metadata"]["name"].as_str().unwrap());
                        continue;
                    }
                    Ok(Some(WatchEvent::Bookmark(_))) => continue,
                    Ok(Some(WatchEvent::Error(why))) => panic!("{}: {why:?}", source.path),
                    // Servers end watches now and then.
                    Ok(None) | Err(_) => break,
                };
                let metadata = &object["metadata"];
                source.version = metadata["resourceVersion"].as_str().unwrap().to_owned();
                let name = metadata["name"].as_str().unwrap().to_owned();
                if let Some(sender) = objects.get(&name) {
                    sender.send_replace(object);
                } else {
                    let (sender, receiver) = watch::channel(object);
                    tasks.spawn(self.clone().look_after(source.path.clone(), receiver, None));
                    objects.insert(name, sender);
                }
            }
        }
    }

    /// Does what an object asks, until it is gone.
    async fn look_after(
        self,
        all: String,
        mut latest: watch::Receiver<Value>,
        known: Option<Seen>,
    ) {
        let mut last = known;
        let mut run = 0;
        loop {
            let seen = Seen::new(latest.borrow_and_update().clone(), &all, run);
            if last.as_ref().is_none_or(|last| last.asks() != seen.asks()) {
                run += 1;
                self.account.lock().unwrap().handled.push(seen.clone());
                self.play(&seen).await;
                last = Some(seen);
            }
            if latest.changed().await.is_err() {
                return;
            }
        }
    }

    async fn play(&self, seen: &Seen) {
        let mut script = (self.scripts)(seen);
        if seen.object["spec"]["suspend"] == true && !script.steps.is_empty() {
            script = Script::acknowledge();
        }
        let path = &seen.path;
        for step in script.steps {
            let answer = match step {
                Step::Status(status) => {
                    let status = filled(status, seen.token.as_deref(), seen.generation);
                    self.account.lock().unwrap().written = Some(Instant::now());
                    let change = json!({ "status": status });
                    patch(&self.client, &format!("{path}/status"), &change)
                        .await
                        .map(drop)
                }
                Step::Change(change) => patch(&self.client, path, &change).await.map(drop),
                Step::Delete => {
                    let request = http::Request::delete(path).body(Vec::new()).unwrap();
                    self.client.request_text(request).await.map(drop)
                }
                Step::Wait(gate) => {
                    gate.pass().await;
                    Ok(())
                }
                Step::Ready(other) => {
                    self.until_ready(&other).await;
                    Ok(())
                }
            };
            match answer {
                // Somebody has removed it.
                Err(kube::Error::Api(status)) if status.code == 404 => return,
                answer => answer.unwrap_or_else(|why| panic!("{path}: {why}")),
            }
        }
    }

    async fn until_ready(&self, path: &str) {
        let (source, known) = self.list(path).await;
        let is_ready = |object: &Value| {
            let conditions = object["status"]["conditions"].as_array();
            let generation = &object["metadata"]["generation"];
            object["status"]["observedGeneration"] == *generation
                && conditions.is_some_and(|all| {
                    all.iter()
                        .any(|c| c["type"] == "Ready" && c["status"] == "True")
                })
        };
        if known.iter().any(is_ready) {
            return;
        }
        let mut events = self.events(&source).await;
        while let Some(event) = events.try_next().await.unwrap() {
            if let WatchEvent::Added(object) | WatchEvent::Modified(object) = event
                && is_ready(&object)
            {
                return;
            }
        }
    }
}
