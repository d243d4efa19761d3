//! Walks the folders of a build and collects what they hold, layer by layer (kustomize api 0.21 `KustTarget`).

use std::sync::Arc;

use super::config::Config;
use super::configuration;
use super::decode::Text;
use super::files::{contains, join};
use super::generate::{self, Kind};
use super::load;
use super::model::{GeneratorArgs, Kustomization, Var};
use super::operators;
use super::plugins;
use super::problem::{Outcome, ProblemKind, Site};
use super::remote::{is_remote_file, is_remote_repository};
use super::session::{MissingKind, Role, Session, outside};
use super::set::ResourceSet;
use super::trace::{Notes, Trace};
use super::vars;
use crate::manifest::{Node, Place, SourceFile};

/// The names under which kustomize looks for its file.
pub(crate) const FILE_NAMES: [&str; 3] =
    ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Returns a folder's path for messages.
fn shown(dir: &str) -> &str {
    if dir.is_empty() { "." } else { dir }
}

/// What a layer has collected so far.
#[derive(Clone, Debug)]
pub(crate) struct Accumulator {
    /// The objects.
    pub set: ResourceSet,
    /// The field specifications of this layer and those below.
    pub config: Arc<Config>,
    /// The variables.
    pub vars: Vec<Var>,
    /// Whether objects are missing because of problems that are known already.
    pub lossy: bool,
}

impl Default for Accumulator {
    fn default() -> Self {
        Accumulator {
            set: ResourceSet::default(),
            config: Config::builtin(),
            vars: Vec::new(),
            lossy: false,
        }
    }
}

impl Accumulator {
    fn merge(&mut self, other: Accumulator, session: &mut Session<'_>, site: &Site) -> Outcome<()> {
        self.set.append_all(other.set.list, session, site)?;
        self.lossy |= other.lossy;
        self.config = configuration::merge(session, Arc::clone(&self.config), &other.config, site)?;
        for var in &other.vars {
            vars::add(session, &mut self.vars, var, site)?;
        }
        Ok(())
    }
}

/// One folder of a build.
pub(crate) struct Target<'a> {
    /// The folder.
    pub dir: String,
    /// The folder from which it was reached.
    parent: Option<&'a Target<'a>>,
    /// What the kustomization file says.
    pub kustomization: Kustomization,
    /// The kustomization file, if it is one.
    pub file: Option<Arc<SourceFile>>,
    /// The kustomization file as a whole.
    pub site: Site,
    /// Notes for `buildMetadata`, where wanted.
    pub trace: Option<Trace>,
}

impl<'a> Target<'a> {
    /// Reads the kustomization file of `dir`. `site` is the entry that names the folder.
    ///
    /// # Errors
    /// There is none, or several, or it says nothing.
    pub(super) fn open(
        session: &mut Session<'_>,
        dir: String,
        parent: Option<&'a Target<'a>>,
        site: &Site,
    ) -> Outcome<Self> {
        let path = |name: &&str| join(&dir, name);
        let mut found = FILE_NAMES
            .iter()
            .filter_map(path)
            .filter_map(|path| Some((session.files.source(&path)?, path)));
        let Some((file, path)) = found.next() else {
            let message = format!(
                "unable to find one of 'kustomization.yaml', 'kustomization.yml' or \
                 'Kustomization' in directory '{}'",
                shown(&dir)
            );
            return Err(site.problem(ProblemKind::NoKustomization, message));
        };
        let several = found.next().is_some();
        drop(found);
        session.reach(&path, Role::Kustomization);
        let own = load::file_site(&file);
        if several {
            let message = format!("Found multiple kustomization files under: {}", shown(&dir));
            session.report(own.problem(ProblemKind::SeveralKustomizations, message))?;
        }
        if let Some(error) = file.errors.first() {
            let site = own.at(file.place(error.span));
            let message = format!("invalid Kustomization: yaml: {}", error.message);
            session.report(site.problem(ProblemKind::Malformed, message))?;
        }
        let root = match file.documents.first().and_then(|d| d.resolved()) {
            Some(Ok(root)) => Some(root),
            Some(Err(message)) => {
                let message = format!("invalid Kustomization: yaml: {message}");
                return Err(own.problem(ProblemKind::Malformed, message));
            }
            None => None,
        };
        let node = root.cloned();
        Target::new(session, dir, parent, (node.as_ref(), Some(file)), own)
    }

