//! `homelab status --watch`: shows what changes as it happens, until somebody ends it.

use std::cell::RefCell;
use std::time::Duration;

use futures::future::{Either, select};
use futures::stream::{LocalBoxStream, StreamExt, select_all};
use futures::{FutureExt, pin_mut};
use serde_json::Value;

use super::Status;
use super::look::{Asked, Seen};
use super::screen::{Item, News, Screen};
use crate::adapter::cluster::{Change, ClusterClient, ClusterError, ResourceKind, Scope};
use crate::adapter::{environment, interrupt, runtime};
use crate::command::Terminal;
use crate::error::{Error, ErrorKind};
use crate::exit::ExitStatus;
use crate::output::{DataFormat, Follow};

/// How often ages are drawn anew.
const TICK: Duration = Duration::from_secs(1);
/// How long to wait before a cluster that could not be asked at first is asked again.
const AGAIN: Duration = Duration::from_secs(3);

/// Why a watch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Ctrl-C.
    Interrupted,
    /// Nobody reads any more.
    Closed,
}

/// A change, with the number of its stream.
type Numbered<'c> = LocalBoxStream<'c, (usize, Result<Change, ClusterError>)>;

impl Status {
    /// Watches until Ctrl-C, or until no cluster can be watched any more.
    ///
    /// # Errors
    /// No cluster can be watched, or the answer cannot be written.
    pub(super) fn follow(
        &self,
        asked: &Asked<'_>,
        format: DataFormat,
        terminal: &mut Terminal<'_>,
    ) -> Result<ExitStatus, Error> {
        let height = environment::stdout_size().map(|(lines, _)| lines);
        let height = height.filter(|_| environment::variable("TERM").as_deref() != Some("dumb"));
        let follow = Follow::new(format, self.look(terminal), height);
        let screen = RefCell::new(Screen::new(self, follow, terminal));
        let answers = self
            .clusters
            .ask(asked.global, "status", async |client, context| {
                cluster(client, context, asked, &screen).await
            })?;
        let mut screen = screen.into_inner();
        let mut status = ExitStatus::Yes;
        let several = answers.len() > 1;
        for answer in answers {
            match answer.result {
                Ok(End::Interrupted) => return Ok(ExitStatus::Interrupted),
                Ok(End::Closed) => return screen.end(),
                // What was asked for has been shown, for as long as was asked.
                Err(ClusterError::TimedOut { .. }) if screen.has(answer.context.as_deref()) => {
                    status = worse(status, ErrorKind::TimedOut);
                }
                Err(error) => {
                    let error = asked.refused(error);
                    if !several {
                        return Err(error);
                    }
                    status = worse(status, error.kind);
                    screen.fail(answer.context.as_deref(), &error);
                }
            }
        }
        Ok(status)
    }
}

fn worse(status: ExitStatus, kind: ErrorKind) -> ExitStatus {
    match (status, kind) {
        (ExitStatus::CouldNotLook, _) => ExitStatus::CouldNotLook,
        (_, ErrorKind::TimedOut) => ExitStatus::TimedOut,
        _ => ExitStatus::CouldNotLook,
    }
}

/// Shows what one cluster has, then what changes there.
async fn cluster(
    client: &ClusterClient,
    context: Option<&str>,
    asked: &Asked<'_>,
    screen: &RefCell<Screen<'_, '_>>,
) -> Result<End, ClusterError> {
    let work = async {
        let seen = first(client, context, asked, screen).await?;
        let watched = streams(client, asked, &seen)?;
        let number = screen.borrow_mut().open(context, seen);
        if screen.borrow().is_closed() {
            return Ok(End::Closed);
        }
        changes(watched, number, screen).await
    };
    let interrupted = interrupt::interrupted();
    pin_mut!(work, interrupted);
    match select(work, interrupted).await {
        Either::Left((end, _)) => end,
        Either::Right(_) => Ok(End::Interrupted),
    }
}

