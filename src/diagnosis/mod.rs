//! Walks from an object that is not as it should be to the cause: says what to ask a cluster next, and tells the story.

mod applier;
mod conflict;
mod container;
mod controller;
mod crash;
mod events;
mod everything;
mod facts;
mod flux;
mod generic;
mod image;
mod known;
mod kustomization;
mod look;
mod mask;
mod notification;
mod place;
mod pod;
mod pull;
mod release;
mod secret;
mod source;
mod story;
mod thing;
mod time;
mod volume;
mod walk;
mod workload;

use serde_json::Value;

use self::look::Look;
use self::story::{Health, Story};
use crate::flux::Condition;
use crate::flux::ConditionStatus;
use crate::flux::live::Live;

pub use self::facts::{Answer, Facts, LogOf, Query, Question, Refusal};
pub use self::story::{Cause, Confidence, Step, Verdict};
pub use self::thing::Thing;

/// What is asked about.
#[derive(Clone, Debug)]
pub enum Subject {
    /// One object.
    Object(Thing),
    /// Whatever of these objects is not ready.
    Failing(Vec<Thing>),
    /// A service: its objects, those first that say most.
    Service(String, Vec<Thing>),
    /// All that is not ready, in a namespace or everywhere.
    Everything(Option<String>),
}

/// What a diagnosis is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// An object.
    Thing(Thing),
    /// A service of this name.
    Service(String),
    /// All there is, in a namespace or everywhere.
    Everything(Option<String>),
    /// What was asked for, as it was typed, and is not there.
    Missing(String),
}

impl Default for About {
    fn default() -> Self {
        About::Missing(String::new())
    }
}

impl About {
    fn thing(&self) -> Option<&Thing> {
        match self {
            About::Thing(thing) => Some(thing),
            _ => None,
        }
    }
}

/// The story of one object or service, or of all that has one cause.
#[derive(Clone, Debug, Default)]
pub struct Diagnosis {
    /// What it is about.
    pub subject: About,
    /// Whether that is ready; nothing where nobody can tell.
    pub is_ready: Option<bool>,
    /// What was looked at, in the order of the story.
    pub steps: Vec<Step>,
    /// What explains it, the most likely first.
    pub causes: Vec<Cause>,
    /// Commands that come next.
    pub next: Vec<String>,
    /// What else is not ready for the same reason.
    pub explains: Vec<Thing>,
}

/// When and where a diagnosis is made.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'s> {
    /// The time, in seconds since 1970.
    pub now: i64,
    /// The namespace that Flux is installed in.
    pub flux_namespace: &'s str,
}

/// Tells as much of the story as the facts allow, and what to ask for the rest of it. Where nothing is left to ask, the story
/// is whole.
pub fn diagnose(
    facts: &Facts,
    subject: &Subject,
    setting: Setting<'_>,
) -> (Vec<Diagnosis>, Vec<Question>) {
    let look = Look::new(facts, Some(setting.now), setting.flux_namespace);
    let diagnoses = match subject {
        Subject::Object(thing) => vec![of_object(&look, thing)],
        Subject::Failing(things) => everything::group(&look, things),
        Subject::Service(name, things) => vec![of_service(&look, name, things)],
        Subject::Everything(namespace) => everything::diagnose(&look, namespace.as_deref()),
    };
    (diagnoses, look.into_wanted())
}

fn of_object(look: &Look<'_>, thing: &Thing) -> Diagnosis {
    let mut story = Story::new(look);
    walk::walk(&mut story, thing, "");
    story_of(thing, look, story)
}

fn of_service(look: &Look<'_>, name: &str, things: &[Thing]) -> Diagnosis {
    let mut story = Story::new(look);
    story.has_inventory = false;
    for thing in things {
        if walk::walk(&mut story, thing, "") == Health::Gone {
            applier::deleted(&mut story, thing);
        }
    }
    let mut diagnosis = told(story, false);
    diagnosis.subject = About::Service(name.to_owned());
    let ready: Vec<Option<bool>> = things.iter().map(|thing| is_ready(look, thing)).collect();
    diagnosis.is_ready = match ready.contains(&Some(false)) {
        true => Some(false),
        false => Some(true).filter(|_| !ready.contains(&None)),
    };
    diagnosis
}

