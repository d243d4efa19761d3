//! What `images simulate` shows: which tag wins, and why the others do not.

use std::io::{self, BufWriter, Write};

use serde::{Serialize, Serializer};

use super::simulation_table;
use super::{DataFormat, write_json, write_yaml};
use crate::image::{Fate, Selection, TagFate, TagPolicySpec};

/// One policy and what it makes of tags.
#[derive(Debug)]
pub struct Simulation<'t> {
    /// The cluster, where more than one is shown.
    pub cluster: Option<&'t str>,
    /// Namespace and name; `None` for a policy that exists in flags only.
    pub policy: Option<(&'t str, &'t str)>,
    /// `spec.image` of the ImageRepository, where there is one.
    pub image: Option<&'t str>,
    /// What the policy says.
    pub spec: &'t TagPolicySpec,
    /// Where the tags are from, such as `the registry`.
    pub source: &'t str,
    /// The tags that were added, to be judged one by one.
    pub added: &'t [String],
    /// What came of it.
    pub verdict: Verdict<'t>,
}

/// What came of a simulation.
#[derive(Debug)]
pub enum Verdict<'t> {
    /// The policy was run.
    Judged(Selection<'t>),
    /// There are no tags to run it on: a clause that says why.
    Unknown(String),
}

/// How much is shown to people; the other formats have everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// The outcome, and why if it is none.
    Outcome,
    /// The candidates, and examples of the others by reason.
    Explained,
    /// Every tag.
    Everything,
}

/// Writes one simulation: for people the outcome or the table of `--explain`, else the document of the contract.
///
/// # Errors
/// Those of the writer.
pub fn write_simulation(
    format: DataFormat,
    simulation: &Simulation<'_>,
    detail: Detail,
    color: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    let document = || SimulationEntry {
        version: Some(1),
        ..SimulationEntry::new(simulation)
    };
    match format {
        DataFormat::Human => simulation_table::write_one(simulation, detail, color, &mut out),
        DataFormat::Json => write_json(&document(), &mut out),
        DataFormat::Yaml => write_yaml(&document(), &mut out),
    }?;
    out.flush()
}

/// Writes several simulations: for people a line or a table each, else `{"version":1,"policies":[…]}`.
///
/// # Errors
/// Those of the writer.
pub fn write_simulations(
    format: DataFormat,
    simulations: &[Simulation<'_>],
    detail: Detail,
    color: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    let document = || SimulationsDocument {
        version: 1,
        policies: simulations.iter().map(SimulationEntry::new).collect(),
    };
    match format {
        DataFormat::Human if detail == Detail::Outcome => {
            simulation_table::write_list(simulations, color, &mut out)
        }
        DataFormat::Human => simulation_table::write_all(simulations, detail, color, &mut out),
        DataFormat::Json => write_json(&document(), &mut out),
        DataFormat::Yaml => write_yaml(&document(), &mut out),
    }?;
    out.flush()
}

#[derive(Serialize)]
struct SimulationsDocument<'a> {
    version: u8,
    policies: Vec<SimulationEntry<'a>>,
}

#[derive(Serialize)]
struct SimulationEntry<'a> {
    /// Of the document, where the entry is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<&'a str>,
    policy: Option<Name<'a>>,
    image: Option<&'a str>,
    source: &'a str,
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
    fn new(simulation: &'a Simulation<'_>) -> Self {
        let entry = SimulationEntry {
            version: None,
            cluster: simulation.cluster,
            policy: simulation
                .policy
                .map(|(namespace, name)| Name { namespace, name }),
            image: simulation.image,
            source: simulation.source,
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
