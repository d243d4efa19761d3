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
    /// What the policy selects, where a registry was asked.
    pub latest: Latest,
}

/// What a policy selects from the tags of a registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Latest {
    /// No registry was asked, or it did not say.
    #[default]
    Unknown,
    /// Nothing, and why, in two words.
    None(&'static str),
    /// A tag, and where the tag at the marker stands.
    Tag(String, Lag),
}

/// How far the tag at a marker is behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lag {
    /// There is no tag at the marker, or nothing to compare it with.
    Unknown,
    /// The policy could never choose the tag.
    Outside,
    /// The tag is behind by this many versions; 0 if it is the latest.
    Behind {
        /// How many versions are better.
        versions: usize,
        /// `major`, `minor` or `patch`.
        kind: Option<&'static str>,
        /// When the first of them was made: RFC 3339, and its day.
        since: Option<(String, String)>,
    },
}

impl Latest {
    fn tag(&self) -> Option<&str> {
        match self {
            Latest::Tag(tag, _) => Some(tag),
            _ => None,
        }
    }
}

/// The markers to show.
#[derive(Clone, Copy, Debug)]
pub struct MarkersView<'a> {
    /// The markers.
    pub rows: &'a [MarkerRow],
    /// Whether registries were asked.
    pub asked: bool,
    /// Whether the answer may be coloured.
    pub color: bool,
}

/// Writes the markers: aligned columns for people, or the document `{"version":1,"markers":[…]}`.
///
/// # Errors
///
/// Whatever `out` reports.
pub fn write_markers(
    format: DataFormat,
    view: MarkersView<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        DataFormat::Human => write_table(view, out),
        DataFormat::Json => write_json(&MarkersDocument::new(view), out),
        DataFormat::Yaml => write_yaml(&MarkersDocument::new(view), out),
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
    /// Where registries were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    behind: Option<Option<BehindEntry<'a>>>,
}

#[derive(Serialize)]
struct BehindEntry<'a> {
    versions: usize,
    kind: Option<&'a str>,
    since: Option<&'a str>,
}

impl<'a> BehindEntry<'a> {
    fn new(latest: &'a Latest) -> Option<Self> {
        match latest {
            Latest::Tag(
                _,
                Lag::Behind {
                    versions,
                    kind,
                    since,
                },
            ) => Some(BehindEntry {
                versions: *versions,
                kind: *kind,
                since: since.as_ref().map(|(time, _)| time.as_str()),
            }),
            _ => None,
        }
    }
}

#[derive(Serialize)]
struct Reference<'a> {
    namespace: &'a str,
    name: &'a str,
}

impl<'a> MarkersDocument<'a> {
    fn new(view: MarkersView<'a>) -> Self {
        let entry = |row| MarkerEntry::new(row, view.asked);
        MarkersDocument {
            version: 1,
            markers: view.rows.iter().map(entry).collect(),
        }
    }
}

impl<'a> MarkerEntry<'a> {
    fn new(row: &'a MarkerRow, asked: bool) -> Self {
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
            latest: row.latest.tag(),
            behind: asked.then(|| BehindEntry::new(&row.latest)),
        }
    }
}

const HEAD: [&str; 7] = [
    "PLACE",
    "POLICY",
    "PART",
    "VALUE",
    "AUTOMATION",
    "LATEST",
    "BEHIND",
];
/// How many of the columns need no registry.
const OFFLINE: usize = 5;

