//! The namespace transformer (kustomize api 0.21 `filters/namespace`).

use super::super::config::FieldSpec;
use super::super::fields::{Fault, set_scalar, set_string, wrong_kind};
use super::super::fieldspec::{self, Create};
use super::super::id::Gvk;
use super::super::problem::{Outcome, ProblemKind, Site};
use super::super::resource::TouchKind;
use super::super::session::Session;
use super::super::set::ResourceSet;
use super::report;
use crate::manifest::{Node, Place, Tag};

/// Which subjects of role bindings get the namespace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Subjects {
    /// Those named `default`.
    #[default]
    Default,
    /// All service accounts.
    ServiceAccounts,
    /// None.
    None,
}

/// What to do.
#[derive(Clone, Debug)]
pub(crate) struct Namespace<'a> {
    pub name: &'a str,
    pub place: Place,
    /// Only where there is none yet.
    pub unset_only: bool,
    pub subjects: Subjects,
    pub specs: &'a [FieldSpec],
}

/// Puts all objects that may have one into a namespace.
pub(crate) fn namespace(
    session: &mut Session<'_>,
    set: &mut ResourceSet,
    options: &Namespace<'_>,
    site: &Site,
) -> Outcome<()> {
    if options.name.is_empty() {
        return Ok(());
    }
    for index in 0..set.list.len() {
        let Some(resource) = set.list.get_mut(index) else {
            break;
        };
        resource.remember_id();
        let old = resource.id().clone();
        let gvk = &old.gvk;
        let result = resource.change(|node| options.apply(node, gvk, old.cluster_scoped));
        if *resource.id() != old
            || resource.id().namespace != old.namespace
            || gvk.kind.ends_with("RoleBinding")
        {
            resource.touch(TouchKind::Namespace, options.place);
        }
        if let Err(fault) = result {
            report(session, site, resource, fault)?;
            continue;
        }
        let id = resource.id().clone();
        if set.list.iter().filter(|r| *r.id() == id).count() > 1 {
            let message = format!("namespace transformation produces ID conflict: {id}");
            session.report(site.problem(ProblemKind::DuplicateId, message))?;
        }
    }
    Ok(())
}

impl Namespace<'_> {
    fn apply(&self, node: &mut Node, gvk: &Gvk, cluster_scoped: bool) -> Result<(), Fault> {
        if !cluster_scoped {
            self.set_own(node)?;
        }
        let binding = matches!(gvk.kind.as_str(), "RoleBinding" | "ClusterRoleBinding");
        if binding {
            self.set_subjects(node)?;
        }
        let core = gvk.group.is_empty() && gvk.version == "v1";
        for spec in self.specs {
            let skip = match spec.path.as_str() {
                "metadata/namespace" => true,
                "metadata/name" => !core,
                "subjects/namespace" => binding && spec.gvk.kind.ends_with("RoleBinding"),
                _ => false,
            };
            if !skip {
                fieldspec::change(node, gvk, spec, Create::Scalar, &mut |field| {
                    self.set(field)
                })
                .map_err(|fault| fault.while_doing("namespace transformation failed"))?;
            }
        }
        Ok(())
    }

    fn set_own(&self, node: &mut Node) -> Result<(), Fault> {
        let present = node.text_at(&["metadata", "namespace"]).unwrap_or_default();
        if self.unset_only && !present.is_empty() {
            return Ok(());
        }
        match node.get_mut("metadata") {
            Some(metadata) if metadata.is_mapping() => {
                if let Some(old) = metadata.get("namespace")
                    && (old.is_mapping() || old.is_sequence())
                {
                    return Err(wrong_kind(old, "ScalarNode"));
                }
                set_string(metadata, "namespace", self.name, self.place)
            }
            Some(_) => Err(Fault::new("expected sequence or mapping node")),
            None => {
                let mut metadata = Node::mapping();
                set_string(&mut metadata, "namespace", self.name, self.place)?;
                node.set("metadata", metadata);
                Ok(())
            }
        }
    }

    fn set(&self, field: &mut Node) -> Result<(), Fault> {
        if self.unset_only && field.text().is_some_and(|text| !text.is_empty()) {
            return Ok(());
        }
        set_scalar(field, self.name, Tag::Str, self.place)
    }

    fn set_subjects(&self, node: &mut Node) -> Result<(), Fault> {
        let (field, wanted) = match self.subjects {
            Subjects::Default => ("name", "default"),
            Subjects::ServiceAccounts => ("kind", "ServiceAccount"),
            Subjects::None => return Ok(()),
        };
        let Some(subjects) = node.get_mut("subjects").filter(|s| !s.is_null()) else {
            return Ok(());
        };
        let what = "setting namespace on (cluster)role binding subjects";
        let Some(subjects) = subjects.items_mut() else {
            return Err(wrong_kind(subjects, "SequenceNode").while_doing(what));
        };
        for subject in subjects {
            if !subject.is_mapping() && !subject.is_null() {
                return Err(wrong_kind(subject, "MappingNode").while_doing(what));
            }
            let keep = self.unset_only
                && subject
                    .text_at(&["namespace"])
                    .is_some_and(|n| !n.is_empty());
            if subject.text_at(&[field]) == Some(wanted) && !keep {
                set_string(subject, "namespace", self.name, self.place)?;
            }
        }
        Ok(())
    }
}
