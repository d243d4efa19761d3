//! A unit: one Flux Kustomization and what it renders.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::generator::{add_common_metadata, folder, generate, kustomization_file};
use super::object::ObjectRef;
use super::source_view::SourceView;
use super::substitution::{SubstitutionProblem, Variables, substitute_object};
use crate::kustomize::{self, Build, Missing, Mode, Options, Origin, Problem, Reached, Touch};
use crate::manifest::{Node, Place};

/// Whose files a unit renders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceOf {
    /// This repository.
    Here,
    /// Another repository, named by its URL or by the source object.
    Elsewhere(String),
}

/// An object that a unit applies.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The object after kustomize and substitution. Its nodes keep their places.
    pub node: Node,
    /// Where it came from.
    pub origin: Origin,
    /// What changed it.
    pub touched: Vec<Touch>,
}

/// One Flux Kustomization and what it renders.
#[derive(Debug)]
pub struct Unit {
    /// Its namespace and name.
    pub id: ObjectRef,
    /// The Flux Kustomization, as rendered.
    pub kustomization: Node,
    /// Where the Flux Kustomization came from; unknown for one that only a FluxInstance implies.
    pub origin: Option<Origin>,
    /// The unit that applies it; none for a root.
    pub parent: Option<usize>,
    /// `spec.path`, relative to the repository root.
    pub path: String,
    /// Whose files it renders.
    pub source: SourceOf,
    /// What it applies.
    pub objects: Vec<Applied>,
    /// What is wrong with its kustomizations.
    pub problems: Vec<Problem>,
    /// What cannot be rendered offline.
    pub incomplete: Vec<Missing>,
    /// What is wrong with variables.
    pub substitution: Vec<SubstitutionProblem>,
    /// The files that it reads.
    pub files: Vec<Reached>,
    /// Why it renders nothing: its folder is missing.
    pub failure: Option<String>,
}

/// Namespaces in which a unit may apply objects that cannot be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// Any.
    Anywhere,
    /// Only these; none for a unit that was rendered whole.
    In(BTreeSet<String>),
}

impl Unit {
    /// Makes a unit that is not rendered yet.
    pub fn new(
        kustomization: Node,
        origin: Option<Origin>,
        parent: Option<usize>,
        source: SourceOf,
    ) -> Self {
        let id = ObjectRef::of(&kustomization);
        let path = folder(kustomization.text_at(&["spec", "path"]).unwrap_or_default());
        Unit {
            id,
            kustomization,
            origin,
            parent,
            path,
            source,
            objects: Vec::new(),
            problems: Vec::new(),
            incomplete: Vec::new(),
            substitution: Vec::new(),
            files: Vec::new(),
            failure: None,
        }
    }

    /// Renders the unit, leaving out what is broken or not here.
    pub fn render(&mut self, view: &SourceView<'_>, variables: &Variables) {
        match self.build(view) {
            Ok(build) => self.take(build, variables),
            Err(message) => self.failure = Some(message),
        }
    }

    fn build(&self, view: &SourceView<'_>) -> Result<Build, String> {
        if !view.tree().is_dir(&self.path) {
            return Err(format!("kustomization path not found: {}", self.path));
        }
        let generated = generate(view, &self.path, &self.kustomization)?;
        let file = generated.file.as_deref().unwrap_or(&self.path);
        let options = Options {
            mode: Mode::Partial,
            ..Options::default()
        };
        kustomize::build_with(view, &self.path, file, &generated.kustomization, &options)
            .map_err(|problem| format!("kustomize build failed: {problem}"))
    }

    fn take(&mut self, build: Build, variables: &Variables) {
        let spec = self
            .kustomization
            .get("spec")
            .cloned()
            .unwrap_or_else(Node::mapping);
        let substitutes = spec.get("postBuild").is_some_and(|p| !p.is_null());
        for rendered in build.objects {
            let mut node = rendered.node;
            if substitutes {
                node = substitute_object(&node, variables, &mut self.substitution);
            }
            add_common_metadata(&mut node, &spec);
            self.objects.push(Applied {
                node,
                origin: rendered.origin,
                touched: rendered.touched,
            });
        }
        self.problems = build.problems;
        self.incomplete = build.incomplete;
        self.files = build.files;
    }

