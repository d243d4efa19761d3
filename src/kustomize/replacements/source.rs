//! Where a replacement reads its value.

use super::field::Options;
use super::{Copied, DEFAULT_PATH, Subject, string};
use crate::kustomize::fieldpath;
use crate::kustomize::selector::Identity;
use crate::manifest::{Node, Value};

/// The field to read.
#[derive(Clone, Debug)]
pub(super) struct Source {
    group: String,
    version: String,
    kind: String,
    name: String,
    namespace: String,
    path: String,
    options: Options,
}

impl Source {
    pub(super) fn read(node: &Node) -> Result<Self, String> {
        Ok(Source {
            group: string(node, "group")?,
            version: string(node, "version")?,
            kind: string(node, "kind")?,
            name: string(node, "name")?,
            namespace: string(node, "namespace")?,
            path: string(node, "fieldPath")?,
            options: Options::read(node)?,
        })
    }

    pub(super) fn is_among<S: Subject>(&self, subjects: &[S]) -> bool {
        subjects
            .iter()
            .any(|s| s.any_identity(&mut |id| self.selects(id)))
    }

    pub(super) fn value<S: Subject>(&self, subjects: &[S]) -> Result<Copied, String> {
        let mut found = subjects
            .iter()
            .enumerate()
            .filter(|(_, s)| s.any_identity(&mut |id| self.selects(id)));
        let Some((index, subject)) = found.next() else {
            return Err(format!("nothing selected by {}", self.describe()));
        };
        if found.next().is_some() {
            return Err(format!("multiple matches for selector {}", self.describe()));
        }
        let path = if self.path.is_empty() {
            DEFAULT_PATH
        } else {
            &self.path
        };
        let node = subject.node();
        let steps = fieldpath::locate(node, &fieldpath::split(path))
            .map_err(|e| format!("error looking up replacement source: {e}"))?;
        let found = steps.and_then(|steps| Some((fieldpath::follow(node, &steps)?, steps)));
        let (value, steps) = found.filter(|(v, _)| !is_empty(v)).ok_or_else(|| {
            format!(
                "fieldPath `{path}` is missing for replacement source {}",
                self.id()
            )
        })?;
        let part = self.options.part_of(value)?;
        Ok(Copied {
            live: part.is_none().then_some((index, steps)),
            node: part.unwrap_or_else(|| value.clone()),
        })
    }

    fn selects(&self, id: Identity<'_>) -> bool {
        let fits = |want: &str, have: &str| want.is_empty() || want == have;
        fn effective(namespace: &str) -> &str {
            if namespace.is_empty() {
                "default"
            } else {
                namespace
            }
        }
        fits(&self.name, id.name)
            && (self.namespace.is_empty() || effective(&self.namespace) == effective(id.namespace))
            && fits(&self.group, id.group)
            && fits(&self.version, id.version)
            && fits(&self.kind, id.kind)
    }

    fn id(&self) -> String {
        fn or<'s>(text: &'s str, none: &'s str) -> &'s str {
            if text.is_empty() { none } else { text }
        }
        format!(
            "{}.{}.{}/{}.{}",
            or(&self.kind, "[noKind]"),
            or(&self.version, "[noVer]"),
            or(&self.group, "[noGrp]"),
            or(&self.name, "[noName]"),
            or(&self.namespace, "[noNs]")
        )
    }

    fn describe(&self) -> String {
        let mut text = self.id();
        if !self.path.is_empty() {
            text.push(':');
            text.push_str(&self.path);
        }
        let Options {
            delimiter,
            index,
            create,
        } = &self.options;
        if !delimiter.is_empty() || *create {
            text.push_str(&format!(":{delimiter}({index}), create={create}"));
        }
        text
    }
}

fn is_empty(node: &Node) -> bool {
    match &node.target().value {
        Value::Mapping(entries) => entries.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        _ => node.is_null(),
    }
}
