//! The only place that prints: renderers that turn a report, or rows of data, into bytes on a writer.

use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use crate::lint::{Report, RuleInfo};

mod board;
mod diagnosis;
mod github;
mod human;
mod json;
mod junit;
mod markdown;
mod markers;
mod objects;
mod page;
mod plan;
mod preflight;
mod progress;
mod results;
mod rules;
mod sarif;
mod simulation;
mod snippet;
mod status;
mod story;
mod style;
mod table;
mod terminal;
mod text;
mod yaml;

#[cfg(test)]
mod samples;

pub use board::Board;
pub use diagnosis::{ClusterView, DiagnosesView, DiagnosisStyle, write_diagnoses};
pub use human::write_notes;
pub use json::write_json;
use json::write_json_line;
pub use markers::{Lag, Latest, MarkerRow, MarkersView, write_markers};
pub use objects::write_objects;
pub use plan::{Outcome, write_plan, write_plan_document};
pub use preflight::{Checklist, ChecklistStyle, Ran, write_checklist};
pub use progress::Spinner;
pub use results::{
    ContextError, ResultRow, ResultsDocument, progress_line, write_names, write_result,
    write_results,
};
pub use rules::{write_rule, write_rules};
pub use simulation::{Detail, Simulation, TagSource, Verdict, write_simulation, write_simulations};
pub use status::{
    ClusterFailure, DriftDocument, Follow, Look, ServiceStatus, Standing, StatusDocument,
    StatusRow, Tally, write_drifts, write_status,
};
pub use story::{write_error, write_note, write_program_line};
pub use terminal::{ColorChoice, TerminalFacts};
pub use yaml::write_yaml;

/// How findings are shown: the values of `-o, --output`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people, on a terminal or in a log
    #[default]
    Human,
    /// One JSON document
    Json,
    /// The JSON document, as YAML
    Yaml,
    /// SARIF 2.1.0, for code scanning (findings only)
    Sarif,
    /// Workflow commands of GitHub Actions (findings only)
    Github,
    /// JUnit XML, for GitLab and Jenkins (findings only)
    Junit,
    /// For a pull request comment, a job summary or an issue (findings, `bootstrap` and `doctor`)
    Markdown,
}

/// The formats of a checklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChecklistFormat {
    /// For people.
    Human,
    /// One JSON document.
    Json,
    /// The JSON document, as YAML.
    Yaml,
    /// For an issue.
    Markdown,
}

/// The formats that every command has; the others show findings only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DataFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON document.
    Json,
    /// The JSON document, as YAML.
    Yaml,
}

impl Format {
    /// Returns the format for data that is no list of findings, or `None` where this one shows findings only.
    pub fn data(self) -> Option<DataFormat> {
        match self {
            Format::Human => Some(DataFormat::Human),
            Format::Json => Some(DataFormat::Json),
            Format::Yaml => Some(DataFormat::Yaml),
            Format::Sarif | Format::Github | Format::Junit | Format::Markdown => None,
        }
    }

    /// Returns the format for a checklist, or `None` where this one shows findings only.
    pub fn checklist(self) -> Option<ChecklistFormat> {
        match self {
            Format::Human => Some(ChecklistFormat::Human),
            Format::Json => Some(ChecklistFormat::Json),
            Format::Yaml => Some(ChecklistFormat::Yaml),
            Format::Markdown => Some(ChecklistFormat::Markdown),
            Format::Sarif | Format::Github | Format::Junit => None,
        }
    }
}

/// Looks up the text of a source file by its path relative to the repository root.
pub type SourceLookup<'a> = &'a dyn Fn(&str) -> Option<Arc<str>>;

/// A report together with what its renderers need to know.
#[derive(Clone, Copy)]
pub struct FindingsView<'a> {
    /// What was found.
    pub report: &'a Report,
    /// The rules that ran, in the order of the list.
    pub rules: &'a [RuleInfo],
    /// The text of the files that findings point into.
    pub source: SourceLookup<'a>,
    /// Whether the human format may use colour.
    pub color: bool,
    /// The program's version, such as `0.1.0`.
    pub version: &'static str,
}

/// Writes the findings in the format asked for, ending in a newline, through a buffer of its own.
///
/// # Errors
///
/// Whatever `out` reports; a broken pipe arrives as [`io::ErrorKind::BrokenPipe`].
pub fn write_findings(
    format: Format,
    view: &FindingsView<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut buffer = BufWriter::new(out);
    match format {
        Format::Human => human::write(view, &mut buffer),
        Format::Json => write_json(&json::FindingsDocument::new(view.report), &mut buffer),
        Format::Yaml => write_yaml(&json::FindingsDocument::new(view.report), &mut buffer),
        Format::Sarif => sarif::write(view, &mut buffer),
        Format::Github => github::write(view, &mut buffer),
        Format::Junit => junit::write(view, &mut buffer),
        Format::Markdown => markdown::write(view, &mut buffer),
    }?;
    buffer.flush()
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn formats_have_the_names_of_the_contract() {
        let names: Vec<_> = Format::value_variants()
            .iter()
            .filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned()))
            .collect();
        let contract = "human json yaml sarif github junit markdown";
        assert_eq!(names.join(" "), contract);
    }

    #[test]
    fn only_three_formats_show_data() {
        assert_eq!(Format::Json.data(), Some(DataFormat::Json));
        let data = Format::value_variants().iter().filter_map(|f| f.data());
        assert_eq!(data.count(), 3);
    }

    #[test]
    fn every_format_ends_its_last_line() {
        let many = Report {
            findings: vec![samples::report().findings.remove(1); 10_000],
            ..Report::default()
        };
        for format in Format::value_variants() {
            for report in [&Report::default(), &samples::report(), &many] {
                let text = samples::render(*format, report, &samples::source, false);
                assert!(
                    text.ends_with('\n') && !text.ends_with("\n\n"),
                    "{format:?}"
                );
            }
        }
    }

    #[test]
    fn a_broken_pipe_is_reported() {
        struct Broken;
        impl Write for Broken {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let report = samples::report();
        let view = FindingsView {
            report: &report,
            rules: samples::RULES,
            source: &samples::source,
            color: false,
            version: "0.1.0",
        };
        for format in Format::value_variants() {
            let error = write_findings(*format, &view, &mut Broken).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        }
    }
}
