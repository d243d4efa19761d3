//! All that is not ready in a cluster, by what causes it.

use serde_json::Value;

use super::facts::Query;
use super::look::{Look, Seen};
use super::story::{Cause, Step, Story, Verdict};
use super::thing::Thing;
use super::time::is_older;
use super::walk::walk;
use super::{About, Diagnosis, conflict, story_of, workload};
use crate::flux::live::{Family, KINDS, Live};
use crate::flux::{Condition, ConditionStatus};

/// The workloads that are looked at though nothing of Flux says that they are not well.
const WORKLOADS: [&str; 3] = ["Deployment", "StatefulSet", "DaemonSet"];
/// For how many seconds something may be on its way before it counts as not ready.
const PATIENCE: u64 = 120;

/// Returns which lists are needed to see everything.
fn queries(namespace: Option<&str>) -> Vec<Query> {
    let query = |group: &str, kind: &str| Query {
        group: group.to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.map(str::to_owned),
        labels: None,
    };
    let flux = KINDS.iter().map(|kind| query(kind.group, kind.kind));
    flux.chain(WORKLOADS.map(|kind| query("apps", kind)))
        .collect()
}

/// Finds all that is not ready, and why. `namespace` restricts it to one.
pub(super) fn diagnose(look: &Look<'_>, namespace: Option<&str>) -> Vec<Diagnosis> {
    let mut objects = Vec::new();
    let mut failing = Vec::new();
    let mut refused = Vec::new();
    let mut workloads = 0;
    for query in queries(namespace) {
        match look.objects(&query) {
            Seen::There(all) if query.group == "apps" => {
                workloads += all.len();
                let bad = all
                    .into_iter()
                    .filter(|object| is_failing_workload(look, object));
                failing.extend(bad.filter_map(Thing::of));
            }
            Seen::There(all) => objects.extend(all.into_iter().cloned().filter_map(Live::of)),
            Seen::Refused(why) => refused.push((query, why)),
            Seen::Gone | Seen::Pending => {}
        }
    }
    let bad = objects.iter().filter(|live| is_failing(look, live));
    let mut all: Vec<Thing> = bad.map(|live| Thing::from(&live.kind_ref())).collect();
    all.append(&mut failing);
    let mut diagnoses = group(look, &all);
    diagnoses
        .iter_mut()
        .for_each(|diagnosis| behind(diagnosis, &objects));
    diagnoses.extend(
        conflict::find(&objects)
            .into_iter()
            .map(|(appliers, cause)| twice(appliers, cause)),
    );
    for (query, why) in refused {
        diagnoses.push(Diagnosis::refused(&query, &why));
    }
    if diagnoses.is_empty() {
        diagnoses.push(well(namespace, &objects, workloads));
    }
    diagnoses
}

/// Says of a source that fails who takes from it: they stay as they are, and say that they are ready.
fn behind(diagnosis: &mut Diagnosis, objects: &[Live]) {
    let Some(source) = diagnosis.subject.thing().cloned() else {
        return;
    };
    let takes = |live: &&Live| live.source().is_some_and(|of| Thing::from(&of) == source);
    let others = objects.iter().filter(takes);
    let others: Vec<Thing> = others
        .map(|live| Thing::from(&live.kind_ref()))
        .filter(|thing| !diagnosis.explains.contains(thing))
        .collect();
    if source
        .flux_kind()
        .is_none_or(|kind| kind.family != Family::Source)
        || others.is_empty()
    {
        return;
    }
    let names: Vec<String> = others.iter().map(Thing::to_string).collect();
    let detail = format!(
        "{} that are ready get nothing new: {}",
        others.len(),
        names.join(", ")
    );
    diagnosis.steps.push(Step {
        object: source,
        relation: "",
        check: "dependents",
        verdict: Verdict::Bad,
        detail,
        depth: 0,
        is_aside: false,
    });
}

