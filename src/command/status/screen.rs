//! What is known of the clusters that are watched, and what of it was shown.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use serde_json::Value;

use super::Status;
use super::look::Seen;
use super::report::tell;
use crate::adapter::clock;
use crate::adapter::cluster::{Change, ClusterError};
use crate::command::Terminal;
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::flux::ObjectRef;
use crate::flux::live::{FluxKind, KINDS, KindRef, Live, Workload};
use crate::output::{Follow, ServiceStatus, StatusDocument, StatusRow, Tally};

/// What a watch is about.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// All objects of a kind.
    Kind(&'static FluxKind),
    /// One object.
    Object(KindRef),
    /// A workload of a service.
    Workload,
}

/// Something that a watch tells.
pub(super) struct News<'i> {
    pub(super) item: &'i Item,
    /// The number of the watch.
    pub(super) stream: usize,
    pub(super) change: Change,
}

/// Clusters on a screen.
pub(super) struct Screen<'s, 't> {
    status: &'s Status,
    follow: Follow,
    terminal: &'s mut Terminal<'t>,
    blocks: Vec<Block>,
    /// Clusters that could not be asked so far.
    waiting: BTreeMap<String, String>,
    /// How writing ended.
    failure: Option<io::Error>,
}

/// One cluster.
struct Block {
    context: Option<String>,
    /// By the place of the kind in [`KINDS`], then by namespace and name.
    objects: BTreeMap<(usize, ObjectRef), Live>,
    services: Vec<Members>,
    /// The watches that have no answer at the moment.
    troubled: BTreeSet<usize>,
    trouble: Option<String>,
}

/// A service, with its objects by name and its workloads as they are.
struct Members {
    name: String,
    objects: Vec<(usize, ObjectRef)>,
    workloads: BTreeMap<(String, ObjectRef), Workload>,
}

fn key(object: &Live) -> (usize, ObjectRef) {
    let place = KINDS.iter().position(|kind| kind == object.kind);
    (place.unwrap_or(KINDS.len()), object.id.clone())
}

fn workload_key(workload: &Workload) -> (String, ObjectRef) {
    (workload.kind.clone(), workload.id.clone())
}

impl Block {
    fn new(context: Option<&str>, seen: Seen) -> Self {
        let services = seen.services.into_iter().map(|(name, objects, workloads)| {
            let workloads = workloads.iter().filter_map(Workload::of);
            Members {
                name,
                objects: objects.iter().map(key).collect(),
                workloads: workloads.map(|w| (workload_key(&w), w)).collect(),
            }
        });
        Block {
            context: context.map(str::to_owned),
            services: services.collect(),
            objects: seen.objects.into_iter().map(|o| (key(&o), o)).collect(),
            troubled: BTreeSet::new(),
            trouble: None,
        }
    }

    fn row(&self, object: &Live) -> StatusRow {
        StatusRow::of(self.context.as_deref(), object, clock::seconds())
    }

    /// Returns the answer as it is now.
    fn add_to(&self, status: &Status, document: &mut StatusDocument) {
        let mut rows: Vec<StatusRow> = self.objects.values().map(|o| self.row(o)).collect();
        let tally = Tally::of(rows.iter());
        rows.retain(|row| status.shows(row));
        let services = self.services.iter().map(|members| {
            let objects = members
                .objects
                .iter()
                .filter_map(|key| self.objects.get(key));
            let objects: Vec<Live> = objects.cloned().collect();
            let workloads: Vec<Workload> = members.workloads.values().cloned().collect();
            self.service(&members.name, &objects, &workloads)
        });
        let services = services.collect();
        document.add(self.context.as_deref(), tally, rows, services);
    }

    fn service(&self, name: &str, objects: &[Live], workloads: &[Workload]) -> ServiceStatus {
        let context = self.context.as_deref();
        ServiceStatus::new(context, name, objects, workloads, clock::seconds())
    }
}

impl<'s, 't> Screen<'s, 't> {
    /// Makes an empty screen.
    pub(super) fn new(status: &'s Status, follow: Follow, terminal: &'s mut Terminal<'t>) -> Self {
        Screen {
            status,
            follow,
            terminal,
            blocks: Vec::new(),
            waiting: BTreeMap::new(),
            failure: None,
        }
    }

