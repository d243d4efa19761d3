//! What policies select from the real tags, and where the markers stand: shared by rules and `images list --latest`.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use smol_str::SmolStr;

use super::Context;
use super::pods::{images, pod_spec};
use super::tag_policies::AppliedPolicy;
use crate::image::marker::{Field, Part, Setter};
use crate::image::{Reference, SelectionError, Standing, TagOrder, is_tag};

/// What a policy selects from the tags that a registry has.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// The index of the cluster that applies the policy.
    pub cluster: usize,
    /// The repository that the policy watches.
    pub watched: Reference,
    /// What the policy selects.
    pub latest: Result<SmolStr, NoLatest>,
    /// Where the tag at the marker stands; nothing where there is no tag, or nothing to compare it with.
    pub standing: Option<Standing>,
}

/// Why a policy selects no tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoLatest {
    /// Flux fails.
    Failed(SelectionError),
    /// Flux picks one of several at random.
    Ambiguous,
}

/// The outlooks that were asked for, by the number of the policy and the tag: a list may have ten thousand tags, and
/// several rules ask the same. The tags of a context do not change once they are there.
pub(super) type Memo = Mutex<HashMap<(usize, Option<String>), Arc<Outlook>>>;

impl<'m> Context<'m> {
    /// Returns what the policy that a marker names selects, in each cluster that applies it and whose tags are known.
    /// `current` is the tag at the marker.
    pub fn outlooks(&self, setter: &Setter, current: Option<&str>) -> Vec<Arc<Outlook>> {
        let named = self.named(setter);
        named
            .filter_map(|(number, policy)| self.outlook(number, policy, current))
            .collect()
    }

    /// Returns the repositories that the policy of a marker watches, in each cluster, if they were asked.
    pub(super) fn watched_by(&self, setter: &Setter) -> impl Iterator<Item = &Reference> {
        let watched = self.named(setter).filter_map(|(_, p)| p.watched.as_ref());
        watched.filter(|image| {
            self.registry
                .as_ref()
                .is_some_and(|r| r.tags_of(image).is_some())
        })
    }

    fn named(&self, setter: &Setter) -> impl Iterator<Item = (usize, &AppliedPolicy<'m>)> {
        let policies = self.tag_policies().iter().enumerate();
        policies.filter(|(_, policy)| {
            let id = &policy.object.id;
            id.namespace == setter.namespace && id.name == setter.name
        })
    }

    fn outlook(
        &self,
        number: usize,
        applied: &AppliedPolicy<'m>,
        current: Option<&str>,
    ) -> Option<Arc<Outlook>> {
        let key = (number, current.map(str::to_owned));
        let memo = || self.outlooks.lock().unwrap_or_else(PoisonError::into_inner);
        let known = memo().get(&key).cloned();
        if known.is_some() {
            return known;
        }
        let made = Arc::new(self.look(applied, current)?);
        memo().insert(key, made.clone());
        Some(made)
    }

    fn look(&self, applied: &AppliedPolicy<'m>, current: Option<&str>) -> Option<Outlook> {
        let watched = applied.watched.as_ref()?;
        let tags = self.registry.as_ref()?.tags_of(watched)?;
        let all = tags.iter().map(String::as_str);
        let selection = applied.policy.select(all, TagOrder::Scanned);
        let latest = match (selection.winner, &selection.error) {
            (Some(winner), _) => Ok(SmolStr::new(winner)),
            (None, Some(error)) => Err(NoLatest::Failed(error.clone())),
            (None, None) => Err(NoLatest::Ambiguous),
        };
        let current = current.filter(|_| latest.is_ok());
        Some(Outlook {
            cluster: applied.cluster,
            watched: watched.clone(),
            standing: current.map(|tag| applied.policy.standing(tags, &selection, tag)),
            latest,
        })
    }

    /// Returns the images that pods run, each once; what holds an unknown variable is none.
    pub fn pod_images(&self, clusters: &[usize]) -> BTreeMap<String, Reference> {
        let chosen = clusters.iter().filter_map(|c| self.model.clusters.get(*c));
        let pods = chosen
            .flat_map(|cluster| cluster.objects())
            .filter_map(|(_, applied)| pod_spec(&applied.node));
        let images = pods
            .flat_map(images)
            .filter_map(|image| Reference::parse(image.text()?).ok());
        images.map(|image| (image.to_string(), image)).collect()
    }

    /// Returns the images at markers and of pods whose repositories were asked and have no such tag, each once.
    pub fn unlisted(&self, clusters: &[usize]) -> BTreeMap<String, Reference> {
        let mut found = self.pod_images(clusters);
        for (setter, tag) in self.marked_tags() {
            let images = self.watched_by(setter).map(|image| image.with_tag(&tag));
            found.extend(images.map(|image| (image.to_string(), image)));
        }
        let is_unlisted =
            |image: &Reference| self.registry.as_ref().is_some_and(|r| r.is_unlisted(image));
        found.retain(|_, image| is_unlisted(image));
        found
    }

    /// Returns the images since which markers are behind, each once: what is right above the tag at a marker.
    pub fn next_versions(&self, clusters: &[usize]) -> BTreeMap<String, Reference> {
        let tags: Vec<(&Setter, String)> = self.marked_tags().collect();
        let next = |outlook: Arc<Outlook>| match &outlook.standing {
            Some(Standing::Behind(behind)) if clusters.contains(&outlook.cluster) => {
                let image = outlook.watched.with_tag(&behind.next);
                Some((image.to_string(), image))
            }
            _ => None,
        };
        let outlooks = tags
            .par_iter()
            .flat_map_iter(|(setter, tag)| self.outlooks(setter, Some(tag)));
        outlooks.filter_map(next).collect()
    }

    /// Returns the tags that stand at live markers.
    fn marked_tags(&self) -> impl Iterator<Item = (&Setter, String)> {
        let live = self.marked.iter().flat_map(|file| file.live());
        live.filter_map(|(marker, setter)| {
            let tag = current_tag(marker.position.as_ref().ok()?, setter)?;
            Some((setter, tag))
        })
    }

    /// Returns the repositories whose tags decide what policies select, each once: in which cluster, and which image.
    pub fn watched(&self) -> impl Iterator<Item = (usize, &Reference)> {
        let policies = self.tag_policies().iter();
        policies.filter_map(|policy| Some((policy.cluster, policy.watched.as_ref()?)))
    }
}

/// Returns the tag that stands at a marker, if that can be told.
pub fn current_tag(field: &Field, setter: &Setter) -> Option<String> {
    let text = field.scalar()?.text.as_str();
    if text.contains("${") {
        return None;
    }
    match setter.part {
        Part::Tag => is_tag(text).then(|| text.to_owned()),
        Part::Image => Reference::parse(text).ok()?.tag().map(str::to_owned),
        Part::Name | Part::Digest => None,
    }
}
