//! `homelab lint` and `homelab images check`: one engine, one set of rules.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Terminal, gather, within, written};
use crate::adapter::git;
use crate::adapter::repo_files::Snapshot;
use crate::cli::Global;
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::flux::Model;
use crate::lint::{self, Context, Report, RuleInfo, Selection, Severity, rules};
use crate::output::{FindingsView, write_findings};
use crate::settings;

/// Which findings make the exit status 1.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum FailOn {
    /// Errors
    #[default]
    Error,
    /// Warnings and errors
    Warning,
    /// Any finding
    Hint,
}

/// The arguments of `lint` and `images check`.
#[derive(Args, Debug)]
pub struct Lint {
    /// Report only findings in these files and folders
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Exit with 1 on findings of this severity or worse
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    fail_on: FailOn,
    /// Run only this rule or family (repeatable)
    #[arg(long, value_name = "ID")]
    rule: Vec<String>,
    /// Leave out this rule or family (repeatable)
    #[arg(long, value_name = "ID")]
    skip: Vec<String>,
}

impl Lint {
    /// Runs the rules, those of `family` alone where one is given, and prints what they find.
    ///
    /// # Errors
    /// The repository cannot be read, or a flag or setting names what does not exist.
    pub fn run(
        &self,
        global: &Global,
        family: Option<&str>,
        terminal: &mut Terminal<'_>,
    ) -> Result<ExitStatus, Error> {
        for name in self.rule.iter().chain(&self.skip) {
            must_exist(name)?;
        }
        let snapshot = gather(global, terminal)?;
        let selection = self.selection(&snapshot)?;
        let model = Model::of(&snapshot.tree, snapshot.remote.as_deref());
        let ignored = |path: &str| git::ignored_by(&snapshot.root, path);
        let context = Context::new(&model, &ignored);
        let in_family = |id: &str| family.is_none_or(|family| lint::covers(family, id));
        let rules: Vec<_> = rules::all().filter(|r| in_family(r.info.id)).collect();
        let report = lint::run(&context, rules.iter().copied(), &selection);
        for note in &report.notes {
            terminal.note(global, note);
        }
        if model.clusters.is_empty() && context.marked.is_empty() {
            let note = "found no Flux here: no gotk-sync.yaml, no FluxInstance, no Flux Kustomization whose path exists \
                        (is this the root of the repository? -C DIR names another)";
            terminal.note(global, note);
        }
        let infos: Vec<RuleInfo> = rules.iter().map(|r| *r.info).collect();
        show(global, &snapshot, &report, &infos, terminal)?;
        Ok(self.status(&report))
    }

    fn selection(&self, snapshot: &Snapshot) -> Result<Selection, Error> {
        let ids: Vec<&str> = rules::all().map(|r| r.info.id).collect();
        let text = snapshot.tree.text(settings::FILE);
        let severities = text.map_or_else(
            || Ok(Default::default()),
            |text| settings::severities(&text, &ids),
        )?;
        let paths = self
            .paths
            .iter()
            .map(|path| within(snapshot, path))
            .collect::<Result<_, _>>()?;
        Ok(Selection {
            only: self.rule.clone(),
            skip: self.skip.clone(),
            severities,
            paths,
        })
    }

    fn status(&self, report: &Report) -> ExitStatus {
        let limit = match self.fail_on {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
            FailOn::Hint => Severity::Hint,
        };
        if report.findings.iter().any(|f| f.severity >= limit) {
            ExitStatus::No
        } else {
            ExitStatus::Yes
        }
    }
}

/// Refuses the name of a rule or family that does not exist, and names the nearest one.
pub(super) fn must_exist(name: &str) -> Result<(), Error> {
    if rules::all().any(|r| lint::covers(name, r.info.id)) {
        return Ok(());
    }
    let nearest = rules::all()
        .map(|r| r.info.id)
        .min_by_key(|id| lint::distance(id, name));
    let hint = nearest.map_or_else(String::new, |id| format!("did you mean `{id}`? "));
    Err(Error::usage(format!("no rule is called `{name}`"))
        .hint(format!("{hint}`homelab explain` lists the rules")))
}

fn show(
    global: &Global,
    snapshot: &Snapshot,
    report: &Report,
    rules: &[RuleInfo],
    terminal: &mut Terminal<'_>,
) -> Result<(), Error> {
    let source = |path: &str| snapshot.tree.text(path);
    let view = FindingsView {
        report,
        rules,
        source: &source,
        color: terminal.color,
        version: env!("CARGO_PKG_VERSION"),
    };
    written(write_findings(global.output, &view, terminal.out))
}
