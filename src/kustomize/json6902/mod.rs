//! JSON patches (RFC 6902) as kustomize applies them: evanphx/json-patch v4.13 on the object's JSON.

mod container;
mod roundtrip;

use crate::manifest::{Node, Resolved, Schema, Value};

/// One operation. Its parts are read when it is applied, for a bad operation is an error only then.
#[derive(Clone, Debug)]
struct Operation {
    kind: String,
    path: Result<String, String>,
    from: Result<String, String>,
    value: Option<Node>,
}

/// A patch: operations in order.
#[derive(Clone, Debug)]
pub(crate) struct Patch(Vec<Operation>);

impl Patch {
    /// Reads a patch from its YAML or JSON. Scalars follow the rules of `sigs.k8s.io/yaml`, so that `on` is a boolean.
    ///
    /// # Errors
    /// It is no list of mappings, or a value is no JSON (`.nan`).
    pub(crate) fn read(node: &Node) -> Result<Self, String> {
        if is_null(node) {
            return Ok(Patch(Vec::new()));
        }
        let items = node
            .items()
            .ok_or_else(|| wrong_type(node, "jsonpatch.Patch"))?;
        items
            .iter()
            .map(operation)
            .collect::<Result<_, _>>()
            .map(Patch)
    }

    /// Tells whether there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Applies the patch to an object. As in kustomize, all of the object goes through JSON on the way: numbers become
    /// floats (`1000000` is `1e+06` until it is written), quotes are as needed, and annotations become strings. What
    /// survives as it was keeps its place.
    ///
    /// # Errors
    /// An operation does not apply, or the result is no mapping; `target` is then unchanged. The messages are json-patch's.
    pub(crate) fn apply(&self, target: &mut Node) -> Result<(), String> {
        let mut document = roundtrip::marshalled(target, Schema::Kustomize)?;
        for operation in &self.0 {
            operation.apply(&mut document)?;
            roundtrip::check_depth(&document)?;
        }
        if !document.is_mapping() {
            return Err(wrong_type(&document, "map[string]interface {}"));
        }
        roundtrip::stringify_annotations(&mut document);
        *target = document;
        Ok(())
    }
}

fn operation(node: &Node) -> Result<Operation, String> {
    if !node.is_mapping() && !is_null(node) {
        return Err(wrong_type(node, "jsonpatch.Operation"));
    }
    let value = node.get("value").filter(|value| !is_null(value));
    Ok(Operation {
        kind: string(node, "op").unwrap_or_else(|_| "unknown".to_owned()),
        path: string(node, "path").map_err(|e| or_missing(e, "operation missing path field")),
        from: string(node, "from").map_err(|e| or_missing(e, "operation, missing from field")),
        value: value
            .map(|value| roundtrip::marshalled(value, Schema::Kubernetes))
            .transpose()?,
    })
}

/// Returns a string of an operation, or what it is instead, or nothing where it is missing.
fn string(node: &Node, key: &str) -> Result<String, Option<String>> {
    let Some(value) = node.get(key).filter(|value| !is_null(value)) else {
        return Err(None);
    };
    match value.resolve(Schema::Kubernetes) {
        Ok(Resolved::Str(text)) => Ok(text.into_owned()),
        _ => Err(Some(wrong_type(value, "string"))),
    }
}

fn or_missing(error: Option<String>, message: &str) -> String {
    error.unwrap_or_else(|| format!("{message}: missing value"))
}

fn is_null(node: &Node) -> bool {
    matches!(node.resolve(Schema::Kubernetes), Ok(Resolved::Null))
}

fn wrong_type(node: &Node, wanted: &str) -> String {
    let found = match (&node.target().value, node.resolve(Schema::Kubernetes)) {
        (Value::Mapping(_), _) => "object",
        (Value::Sequence(_), _) => "array",
        (_, Ok(Resolved::Bool(_))) => "bool",
        (_, Ok(Resolved::Str(_))) => "string",
        _ => "number",
    };
    format!("json: cannot unmarshal {found} into Go value of type {wanted}")
}

impl Operation {
    fn apply(&self, document: &mut Node) -> Result<(), String> {
        match self.kind.as_str() {
            "add" => self.add(document),
            "remove" => self.remove(document),
            "replace" => self.replace(document),
            "move" => self.relocate(document),
            "copy" => self.copy(document),
            "test" => self.test(document),
            other => Err(format!("Unexpected kind: {other}")),
        }
    }

