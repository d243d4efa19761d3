//! Rules of the family `yaml`: files that Flux reads and that do not say what they seem to.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::kustomize::Role;
use crate::lint::{Context, Rule};
use crate::manifest::SourceFile;

mod duplicate_key;
mod parse_error;

/// The rules, in the order of the documentation.
pub(super) const RULES: &[Rule] = &[parse_error::RULE, duplicate_key::RULE];

/// Returns the files that some unit reads as YAML, in order of path.
fn applied_files<'c>(context: &'c Context<'_>) -> impl Iterator<Item = Arc<SourceFile>> + 'c {
    let units = context.model.clusters.iter().flat_map(|c| &c.units);
    let files = units
        .flat_map(|u| &u.files)
        .filter(|f| f.role != Role::GeneratorInput);
    let paths: BTreeSet<&str> = files.map(|f| f.path.as_ref()).collect();
    paths
        .into_iter()
        .filter_map(|path| context.tree.source(path))
}
