//! What belongs to a service: where it comes from, what applies it, what runs, and what updates its image.

use owo_colors::OwoColorize;
use serde::Serialize;

use super::super::style::Palette;
use super::super::table::{Cell, Table};
use super::super::text;
use super::Look;
use super::columns::{Columns, age, below, ready, ready_style, shown_revision};
use super::row::{Standing, StatusRow, word};
use crate::flux::ConditionStatus;
use crate::flux::live::{self, Family, KindRef, Live, Workload};

/// A service: its objects of Flux by name, its workloads whole.
#[derive(Clone, Debug, Serialize)]
pub struct ServiceStatus {
    /// The context, where several clusters are asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) context: Option<String>,
    name: String,
    objects: Vec<Reference>,
    workloads: Vec<WorkloadRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Reference {
    kind: String,
    namespace: String,
    name: String,
}

#[derive(Clone, Debug, Serialize)]
struct WorkloadRow {
    #[serde(rename = "apiVersion")]
    api_version: String,
    kind: String,
    namespace: String,
    name: String,
    ready: &'static str,
    suspended: bool,
    replicas: Option<u64>,
    ready_replicas: Option<u64>,
    images: Vec<String>,
    message: String,
    age_seconds: Option<u64>,
}

impl ServiceStatus {
    /// Makes the status of a service; `now` in seconds since 1970.
    pub fn new(
        context: Option<&str>,
        name: &str,
        objects: &[Live],
        workloads: &[Workload],
        now: i64,
    ) -> Self {
        ServiceStatus {
            context: context.map(str::to_owned),
            name: name.to_owned(),
            objects: objects
                .iter()
                .map(|o| Reference::of(o.kind_ref()))
                .collect(),
            workloads: workloads.iter().map(|w| WorkloadRow::of(w, now)).collect(),
        }
    }

    /// Tells whether a workload is not ready.
    pub fn has_failing_workload(&self) -> bool {
        self.workloads.iter().any(WorkloadRow::is_failing)
    }

    /// Tells whether an object belongs to the service.
    pub(super) fn has(&self, row: &StatusRow) -> bool {
        row.context == self.context && self.objects.iter().any(|object| object.is(row))
    }
}

impl Reference {
    fn of(named: KindRef) -> Self {
        Reference {
            kind: named.kind,
            namespace: named.id.namespace,
            name: named.id.name,
        }
    }

    fn is(&self, row: &StatusRow) -> bool {
        self.name == row.name && self.namespace == row.namespace && self.kind == row.kind
    }
}

impl WorkloadRow {
    fn of(workload: &Workload, now: i64) -> Self {
        WorkloadRow {
            api_version: workload.api_version.clone(),
            kind: workload.kind.clone(),
            namespace: workload.id.namespace.clone(),
            name: workload.id.name.clone(),
            ready: word(workload.ready),
            suspended: workload.suspended,
            replicas: workload.replicas.map(|(_, wanted)| wanted),
            ready_replicas: workload.replicas.map(|(ready, _)| ready),
            images: workload.images.clone(),
            message: workload.message.clone(),
            age_seconds: live::age(&workload.since, now),
        }
    }

    fn is_failing(&self) -> bool {
        !self.suspended && self.ready != word(ConditionStatus::True)
    }

    /// Returns `2/3` where it counts pods.
    fn ready(&self) -> String {
        match (self.suspended, self.ready_replicas, self.replicas) {
            (true, ..) => "Suspended".to_owned(),
            (_, Some(ready), Some(wanted)) => format!("{ready}/{wanted}"),
            _ => self.ready.to_owned(),
        }
    }
}

/// Adds the workloads of a service to a table of objects.
pub(super) fn push_workloads(service: &ServiceStatus, columns: Columns, table: &mut Table) {
    for workload in &service.workloads {
        let name = format!("{}/{}", workload.kind.to_ascii_lowercase(), workload.name);
        let age = workload.age_seconds.map(text::span).unwrap_or_default();
        let suspended = if workload.suspended { "True" } else { "False" };
        let cells = [
            (columns.context, service.context.clone().unwrap_or_default()),
            (columns.namespace, workload.namespace.clone()),
            (true, name),
            (true, workload.images.join(", ")),
            (columns.suspended, suspended.to_owned()),
            (true, workload.ready()),
            (true, age),
            (true, workload.message.clone()),
        ];
        table.push(
            cells
                .into_iter()
                .filter_map(|(is, text)| is.then_some(Cell::from(text))),
        );
    }
}

/// One line of a service's table, and what is said below it.
struct Entry<'r> {
    part: &'static str,
    cells: [Cell; 5],
    message: &'r str,
}

