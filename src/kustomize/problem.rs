//! What can be wrong with a kustomization: a kind for programs, a place and a message for people.

use std::fmt;
use std::sync::Arc;

use crate::manifest::Place;

/// What went wrong, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProblemKind {
    /// The folder has no kustomization file.
    NoKustomization,
    /// The folder has several kustomization files.
    SeveralKustomizations,
    /// The kustomization file says nothing.
    EmptyKustomization,
    /// The kustomization file has a field that kustomize does not know.
    UnknownField,
    /// The kustomization file does not have the shape that kustomize wants: a wrong type, `kind` or `apiVersion`.
    InvalidKustomization,
    /// A resource, base or component that is not there.
    MissingResource,
    /// Another file that is not there: a patch, a configuration, an input of a generator.
    MissingFile,
    /// A path that is absolute or leaves the repository.
    OutsideRepository,
    /// A base that holds a folder from which it was reached.
    Cycle,
    /// A component listed as resource, or the other way round.
    WrongKind,
    /// A file that is no YAML, or YAML that expands without bound.
    Malformed,
    /// A document that is no Kubernetes object: no `kind`, no `metadata.name`, no mapping.
    InvalidObject,
    /// An object that says a key twice, or has keys that are no strings.
    BadKeys,
    /// Two objects of the same kind, namespace and name.
    DuplicateId,
    /// A patch whose object is not there.
    PatchWithoutTarget,
    /// A patch whose identity fits several objects.
    AmbiguousPatch,
    /// A patch that cannot be read or does not apply.
    BadPatch,
    /// A replacement that cannot be read or does not apply.
    BadReplacement,
    /// A replacement whose source is not there.
    ReplacementWithoutSource,
    /// A generator whose input makes no object.
    BadGenerator,
    /// A generator that makes what is there already, or fits several objects.
    BadBehavior,
    /// A generator that wants to merge with, or replace, what is not there.
    MergeWithoutTarget,
    /// A transformer (namespace, labels, images, replicas, ...) that does not apply.
    BadTransformer,
    /// An entry of `replicas` whose object is not there.
    ReplicasWithoutTarget,
    /// A file of field specifications (`configurations`, `crds`) that cannot be read or contradicts another.
    BadConfiguration,
    /// A name reference that fits several objects, or whose field cannot hold one.
    BadReference,
    /// A variable without field or unique name.
    BadVariable,
    /// A variable whose object is not there.
    VariableWithoutSource,
    /// Too deep or too large to render.
    TooLarge,
    /// Something on another host, which is not fetched.
    Remote,
    /// A Helm chart, which is not inflated.
    HelmChart,
    /// A plugin, which is not run.
    Plugin,
}

impl ProblemKind {
    /// Tells whether an object is not there that an entry is about. Where other objects could not be read, it may be one
    /// of those.
    pub fn is_absence(self) -> bool {
        matches!(
            self,
            ProblemKind::PatchWithoutTarget
                | ProblemKind::MergeWithoutTarget
                | ProblemKind::ReplicasWithoutTarget
                | ProblemKind::ReplacementWithoutSource
                | ProblemKind::VariableWithoutSource
        )
    }
}

/// One thing that is wrong, at the entry that is at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What went wrong.
    pub kind: ProblemKind,
    /// The entry to change; unknown where a kustomization was made in memory.
    pub place: Place,
    /// The file or folder that `place` is in, relative to the repository root.
    pub path: Arc<str>,
    /// A fragment in the words of kustomize 5.8.1, without the folders through which it was reached.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl std::error::Error for Problem {}

/// A value or what stands in its way.
pub(crate) type Outcome<T> = Result<T, Box<Problem>>;

/// Where problems of one piece of work belong: a file and the entry that asked for it.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// The file.
    pub path: Arc<str>,
    /// The entry.
    pub place: Place,
}

impl Site {
    /// Returns the same file with another entry.
    pub(super) fn at(&self, place: Place) -> Site {
        Site {
            path: Arc::clone(&self.path),
            place,
        }
    }

    /// Returns a problem at this site.
    pub(super) fn problem(&self, kind: ProblemKind, message: impl Into<String>) -> Box<Problem> {
        Box::new(Problem {
            kind,
            place: self.place,
            path: Arc::clone(&self.path),
            message: message.into(),
        })
    }
}