    /// Tells whether there is nobody to show anything to.
    pub(super) fn is_closed(&self) -> bool {
        self.failure.is_some()
    }

    /// Tells whether something of a cluster was shown.
    pub(super) fn has(&self, context: Option<&str>) -> bool {
        let mut blocks = self.blocks.iter();
        blocks.any(|block| block.context.as_deref() == context)
    }

    /// Returns the status after the end.
    ///
    /// # Errors
    /// The answer could not be written.
    pub(super) fn end(&mut self) -> Result<ExitStatus, Error> {
        let result = self.failure.take().map_or(Ok(()), Err);
        self.terminal.written(result)?;
        Ok(ExitStatus::Yes)
    }

    /// Shows what a cluster has at first, and returns its number.
    pub(super) fn open(&mut self, context: Option<&str>, seen: Seen) -> usize {
        if let Some(name) = context
            && self.waiting.remove(name).is_some()
        {
            self.note(context, "the cluster answers");
        }
        let block = Block::new(context, seen);
        let mut news = StatusDocument::new();
        block.add_to(self.status, &mut news);
        self.blocks.push(block);
        self.tell(&news);
        self.draw();
        self.blocks.len() - 1
    }

    /// Tells that a cluster could not be asked yet.
    pub(super) fn waits(&mut self, context: Option<&str>, error: &ClusterError) {
        let name = context.unwrap_or_default().to_owned();
        self.waiting.insert(name, error.to_string());
        self.note(context, &error.to_string());
        self.draw();
    }

    /// Tells that a cluster cannot be watched any more.
    pub(super) fn fail(&mut self, context: Option<&str>, error: &Error) {
        tell(context, error, self.terminal);
    }

    /// Takes what a watch tells. Where the answer is not drawn, each change is told.
    pub(super) fn take(&mut self, number: usize, news: News<'_>) {
        let News {
            item,
            stream,
            change,
        } = news;
        match change {
            Change::Trouble(error) => self.trouble(number, stream, Some(error)),
            Change::Back => self.trouble(number, stream, None),
            Change::Is(value) => self.put(number, item, value),
            Change::Gone(value) => self.remove(number, item, &value),
            Change::All(listing) => {
                for gone in self.gone(number, item, &listing.items) {
                    self.remove(number, item, &gone);
                }
                listing
                    .items
                    .into_iter()
                    .for_each(|value| self.put(number, item, value));
            }
        }
    }

    /// Returns the objects of a watch that are not among those that there are.
    fn gone(&self, number: usize, item: &Item, there: &[Value]) -> Vec<Value> {
        let there: BTreeSet<(usize, ObjectRef)> = there
            .iter()
            .filter_map(|value| Some(key(&Live::of(value.clone())?)))
            .collect();
        let of_item = |object: &Live| match item {
            Item::Kind(kind) => object.kind == *kind,
            Item::Object(named) => object.kind_ref() == *named,
            Item::Workload => false,
        };
        let known = self.blocks.get(number).map(|block| block.objects.iter());
        let gone = known
            .into_iter()
            .flatten()
            .filter(|(key, object)| of_item(object) && !there.contains(*key));
        gone.map(|(_, object)| object.value().clone()).collect()
    }

    fn put(&mut self, number: usize, item: &Item, value: Value) {
        let Some(block) = self.blocks.get_mut(number) else {
            return;
        };
        let mut news = StatusDocument::new();
        if let Item::Workload = item {
            let Some(workload) = Workload::of(&value) else {
                return;
            };
            let Some(name) = block.put_workload(&workload) else {
                return;
            };
            let service = block.service(&name, &[], &[workload]);
            news.add(None, Tally::default(), Vec::new(), vec![service]);
        } else {
            let Some(object) = Live::of(value) else {
                return;
            };
            let row = block.row(&object);
            let old = block.objects.insert(key(&object), object);
            let old = old.map(|old| block.row(&old));
            let is_shown = |row: &StatusRow| self.status.shows(row);
            let was_shown = old.as_ref().is_some_and(is_shown);
            if !(was_shown || is_shown(&row)) || old.is_some_and(|old| old.says_what(&row)) {
                return;
            }
            let tally = Tally::of(std::iter::once(&row));
            news.add(None, tally, vec![row], Vec::new());
        }
        self.tell(&news);
    }

