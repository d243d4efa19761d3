//! The policies to simulate: of the repository, of a file, or of flags alone.

use std::path::Path;

use super::Simulate;
use crate::adapter::input;
use crate::adapter::repo_files::{self, Snapshot};
use crate::command::nearest::nearest;
use crate::command::registry::Lookup;
use crate::command::{Global, Terminal, gather};
use crate::error::Error;
use crate::flux::{self, IMAGE_GROUP, Model, ObjectRef};
use crate::image::{ImageObject, ImageObjects, Reference, TagPolicySpec};
use crate::manifest::{FileId, Node, SourceFile};

/// A policy to simulate.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// The cluster, where the repository has several.
    pub(super) cluster: Option<String>,
    /// Namespace and name; `None` for a policy that exists in flags only.
    pub(super) policy: Option<ObjectRef>,
    /// The ImageRepository that it names.
    pub(super) repository: Option<ObjectRef>,
    /// `spec.image` as written.
    pub(super) image: Option<String>,
    /// What it says of choosing tags.
    pub(super) spec: TagPolicySpec,
    /// Whom to ask for tags, or why that is not known.
    pub(super) lookup: Result<Lookup, Error>,
    /// Why the policy cannot be judged at all: a variable that is not known here.
    pub(super) unknown: Option<Error>,
    /// What the user should know.
    pub(super) notes: Vec<String>,
}

/// The policies that the arguments name.
pub(super) struct Found {
    /// The policies.
    pub(super) cases: Vec<Case>,
    /// Whether the arguments ask for one policy, not for a list.
    pub(super) is_single: bool,
}

impl Case {
    /// Reads a policy and its ImageRepository.
    fn of(id: ObjectRef, policy: &Node, repository: Option<&Node>) -> Self {
        let spec = TagPolicySpec::of(policy, repository);
        let unknown = spec.has_unknown().then(|| {
            Error::could_not_look(format!("{id} holds a variable that is not known here"))
        });
        let is_suspended = |node: &Node| {
            let suspend = node.at_path(&["spec", "suspend"]);
            suspend.and_then(Node::as_bool).unwrap_or(false)
        };
        let mut notes = Vec::new();
        if is_suspended(policy) {
            notes.push(format!(
                "{id} is suspended: Flux keeps the tag that it selected last"
            ));
        }
        if repository.is_some_and(is_suspended) {
            notes.push(format!(
                "the ImageRepository of {id} is suspended: Flux sees no new tags"
            ));
        }
        let image = repository.and_then(|r| r.text_at(&["spec", "image"]));
        Case {
            cluster: None,
            repository: Some(repository_ref(&id, policy)),
            image: image.map(str::to_owned),
            lookup: lookup(&id, policy, repository, image),
            policy: Some(id),
            spec,
            unknown,
            notes,
        }
    }

    /// Returns `NS/NAME`.
    pub(super) fn name(&self) -> Option<String> {
        self.policy.as_ref().map(ToString::to_string)
    }

    /// Tells whether two clusters have the same policy.
    fn equals(&self, other: &Case) -> bool {
        (&self.policy, &self.image, &self.spec) == (&other.policy, &other.image, &other.spec)
    }
}

/// Returns `spec.imageRepositoryRef` of a policy; its namespace is the policy's own unless given.
fn repository_ref(id: &ObjectRef, policy: &Node) -> ObjectRef {
    let field = |key| {
        policy
            .text_at(&["spec", "imageRepositoryRef", key])
            .filter(|t| !t.is_empty())
    };
    ObjectRef::new(
        field("namespace").unwrap_or(&id.namespace),
        field("name").unwrap_or_default(),
    )
}

fn lookup(
    id: &ObjectRef,
    policy: &Node,
    repository: Option<&Node>,
    image: Option<&str>,
) -> Result<Lookup, Error> {
    let named = policy.text_at(&["spec", "imageRepositoryRef", "name"]);
    let named = named.unwrap_or_default();
    let Some(repository) = repository else {
        let error = Error::could_not_look(format!(
            "the image of {id} is not known: nothing applies its ImageRepository `{named}`"
        ));
        return Err(error.hint("`--image` names the image, `--tags` a file with its tags"));
    };
    let image = image.unwrap_or_default();
    if image.contains("${") {
        let message = format!("the image of {id} holds a variable that is not known here: {image}");
        return Err(Error::could_not_look(message).hint("`--image` names the image"));
    }
    let reference = Reference::parse_repository(image).map_err(|error| {
        Error::could_not_look(format!(
            "the ImageRepository of {id} is never scanned: {error}"
        ))
    })?;
    Ok(Lookup::of(reference, repository))
}

