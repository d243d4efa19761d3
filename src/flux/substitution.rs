//! `postBuild`: which variables a unit has, and what becomes of its objects.
//!
//! Source: fluxcd/pkg/kustomize 1.41 `SubstituteVariables`, strict as kustomize-controller 1.9 calls it. Flux substitutes
//! in the printed YAML; here each scalar is printed, substituted and read again alone, so that it keeps its place.

use std::collections::{BTreeMap, BTreeSet};

use super::envsubst::{
    DISABLED, Lookup, SUBSTITUTE_KEY, SubstituteError, substitute, variable_value,
};
use crate::manifest::{
    Entry, FileId, Node, Place, Resolved, Schema, SourceFile, Tag, Value, emit_scalar,
};

/// The variables of one unit.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    /// Values that the repository tells.
    pub known: BTreeMap<String, String>,
    /// Names whose values nobody can see: keys of Secrets of the repository.
    pub hidden: BTreeSet<String>,
    /// Whether further names may exist: a Secret or ConfigMap that the repository does not hold.
    pub open: bool,
    /// Whether objects are substituted although there is no variable (`substituteStrategy: Always`).
    pub always: bool,
}

/// What is wrong with a variable in an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubstitutionProblem {
    /// The scalar that mentions it.
    pub place: Place,
    /// A fragment in Flux's words.
    pub message: String,
    /// The variable that is not set, where that is the trouble.
    pub variable: Option<String>,
}

impl Variables {
    /// Tells whether Flux substitutes at all.
    pub fn applies(&self) -> bool {
        self.always || self.open || !self.known.is_empty() || !self.hidden.is_empty()
    }

    fn lookup(&self, name: &str) -> Lookup<'_> {
        match self.known.get(name) {
            Some(value) => Lookup::Value(value),
            None if self.open || self.hidden.contains(name) => Lookup::Unknown,
            None => Lookup::Unset,
        }
    }

    /// Adds the keys of a ConfigMap, over what is there.
    pub fn add_config_map(&mut self, object: &Node) {
        for entry in object
            .get("data")
            .and_then(Node::entries)
            .unwrap_or_default()
        {
            self.set(entry);
        }
    }

    /// Adds the keys of a Secret; its values stay unknown.
    pub fn add_secret(&mut self, object: &Node) {
        for field in ["data", "stringData"] {
            for entry in object
                .get(field)
                .and_then(Node::entries)
                .unwrap_or_default()
            {
                let Some(key) = entry.key.text() else {
                    continue;
                };
                self.known.remove(key);
                self.hidden.insert(key.to_owned());
            }
        }
    }

    /// Adds a key and its value from `substitute` or a ConfigMap.
    pub fn set(&mut self, entry: &Entry) {
        let (Some(key), Some(value)) = (entry.key.text(), entry.value.text()) else {
            return;
        };
        self.hidden.remove(key);
        self.known
            .insert(key.to_owned(), variable_value(value).into_owned());
    }
}

/// Substitutes in `object`. A variable that is not set is a problem and stays as it is written.
pub(super) fn substitute_object(
    object: &Node,
    variables: &Variables,
    problems: &mut Vec<SubstitutionProblem>,
) -> Node {
    let disabled = |field| object.text_at(&["metadata", field, SUBSTITUTE_KEY]) == Some(DISABLED);
    if !variables.applies()
        || disabled("annotations")
        || disabled("labels")
        || !mentions_variable(object)
    {
        return object.clone();
    }
    changed(object, 0, variables, problems).unwrap_or_else(|| object.clone())
}

fn mentions_variable(node: &Node) -> bool {
    match &node.value {
        Value::Scalar(s) => s.text.contains('$'),
        Value::Sequence(items) => items.iter().any(mentions_variable),
        Value::Mapping(entries) => entries
            .iter()
            .any(|e| mentions_variable(&e.key) || mentions_variable(&e.value)),
        Value::Alias(node) => mentions_variable(node),
    }
}

/// Returns the node as it is after substitution, or nothing where nothing changes.
fn changed(
    node: &Node,
    depth: usize,
    variables: &Variables,
    problems: &mut Vec<SubstitutionProblem>,
) -> Option<Node> {
    if depth > 256 || !mentions_variable(node) {
        return None;
    }
    let value = match &node.value {
        Value::Scalar(_) => return scalar(node, depth, variables, problems),
        Value::Alias(target) => return changed(target, depth + 1, variables, problems),
        Value::Sequence(items) => {
            let item = |n: &Node, problems: &mut _| {
                changed(n, depth + 1, variables, problems).unwrap_or_else(|| n.clone())
            };
            Value::Sequence(
                items
                    .iter()
                    .map(|n| item(n, problems))
                    .collect::<Vec<_>>()
                    .into(),
            )
        }
        Value::Mapping(entries) => {
            let mut own = Vec::with_capacity(entries.len());
            for Entry { key, value } in entries.iter() {
                let key =
                    changed(key, depth + 1, variables, problems).unwrap_or_else(|| key.clone());
                let value =
                    changed(value, depth + 1, variables, problems).unwrap_or_else(|| value.clone());
                own.push(Entry { key, value });
            }
            Value::Mapping(own.into())
        }
    };
    Some(Node {
        value,
        tag: node.tag,
        place: node.place,
    })
}

