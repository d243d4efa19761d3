//! What `images list` shows: the image-update markers of a repository.

use std::io::{self, Write};

use serde::Serialize;

use super::style::Palette;
use super::{DataFormat, text, write_json, write_yaml};

/// One marker, with the policy that it names and the automation that serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkerRow {
    /// Path relative to the repository root, with `/`.
    pub file: String,
    /// Line of the marked value, from 1.
    pub line: u32,
    /// Column of the marked value in characters, from 1.
    pub column: u32,
    /// Namespace of the policy, as the marker says.
    pub policy_namespace: String,
    /// Name of the policy, as the marker says.
    pub policy_name: String,
    /// What is written at the marker: `image`, `tag`, `name` or `digest`.
    pub part: &'static str,
    /// The marked value.
    pub value: String,
    /// Namespace and name of the automation that updates this marker.
    pub automation: Option<(String, String)>,
    /// The newest tag that the policy selects, where a registry was asked.
    pub latest: Option<String>,
}

/// Writes the markers: aligned columns for people, or the document `{"version":1,"markers":[…]}`.
///
/// # Errors
///
/// Whatever `out` reports.
pub fn write_markers(
    format: DataFormat,
    rows: &[MarkerRow],
    color: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        DataFormat::Human => write_table(rows, color, out),
        DataFormat::Json => write_json(&MarkersDocument::new(rows), out),
        DataFormat::Yaml => write_yaml(&MarkersDocument::new(rows), out),
    }
}

#[derive(Serialize)]
struct MarkersDocument<'a> {
    version: u8,
    markers: Vec<MarkerEntry<'a>>,
}

#[derive(Serialize)]
struct MarkerEntry<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    policy: Reference<'a>,
    part: &'a str,
    value: &'a str,
    automation: Option<Reference<'a>>,
    latest: Option<&'a str>,
}

#[derive(Serialize)]
struct Reference<'a> {
    namespace: &'a str,
    name: &'a str,
}

impl<'a> MarkersDocument<'a> {
    fn new(rows: &'a [MarkerRow]) -> Self {
        MarkersDocument {
            version: 1,
            markers: rows.iter().map(MarkerEntry::new).collect(),
        }
    }
}

impl<'a> MarkerEntry<'a> {
    fn new(row: &'a MarkerRow) -> Self {
        MarkerEntry {
            file: &row.file,
            line: row.line,
            column: row.column,
            policy: Reference {
                namespace: &row.policy_namespace,
                name: &row.policy_name,
            },
            part: row.part,
            value: &row.value,
            automation: row
                .automation
                .as_ref()
                .map(|(namespace, name)| Reference { namespace, name }),
            latest: row.latest.as_deref(),
        }
    }
}

const HEAD: [&str; 6] = ["PLACE", "POLICY", "PART", "VALUE", "AUTOMATION", "LATEST"];

/// The last column is shown only where a registry was asked.
fn write_table(rows: &[MarkerRow], color: bool, out: &mut dyn Write) -> io::Result<()> {
    if rows.is_empty() {
        return writeln!(out, "no markers");
    }
    let palette = Palette::new(color);
    let columns = if rows.iter().any(|row| row.latest.is_some()) {
        6
    } else {
        5
    };
    let cells: Vec<_> = rows.iter().map(cells).collect();
    let head = HEAD.map(str::to_owned);
    let all = || std::iter::once(&head).chain(&cells);
    let widths: Vec<_> = (0..columns)
        .map(|column| {
            all()
                .map(|row| width(row, column))
                .max()
                .unwrap_or_default()
        })
        .collect();
    for (index, row) in all().enumerate() {
        let line = line(row, &widths);
        match index {
            0 => writeln!(out, "{}", palette.strong.style(line))?,
            _ => writeln!(out, "{line}")?,
        }
    }
    Ok(())
}

