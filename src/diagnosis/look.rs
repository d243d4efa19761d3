//! Reads the facts, and remembers what it did not find in them: what to ask next.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::facts::{Facts, Known, LogOf, Query, Question, Refusal};
use super::thing::{Thing, plural};

/// From how many objects of one kind and namespace on a list is asked for instead.
const LIST_FROM: usize = 4;

/// What is seen.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Seen<T> {
    /// It is there.
    There(T),
    /// It is not there.
    Gone,
    /// Nobody can tell; why, as a fragment.
    Refused(String),
    /// Nobody has asked yet.
    Pending,
}

/// The facts, and what is missing in them.
pub(super) struct Look<'f> {
    facts: &'f Facts,
    /// The time of the run, in seconds since 1970.
    pub(super) now: Option<i64>,
    /// Where Flux is installed.
    pub(super) flux_namespace: &'f str,
    wanted: RefCell<BTreeSet<Question>>,
    misses: Cell<usize>,
}

impl<'f> Look<'f> {
    pub(super) fn new(facts: &'f Facts, now: Option<i64>, flux_namespace: &'f str) -> Self {
        Look {
            facts,
            now,
            flux_namespace,
            wanted: RefCell::default(),
            misses: Cell::new(0),
        }
    }

    /// Returns how often something was not known.
    pub(super) fn misses(&self) -> usize {
        self.misses.get()
    }

    /// Counts something as not known that was found so before.
    pub(super) fn miss_again(&self) {
        self.misses.set(self.misses.get() + 1);
    }

    /// Looks at an object.
    pub(super) fn object(&self, thing: &Thing) -> Seen<&'f Value> {
        let known = self.facts.object(thing);
        let question = || Question::Object(thing.clone());
        match self.seen(known, question, &thing.kind, &thing.namespace) {
            Seen::There(Some(object)) => Seen::There(object),
            Seen::There(None) | Seen::Gone => Seen::Gone,
            Seen::Refused(why) => Seen::Refused(why),
            Seen::Pending => Seen::Pending,
        }
    }

    /// Looks at an object if somebody else has already asked for it.
    pub(super) fn glance(&self, thing: &Thing) -> Option<&'f Value> {
        self.facts.object(thing)?.ok().flatten()
    }

    /// Looks at the objects of a query; never [`Seen::Gone`].
    pub(super) fn objects(&self, query: &Query) -> Seen<Vec<&'f Value>> {
        let known = self.facts.objects(query);
        let question = || Question::Objects(query.clone());
        let namespace = query.namespace.as_deref().unwrap_or_default();
        self.seen(known, question, &query.kind, namespace)
    }

    /// Looks at what happened to an object; never [`Seen::Gone`].
    pub(super) fn events(&self, thing: &Thing) -> Seen<&'f [Value]> {
        let question = || Question::Events(thing.clone());
        self.seen(
            self.facts.events(thing),
            question,
            "Event",
            &thing.namespace,
        )
    }

    /// Looks at the log of a container.
    pub(super) fn log(&self, of: &LogOf) -> Seen<&'f str> {
        let question = || Question::Log(of.clone());
        match self.facts.log(of) {
            Some(Ok(log)) => log.map_or(Seen::Gone, Seen::There),
            Some(Err(Refusal::Failed(why))) => Seen::Refused(why.clone()),
            Some(Err(_)) => Seen::Refused("it may not be read".to_owned()),
            None => self.pending(question()),
        }
    }

    fn seen<T>(
        &self,
        known: Known<'f, T>,
        question: impl Fn() -> Question,
        kind: &str,
        namespace: &str,
    ) -> Seen<T> {
        match known {
            Some(Ok(known)) => Seen::There(known),
            Some(Err(Refusal::NotServed)) => Seen::Gone,
            Some(Err(refusal)) => Seen::Refused(told(kind, namespace, refusal)),
            None => self.pending(question()),
        }
    }

    fn pending<T>(&self, question: Question) -> Seen<T> {
        self.wanted.borrow_mut().insert(question);
        self.miss_again();
        Seen::Pending
    }

    /// Returns what to ask next: several objects of one kind and namespace as one list, except Secrets, of which only what is
    /// needed is asked for.
    pub(super) fn into_wanted(self) -> Vec<Question> {
        let mut single: BTreeMap<Query, Vec<Question>> = BTreeMap::new();
        let mut all = Vec::new();
        for question in self.wanted.into_inner() {
            match &question {
                Question::Object(thing) if thing.kind != "Secret" => {
                    let query = Query {
                        group: thing.group.clone(),
                        kind: thing.kind.clone(),
                        namespace: Some(thing.namespace.clone()).filter(|name| !name.is_empty()),
                        labels: None,
                    };
                    single.entry(query).or_default().push(question);
                }
                _ => all.push(question),
            }
        }
        for (query, questions) in single {
            let list = Question::Objects(query);
            match questions.len() >= LIST_FROM && !self.facts.was_asked(&list) {
                true => all.push(list),
                false => all.extend(questions),
            }
        }
        all.retain(|question| !self.facts.was_asked(question));
        all.sort();
        all.dedup();
        all
    }
}

/// Says what could not be looked at.
fn told(kind: &str, namespace: &str, refusal: &Refusal) -> String {
    let within = match namespace {
        "" => String::new(),
        namespace => format!(" in {namespace}"),
    };
    let why = match refusal {
        Refusal::Forbidden(what) => format!("forbidden ({what})"),
        Refusal::NotServed => "the cluster has no such kind".to_owned(),
        Refusal::Failed(why) => why.clone(),
    };
    format!("could not look at {}{within}: {why}", plural(kind))
}

#[cfg(test)]
mod tests {
    use super::super::facts::Answer;
    use super::*;

    #[test]
    fn many_objects_are_asked_for_as_one_list_and_secrets_are_not() {
        let facts = Facts::default();
        let look = Look::new(&facts, None, "flux-system");
        for name in ["a", "b", "c", "d"] {
            look.object(&Thing::core("Secret", "x", name));
            look.object(&Thing::core("ConfigMap", "x", name));
        }
        look.object(&Thing::core("ConfigMap", "y", "a"));
        assert_eq!(look.misses(), 9);
        let wanted = look.into_wanted();
        let lists = wanted.iter().filter(|q| matches!(q, Question::Objects(_)));
        assert_eq!((wanted.len(), lists.count()), (6, 1));
    }

    #[test]
    fn what_is_forbidden_says_what_and_where() {
        let mut facts = Facts::default();
        let secret = Thing::core("Secret", "media", "a");
        let no = Refusal::Forbidden("get secrets".to_owned());
        facts.add(Question::Object(secret.clone()), Answer::Refused(no));
        let look = Look::new(&facts, None, "flux-system");
        let told = "could not look at Secrets in media: forbidden (get secrets)";
        assert_eq!(look.object(&secret), Seen::Refused(told.to_owned()));
        assert!(look.into_wanted().is_empty());
    }
}
