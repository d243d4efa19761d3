//! Where rules put what they find: a draft becomes a finding when its place is known.

use super::context::Context;
use super::finding::{Finding, Fix, ObjectId, Related, RuleInfo, Severity};
use crate::flux::ObjectRef;
use crate::manifest::{Location, Node, Place, SourceFile, Span, Tree};

/// Collects the findings of one rule.
pub struct Sink<'c> {
    tree: &'c Tree,
    rule: &'static RuleInfo,
    findings: Vec<Finding>,
}

/// A finding under construction.
pub struct Draft {
    /// What is wrong and why, one sentence without a full stop.
    pub message: String,
    /// How bad; the rule's own severity unless set.
    pub severity: Option<Severity>,
    /// What to do about it.
    pub help: Option<String>,
    /// The object concerned.
    pub object: Option<ObjectId>,
    /// Other places that matter, with a fragment each.
    pub related: Vec<(Place, String)>,
    /// A mechanical change.
    pub fix: Option<Fix>,
}

impl Draft {
    /// Starts a finding.
    pub fn new(message: impl Into<String>) -> Self {
        Draft {
            message: message.into(),
            severity: None,
            help: None,
            object: None,
            related: Vec::new(),
            fix: None,
        }
    }

    /// Sets the severity.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// Says what to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Names the object.
    pub fn object(mut self, node: &Node) -> Self {
        let id = ObjectRef::of(node);
        self.object = Some(ObjectId {
            api_version: node.text_at(&["apiVersion"]).unwrap_or_default().to_owned(),
            kind: crate::flux::kind(node).to_owned(),
            namespace: id.namespace,
            name: id.name,
        });
        self
    }

    /// Adds another place that matters; an unknown one is left out.
    pub fn related(mut self, place: Place, message: impl Into<String>) -> Self {
        self.related.push((place, message.into()));
        self
    }
}

impl<'c> Sink<'c> {
    /// Makes a sink for one rule.
    pub fn new(context: &Context<'c>, rule: &'static RuleInfo) -> Self {
        Sink {
            tree: context.tree,
            rule,
            findings: Vec::new(),
        }
    }

    /// Reports at a place in a file. A place that is in no file is a fault of the rule; it is reported at the nearest
    /// related place, else dropped.
    pub fn at(&mut self, place: Place, draft: Draft) {
        let known = [place]
            .into_iter()
            .chain(draft.related.iter().map(|r| r.0))
            .find(|p| p.is_known());
        let Some(location) = known.and_then(|p| self.tree.location(p)) else {
            return;
        };
        self.push(location, draft);
    }

    /// Reports at a place in a file that may be no part of the repository: the settings.
    pub fn at_location(&mut self, location: Location, draft: Draft) {
        self.push(location, draft);
    }

    /// Reports at a span of a file.
    pub fn in_file(&mut self, file: &SourceFile, span: Span, draft: Draft) {
        self.push(file.location(span), draft);
    }

    /// Returns what was found, in order of place.
    pub fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    fn push(&mut self, location: Location, draft: Draft) {
        let tree = self.tree;
        let related = draft
            .related
            .into_iter()
            .filter(|(place, _)| place.is_known());
        self.findings.push(Finding {
            rule: self.rule.id,
            severity: draft.severity.unwrap_or(self.rule.severity),
            message: draft.message,
            help: draft.help,
            location,
            object: draft.object,
            related: related
                .filter_map(|(place, message)| {
                    Some(Related {
                        location: tree.location(place)?,
                        message,
                    })
                })
                .collect(),
            fix: draft.fix,
        });
    }
}
