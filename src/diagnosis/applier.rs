//! What Kustomizations and HelmReleases have in common: a source, dependencies, and what they have applied.

use std::sync::OnceLock;

use regex::Regex;
use serde_json::Value;

use super::facts::Query;
use super::look::Seen;
use super::story::{Cause, Confidence, Health, Story, Verdict};
use super::thing::Thing;
use super::time::is_older;
use super::walk::walk;
use crate::flux::live::Live;

/// Kinds whose objects say how they are; of the inventory only those are looked at.
const TELLING: [(&str, &str); 10] = [
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("apps", "DaemonSet"),
    ("batch", "Job"),
    ("", "PersistentVolumeClaim"),
    ("helm.toolkit.fluxcd.io", "HelmRelease"),
    ("kustomize.toolkit.fluxcd.io", "Kustomization"),
    ("cert-manager.io", "Certificate"),
    ("external-secrets.io", "ExternalSecret"),
    ("bitnami.com", "SealedSecret"),
];
/// How many objects of an inventory are told one by one where all is well.
const TOLD: usize = 8;
/// After how many seconds a new revision should have been picked up.
const PATIENCE: u64 = 120;

/// Looks at the source. A source that fails explains an object that got nothing of it, and not one that fails by itself.
pub(super) fn source(story: &mut Story<'_>, thing: &Thing, live: &Live) -> Option<Thing> {
    let source = Thing::from(&live.source()?);
    let mark = story.mark();
    let health = walk(story, &source, "source");
    if health == Health::Gone {
        missing_source(story, thing, &source);
    }
    let ready = live.condition("Ready");
    let fails_itself = ready.is_some_and(|ready| {
        !ready.is_true()
            && !matches!(
                ready.reason.as_str(),
                "ArtifactFailed" | "SourceNotReady" | "DependencyNotReady" | "Progressing"
            )
    });
    if health == Health::Bad && fails_itself {
        story.unexplain(mark);
    }
    Some(source)
}

fn missing_source(story: &mut Story<'_>, thing: &Thing, source: &Thing) {
    let message = format!("{thing} takes from {source}, which does not exist");
    let mut cause = Cause::new("source-missing", source, Confidence::Certain, message);
    cause = match namesakes(story, source).first() {
        Some(other) => cause.help(format!(
            "there is {other}: without `sourceRef.namespace` the object's own namespace is meant"
        )),
        None => cause.help(format!(
            "add the {} to Git, or correct `sourceRef`",
            source.kind
        )),
    };
    story.blame(cause.next(list_command(source)));
}

fn list_command(thing: &Thing) -> String {
    let short = thing.flux_kind().map(|kind| kind.short());
    format!("homelab status {} -A", short.unwrap_or_default())
        .trim_end()
        .to_owned()
}

/// Returns objects of the same kind and name in other namespaces.
fn namesakes(story: &Story<'_>, thing: &Thing) -> Vec<Thing> {
    let query = Query {
        group: thing.group.clone(),
        kind: thing.kind.clone(),
        namespace: None,
        labels: None,
    };
    let Seen::There(all) = story.look.objects(&query) else {
        return Vec::new();
    };
    let same = |other: &Thing| other.name == thing.name && other.namespace != thing.namespace;
    all.into_iter().filter_map(Thing::of).filter(same).collect()
}

/// Looks at what has to be ready first, if that is what the object waits for.
pub(super) fn dependencies(
    story: &mut Story<'_>,
    thing: &Thing,
    live: &Live,
    source: Option<&Thing>,
) {
    let waits = live
        .condition("Ready")
        .is_none_or(|ready| ready.reason == "DependencyNotReady");
    if !waits {
        return;
    }
    for id in live.depends_on() {
        let dependency = Thing::new(&thing.group, &thing.kind, &id.namespace, &id.name);
        match walk(story, &dependency, "depends on") {
            Health::Gone => missing_dependency(story, thing, &dependency),
            Health::Fine => behind_dependency(story, thing, &dependency, source),
            _ => {}
        }
    }
}

