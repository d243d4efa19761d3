//! What Flux would apply: roots, units, substitution, and the objects of a cluster.

mod cluster;
mod condition;
pub mod envsubst;
mod generator;
pub mod live;
mod object;
mod roots;
mod source_view;
mod substitution;
mod unit;

pub use cluster::{Cluster, Model};
pub use condition::{Condition, ConditionStatus};
pub use generator::{FILE_NAMES, folder};
pub use object::{
    IMAGE_GROUP, KUSTOMIZE_GROUP, OPERATOR_GROUP, ObjectRef, SOURCE_GROUP, group, is,
    is_kustomization, kind, pod_spec,
};
pub use source_view::SourceView;
pub use substitution::{SubstitutionProblem, Variables};
pub use unit::{Applied, SourceOf, Unit, Unseen};
