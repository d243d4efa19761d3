//! Asks the controllers of one cluster to work on objects, in order, and watches until each is done.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::{self, LocalBoxStream, SelectAll};
use serde_json::Value;

use super::stage::Stage;
use crate::adapter::clock::{self, Stopwatch};
use crate::adapter::cluster::{Change, ClusterClient, ClusterError, Scope};
use crate::adapter::interrupt;
use crate::flux::ObjectRef;
use crate::flux::live::{End, FluxKind, Live, Outcome, Run, Said, State};
use crate::output::{ResultRow, progress_line};

/// How many requests are under way at once.
const AT_ONCE: usize = 32;
/// How often the show goes on, with somebody watching and without.
const FRAME: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(1));
/// After which time a controller that does not answer is mentioned.
const SILENCE: Duration = Duration::from_secs(20);

/// What is sent for an object.
pub(in crate::command) struct Wish {
    /// What the controller is to repeat; nothing where a new generation is request enough.
    pub(in crate::command) token: Option<String>,
    /// The merge patch; nothing where the object is as it should be, and only waited for.
    pub(in crate::command) patch: Option<Value>,
}

/// A run in one cluster.
pub(in crate::command) struct Drive<'d, 's, 't> {
    pub(in crate::command) client: &'d ClusterClient,
    /// The context, where there are several.
    pub(in crate::command) context: Option<&'d str>,
    pub(in crate::command) stage: &'d Stage<'s, 't>,
    /// Says what is sent for an object.
    pub(in crate::command) wish: &'d dyn Fn(&Live) -> Wish,
    /// Whether kinds are watched in all namespaces at once.
    pub(in crate::command) is_everywhere: bool,
    pub(in crate::command) timeout: Duration,
}

/// What came of a run.
#[derive(Debug, Default)]
pub(in crate::command) struct Driven {
    /// A row for each object that is done.
    pub(in crate::command) rows: Vec<ResultRow>,
    /// Whether something could not be asked or watched.
    pub(in crate::command) is_refused: bool,
    /// How many requests were under way when somebody pressed Ctrl-C.
    pub(in crate::command) interrupted: Option<usize>,
}

/// What is watched: a kind, in one namespace or in all.
type Key = (&'static str, &'static str, Option<String>);

enum Event {
    /// An object was asked, or not.
    Asked(usize, Result<Option<Value>, ClusterError>),
    /// A watch tells something.
    Changed(Key, Result<Change, ClusterError>),
    /// The show goes on.
    Turn,
    /// The time is up.
    Late,
    /// Ctrl-C.
    Interrupted,
}

type Events<'d> = SelectAll<LocalBoxStream<'d, Event>>;

/// What changes during a run.
struct Course {
    run: Run,
    clock: Stopwatch,
    /// Tokens, by object.
    tokens: HashMap<usize, Option<String>>,
    /// When each object was asked, and when it was done.
    began: HashMap<usize, Duration>,
    /// Rows, by object.
    rows: HashMap<usize, ResultRow>,
    queue: VecDeque<usize>,
    under_way: usize,
    /// Kinds of which the first object is being asked: from its version on they are watched.
    leading: HashSet<Key>,
    watched: HashSet<Key>,
    /// Kinds that cannot be watched.
    blind: HashMap<Key, ClusterError>,
    /// What was said of waiting objects.
    told: HashSet<(usize, String)>,
    is_refused: bool,
}

impl<'d> Drive<'d, '_, '_> {
    /// Runs until everything is done, the time is up, or somebody interrupts.
    pub(in crate::command) async fn run(&'d self, run: Run) -> Driven {
        let trouble: RefCell<Option<ClusterError>> = RefCell::default();
        let mut course = Course::new(run);
        let mut events: Events<'_> = SelectAll::new();
        events.push(self.turns().boxed_local());
        events.push(once(clock::pass(self.timeout), |()| Event::Late));
        events.push(once(interrupt::interrupted(), |()| Event::Interrupted));
        loop {
            course.queue.extend(course.run.free());
            self.ask(&mut course, &mut events, &trouble);
            self.tell(&mut course);
            if course.run.is_over() {
                return course.driven(None);
            }
            match events.next().await {
                Some(Event::Asked(index, answer)) => {
                    self.asked(&mut course, &mut events, index, answer);
                }
                Some(Event::Changed(key, change)) => {
                    self.changed(&mut course, &trouble, &key, change);
                }
                Some(Event::Turn) => self.turn(&mut course),
                Some(Event::Interrupted) => {
                    let open = course.open();
                    return course.driven(Some(open));
                }
                Some(Event::Late) | None => course.late(trouble.borrow().as_ref()),
            }
        }
    }

