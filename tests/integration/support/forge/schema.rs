//! GitHub's published description of its API, as far as fixtures are held against it: required and optional fields by type.

use serde_json::{Map, Value, json};

/// The extract.
pub fn description() -> Value {
    serde_json::from_str(include_str!("../../../fixtures/forge/github-schemas.json")).unwrap()
}

/// Returns an object of a schema that has all required fields, and those of `ours`.
pub fn filled(schema: &str, ours: Value) -> Value {
    let description = description();
    let required = description["schemas"][schema]["required"]
        .as_object()
        .unwrap();
    let mut object: Map<_, _> = required
        .iter()
        .map(|(name, kind)| (name.clone(), example(kind.as_str().unwrap())))
        .collect();
    object.extend(ours.as_object().unwrap().clone());
    Value::Object(object)
}

fn example(kind: &str) -> Value {
    match kind {
        "integer" => json!(1),
        "boolean" => json!(false),
        "array" => json!([]),
        "object" => json!({}),
        "string" => json!("text"),
        _ => Value::Null,
    }
}

/// Returns what is wrong with an object: a required field that is missing, one that is not described, another type.
pub fn faults(schema: &Value, object: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let (required, optional) = (&schema["required"], &schema["optional"]);
    let Some(object) = object.as_object() else {
        return vec!["is no object".to_owned()];
    };
    for name in required.as_object().unwrap().keys() {
        if !object.contains_key(name) {
            faults.push(format!("{name} is missing"));
        }
    }
    for (name, value) in object {
        match required.get(name).or_else(|| optional.get(name)) {
            None => faults.push(format!("{name} is not described")),
            Some(kind) if !is_of(kind.as_str().unwrap(), value) => {
                faults.push(format!("{name} is no {kind}: {value}"));
            }
            Some(_) => {}
        }
    }
    faults
}

fn is_of(kinds: &str, value: &Value) -> bool {
    kinds.split('|').any(|kind| match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => true,
    })
}