fn missing_dependency(story: &mut Story<'_>, thing: &Thing, dependency: &Thing) {
    let other_kind = match thing.kind.as_str() {
        "Kustomization" => "HelmRelease",
        _ => "Kustomization",
    };
    let other = Thing::of_kind(other_kind, &dependency.namespace, &dependency.name);
    let is_other = other
        .as_ref()
        .is_some_and(|other| matches!(story.look.object(other), Seen::There(_)));
    let message = format!("{thing} depends on {dependency}, which does not exist");
    let mut cause = Cause::new("dependency-missing", thing, Confidence::Certain, message);
    cause = match (is_other, namesakes(story, dependency).first()) {
        (true, _) => cause.help(format!(
            "there is a {other_kind} of this name, but `dependsOn` of a {} takes {}s only",
            thing.kind, thing.kind
        )),
        (false, Some(other)) => cause.help(format!(
            "there is {other}: without `namespace` the object's own namespace is meant"
        )),
        (false, None) => cause.help("correct `dependsOn`, or add what it names to Git"),
    };
    story.blame(cause.next(list_command(dependency)));
}

/// A Kustomization waits until what it depends on has applied the same revision, where both take from one source
/// (kustomize-controller 1.9 `checkDependencies`).
fn behind_dependency(
    story: &mut Story<'_>,
    thing: &Thing,
    dependency: &Thing,
    source: Option<&Thing>,
) {
    let other = story.look.glance(dependency).cloned().and_then(Live::of);
    let Some((other, source)) = other.zip(source) else {
        return;
    };
    let is_same = other
        .source()
        .is_some_and(|other| Thing::from(&other) == *source);
    let revision = revision_of(story, source);
    let applied = other.text("/status/lastAppliedRevision");
    if !is_same || revision.is_none() || applied == revision.as_deref() {
        return;
    }
    let at = applied.unwrap_or("nothing");
    let message = format!(
        "{dependency} has not applied {} yet (it is at {at}), and {thing} waits for that",
        revision.unwrap_or_default()
    );
    let target = dependency.target().unwrap_or_default();
    let cause = Cause::new("dependency-behind", dependency, Confidence::Likely, message);
    story.blame(cause.next(format!("homelab reconcile {target}")));
}

/// Returns the revision of what a source has, if somebody looked at it.
pub(super) fn revision_of(story: &Story<'_>, source: &Thing) -> Option<String> {
    let source = story.look.glance(source)?;
    let revision = source.pointer("/status/artifact/revision")?;
    Some(revision.as_str()?.to_owned())
}

/// Tells whether what was applied last is what the source has, and for how long it is not.
pub(super) fn revision(story: &mut Story<'_>, thing: &Thing, live: &Live, source: &Thing) {
    let (Some(wanted), Some(applied)) = (
        revision_of(story, source),
        live.text("/status/lastAppliedRevision"),
    ) else {
        return;
    };
    if wanted == applied {
        story.aside(
            thing,
            "revision",
            Verdict::Ok,
            format!("{applied}, as its source has it"),
        );
        return;
    }
    let since = story.look.glance(source);
    let since = since.and_then(|source| source.pointer("/status/artifact/lastUpdateTime"));
    let since = since.and_then(Value::as_str).unwrap_or_default();
    let is_late = is_older(story.look.now, since, PATIENCE).unwrap_or(false);
    let verdict = if is_late {
        Verdict::Bad
    } else {
        Verdict::Unknown
    };
    let told = format!("{applied} is applied, and its source has {wanted}");
    story.step(thing, "revision", verdict, &told);
    if is_late && !live.is_suspended() {
        let cause = Cause::new(
            "behind",
            thing,
            Confidence::Likely,
            format!("{thing}: {told}"),
        );
        let target = thing.target().unwrap_or_default();
        story.blame(
            cause
                .help("its controller has not picked the revision up")
                .next(format!("homelab reconcile {target}")),
        );
    }
}