fn story_of(thing: &Thing, look: &Look<'_>, story: Story<'_>) -> Diagnosis {
    let mut diagnosis = told(story, true);
    diagnosis.is_ready = is_ready(look, thing);
    diagnosis.subject = About::Thing(thing.clone());
    if !diagnosis.causes.is_empty() && diagnosis.next.is_empty() {
        let target = thing
            .target()
            .map(|target| format!("homelab reconcile {target}"));
        let describe = || format!("kubectl describe {}", thing.kubectl());
        diagnosis.next.push(target.unwrap_or_else(describe));
    }
    diagnosis
}

/// Puts the surest cause first, if it is about one object, and the commands of all in that order. Of a service, what runs comes
/// first, and what keeps it up to date later.
fn told(story: Story<'_>, is_sorted: bool) -> Diagnosis {
    let mut causes = story.causes;
    if is_sorted {
        causes.sort_by_key(|cause| cause.confidence);
    }
    let mut next: Vec<String> = Vec::new();
    let commands = causes
        .iter()
        .flat_map(|cause| cause.next.iter())
        .chain(&story.hints);
    for command in commands {
        if !next.contains(command) {
            next.push(command.clone());
        }
    }
    Diagnosis {
        steps: story.steps,
        causes,
        next,
        ..Diagnosis::default()
    }
}

/// Tells whether an object says that it is ready.
fn is_ready(look: &Look<'_>, thing: &Thing) -> Option<bool> {
    let object: &Value = look.glance(thing)?;
    if let Some(live) = Live::of(object.clone()) {
        return match live.readiness().status {
            ConditionStatus::True => Some(true),
            ConditionStatus::False => Some(false),
            ConditionStatus::Unknown => None,
        };
    }
    match thing.group.as_str() {
        "apps" => Some(workload::is_well(object)),
        _ => Some(Condition::of(object, "Ready").is_none_or(|ready| ready.is_true())),
    }
}

impl Diagnosis {
    /// Tells whether the diagnosis is about this object.
    pub fn is_about(&self, thing: &Thing) -> bool {
        self.subject.thing() == Some(thing)
    }

    /// Tells whether something could not be looked at, so that what is not told may be wrong, too.
    pub fn is_unsure(&self) -> bool {
        let unknown = |step: &Step| step.verdict == Verdict::Unknown && !step.is_aside;
        self.causes.is_empty() && self.steps.iter().any(unknown)
    }

    /// Makes the diagnosis of something that is not there.
    pub fn missing(typed: &str, message: &str, help: &str, next: Vec<String>) -> Self {
        let cause = Cause {
            id: "not-found",
            object: Thing::core("", "", typed),
            message: message.to_owned(),
            help: help.to_owned(),
            confidence: Confidence::Certain,
            next: next.clone(),
        };
        Diagnosis {
            subject: About::Missing(typed.to_owned()),
            is_ready: Some(false),
            causes: vec![cause],
            next,
            ..Diagnosis::default()
        }
    }

    fn of_cause(cause: Cause) -> Self {
        Diagnosis {
            subject: About::Thing(cause.object.clone()),
            is_ready: Some(true),
            next: cause.next.clone(),
            causes: vec![cause],
            ..Diagnosis::default()
        }
    }

    /// Makes the diagnosis of a kind that may not be looked at.
    fn refused(query: &Query, why: &str) -> Self {
        let thing = Thing::new(
            &query.group,
            &query.kind,
            query.namespace.as_deref().unwrap_or_default(),
            "*",
        );
        let step = Step {
            object: thing.clone(),
            relation: "",
            check: "list",
            verdict: Verdict::Unknown,
            detail: why.to_owned(),
            depth: 0,
            is_aside: false,
        };
        Diagnosis {
            subject: About::Thing(thing),
            steps: vec![step],
            ..Diagnosis::default()
        }
    }
}

#[cfg(test)]
mod tests;
