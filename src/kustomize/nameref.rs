//! Repairs references to objects whose names changed (kustomize api 0.21 `filters/nameref`).

use super::config::{Config, FieldSpec};
use super::fields::{Fault, set_name, set_scalar, wrong_kind};
use super::fieldspec::{self, Create};
use super::id::{Gvk, NO_NAMESPACE};
use super::problem::{Outcome, ProblemKind, Site};
use super::resource::{Resource, TouchKind};
use super::session::Session;
use super::set::ResourceSet;
use crate::manifest::{Node, Tag, Value};

/// Writes the present names into all fields that hold former ones.
pub(crate) fn fix_references(
    session: &mut Session<'_>,
    set: &mut ResourceSet,
    config: &Config,
    site: &Site,
) -> Outcome<()> {
    let renamed: Vec<usize> = (0..set.list.len())
        .filter(|&i| {
            set.list
                .get(i)
                .is_some_and(|r| !r.memory.previous.is_empty())
        })
        .collect();
    for index in 0..set.list.len() {
        let Some(original) = set.list.get(index).map(|r| r.original_id().gvk) else {
            break;
        };
        for reference in &config.name_reference {
            for spec in reference
                .referrers
                .iter()
                .filter(|s| s.gvk.selects(&original))
            {
                let filter = Filter {
                    set,
                    renamed: &renamed,
                    referrer: index,
                    target: &reference.target,
                    spec,
                };
                match filter.changes() {
                    Ok(true) => apply(
                        session,
                        set,
                        &renamed,
                        index,
                        (&reference.target, spec),
                        site,
                    )?,
                    Ok(false) => {}
                    Err(fault) => report(session, set, index, spec, fault, site)?,
                }
            }
        }
    }
    Ok(())
}

fn report(
    session: &mut Session<'_>,
    set: &ResourceSet,
    index: usize,
    spec: &FieldSpec,
    fault: Fault,
    site: &Site,
) -> Outcome<()> {
    let id = set
        .list
        .get(index)
        .map(|r| r.id().to_string())
        .unwrap_or_default();
    let what = format!("updating name reference in '{}' field of '{id}'", spec.path);
    session.report(site.problem(ProblemKind::BadReference, fault.while_doing(what).0))
}

/// Changes a copy of the referrer, for the search needs the set as it was.
fn apply(
    session: &mut Session<'_>,
    set: &mut ResourceSet,
    renamed: &[usize],
    index: usize,
    (target, spec): (&Gvk, &FieldSpec),
    site: &Site,
) -> Outcome<()> {
    let Some(mut node) = set.list.get(index).map(|r| r.node().clone()) else {
        return Ok(());
    };
    let filter = Filter {
        set,
        renamed,
        referrer: index,
        target,
        spec,
    };
    let anything = FieldSpec {
        gvk: Gvk::default(),
        ..spec.clone()
    };
    let result = fieldspec::change(
        &mut node,
        &Gvk::default(),
        &anything,
        Create::Never,
        &mut |field| filter.write(field),
    );
    if let Err(fault) = result {
        return report(session, set, index, spec, fault, site);
    }
    if let Some(resource) = set.list.get_mut(index) {
        resource.change(|old| *old = node);
        resource.touch(TouchKind::NameReference, site.place);
    }
    Ok(())
}

/// One field specification applied to one referrer.
struct Filter<'a> {
    set: &'a ResourceSet,
    /// The objects that had another name, namespace or kind before; only those can be meant.
    renamed: &'a [usize],
    referrer: usize,
    /// The kind of object that is referred to.
    target: &'a Gvk,
    spec: &'a FieldSpec,
}

/// How much of two candidates must agree for either to do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Identical {
    Names,
    NamesAndNamespaces,
}