/// Looks at what was applied, as far as it says how it is.
pub(super) fn inventory(story: &mut Story<'_>, thing: &Thing, live: &Live) {
    let items = live.inventory();
    let is_telling =
        |thing: &&Thing| TELLING.contains(&(thing.group.as_str(), thing.kind.as_str()));
    let things: Vec<Thing> = items.iter().map(Thing::from).collect();
    let telling: Vec<Thing> = things.iter().filter(is_telling).cloned().collect();
    let first = story.steps.len();
    let (mut bad, mut unknown) = (0, 0);
    for item in telling.iter().filter(|item| *item != thing) {
        match walk(story, item, "applies") {
            Health::Gone => {
                bad += 1;
                missing_item(story, thing, item);
            }
            Health::Bad => bad += 1,
            Health::Unknown => unknown += 1,
            Health::Fine | Health::Pending => {}
        }
    }
    if telling.len() > TOLD {
        story.shorten(first);
    }
    let told = format!(
        "{} objects, of which {} say how they are: {bad} not well, {unknown} not to be looked at",
        things.len(),
        telling.len()
    );
    let verdict = match (bad, unknown) {
        (0, 0) => Verdict::Ok,
        (0, _) => Verdict::Unknown,
        _ => Verdict::Bad,
    };
    story.aside(thing, "inventory", verdict, told);
}

fn missing_item(story: &mut Story<'_>, thing: &Thing, item: &Thing) {
    let message = format!("{thing} has applied {item}, which is gone");
    let target = thing.target().unwrap_or_default();
    let cause = Cause::new("object-deleted", item, Confidence::Likely, message)
        .help("somebody deleted it; the next run applies it again")
        .next(format!("homelab reconcile {target}"));
    story.blame(cause);
}

/// Blames whoever deleted an object of a service that was applied.
pub(super) fn deleted(story: &mut Story<'_>, item: &Thing) {
    let message = format!("{item} was applied, and is gone");
    let cause = Cause::new("object-deleted", item, Confidence::Likely, message);
    story.blame(cause.help("somebody deleted it; the next run of what applied it makes it again"));
}

/// Returns the objects that a message names as `Kind/namespace/name`, as health checks and Helm do.
pub(super) fn named(message: &str) -> Vec<Thing> {
    static NAMED: OnceLock<Option<Regex>> = OnceLock::new();
    let pattern = r"\b([A-Z][A-Za-z]+/(?:[a-z0-9][a-z0-9.-]*/)?[a-z0-9][a-z0-9.:-]*)";
    let Some(named) = NAMED.get_or_init(|| Regex::new(pattern).ok()) else {
        return Vec::new();
    };
    let mut things: Vec<Thing> = Vec::new();
    for found in named.find_iter(message) {
        let text = found.as_str().trim_end_matches(['.', ':']);
        things.extend(Thing::of_message(text).filter(|thing| !things.contains(thing)));
    }
    things
}

/// Looks at the objects that a message names; where it names none, at all that were applied.
pub(super) fn unhealthy(story: &mut Story<'_>, thing: &Thing, live: &Live, message: &str) {
    let named: Vec<Thing> = named(message)
        .into_iter()
        .filter(|other| other != thing)
        .collect();
    if named.is_empty() {
        return inventory(story, thing, live);
    }
    for item in named {
        if walk(story, &item, "applies") == Health::Gone {
            missing_item(story, thing, &item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_health_checks_name_objects() {
        let message = "health check failed after 5m0.1s: timeout waiting for: [Deployment/media/plex status: 'InProgress', HelmRelease/media/sonarr status: 'Failed']";
        let names: Vec<String> = named(message).iter().map(Thing::path).collect();
        assert_eq!(names, ["Deployment/media/plex", "HelmRelease/media/sonarr"]);
        let helm = "Helm install failed for release media/plex with chart plex@1.0.0: resource Deployment/media/plex not ready. status: InProgress";
        let names: Vec<String> = named(helm).iter().map(Thing::path).collect();
        assert_eq!(names, ["Deployment/media/plex"]);
        assert!(named("stat /tmp/kustomization-1/Apps/x: no such file").is_empty());
    }
}
