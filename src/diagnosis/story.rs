//! The story of a diagnosis as it is told: steps, causes, and what has been looked at already.

use std::collections::HashMap;

use super::look::Look;
use super::thing::Thing;

/// What a step says of what was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Not as it should be.
    Bad,
    /// Nobody can tell, or not yet.
    Unknown,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The object.
    pub object: Thing,
    /// What it is to the object that leads to it: `source`, `depends on`; empty for what was asked for.
    pub relation: &'static str,
    /// What was looked at, such as `Ready` or `pods`.
    pub check: &'static str,
    /// What it says, in one word.
    pub verdict: Verdict,
    /// What it says.
    pub detail: String,
    /// How many objects lead to this one.
    pub depth: usize,
    /// Whether it is told only to whoever wants to know everything.
    pub is_aside: bool,
}

/// How sure a cause is; the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Nothing else can explain it.
    Certain,
    /// It explains it.
    Likely,
    /// It may have to do with it.
    Possible,
}

/// Why something is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// A name that does not change, such as `path-not-found`.
    pub id: &'static str,
    /// Where it is.
    pub object: Thing,
    /// What is wrong.
    pub message: String,
    /// The way out, in plain words; empty where the message says all.
    pub help: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// The commands that come next.
    pub next: Vec<String>,
}

impl Cause {
    /// Makes a cause.
    pub(super) fn new(
        id: &'static str,
        object: &Thing,
        confidence: Confidence,
        message: impl Into<String>,
    ) -> Self {
        Cause {
            id,
            object: object.clone(),
            message: message.into(),
            help: String::new(),
            confidence,
            next: Vec::new(),
        }
    }

    /// Adds the way out.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Adds a command.
    pub(super) fn next(mut self, command: impl Into<String>) -> Self {
        self.next.push(command.into());
        self
    }
}

/// How an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    Fine,
    /// Something is wrong; the story has a cause.
    Bad,
    /// There is no such object; whoever refers to it says what that means.
    Gone,
    /// Nobody can tell.
    Unknown,
    /// The answer has to be asked for.
    Pending,
}

/// A place in the story, to see what was told since.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    explained: usize,
    misses: usize,
}

/// A story on its way.
pub(super) struct Story<'l> {
    pub(super) look: &'l Look<'l>,
    pub(super) steps: Vec<Step>,
    pub(super) causes: Vec<Cause>,
    /// What is worth doing where nothing is wrong.
    pub(super) hints: Vec<String>,
    /// Whether what an object has applied is part of its story.
    pub(super) has_inventory: bool,
    /// What lead to the object that is looked at now, itself included.
    path: Vec<(Thing, &'static str)>,
    seen: HashMap<Thing, Health>,
    explained: usize,
}

impl<'l> Story<'l> {
    pub(super) fn new(look: &'l Look<'l>) -> Self {
        Story {
            look,
            steps: Vec::new(),
            causes: Vec::new(),
            hints: Vec::new(),
            has_inventory: true,
            path: Vec::new(),
            seen: HashMap::new(),
            explained: 0,
        }
    }

    /// Goes to an object; [`Story::leave`] comes back.
    pub(super) fn enter(&mut self, thing: &Thing, relation: &'static str) {
        self.path.push((thing.clone(), relation));
    }

    /// Comes back from an object, which is so.
    pub(super) fn leave(&mut self, health: Health) {
        if let Some((thing, _)) = self.path.pop() {
            self.seen.insert(thing, health);
        }
    }

    /// Returns how an object is that the story has been at.
    pub(super) fn known(&mut self, thing: &Thing) -> Option<Health> {
        let health = self.seen.get(thing).copied()?;
        match health {
            Health::Bad => self.explained += 1,
            Health::Pending => self.look.miss_again(),
            _ => {}
        }
        Some(health)
    }

    /// Tells whether what this object has applied is to be looked at: where the story is about it.
    pub(super) fn wants_inventory(&self) -> bool {
        self.has_inventory && self.depth() == 1
    }

    /// Returns how deep the story is.
    pub(super) fn depth(&self) -> usize {
        self.path.len()
    }

    /// Returns the objects from an earlier visit of this one on, where the story is just at it: a circle.
    pub(super) fn circle(&self, thing: &Thing) -> Option<Vec<Thing>> {
        let from = self.path.iter().position(|(other, _)| other == thing)?;
        let rest = self.path.get(from..)?;
        Some(rest.iter().map(|(other, _)| other.clone()).collect())
    }

    /// Tells what was looked at.
    pub(super) fn step(
        &mut self,
        object: &Thing,
        check: &'static str,
        verdict: Verdict,
        detail: impl AsRef<str>,
    ) {
        self.tell(object, check, verdict, detail.as_ref(), false);
    }

    /// Tells what was looked at to whoever wants to know everything.
    pub(super) fn aside(
        &mut self,
        object: &Thing,
        check: &'static str,
        verdict: Verdict,
        detail: impl AsRef<str>,
    ) {
        self.tell(object, check, verdict, detail.as_ref(), true);
    }

    fn tell(
        &mut self,
        object: &Thing,
        check: &'static str,
        verdict: Verdict,
        detail: &str,
        is_aside: bool,
    ) {
        let last = self.path.last();
        let relation = last.map_or("", |(thing, relation)| match thing == object {
            true => relation,
            false => "",
        });
        let is_told = |step: &Step| step.object == *object && step.check == check;
        let detail = detail.to_owned();
        if self
            .steps
            .iter()
            .any(|step| is_told(step) && step.detail == detail)
        {
            return;
        }
        self.steps.push(Step {
            object: object.clone(),
            relation,
            check,
            verdict,
            detail,
            depth: self.path.len().saturating_sub(1),
            is_aside,
        });
    }

    /// Says that something could not be looked at.
    pub(super) fn unknown(&mut self, object: &Thing, check: &'static str, why: &str) {
        self.step(object, check, Verdict::Unknown, why);
    }

    /// Adds a cause, once.
    pub(super) fn blame(&mut self, cause: Cause) {
        self.explained += 1;
        let is_same = |other: &Cause| other.id == cause.id && other.object == cause.object;
        if !self.causes.iter().any(is_same) {
            self.causes.push(cause);
        }
    }

    /// Returns this place of the story.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            explained: self.explained,
            misses: self.look.misses(),
        }
    }

    /// Tells whether a cause was found since.
    pub(super) fn is_explained(&self, since: Mark) -> bool {
        self.explained > since.explained
    }

    /// Takes what was explained since for no explanation of the object that is looked at.
    pub(super) fn unexplain(&mut self, since: Mark) {
        self.explained = since.explained;
    }

    /// Tells what is well only to whoever wants to know everything, from a step on.
    pub(super) fn shorten(&mut self, from: usize) {
        for step in self.steps.iter_mut().skip(from) {
            step.is_aside |= step.verdict == Verdict::Ok;
        }
    }

    /// Tells whether something was not known since.
    pub(super) fn is_waiting(&self, since: Mark) -> bool {
        self.look.misses() > since.misses
    }
}
