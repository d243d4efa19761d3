//! The first tag of a service's image, and the policy that keeps it up to date.

use super::super::first_tag::{FirstTag, Question, first_tag};
use super::super::scaffolding::{refused, settings, tags_of};
use super::super::{Global, Terminal};
use super::NewService;
use super::scene::Scene;
use crate::error::Error;
use crate::flux::{Model, ObjectRef};
use crate::image::propose::{NoPolicy, TagChoice, Wish};
use crate::image::{ImageObjects, Reference, same_repository};
use crate::scaffold::author::Author;
use crate::scaffold::images::{self, Subject};
use crate::scaffold::plan::Draft;
use crate::scaffold::spec::ServiceSpec;

/// Files that say that somebody else keeps images up to date.
const RENOVATE: [&str; 6] = [
    "renovate.json",
    "renovate.json5",
    ".renovaterc",
    ".renovaterc.json",
    ".github/renovate.json",
    ".github/renovate.json5",
];

impl NewService {
    /// Decides on the tag and the policy. A registry is asked only where one of them has to be found.
    ///
    /// # Errors
    /// There is no tag, or no policy as wished can order the tags.
    pub(super) fn settle_image(
        &self,
        scene: &Scene<'_>,
        spec: &mut ServiceSpec,
        global: &Global,
        terminal: &mut Terminal<'_>,
        draft: &mut Draft<'_>,
    ) -> Result<(), Error> {
        let wish = self.run.policy();
        let wants = self.wants_policy(scene, &spec.image.repository);
        if !wants && !spec.image.tag.is_empty() && self.run.tags.is_none() {
            return Ok(());
        }
        let image = Reference::parse_repository(&spec.image.repository)
            .map_err(|error| Error::usage(error.to_string()))?;
        let image = match spec.image.tag.as_str() {
            "" => image,
            tag => image.with_tag(tag),
        };
        let like = images::neighbours(&scene.images(), scene.siblings);
        let question = Question {
            image: &image,
            wish: if wants { wish } else { &Wish::Auto },
            like: &like,
            tags: self.run.tags.as_deref().map(tags_of).transpose()?,
            architectures: &settings(scene.snapshot)?.architectures,
        };
        let first = first_tag(&question, global, terminal)?;
        self.take(&first, wants, scene, spec, draft)
    }

    /// Takes over what was found out about the image.
    fn take(
        &self,
        first: &FirstTag,
        wants: bool,
        scene: &Scene<'_>,
        spec: &mut ServiceSpec,
        draft: &mut Draft<'_>,
    ) -> Result<(), Error> {
        let image = spec.image.repository.clone();
        let because = || {
            first
                .warnings
                .iter()
                .map(|w| format!(": {w}"))
                .collect::<String>()
        };
        let Some(tag) = first.tag.clone() else {
            let why = first
                .no_policy
                .as_ref()
                .filter(|why| **why != NoPolicy::Empty);
            let why = why.map_or_else(String::new, |why| format!(": {why}"));
            let error = Error::usage(format!(
                "{image} has no tag to begin with{why}{}",
                because()
            ));
            return Err(error.hint(format!("name one: `--image {image}:1.4.2`")));
        };
        draft.notes.extend(first.warnings.iter().cloned());
        if let Some(winner) = first.winner().filter(|winner| wants && *winner != tag) {
            draft.notes.push(format!(
                "the policy selects {winner} at its first run; the service starts with {tag}"
            ));
        }
        spec.image.tag = tag;
        if wants {
            spec.policy = first.choice().cloned();
            if let (None, Some(why)) = (&spec.policy, &first.no_policy) {
                if *self.run.policy() != Wish::Auto {
                    return Err(Error::usage(format!("{image}: {why}")).hint(why.hint()));
                }
                draft
                    .notes
                    .push(format!("no image policy: {why}; {}", why.hint()));
            }
        }
        if first.needs_pull_secret && spec.pull_secret.is_none() {
            let learnt = scene.ground.conventions.pods.pull_secret.as_ref();
            spec.pull_secret = learnt.map(|l| l.value.replace("{name}", &spec.name));
            draft.notes.push(match &spec.pull_secret {
                Some(secret) => format!(
                    "{image} is private: it is pulled with the Secret {secret}, as others are"
                ),
                None => format!(
                    "{image} is private: name the Secret to pull it with `--pull-secret NAME`"
                ),
            });
        }
        Ok(())
    }