impl Simulate {
    /// Gathers the policies that the arguments name.
    ///
    /// # Errors
    /// There is no such policy, or where it should be cannot be read.
    pub(super) fn cases(
        &self,
        global: &Global,
        terminal: &mut Terminal<'_>,
    ) -> Result<Found, Error> {
        if let Some(path) = &self.policy_file {
            let cases = self.of_file(path, global)?;
            let is_single = self.name.is_some() || cases.len() == 1;
            return Ok(Found { cases, is_single });
        }
        if self.name.is_none() && (self.what_if.has_choice() || self.what_if.has_image()) {
            let cases = vec![self.of_flags()?];
            return Ok(Found {
                cases,
                is_single: true,
            });
        }
        let snapshot = gather::repository(global, terminal)?;
        let model = Model::of(&snapshot.tree, snapshot.remote.as_deref());
        gather::expect_flux(&model, &snapshot, terminal);
        let cases = of_repository(&model, global)?;
        let Some(name) = &self.name else {
            return Ok(Found {
                cases,
                is_single: false,
            });
        };
        let cases = vec![named(cases, name, &global.namespace())?];
        Ok(Found {
            cases,
            is_single: true,
        })
    }

    fn of_flags(&self) -> Result<Case, Error> {
        if !self.what_if.has_choice() {
            let error = Error::usage("no policy: how are tags to be compared?");
            return Err(
                error.hint("add one of --semver, --numerical and --alphabetical, or name a policy")
            );
        }
        if self.tags.is_none() && !self.what_if.has_image() {
            let error = Error::usage("no tags: of which image?");
            return Err(error.hint("name a policy, give --image IMAGE, or --tags FILE"));
        }
        Ok(Case {
            cluster: None,
            policy: None,
            repository: None,
            image: None,
            spec: TagPolicySpec::default(),
            lookup: Err(Error::could_not_look("no image")),
            unknown: None,
            notes: Vec::new(),
        })
    }

    fn of_file(&self, path: &Path, global: &Global) -> Result<Vec<Case>, Error> {
        let name = input::name(path);
        let text =
            input::read(path).map_err(|why| Error::could_not_look(format!("{name}: {why}")))?;
        let file = SourceFile::parse(FileId(0), name.as_str(), text);
        if let Some(error) = file.errors.first() {
            let line = file.location(error.span).line;
            return Err(Error::could_not_look(format!(
                "{name}:{line}: {}",
                error.message
            )));
        }
        let objects = Objects::of(&file, &global.namespace());
        let cases: Vec<Case> = objects.cases(|id| repository_around(global, id));
        match (&self.name, cases.is_empty()) {
            (_, true) => Err(Error::usage(format!("{name}: holds no ImagePolicy"))),
            (None, false) => Ok(cases),
            (Some(wanted), false) => Ok(vec![named(cases, wanted, &global.namespace())?]),
        }
    }
}

/// The image objects of a file, as they stand there.
struct Objects {
    policies: Vec<(ObjectRef, Node)>,
    repositories: Vec<(ObjectRef, Node)>,
}

impl Objects {
    fn of(file: &SourceFile, namespace: &str) -> Self {
        let roots = file.documents.iter().filter_map(|d| d.root.as_ref());
        // What `kubectl get -o yaml` prints is a list.
        let objects = roots.flat_map(|root| match root.get("items").and_then(Node::items) {
            Some(items) if flux::kind(root).ends_with("List") => items,
            _ => std::slice::from_ref(root),
        });
        let objects: Vec<&Node> = objects.filter(|o| flux::group(o) == IMAGE_GROUP).collect();
        let of_kind = |kind: &str| {
            let objects = objects.iter().filter(|o| flux::kind(o) == kind);
            let named = objects.map(|object| {
                let id = ObjectRef::of(object);
                let own = if id.namespace.is_empty() {
                    namespace
                } else {
                    &id.namespace
                };
                (ObjectRef::new(own, &id.name), (*object).clone())
            });
            named.collect()
        };
        Objects {
            policies: of_kind("ImagePolicy"),
            repositories: of_kind("ImageRepository"),
        }
    }

