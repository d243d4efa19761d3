//! What a rule reports: a finding with a place, a cause, and a way out.

use crate::manifest::Location;

/// How bad a finding is. Ordered: hint, warning, error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Shown, never fails by default.
    Hint,
    /// Probably wrong.
    Warning,
    /// Wrong: the cluster will not do what the file says.
    Error,
}

impl Severity {
    /// Returns the lower-case name used in output and settings.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Hint => "hint",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// The identity of a rendered Kubernetes object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId {
    /// For example `apps/v1`.
    pub api_version: String,
    /// For example `Deployment`.
    pub kind: String,
    /// Empty for cluster-scoped objects.
    pub namespace: String,
    /// The object's name.
    pub name: String,
}

/// Another place that matters to a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Related {
    /// Where.
    pub location: Location,
    /// What is there, as a fragment.
    pub message: String,
}

/// A change that would mend the finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fix {
    /// What the change does.
    pub description: String,
    /// Whether it may be applied without a look.
    pub safe: bool,
}

/// One thing that is wrong, at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id, such as `image/marker-unknown-policy`.
    pub rule: &'static str,
    /// How bad it is here.
    pub severity: Severity,
    /// One sentence: what is wrong and why.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The line a person has to change.
    pub location: Location,
    /// The object concerned, where there is one.
    pub object: Option<ObjectId>,
    /// Other places that matter.
    pub related: Vec<Related>,
    /// A mechanical change that would mend it.
    pub fix: Option<Fix>,
}

/// What output needs to know of a rule.
#[derive(Clone, Copy, Debug)]
pub struct RuleInfo {
    /// `family/name`.
    pub id: &'static str,
    /// One line: what fires.
    pub summary: &'static str,
    /// The usual severity.
    pub severity: Severity,
    /// The page, in Markdown.
    pub page: &'static str,
}

/// Counts for the last line of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Findings of severity error.
    pub errors: usize,
    /// Findings of severity warning.
    pub warnings: usize,
    /// Findings of severity hint.
    pub hints: usize,
    /// YAML files looked at.
    pub files: usize,
    /// Objects rendered.
    pub objects: usize,
}

/// Everything a run found, in the order of file and place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The findings.
    pub findings: Vec<Finding>,
    /// The counts.
    pub summary: Summary,
    /// Facts worth a line on stderr: what could not be rendered and so is unknown.
    pub notes: Vec<String>,
}
