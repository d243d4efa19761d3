//! Renders kustomizations offline, as `kustomize build` 5.8.1 does (api and kyaml 0.21.1), without running it.
//!
//! A build walks the folders that a `kustomization.yaml` names and collects their objects layer by layer
//! (`accumulate`), lets each layer change what is below it (`operators`), and in the end repairs names, sorts and cleans
//! up (`finish`). Every rendered node keeps the place of the line that a person has to change, and every problem names
//! the entry that is at fault.

mod absorb;
mod accumulate;
mod builtin;
mod builtin_references;
mod config;
mod configuration;
mod decode;
mod fieldpath;
mod fields;
mod fieldspec;
mod files;
mod finish;
mod generate;
mod hash;
mod id;
mod inline;
mod json6902;
mod keys;
mod load;
mod merge;
mod model;
mod model_parts;
mod nameref;
mod operators;
mod order;
mod patch_content;
mod patches;
mod plugin;
mod plugins;
mod problem;
mod regexp;
mod remote;
mod replacement;
mod replacements;
mod resource;
mod scope;
mod selector;
mod session;
mod set;
mod shared;
mod structured;
mod style;
#[cfg(test)]
mod tests;
mod trace;
mod transform;
mod vars;

pub use files::{Files, join};
pub use problem::{Problem, ProblemKind};
pub use resource::{Origin, Touch, TouchKind};
pub use session::{Missing, MissingKind, Mode, Options, Reached, Role};

use accumulate::{Accumulator, Target};
use problem::{Outcome, Site};
use session::Session;

use crate::manifest::{Node, Place};

/// What a build gives.
#[derive(Clone, Debug, Default)]
pub struct Build {
    /// The objects, in order.
    pub objects: Vec<Rendered>,
    /// What is wrong; always empty in strict mode.
    pub problems: Vec<Problem>,
    /// What cannot be rendered offline; always empty in strict mode.
    pub incomplete: Vec<Missing>,
    /// Entries that changed nothing: a patch whose target selects no object, an image that no object uses.
    pub idle: Vec<Touch>,
    /// The files that were read, in that order.
    pub files: Vec<Reached>,
}

/// One rendered object.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The object. Its nodes have the places of the files they came from; what a transformer set has the place of the
    /// entry that set it.
    pub node: Node,
    /// Where it came from.
    pub origin: Origin,
    /// What changed it, in order.
    pub touched: Vec<Touch>,
}

/// Builds the kustomization in `dir`, as `kustomize build --load-restrictor=LoadRestrictionsNone` would, within the
/// repository.
///
/// # Errors
/// In strict mode, the first problem. In partial mode problems are part of the result.
pub fn build(files: &dyn Files, dir: &str, options: &Options) -> Result<Build, Box<Problem>> {
    let mut session = Session::new(files, options);
    let site = Site {
        path: dir.into(),
        place: Place::NONE,
    };
    let opened = Target::open(&mut session, dir.to_owned(), None, &site);
    run(session, opened)
}

/// Builds a kustomization that is given as a tree, as if it stood in `dir`. Flux makes such kustomizations out of its own
/// fields (`targetNamespace`, `patches`, `images`, ...) and those of the file. `path` is the file for problems without a
/// place.
///
/// # Errors
/// In strict mode, the first problem. In partial mode problems are part of the result.
pub fn build_with(
    files: &dyn Files,
    dir: &str,
    path: &str,
    kustomization: &Node,
    options: &Options,
) -> Result<Build, Box<Problem>> {
    let mut session = Session::new(files, options);
    let site = Site {
        path: path.into(),
        place: Place::NONE,
    };
    let file = files.source(path);
    if file.is_some() {
        session.reach(path, Role::Kustomization);
    }
    let given = (Some(kustomization), file);
    let opened = Target::new(&mut session, dir.to_owned(), None, given, site);
    run(session, opened)
}

fn run(mut session: Session<'_>, opened: Outcome<Target<'_>>) -> Result<Build, Box<Problem>> {
    let mut objects = Vec::new();
    if let Some(target) = session.absorb(opened)? {
        let layer = target.accumulate(&mut session, Accumulator::default());
        if let Some(acc) = session.absorb(layer)? {
            let finished = finish::finish(&mut session, &target, acc);
            objects = session.absorb(finished)?.unwrap_or_default();
        }
    }
    Ok(Build {
        objects,
        files: session.take_reached(),
        problems: session.problems,
        incomplete: session.incomplete,
        idle: session.idle,
    })
}
