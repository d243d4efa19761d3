//! What policies select from the real tags, and where the markers stand: shared by rules and `images list --latest`.

use std::collections::BTreeMap;

use super::Context;
use super::pods::{images, pod_spec};
use super::tag_policies::AppliedPolicy;
use crate::image::marker::{Field, Part, Setter};
use crate::image::{Reference, SelectionError, Standing, TagOrder, is_tag};

/// What a policy selects from the tags that a registry has.
#[derive(Clone, Debug)]
pub struct Outlook<'c> {
    /// The repository that the policy watches.
    pub watched: &'c Reference,
    /// What the policy selects.
    pub latest: Result<&'c str, NoLatest>,
    /// Where the tag at the marker stands; nothing where there is no tag, or nothing to compare it with.
    pub standing: Option<Standing<'c>>,
}

/// Why a policy selects no tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoLatest {
    /// Flux fails.
    Failed(SelectionError),
    /// Flux picks one of several at random.
    Ambiguous,
}

impl<'m> Context<'m> {
    /// Returns what the policy that a marker names selects, in each cluster that applies it and whose tags are known.
    /// `current` is the tag at the marker.
    pub fn outlooks<'c>(
        &'c self,
        setter: &Setter,
        current: Option<&'c str>,
    ) -> Vec<(usize, Outlook<'c>)> {
        let policies = self.tag_policies().iter();
        let named = policies.filter(|p| {
            p.object.id.namespace == setter.namespace && p.object.id.name == setter.name
        });
        named
            .filter_map(|policy| Some((policy.cluster, self.outlook(policy, current)?)))
            .collect()
    }

    fn outlook<'c>(
        &'c self,
        applied: &'c AppliedPolicy<'m>,
        current: Option<&'c str>,
    ) -> Option<Outlook<'c>> {
        let watched = applied.watched.as_ref()?;
        let tags = self.registry.as_ref()?.tags_of(watched)?;
        let all = tags.iter().map(String::as_str);
        let selection = applied.policy.select(all, TagOrder::Scanned);
        let latest = match (selection.winner, selection.error) {
            (Some(winner), _) => Ok(winner),
            (None, Some(error)) => Err(NoLatest::Failed(error)),
            (None, None) => Err(NoLatest::Ambiguous),
        };
        let current = current.filter(|_| latest.is_ok());
        Some(Outlook {
            watched,
            standing: current.map(|current| applied.policy.standing(tags, current)),
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
            let outlooks = self.outlooks(setter, None);
            let images = outlooks.iter().map(|(_, o)| o.watched.with_tag(&tag));
            found.extend(images.map(|image| (image.to_string(), image)));
        }
        let is_unlisted =
            |image: &Reference| self.registry.as_ref().is_some_and(|r| r.is_unlisted(image));
        found.retain(|_, image| is_unlisted(image));
        found
    }

    /// Returns the images since which markers are behind, each once: what is right above the tag at a marker.
    pub fn next_versions(&self, clusters: &[usize]) -> BTreeMap<String, Reference> {
        let mut found = BTreeMap::new();
        for (setter, tag) in self.marked_tags() {
            for (cluster, outlook) in self.outlooks(setter, Some(&tag)) {
                if let (Some(Standing::Behind(behind)), true) =
                    (&outlook.standing, clusters.contains(&cluster))
                {
                    let image = outlook.watched.with_tag(behind.next);
                    found.insert(image.to_string(), image);
                }
            }
        }
        found
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
