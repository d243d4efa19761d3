//! What changes while a run goes on: the run itself, what is asked and watched, and what was told.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use super::show::{refused, silence};
use super::{Driven, Key};
use crate::adapter::clock::Stopwatch;
use crate::adapter::cluster::{ClusterError, Listing};
use crate::flux::live::{End, Item, KindRef, Live, Outcome, Run, Said, State};
use crate::output::ResultRow;

/// What changes during a run.
pub(super) struct Course {
    pub(super) run: Run,
    /// What is watched for an object, by object.
    keys: Vec<Key>,
    clock: Stopwatch,
    /// Tokens that were sent, by object.
    pub(super) tokens: HashMap<usize, String>,
    /// When each object was asked.
    began: HashMap<usize, Duration>,
    /// Rows of what is done, by object.
    pub(super) rows: HashMap<usize, ResultRow>,
    /// Those that may be asked.
    pub(super) queue: VecDeque<usize>,
    /// How many are being asked.
    pub(super) under_way: usize,
    /// What is to be watched from the answer on that its first object gets.
    pub(super) led: HashSet<Key>,
    pub(super) watched: HashSet<Key>,
    /// What cannot be watched.
    pub(super) blind: HashMap<Key, ClusterError>,
    /// Why the cluster cannot be reached at the moment.
    pub(super) trouble: Rc<RefCell<Option<ClusterError>>>,
    /// What is wrong with a dependency that an object waits for, by object.
    pub(super) why: HashMap<usize, String>,
    /// What was said already.
    pub(super) told: HashSet<String>,
    pub(super) is_refused: bool,
    pub(super) is_bad: bool,
}

impl Course {
    pub(super) fn new(run: Run, key: impl Fn(&Live) -> Key) -> Self {
        Course {
            keys: run.items().iter().map(|item| key(&item.object)).collect(),
            run,
            clock: Stopwatch::start(),
            tokens: HashMap::new(),
            began: HashMap::new(),
            rows: HashMap::new(),
            queue: VecDeque::new(),
            under_way: 0,
            led: HashSet::new(),
            watched: HashSet::new(),
            blind: HashMap::new(),
            trouble: Rc::default(),
            why: HashMap::new(),
            told: HashSet::new(),
            is_refused: false,
            is_bad: false,
        }
    }

    pub(super) fn key(&self, index: usize) -> Option<Key> {
        self.keys.get(index).cloned()
    }

    /// Starts the clock of an object.
    pub(super) fn begin(&mut self, index: usize) {
        self.began.insert(index, self.clock.elapsed());
    }

    /// Returns how long an object is worked on so far.
    pub(super) fn so_far(&self, index: usize) -> Duration {
        let began = self.began.get(&index);
        began.map_or(Duration::ZERO, |began| {
            self.clock.elapsed().saturating_sub(*began)
        })
    }

    pub(super) fn driven(mut self, is_interrupted: bool) -> Driven {
        let items = self.run.items();
        let asked = |item: &&Item| matches!(item.state, State::Asked { .. });
        let open = items.iter().filter(asked).count();
        let order = 0..items.len();
        Driven {
            rows: order.filter_map(|index| self.rows.remove(&index)).collect(),
            is_refused: self.is_refused,
            is_bad: self.is_bad,
            interrupted: is_interrupted.then_some(open),
        }
    }

    /// Notes what an object is now.
    pub(super) fn is(&mut self, value: Value) {
        if let Some((index, object)) = self.found(value) {
            self.run.saw(index, object);
        }
    }

    /// Notes that an object is gone.
    pub(super) fn gone(&mut self, value: Value) {
        if let Some((index, _)) = self.found(value) {
            self.deleted(index);
        }
    }

    fn found(&self, value: Value) -> Option<(usize, Live)> {
        let object = Live::of(value)?;
        let same = |item: &Item| item.object.kind == object.kind && item.object.id == object.id;
        let index = self.run.items().iter().position(same)?;
        Some((index, object))
    }

