//! Simulations as documents: the shape of the contract.

use serde::{Serialize, Serializer};

use super::{Simulation, TagSource, Verdict};
use crate::image::{Fate, TagFate};

/// Several simulations.
#[derive(Serialize)]
pub(super) struct SimulationsDocument<'a> {
    pub(super) version: u8,
    pub(super) policies: Vec<SimulationEntry<'a>>,
}

/// One simulation: a document, or an entry of a list.
#[derive(Serialize)]
pub(super) struct SimulationEntry<'a> {
    /// Of the document, where the entry is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<&'a str>,
    policy: Option<Name<'a>>,
    image: Option<&'a str>,
    source: Option<&'static str>,
    winner: Option<&'a str>,
    ambiguous: &'a [&'a str],
    error: Option<ErrorEntry<'a>>,
    tags: Vec<TagEntry<'a>>,
}

#[derive(Serialize)]
struct Name<'a> {
    namespace: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct ErrorEntry<'a> {
    kind: &'static str,
    message: &'a str,
}

#[derive(Serialize)]
struct TagEntry<'a> {
    tag: &'a str,
    status: &'static str,
    key: Option<&'a str>,
    rank: Option<usize>,
    #[serde(serialize_with = "displayed")]
    reason: &'a Fate,
}

fn displayed<S: Serializer>(fate: &&Fate, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(fate)
}

impl<'a> SimulationEntry<'a> {
    /// Makes a document of its own.
    pub(super) fn whole(simulation: &'a Simulation<'_>) -> Self {
        SimulationEntry {
            version: Some(1),
            ..Self::new(simulation)
        }
    }

    /// Makes an entry of a list.
    pub(super) fn new(simulation: &'a Simulation<'_>) -> Self {
        let entry = SimulationEntry {
            version: None,
            cluster: simulation.cluster,
            policy: simulation
                .policy
                .map(|(namespace, name)| Name { namespace, name }),
            image: simulation.image,
            source: simulation.source.map(TagSource::word),
            winner: None,
            ambiguous: &[],
            error: None,
            tags: Vec::new(),
        };
        match &simulation.verdict {
            Verdict::Unknown(why) => SimulationEntry {
                error: Some(ErrorEntry {
                    kind: "unknown",
                    message: why,
                }),
                ..entry
            },
            Verdict::Judged(selection) => SimulationEntry {
                winner: selection.winner,
                ambiguous: &selection.ambiguous,
                error: selection.error.as_ref().map(|error| ErrorEntry {
                    kind: error.kind.as_str(),
                    message: &error.message,
                }),
                tags: selection.tags.iter().map(TagEntry::new).collect(),
                ..entry
            },
        }
    }
}

impl<'a> TagEntry<'a> {
    fn new(fate: &'a TagFate<'_>) -> Self {
        TagEntry {
            tag: fate.tag,
            status: fate.fate.status(),
            key: fate.key.as_deref(),
            rank: fate.rank,
            reason: &fate.fate,
        }
    }
}
