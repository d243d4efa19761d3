//! A stand-in for Flux's controllers: it watches objects and writes their status by a script when they ask for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
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

use super::objects::filled;
use super::script::{Script, Seen, Step};
use super::{Cluster, object, patch};

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
            script = Script::suspended();
        }
        let words = seen.words();
        let path = &seen.path;
        for step in script.steps {
            let answer = match step {
                Step::Status(status) => {
                    let status = filled(status, &words);
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
