//! A run over many objects: who may be asked when, who is not asked at all, and what became of each.

use super::object::Live;
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
    pub fn new(
        outcome: Outcome,
        reason: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
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

    /// Tells whether those that only need it to have had its turn may go on: it is done, or has applied all there is to apply
    /// and looks at what became of it (kustomize-controller 1.9 says so with `Healthy=Unknown`). With `spec.wait` that lasts
    /// until they are ready themselves.
    fn had_turn(&self) -> bool {
        let checks = || {
            let healthy = self.object.condition("Healthy");
            healthy.is_some_and(|healthy| healthy.status == ConditionStatus::Unknown)
        };
        match &self.state {
            State::Done(_) => true,
            State::Asked { .. } => checks(),
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

    fn put(&mut self, index: usize, state: State) {
        if let Some(item) = self.items.get_mut(index) {
            item.state = state;
        }
    }

    /// Notes that an object was asked, and what it was then.
    pub fn asked(&mut self, index: usize, token: Option<String>, object: Live) {
        let Some(item) = self.items.get_mut(index).filter(|item| item.end().is_none()) else {
            return;
        };
        item.state = State::Asked {
            token,
            said: Said::default(),
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
        let State::Asked { token, said, is_seen } = &mut item.state else {
            item.object = object;
            return false;
        };
        item.object = object;
        let awaited = token.as_deref().map_or(Awaited::Generation, Awaited::Token);
        let end = match Standing::of(&item.object, awaited) {
            Standing::Waiting { is_seen: now, said: what } => {
                let is_news = *said != what || *is_seen != now;
                (*said, *is_seen) = (what, now);
                return is_news;
            }
            Standing::Ready(said) => End { outcome: Outcome::Ready, said },
            Standing::Failed(said) => End { outcome: Outcome::Failed, said },
            Standing::Suspended => End::new(Outcome::Suspended, "Suspended", "it was suspended in the meantime"),
            Standing::Leaving => End::new(Outcome::Failed, "Terminating", "it is being deleted"),
        };
        item.state = State::Done(end);
        true
    }

    /// Ends an object's part, unless it is done.
    pub fn finish(&mut self, index: usize, end: End) {
        if self.items.get(index).is_some_and(|item| item.end().is_none()) {
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
    let message = "it is suspended";
    let end = End::new(Outcome::Suspended, "Suspended", message);
    object.is_suspended().then_some(end)
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
