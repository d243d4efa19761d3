//! What `images simulate` shows: which tag wins, and why the others do not.

mod document;
mod list;
mod page;
mod reason;

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};

use self::document::{SimulationEntry, SimulationsDocument};
use super::text::one_line;
use super::{DataFormat, write_json, write_yaml};
use crate::image::{Selection, TagPolicySpec};

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
    /// Where the tags are from; `None` where there are none.
    pub source: Option<&'t TagSource>,
    /// The tags that were added, to be judged one by one.
    pub added: &'t [String],
    /// What came of it.
    pub verdict: Verdict<'t>,
}

impl Simulation<'_> {
    /// Returns `NS/NAME`.
    fn name(&self) -> String {
        match self.policy {
            Some((namespace, name)) => format!("{namespace}/{name}"),
            None => "this policy".to_owned(),
        }
    }

    /// Returns where the tags are from, for people.
    fn source_name(&self) -> Cow<'static, str> {
        match self.source {
            Some(TagSource::Registry) => "the registry".into(),
            Some(TagSource::Cache) => "the cache".into(),
            Some(TagSource::File(file)) => format!("`{}`", one_line(file)).into(),
            Some(TagSource::Stdin) => "stdin".into(),
            Some(TagSource::Cluster) => "the cluster".into(),
            None => "nowhere".into(),
        }
    }
}

/// Where tags are from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagSource {
    /// The registry, or what it said has not changed.
    Registry,
    /// What the registry said some time ago.
    Cache,
    /// A file.
    File(String),
    /// Standard input.
    Stdin,
    /// What the image-reflector of a cluster shows.
    Cluster,
}

impl TagSource {
    /// Returns the word that documents have.
    fn word(&self) -> &'static str {
        match self {
            TagSource::Registry => "registry",
            TagSource::Cache => "cache",
            TagSource::File(_) => "file",
            TagSource::Stdin => "stdin",
            TagSource::Cluster => "cluster",
        }
    }
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
    let document = || SimulationEntry::whole(simulation);
    match format {
        DataFormat::Human => page::write(simulation, detail, color, &mut out),
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
        DataFormat::Human if detail == Detail::Outcome => list::write(simulations, color, &mut out),
        DataFormat::Human => simulations
            .iter()
            .enumerate()
            .try_for_each(|(index, simulation)| {
                if index > 0 {
                    writeln!(out)?;
                }
                page::write(simulation, detail, color, &mut out)
            }),
        DataFormat::Json => write_json(&document(), &mut out),
        DataFormat::Yaml => write_yaml(&document(), &mut out),
    }?;
    out.flush()
}
