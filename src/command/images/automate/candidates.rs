//! Finds the image that the user means.

use std::path::Path;

use crate::adapter::repo_files::Snapshot;
use crate::command::nearest::nearest;
use crate::command::{Global, gather};
use crate::error::Error;
use crate::flux::{Cluster, Model, ObjectRef};
use crate::image::same_repository;
use crate::scaffold::images::{ImageField, image_fields};
use crate::scaffold::layout::Layout;

/// The repository, and who looks at it.
pub(super) struct Scene<'s> {
    pub(super) snapshot: &'s Snapshot,
    model: &'s Model<'s>,
    clusters: Vec<(usize, &'s Cluster<'s>)>,
    global: &'s Global,
}

/// What the user means.
pub(super) enum Wanted {
    /// This image.
    Fields(Box<Fields>),
    /// Images that have markers, all of them.
    Marked(Vec<ImageField>),
}

/// One image, where it stands.
pub(super) struct Fields {
    first: ImageField,
    /// The other places of the same file where it stands: they change together.
    pub(super) others: Vec<ImageField>,
}

impl Fields {
    /// Returns the first place.
    pub(super) fn main(&self) -> &ImageField {
        &self.first
    }
}

impl<'s> Scene<'s> {
    /// Looks at the clusters that the flags leave.
    ///
    /// # Errors
    /// There is no such cluster, or none at all.
    pub(super) fn of(
        model: &'s Model<'s>,
        snapshot: &'s Snapshot,
        global: &'s Global,
    ) -> Result<Self, Error> {
        let clusters = gather::clusters(model, global)?;
        if clusters.is_empty() {
            let error = Error::usage("no Flux Kustomization applies anything of this repository");
            return Err(error.hint("`homelab init` makes a repository that Flux can run"));
        }
        Ok(Scene {
            snapshot,
            model,
            clusters,
            global,
        })
    }

    /// Finds the one image that has no marker yet.
    ///
    /// # Errors
    /// There is none, or several.
    pub(super) fn choose(&self, target: &str) -> Result<Wanted, Error> {
        let fields = self.fields(target)?;
        let overridden = |field: &ImageField| {
            !field.overrides
                && fields.iter().any(|other| {
                    other
                        .replaces
                        .as_ref()
                        .is_some_and(|name| same_repository(name, &field.image))
                })
        };
        let (marked, open): (Vec<_>, Vec<_>) = fields
            .iter()
            .filter(|f| !overridden(f))
            .cloned()
            .partition(|field| field.marker.is_some());
        match open.as_slice() {
            [] if marked.is_empty() => Err(Error::usage(format!("{target}: no image stands there")).hint(
                "an image is `image: NAME:TAG`, `repository` with a `tag` in Helm values, or `newTag` in kustomize's `images`",
            )),
            [] => Ok(Wanted::Marked(marked)),
            [first, others @ ..] if others.iter().all(|other| is_same(first, other)) => Ok(Wanted::Fields(Box::new(Fields { first: first.clone(), others: others.to_vec() }))),
            several => Err(ambiguous(target, several)),
        }
    }

    /// Returns the images that a name, a file or a line stands for.
    fn fields(&self, target: &str) -> Result<Vec<ImageField>, Error> {
        if let Some(file) = self.file(target) {
            return self.of_file(&file);
        }
        if let Some((path, line)) = target.rsplit_once(':')
            && let (Some(file), Ok(line)) = (self.file(path), line.parse::<u32>())
        {
            let all = self.of_file(&file)?;
            let here: Vec<ImageField> = all.iter().filter(|f| f.line == line).cloned().collect();
            if here.is_empty() {
                let lines: Vec<String> = all
                    .iter()
                    .map(|f| format!("{file}:{} {}", f.line, f.image))
                    .collect();
                let error = Error::usage(format!("{file}:{line}: no image stands there"));
                return Err(match lines.is_empty() {
                    true => error,
                    false => error.hint(format!("there are {}", lines.join(", "))),
                });
            }
            return Ok(here);
        }
        self.of_service(target)
    }

    /// Returns a path argument as a path of the repository, if there is such a file.
    fn file(&self, path: &str) -> Option<String> {
        let found = gather::within(self.snapshot, self.global, Path::new(path)).ok()?;
        self.snapshot.tree.id(&found).map(|_| found)
    }

