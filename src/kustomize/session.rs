//! What is shared by all folders of one build: the files, the mode, and what was found on the way.

use std::collections::HashSet;
use std::sync::Arc;

use super::decode::Text;
use super::files::{Files, join};
use super::problem::{Outcome, Problem, ProblemKind, Site};
use super::remote;
use super::resource::Touch;
use crate::manifest::{Place, SourceFile};

/// What a build does about problems.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The first problem fails the build, as in `kustomize build`.
    #[default]
    Strict,
    /// Problems are recorded, what they concern is left out, and the build goes on.
    Partial,
}

/// How to build.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What to do about problems.
    pub mode: Mode,
    /// How deep folders may refer to folders.
    pub max_depth: usize,
    /// How many objects, and how many folders, a build may reach, repetitions counted.
    pub max_objects: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            mode: Mode::default(),
            max_depth: 64,
            max_objects: 100_000,
        }
    }
}

/// Why a part of a build cannot be rendered offline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MissingKind {
    /// A file or folder on another host.
    Remote,
    /// A Helm chart.
    HelmChart,
    /// A generator, transformer or validator that is a program or container.
    Plugin,
}

/// A part of a build that cannot be rendered offline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Why.
    pub kind: MissingKind,
    /// The URL, chart or kind of plugin.
    pub what: String,
    /// The entry that asks for it.
    pub place: Place,
    /// The file of that entry, relative to the repository root.
    pub path: Arc<str>,
}

/// What a build used a file for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// A kustomization file.
    Kustomization,
    /// Objects.
    Resource,
    /// A patch.
    Patch,
    /// An input of a config map or secret.
    GeneratorInput,
    /// Anything else: field specifications, replacements, plugin configurations.
    Configuration,
}

/// A file that a build read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reached {
    /// Path relative to the repository root.
    pub path: Arc<str>,
    /// What for.
    pub role: Role,
}

/// A build under way.
pub(crate) struct Session<'a> {
    pub files: &'a dyn Files,
    pub options: &'a Options,
    pub problems: Vec<Problem>,
    pub incomplete: Vec<Missing>,
    pub idle: Vec<Touch>,
    /// How often objects were lost on the way.
    losses: usize,
    reached: Vec<Reached>,
    seen: HashSet<Reached>,
    objects: usize,
    folders: usize,
}

impl<'a> Session<'a> {
    /// Starts a build.
    pub(super) fn new(files: &'a dyn Files, options: &'a Options) -> Self {
        Session {
            files,
            options,
            problems: Vec::new(),
            incomplete: Vec::new(),
            idle: Vec::new(),
            losses: 0,
            reached: Vec::new(),
            seen: HashSet::new(),
            objects: 0,
            folders: 0,
        }
    }

    /// Records a problem.
    ///
    /// # Errors
    /// The problem itself, in strict mode.
    pub(super) fn report(&mut self, problem: Box<Problem>) -> Outcome<()> {
        match self.options.mode {
            Mode::Strict => Err(problem),
            Mode::Partial => {
                self.problems.push(*problem);
                Ok(())
            }
        }
    }

    /// Returns the value, or nothing after recording the problem.
    ///
    /// # Errors
    /// The problem itself, in strict mode.
    pub(super) fn absorb<T>(&mut self, outcome: Outcome<T>) -> Outcome<Option<T>> {
        match outcome {
            Ok(value) => Ok(Some(value)),
            Err(problem) => self.report(problem).map(|()| None),
        }
    }

    /// Like [`Session::absorb`], but keeps quiet about absent objects where some were lost.
    ///
    /// # Errors
    /// The problem itself, in strict mode.
    pub(crate) fn absorb_unless<T>(
        &mut self,
        lossy: bool,
        outcome: Outcome<T>,
    ) -> Outcome<Option<T>> {
        match outcome {
            Err(problem)
                if lossy && problem.kind.is_absence() && self.options.mode == Mode::Partial =>
            {
                Ok(None)
            }
            outcome => self.absorb(outcome),
        }
    }

    /// Records a problem by which objects are lost, so that what is looked for later on may be missing for that reason.
    ///
    /// # Errors
    /// The problem itself, in strict mode.
    pub(crate) fn report_loss(&mut self, problem: Box<Problem>) -> Outcome<()> {
        self.losses += 1;
        self.report(problem)
    }

    /// Returns how often objects were lost so far.
    pub(crate) fn losses(&self) -> usize {
        self.losses
    }

