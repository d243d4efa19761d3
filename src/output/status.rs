//! The objects of Flux in clusters: a table for people, the same as data.

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use super::style::Palette;
use super::table::{Cell, Table};
use super::{DataFormat, write_json, write_yaml};
use crate::flux::ConditionStatus;
use crate::flux::live::Live;

/// What `status` answers.
#[derive(Debug, Serialize)]
pub struct StatusDocument {
    version: u32,
    objects: Vec<StatusRow>,
}

/// One object.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StatusRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<String>,
    api_version: String,
    kind: String,
    namespace: String,
    name: String,
    ready: &'static str,
    suspended: bool,
    revision: Option<String>,
    reason: String,
    message: String,
}

impl StatusDocument {
    /// Makes a document of objects, each with the context of its cluster where there are several.
    pub fn new<'l>(objects: impl Iterator<Item = (Option<&'l str>, &'l Live)>) -> Self {
        let objects = objects.map(|(context, object)| row(context, object));
        StatusDocument {
            version: 1,
            objects: objects.collect(),
        }
    }
}

fn row(context: Option<&str>, object: &Live) -> StatusRow {
    let readiness = object.readiness();
    StatusRow {
        context: context.map(str::to_owned),
        api_version: object.api_version().to_owned(),
        kind: object.kind.kind.to_owned(),
        namespace: object.id.namespace.clone(),
        name: object.id.name.clone(),
        ready: match readiness.status {
            ConditionStatus::True => "True",
            ConditionStatus::False => "False",
            ConditionStatus::Unknown => "Unknown",
        },
        suspended: object.is_suspended(),
        revision: object.revision(),
        reason: readiness.reason,
        message: readiness.message,
    }
}

/// Writes the document in the format asked for.
///
/// # Errors
/// Those of the writer.
pub fn write_status(
    format: DataFormat,
    document: &StatusDocument,
    (width, color): (Option<usize>, bool),
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match format {
        DataFormat::Human => {
            let headers = [
                "NAMESPACE",
                "NAME",
                "REVISION",
                "SUSPENDED",
                "READY",
                "MESSAGE",
            ];
            let mut table = Table::new(headers);
            for row in &document.objects {
                let name = format!("{}/{}", row.kind.to_lowercase(), row.name);
                let revision = row.revision.as_deref().unwrap_or_default();
                let suspended = if row.suspended { "True" } else { "False" };
                let cells = [
                    &row.namespace,
                    &name,
                    revision,
                    suspended,
                    row.ready,
                    &row.message,
                ];
                table.push(cells.map(Cell::from));
            }
            table.write(width, &Palette::new(color), &mut out)?;
        }
        DataFormat::Json => write_json(document, &mut out)?,
        DataFormat::Yaml => write_yaml(document, &mut out)?,
    }
    out.flush()
}
