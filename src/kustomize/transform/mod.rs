//! The transformers: each changes fields of all objects of a layer.

mod images;
mod labels;
mod names;
mod namespace;
mod replicas;
mod value_add;

pub(crate) use images::images;
pub(crate) use labels::{Kind as LabelKind, pairs};
pub(crate) use names::{Affix, affix};
pub(crate) use namespace::{Namespace, Subjects, namespace};
pub(crate) use replicas::replicas;
pub(crate) use value_add::{ValueTarget, value_add};

use super::fields::Fault;
use super::problem::{Outcome, ProblemKind, Site};
use super::resource::Resource;
use super::session::Session;

/// Reports that a transformer does not apply to an object.
fn report(
    session: &mut Session<'_>,
    site: &Site,
    resource: &Resource,
    fault: Fault,
) -> Outcome<()> {
    let message = format!("{} of object {}", fault.0, resource.id());
    session.report(site.problem(ProblemKind::BadTransformer, message))
}