    /// Makes a target of a kustomization that is there already.
    pub(super) fn new(
        session: &mut Session<'_>,
        dir: String,
        parent: Option<&'a Target<'a>>,
        (node, file): (Option<&Node>, Option<Arc<SourceFile>>),
        site: Site,
    ) -> Outcome<Self> {
        let (kustomization, problems) = Kustomization::read(node, &site);
        for problem in problems {
            session.report(Box::new(problem))?;
        }
        if !kustomization.says_something {
            return Err(site.problem(
                ProblemKind::EmptyKustomization,
                "kustomization.yaml is empty",
            ));
        }
        if let Some((place, message)) = kustomization.wrong_type() {
            let site = site.at(place);
            session.report(site.problem(ProblemKind::InvalidKustomization, message))?;
        }
        let name = site.path.rsplit('/').next().unwrap_or_default();
        let trace = match parent {
            Some(parent) => parent.trace.as_ref().map(|trace| trace.with_file(name)),
            None => (!kustomization.build_metadata.is_empty()).then(|| Trace::new(name)),
        };
        Ok(Target {
            dir,
            parent,
            kustomization,
            file,
            site,
            trace,
        })
    }

    fn depth(&self) -> usize {
        std::iter::successors(Some(self), |target| target.parent).count()
    }

    /// Adds this folder's layer to `acc`, which is empty unless this is a component.
    pub(super) fn accumulate(
        &self,
        session: &mut Session<'_>,
        mut acc: Accumulator,
    ) -> Outcome<Accumulator> {
        let k = &self.kustomization;
        let losses = session.losses();
        configuration::check_schema(session, self)?;
        for entry in &k.resources {
            if let Err(problem) = self.resource(session, &mut acc, entry) {
                session.report_loss(problem)?;
            }
        }
        let config = configuration::load(session, &self.dir, &k.configurations, &self.site)?;
        acc.config = configuration::merge(session, acc.config, &config, &self.site)?;
        if let Some(crds) = configuration::load_crds(session, &self.dir, &k.crds, &self.site)? {
            acc.config = configuration::merge(session, acc.config, &crds, &self.site)?;
        }
        acc.lossy |= session.losses() > losses;
        self.generate(session, &mut acc)?;
        for entry in &k.components {
            acc = self.component(session, acc, entry)?;
        }
        acc.lossy |= session.losses() > losses;
        operators::run(session, self, &mut acc)?;
        vars::declare(session, &mut acc.set, &mut acc.vars, &k.vars, &self.site)?;
        Ok(acc)
    }

    /// Adds what an entry of `resources` names: a file, a folder, or something on another host.
    pub(super) fn resource(
        &self,
        session: &mut Session<'_>,
        acc: &mut Accumulator,
        entry: &Text,
    ) -> Outcome<()> {
        let site = self.site.at(entry.place);
        let path = entry.value.as_str();
        if is_remote_file(path) {
            return session.missing(MissingKind::Remote, path, &site);
        }
        let local = join(&self.dir, path);
        if let Some(source) = local.as_deref().and_then(|path| session.files.source(path)) {
            session.reach(&source.path, Role::Resource);
            return self.add_file(session, acc, &source, entry);
        }
        if is_remote_repository(path) {
            return session.missing(MissingKind::Remote, path, &site);
        }
        let dir = self.folder(session, local, path, &site)?;
        let mut child = Target::open(session, dir, Some(self), &site)?;
        if child.kustomization.is_component() {
            let message = format!("expected kind != 'Component' for path '{}'", child.dir);
            return Err(site.problem(ProblemKind::WrongKind, message));
        }
        child.trace = self
            .trace
            .as_ref()
            .map(|trace| trace.below(path, child.site.path.as_ref()));
        session.count_folder(child.depth(), &site)?;
        let layer = child.accumulate(session, Accumulator::default())?;
        acc.merge(layer, session, &site)
    }

    fn add_file(
        &self,
        session: &mut Session<'_>,
        acc: &mut Accumulator,
        source: &SourceFile,
        entry: &Text,
    ) -> Outcome<()> {
        let mut objects = load::objects(session, source)?;
        if let Some(trace) = &self.trace {
            for object in &mut objects {
                object.trace = Some(trace.resource(&entry.value));
            }
        }
        acc.set
            .append_all(objects, session, &self.site.at(entry.place))
    }

