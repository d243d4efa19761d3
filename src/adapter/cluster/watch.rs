//! Watching objects of a kind: what changes arrives as it happens, through lost connections and forgotten histories.

use std::time::Duration;

use futures::StreamExt;
use futures::stream::{self, LocalBoxStream, Stream};
use kube::Error;
use kube::api::{WatchEvent, WatchParams};
use kube::core::Request;
use serde_json::Value;
use tokio::time::Instant;

use super::ask::in_path;
use super::error::ClusterError;
use super::failure::is_expired;
use super::{ClusterClient, Listing, ResourceKind, Scope, in_time};

/// How long the server keeps a watch open; shorter than the silence after which a connection counts as lost.
const OPEN_SECONDS: u32 = 25;
/// How long to wait before asking again where the server could not be asked: at first, and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(3));

/// What a watch tells.
#[derive(Clone, Debug)]
pub enum Change {
    /// An object is new, or not what it was.
    Is(Value),
    /// An object is gone; this is what it was.
    Gone(Value),
    /// The server forgot what happened in the meantime: these are all objects that there are now.
    All(Listing),
    /// The server does not answer at the moment; the watch goes on. Said once, until there is an answer again.
    Trouble(ClusterError),
    /// After [`Change::Trouble`]: the server answers again. What changed in the meantime follows.
    Back,
}

/// Changes, until an error ends them.
pub type Changes<'c> = LocalBoxStream<'c, Result<Change, ClusterError>>;

struct Watch<'c> {
    client: &'c ClusterClient,
    kind: ResourceKind,
    namespace: Option<String>,
    labels: Option<String>,
    fields: Option<String>,
    /// The version after which changes are news; none after the server forgot it.
    from: Option<String>,
    open: Option<LocalBoxStream<'static, Result<WatchEvent<Value>, Error>>>,
    /// How often in a row the server could not be asked.
    failures: u32,
    /// How often in a row a watch ended without a word, where it should have stayed open.
    silent_ends: u32,
    has_told: bool,
    opened: Instant,
    ended: bool,
}

impl ClusterClient {
    /// Watches the objects of a kind that a scope takes, from a version on: that of a [`Listing`], or of an object. The stream
    /// ends after an error: what is forbidden stays so; what may pass is [`Change::Trouble`].
    ///
    /// # Errors
    /// A namespace that is no name.
    pub fn watch<'c>(
        &'c self,
        kind: &ResourceKind,
        scope: &Scope<'_>,
        from: &str,
    ) -> Result<Changes<'c>, ClusterError> {
        let watch = Watch {
            client: self,
            kind: kind.clone(),
            namespace: scope.namespace.map(in_path).transpose()?.map(str::to_owned),
            labels: scope.labels.map(str::to_owned),
            fields: scope.fields.map(str::to_owned),
            from: Some(from.to_owned()),
            open: None,
            failures: 0,
            silent_ends: 0,
            has_told: false,
            opened: Instant::now(),
            ended: false,
        };
        Ok(watch.changes().boxed_local())
    }
}