    /// Notes all that is left of what is watched.
    pub(super) fn all(&mut self, key: &Key, listing: Listing) {
        let present: Vec<(usize, Live)> = listing
            .items
            .into_iter()
            .filter_map(|value| self.found(value))
            .collect();
        let is_present = |index| present.iter().any(|(at, _)| *at == index);
        let missing: Vec<usize> = self
            .of_key(key)
            .filter(|&index| !is_present(index))
            .collect();
        for index in missing {
            self.deleted(index);
        }
        for (index, object) in present {
            self.run.saw(index, object);
        }
    }

    pub(super) fn deleted(&mut self, index: usize) {
        let message = "it was deleted in the meantime";
        let end = End::new(Outcome::NotFound, "Deleted", message);
        self.run.finish(index, end);
    }

    /// Returns those of a key that are asked, or being asked.
    fn of_key(&self, key: &Key) -> impl Iterator<Item = usize> {
        let all = self.run.items().iter().zip(&self.keys).enumerate();
        let is_open = |item: &Item| matches!(item.state, State::Free | State::Asked { .. });
        let fits = move |(index, (item, of)): (usize, (&Item, &Key))| {
            (of == key && is_open(item)).then_some(index)
        };
        all.filter_map(fits)
    }

    /// Returns the name of the only object of a key.
    pub(super) fn only(&self, key: &Key) -> Option<String> {
        let mut of_key = self.run.items().iter().zip(&self.keys);
        let (first, _) = of_key.find(|(_, of)| *of == key)?;
        let is_only = key.namespace.is_some() && of_key.all(|(_, of)| of != key);
        is_only.then(|| first.object.id.name.clone())
    }

    /// Notes that nothing will be heard of a kind.
    pub(super) fn cannot_watch(&mut self, key: &Key, error: ClusterError) {
        self.is_refused = true;
        let open: Vec<usize> = self.of_key(key).collect();
        for index in open {
            let mut end = refused(&error);
            end.said.message = format!("it is asked, and cannot be watched: {error}");
            self.run.finish(index, end);
        }
        self.blind.insert(key.clone(), error);
    }

    /// Returns what is wrong with the dependency that an object says it waits for.
    pub(super) fn why_waits(&self, index: usize, said: &Said) -> Option<&str> {
        let why = self.why.get(&index).filter(|_| waits_for_dependency(said));
        why.map(String::as_str)
    }

    /// Ends what is not done in time.
    pub(super) fn late(&mut self) {
        let trouble = self.trouble.borrow().clone();
        let items = self.run.items().iter().enumerate();
        // Before the first of them is done: others wait for it.
        let ends: Vec<End> = items
            .map(|(index, item)| {
                let (so_far, waits_for) = (self.so_far(index), self.run.waits_for(index));
                let mut end = too_late(item, so_far, trouble.as_ref(), &waits_for);
                if let Some(why) = self.why_waits(index, &end.said) {
                    end.said.message = format!("{}; {why}", end.said.message);
                }
                end
            })
            .collect();
        for (index, end) in ends.into_iter().enumerate() {
            self.run.finish(index, end);
        }
    }
}

/// Tells whether a controller waits for what the object depends on.
pub(super) fn waits_for_dependency(said: &Said) -> bool {
    said.reason == "DependencyNotReady"
}

/// Returns why an object is not done in time.
fn too_late(
    item: &Item,
    so_far: Duration,
    trouble: Option<&ClusterError>,
    waits_for: &[KindRef],
) -> End {
    let controller = item.object.kind.controller();
    let end = |reason: &str, message: String| End::new(Outcome::Timeout, reason, message);
    match (&item.state, trouble) {
        (_, Some(error)) => end("Unreachable", error.to_string()),
        (
            State::Asked {
                said,
                is_heard: true,
                ..
            },
            _,
        ) if !said.is_empty() => End {
            outcome: Outcome::Timeout,
            said: said.clone(),
        },
        (State::Asked { is_heard: true, .. }, _) => {
            end("NoAnswer", format!("{controller} has not come to it"))
        }
        (State::Asked { said, .. }, _) => end("NoAnswer", silence(item.object.kind, said, so_far)),
        (State::Free, _) => end("NotAsked", "the cluster took no request in time".to_owned()),
        _ => {
            let waits_for: Vec<String> = waits_for.iter().map(KindRef::to_string).collect();
            let message = format!("it waits for {}", waits_for.join(", "));
            end("NotAsked", message)
        }
    }
}