/// Says that all is well, and of how much.
fn well(namespace: Option<&str>, objects: &[Live], workloads: usize) -> Diagnosis {
    let subject = About::Everything(namespace.map(str::to_owned));
    let held: Vec<String> = objects
        .iter()
        .filter(|live| live.is_suspended())
        .map(|live| live.kind_ref().to_string())
        .collect();
    let held = match held.len() {
        0 => String::new(),
        count => format!("; {count} suspended: {}", held.join(", ")),
    };
    let detail = format!(
        "looked at {} of Flux, {workloads} workloads{held}",
        objects.len()
    );
    let step = Step {
        object: Thing::new("", "all", "", "objects"),
        relation: "",
        check: "list",
        verdict: Verdict::Ok,
        detail,
        depth: 0,
        is_aside: false,
    };
    Diagnosis {
        subject,
        is_ready: Some(true),
        steps: vec![step],
        ..Diagnosis::default()
    }
}

/// Tells whether an object of Flux is not as it should be. What is suspended is as somebody wants it.
fn is_failing(look: &Look<'_>, live: &Live) -> bool {
    if live.is_suspended() || live.is_static() {
        return false;
    }
    let readiness = live.readiness();
    let is_late = |since: &str| is_older(look.now, since, PATIENCE).unwrap_or(true);
    match readiness.status {
        ConditionStatus::True => live.is_deleted(),
        ConditionStatus::False if live.condition("Ready").is_some() => true,
        _ => {
            let since = match readiness.since.as_str() {
                "" => live.text("/metadata/creationTimestamp").unwrap_or_default(),
                since => since,
            };
            is_late(since)
        }
    }
}

/// Tells whether a workload is not well, and is not only just on its way.
fn is_failing_workload(look: &Look<'_>, object: &Value) -> bool {
    if workload::is_well(object) {
        return false;
    }
    let made = object
        .pointer("/metadata/creationTimestamp")
        .and_then(Value::as_str);
    let moved = Condition::of(object, "Available").map(|c| c.last_transition_time);
    let since = moved.as_deref().or(made).unwrap_or_default();
    is_older(look.now, since, PATIENCE).unwrap_or(true)
}

/// Follows each to its cause, and puts together what has the same one.
pub(super) fn group(look: &Look<'_>, failing: &[Thing]) -> Vec<Diagnosis> {
    let mut diagnoses: Vec<Diagnosis> = Vec::new();
    for thing in failing {
        let mut story = Story::new(look);
        story.has_inventory = false;
        walk(&mut story, thing, "");
        let diagnosis = story_of(thing, look, story);
        match same(&diagnoses, &diagnosis) {
            Some(at) => merge(&mut diagnoses, at, diagnosis),
            None => diagnoses.push(diagnosis),
        }
    }
    diagnoses.sort_by_key(|diagnosis| std::cmp::Reverse(diagnosis.explains.len()));
    diagnoses
}

fn same(known: &[Diagnosis], diagnosis: &Diagnosis) -> Option<usize> {
    let root = |diagnosis: &Diagnosis| {
        let cause = diagnosis.causes.first()?;
        Some((cause.id, cause.object.clone()))
    };
    let wanted = root(diagnosis)?;
    known
        .iter()
        .position(|other| root(other).as_ref() == Some(&wanted))
}

/// Keeps the story of the object where the cause is, else the shorter one; the other object is explained by it.
fn merge(diagnoses: &mut [Diagnosis], at: usize, other: Diagnosis) {
    let Some(known) = diagnoses.get_mut(at) else {
        return;
    };
    let root = known.causes.first().map(|cause| cause.object.clone());
    let is_root = |diagnosis: &Diagnosis| diagnosis.subject.thing() == root.as_ref();
    let is_better = is_root(&other) || !is_root(known) && other.steps.len() < known.steps.len();
    let (kept, explained) = match is_better {
        true => (other, std::mem::take(known)),
        false => (std::mem::take(known), other),
    };
    *known = kept;
    known.explains.extend(explained.subject.thing().cloned());
    known.explains.extend(explained.explains);
}

fn twice(appliers: Vec<Thing>, cause: Cause) -> Diagnosis {
    let mut diagnosis = Diagnosis::of_cause(cause);
    diagnosis.explains = appliers.into_iter().skip(1).collect();
    diagnosis
}
