//! The conditions of an object as its controller writes them into the status.

use serde_json::Value;

/// One entry of `status.conditions` (`meta/v1` Condition).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Whether it holds.
    pub status: ConditionStatus,
    /// One word for a machine; empty where there is none.
    pub reason: String,
    /// A sentence for people; empty where there is none.
    pub message: String,
    /// The `metadata.generation` that it speaks of, where the controller says so.
    pub observed_generation: Option<i64>,
    /// When the status last changed, in RFC 3339; empty where there is none.
    pub last_transition_time: String,
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionStatus {
    /// `True`.
    True,
    /// `False`.
    False,
    /// `Unknown`, and whatever else is written there.
    Unknown,
}

impl Condition {
    /// Returns the condition of this type from an object of the API server, if it has one.
    pub fn of(object: &Value, of_type: &str) -> Option<Self> {
        let all = object.pointer("/status/conditions")?.as_array()?;
        let condition = all.iter().find(|c| text(c, "type") == of_type)?;
        Some(Condition {
            status: match text(condition, "status") {
                "True" => ConditionStatus::True,
                "False" => ConditionStatus::False,
                _ => ConditionStatus::Unknown,
            },
            reason: text(condition, "reason").to_owned(),
            message: text(condition, "message").to_owned(),
            observed_generation: condition.get("observedGeneration").and_then(Value::as_i64),
            last_transition_time: text(condition, "lastTransitionTime").to_owned(),
        })
    }

    /// Tells whether it holds.
    pub fn is_true(&self) -> bool {
        self.status == ConditionStatus::True
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_condition_of_a_type_is_found() {
        let object = json!({"status": {"conditions": [
            {"type": "Reconciling", "status": "True"},
            {"type": "Ready", "status": "False", "reason": "ReadOperationFailed", "message": "no such host",
             "observedGeneration": 3, "lastTransitionTime": "2026-01-02T03:04:05Z"},
            {"type": "Stalled", "status": "perhaps"},
        ]}});
        let ready = Condition::of(&object, "Ready").unwrap();
        assert_eq!(ready.status, ConditionStatus::False);
        assert_eq!(
            (ready.reason.as_str(), ready.observed_generation),
            ("ReadOperationFailed", Some(3))
        );
        assert!(Condition::of(&object, "Reconciling").unwrap().is_true());
        let stalled = Condition::of(&object, "Stalled").unwrap();
        assert_eq!(
            (stalled.status, stalled.observed_generation),
            (ConditionStatus::Unknown, None)
        );
        assert_eq!(Condition::of(&object, "Healthy"), None);
        assert_eq!(
            Condition::of(&json!({"status": {"conditions": "none"}}), "Ready"),
            None
        );
    }
}
