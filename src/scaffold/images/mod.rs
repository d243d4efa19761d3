//! The image objects of a service, where this repository keeps such objects.

mod automation;
mod field;
mod kept;
mod listing;
mod mark;
mod names;
mod place;
mod policy;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::author::Author;
use super::layout::Detection;
use super::plan::{Draft, PlanError};
use crate::flux::{Cluster, Model, ObjectRef};
use crate::image::ImageObjects;
use crate::image::propose::{TagChoice, TagOrder};
use crate::manifest::Tree;

pub use field::{ImageField, image_fields};
pub use mark::{mark, marker_comment};
pub use policy::{fitting_policy, neighbours};

use automation::Push;
use kept::Kept;
use place::Target;

/// What is known of the repository.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The repository, rendered.
    pub model: &'a Model<'a>,
    /// The index of the cluster that applies the service.
    pub cluster: usize,
    /// What was detected of that cluster.
    pub detection: &'a Detection,
    /// The URL of git's remote, if it is known.
    pub remote: Option<&'a str>,
}

/// The image that is to be kept up to date.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The name of the service.
    pub name: &'a str,
    /// The namespace of its workload.
    pub namespace: &'a str,
    /// Registry and repository, as an ImageRepository is to name them.
    pub image: &'a str,
    /// The policy.
    pub choice: &'a TagChoice,
    /// The file that is to hold the marker, relative to the root.
    pub file: &'a str,
    /// The service's own folders, the innermost base first; for a service of one file none.
    pub folders: &'a [String],
    /// The Secret with which the image is pulled, if it is private.
    pub pull_secret: Option<&'a str>,
}

/// What was planned for an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The policy that the marker names: as the cluster will know it.
    pub policy: ObjectRef,
    /// The files that hold new objects.
    pub files: Vec<String>,
    /// Whether the policy was there already.
    pub reused: bool,
    /// Whether the cluster would apply it. It does not yet where the service itself is not registered.
    pub applied: bool,
}

impl Ground<'_> {
    fn cluster(&self) -> Option<&Cluster<'_>> {
        self.model.clusters.get(self.cluster)
    }
}

/// Plans ImageRepository, ImagePolicy and, where none covers the file, ImageUpdateAutomation, where the services beside
/// have theirs; without any example beside the service. What is there for the same image already is used. The marker's
/// namespace is the one that overlays leave the policy in.
///
/// # Errors
/// A file cannot be written as wanted, or nothing would apply it.
pub fn plan(
    draft: &mut Draft<'_>,
    ground: &Ground<'_>,
    author: &Author<'_>,
    subject: &Subject<'_>,
) -> Result<Planned, PlanError> {
    let Some(cluster) = ground.cluster() else {
        return Err(PlanError::Other(
            "no cluster applies anything of this repository".to_owned(),
        ));
    };
    let objects = ImageObjects::of(cluster);
    if let Some(policy) = policy::same(&objects, subject) {
        let mut work = Work {
            draft,
            ground,
            author,
            subject,
            objects: &objects,
            kept: Kept::default(),
        };
        work.kept = Kept::find(ground, &objects, author, subject);
        let id = policy.id.clone();
        let files = work.automation_for(&id)?;
        return Ok(Planned {
            policy: id,
            files,
            reused: true,
            applied: true,
        });
    }
    let mut kept = Kept::find(ground, &objects, author, subject);
    let (start, objects) = (&*draft, &objects);
    let attempt = |kept: Kept| {
        let mut trial = start.clone();
        let mut work = Work {
            draft: &mut trial,
            ground,
            author,
            subject,
            objects,
            kept,
        };
        let planned = work.run()?;
        let kept = work.kept;
        Ok::<_, PlanError>((planned, kept, trial))
    };
    let (mut planned, mut back, mut trial) = attempt(kept)?;
    if !planned.applied && back.example.is_some() {
        // What applies the example's files need not apply ours: the folder of the marked file is applied.
        back.beside_marked = true;
        let (other, mut found, changed) = attempt(back)?;
        if other.applied {
            (planned, trial) = (other, changed);
        } else {
            found.beside_marked = false;
        }
        back = found;
    }
    kept = back;
    let namespace = &planned.policy.namespace;
    if kept.namespace(subject).rendered != *namespace && !namespace.contains("${") {
        // An overlay moves what stands there: the objects are written with the namespace that they will have.
        kept.moved = Some(namespace.clone());
        (planned, _, trial) = attempt(kept)?;
    }
    *draft = trial;
    Ok(planned)
}

/// Returns the policies of this name, as they are written in these files, under the names that a cluster knows them by:
/// none where nothing applies them, several where several overlays do.
pub fn rendered_policies(
    model: &Model<'_>,
    cluster: &str,
    name: &str,
    files: &[String],
) -> Vec<ObjectRef> {
    let mut clusters = model.clusters.iter().filter(|c| c.name == cluster);
    let Some(cluster) = clusters.next() else {
        return Vec::new();
    };
    let objects = ImageObjects::of(cluster);
    let mine = objects
        .policies
        .iter()
        .filter(|p| files.iter().any(|f| *f == p.applied.origin.path.as_str()));
    let written = |p: &&crate::image::ImageObject<'_>| {
        let source = model.tree.source(&p.applied.origin.path);
        source.is_some_and(|source| {
            let document = source.documents.get(p.applied.origin.document);
            let root = document.and_then(|d| d.root.as_ref());
            root.and_then(|r| r.text_at(&["metadata", "name"])) == Some(name)
        })
    };
    let mut found: Vec<ObjectRef> = mine.filter(written).map(|p| p.id.clone()).collect();
    found.dedup();
    found
}

