//! Asks the controllers of one cluster to work on objects, in order, and watches until each is done.

mod course;
mod show;

use std::rc::Rc;
use std::time::Duration;

use futures::stream::{self, LocalBoxStream, SelectAll};
use futures::{Stream, StreamExt};
use serde_json::Value;

use self::course::{Course, waits_for_dependency};
pub(in crate::command) use self::show::refused;
use super::get_object;
use super::stage::Stage;
use crate::adapter::clock;
use crate::adapter::cluster::{Change, ClusterClient, ClusterError, Scope};
use crate::adapter::interrupt;
use crate::flux::live::{
    Awaited, End, FluxKind, KindRef, Live, Outcome, Run, Said, Standing, State,
};
use crate::output::ResultRow;

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
    /// The merge patch.
    pub(in crate::command) patch: Value,
}

/// A run in one cluster.
pub(in crate::command) struct Drive<'d, 's, 't> {
    pub(in crate::command) client: &'d ClusterClient,
    /// The context, where there are several.
    pub(in crate::command) context: Option<&'d str>,
    pub(in crate::command) stage: &'d Stage<'s, 't>,
    /// Says what is sent for an object.
    pub(in crate::command) wish: &'d dyn Fn(&Live) -> Wish,
    /// Says what to do about an end.
    pub(in crate::command) next: &'d dyn Fn(&Live, &End) -> Option<String>,
    /// Tells whether somebody named this very object.
    pub(in crate::command) is_named: &'d dyn Fn(&Live) -> bool,
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
    /// Whether something is not as it was wanted.
    pub(in crate::command) is_bad: bool,
    /// How many requests were under way when somebody pressed Ctrl-C.
    pub(in crate::command) interrupted: Option<usize>,
}

impl Driven {
    /// Returns the two as one.
    pub(in crate::command) fn and(mut self, other: Driven) -> Driven {
        self.rows.extend(other.rows);
        self.is_refused |= other.is_refused;
        self.is_bad |= other.is_bad;
        self.interrupted = self.interrupted.or(other.interrupted);
        self
    }
}

/// What is watched: a kind, in one namespace or in all.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    group: &'static str,
    kind: &'static str,
    namespace: Option<String>,
}

enum Event {
    /// An object was asked, or not.
    Asked(usize, Result<Option<Value>, ClusterError>),
    /// A watch tells something.
    Changed(Key, Result<Change, ClusterError>),
    /// What an object waits for, looked at.
    Source(usize, KindRef, Option<Live>),
    /// The show goes on.
    Turn,
    /// The time is up.
    Late,
    /// Ctrl-C.
    Interrupted,
}

type Events<'d> = SelectAll<LocalBoxStream<'d, Event>>;

impl<'d> Drive<'d, '_, '_> {
    /// Runs until everything is done, the time is up, or somebody interrupts.
    pub(in crate::command) async fn run(&'d self, run: Run) -> Driven {
        let mut course = Course::new(run, |object| self.key(object));
        let mut events: Events<'_> = SelectAll::new();
        events.push(self.turns().boxed_local());
        events.push(once(clock::pass(self.timeout), |()| Event::Late));
        events.push(once(interrupt::interrupted(), |()| Event::Interrupted));
        loop {
            let free = course.run.free();
            course.queue.extend(free);
            self.ask(&mut course, &mut events);
            self.tell(&mut course);
            if course.run.is_over() {
                return course.driven(false);
            }
            match events.next().await {
                Some(Event::Asked(index, answer)) => {
                    self.asked(&mut course, &mut events, index, answer);
                }
                Some(Event::Changed(key, change)) => {
                    self.changed(&mut course, &key, change);
                    self.look_behind(&mut course, &mut events);
                }
                Some(Event::Source(index, what, source)) => {
                    blame(&mut course, index, &what, source);
                }
                Some(Event::Turn) => self.turn(&mut course),
                Some(Event::Interrupted) => return course.driven(true),
                Some(Event::Late) | None => course.late(),
            }
        }
    }