fn cells(row: &MarkerRow) -> [String; 6] {
    let automation = row
        .automation
        .as_ref()
        .map(|(namespace, name)| format!("{namespace}/{name}"));
    let cells = [
        format!("{}:{}", row.file, row.line),
        format!("{}:{}", row.policy_namespace, row.policy_name),
        row.part.to_owned(),
        row.value.clone(),
        automation.unwrap_or_else(|| "-".to_owned()),
        row.latest.clone().unwrap_or_else(|| "-".to_owned()),
    ];
    cells.map(|cell| text::one_line(&cell).into_owned())
}

fn width(row: &[String; 6], column: usize) -> usize {
    row.get(column).map_or(0, |cell| cell.chars().count())
}

fn line(row: &[String; 6], widths: &[usize]) -> String {
    let pad = |(cell, width): (&String, &usize)| format!("{cell:width$}");
    let cells: Vec<_> = row.iter().zip(widths).map(pad).collect();
    cells.join("   ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::output::samples;

    fn rows() -> Vec<MarkerRow> {
        let served = MarkerRow {
            file: "apps/web/deployment.yaml".to_owned(),
            line: 23,
            column: 18,
            policy_namespace: "flux-system".to_owned(),
            policy_name: "app".to_owned(),
            part: "image",
            value: "ghcr.io/me/app:1.4.2".to_owned(),
            automation: Some(("flux-system".to_owned(), "all".to_owned())),
            latest: None,
        };
        let lost = MarkerRow {
            line: 7,
            part: "tag",
            value: "é\u{1b}[31m".to_owned(),
            automation: None,
            ..served.clone()
        };
        vec![served, lost]
    }

    #[test]
    fn columns_are_aligned() {
        let table = samples::text(|out| write_markers(DataFormat::Human, &rows(), false, out));
        assert_snapshot!(table, @"
        PLACE                         POLICY            PART    VALUE                  AUTOMATION
        apps/web/deployment.yaml:23   flux-system:app   image   ghcr.io/me/app:1.4.2   flux-system/all
        apps/web/deployment.yaml:7    flux-system:app   tag     é␛[31m                 -
        ");
    }

    #[test]
    fn the_newest_tag_is_shown_where_it_is_known() {
        let mut rows = rows();
        rows[0].latest = Some("1.5.0".to_owned());
        let table = samples::text(|out| write_markers(DataFormat::Human, &rows, false, out));
        assert_snapshot!(table, @"
        PLACE                         POLICY            PART    VALUE                  AUTOMATION        LATEST
        apps/web/deployment.yaml:23   flux-system:app   image   ghcr.io/me/app:1.4.2   flux-system/all   1.5.0
        apps/web/deployment.yaml:7    flux-system:app   tag     é␛[31m                 -                 -
        ");
    }

    #[test]
    fn documents_are_those_of_the_contract() {
        let json = samples::text(|out| write_markers(DataFormat::Json, &rows()[..1], false, out));
        assert_snapshot!(json, @r#"
        {
          "version": 1,
          "markers": [
            {
              "file": "apps/web/deployment.yaml",
              "line": 23,
              "column": 18,
              "policy": {
                "namespace": "flux-system",
                "name": "app"
              },
              "part": "image",
              "value": "ghcr.io/me/app:1.4.2",
              "automation": {
                "namespace": "flux-system",
                "name": "all"
              },
              "latest": null
            }
          ]
        }
        "#);
        let yaml = samples::text(|out| write_markers(DataFormat::Yaml, &rows()[1..], false, out));
        assert_snapshot!(yaml, @r#"
        version: 1
        markers:
        - file: apps/web/deployment.yaml
          line: 7
          column: 18
          policy:
            namespace: flux-system
            name: app
          part: tag
          value: "é\e[31m"
          automation: null
          latest: null
        "#);
    }

    #[test]
    fn no_rows_are_said_or_empty() {
        let table = samples::text(|out| write_markers(DataFormat::Human, &[], false, out));
        assert_eq!(table, "no markers\n");
        let json = samples::text(|out| write_markers(DataFormat::Json, &[], false, out));
        assert_eq!(json, "{\n  \"version\": 1,\n  \"markers\": []\n}\n");
    }
}
