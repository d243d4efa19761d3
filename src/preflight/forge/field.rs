//! Fields of a JSON object, each none where it is missing or of another type.

use serde_json::Value;

pub(super) fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name)?.as_str()
}

pub(super) fn flag(value: &Value, name: &str) -> Option<bool> {
    value.get(name)?.as_bool()
}

pub(super) fn number(value: &Value, name: &str) -> Option<i64> {
    value.get(name)?.as_i64()
}

/// Returns the items of a list; none where it is missing.
pub(super) fn items<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    let list = value.get(name).and_then(Value::as_array);
    list.into_iter().flatten()
}

/// Returns an object; none where it is missing or null.
pub(super) fn object<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.get(name).filter(|value| value.is_object())
}

/// Tells whether the `enabled` of an object is true.
pub(super) fn is_enabled(value: &Value, name: &str) -> bool {
    object(value, name).and_then(|value| flag(value, "enabled")) == Some(true)
}
