//! `replacements`: copies a value from one object into fields of others (kustomize api 0.21 `replacement.Filter`).

mod field;
mod source;
mod target;

use source::Source;
use target::Target;

use super::fieldpath::{self, Step};
use super::selector::Identity;
use crate::manifest::{Node, Resolved, Schema, format_float};

const DEFAULT_PATH: &str = "metadata.name";

/// An object that replacements read and change.
pub(crate) trait Subject {
    /// Returns the object.
    fn node(&self) -> &Node;
    /// Changes the object.
    fn change<T>(&mut self, change: impl FnOnce(&mut Node) -> T) -> T;
    /// Tells whether `wanted` holds for the current identity or a former one, the current one first. Namespaces are
    /// those written.
    fn any_identity(&self, wanted: &mut dyn FnMut(Identity<'_>) -> bool) -> bool;
}

/// One entry of `replacements`.
#[derive(Clone, Debug)]
pub(crate) struct Replacement {
    source: Option<Source>,
    value: Option<Node>,
    targets: Option<Vec<Target>>,
}

impl Replacement {
    /// Reads an entry of `replacements`, or of a file that it names.
    ///
    /// # Errors
    /// A value has the wrong type.
    pub(crate) fn read(node: &Node) -> Result<Self, String> {
        let targets = match given(node, "targets") {
            Some(list) => {
                let items = list.items().ok_or_else(|| wrong_type("targets"))?;
                Some(items.iter().map(Target::read).collect::<Result<_, _>>()?)
            }
            None => None,
        };
        let value = |node: &Node| {
            let text = string_value(node, "sourceValue")?;
            Ok::<_, String>(Node::plain(text).at(node.place))
        };
        Ok(Replacement {
            source: given(node, "source").map(Source::read).transpose()?,
            value: given(node, "sourceValue").map(value).transpose()?,
            targets,
        })
    }

    /// Tells whether any subject is the one that the value comes from; a value given outright needs none.
    pub(crate) fn has_source<S: Subject>(&self, subjects: &[S]) -> bool {
        self.source
            .as_ref()
            .is_none_or(|source| source.is_among(subjects))
    }

    /// Carries the replacement out and returns which subjects it selected.
    ///
    /// # Errors
    /// The entry is incomplete, the source is not exactly one, or a field is missing. The messages are kustomize's.
    pub(crate) fn apply<S: Subject>(&self, subjects: &mut [S]) -> Result<Vec<usize>, String> {
        let Some(targets) = self
            .targets
            .as_ref()
            .filter(|_| self.source.is_some() || self.value.is_some())
        else {
            return Err("replacements must specify a source and at least one target".to_owned());
        };
        let mut value = match (&self.source, &self.value) {
            (Some(_), Some(_)) => {
                return Err("value and resource selectors are mutually exclusive".to_owned());
            }
            (Some(source), None) => source.value(subjects)?,
            (None, value) => Copied {
                node: value.clone().unwrap_or_else(|| Node::plain("")),
                live: None,
            },
        };
        let mut changed = Vec::new();
        for target in targets {
            target.apply(subjects, &mut value, &mut changed)?;
        }
        Ok(changed)
    }
}

/// The value to copy. kustomize holds on to the node in the source, so that a replacement that changes its own source
/// copies something else from then on.
struct Copied {
    node: Node,
    /// The subject it is in, and the way to it there.
    live: Option<(usize, Vec<Step>)>,
}

impl Copied {
    /// Reads the value again from `node`, the subject with this index.
    fn refresh(&mut self, index: usize, node: &Node) {
        if let Some((source, steps)) = &self.live
            && *source == index
            && let Some(value) = fieldpath::follow(node, steps)
        {
            self.node = value.clone();
        }
    }

    /// Lets go of the source if the field at `steps`, which is about to be replaced, contains it.
    fn detach(&mut self, index: usize, field: &[Step]) {
        let contains = |(source, steps): &(usize, Vec<Step>)| {
            *source == index && steps.len() > field.len() && steps.starts_with(field)
        };
        self.live = self.live.take().filter(|live| !contains(live));
    }
}

fn given<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.get(key).filter(|value| !value.is_null())
}

fn string(node: &Node, key: &str) -> Result<String, String> {
    given(node, key).map_or(Ok(String::new()), |value| string_value(value, key))
}

/// Returns a string. `sigs.k8s.io/yaml` turns numbers and booleans into strings where one is wanted, and null into none.
fn string_value(node: &Node, key: &str) -> Result<String, String> {
    Ok(match node.resolve(Schema::Kubernetes) {
        Ok(Resolved::Str(text)) => text.into_owned(),
        Ok(Resolved::Null) => String::new(),
        Ok(Resolved::Bool(value)) => value.to_string(),
        Ok(Resolved::Int(value)) => value.to_string(),
        Ok(Resolved::Uint(value)) => value.to_string(),
        Ok(Resolved::Float(value)) => format_float(value),
        Err(_) => return Err(wrong_type(key)),
    })
}

fn wrong_type(key: &str) -> String {
    format!("{key} has the wrong type")
}

#[cfg(test)]
mod tests;