    fn add(&self, document: &mut Node) -> Result<(), String> {
        let Ok(path) = &self.path else {
            return Err("add operation failed to decode path: missing value".to_owned());
        };
        let (parent, key) = container::find(document, path).ok_or_else(|| {
            format!("add operation does not apply: doc is missing path: \"{path}\": missing value")
        })?;
        container::add(parent, &key, self.value_or_null())
            .map_err(|e| format!("error in add for path: '{path}': {e}"))
    }

    fn remove(&self, document: &mut Node) -> Result<(), String> {
        let Ok(path) = &self.path else {
            return Err("remove operation failed to decode path: missing value".to_owned());
        };
        let (parent, key) = container::find(document, path).ok_or_else(|| {
            format!(
                "remove operation does not apply: doc is missing path: \"{path}\": missing value"
            )
        })?;
        container::remove(parent, &key)
            .map_err(|e| format!("error in remove for path: '{path}': {e}"))
    }

    fn replace(&self, document: &mut Node) -> Result<(), String> {
        let path = self.path_for("replace")?;
        if path.is_empty() {
            return self.replace_document(document);
        }
        let (parent, key) = container::find(document, path).ok_or_else(|| {
            format!("replace operation does not apply: doc is missing path: {path}: missing value")
        })?;
        if container::get(parent, &key).is_err() {
            return Err(format!(
                "replace operation does not apply: doc is missing key: {path}: missing value"
            ));
        }
        container::set(parent, &key, self.value_or_null())
            .map_err(|e| format!("error in remove for path: '{path}': {e}"))
    }

    fn replace_document(&self, document: &mut Node) -> Result<(), String> {
        match &self.value {
            Some(value) if value.scalar().is_none() => {
                *document = value.clone();
                Ok(())
            }
            // json-patch formats an error that it does not have.
            _ => Err("replace operation value must be object or array: %!w(<nil>)".to_owned()),
        }
    }

    fn relocate(&self, document: &mut Node) -> Result<(), String> {
        let (parent, key) = self.source("move", document)?;
        let failed = |e: String| format!("error in move for path: '{key}': {e}");
        let value = container::get(parent, &key).map_err(failed)?.cloned();
        container::remove(parent, &key).map_err(failed)?;
        let path = self.path_for("move")?;
        let (parent, key) = destination("move", document, path)?;
        container::add(parent, &key, value.unwrap_or_else(null))
            .map_err(|e| format!("error in move for path: '{path}': {e}"))
    }

    fn copy(&self, document: &mut Node) -> Result<(), String> {
        let (parent, key) = self.source("copy", document)?;
        let from = self.from.as_deref().unwrap_or_default();
        let value = container::get(parent, &key)
            .map_err(|e| format!("error in copy for from: '{from}': {e}"))?
            .cloned();
        let Ok(path) = &self.path else {
            return Err("copy operation failed to decode path: missing value".to_owned());
        };
        let (parent, key) = destination("copy", document, path)?;
        container::add(parent, &key, value.unwrap_or_else(null))
            .map_err(|e| format!("error while adding value during copy: {e}"))
    }

    fn test(&self, document: &mut Node) -> Result<(), String> {
        let path = self.path_for("test")?;
        let found = if path.is_empty() {
            Some(&*document)
        } else {
            let (parent, key) = container::find(document, path).ok_or_else(|| {
                format!("test operation does not apply: is missing path: {path}: missing value")
            })?;
            container::get(parent, &key)
                .map_err(|e| format!("error in test for path: '{path}': {e}"))?
        };
        if container::equal(found, self.value.as_ref()) {
            return Ok(());
        }
        Err(format!("testing value {path} failed: test failed"))
    }

    fn source<'d>(
        &self,
        name: &str,
        document: &'d mut Node,
    ) -> Result<(&'d mut Node, String), String> {
        let from = self
            .from
            .as_ref()
            .map_err(|e| format!("{name} operation failed to decode from: {e}"))?;
        container::find(document, from).ok_or_else(|| {
            format!(
                "{name} operation does not apply: doc is missing from path: {from}: missing value"
            )
        })
    }

    fn path_for(&self, name: &str) -> Result<&str, String> {
        let path = self.path.as_deref();
        path.map_err(|e| format!("{name} operation failed to decode path: {e}"))
    }

    fn value_or_null(&self) -> Node {
        self.value.clone().unwrap_or_else(null)
    }
}

fn destination<'d>(
    name: &str,
    document: &'d mut Node,
    path: &str,
) -> Result<(&'d mut Node, String), String> {
    container::find(document, path).ok_or_else(|| {
        format!(
            "{name} operation does not apply: doc is missing destination path: {path}: missing value"
        )
    })
}

fn null() -> Node {
    Node::plain("null")
}

#[cfg(test)]
mod tests;