    fn turns(&self) -> impl futures::Stream<Item = Event> + 'd {
        let frame = match self.stage.is_watched() {
            true => FRAME.0,
            false => FRAME.1,
        };
        stream::repeat(()).then(move |()| async move {
            clock::pass(frame).await;
            Event::Turn
        })
    }

    fn key(&self, object: &Live) -> Key {
        let namespace = (!self.is_everywhere).then(|| object.id.namespace.clone());
        (object.kind.group, object.kind.kind, namespace)
    }

    /// Sends what may be sent. The first object of a kind goes alone: whatever happens to the others happens after the version
    /// that it gets.
    fn ask(
        &'d self,
        course: &mut Course,
        events: &mut Events<'d>,
        trouble: &'_ RefCell<Option<ClusterError>>,
    ) {
        let _ = trouble;
        for index in std::mem::take(&mut course.queue) {
            let Some(item) = course.run.items().get(index) else {
                continue;
            };
            let key = self.key(&item.object);
            let is_led = course.watched.contains(&key);
            if let Some(error) = course.blind.get(&key) {
                let end = refused(error);
                course.is_refused = true;
                course.run.finish(index, end);
            } else if course.under_way >= AT_ONCE || !is_led && course.leading.contains(&key) {
                course.queue.push_back(index);
            } else {
                if !is_led {
                    course.leading.insert(key);
                }
                let object = item.object.clone();
                course.began.insert(index, course.clock.elapsed());
                course.under_way += 1;
                events.push(self.request(course, index, object));
            }
        }
    }

    fn request(
        &'d self,
        course: &mut Course,
        index: usize,
        object: Live,
    ) -> LocalBoxStream<'d, Event> {
        let Wish { token, patch } = (self.wish)(&object);
        course.tokens.insert(index, token.clone());
        let asking = async move {
            let kind = object.kind.into();
            let Some(patch) = patch else {
                let ObjectRef { namespace, name } = &object.id;
                return self.client.get(&kind, Some(namespace), name).await;
            };
            let is_there = |value: &Value| has(value, &patch);
            let trouble = |error: ClusterError| {
                let note = format!("{}: {error}; trying again", object.kind_ref());
                self.stage.note(self.context, &note);
            };
            self.client
                .patch_once(&kind, &object.id, &patch, is_there, trouble)
                .await
        };
        once(asking, move |answer| Event::Asked(index, answer))
    }

    fn asked(
        &'d self,
        course: &mut Course,
        events: &mut Events<'d>,
        index: usize,
        answer: Result<Option<Value>, ClusterError>,
    ) {
        course.under_way -= 1;
        let Some(item) = course.run.items().get(index) else {
            return;
        };
        let (kind, key) = (item.object.kind, self.key(&item.object));
        course.leading.remove(&key);
        match answer {
            Ok(Some(value)) => {
                let Some(object) = Live::of(value) else {
                    return;
                };
                let version = object.resource_version().to_owned();
                let token = course.tokens.remove(&index).flatten();
                course.run.asked(index, token, object);
                let is_done = course
                    .run
                    .items()
                    .get(index)
                    .is_none_or(|i| i.end().is_some());
                if !is_done && course.watched.insert(key.clone()) {
                    let one = course.only(&key, |object| self.key(object));
                    self.watch(course, events, kind, key, one.as_deref(), &version);
                }
            }
            Ok(None) => {
                let end = End::new(
                    Outcome::NotFound,
                    "Deleted",
                    "it was deleted in the meantime",
                );
                course.run.finish(index, end);
            }
            Err(ClusterError::TimedOut { .. }) => course.late(None),
            Err(error) => {
                course.is_refused = true;
                course.run.finish(index, refused(&error));
            }
        }
    }

    /// Watches a kind from a version on; one object of it, where the run has only one.
    fn watch(
        &'d self,
        course: &mut Course,
        events: &mut Events<'d>,
        kind: &'static FluxKind,
        key: Key,
        one: Option<&str>,
        version: &str,
    ) {
        let fields = one.map(|name| format!("metadata.name={name}"));
        let scope = Scope {
            namespace: key.2.as_deref(),
            fields: fields.as_deref(),
            labels: None,
        };
        match self.client.watch(&kind.into(), &scope, version) {
            Ok(changes) => {
                let changes = changes.map(move |change| Event::Changed(key.clone(), change));
                events.push(changes.boxed_local());
            }
            Err(error) => course.cannot_watch(&key, error, |object| self.key(object)),
        }
    }

    fn changed(
        &self,
        course: &mut Course,
        trouble: &RefCell<Option<ClusterError>>,
        key: &Key,
        change: Result<Change, ClusterError>,
    ) {
        match change {
            Ok(Change::Is(value)) => course.is(value),
            Ok(Change::Gone(value)) => course.gone(value),
            Ok(Change::All(listing)) => {
                let missing = course.of_key(key, |object| self.key(object));
                let present: Vec<Live> = listing.items.into_iter().filter_map(Live::of).collect();
                for (index, reference) in missing {
                    match present.iter().find(|o| o.kind_ref() == reference) {
                        Some(object) => {
                            course.run.saw(index, object.clone());
                        }
                        None => course.deleted(index),
                    }
                }
            }
            Ok(Change::Trouble(error)) => {
                if trouble.borrow().is_none() {
                    self.stage
                        .note(self.context, &format!("{error}; waiting for it"));
                }
                trouble.replace(Some(error));
            }
            Ok(Change::Back) => {
                if trouble.take().is_some() {
                    self.stage.note(self.context, "the cluster answers again");
                }
            }
            Err(ClusterError::TimedOut { .. }) => course.late(trouble.borrow().as_ref()),
            Err(error) => course.cannot_watch(key, error, |object| self.key(object)),
        }
    }

    /// Tells what became of objects since the last time, and what others wait for.
    fn tell(&self, course: &mut Course) {
        for (index, item) in course.run.items().iter().enumerate() {
            if let Some(end) = item.end() {
                if course.rows.contains_key(&index) {
                    continue;
                }
                let began = course.began.get(&index).copied();
                let took = began.map(|began| course.clock.elapsed().saturating_sub(began));
                let row = ResultRow::new(self.context, &item.object, end, took.unwrap_or_default());
                self.stage.done(self.context, &row);
                course.rows.insert(index, row);
            } else if let State::Asked { said, .. } = &item.state
                && (self.stage.is_verbose() || !matches!(said.reason.as_str(), "" | "Progressing"))
                && !self.stage.is_watched()
                && course.told.insert((index, said.message.clone()))
            {
                let note = format!("{} waits: {}", item.object.kind_ref(), sentence(said));
                self.stage.note(self.context, &note);
            }
        }
        if self.stage.is_watched() {
            self.stage.show(self.context, self.lines(course));
        }
    }

    /// Lets the show go on, and mentions controllers that do not answer.
    fn turn(&self, course: &mut Course) {
        if self.stage.is_watched() {
            return;
        }
        for (index, item) in course.run.items().iter().enumerate() {
            let State::Asked {
                is_heard: false, ..
            } = &item.state
            else {
                continue;
            };
            let is_silent = course.so_far(index) >= SILENCE;
            let kind = item.object.kind;
            if is_silent
                && course
                    .told
                    .insert((usize::MAX, kind.controller().to_owned()))
            {
                self.stage
                    .note(self.context, &silence(kind, course.so_far(index)));
            }
        }
    }

    fn lines(&self, course: &Course) -> Vec<String> {
        let items = course.run.items().iter().enumerate();
        let mut lines: Vec<String> = items
            .clone()
            .filter_map(|(index, item)| {
                let so_far = course.so_far(index);
                let kind = item.object.kind;
                let what = match &item.state {
                    State::Asked {
                        is_heard: false, ..
                    } => match so_far >= SILENCE {
                        true => silence(kind, so_far),
                        false => format!("asked {}", kind.controller()),
                    },
                    State::Asked { said, .. } => sentence(said),
                    State::Free => "asking".to_owned(),
                    State::Pending | State::Done(_) => return None,
                };
                let place = item.object.id.to_string();
                Some(progress_line(kind, &place, &what, so_far))
            })
            .collect();
        let pending = items
            .filter(|(_, item)| item.state == State::Pending)
            .count();
        lines.extend((pending > 0).then(|| format!("{pending} more wait for their turn")));
        lines
    }
}

