//! The deprecated variables: `$(NAME)` in known fields becomes the value of a field (kustomize api 0.21 `refvar`).

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::config::{FieldSpec, split_path};
use super::fields::{Fault, scalar};
use super::fieldspec::{self, Create};
use super::id::{Gvk, Id};
use super::model::Var;
use super::problem::{Outcome, ProblemKind, Site};
use super::resource::Resource;
use super::session::Session;
use super::set::ResourceSet;
use crate::manifest::{Node, Resolved, ScalarStyle, Schema, Tag, Value};

/// Adds the variables of a layer and marks the objects that they read from.
pub(crate) fn declare(
    session: &mut Session<'_>,
    set: &mut ResourceSet,
    known: &mut Vec<Var>,
    vars: &[Var],
    site: &Site,
) -> Outcome<()> {
    for var in vars {
        let site = site.at(var.place);
        let sources = sources(set, var);
        match sources.as_slice() {
            [index] => {
                if let Some(resource) = set.list.get_mut(*index) {
                    resource.memory.variables.push(var.name.value.clone());
                }
            }
            [] => {}
            several => {
                let message = format!(
                    "found {} resId matches for var {} (unable to disambiguate)",
                    several.len(),
                    var.name.value
                );
                session.report(site.problem(ProblemKind::BadVariable, message))?;
            }
        }
        add(session, known, var, &site)?;
    }
    Ok(())
}

/// Adds one variable, whose name must be new.
pub(crate) fn add(
    session: &mut Session<'_>,
    known: &mut Vec<Var>,
    var: &Var,
    site: &Site,
) -> Outcome<()> {
    if known.iter().any(|v| v.name.value == var.name.value) {
        let message = format!("var '{}' already encountered", var.name.value);
        return session.report(site.problem(ProblemKind::BadVariable, message));
    }
    known.push(var.clone());
    Ok(())
}

fn sources(set: &ResourceSet, var: &Var) -> Vec<usize> {
    let name = &var.object_name.value;
    let wanted = Id::new(
        var.gvk.clone(),
        name.clone(),
        var.object_namespace.value.clone(),
        false,
    );
    let any_namespace = var.object_namespace.is_empty();
    let fits = |id: &Id| {
        id.gvk == wanted.gvk
            && id.name == wanted.name
            && (any_namespace || id.same_namespace(&wanted))
    };
    let matches = |(index, resource): (usize, &Resource)| {
        (fits(resource.id()) || resource.previous_ids().any(|id| fits(&id))).then_some(index)
    };
    set.list.iter().enumerate().filter_map(matches).collect()
}

/// Replaces all variables by their values.
pub(crate) fn resolve(
    session: &mut Session<'_>,
    set: &mut ResourceSet,
    (vars, lossy): (&[Var], bool),
    specs: &[FieldSpec],
    site: &Site,
) -> Outcome<()> {
    let mut values = BTreeMap::new();
    for var in vars {
        let value = value(set, var, &site.at(var.place));
        if let Some(value) = session.absorb_unless(lossy, value)? {
            values.insert(var.name.value.clone(), value);
        }
    }
    if values.is_empty() {
        return Ok(());
    }
    for resource in &mut set.list {
        let gvk = resource.id().gvk.clone();
        let result = resource.change(|node| {
            specs
                .iter()
                .try_for_each(|spec| replace(node, &gvk, spec, &values))
        });
        if let Err(fault) = result {
            let message = format!("{} of object {}", fault.0, resource.id());
            session.report(site.problem(ProblemKind::BadVariable, message))?;
        }
    }
    Ok(())
}

/// Returns the scalar that a variable stands for.
fn value(set: &ResourceSet, var: &Var, site: &Site) -> Outcome<Node> {
    let name = &var.name.value;
    let Some(source) = set.list.iter().find(|r| r.memory.variables.contains(name)) else {
        let message =
            format!("var '{name}' cannot be mapped to a field in the set of known resources");
        return Err(site.problem(ProblemKind::VariableWithoutSource, message));
    };
    match lookup(source.node(), &var.field_path.value) {
        Some(node) => Ok(node.clone()),
        None => {
            let message =
                format!("field specified in var '{name}' not found in corresponding resource");
            Err(site.problem(ProblemKind::BadVariable, message))
        }
    }
}

/// Follows a path such as `spec.ports[0].port`.
fn lookup<'a>(node: &'a Node, path: &str) -> Option<&'a Node> {
    let mut node = node;
    for part in split_path(path, '.') {
        let (field, index) = match part.strip_suffix(']').and_then(|p| p.rsplit_once('[')) {
            Some((field, index)) => (field, index.parse::<usize>().ok()),
            None => (part.as_str(), None),
        };
        if !field.is_empty() {
            node = match node.items() {
                Some(items) => items.get(field.parse::<usize>().ok()?)?,
                None => node.get(field)?,
            };
        }
        if let Some(index) = index {
            node = node.items()?.get(index)?;
        }
    }
    Some(node)
}

type Values = BTreeMap<SmolStr, Node>;

fn replace(object: &mut Node, gvk: &Gvk, spec: &FieldSpec, values: &Values) -> Result<(), Fault> {
    fieldspec::change(
        object,
        gvk,
        spec,
        Create::Never,
        &mut |field| match &field.value {
            _ if field.is_null() => Ok(()),
            Value::Scalar(_) => {
                expand(field, values);
                Ok(())
            }
            Value::Mapping(_) => {
                let entries = field.entries_mut().into_iter().flatten();
                entries.for_each(|entry| expand(&mut entry.value, values));
                Ok(())
            }
            Value::Sequence(_) => field
                .items_mut()
                .into_iter()
                .flatten()
                .try_for_each(|item| {
                    if !is_string(item) {
                        return Err(Fault::new("invalid value type expect a string"));
                    }
                    expand(item, values);
                    Ok(())
                }),
            Value::Alias(_) => Err(Fault::new("invalid type encountered")),
        },
    )
}

fn is_string(node: &Node) -> bool {
    matches!(node.value, Value::Scalar(_))
        && matches!(node.resolve(Schema::Kustomize), Ok(Resolved::Str(_)))
}

/// Replaces the variables of one scalar. A scalar that is nothing but one variable takes its type, too.
fn expand(node: &mut Node, values: &Values) {
    if !is_string(node) {
        return;
    }
    let text = node.text().unwrap_or_default();
    if !text.contains('$') {
        return;
    }
    let whole = text.strip_prefix("$(").and_then(|t| t.strip_suffix(')'));
    if let Some(value) = whole
        .and_then(|name| values.get(name))
        .filter(|v| v.scalar().is_some())
    {
        let place = node.place;
        *node = value.clone().at(place);
        return;
    }
    let expanded = expand_text(text, values);
    *node = scalar(&expanded, ScalarStyle::Plain, Tag::Str).at(node.place);
}

/// Expands `$(NAME)`; `$$` is a dollar, unknown names stay.
fn expand_text(text: &str, values: &Values) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(tail) = rest.strip_prefix('$') {
            out.push('$');
            rest = tail;
        } else if let Some((name, tail)) = rest.strip_prefix('(').and_then(|r| r.split_once(')')) {
            match values.get(name).and_then(Node::text) {
                Some(value) => out.push_str(value),
                None => out.extend(["$(", name, ")"]),
            }
            rest = tail;
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expands_text() {
        let values = Values::from([("A".into(), Node::string("x"))]);
        assert_eq!(expand_text("$(A)-$(B)-$$(A)-$", &values), "x-$(B)-$(A)-$");
        assert_eq!(expand_text("$(A", &values), "$(A");
    }
}