/// What a plan is made with.
struct Work<'w, 'd, 't> {
    draft: &'d mut Draft<'t>,
    ground: &'w Ground<'w>,
    author: &'w Author<'w>,
    subject: &'w Subject<'w>,
    objects: &'w ImageObjects<'w>,
    kept: Kept,
}

/// One object that is to be written.
struct Piece {
    /// Where.
    target: Target,
    /// Its text.
    text: String,
    /// The position among the objects of one file.
    order: usize,
}

impl Work<'_, '_, '_> {
    fn run(&mut self) -> Result<Planned, PlanError> {
        let names = names::of(self)?;
        let namespace = self.kept.namespace(self.subject);
        let mut pieces = Vec::new();
        let repository = self.repository(&names.repository, &namespace, &mut pieces)?;
        let policy = json!({
            "policy_name": names.policy,
            "repository_name": repository,
            "image_namespace": namespace.written,
            "policy": choice_values(self.subject.choice),
        });
        let text = policy::write(self, policy)?;
        pieces.push(Piece {
            target: self.kept.policy_target(self.subject),
            text,
            order: self.kept.order[1],
        });
        let mut files = self.put(pieces)?;
        let expected = ObjectRef::new(namespace.rendered.clone(), names.policy.clone());
        let tree = self.draft.outcome();
        let rendered = self.rendered(&tree, &names.policy, &files)?;
        let applied = rendered.is_some();
        let policy = rendered.unwrap_or(expected);
        files.extend(self.automation_for(&policy)?);
        files.dedup();
        Ok(Planned {
            policy,
            files,
            reused: false,
            applied,
        })
    }

    /// Returns the policy as the cluster will know it; nothing where it would not apply it.
    ///
    /// # Errors
    /// Several overlays apply the file, and a marker names one policy.
    fn rendered(
        &self,
        tree: &Tree,
        name: &str,
        files: &[String],
    ) -> Result<Option<ObjectRef>, PlanError> {
        let Some(cluster) = self.ground.cluster() else {
            return Ok(None);
        };
        let model = Model::of(tree, self.ground.remote);
        let found = rendered_policies(&model, &cluster.name, name, files);
        if found.len() > 1 {
            let names: Vec<String> = found.iter().map(ToString::to_string).collect();
            return Err(PlanError::Other(format!(
                "{} would be applied several times, as {}, and a marker names one policy: put the image into each overlay",
                files.join(", "),
                names.join(", ")
            )));
        }
        Ok(found.into_iter().next())
    }

    /// Plans the ImageRepository, unless one for the same image is there, and returns its name.
    fn repository(
        &self,
        name: &str,
        namespace: &kept::Namespace,
        pieces: &mut Vec<Piece>,
    ) -> Result<String, PlanError> {
        if let Some(known) = policy::repository(self.objects, self.subject, &namespace.rendered) {
            return Ok(known.id.name.clone());
        }
        let secret = self.subject.pull_secret.map(str::to_owned);
        let secret = secret
            .or_else(|| policy::secret_of_kin(self.objects, self.subject, &namespace.rendered));
        let values = json!({
            "repository_name": name,
            "image_namespace": namespace.written,
            "image": { "repository": self.subject.image },
            "pull_secret": secret,
        });
        let text = self.author.write("image-repository.yaml", values)?.text;
        let target = self.kept.repository_target(self.subject);
        pieces.push(Piece {
            target,
            text,
            order: self.kept.order[0],
        });
        Ok(name.to_owned())
    }

    /// Plans the ImageUpdateAutomation for a policy, unless one would write the marker.
    fn automation_for(&mut self, policy: &ObjectRef) -> Result<Vec<String>, PlanError> {
        if automation::is_covered(self, policy) {
            return Ok(Vec::new());
        }
        if automation::may_be_elsewhere(self) {
            let note = format!(
                "no ImageUpdateAutomation in this repository would write {}; one of another repository has to",
                self.subject.file
            );
            self.draft.notes.push(note);
            return Ok(Vec::new());
        }
        let push = Push::of(self);
        let piece = automation::piece(self, policy, &push)?;
        self.put(vec![piece])
    }

    /// Writes pieces into their files, those of one file in their order, and lists new files.
    fn put(&mut self, mut pieces: Vec<Piece>) -> Result<Vec<String>, PlanError> {
        pieces.sort_by_key(|piece| piece.order);
        let mut files: Vec<String> = Vec::new();
        for piece in &pieces {
            place::put(self.draft, &piece.target, &piece.text)?;
            if !files.contains(&piece.target.path) {
                listing::list(self.draft, self.ground.model, &piece.target)?;
                files.push(piece.target.path.clone());
            }
        }
        Ok(files)
    }
}

/// Returns a choice as templates have it.
fn choice_values(choice: &TagChoice) -> Value {
    let (order, range) = match &choice.order {
        TagOrder::Semver(range) => ("semver", Some(range)),
        TagOrder::Numerical => ("numerical", None),
        TagOrder::Alphabetical => ("alphabetical", None),
    };
    json!({"pattern": choice.pattern, "extract": choice.extract, "order": order, "range": range})
}

/// Returns the service to which a file belongs, with the folders that are its own alone.
pub fn service_of<'g>(
    ground: &Ground<'g>,
    file: &str,
) -> Option<(&'g super::layout::Service, Vec<String>)> {
    let service = kept::service_of(ground, file)?;
    let others = || {
        ground
            .detection
            .services
            .iter()
            .filter(|s| s.name != service.name)
    };
    let own =
        |folder: &&String| !folder.is_empty() && !others().any(|s| s.folders.contains(folder));
    Some((
        service,
        service.folders.iter().filter(own).cloned().collect(),
    ))
}
