//! What is told of one object.

use serde::Serialize;

use crate::flux::ConditionStatus;
use crate::flux::live::{FluxKind, Live, age};

/// One object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatusRow {
    /// The context of its cluster, where several are asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) context: Option<String>,
    #[serde(rename = "apiVersion")]
    api_version: String,
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) ready: &'static str,
    pub(super) suspended: bool,
    pub(super) revision: Option<String>,
    pub(super) reason: String,
    pub(super) message: String,
    pub(super) age_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suspend_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suspend_until: Option<String>,
    /// Whether it is on its way out.
    #[serde(skip_serializing_if = "is_false")]
    deleted: bool,
    /// Whether it is not there any more; only of changes.
    #[serde(skip_serializing_if = "is_false")]
    gone: bool,
    #[serde(skip)]
    overdue: bool,
    #[serde(skip)]
    pub(super) flux: &'static FluxKind,
}

/// Where an object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Not ready, or not known to be, and nobody stopped it.
    Failing,
    /// Somebody stopped it.
    Suspended,
    /// Ready.
    Ready,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Returns the word for a condition's status.
pub(super) fn word(status: ConditionStatus) -> &'static str {
    match status {
        ConditionStatus::True => "True",
        ConditionStatus::False => "False",
        ConditionStatus::Unknown => "Unknown",
    }
}

impl StatusRow {
    /// Makes the row of an object; `now` in seconds since 1970.
    pub fn of(context: Option<&str>, object: &Live, now: i64) -> Self {
        let readiness = object.readiness();
        let suspension = object.suspension();
        let overdue = suspension.as_ref().is_some_and(|s| s.is_overdue(now));
        let suspended = suspension.is_some();
        let suspension = suspension.unwrap_or_default();
        StatusRow {
            context: context.map(str::to_owned),
            api_version: object.api_version().to_owned(),
            kind: object.kind.kind.to_owned(),
            namespace: object.id.namespace.clone(),
            name: object.id.name.clone(),
            ready: word(readiness.status),
            suspended,
            revision: object.revision(),
            reason: readiness.reason,
            message: readiness.message,
            age_seconds: age(&readiness.since, now),
            suspend_reason: suspension.reason,
            suspend_until: suspension.until,
            deleted: object.is_deleted(),
            gone: false,
            overdue,
            flux: object.kind,
        }
    }

    /// Returns where the object stands.
    pub fn standing(&self) -> Standing {
        match (self.suspended, self.ready) {
            (true, _) => Standing::Suspended,
            (false, "True") => Standing::Ready,
            _ => Standing::Failing,
        }
    }

    /// Tells whether a suspension should have ended.
    pub(super) fn is_overdue(&self) -> bool {
        self.overdue
    }

    /// Returns the row of what is not there any more.
    pub fn gone(self) -> Self {
        StatusRow { gone: true, ..self }
    }

    /// Tells whether the two say the same, whenever they were seen.
    pub fn says_what(&self, other: &StatusRow) -> bool {
        let timeless = |row: &StatusRow| StatusRow {
            age_seconds: None,
            ..row.clone()
        };
        timeless(self) == timeless(other)
    }

    /// Returns what people read: for what is suspended why and until when, as far as somebody said it.
    pub(super) fn said(&self) -> String {
        if self.gone {
            return "deleted".to_owned();
        }
        let deleted = if self.deleted { "being deleted; " } else { "" };
        let until = self.suspend_until.as_ref().map(|until| {
            let overdue = if self.overdue { ", overdue" } else { "" };
            format!("until {until}{overdue}")
        });
        match (&self.suspend_reason, until) {
            (Some(reason), Some(until)) => format!("{deleted}suspended: {reason} ({until})"),
            (Some(reason), None) => format!("{deleted}suspended: {reason}"),
            (None, Some(until)) => format!("{deleted}suspended {until}"),
            (None, None) => format!("{deleted}{}", self.message),
        }
    }

    /// Returns `kustomization/apps` as `flux get all` shows it, or `ks/apps`.
    pub(super) fn title(&self, short: bool) -> String {
        let kind = match short {
            true => self.flux.short(),
            false => self.kind.to_ascii_lowercase(),
        };
        format!("{kind}/{}", self.name)
    }
}