    /// Tells whether a policy is wanted: if asked for, or if images like this one have one here.
    fn wants_policy(&self, scene: &Scene<'_>, image: &str) -> bool {
        match self.run.policy() {
            Wish::None => false,
            Wish::Auto => are_automated(scene.ground.model, scene.ground.cluster, image),
            _ => true,
        }
    }

    /// Plans repository, policy and automation for the image in `file`, and has the marker say what the policy is called in
    /// the cluster. `guess` is what it says now.
    ///
    /// # Errors
    /// A file cannot be edited safely.
    pub(super) fn automate(
        &self,
        scene: &Scene<'_>,
        author: &Author<'_>,
        choice: &TagChoice,
        file: &str,
        guess: &ObjectRef,
        draft: &mut Draft<'_>,
    ) -> Result<(), Error> {
        let spec = author.spec;
        let folders = match scene.site.is_one_file() {
            true => Vec::new(),
            false => vec![scene.site.main().to_owned()],
        };
        let subject = Subject {
            name: &spec.name,
            namespace: &spec.namespace,
            image: &spec.image.repository,
            choice,
            file,
            folders: &folders,
            pull_secret: spec.pull_secret.as_deref(),
        };
        let planned = images::plan(draft, &scene.images(), author, &subject).map_err(refused)?;
        if planned.policy != *guess {
            let marker = |policy: &ObjectRef| {
                format!("\"$imagepolicy\": \"{}:{}", policy.namespace, policy.name)
            };
            let source = draft.source(file).map_err(refused)?;
            let text = source
                .text
                .replace(&marker(guess), &marker(&planned.policy));
            draft.replace(file, text).map_err(refused)?;
        }
        if planned.reused {
            draft.notes.push(format!(
                "{} selects the tags of this image already",
                planned.policy
            ));
        }
        Ok(())
    }
}

/// Tells whether images like this one are kept up to date by policies in this cluster.
pub(super) fn are_automated(model: &Model<'_>, cluster: usize, image: &str) -> bool {
    let Some(cluster) = model.clusters.get(cluster) else {
        return false;
    };
    let objects = ImageObjects::of(cluster);
    let owner = |image: &str| {
        let reference = Reference::parse(image).ok()?;
        let name = reference.canonical_name();
        Some(name.rsplit_once('/')?.0.to_owned())
    };
    let own = owner(image);
    let of_policies = objects.policies.iter().filter_map(|policy| {
        let repository = objects.repository_of(policy)?;
        repository.applied.node.text_at(&["spec", "image"])
    });
    let mut images = of_policies.clone();
    if images.any(|other| same_repository(other, image) || owner(other) == own) {
        return true;
    }
    let tree = model.tree;
    let others = RENOVATE.iter().any(|path| tree.id(path).is_some());
    !others && of_policies.count() > 0
}

/// Returns what the policy will be called if nothing moves it, as the marker is written at first.
pub(super) fn guess(author: &Author<'_>) -> ObjectRef {
    let values = crate::scaffold::values::values(author.spec, author.conventions);
    let text = |key: &str| {
        values
            .get(key)
            .and_then(serde_json::Value::as_str)
            .map(str::to_owned)
    };
    let namespace = text("image_namespace").unwrap_or_else(|| author.spec.namespace.clone());
    let name = text("policy_name").unwrap_or_else(|| author.spec.name.clone());
    ObjectRef::new(namespace, name)
}
