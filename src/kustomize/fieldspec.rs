//! Walks to the fields that a field specification names (kustomize api 0.21 `filters/fieldspec`).

use smol_str::SmolStr;

use super::config::FieldSpec;
use super::fields::Fault;
use super::id::Gvk;
use crate::manifest::{Node, Scalar, ScalarStyle, Tag, Value};

/// What to make of a field that is missing or null.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Create {
    /// Nothing.
    Never,
    /// A scalar; a null one becomes a string.
    Scalar,
    /// A mapping.
    Mapping,
}

/// Calls `change` for every field of `object` that `spec` names. Creates the field where the specification says so.
///
/// # Errors
/// The path runs into a scalar, or `change` fails.
pub(crate) fn change(
    object: &mut Node,
    gvk: &Gvk,
    spec: &FieldSpec,
    create: Create,
    change: &mut dyn FnMut(&mut Node) -> Result<(), Fault>,
) -> Result<(), Fault> {
    if !spec.gvk.selects(gvk) {
        return Ok(());
    }
    let create = if spec.create { create } else { Create::Never };
    if create == Create::Never && !reaches(object, &spec.parts)? {
        return Ok(());
    }
    walk(object, &spec.parts, create, change)
}

/// Tells, without copying anything, whether `parts` leads to a field that is there.
fn reaches(node: &Node, parts: &[SmolStr]) -> Result<bool, Fault> {
    let mut found = false;
    visit(node, parts, &mut |_| {
        found = true;
        Ok(())
    })?;
    Ok(found)
}

/// Calls `look` for every field that `parts` leads to. A null in place of a sequence counts as one too, for kustomize
/// turns it into an empty sequence.
pub(crate) fn visit(
    node: &Node,
    parts: &[SmolStr],
    look: &mut dyn FnMut(&Node) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let Some((part, rest)) = parts.split_first() else {
        return look(node);
    };
    match &node.value {
        _ if node.is_null() => Ok(()),
        Value::Sequence(items) => items.iter().try_for_each(|item| visit(item, parts, look)),
        Value::Mapping(_) => {
            let name = part.strip_suffix("[]");
            match node.get(name.unwrap_or(part)) {
                None => Ok(()),
                Some(field) if name.is_some() && field.is_null() => look(field),
                Some(field) => visit(field, rest, look),
            }
        }
        _ => Err(Fault::new("expected sequence or mapping node")),
    }
}

fn walk(
    node: &mut Node,
    parts: &[SmolStr],
    create: Create,
    change: &mut dyn FnMut(&mut Node) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let Some((part, rest)) = parts.split_first() else {
        return change(node);
    };
    if node.is_null() {
        return Ok(());
    }
    if let Some(items) = node.items_mut() {
        return items
            .iter_mut()
            .try_for_each(|item| walk(item, parts, create, change));
    }
    if !node.is_mapping() {
        return Err(Fault::new("expected sequence or mapping node"));
    }
    if part.is_empty() {
        return Err(Fault::new("cannot set or create an empty field name"));
    }
    match field(node, part, rest.is_empty(), create) {
        Some(field) => walk(field, rest, create, change),
        None => Ok(()),
    }
}

/// Returns the field `part` of a mapping, made where it is missing or null and may be made.
fn field<'a>(node: &'a mut Node, part: &str, last: bool, create: Create) -> Option<&'a mut Node> {
    let sequence = part.strip_suffix("[]");
    let name = sequence.unwrap_or(part);
    let empty = match (create, sequence) {
        (_, Some(_)) => Some(Node::sequence(Vec::new())),
        (Create::Never, None) => None,
        (Create::Scalar, None) if last => None,
        (Create::Scalar | Create::Mapping, None) => Some(Node::mapping()),
    };
    let may_create = create != Create::Never && sequence.is_none();
    if node.get(name).is_none() {
        if !may_create {
            return None;
        }
        node.set(name, empty.unwrap_or_else(|| empty_scalar(Tag::None)));
        return node.get_mut(name);
    }
    let field = node.get_mut(name)?;
    if field.is_null() {
        match empty {
            Some(empty) => *field = empty.at(field.place),
            None if may_create => field.tag = Tag::Str,
            None => {}
        }
    }
    Some(field)
}

fn empty_scalar(tag: Tag) -> Node {
    let mut node = Node::new(Value::Scalar(Scalar {
        text: SmolStr::default(),
        style: ScalarStyle::Plain,
    }));
    node.tag = tag;
    node
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object() -> Node {
        let mut container = Node::mapping();
        container.set("image", Node::plain("a"));
        let mut spec = Node::mapping();
        spec.set(
            "containers",
            Node::sequence(vec![container.clone(), container]),
        );
        let mut object = Node::mapping();
        object.set("spec", spec);
        object
    }

    fn run(object: &mut Node, path: &str, create: bool, kind: Create) -> Result<usize, Fault> {
        let spec = FieldSpec::new(Gvk::default(), path, create);
        let mut count = 0;
        change(object, &Gvk::default(), &spec, kind, &mut |_| {
            count += 1;
            Ok(())
        })?;
        Ok(count)
    }

    #[test]
    fn finds_fields_through_sequences() {
        assert_eq!(
            run(&mut object(), "spec/containers/image", false, Create::Never).ok(),
            Some(2)
        );
        assert_eq!(
            run(
                &mut object(),
                "spec/containers[]/image",
                true,
                Create::Never
            )
            .ok(),
            Some(2)
        );
        assert_eq!(
            run(&mut object(), "spec/none/image", false, Create::Never).ok(),
            Some(0)
        );
    }

    #[test]
    fn creates_fields() {
        let mut object = object();
        assert_eq!(
            run(&mut object, "metadata/labels", true, Create::Mapping).ok(),
            Some(1)
        );
        assert!(
            object
                .at_path(&["metadata", "labels"])
                .is_some_and(Node::is_mapping)
        );
    }

    #[test]
    fn refuses_to_walk_through_scalars() {
        assert!(
            run(
                &mut object(),
                "spec/containers/image/x",
                false,
                Create::Never
            )
            .is_err()
        );
    }
}