    /// Returns the namespaces in which it may apply objects that cannot be seen. `is_foreign` tells of a source elsewhere
    /// whether it belongs to somebody else: such a unit brings an application, which stays in the unit's namespace.
    pub fn unseen(&self, view: &SourceView<'_>, is_foreign: impl Fn(&str) -> bool) -> Unseen {
        let target = self
            .kustomization
            .text_at(&["spec", "targetNamespace"])
            .filter(|t| !t.is_empty());
        if let SourceOf::Elsewhere(source) = &self.source {
            let own = is_foreign(source).then_some(self.id.namespace.as_str());
            return target
                .or(own)
                .map_or(Unseen::Anywhere, |t| Unseen::In([t.to_owned()].into()));
        }
        if self.incomplete.is_empty() {
            return Unseen::In(BTreeSet::new());
        }
        if let Some(target) = target {
            return Unseen::In([target.to_owned()].into());
        }
        let chain = Chain::of(self, view);
        let mut namespaces = BTreeSet::new();
        for missing in &self.incomplete {
            let dir = missing.path.rsplit_once('/').map_or("", |(dir, _)| dir);
            if !chain.collect(dir, None, &mut namespaces, &mut HashSet::new()) {
                return Unseen::Anywhere;
            }
        }
        Unseen::In(namespaces)
    }

    /// Returns the place of the Flux Kustomization itself.
    pub fn place(&self) -> Place {
        self.origin
            .as_ref()
            .map_or(self.kustomization.place, |o| o.place)
    }
}

/// Which folder's kustomization lists which, and the namespace that each sets.
struct Chain {
    parents: HashMap<String, Vec<String>>,
    namespaces: HashMap<String, String>,
}

impl Chain {
    fn of(unit: &Unit, view: &SourceView<'_>) -> Self {
        let mut chain = Chain {
            parents: HashMap::new(),
            namespaces: HashMap::new(),
        };
        let kustomizations = unit
            .files
            .iter()
            .filter(|f| f.role == kustomize::Role::Kustomization);
        for reached in kustomizations {
            let dir = reached.path.rsplit_once('/').map_or("", |(dir, _)| dir);
            let Some(source) = view.tree().source(&reached.path) else {
                continue;
            };
            let Some(root) = source.documents.iter().find_map(|d| d.root.as_ref()) else {
                continue;
            };
            if let Some(namespace) = root.text_at(&["namespace"]).filter(|n| !n.is_empty()) {
                chain
                    .namespaces
                    .insert(dir.to_owned(), namespace.to_owned());
            }
            for field in ["resources", "bases", "components"] {
                for entry in root.get(field).and_then(Node::items).unwrap_or_default() {
                    let child = entry.text().and_then(|path| kustomize::join(dir, path));
                    if let Some(child) = child {
                        chain.parents.entry(child).or_default().push(dir.to_owned());
                    }
                }
            }
        }
        if kustomization_file(view, &unit.path).is_none() {
            for path in super::generator::scan(view, &unit.path) {
                if let Some(child) = kustomize::join(&unit.path, &path) {
                    chain
                        .parents
                        .entry(child)
                        .or_default()
                        .push(unit.path.clone());
                }
            }
        }
        chain
    }

    /// Collects the namespaces that objects of `dir` end in; false where one chain sets none.
    fn collect(
        &self,
        dir: &str,
        inner: Option<&str>,
        found: &mut BTreeSet<String>,
        seen: &mut HashSet<String>,
    ) -> bool {
        if !seen.insert(dir.to_owned()) {
            return true;
        }
        let own = self.namespaces.get(dir).map(String::as_str).or(inner);
        match self.parents.get(dir) {
            Some(parents) => parents
                .iter()
                .all(|parent| self.collect(parent, own, found, seen)),
            None => match own {
                Some(namespace) => {
                    found.insert(namespace.to_owned());
                    true
                }
                None => false,
            },
        }
    }
}
