//! What rules see: the rendered repository, its markers, its image objects.

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::outlook::Memo;
use super::policy_test::PolicyTest;
use super::registry_facts::RegistryFacts;
use super::tag_policies::AppliedPolicy;
use crate::flux::{Cluster, Model, Unseen};
use crate::image::ImageObjects;
use crate::image::marker::{self, FileMarkers, Marker, Setter};
use crate::manifest::{SourceFile, Tree};

/// A rendered repository, prepared for rules.
pub struct Context<'m> {
    /// The files.
    pub tree: &'m Tree,
    /// The clusters with their units.
    pub model: &'m Model<'m>,
    /// The image objects of each cluster, in the order of `model.clusters`.
    pub images: Vec<ImageObjects<'m>>,
    /// Where each cluster may hold objects that cannot be seen, in the same order.
    pub unseen: Vec<Unseen>,
    /// The files with something that is meant as a marker, in order of path.
    pub marked: Vec<MarkedFile>,
    /// Paths that exist although git ignores them, with the line of the ignore file: asked for by rules on missing files.
    pub ignored: &'m (dyn Fn(&str) -> Option<IgnoredBy> + Sync),
    /// The tests of policies that the settings hold.
    pub policy_tests: Vec<PolicyTest>,
    /// The architectures of the nodes, as the settings have them; empty where they say nothing.
    pub architectures: Vec<String>,
    /// What registries said; nothing where none was asked.
    pub registry: Option<RegistryFacts>,
    /// What policies select of the tags in there, once it was asked for.
    pub(super) outlooks: Memo,
    /// The applied policies, compiled when a rule first asks.
    pub(super) compiled: OnceLock<Vec<AppliedPolicy<'m>>>,
}

/// The line of an ignore file that hides a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredBy {
    /// The ignore file, relative to the root.
    pub file: String,
    /// Its 1-based line.
    pub line: u32,
    /// The pattern.
    pub pattern: String,
}

/// A file with markers.
pub struct MarkedFile {
    /// The file.
    pub source: Arc<SourceFile>,
    /// What is meant as a marker in it.
    pub markers: FileMarkers,
    /// Whether a unit reads the file.
    pub applied: bool,
}

/// What the repository says of the policy that a marker names.
pub struct PolicyLookup<'c, 'm> {
    /// The clusters that apply the policy, with the policy.
    pub found: Vec<(usize, &'c crate::image::ImageObject<'m>)>,
    /// Whether some cluster may hold it where nobody can look.
    pub may_be_unseen: bool,
}

impl<'m> Context<'m> {
    /// Prepares a rendered repository. `ignored` tells which ignore rule hides an existing path.
    pub fn new(
        model: &'m Model<'m>,
        ignored: &'m (dyn Fn(&str) -> Option<IgnoredBy> + Sync),
    ) -> Self {
        let images = model.clusters.iter().map(ImageObjects::of).collect();
        let unseen = model.clusters.par_iter().map(Cluster::unseen).collect();
        Context {
            tree: model.tree,
            model,
            images,
            unseen,
            marked: marked_files(model),
            ignored,
            policy_tests: Vec::new(),
            architectures: Vec::new(),
            registry: None,
            outlooks: Memo::default(),
            compiled: OnceLock::new(),
        }
    }

    /// Adds the tests of policies that the settings hold.
    pub fn with_policy_tests(mut self, tests: Vec<PolicyTest>) -> Self {
        self.policy_tests = tests;
        self
    }

    /// Adds the architectures of the nodes that the settings hold.
    pub fn with_architectures(mut self, architectures: Vec<String>) -> Self {
        self.architectures = architectures;
        self
    }

    /// Adds what registries said.
    pub fn with_registry(mut self, facts: RegistryFacts) -> Self {
        self.registry = Some(facts);
        self
    }

    /// Looks up the policy that a marker names, in every cluster.
    pub fn policy(&self, setter: &Setter) -> PolicyLookup<'_, 'm> {
        let policies = self.images.iter().enumerate();
        let found: Vec<_> = policies
            .filter_map(|(cluster, images)| {
                Some((cluster, images.policy(&setter.namespace, &setter.name)?))
            })
            .collect();
        let may_be_unseen = (0..self.unseen.len())
            .any(|c| self.may_be_unseen(c, &setter.namespace))
            || self.images.iter().flat_map(|i| &i.policies).any(|p| {
                may_become(&p.id.namespace, &setter.namespace)
                    && may_become(&p.id.name, &setter.name)
            });
        PolicyLookup {
            found,
            may_be_unseen,
        }
    }

    /// Tells whether a cluster may hold objects in `namespace` that nobody can see offline.
    pub fn may_be_unseen(&self, cluster: usize, namespace: &str) -> bool {
        self.unseen
            .get(cluster)
            .is_some_and(|unseen| sees_less(unseen, namespace))
    }
}

impl MarkedFile {
    /// Returns the markers that Flux reads, with what they name.
    pub fn live(&self) -> impl Iterator<Item = (&Marker, &Setter)> {
        let readable = self.markers.unreadable.is_none();
        let markers = self
            .markers
            .markers
            .iter()
            .filter(move |m| readable && m.position.is_ok());
        markers.filter_map(|m| Some((m, m.body.as_ref().ok()?)))
    }
}

fn sees_less(unseen: &Unseen, namespace: &str) -> bool {
    match unseen {
        Unseen::Anywhere => true,
        Unseen::In(namespaces) => namespaces.contains(namespace),
    }
}

/// Tells whether a text with unknown variables may become `wanted`; a text without any must not, for it is known.
fn may_become(text: &str, wanted: &str) -> bool {
    text == wanted || text.contains("${")
}

fn marked_files(model: &Model<'_>) -> Vec<MarkedFile> {
    let tree = model.tree;
    let may_hold = |text: &str| marker::may_have_markers(text);
    tree.files()
        .par_iter()
        .filter(|file| file.known_text().is_some_and(may_hold))
        .filter_map(|file| {
            let source = tree.source(&file.path)?;
            let markers = marker::scan(&source);
            let applied = model.is_reached(&file.path);
            (!markers.markers.is_empty()).then_some(MarkedFile {
                source,
                markers,
                applied,
            })
        })
        .collect()
}