/// Looks for the first time. Where several clusters are watched, one that does not answer is asked again.
async fn first(
    client: &ClusterClient,
    context: Option<&str>,
    asked: &Asked<'_>,
    screen: &RefCell<Screen<'_, '_>>,
) -> Result<Seen, ClusterError> {
    let mut is_told = false;
    loop {
        match asked.look(client).await {
            Err(error) if context.is_some() && error.may_pass() => {
                if !std::mem::replace(&mut is_told, true) {
                    screen.borrow_mut().waits(context, &error);
                }
                runtime::pause(AGAIN).await;
            }
            answer => return answer,
        }
    }
}

/// Opens a watch for each kind that is listed, and for each object that is named.
fn streams<'c>(
    client: &'c ClusterClient,
    asked: &Asked<'_>,
    seen: &Seen,
) -> Result<Vec<(Item, Numbered<'c>)>, ClusterError> {
    let namespace = asked.shown_namespace();
    let mut watched = Vec::new();
    for (kind, version) in &seen.versions {
        let scope = Scope {
            namespace: namespace.as_deref(),
            labels: asked.labels,
            fields: None,
        };
        let changes = client.watch(&(*kind).into(), &scope, version)?;
        watched.push((Item::Kind(kind), changes));
    }
    for object in &seen.named {
        let kind = object.kind.into();
        let changes = named(client, &kind, object.value())?;
        watched.push((Item::Object(object.kind_ref()), changes));
    }
    for workload in seen.services.iter().flat_map(|(_, _, workloads)| workloads) {
        let field = |pointer| workload.pointer(pointer).and_then(Value::as_str);
        let group = field("/apiVersion").and_then(|version| version.split_once('/'));
        let group = group.map_or("", |(group, _)| group);
        let kind = ResourceKind::new(group, field("/kind").unwrap_or_default());
        let changes = named(client, &kind, workload)?;
        watched.push((Item::Workload, changes));
    }
    let numbered = watched.into_iter().enumerate();
    Ok(numbered
        .map(|(number, (item, changes))| {
            let changes = changes.map(move |change| (number, change)).boxed_local();
            (item, changes)
        })
        .collect())
}

/// Opens a watch for one object.
fn named<'c>(
    client: &'c ClusterClient,
    kind: &ResourceKind,
    object: &Value,
) -> Result<LocalBoxStream<'c, Result<Change, ClusterError>>, ClusterError> {
    let field = |pointer| {
        let text = object.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_default()
    };
    let name = format!("metadata.name={}", field("/metadata/name"));
    let scope = Scope {
        namespace: Some(field("/metadata/namespace")).filter(|namespace| !namespace.is_empty()),
        labels: None,
        fields: Some(&name),
    };
    client.watch(kind, &scope, field("/metadata/resourceVersion"))
}

/// Takes changes until the watches end. What arrives at once is drawn at once.
async fn changes(
    watched: Vec<(Item, Numbered<'_>)>,
    number: usize,
    screen: &RefCell<Screen<'_, '_>>,
) -> Result<End, ClusterError> {
    let (items, streams): (Vec<Item>, Vec<Numbered<'_>>) = watched.into_iter().unzip();
    let mut streams = select_all(streams);
    loop {
        let tick = runtime::pause(TICK);
        pin_mut!(tick);
        match select(streams.next(), tick).await {
            Either::Left((None, _)) => return Ok(End::Closed),
            Either::Left((Some(first), _)) => {
                let mut next = Some(first);
                while let Some((stream, change)) = next {
                    let change = change?;
                    if let Some(item) = items.get(stream) {
                        let news = News {
                            item,
                            stream,
                            change,
                        };
                        screen.borrow_mut().take(number, news);
                    }
                    next = streams.next().now_or_never().flatten();
                }
            }
            Either::Right(_) => {}
        }
        screen.borrow_mut().draw();
        if screen.borrow().is_closed() {
            return Ok(End::Closed);
        }
    }
}
