//! What clusters have otherwise than the repository says.

use std::io::{self, BufWriter, Write};

use owo_colors::OwoColorize;
use serde::Serialize;

use super::super::style::Palette;
use super::super::{DataFormat, text, write_json, write_yaml};
use super::Look;
use super::columns::below;
use super::document::ClusterFailure;
use crate::flux::live::{Drift, DriftKind, FluxKind, KINDS};

/// So many objects are named in a sentence.
const NAMED: usize = 5;

/// The answer of `status --against-git`.
#[derive(Debug, Serialize)]
pub struct DriftDocument {
    version: u32,
    differences: Vec<DriftRow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ClusterFailure>,
    /// The clusters that were compared, with the context where several are, and what the repository has for them.
    #[serde(skip)]
    compared: Vec<(Option<String>, String)>,
}

#[derive(Debug, Serialize)]
struct DriftRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<String>,
    kind: String,
    namespace: String,
    name: String,
    difference: &'static str,
    detail: String,
    next: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    objects: Vec<String>,
}

fn word(kind: DriftKind) -> &'static str {
    match kind {
        DriftKind::Missing => "missing",
        DriftKind::Extra => "extra",
        DriftKind::NotApplied => "not-applied",
        DriftKind::Suspended => "suspended",
        DriftKind::Resumed => "resumed",
        DriftKind::Behind => "behind",
        DriftKind::Ahead => "ahead",
    }
}

impl DriftDocument {
    /// Makes an empty document.
    pub fn new() -> Self {
        DriftDocument {
            version: 1,
            differences: Vec::new(),
            errors: Vec::new(),
            compared: Vec::new(),
        }
    }

    /// Adds the differences of a cluster. The context is known where several are asked; `name` is the cluster's in the repository.
    pub fn add(&mut self, context: Option<&str>, name: &str, drifts: Vec<Drift>) {
        let context = context.map(str::to_owned);
        self.compared.push((context.clone(), name.to_owned()));
        self.differences
            .extend(drifts.into_iter().map(|drift| DriftRow {
                context: context.clone(),
                kind: drift.object.kind,
                namespace: drift.object.id.namespace,
                name: drift.object.id.name,
                difference: word(drift.kind),
                detail: drift.detail,
                next: Some(drift.next).filter(|next| !next.is_empty()),
                objects: drift.objects,
            }));
    }

    /// Adds what could not be looked at.
    pub fn fail(&mut self, failure: ClusterFailure) {
        self.errors.push(failure);
    }

    /// Tells whether something differs.
    pub fn differs(&self) -> bool {
        !self.differences.is_empty()
    }
}

impl Default for DriftDocument {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes the differences in the format asked for.
///
/// # Errors
/// Those of the writer.
pub fn write_drifts(
    format: DataFormat,
    document: &DriftDocument,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match format {
        DataFormat::Human => write_page(document, look, &mut out)?,
        DataFormat::Json => write_json(document, &mut out)?,
        DataFormat::Yaml => write_yaml(document, &mut out)?,
    }
    out.flush()
}

fn write_page(document: &DriftDocument, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let palette = Palette::new(look.color);
    for (number, (context, name)) in document.compared.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        if let Some(context) = context {
            let heading = format!("context {}", text::one_line(context));
            writeln!(out, "{}", heading.style(palette.strong))?;
        }
        let rows: Vec<&DriftRow> = document
            .differences
            .iter()
            .filter(|row| row.context == *context)
            .collect();
        for row in &rows {
            write_row(row, look, &palette, out)?;
        }
        let count = match rows.len() {
            0 => format!(
                "no difference: the cluster has what the repository says of {}",
                text::one_line(name)
            ),
            some => text::count(some, "difference"),
        };
        writeln!(out, "{}", count.style(palette.strong))?;
    }
    Ok(())
}

fn write_row(row: &DriftRow, look: Look, palette: &Palette, out: &mut dyn Write) -> io::Result<()> {
    let kind = KINDS.iter().find(|kind| kind.kind == row.kind);
    let kind = kind.map_or_else(|| row.kind.clone(), FluxKind::short);
    let name = format!("{kind}/{}/{}", row.namespace, row.name);
    let style = match row.difference {
        "missing" | "not-applied" => palette.error,
        _ => palette.warning,
    };
    let word = format!("{:<11}", row.difference);
    writeln!(out, "{} {}", word.style(style), text::one_line(&name))?;
    let mut said = row.detail.clone();
    if !row.objects.is_empty() {
        let named: Vec<&str> = row.objects.iter().take(NAMED).map(String::as_str).collect();
        said.push_str(&format!("\n{}", named.join(", ")));
        let more = row.objects.len().saturating_sub(NAMED);
        if more > 0 {
            said.push_str(&format!(" and {more} more"));
        }
    }
    if let Some(next) = &row.next {
        said.push_str(&format!("\n→ {next}"));
    }
    let lines = below(&said, look);
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
}
