//! What is known of a cluster: questions and their answers, as values.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::mask::masked;
use super::thing::Thing;
use crate::flux::ObjectRef;

/// Which objects of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Query {
    /// The API group; empty for the core group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The namespace; all of them without.
    pub namespace: Option<String>,
    /// A label selector.
    pub labels: Option<String>,
}

/// Something that a cluster can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Question {
    /// What an object says.
    Object(Thing),
    /// Which objects there are.
    Objects(Query),
    /// What happened to an object in the last hour or so.
    Events(Thing),
    /// The last lines that a container wrote.
    Log(LogOf),
}

/// Whose log.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LogOf {
    /// The pod.
    pub pod: ObjectRef,
    /// The container.
    pub container: String,
    /// Whether the one that ran before is meant.
    pub previous: bool,
}

/// What a cluster says to a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The object, or nothing where there is none.
    Object(Option<Value>),
    /// Objects: those of a list, or events.
    Objects(Vec<Value>),
    /// Lines of a log; nothing where there is none.
    Log(Option<String>),
    /// No answer, and why.
    Refused(Refusal),
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// One may not look; what may not be done, such as `get secrets in media`.
    Forbidden(String),
    /// The cluster has no such kind.
    NotServed,
    /// Anything else, a lower-case fragment.
    Failed(String),
}

/// All answers so far.
#[derive(Debug, Default)]
pub struct Facts {
    objects: HashMap<Thing, Option<Value>>,
    lists: HashMap<Query, Vec<Value>>,
    events: HashMap<Thing, Vec<Value>>,
    logs: HashMap<LogOf, Option<String>>,
    refused: HashMap<Question, Refusal>,
    asked: HashSet<Question>,
}

/// What the facts say; `None` of the option around it means that nobody has asked yet.
pub(super) type Known<'f, T> = Option<Result<T, &'f Refusal>>;

impl Facts {
    /// Adds an answer. Of Secrets and ConfigMaps only the names of the keys are kept.
    pub fn add(&mut self, question: Question, answer: Answer) {
        self.asked.insert(question.clone());
        match (question, answer) {
            (question, Answer::Refused(refusal)) => {
                self.refused.insert(question, refusal);
            }
            (Question::Object(thing), Answer::Object(object)) => {
                self.objects.insert(thing, object.map(without_secrets));
            }
            (Question::Objects(query), Answer::Objects(objects)) => self.add_list(query, objects),
            (Question::Events(thing), Answer::Objects(events)) => {
                let events = events.into_iter().map(without_secrets);
                self.events.insert(thing, events.collect());
            }
            (Question::Log(of), Answer::Log(log)) => {
                self.logs.insert(of, log.map(|log| masked(&log)));
            }
            // An answer to something else says nothing.
            (question, _) => {
                let why = Refusal::Failed("the answer is to another question".to_owned());
                self.refused.insert(question, why);
            }
        }
    }

    /// Adds an object that is known already.
    pub fn know(&mut self, object: &Value) {
        if let Some(thing) = Thing::of(object) {
            self.add(
                Question::Object(thing),
                Answer::Object(Some(object.clone())),
            );
        }
    }

    /// Returns an object that was asked for; nothing where there is none.
    pub fn whole(&self, thing: &Thing) -> Option<Value> {
        self.object(thing)?.ok().flatten().cloned()
    }

    fn add_list(&mut self, query: Query, objects: Vec<Value>) {
        let objects: Vec<Value> = objects.into_iter().map(without_secrets).collect();
        for object in &objects {
            if let Some(thing) = Thing::of(object) {
                self.objects.insert(thing, Some(object.clone()));
            }
        }
        self.lists.insert(query, objects);
    }

    /// Tells whether a question was asked.
    pub(super) fn was_asked(&self, question: &Question) -> bool {
        self.asked.contains(question)
    }