    fn remove(&mut self, number: usize, item: &Item, value: &Value) {
        let Some(block) = self.blocks.get_mut(number) else {
            return;
        };
        let mut news = StatusDocument::new();
        if let Item::Workload = item {
            for members in &mut block.services {
                members.workloads.retain(|_, workload| {
                    Workload::of(value).as_ref().map(workload_key) != Some(workload_key(workload))
                });
            }
            return;
        }
        let Some(object) = Live::of(value.clone()) else {
            return;
        };
        let Some(old) = block.objects.remove(&key(&object)) else {
            return;
        };
        let row = block.row(&old);
        if !self.status.shows(&row) {
            return;
        }
        news.add(None, Tally::default(), vec![row.gone()], Vec::new());
        self.tell(&news);
    }

    /// Notes that a watch has no answer, or has one again. Of a cluster it is told once.
    fn trouble(&mut self, number: usize, stream: usize, error: Option<ClusterError>) {
        let Some(block) = self.blocks.get_mut(number) else {
            return;
        };
        let context = block.context.clone();
        let was_well = block.troubled.is_empty();
        let told = match error {
            Some(error) => {
                block.troubled.insert(stream);
                block.trouble = Some(error.to_string());
                was_well.then(|| error.to_string())
            }
            None => {
                block.troubled.remove(&stream);
                let is_well = block.troubled.is_empty();
                if is_well {
                    block.trouble = None;
                }
                (is_well && !was_well).then(|| "the cluster answers again".to_owned())
            }
        };
        if let Some(told) = told {
            self.note(context.as_deref(), &told);
        }
    }

    /// Says something beside the answer; where the answer is drawn it stands there.
    fn note(&mut self, context: Option<&str>, note: &str) {
        if self.follow.is_drawn() {
            return;
        }
        self.terminal.note(&match context {
            Some(context) => format!("{context}: {note}"),
            None => note.to_owned(),
        });
    }

    fn tell(&mut self, news: &StatusDocument) {
        let written = self.follow.tell(news, self.terminal.out);
        self.note_failure(written);
    }

    /// Draws everything, where the answer is drawn.
    pub(super) fn draw(&mut self) {
        if !self.follow.is_drawn() || self.is_closed() {
            return;
        }
        let mut document = StatusDocument::new();
        for block in &self.blocks {
            block.add_to(self.status, &mut document);
        }
        let of_block = self.blocks.iter().filter_map(|block| {
            let trouble = block.trouble.as_deref()?;
            Some(told(block.context.as_deref(), trouble))
        });
        let waiting = self.waiting.iter();
        let waiting = waiting.map(|(context, trouble)| told(Some(context), trouble));
        let troubles: Vec<String> = of_block.chain(waiting).collect();
        let written = self.follow.draw(&document, &troubles, self.terminal.out);
        self.note_failure(written);
    }

    fn note_failure(&mut self, written: io::Result<()>) {
        if let Err(error) = written {
            self.failure.get_or_insert(error);
        }
    }
}

fn told(context: Option<&str>, trouble: &str) -> String {
    match context {
        Some(context) => format!("{context}: {trouble}; still trying"),
        None => format!("{trouble}; still trying"),
    }
}

impl Block {
    /// Takes a workload as it is now, and returns the service that it belongs to, where it says something new.
    fn put_workload(&mut self, workload: &Workload) -> Option<String> {
        let key = workload_key(workload);
        let has = |members: &Members| members.workloads.contains_key(&key);
        // One that was deleted and made again comes back to the first service.
        let at = self.services.iter().position(has).unwrap_or_default();
        let members = self.services.get_mut(at)?;
        let old = members.workloads.insert(key, workload.clone());
        let is_news = old.as_ref() != Some(workload);
        is_news.then(|| members.name.clone())
    }
}