    fn turns(&self) -> impl Stream<Item = Event> + 'd {
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
        Key {
            group: object.kind.group,
            kind: object.kind.kind,
            namespace: (!self.is_everywhere).then(|| object.id.namespace.clone()),
        }
    }

    /// Sends what may be sent. The first object of what is watched goes alone: whatever happens to the others happens after the
    /// version that it gets.
    fn ask(&'d self, course: &mut Course, events: &mut Events<'d>) {
        for index in std::mem::take(&mut course.queue) {
            let Some(key) = course.key(index) else {
                continue;
            };
            let is_watched = course.watched.contains(&key);
            if let Some(error) = course.blind.get(&key) {
                let end = refused(error);
                course.run.finish(index, end);
            } else if course.under_way >= AT_ONCE || !is_watched && course.led.contains(&key) {
                course.queue.push_back(index);
            } else {
                if !is_watched {
                    course.led.insert(key);
                }
                course.begin(index);
                course.under_way += 1;
                if let Some(asking) = self.request(course, index) {
                    events.push(asking);
                }
            }
        }
    }

    fn request(&'d self, course: &mut Course, index: usize) -> Option<LocalBoxStream<'d, Event>> {
        let object = course.run.items().get(index)?.object.clone();
        let Wish { token, patch } = (self.wish)(&object);
        if let Some(token) = token {
            course.tokens.insert(index, token);
        }
        let trouble = Rc::clone(&course.trouble);
        let asking = async move {
            let is_there = |value: &Value| has(value, &patch);
            let away = |error: ClusterError| {
                if trouble.replace(Some(error.clone())).is_none() {
                    self.stage
                        .note(self.context, &format!("{error}; trying again"));
                }
            };
            let answer = self
                .client
                .patch_once(&object.kind.into(), &object.id, &patch, is_there, away)
                .await;
            if answer.is_ok() {
                trouble.take();
            }
            answer
        };
        Some(once(asking, move |answer| Event::Asked(index, answer)))
    }

    fn asked(
        &'d self,
        course: &mut Course,
        events: &mut Events<'d>,
        index: usize,
        answer: Result<Option<Value>, ClusterError>,
    ) {
        course.under_way -= 1;
        let Some(key) = course.key(index) else {
            return;
        };
        course.led.remove(&key);
        match answer {
            Ok(value) => {
                let Some(object) = value.and_then(Live::of) else {
                    return course.deleted(index);
                };
                let (kind, version) = (object.kind, object.resource_version().to_owned());
                let token = course.tokens.remove(&index);
                course.run.asked(index, token, object);
                let item = course.run.items().get(index);
                let is_open = item.is_some_and(|item| item.end().is_none());
                if is_open && course.watched.insert(key.clone()) {
                    self.watch(course, events, kind, key, &version);
                }
            }
            Err(ClusterError::TimedOut { .. }) => course.late(),
            Err(error) => {
                course.is_refused = true;
                course.run.finish(index, refused(&error));
                self.hint(course, &error);
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
        version: &str,
    ) {
        let fields = course
            .only(&key)
            .map(|name| format!("metadata.name={name}"));
        let scope = Scope {
            namespace: key.namespace.as_deref(),
            fields: fields.as_deref(),
            labels: None,
        };
        match self.client.watch(&kind.into(), &scope, version) {
            Ok(changes) => {
                let changes = changes.map(move |change| Event::Changed(key.clone(), change));
                events.push(changes.boxed_local());
            }
            Err(error) => course.cannot_watch(&key, error),
        }
    }

    fn changed(&self, course: &mut Course, key: &Key, change: Result<Change, ClusterError>) {
        match change {
            Ok(Change::Is(value)) => course.is(value),
            Ok(Change::Gone(value)) => course.gone(value),
            Ok(Change::All(listing)) => course.all(key, listing),
            Ok(Change::Trouble(error)) => {
                let note = format!("{error}; waiting for it");
                if course.trouble.replace(Some(error)).is_none() {
                    self.stage.note(self.context, &note);
                }
            }
            Ok(Change::Back) => {
                if course.trouble.take().is_some() {
                    self.stage.note(self.context, "the cluster answers again");
                }
            }
            Err(ClusterError::TimedOut { .. }) => course.late(),
            Err(error) => {
                self.hint(course, &error);
                course.cannot_watch(key, error);
            }
        }
    }

    /// Says once what to do about an error.
    fn hint(&self, course: &mut Course, error: &ClusterError) {
        if let Some(hint) = error.hint().filter(|hint| course.told.insert(hint.clone())) {
            self.stage.note(self.context, &hint);
        }
    }

    /// Looks at the sources and dependencies that controllers say they wait for, once for each thing that they say.
    fn look_behind(&'d self, course: &mut Course, events: &mut Events<'d>) {
        let mut looks = Vec::new();
        for (index, item) in course.run.items().iter().enumerate() {
            let State::Asked { said, .. } = &item.state else {
                continue;
            };
            for wanted in waited_for(&item.object, said) {
                let mark = format!("{index}/{wanted}/{}/{}", said.reason, said.message);
                looks.push((index, wanted, mark));
            }
        }
        for (index, source, mark) in looks {
            if !course.told.insert(mark) {
                continue;
            }
            let look = async move {
                let answer = get_object(self.client, &source).await;
                (source, answer)
            };
            events.push(once(look, move |(source, answer)| match answer {
                Ok(found) => Event::Source(index, source, found),
                // Nothing is lost where it may not be looked at: the wait goes on.
                Err(_) => Event::Turn,
            }));
        }
    }
}

/// Returns what a controller waits for, by what it says of an object.
fn waited_for(object: &Live, said: &Said) -> Vec<KindRef> {
    let source = || object.source().into_iter().collect();
    match said.reason.as_str() {
        "SourceNotReady" | "ArtifactFailed" => source(),
        _ if waits_for_dependency(said) && object.kind.kind == "ImagePolicy" => source(),
        _ if waits_for_dependency(said) => {
            let kind = || object.kind.kind.to_owned();
            let all = object.depends_on().into_iter();
            all.map(|id| KindRef { kind: kind(), id }).collect()
        }
        _ => Vec::new(),
    }
}

/// Ends the wait for a source that failed, or is not there; only its release makes a chart. What becomes of a dependency is
/// not known: it may not have seen yet what mends it. What is wrong with it is kept, to be told.
fn blame(course: &mut Course, index: usize, what: &KindRef, source: Option<Live>) {
    let standing = source
        .as_ref()
        .map(|s| Standing::of(s, Awaited::Generation));
    let item = course.run.items().get(index);
    if item.is_some_and(|item| item.object.kind.kind == what.kind) {
        let why = match standing {
            Some(Standing::Failed(said)) => format!("{what}: {}: {}", said.reason, said.message),
            Some(Standing::Suspended) => format!("{what} is suspended"),
            None => format!("{what} is not there"),
            _ => return,
        };
        course.why.insert(index, why);
        return;
    }
    let end = match standing {
        Some(Standing::Failed(said)) => {
            let message = format!("{what}: {}: {}", said.reason, said.message);
            End::new(Outcome::Failed, "SourceNotReady", message)
        }
        None if what.kind != "HelmChart" => {
            let message = format!("{what} is not there");
            End::new(Outcome::Failed, "SourceNotFound", message)
        }
        _ => return,
    };
    course.run.finish(index, end);
}

/// Tells whether an object is as a merge patch makes it.
pub(in crate::command) fn has(object: &Value, patch: &Value) -> bool {
    let Value::Object(patch) = patch else {
        return object == patch;
    };
    patch.iter().all(|(key, wanted)| {
        let value = object.get(key).unwrap_or(&Value::Null);
        has(value, wanted)
    })
}

/// Makes a stream of one event.
fn once<'d, T>(
    work: impl Future<Output = T> + 'd,
    event: impl FnOnce(T) -> Event + 'd,
) -> LocalBoxStream<'d, Event> {
    stream::once(async move { event(work.await) }).boxed_local()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_is_recognised_in_what_it_made() {
        let object =
            json!({"spec": {"path": "./a"}, "metadata": {"annotations": {"a": "1", "b": "2"}}});
        for (patch, is_there) in [
            (json!({"metadata": {"annotations": {"a": "1"}}}), true),
            (json!({"metadata": {"annotations": {"a": "2"}}}), false),
            (json!({"spec": {"suspend": null}}), true),
            (json!({"spec": {"suspend": true}}), false),
            (json!({"metadata": {"labels": {"gone": null}}}), true),
            (json!({"spec": {"path": null}}), false),
        ] {
            assert_eq!(has(&object, &patch), is_there, "{patch}");
        }
    }
}