    /// Returns an object: one that was asked for, or one of a list that would have it.
    pub(super) fn object(&self, thing: &Thing) -> Known<'_, Option<&Value>> {
        if let Some(object) = self.objects.get(thing) {
            return Some(Ok(object.as_ref()));
        }
        let list = |namespace: Option<&str>| Query {
            group: thing.group.clone(),
            kind: thing.kind.clone(),
            namespace: namespace.map(str::to_owned),
            labels: None,
        };
        let all = [list(None), list(Some(&thing.namespace))];
        if all.iter().any(|query| self.lists.contains_key(query)) {
            return Some(Ok(None));
        }
        // What the cluster has no kind for is not there to be asked for by name.
        let unserved = |query: &Query| {
            let refusal = self.refused.get(&Question::Objects(query.clone()));
            refusal.filter(|&refusal| *refusal == Refusal::NotServed)
        };
        let refusal = self.refused.get(&Question::Object(thing.clone()));
        let refusal = refusal.or_else(|| all.iter().find_map(unserved));
        refusal.map(Err)
    }

    /// Returns the objects of a query: its own list, or the part of a wider one.
    pub(super) fn objects(&self, query: &Query) -> Known<'_, Vec<&Value>> {
        if let Some(list) = self.lists.get(query) {
            return Some(Ok(list.iter().collect()));
        }
        let wider = Query {
            namespace: None,
            ..query.clone()
        };
        if let Some(list) = self.lists.get(&wider) {
            let within = |object: &&Value| {
                let namespace = object.pointer("/metadata/namespace");
                namespace.and_then(Value::as_str) == query.namespace.as_deref()
            };
            return Some(Ok(list.iter().filter(within).collect()));
        }
        let refusal = self.refused.get(&Question::Objects(query.clone()))?;
        Some(Err(refusal))
    }

    /// Returns what happened to an object.
    pub(super) fn events(&self, thing: &Thing) -> Known<'_, &[Value]> {
        if let Some(events) = self.events.get(thing) {
            return Some(Ok(events));
        }
        self.refused.get(&Question::Events(thing.clone())).map(Err)
    }

    /// Returns the log of a container.
    pub(super) fn log(&self, of: &LogOf) -> Known<'_, Option<&str>> {
        if let Some(log) = self.logs.get(of) {
            return Some(Ok(log.as_deref()));
        }
        self.refused.get(&Question::Log(of.clone())).map(Err)
    }
}

/// How deep messages are looked for: `status.containerStatuses[].state.waiting.message`.
const DEPTH: usize = 8;

/// Takes from an object what may be secret: the values of Secrets and ConfigMaps, of which the names of the keys are left, and
/// credentials in messages.
fn without_secrets(object: Value) -> Value {
    let mut object = without_values(object);
    mask_messages(&mut object, DEPTH);
    object
}

/// Hides credentials in all texts that are named `message`.
fn mask_messages(value: &mut Value, depth: usize) {
    if depth == 0 {
        return;
    }
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(text) if key == "message" => *text = masked(text),
                    other => mask_messages(other, depth - 1),
                }
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| mask_messages(item, depth - 1)),
        _ => {}
    }
}

/// Takes the values from what may hold secrets, and leaves the names of the keys.
fn without_values(mut object: Value) -> Value {
    let kind = object.get("kind").and_then(Value::as_str);
    if !matches!(kind, Some("Secret" | "ConfigMap")) {
        return object;
    }
    for field in ["data", "binaryData", "stringData"] {
        let map = object.get_mut(field).and_then(Value::as_object_mut);
        for (_, value) in map.into_iter().flatten() {
            *value = Value::Null;
        }
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("annotations");
        metadata.remove("managedFields");
    }
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn query(namespace: Option<&str>) -> Query {
        Query {
            group: String::new(),
            kind: "Secret".to_owned(),
            namespace: namespace.map(str::to_owned),
            labels: None,
        }
    }

    #[test]
    fn of_secrets_only_the_keys_are_kept() {
        let mut facts = Facts::default();
        let secret = json!({"apiVersion": "v1", "kind": "Secret",
            "metadata": {"namespace": "a", "name": "s", "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "hunter2"}},
            "data": {"password": "hunter2"}, "type": "Opaque"});
        let thing = Thing::of(&secret).unwrap();
        facts.add(
            Question::Object(thing.clone()),
            Answer::Object(Some(secret.clone())),
        );
        facts.add(
            Question::Objects(query(Some("a"))),
            Answer::Objects(vec![secret]),
        );
        assert!(!format!("{facts:?}").contains("hunter2"));
        let kept = facts.object(&thing).unwrap().unwrap().unwrap();
        assert_eq!(kept["data"], json!({"password": null}));
        assert_eq!(kept["type"], "Opaque");
    }

    #[test]
    fn credentials_in_messages_are_hidden() {
        let mut facts = Facts::default();
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "a", "name": "p"},
            "status": {"containerStatuses": [{"state": {"waiting": {"message": "https://me:hunter2@host/x"}}}]}});
        facts.know(&pod);
        facts.add(
            Question::Events(Thing::core("Pod", "a", "p")),
            Answer::Objects(vec![json!({"message": "password=hunter2"})]),
        );
        let of = LogOf {
            pod: ObjectRef::new("a", "p"),
            container: "c".to_owned(),
            previous: false,
        };
        facts.add(
            Question::Log(of),
            Answer::Log(Some("token: hunter2".to_owned())),
        );
        assert!(!format!("{facts:?}").contains("hunter2"));
    }

    #[test]
    fn a_list_knows_what_is_not_there() {
        let mut facts = Facts::default();
        let thing = |namespace| Thing::core("Secret", namespace, "s");
        assert_eq!(facts.object(&thing("a")), None);
        facts.add(Question::Objects(query(Some("a"))), Answer::Objects(vec![]));
        assert_eq!(facts.object(&thing("a")), Some(Ok(None)));
        assert_eq!(facts.object(&thing("b")), None);
        facts.add(
            Question::Objects(query(None)),
            Answer::Refused(Refusal::NotServed),
        );
        assert_eq!(facts.object(&thing("b")), Some(Err(&Refusal::NotServed)));
    }
}
