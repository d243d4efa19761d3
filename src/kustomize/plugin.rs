//! One transformer with a configuration of its own.

use super::accumulate::{Accumulator, Target};
use super::config::FieldSpec;
use super::decode::{Pairs, Text};
use super::model::{Image, Patch, Replica};
use super::operators::{add_note, context};
use super::patches;
use super::plugins::{is_builtin, lenient, metadata};
use super::problem::{Outcome, ProblemKind, Site};
use super::replacement;
use super::resource::{Resource, TouchKind};
use super::selector::Selector;
use super::session::{MissingKind, Role, Session};
use super::transform::{self, Affix, LabelKind, Namespace, Subjects, ValueTarget};
use crate::manifest::Node;

/// One transformer from a configuration of its own.
pub(crate) struct Plugin<'a> {
    pub(crate) target: &'a Target<'a>,
    pub(crate) config: &'a Resource,
    pub(crate) site: Site,
}

impl Plugin<'_> {
    /// Applies the transformer to the objects of a layer.
    pub(crate) fn run(&self, session: &mut Session<'_>, acc: &mut Accumulator) -> Outcome<()> {
        let kind = self.config.id().gvk.kind.as_str();
        if !is_builtin(self.config) {
            return session.missing(MissingKind::Plugin, kind, &self.site);
        }
        match kind {
            "NamespaceTransformer" => self.namespace(session, acc)?,
            "PrefixTransformer" => self.affix(session, acc, Affix::Prefix, "prefix")?,
            "SuffixTransformer" => self.affix(session, acc, Affix::Suffix, "suffix")?,
            "PrefixSuffixTransformer" => {
                self.affix(session, acc, Affix::Prefix, "prefix")?;
                self.affix(session, acc, Affix::Suffix, "suffix")?;
            }
            "LabelTransformer" => self.pairs(session, acc, LabelKind::Labels)?,
            "AnnotationsTransformer" => self.pairs(session, acc, LabelKind::Annotations)?,
            "ImageTagTransformer" => self.image(session, acc)?,
            "ReplicaCountTransformer" => self.replicas(session, acc)?,
            "PatchTransformer" => self.patch(session, acc)?,
            "PatchJson6902Transformer" => self.json_patch(session, acc)?,
            "PatchStrategicMergeTransformer" => self.strategic_merge(session, acc)?,
            "ReplacementTransformer" => self.replacements(session, acc)?,
            "ValueAddTransformer" => self.value_add(session, acc)?,
            "HashTransformer" => super::hash::add_hashes(&mut acc.set, &self.site)?,
            _ => return session.missing(MissingKind::Plugin, kind, &self.site),
        }
        if let Some(notes) = &self.config.trace {
            add_note(acc, &notes.transformer(self.config));
        }
        Ok(())
    }

    fn field(&self, name: &str) -> Option<&Node> {
        let entries = self.config.node().entries()?;
        let entry = entries
            .iter()
            .find(|e| e.key.text().is_some_and(|k| k.eq_ignore_ascii_case(name)))?;
        (!entry.value.is_null()).then_some(&entry.value)
    }

    fn text(&self, name: &str) -> Text {
        match self.field(name) {
            Some(node) => lenient(&self.site, |d| d.text(node, name)),
            None => Text::default(),
        }
    }

    fn specs(&self) -> Vec<FieldSpec> {
        match self.field("fieldSpecs") {
            Some(node) => lenient(&self.site, |d| d.list(node, "fieldSpecs", FieldSpec::read)),
            None => Vec::new(),
        }
    }

    fn complain<T>(&self, message: impl Into<String>) -> Outcome<T> {
        Err(self.site.problem(ProblemKind::BadTransformer, message))
    }

    fn namespace(&self, session: &mut Session<'_>, acc: &mut Accumulator) -> Outcome<()> {
        let name = metadata(self.config, "namespace");
        let subjects = match self.text("setRoleBindingSubjects").value.as_str() {
            "" | "defaultOnly" => Subjects::Default,
            "allServiceAccounts" => Subjects::ServiceAccounts,
            "none" => Subjects::None,
            other => {
                return self.complain(format!(
                    "invalid value {other:?} for setRoleBindingSubjects"
                ));
            }
        };
        let unset_only = self
            .field("unsetOnly")
            .is_some_and(|node| node.as_bool() == Some(true));
        let options = Namespace {
            name: &name.value,
            place: name.place,
            unset_only,
            subjects,
            specs: &self.specs(),
        };
        transform::namespace(session, &mut acc.set, &options, &self.site)
    }

    fn affix(
        &self,
        session: &mut Session<'_>,
        acc: &mut Accumulator,
        affix: Affix,
        field: &str,
    ) -> Outcome<()> {
        let text = self.text(field);
        if self.field("fieldSpecs").is_none() {
            return self.complain("fieldSpecs is not expected to be nil");
        }
        let what = (affix, text.value.as_str(), text.place);
        transform::affix(session, &mut acc.set, what, &self.specs(), &self.site)
    }

    fn pairs(
        &self,
        session: &mut Session<'_>,
        acc: &mut Accumulator,
        kind: LabelKind,
    ) -> Outcome<()> {
        let name = match kind {
            LabelKind::Labels => "labels",
            LabelKind::Annotations => "annotations",
        };
        let pairs: Pairs = match self.field(name) {
            Some(node) => lenient(&self.site, |d| d.pairs(node, name)),
            None => Vec::new(),
        };
        let what = (kind, &pairs, self.site.place);
        transform::pairs(session, &mut acc.set, what, &self.specs(), &self.site)
    }

    fn image(&self, session: &mut Session<'_>, acc: &mut Accumulator) -> Outcome<()> {
        let image = match self.field("imageTag") {
            Some(node) => lenient(&self.site, |d| Image::read(d, node)),
            None => Image::default(),
        };
        transform::images(session, &mut acc.set, &image, &self.specs(), &self.site)
    }

    fn replicas(&self, session: &mut Session<'_>, acc: &mut Accumulator) -> Outcome<()> {
        let replica = match self.field("replica") {
            Some(node) => lenient(&self.site, |d| Replica::read(d, node)),
            None => Replica::default(),
        };
        transform::replicas(session, &mut acc.set, &replica, &self.specs(), &self.site)
    }

    fn patch(&self, session: &mut Session<'_>, acc: &mut Accumulator) -> Outcome<()> {
        let entry = lenient(&self.site, |d| Patch::read(d, self.config.node()));
        patches::patch(
            session,
            &mut acc.set,
            &entry,
            &context(self.target, &self.site, acc.lossy),
        )
    }

    fn json_patch(&self, session: &mut Session<'_>, acc: &mut Accumulator) -> Outcome<()> {
        let mut entry = lenient(&self.site, |d| Patch::read(d, self.config.node()));
        entry.patch = self.text("jsonOp");
        patches::json_patch(
            session,
            &mut acc.set,
            &entry,
            &context(self.target, &self.site, acc.lossy),
        )
    }

    fn strategic_merge(&self, session: &mut Session<'_>, acc: &mut Accumulator) -> Outcome<()> {
        let mut entries = match self.field("paths") {
            Some(node) => lenient(&self.site, |d| d.texts(node, "paths")),
            None => Vec::new(),
        };
        let patches = self.text("patches");
        if !patches.is_empty() {
            entries.push(patches);
        }
        if entries.is_empty() {
            return self.complain("empty file path and empty patch content");
        }
        let context = context(self.target, &self.site, acc.lossy);
        patches::strategic_merge_patches(session, &mut acc.set, &entries, &context)
    }

    fn replacements(&self, session: &mut Session<'_>, acc: &mut Accumulator) -> Outcome<()> {
        let list = self
            .field("replacements")
            .and_then(Node::items)
            .unwrap_or_default();
        replacement::run(session, self.target, (&mut acc.set, acc.lossy), list)
    }

    fn value_add(&self, session: &mut Session<'_>, acc: &mut Accumulator) -> Outcome<()> {
        let mut value = self.text("value").value.trim().to_owned();
        if value.is_empty() {
            value = self
                .target
                .dir
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned();
        }
        let mut targets = self.value_targets(self.field("targets"));
        let path = self.text("targetFilePath");
        if !path.is_empty() {
            let role = Role::Configuration;
            if let Some(source) = session.source(&self.target.dir, &path, role, &self.site)? {
                let root = source.documents.first().and_then(|d| d.resolved()?.ok());
                targets.extend(self.value_targets(root.and_then(|root| root.get("targets"))));
            }
        }
        if targets.is_empty() {
            return self.complain("must specify at least one target");
        }
        for target in &targets {
            if target.path.is_empty() {
                return self.complain("fieldPath cannot be empty");
            }
            self.add_value(session, acc, target, &value)?;
        }
        Ok(())
    }

    fn value_targets(&self, node: Option<&Node>) -> Vec<ValueTarget> {
        let items = node.and_then(Node::items).unwrap_or_default();
        let read = |item: &Node| ValueTarget {
            selector: item.get("selector").filter(|s| !s.is_null()).cloned(),
            path: item.text_at(&["fieldPath"]).unwrap_or_default().into(),
            position: item
                .get("filePathPosition")
                .and_then(Node::as_i64)
                .unwrap_or_default(),
        };
        items.iter().map(read).collect()
    }

    fn add_value(
        &self,
        session: &mut Session<'_>,
        acc: &mut Accumulator,
        target: &ValueTarget,
        value: &str,
    ) -> Outcome<()> {
        let selector = match target.selector.as_ref().map(Selector::read).transpose() {
            Ok(selector) => selector,
            Err(error) => return self.complain(error.to_string()),
        };
        for resource in &mut acc.set.list {
            let selected = selector
                .as_ref()
                .map_or(Ok(true), |s| resource.is_selected(s));
            match selected {
                Ok(true) => {}
                Ok(false) => continue,
                Err(message) => return self.complain(message),
            }
            if let Err(fault) = resource.change(|node| transform::value_add(node, target, value)) {
                session.report(self.site.problem(ProblemKind::BadTransformer, fault.0))?;
            }
            resource.touch(TouchKind::ValueAdd, self.site.place);
        }
        Ok(())
    }
}