    /// Makes a case of each policy; `elsewhere` finds a repository that the file lacks.
    fn cases(&self, elsewhere: impl Fn(&ObjectRef) -> Option<Node>) -> Vec<Case> {
        let case = |(id, policy): &(ObjectRef, Node)| {
            let wanted = repository_ref(id, policy);
            let here = self.repositories.iter().find(|(id, _)| *id == wanted);
            let repository = here
                .map(|(_, node)| node.clone())
                .or_else(|| elsewhere(&wanted));
            let mut case = Case::of(id.clone(), policy, repository.as_ref());
            if repository.is_none() {
                case.notes.push(format!(
                    "there is no ImageRepository `{wanted}`: its exclusion list is taken to be the default"
                ));
            }
            case
        };
        self.policies.iter().map(case).collect()
    }
}

/// Finds an ImageRepository in the repository around the current folder, if there is one.
fn repository_around(global: &Global, id: &ObjectRef) -> Option<Node> {
    let current = gather::current_dir().ok()?;
    let snapshot = repo_files::read(global.repo.as_deref(), &current).ok()?;
    let snapshot: Snapshot = Some(snapshot).filter(|s| s.is_git || global.repo.is_some())?;
    let model = Model::of(&snapshot.tree, snapshot.remote.as_deref());
    let images = model.clusters.iter().map(ImageObjects::of);
    let found = images
        .flat_map(|images| images.repositories)
        .find(|r| r.id == *id);
    found.map(|repository| repository.node().clone())
}

/// Reads the policies of the clusters; what is the same in several stands once.
fn of_repository(model: &Model<'_>, global: &Global) -> Result<Vec<Case>, Error> {
    let clusters = gather::clusters(model, global)?;
    let mut cases: Vec<Case> = Vec::new();
    for (_, cluster) in &clusters {
        let images = ImageObjects::of(cluster);
        for policy in images.policies.iter().filter(|p| !p.has_unknown_name()) {
            let repository = images.repository_of(policy).map(ImageObject::node);
            let case = Case::of(policy.id.clone(), policy.node(), repository);
            if cases.iter().all(|known| !known.equals(&case)) {
                let cluster = (clusters.len() > 1).then(|| cluster.name.to_string());
                cases.push(Case { cluster, ..case });
            }
        }
    }
    cases.sort_by(|a, b| (&a.policy, &a.cluster).cmp(&(&b.policy, &b.cluster)));
    Ok(cases)
}

/// Finds the one policy that is called `NS/NAME`, `NS:NAME` as in a marker, or `NAME`; `namespace` is preferred.
fn named(cases: Vec<Case>, name: &str, namespace: &str) -> Result<Case, Error> {
    let names: Vec<String> = cases.iter().filter_map(Case::name).collect();
    let wanted = name.replacen(':', "/", 1);
    let matches = |case: &Case, full: bool| {
        let id = case.policy.as_ref();
        id.is_some_and(|id| match full {
            true => id.to_string() == wanted,
            false => id.name == wanted,
        })
    };
    let full = wanted.contains('/');
    let mut found: Vec<Case> = cases.into_iter().filter(|c| matches(c, full)).collect();
    let in_namespace = |c: &Case| {
        c.policy
            .as_ref()
            .is_some_and(|id| id.namespace == namespace)
    };
    if found.iter().any(in_namespace) && !full {
        found.retain(in_namespace);
    }
    match found.len() {
        1 => Ok(found.swap_remove(0)),
        0 => {
            let error = Error::usage(format!("no ImagePolicy is called `{name}`"));
            Err(match nearest(names.iter().map(String::as_str), &wanted) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None if names.is_empty() => error.hint("nothing applies any ImagePolicy"),
                None => error.hint(format!("there are: {}", names.join(", "))),
            })
        }
        _ => {
            let of = |case: &Case| match &case.cluster {
                Some(cluster) => format!("{} in {cluster}", case.name().unwrap_or_default()),
                None => case.name().unwrap_or_default(),
            };
            let list: Vec<String> = found.iter().map(of).collect();
            let error = Error::usage(format!("`{name}` may be any of: {}", list.join(", ")));
            Err(error.hint("name one as NS/NAME; `--cluster` chooses a cluster"))
        }
    }
}