    /// Returns the folder that an entry names, which must be there and hold none of those above.
    fn folder(
        &self,
        session: &Session<'_>,
        local: Option<String>,
        path: &str,
        site: &Site,
    ) -> Outcome<String> {
        let Some(dir) = local else {
            return Err(outside(path, site));
        };
        if path.is_empty() {
            return Err(site.problem(ProblemKind::MissingResource, "new root cannot be empty"));
        }
        if !session.files.is_dir(&dir) {
            let message =
                format!("accumulating resources from '{path}': no such file or directory");
            return Err(site.problem(ProblemKind::MissingResource, message));
        }
        let mut above = Some(self);
        while let Some(target) = above {
            if contains(&dir, &target.dir) {
                let message = format!(
                    "cycle detected: candidate root '{}' contains visited root '{}'",
                    shown(&dir),
                    shown(&target.dir)
                );
                return Err(site.problem(ProblemKind::Cycle, message));
            }
            above = target.parent;
        }
        Ok(dir)
    }

    /// Lets a component change what this layer has so far.
    fn component(
        &self,
        session: &mut Session<'_>,
        acc: Accumulator,
        entry: &Text,
    ) -> Outcome<Accumulator> {
        let site = self.site.at(entry.place);
        let mut child = match self.open_component(session, &entry.value, &site) {
            Ok(Some(child)) => child,
            Ok(None) => return Ok(acc),
            Err(problem) => return session.report_loss(problem).map(|()| acc),
        };
        let path = child.site.path.clone();
        child.trace = self
            .trace
            .as_ref()
            .map(|trace| trace.below(&entry.value, &path));
        let layer = child.accumulate(session, acc)?;
        let mut merged = Accumulator::default();
        merged.merge(layer, session, &site)?;
        Ok(merged)
    }

    fn open_component<'b>(
        &'b self,
        session: &mut Session<'_>,
        path: &str,
        site: &Site,
    ) -> Outcome<Option<Target<'b>>> {
        if is_remote_repository(path) {
            session.missing(MissingKind::Remote, path, site)?;
            return Ok(None);
        }
        let dir = self.folder(session, join(&self.dir, path), path, site)?;
        let child = Target::open(session, dir, Some(self), site)?;
        if !child.kustomization.is_component() {
            let kind = match child.kustomization.kind.value.as_str() {
                "" => "Kustomization",
                kind => kind,
            };
            let message = format!(
                "expected kind 'Component' for path '{}' but got '{kind}'",
                child.dir
            );
            return Err(site.problem(ProblemKind::WrongKind, message));
        }
        session.count_folder(child.depth(), site)?;
        Ok(Some(child))
    }

    fn generate(&self, session: &mut Session<'_>, acc: &mut Accumulator) -> Outcome<()> {
        let k = &self.kustomization;
        for (kind, list) in [
            (Kind::ConfigMap, &k.config_maps),
            (Kind::Secret, &k.secrets),
        ] {
            for args in list {
                let mut args = args.clone();
                if let Some(global) = &k.generator_options {
                    args.options = Some(args.options.unwrap_or_default().with_global(global));
                }
                let site = self.at(args.place);
                let notes = self.trace.as_ref().map(|trace| trace.generator(kind));
                self.generate_one(session, acc, (kind, &args, notes), &site)?;
            }
        }
        for chart in &k.helm_charts {
            session.missing(
                MissingKind::HelmChart,
                &chart.value,
                &self.site.at(chart.place),
            )?;
        }
        plugins::generators(session, self, acc)
    }

    /// Runs one generator.
    pub(super) fn generate_one(
        &self,
        session: &mut Session<'_>,
        acc: &mut Accumulator,
        (kind, args, notes): (Kind, &GeneratorArgs, Option<Notes>),
        site: &Site,
    ) -> Outcome<()> {
        let made = generate::generate(session, &self.dir, kind, args, site);
        let mut made = match made {
            Ok(made) => made,
            Err(problem) => return session.report_loss(problem),
        };
        made.trace = notes;
        session.count_objects(1, site)?;
        let absorbed = acc.set.absorb(made, session, site);
        session.absorb_unless(acc.lossy, absorbed).map(drop)
    }

    /// Returns the site of an entry, or of the file where the entry's place is not known.
    pub(super) fn at(&self, place: Place) -> Site {
        if place.is_known() {
            self.site.at(place)
        } else {
            self.site.clone()
        }
    }
}