impl<'c> Watch<'c> {
    fn changes(self) -> impl Stream<Item = Result<Change, ClusterError>> + 'c {
        stream::unfold(self, |mut watch| async move {
            if watch.ended {
                return None;
            }
            let client = watch.client;
            let next = in_time(client.deadline, &client.server, watch.next()).await;
            watch.ended = next.is_err();
            Some((next, watch))
        })
    }

    async fn next(&mut self) -> Result<Change, ClusterError> {
        loop {
            let told = match &mut self.open {
                None => self.reopen().await,
                Some(events) => match events.next().await {
                    Some(event) => {
                        self.has_told = true;
                        self.take(event)
                    }
                    None => {
                        self.ended_early().await;
                        Ok(None)
                    }
                },
            };
            match told {
                Ok(Some(change)) => return Ok(change),
                Ok(None) => {}
                Err(error) => {
                    self.open = None;
                    if !error.may_pass() {
                        return Err(error);
                    }
                    self.failures += 1;
                    if self.failures == 1 {
                        return Ok(Change::Trouble(error));
                    }
                    tokio::time::sleep(pause(self.failures)).await;
                }
            }
        }
    }

    /// Notes that the server closed the watch. It does so where it was open long enough, and the client calls it the same where
    /// a connection is cut: what is cut at once, again and again, must not be opened as often.
    async fn ended_early(&mut self) {
        self.open = None;
        self.silent_ends = match self.has_told || self.opened.elapsed() >= PAUSE.1 {
            true => 0,
            false => self.silent_ends.saturating_add(1),
        };
        if self.silent_ends > 0 {
            tokio::time::sleep(pause(self.silent_ends)).await;
        }
    }

    /// Opens the watch; where the server has forgotten the version, lists what there is now.
    async fn reopen(&mut self) -> Result<Option<Change>, ClusterError> {
        let client = self.client;
        let Some(from) = self.from.clone() else {
            let listing = self.list().await?;
            self.from = Some(listing.resource_version.clone());
            return Ok(Some(Change::All(listing)));
        };
        let params = WatchParams {
            label_selector: self.labels.clone(),
            field_selector: self.fields.clone(),
            timeout: Some(OPEN_SECONDS),
            bookmarks: true,
            send_initial_events: false,
        };
        let namespace = self.namespace.as_deref();
        let opened = client.asking("watch", &self.kind, namespace, async |served| {
            let request = Request::new(served.path(namespace)).watch(&params, &from);
            let request = request.map_err(Error::BuildRequest)?;
            match client.client.request_events::<Value>(request).await {
                Ok(events) => Ok(Some(events.boxed_local())),
                Err(error) if is_expired(&error) => Ok(None),
                Err(error) => Err(error),
            }
        });
        self.open = opened.await?;
        (self.opened, self.has_told) = (Instant::now(), false);
        if self.open.is_none() {
            self.from = None;
        }
        // The answer is there: whatever was wrong has passed.
        let had_trouble = std::mem::take(&mut self.failures) > 0;
        Ok(had_trouble.then_some(Change::Back))
    }

    async fn list(&self) -> Result<Listing, ClusterError> {
        let scope = Scope {
            namespace: self.namespace.as_deref(),
            labels: self.labels.as_deref(),
            fields: self.fields.as_deref(),
        };
        self.client.list_in(&self.kind, &scope).await
    }

    fn take(
        &mut self,
        event: Result<WatchEvent<Value>, Error>,
    ) -> Result<Option<Change>, ClusterError> {
        let change = match event {
            Ok(WatchEvent::Added(object) | WatchEvent::Modified(object)) => Change::Is(object),
            Ok(WatchEvent::Deleted(object)) => Change::Gone(object),
            Ok(WatchEvent::Bookmark(mark)) => {
                self.from = Some(mark.metadata.resource_version);
                return Ok(None);
            }
            Ok(WatchEvent::Error(status)) => return self.failed(&Error::Api(status)),
            Err(error) => return self.failed(&error),
        };
        if let Change::Is(object) | Change::Gone(object) = &change {
            let version = object.pointer("/metadata/resourceVersion");
            if let Some(version) = version.and_then(Value::as_str) {
                self.from = Some(version.to_owned());
            }
        }
        Ok(Some(change))
    }

    fn failed(&mut self, error: &Error) -> Result<Option<Change>, ClusterError> {
        self.open = None;
        if is_expired(error) {
            self.from = None;
            return Ok(None);
        }
        Err(self
            .client
            .watching(&self.kind, self.namespace.as_deref())
            .answered(error))
    }
}

pub(super) fn pause(failures: u32) -> Duration {
    let doubled = PAUSE.0.saturating_mul(1 << failures.min(10));
    doubled.min(PAUSE.1)
}