    /// Records that something cannot be rendered offline.
    ///
    /// # Errors
    /// A problem, in strict mode.
    pub(super) fn missing(&mut self, kind: MissingKind, what: &str, site: &Site) -> Outcome<()> {
        if self.options.mode == Mode::Strict {
            let (kind, message) = match kind {
                MissingKind::Remote => {
                    (ProblemKind::Remote, format!("'{what}' is on another host"))
                }
                MissingKind::HelmChart => {
                    let message = format!("chart '{what}': must specify --enable-helm");
                    (ProblemKind::HelmChart, message)
                }
                MissingKind::Plugin => {
                    let message = format!(
                        "external plugins disabled; unable to load external plugin '{what}'"
                    );
                    (ProblemKind::Plugin, message)
                }
            };
            return Err(site.problem(kind, message));
        }
        self.losses += 1;
        self.incomplete.push(Missing {
            kind,
            what: what.to_owned(),
            place: site.place,
            path: Arc::clone(&site.path),
        });
        Ok(())
    }

    /// Notes that a file was read.
    pub(super) fn reach(&mut self, path: &str, role: Role) {
        let reached = Reached {
            path: path.into(),
            role,
        };
        if self.seen.insert(reached.clone()) {
            self.reached.push(reached);
        }
    }

    /// Returns the files that were read, in that order.
    pub(super) fn take_reached(&mut self) -> Vec<Reached> {
        std::mem::take(&mut self.reached)
    }

    /// Counts objects against the limit.
    pub(super) fn count_objects(&mut self, count: usize, site: &Site) -> Outcome<()> {
        self.objects = self.objects.saturating_add(count);
        self.check_size(self.objects, "objects", site)
    }

    /// Counts a folder against the limit.
    pub(super) fn count_folder(&mut self, depth: usize, site: &Site) -> Outcome<()> {
        self.folders += 1;
        if depth > self.options.max_depth {
            let message = format!(
                "folders refer to each other more than {} deep",
                self.options.max_depth
            );
            return Err(site.problem(ProblemKind::TooLarge, message));
        }
        self.check_size(self.folders, "folders", site)
    }

    fn check_size(&self, count: usize, what: &str, site: &Site) -> Outcome<()> {
        let limit = self.options.max_objects;
        if count <= limit {
            return Ok(());
        }
        let message = format!("the build reaches more than {limit} {what}");
        Err(site.problem(ProblemKind::TooLarge, message))
    }

    /// Returns the YAML file that an entry of `dir` names, or nothing where it is on another host.
    ///
    /// # Errors
    /// There is no such file in the repository.
    pub(super) fn source(
        &mut self,
        dir: &str,
        entry: &Text,
        role: Role,
        site: &Site,
    ) -> Outcome<Option<Arc<SourceFile>>> {
        let Some(path) = self.local(dir, entry, site)? else {
            return Ok(None);
        };
        match self.files.source(&path) {
            Some(source) => {
                self.reach(&path, role);
                Ok(Some(source))
            }
            None => Err(no_such_file(entry, site)),
        }
    }

    /// Returns the bytes of the file that an entry of `dir` names, or nothing where it is on another host.
    ///
    /// # Errors
    /// There is no such file in the repository.
    pub(super) fn bytes(
        &mut self,
        dir: &str,
        path: &str,
        site: &Site,
    ) -> Outcome<Option<Arc<[u8]>>> {
        let entry = Text {
            value: path.into(),
            place: site.place,
            ..Text::default()
        };
        let Some(path) = self.local(dir, &entry, site)? else {
            return Ok(None);
        };
        match self.files.bytes(&path) {
            Some(bytes) => {
                self.reach(&path, Role::GeneratorInput);
                Ok(Some(bytes))
            }
            None => Err(no_such_file(&entry, site)),
        }
    }

    fn local(&mut self, dir: &str, entry: &Text, site: &Site) -> Outcome<Option<String>> {
        let site = &site.at(entry.place);
        if remote::is_remote_file(&entry.value) {
            self.missing(MissingKind::Remote, &entry.value, site)?;
            return Ok(None);
        }
        match join(dir, &entry.value) {
            Some(path) => Ok(Some(path)),
            None => Err(outside(&entry.value, site)),
        }
    }
}

fn no_such_file(entry: &Text, site: &Site) -> Box<Problem> {
    let message = format!("open {}: no such file or directory", entry.value);
    site.at(entry.place)
        .problem(ProblemKind::MissingFile, message)
}

/// Complains that a path is not in the repository.
pub(crate) fn outside(path: &str, site: &Site) -> Box<Problem> {
    let message = format!("'{path}' is outside of the repository");
    site.problem(ProblemKind::OutsideRepository, message)
}