impl Course {
    fn new(run: Run) -> Self {
        Course {
            run,
            clock: Stopwatch::start(),
            tokens: HashMap::new(),
            began: HashMap::new(),
            rows: HashMap::new(),
            queue: VecDeque::new(),
            under_way: 0,
            leading: HashSet::new(),
            watched: HashSet::new(),
            blind: HashMap::new(),
            told: HashSet::new(),
            is_refused: false,
        }
    }

    fn so_far(&self, index: usize) -> Duration {
        let began = self.began.get(&index).copied();
        let began = began.unwrap_or_else(|| self.clock.elapsed());
        self.clock.elapsed().saturating_sub(began)
    }

    /// Returns how many requests are under way.
    fn open(&self) -> usize {
        let asked = |item: &&crate::flux::live::Item| matches!(item.state, State::Asked { .. });
        self.run.items().iter().filter(asked).count()
    }

    fn driven(mut self, interrupted: Option<usize>) -> Driven {
        let order = 0..self.run.items().len();
        Driven {
            rows: order.filter_map(|index| self.rows.remove(&index)).collect(),
            is_refused: self.is_refused,
            interrupted,
        }
    }

    fn index_of(&self, object: &Live) -> Option<usize> {
        let same = |item: &crate::flux::live::Item| {
            item.object.kind == object.kind && item.object.id == object.id
        };
        self.run.items().iter().position(same)
    }