fn scalar(
    node: &Node,
    depth: usize,
    variables: &Variables,
    problems: &mut Vec<SubstitutionProblem>,
) -> Option<Node> {
    let Ok(Resolved::Str(text)) = node.resolve(Schema::Kustomize) else {
        return None;
    };
    if !text.contains('$') {
        return None;
    }
    let indent = depth.saturating_sub(1) * 2;
    let printed = emit_scalar(&text, indent + 8, indent);
    let lookup = |name: &str| variables.lookup(name);
    match substitute(&printed, true, &lookup) {
        Ok(done) if done.text == printed => None,
        Ok(done) => match reread(&done.text, node.place) {
            Ok(read) => Some(read),
            Err(message) => {
                problems.push(SubstitutionProblem {
                    place: node.place,
                    message,
                    variable: None,
                });
                None
            }
        },
        Err(error) => {
            let variable = match &error {
                SubstituteError::NotSet { name, .. } => Some(name.clone()),
                SubstituteError::Syntax { .. } => None,
            };
            problems.push(SubstitutionProblem {
                place: node.place,
                message: error.to_string(),
                variable,
            });
            None
        }
    }
}

/// Reads printed YAML as Flux does after substitution (sigs.k8s.io/yaml), and fixes what it means.
fn reread(printed: &str, place: Place) -> Result<Node, String> {
    let file = SourceFile::parse(FileId::NONE, "", format!("k: {printed}\n"));
    if let Some(error) = file.errors.first() {
        return Err(error.message.clone());
    }
    let root = file
        .documents
        .first()
        .and_then(|d| d.resolved())
        .transpose()
        .map_err(str::to_owned)?;
    let Some(value) = root.and_then(|root| root.get("k")) else {
        return Err("the value is no single YAML value".to_owned());
    };
    let Value::Scalar(scalar) = &value.value else {
        return Ok(value.clone().at(place));
    };
    let read = match value.resolve(Schema::Kubernetes) {
        Ok(Resolved::Str(text)) => Node::string(text.as_ref()),
        Ok(Resolved::Bool(b)) => Node {
            tag: Tag::Bool,
            ..Node::plain(if b { "true" } else { "false" })
        },
        Ok(Resolved::Null) => Node {
            tag: Tag::Null,
            ..Node::plain("null")
        },
        Ok(_) => Node::plain(scalar.text.clone()),
        Err(error) => return Err(error.to_string()),
    };
    Ok(read.at(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Node {
        let file = SourceFile::parse(FileId(0), "a.yaml", text);
        file.documents[0].root.clone().unwrap()
    }

    fn run(text: &str, known: &[(&str, &str)], open: bool) -> (Node, Vec<SubstitutionProblem>) {
        let known = known
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let variables = Variables {
            known,
            open,
            ..Variables::default()
        };
        let mut problems = Vec::new();
        (
            substitute_object(&object(text), &variables, &mut problems),
            problems,
        )
    }

    #[test]
    fn values_get_the_type_that_they_look_like() {
        let text = "a: ${N}\nb: \"${B}\"\nc: x-${N}\nd: ${E}\n";
        let (node, problems) = run(text, &[("N", "3"), ("B", "yes"), ("E", "")], false);
        assert!(problems.is_empty());
        assert_eq!(node.get("a").unwrap().as_i64(), Some(3));
        assert_eq!(node.get("b").unwrap().as_bool(), Some(true));
        assert_eq!(node.text_at(&["c"]), Some("x-3"));
        assert!(node.get("d").unwrap().is_null());
    }

    #[test]
    fn unset_variables_are_problems_and_hidden_ones_stay() {
        let (node, problems) = run("a: ${X}\nb: ${X:=w}\n", &[("N", "3")], false);
        assert_eq!(problems[0].variable.as_deref(), Some("X"));
        assert_eq!(node.text_at(&["b"]), Some("w"));
        let (node, problems) = run("a: ${X}\n", &[], true);
        assert!(problems.is_empty());
        assert_eq!(node.text_at(&["a"]), Some("${X}"));
    }

    #[test]
    fn disabled_objects_and_units_without_variables_stay() {
        let text = "metadata:\n  annotations:\n    kustomize.toolkit.fluxcd.io/substitute: disabled\na: ${N}\n";
        assert_eq!(
            run(text, &[("N", "3")], false).0.text_at(&["a"]),
            Some("${N}")
        );
        assert_eq!(
            run("a: ${N:=1}\n", &[], false).0.text_at(&["a"]),
            Some("${N:=1}")
        );
    }
}
