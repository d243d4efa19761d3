//! Messages that controllers are known to write, what they mean, and the way out. The text is all that they give.

mod apply;
mod build;
mod helm;
mod image;
mod served;
mod source;

use std::sync::OnceLock;

use regex::{Captures, Regex};

use super::story::{Cause, Confidence};
use super::thing::Thing;

/// A message that is known. `{0}` to `{9}` stand for the groups of the pattern, `{thing}` for the object, `{target}` for how
/// this program's commands name it, `{namespace}` and `{name}` for what they say.
pub(super) struct Known {
    pub(super) id: &'static str,
    /// The kinds whose messages are meant; all where there is none.
    pub(super) kinds: &'static [&'static str],
    pub(super) pattern: &'static str,
    /// What is wrong.
    pub(super) cause: &'static str,
    /// The way out.
    pub(super) help: &'static str,
    /// The commands that come next.
    pub(super) next: &'static [&'static str],
}

/// All tables; what is said by one kind only comes before what many say.
const TABLES: [&[Known]; 5] = [
    image::MESSAGES,
    helm::MESSAGES,
    build::MESSAGES,
    apply::MESSAGES,
    source::MESSAGES,
];

/// A message with its pattern read.
type Read = (&'static Known, Regex);

fn all() -> &'static [Read] {
    static ALL: OnceLock<Vec<Read>> = OnceLock::new();
    ALL.get_or_init(|| {
        let known = TABLES.iter().flat_map(|table| table.iter());
        known
            .filter_map(|known| Some((known, Regex::new(known.pattern).ok()?)))
            .collect()
    })
}

/// Returns the cause that a message of an object tells, where it is known.
pub(super) fn recognise(thing: &Thing, message: &str) -> Option<Cause> {
    if let Some(cause) = served::recognise(thing, message) {
        return Some(cause);
    }
    all().iter().find_map(|(known, pattern)| {
        let is_meant = known.kinds.is_empty() || known.kinds.contains(&thing.kind.as_str());
        let captures = pattern.captures(message).filter(|_| is_meant)?;
        Some(cause(known, thing, &captures))
    })
}

fn cause(known: &Known, thing: &Thing, captures: &Captures<'_>) -> Cause {
    let fill = |text: &str| filled(text, thing, captures);
    let cause = Cause::new(known.id, thing, Confidence::Likely, fill(known.cause));
    let cause = cause.help(fill(known.help));
    known
        .next
        .iter()
        .fold(cause, |cause, next| cause.next(fill(next)))
}

fn filled(text: &str, thing: &Thing, captures: &Captures<'_>) -> String {
    let target = thing.target().unwrap_or_else(|| thing.to_string());
    let mut text = text
        .replace("{thing}", &thing.to_string())
        .replace("{target}", &target)
        .replace("{namespace}", &thing.namespace)
        .replace("{name}", &thing.name);
    for group in 0..10 {
        let place = format!("{{{group}}}");
        if text.contains(&place) {
            let part = captures.get(group).map_or("", |part| part.as_str());
            text = text.replace(&place, part.trim());
        }
    }
    text
}

/// Returns the variable that a message says is not set (fluxcd/pkg envsubst 1.8, strict since kustomize-controller 1.9).
pub(super) fn unset_variable(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("variable not set (strict mode): \"")?;
    rest.split_once('"').map(|(name, _)| name)
}

#[cfg(test)]
mod tests;