/// The last columns are shown only where registries were asked.
fn write_table(view: MarkersView<'_>, out: &mut dyn Write) -> io::Result<()> {
    if view.rows.is_empty() {
        return writeln!(out, "no markers");
    }
    let palette = Palette::new(view.color);
    let columns = if view.asked { HEAD.len() } else { OFFLINE };
    let cells: Vec<_> = view.rows.iter().map(cells).collect();
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

fn cells(row: &MarkerRow) -> [String; 7] {
    let automation = row
        .automation
        .as_ref()
        .map(|(namespace, name)| format!("{namespace}/{name}"));
    let (latest, behind) = latest(&row.latest);
    let cells = [
        format!("{}:{}", row.file, row.line),
        format!("{}:{}", row.policy_namespace, row.policy_name),
        row.part.to_owned(),
        row.value.clone(),
        automation.unwrap_or_else(|| "-".to_owned()),
        latest,
        behind,
    ];
    cells.map(|cell| text::one_line(&cell).into_owned())
}

/// Returns the last two cells.
fn latest(latest: &Latest) -> (String, String) {
    let nothing = || "-".to_owned();
    match latest {
        Latest::Unknown => (nothing(), nothing()),
        Latest::None(why) => ((*why).to_owned(), nothing()),
        Latest::Tag(tag, lag) => (tag.clone(), behind(lag)),
    }
}

fn behind(lag: &Lag) -> String {
    let Lag::Behind {
        versions,
        kind,
        since,
    } = lag
    else {
        let words = match lag {
            Lag::Outside => "outside the policy",
            _ => "-",
        };
        return words.to_owned();
    };
    let count = match versions {
        0 => return "up to date".to_owned(),
        1 => "1 version".to_owned(),
        count => format!("{count} versions"),
    };
    let kind = kind.map_or_else(String::new, |kind| format!(" ({kind})"));
    let since = since
        .as_ref()
        .map_or_else(String::new, |(_, day)| format!(", since {day}"));
    format!("{count}{kind}{since}")
}

fn width(row: &[String; 7], column: usize) -> usize {
    row.get(column).map_or(0, |cell| cell.chars().count())
}

fn line(row: &[String; 7], widths: &[usize]) -> String {
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
            latest: Latest::Unknown,
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

    fn view(rows: &[MarkerRow], asked: bool) -> MarkersView<'_> {
        MarkersView {
            rows,
            asked,
            color: false,
        }
    }

    #[test]
    fn columns_are_aligned() {
        let table =
            samples::text(|out| write_markers(DataFormat::Human, view(&rows(), false), out));
        assert_snapshot!(table, @"
        PLACE                         POLICY            PART    VALUE                  AUTOMATION
        apps/web/deployment.yaml:23   flux-system:app   image   ghcr.io/me/app:1.4.2   flux-system/all
        apps/web/deployment.yaml:7    flux-system:app   tag     é␛[31m                 -
        ");
    }

    #[test]
    fn what_is_behind_is_shown_where_registries_were_asked() {
        let row = |latest| MarkerRow {
            latest,
            ..rows()[0].clone()
        };
        let behind = |versions, kind, day: Option<&str>| {
            let since = day.map(|day| (format!("{day}T08:09:10Z"), day.to_owned()));
            let lag = Lag::Behind {
                versions,
                kind,
                since,
            };
            row(Latest::Tag("1.5.0".to_owned(), lag))
        };
        let rows = [
            behind(3, Some("minor"), Some("2026-08-14")),
            behind(1, None, None),
            behind(0, None, None),
            row(Latest::Tag("1.5.0".to_owned(), Lag::Outside)),
            row(Latest::None("no match")),
            row(Latest::Unknown),
        ];
        let table = samples::text(|out| write_markers(DataFormat::Human, view(&rows, true), out));
        assert_snapshot!(table, @r#"
        PLACE                         POLICY            PART    VALUE                  AUTOMATION        LATEST     BEHIND
        apps/web/deployment.yaml:23   flux-system:app   image   ghcr.io/me/app:1.4.2   flux-system/all   1.5.0      3 versions (minor), since 2026-08-14
        apps/web/deployment.yaml:23   flux-system:app   image   ghcr.io/me/app:1.4.2   flux-system/all   1.5.0      1 version
        apps/web/deployment.yaml:23   flux-system:app   image   ghcr.io/me/app:1.4.2   flux-system/all   1.5.0      up to date
        apps/web/deployment.yaml:23   flux-system:app   image   ghcr.io/me/app:1.4.2   flux-system/all   1.5.0      outside the policy
        apps/web/deployment.yaml:23   flux-system:app   image   ghcr.io/me/app:1.4.2   flux-system/all   no match   -
        apps/web/deployment.yaml:23   flux-system:app   image   ghcr.io/me/app:1.4.2   flux-system/all   -          -
        "#);
        let json =
            samples::text(|out| write_markers(DataFormat::Json, view(&rows[..1], true), out));
        let document: serde_json::Value = serde_json::from_str(&json).unwrap();
        let expected =
            serde_json::json!({"versions": 3, "kind": "minor", "since": "2026-08-14T08:09:10Z"});
        assert_eq!(document["markers"][0]["behind"], expected);
        assert_eq!(document["markers"][0]["latest"], "1.5.0");
        let json =
            samples::text(|out| write_markers(DataFormat::Json, view(&rows[4..], true), out));
        assert_eq!(json.matches("\"behind\": null").count(), 2, "{json}");
    }

    #[test]
    fn documents_are_those_of_the_contract() {
        let json =
            samples::text(|out| write_markers(DataFormat::Json, view(&rows()[..1], false), out));
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
        let yaml =
            samples::text(|out| write_markers(DataFormat::Yaml, view(&rows()[1..], false), out));
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
        let table = samples::text(|out| write_markers(DataFormat::Human, view(&[], false), out));
        assert_eq!(table, "no markers\n");
        let json = samples::text(|out| write_markers(DataFormat::Json, view(&[], false), out));
        assert_eq!(json, "{\n  \"version\": 1,\n  \"markers\": []\n}\n");
    }
}