/// Returns the lines of a service: a section for each part, with whole messages. `rows` holds the service's objects.
pub(super) fn lines(service: &ServiceStatus, rows: &[&StatusRow], look: Look) -> Vec<String> {
    let palette = Palette::new(look.color);
    let own: Vec<&StatusRow> = service
        .objects
        .iter()
        .filter_map(|object| rows.iter().copied().find(|row| object.is(row)))
        .collect();
    let said: Vec<String> = own.iter().map(|row| row.said()).collect();
    let part = |wanted: Family, name: &'static str| {
        let all = own.iter().zip(&said);
        all.filter(move |(row, _)| row.flux.family == wanted)
            .map(move |(row, said)| object_entry(row, said, name, palette))
    };
    let mut entries: Vec<Entry<'_>> = part(Family::Source, "Source").collect();
    entries.extend(part(Family::Applier, "Applied by"));
    let workloads = service.workloads.iter();
    entries.extend(workloads.map(|workload| workload_entry(workload, palette)));
    entries.extend(part(Family::Image, "Image"));
    entries.extend(part(Family::Notification, "Notification"));
    let mut lines = vec![heading(service, &own, &palette)];
    lines.extend(sections(&entries, look, &palette));
    lines
}

fn heading(service: &ServiceStatus, own: &[&StatusRow], palette: &Palette) -> String {
    let is_failing = |row: &&&StatusRow| row.standing() == Standing::Failing;
    let workloads = service.workloads.iter().filter(|w| w.is_failing()).count();
    let failing = own.iter().filter(is_failing).count() + workloads;
    let all = own.len() + service.workloads.len();
    let name = text::one_line(&service.name).into_owned();
    match failing {
        0 => format!("{}: ready", name.style(palette.strong)),
        _ => {
            let count = format!("{failing} of {all} not ready");
            format!(
                "{}: {}",
                name.style(palette.strong),
                count.style(palette.error)
            )
        }
    }
}

fn object_entry<'r>(
    row: &StatusRow,
    said: &'r str,
    part: &'static str,
    palette: Palette,
) -> Entry<'r> {
    Entry {
        part,
        cells: [
            Cell::new(&row.namespace),
            Cell::new(&row.title(false)),
            Cell::styled(ready(row, true), ready_style(row, &palette)),
            Cell::new(&age(row)),
            Cell::new(&shown_revision(row)),
        ],
        message: said,
    }
}

fn workload_entry(workload: &WorkloadRow, palette: Palette) -> Entry<'_> {
    let style = match workload.is_failing() {
        true => palette.error,
        false => palette.added,
    };
    let name = format!("{}/{}", workload.kind.to_ascii_lowercase(), workload.name);
    let age = workload.age_seconds.map(text::span).unwrap_or_default();
    Entry {
        part: "Runs",
        cells: [
            Cell::new(&workload.namespace),
            Cell::new(&name),
            Cell::styled(&workload.ready(), style),
            Cell::new(&age),
            Cell::new(&text::short_hashes(&workload.images.join(", "))),
        ],
        message: &workload.message,
    }
}

/// Returns the entries below the names of their parts.
fn sections(entries: &[Entry<'_>], look: Look, palette: &Palette) -> Vec<String> {
    let mut table = Table::new(["NAMESPACE", "NAME", "READY", "AGE", "REVISION"]);
    for entry in entries {
        table.push(entry.cells.iter().cloned());
    }
    let inner = look.width.map(|width| width.saturating_sub(2));
    let mut lines = table.lines(inner, palette).into_iter();
    let mut all: Vec<String> = lines
        .next()
        .map(|header| format!("  {header}"))
        .into_iter()
        .collect();
    let mut part = "";
    for (line, entry) in lines.zip(entries) {
        if entry.part != part {
            part = entry.part;
            all.push(part.style(palette.strong).to_string());
        }
        all.push(format!("  {line}"));
        all.extend(below(entry.message, look));
    }
    all
}