    fn is(&mut self, value: Value) {
        let Some(object) = Live::of(value) else {
            return;
        };
        if let Some(index) = self.index_of(&object) {
            self.run.saw(index, object);
        }
    }

    fn gone(&mut self, value: Value) {
        let index = Live::of(value).and_then(|object| self.index_of(&object));
        if let Some(index) = index {
            self.deleted(index);
        }
    }

    fn deleted(&mut self, index: usize) {
        let end = End::new(
            Outcome::NotFound,
            "Deleted",
            "it was deleted in the meantime",
        );
        self.run.finish(index, end);
    }

    /// Returns the objects of a key that are not done.
    fn of_key(
        &self,
        key: &Key,
        key_of: impl Fn(&Live) -> Key,
    ) -> Vec<(usize, crate::flux::live::KindRef)> {
        let items = self.run.items().iter().enumerate();
        let open = items.filter(|(_, item)| item.end().is_none() && key_of(&item.object) == *key);
        open.map(|(index, item)| (index, item.object.kind_ref()))
            .collect()
    }

    /// Returns the name of the only object of a key.
    fn only(&self, key: &Key, key_of: impl Fn(&Live) -> Key) -> Option<String> {
        let mut of_key = self
            .run
            .items()
            .iter()
            .filter(|i| key_of(&i.object) == *key);
        let first = of_key.next()?;
        let is_only = of_key.next().is_none() && key.2.is_some();
        is_only.then(|| first.object.id.name.clone())
    }

    fn cannot_watch(&mut self, key: &Key, error: ClusterError, key_of: impl Fn(&Live) -> Key) {
        self.is_refused = true;
        for (index, _) in self.of_key(key, key_of) {
            let is_asked = self
                .run
                .items()
                .get(index)
                .is_some_and(|item| item.state != State::Pending);
            if is_asked {
                self.run.finish(index, refused(&error));
            }
        }
        self.blind.insert(key.clone(), error);
    }

    /// Ends what is not done in time.
    fn late(&mut self, trouble: Option<&ClusterError>) {
        for index in 0..self.run.items().len() {
            let Some(item) = self.run.items().get(index) else {
                continue;
            };
            let kind = item.object.kind;
            let end = match (&item.state, trouble) {
                (State::Done(_), _) => continue,
                (_, Some(error)) => End::new(Outcome::Timeout, "Unreachable", error.to_string()),
                (
                    State::Asked {
                        said,
                        is_heard: true,
                        ..
                    },
                    _,
                ) => End {
                    outcome: Outcome::Timeout,
                    said: said.clone(),
                },
                (State::Asked { .. }, _) => {
                    let message = silence(kind, self.so_far(index));
                    End::new(Outcome::Timeout, "NoAnswer", message)
                }
                (State::Free, _) => End::new(
                    Outcome::Timeout,
                    "NoAnswer",
                    "the cluster took no request in time",
                ),
                (State::Pending, _) => {
                    End::new(Outcome::Timeout, "NotAsked", "it was not its turn yet")
                }
            };
            self.run.finish(index, end);
        }
    }
}

/// Tells whether an object is as a merge patch makes it.
fn has(object: &Value, patch: &Value) -> bool {
    match (object, patch) {
        (Value::Object(object), Value::Object(patch)) => patch.iter().all(|(key, wanted)| {
            let value = object.get(key).unwrap_or(&Value::Null);
            has(value, wanted)
        }),
        (Value::Null, Value::Object(patch)) => {
            patch.values().all(|wanted| has(&Value::Null, wanted))
        }
        (value, wanted) => value == wanted,
    }
}

/// Returns the end of what the cluster does not let us ask or watch.
fn refused(error: &ClusterError) -> End {
    let reason = match error {
        ClusterError::Forbidden { .. } => "Forbidden",
        ClusterError::Unauthenticated { .. } => "Unauthenticated",
        _ => "Refused",
    };
    End::new(Outcome::Failed, reason, error.to_string())
}

fn silence(kind: &FluxKind, so_far: Duration) -> String {
    let (controller, seconds) = (kind.controller(), so_far.as_secs());
    format!("no controller has answered for {seconds}s: is {controller} running?")
}

fn sentence(said: &Said) -> String {
    match (said.reason.as_str(), said.message.as_str()) {
        ("" | "Progressing", message) => message.to_owned(),
        (reason, "") => reason.to_owned(),
        (reason, message) => format!("{reason}: {message}"),
    }
}

/// Makes a stream of one event.
fn once<'d, T>(
    work: impl Future<Output = T> + 'd,
    event: impl FnOnce(T) -> Event + 'd,
) -> LocalBoxStream<'d, Event> {
    stream::once(async move { event(work.await) }).boxed_local()
}