impl Filter<'_> {
    fn referrer(&self) -> Result<&Resource, Fault> {
        self.set
            .list
            .get(self.referrer)
            .ok_or_else(|| Fault::new("no referrer"))
    }

    /// Tells whether any field would change.
    fn changes(&self) -> Result<bool, Fault> {
        let mut changes = false;
        fieldspec::visit(self.referrer()?.node(), &self.spec.parts, &mut |field| {
            changes |= self.would_change(field)?;
            Ok(())
        })?;
        Ok(changes)
    }

    fn would_change(&self, field: &Node) -> Result<bool, Fault> {
        let mut copy = field.clone();
        self.write(&mut copy).map(|()| !same_names(field, &copy))
    }

    fn write(&self, field: &mut Node) -> Result<(), Fault> {
        match &field.value {
            _ if field.is_null() => Ok(()),
            Value::Scalar(_) => self.write_scalar(field),
            Value::Mapping(_) => self.write_mapping(field),
            Value::Sequence(_) => field
                .items_mut()
                .into_iter()
                .flatten()
                .try_for_each(|item| match &item.value {
                    _ if item.is_null() => Ok(()),
                    Value::Scalar(_) => self.write_scalar(item),
                    Value::Mapping(_) => self.write_mapping(item),
                    _ => Err(Fault::new(
                        "expected to be either a string or a map of string",
                    )),
                }),
            Value::Alias(_) => Err(wrong_kind(field, "ScalarNode")),
        }
    }

    fn write_scalar(&self, field: &mut Node) -> Result<(), Fault> {
        let old = field.text().unwrap_or_default();
        let Some(referral) = self.select(old, |_| true, Identical::Names)? else {
            return Ok(());
        };
        let name = &referral.id().name;
        if *name == old {
            return Ok(());
        }
        let place = field.place;
        set_scalar(field, name, Tag::None, place)
    }

    /// Writes name and namespace where the field is a mapping of both.
    fn write_mapping(&self, field: &mut Node) -> Result<(), Fault> {
        let Some(name) = field.get("name") else {
            return Err(Fault::new("path config error; no 'name' field in node"));
        };
        let old = name.text().unwrap_or_default();
        let referral = match field.get("namespace") {
            None => self.select(old, |_| true, Identical::NamesAndNamespaces)?,
            Some(namespace) => {
                let namespace = namespace.text().unwrap_or_default();
                let original = self.any_original_namespace(namespace)?;
                let fits = |r: &Resource| in_namespace(r, namespace, original);
                self.select(old, fits, Identical::NamesAndNamespaces)?
            }
        };
        let Some(referral) = referral else {
            return Ok(());
        };
        let (name, namespace) = (&referral.id().name, &referral.id().namespace);
        if *name == old && namespace.is_empty() {
            return Ok(());
        }
        set_name(field, "name", name);
        if !namespace.is_empty() {
            set_name(field, "namespace", namespace);
        }
        Ok(())
    }

    /// Tells whether anything that may be referred to came from `namespace`; else the present namespaces count.
    fn any_original_namespace(&self, namespace: &str) -> Result<bool, Fault> {
        let referrer = self.referrer()?;
        let found =
            self.set.list.iter().any(|r| {
                reachable(r, referrer) && r.original_id().effective_namespace() == namespace
            });
        Ok(found && namespace != NO_NAMESPACE)
    }

    /// Returns the one object that a name means, if any.
    fn select(
        &self,
        name: &str,
        fits: impl Fn(&Resource) -> bool,
        identical: Identical,
    ) -> Result<Option<&Resource>, Fault> {
        let referrer = self.referrer()?;
        let mut candidates: Vec<&Resource> = self
            .renamed
            .iter()
            .filter_map(|&i| self.set.list.get(i))
            .filter(|r| r.was_named(name) && r.was_selected_by(self.target))
            .filter(|r| reachable(r, referrer) && fits(r))
            .filter(|r| self.fits_role(r, referrer) && same_namespace(r, referrer))
            .collect();
        if let [only] = candidates.as_slice() {
            return Ok(Some(only));
        }
        candidates.retain(|r| r.same_affixes(referrer, true));
        if candidates.len() > 1 {
            candidates.retain(|r| r.same_affixes(referrer, false));
        }
        match candidates.as_slice() {
            [] => Ok(None),
            [first, rest @ ..] if rest.iter().all(|r| agree(first, r, identical)) => {
                Ok(Some(first))
            }
            several => {
                let ids: Vec<String> = several.iter().map(|r| r.id().to_string()).collect();
                Err(Fault(format!(
                    "found multiple possible referrals: {}",
                    ids.join(", ")
                )))
            }
        }
    }

    /// A `roleRef` says in `kind` and `apiGroup` what its name means.
    fn fits_role(&self, candidate: &Resource, referrer: &Resource) -> bool {
        if !self.spec.path.ends_with("roleRef/name") {
            return true;
        }
        let field = |key| referrer.node().text_at(&["roleRef", key]);
        match (field("apiGroup"), field("kind")) {
            (Some(group), Some(kind)) => candidate.was_selected_by(&Gvk {
                group: group.into(),
                version: Default::default(),
                kind: kind.into(),
            }),
            _ => true,
        }
    }
}

fn same_names(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Scalar(a), Value::Scalar(b)) => a.text == b.text,
        (Value::Mapping(_), Value::Mapping(_)) => ["name", "namespace"]
            .iter()
            .all(|key| a.text_at(&[key]) == b.text_at(&[key])),
        (Value::Sequence(a), Value::Sequence(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same_names(a, b))
        }
        _ => true,
    }
}

fn agree(a: &Resource, b: &Resource, identical: Identical) -> bool {
    a.id().name == b.id().name
        && (identical == Identical::Names || a.id().namespace == b.id().namespace)
}

fn in_namespace(resource: &Resource, namespace: &str, original: bool) -> bool {
    let found = if original {
        resource.original_id().effective_namespace() == namespace
    } else {
        resource.id().effective_namespace() == namespace
    };
    found && namespace != NO_NAMESPACE
}

/// Tells whether `referrer` can refer to `target` at all: from outside of namespaces, to outside of them, within one, or
/// from a role binding to the namespaces of its service accounts.
fn reachable(target: &Resource, referrer: &Resource) -> bool {
    let (id, from) = (target.id(), referrer.id());
    from.cluster_scoped
        || id.cluster_scoped
        || id.same_namespace(from)
        || bound_namespaces(referrer).any(|namespace| namespace == id.namespace)
}

fn bound_namespaces(referrer: &Resource) -> impl Iterator<Item = &str> {
    let binding = referrer.id().gvk.kind == "RoleBinding";
    let subjects = referrer.node().get("subjects").filter(|_| binding);
    let subjects = subjects.and_then(Node::items).unwrap_or_default();
    subjects
        .iter()
        .filter(|subject| subject.text_at(&["kind"]) == Some("ServiceAccount"))
        .filter_map(|subject| subject.text_at(&["namespace"]))
}

fn same_namespace(candidate: &Resource, referrer: &Resource) -> bool {
    let (id, from) = (candidate.id(), referrer.id());
    from.cluster_scoped
        || id.cluster_scoped
        || id.gvk.kind == "ServiceAccount"
        || from.same_namespace(id)
}