    fn of_file(&self, file: &str) -> Result<Vec<ImageField>, Error> {
        if !self.model.is_reached(file) {
            let error = Error::usage(format!("no Flux Kustomization applies {file}"));
            return Err(error.hint(
                "what is not applied is not kept up to date; `homelab build` lists what is",
            ));
        }
        let source = self.snapshot.tree.source(file);
        Ok(source
            .map(|source| image_fields(&source))
            .unwrap_or_default())
    }

    fn of_service(&self, name: &str) -> Result<Vec<ImageField>, Error> {
        let mut names = Vec::new();
        for (index, _) in &self.clusters {
            let detection = Layout::detect(self.model, *index);
            let Some(service) = detection.service(name) else {
                names.extend(detection.services.into_iter().map(|s| s.name));
                continue;
            };
            let files = service
                .parts
                .iter()
                .filter(|p| p.path.ends_with(".yaml") || p.path.ends_with(".yml"));
            let files = files.filter(|p| self.model.is_reached(&p.path));
            let sources = files.filter_map(|part| self.snapshot.tree.source(&part.path));
            return Ok(sources.flat_map(|source| image_fields(&source)).collect());
        }
        let hint = match nearest(names.iter().map(String::as_str), name) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name a service, a file, or a line of a file (`FILE:LINE`)".to_owned(),
        };
        Err(Error::usage(format!("no service and no file is called `{name}`")).hint(hint))
    }

    /// Returns the first cluster that applies the field's file.
    ///
    /// # Errors
    /// None does.
    pub(super) fn cluster_of(&self, fields: &Fields) -> Result<usize, Error> {
        let field = fields.main();
        let reads = |cluster: &Cluster<'_>| {
            let mut files = cluster.units.iter().flat_map(|u| &u.files);
            files.any(|file| file.path.as_ref() == field.file)
        };
        let found = self.clusters.iter().find(|(_, cluster)| reads(cluster));
        found
            .map(|(index, _)| *index)
            .ok_or_else(|| Error::usage(format!("no Flux Kustomization applies {}", field.file)))
    }

    /// Returns the object that holds the field, as its cluster knows it.
    pub(super) fn object(&self, field: &ImageField) -> Option<ObjectRef> {
        let objects = self
            .clusters
            .iter()
            .flat_map(|(_, cluster)| cluster.objects());
        let mut here = objects.filter(|(_, applied)| {
            let origin = &applied.origin;
            origin.path == field.file.as_str() && origin.document == field.document
        });
        here.next().map(|(_, applied)| ObjectRef::of(&applied.node))
    }

    /// Tells what to do where the cluster does not run the controllers that image automation needs.
    pub(super) fn controllers_missing(&self, cluster: usize) -> Option<String> {
        let cluster = self.model.clusters.get(cluster)?;
        let named = |name: &str| {
            cluster.objects().any(|(_, applied)| {
                crate::flux::kind(&applied.node) == "Deployment"
                    && applied.node.text_at(&["metadata", "name"]) == Some(name)
            })
        };
        let lacks = named("kustomize-controller")
            && !(named("image-reflector-controller") && named("image-automation-controller"));
        lacks.then(|| {
            "this Flux runs without image automation: bootstrap it again with `--components-extra=image-reflector-controller,image-automation-controller`".to_owned()
        })
    }
}

/// Tells whether two fields are the same image in the same file.
fn is_same(one: &ImageField, other: &ImageField) -> bool {
    let of = |field: &ImageField| {
        (
            field.file.clone(),
            field.image.clone(),
            field.tag.clone(),
            field.part,
        )
    };
    of(one) == of(other)
}

/// Lists several images, for a machine or a person to choose from.
fn ambiguous(target: &str, fields: &[ImageField]) -> Error {
    let lines = fields.iter().map(|field| {
        let tag = field
            .tag
            .as_ref()
            .map(|tag| format!(":{tag}"))
            .unwrap_or_default();
        format!("{}:{} ({}{tag})", field.file, field.line, field.image)
    });
    let list: Vec<String> = lines.collect();
    let message = format!(
        "`{target}` runs several images without a marker: {}",
        list.join(", ")
    );
    Error::usage(message).hint("name one by its line: `homelab images automate FILE:LINE`")
}
