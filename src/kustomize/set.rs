//! The objects of a build in the order in which they were read (kustomize api 0.21 `resmap`).

use super::id::Id;
use super::problem::{Outcome, ProblemKind, Site};
use super::resource::Resource;
use super::session::Session;

/// Objects, no two of which have the same identity when they come in.
#[derive(Clone, Debug, Default)]
pub(crate) struct ResourceSet {
    /// The objects.
    pub list: Vec<Resource>,
}

/// Why no single object has an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotOne {
    None,
    Several,
}

impl ResourceSet {
    /// Adds objects; one whose identity is taken already is a problem and left out.
    pub(super) fn append_all(
        &mut self,
        resources: Vec<Resource>,
        session: &mut Session<'_>,
        site: &Site,
    ) -> Outcome<()> {
        self.list.reserve(resources.len());
        for resource in resources {
            let id = resource.id();
            match self.list.iter().find(|known| known.id() == id) {
                None => self.list.push(resource),
                Some(known) => {
                    let message = format!(
                        "may not add resource with an already registered id: {id} (from {} and {})",
                        known.origin.path, resource.origin.path
                    );
                    let mut problem = site.problem(ProblemKind::DuplicateId, message);
                    // One document listed twice is the list's fault; of two documents, the second's.
                    let name = resource.node().at_path(&["metadata", "name"]);
                    if let Some(place) = name.map(|n| n.place).filter(|p| p.is_known())
                        && known.origin.place != resource.origin.place
                        && !resource.origin.generated
                    {
                        problem.place = place;
                        problem.path = resource.origin.path.as_str().into();
                    }
                    session.report(problem)?;
                }
            }
        }
        Ok(())
    }

    /// Returns the positions of the objects that have, or once had, an identity.
    pub(super) fn ever_were(&self, id: &Id) -> Vec<usize> {
        let matches =
            |(index, resource): (usize, &Resource)| resource.ever_was(id).then_some(index);
        self.list.iter().enumerate().filter_map(matches).collect()
    }

    /// Returns the position of the one object that has, or once had, an identity.
    pub(super) fn only(&self, id: &Id) -> Result<usize, NotOne> {
        match self.ever_were(id).as_slice() {
            [index] => Ok(*index),
            [] => Err(NotOne::None),
            _ => Err(NotOne::Several),
        }
    }
}
