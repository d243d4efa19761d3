//! Secrets, ConfigMaps and ServiceAccounts that others need: whether they are there, which keys they have, and who should make
//! them. Values are never seen.

use serde_json::Value;

use super::facts::Query;
use super::look::Seen;
use super::story::{Cause, Confidence, Health, Story, Verdict};
use super::thing::Thing;
use super::walk::walk;

/// What makes Secrets, each with where it says the name of the Secret; its own name otherwise.
const MAKERS: [(&str, &str, &str); 2] = [
    ("external-secrets.io", "ExternalSecret", "/spec/target/name"),
    (
        "bitnami.com",
        "SealedSecret",
        "/spec/template/metadata/name",
    ),
];

/// What somebody needs.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) thing: Thing,
    /// What it is to whoever needs it.
    pub(super) relation: &'static str,
    /// The keys that it must have.
    pub(super) keys: Vec<String>,
    /// The type that a Secret must have.
    pub(super) of_type: Option<&'static str>,
    /// Whether it may be missing.
    pub(super) is_optional: bool,
}

impl Wanted {
    pub(super) fn new(kind: &str, namespace: &str, name: &str, relation: &'static str) -> Self {
        Wanted {
            thing: Thing::core(kind, namespace, name),
            relation,
            keys: Vec::new(),
            of_type: None,
            is_optional: false,
        }
    }
}

/// Returns the names of the keys of a Secret or ConfigMap; nothing where it was not looked at or is not there.
pub(super) fn keys(story: &Story<'_>, thing: &Thing) -> Option<Vec<String>> {
    Some(keys_of(story.look.glance(thing)?))
}

fn keys_of(object: &Value) -> Vec<String> {
    let maps = ["data", "binaryData", "stringData"].into_iter();
    let maps = maps.filter_map(|field| object.get(field)?.as_object());
    maps.flat_map(|map| map.keys().cloned()).collect()
}

/// Looks for something that `owner` needs, and blames whatever is missing.
pub(super) fn look(story: &mut Story<'_>, owner: &Thing, wanted: &Wanted) {
    let thing = &wanted.thing;
    story.enter(thing, wanted.relation);
    let health = match story.look.object(thing) {
        Seen::There(object) => there(story, owner, wanted, object),
        Seen::Gone => gone(story, owner, wanted),
        Seen::Refused(why) => {
            story.unknown(thing, "exists", &why);
            Health::Unknown
        }
        Seen::Pending => Health::Pending,
    };
    story.leave(health);
}

fn there(story: &mut Story<'_>, owner: &Thing, wanted: &Wanted, object: &Value) -> Health {
    let thing = &wanted.thing;
    let has = keys_of(object);
    let missing: Vec<&String> = wanted
        .keys
        .iter()
        .filter(|key| !has.contains(key))
        .collect();
    if let Some(key) = missing.first() {
        let told = format!("it has no key {key}; it has {}", shown(&has));
        story.step(thing, "keys", Verdict::Bad, &told);
        let message = format!("{owner} needs the key {key} of {thing}, and {told}");
        story.blame(
            Cause::new("secret-key-missing", thing, Confidence::Certain, message)
                .help("add the key where the object is made, or correct the reference"),
        );
        return Health::Bad;
    }
    let of_type = object.get("type").and_then(Value::as_str);
    if let Some(expected) = wanted.of_type.filter(|&expected| of_type != Some(expected)) {
        let of_type = of_type.unwrap_or("unknown");
        let message = format!("{thing} is of type {of_type}, and {owner} needs {expected}");
        story.step(thing, "type", Verdict::Bad, &message);
        story.blame(
            Cause::new("secret-type", thing, Confidence::Certain, message)
                .help("`kubectl create secret docker-registry` makes one of this type"),
        );
        return Health::Bad;
    }
    let told = match has.is_empty() {
        true => "there".to_owned(),
        false => format!("there, with {}", shown(&has)),
    };
    story.step(thing, "exists", Verdict::Ok, told);
    Health::Fine
}

fn shown(keys: &[String]) -> String {
    match keys {
        [] => "no keys".to_owned(),
        keys => keys.join(", "),
    }
}

fn gone(story: &mut Story<'_>, owner: &Thing, wanted: &Wanted) -> Health {
    let thing = &wanted.thing;
    if wanted.is_optional {
        story.aside(
            thing,
            "exists",
            Verdict::Ok,
            "there is none, and it is optional",
        );
        return Health::Fine;
    }
    story.step(thing, "exists", Verdict::Bad, "there is none");
    missing(story, owner, thing);
    Health::Bad
}

/// Blames something that is missing, or what should make it.
pub(super) fn missing(story: &mut Story<'_>, owner: &Thing, thing: &Thing) {
    let mark = story.mark();
    let (makers, is_known) = match thing.kind.as_str() {
        "Secret" => makers(story, thing),
        _ => (Vec::new(), true),
    };
    for maker in &makers {
        walk(story, maker, "makes it");
    }
    if story.is_waiting(mark) {
        return;
    }
    let names: Vec<String> = makers.iter().map(Thing::to_string).collect();
    let confidence = match story.is_explained(mark) {
        true => Confidence::Likely,
        false => Confidence::Certain,
    };
    let message = format!("{owner} needs {thing}, which does not exist");
    let mut cause = Cause::new("missing-reference", thing, confidence, message);
    cause = match (names.first(), thing.kind.as_str()) {
        (Some(maker), _) => cause.help(format!("{maker} should make it, and has not")),
        (None, "Secret") if is_known => cause.help(format!(
            "no ExternalSecret and no SealedSecret in {} makes it: add one to Git, or correct the reference",
            thing.namespace
        )),
        _ => cause.help("add it to Git, or correct the reference"),
    };
    if let Some(maker) = makers.first() {
        cause = cause.next(format!("kubectl describe {}", maker.kubectl()));
    }
    story.blame(cause);
}

/// Returns what should make a Secret, and whether everything was looked at.
fn makers(story: &mut Story<'_>, thing: &Thing) -> (Vec<Thing>, bool) {
    let mut found = Vec::new();
    let mut is_known = true;
    for (group, kind, pointer) in MAKERS {
        let query = Query {
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespace: Some(thing.namespace.clone()),
            labels: None,
        };
        let all = match story.look.objects(&query) {
            Seen::There(all) => all,
            Seen::Gone | Seen::Pending => continue,
            Seen::Refused(why) => {
                story.unknown(thing, "makers", &why);
                is_known = false;
                continue;
            }
        };
        let makes = |object: &&Value| {
            let named = object.pointer(pointer).and_then(Value::as_str);
            let own = object.pointer("/metadata/name").and_then(Value::as_str);
            named.or(own) == Some(&thing.name)
        };
        found.extend(all.into_iter().filter(makes).filter_map(Thing::of));
    }
    (found, is_known)
}
