//! What commands that report findings share: `lint` and `images check` are one engine with other rules.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::nearest::nearest;
use super::registry_facts::{self, Wanted};
use super::registry_troubles::Troubles;
use super::{Global, Terminal, gather, scaffolding};
use crate::adapter::git;
use crate::adapter::repo_files::Snapshot;
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::flux::Model;
use crate::lint::{self, Context, Report, Rule, RuleInfo, Selection, Severity, rules};
use crate::output::{FindingsView, write_findings};
use crate::settings::{self, Settings};

/// Which findings make the exit status 1.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum FailOn {
    /// Errors
    #[default]
    Error,
    /// Warnings and errors
    Warning,
    /// Any finding
    Hint,
}

/// The arguments of commands that report findings.
#[derive(Args, Debug)]
pub(super) struct FindingArgs {
    /// Report only findings in these files and folders; the whole repository is looked at all the same
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Ask registries too: tags that do not exist, policies that match none, architectures, what is outdated
    #[arg(long)]
    registry: bool,
    /// Exit with status 1 on findings of this severity or worse
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    fail_on: FailOn,
    /// Run only this rule or family (repeatable)
    #[arg(long, value_name = "ID")]
    rule: Vec<String>,
    /// Leave out this rule or family (repeatable)
    #[arg(long, value_name = "ID")]
    skip: Vec<String>,
}

impl FindingArgs {
    /// Runs `rules` and prints what they find.
    ///
    /// # Errors
    /// The repository cannot be read, or a flag or setting names what does not exist.
    pub(super) fn run(
        &self,
        mut rules: Vec<&'static Rule>,
        global: &Global,
        terminal: &mut Terminal<'_>,
    ) -> Result<ExitStatus, Error> {
        for name in self.rule.iter().chain(&self.skip) {
            rule_exists(name, &rules)?;
        }
        self.leave_out_unasked(&mut rules)?;
        let snapshot = gather::repository(global, terminal)?;
        let settings = self.settings(&snapshot)?;
        let model = Model::of(&snapshot.tree, snapshot.remote.as_deref());
        gather::expect_flux(&model, &snapshot, terminal);
        let selection = Selection {
            only: self.rule.clone(),
            skip: self.skip.clone(),
            severities: settings.severities,
            paths: self.wanted_paths(&model, &snapshot, global)?,
        };
        let ignored = |path: &str| git::ignored_by(&snapshot.root, path);
        let mut context = Context::new(&model, &ignored)
            .with_policy_tests(settings.policy_tests)
            .with_architectures(settings.architectures);
        let troubles = self.ask(&mut context, &rules, &selection, global, terminal)?;
        let report = lint::run(&context, rules.iter().copied(), &selection);
        terminal.notes(&report.notes);
        show(
            global,
            &snapshot,
            &report,
            &infos(&rules, &selection),
            terminal,
        )?;
        let status = troubles.tell(self.status(&report), terminal);
        // The process ends here: taking the trees apart would be a tenth of the run.
        std::mem::forget(context);
        std::mem::forget(model);
        std::mem::forget(snapshot);
        Ok(status)
    }

    /// Leaves out the rules that need registries where none is asked.
    ///
    /// # Errors
    /// `--rule` names one of them.
    fn leave_out_unasked(&self, rules: &mut Vec<&'static Rule>) -> Result<(), Error> {
        if self.registry {
            return Ok(());
        }
        if let Some(name) = self.rule.iter().find(|name| rules::needs_registry(name)) {
            let message = format!("`{name}` asks registries, and this run does not");
            return Err(Error::usage(message).hint("add `--registry`"));
        }
        rules.retain(|rule| !rules::needs_registry(rule.info.id));
        Ok(())
    }

    /// Asks registries what the rules that run need, with `--registry`.
    fn ask(
        &self,
        context: &mut Context<'_>,
        rules: &[&'static Rule],
        selection: &Selection,
        global: &Global,
        terminal: &mut Terminal<'_>,
    ) -> Result<Troubles, Error> {
        if !self.registry {
            return Ok(Troubles::default());
        }
        let runs = |id: &str| {
            let mut ids = rules.iter().map(|rule| rule.info.id);
            ids.any(|known| known == id) && selection.runs(id)
        };
        let [missing, nothing, architecture, outdated] = [
            "image/tag-missing",
            "image/policy-matches-nothing",
            "image/architecture-missing",
            "image/outdated",
        ]
        .map(runs);
        let knows_nodes = !context.architectures.is_empty();
        if architecture && !knows_nodes && self.rule.iter().any(|name| name.contains("/arch")) {
            terminal.note(&format!(
                "{} does not name the architectures of the nodes (`nodes: {{ architectures: [...] }}`), so there is nothing to compare with",
                settings::FILE
            ));
        }
        let clusters = gather::clusters(context.model, global)?;
        let wanted = Wanted {
            tags: missing || nothing || outdated,
            platforms: architecture && knows_nodes,
            unlisted: missing,
            created: outdated,
            clusters: clusters.into_iter().map(|(number, _)| number).collect(),
        };
        registry_facts::ask(context, &wanted, global, terminal)
    }

    /// Reads the settings. A rule that `--rule` names runs although they turn it off.
    fn settings(&self, snapshot: &Snapshot) -> Result<Settings, Error> {
        let mut settings = scaffolding::settings(snapshot)?;
        let severities = &mut settings.severities;
        severities.retain(|id, severity| severity.is_some() || !self.rule.contains(id));
        Ok(settings)
    }

    /// Returns the files and folders whose findings count: those of the arguments, and with `--cluster` only what that
    /// cluster reads of them.
    fn wanted_paths(
        &self,
        model: &Model<'_>,
        snapshot: &Snapshot,
        global: &Global,
    ) -> Result<Vec<String>, Error> {
        let given = self
            .paths
            .iter()
            .map(|path| gather::within(snapshot, global, path));
        let given = given.collect::<Result<Vec<_>, _>>()?;
        let Some(name) = &global.cluster else {
            return Ok(given);
        };
        let clusters = gather::clusters(model, global)?;
        let units = clusters.iter().flat_map(|(_, cluster)| &cluster.units);
        let mut files: Vec<String> = units
            .flat_map(|u| &u.files)
            .map(|f| f.path.to_string())
            .collect();
        files.retain(|file| given.is_empty() || given.iter().any(|dir| is_below(file, dir)));
        if files.is_empty() && !model.clusters.is_empty() {
            return Err(Error::usage(format!(
                "cluster `{name}` reads none of these paths"
            )));
        }
        if given.is_empty() {
            files.push(settings::FILE.to_owned());
        }
        files.sort();
        files.dedup();
        Ok(files)
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

fn is_below(file: &str, dir: &str) -> bool {
    let rest = file.strip_prefix(dir);
    dir.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Refuses the name of a rule or family that is not among `rules`, and says which is nearest.
///
/// # Errors
/// There is no such rule.
pub(super) fn rule_exists(name: &str, rules: &[&'static Rule]) -> Result<(), Error> {
    if rules.iter().any(|rule| lint::covers(name, rule.info.id)) {
        return Ok(());
    }
    let elsewhere = rules::all().any(|rule| lint::covers(name, rule.info.id));
    let ids = rules.iter().map(|rule| rule.info.id);
    let hint = match nearest(ids.clone().chain(families(ids)), name) {
        _ if elsewhere => "`homelab lint` runs it".to_owned(),
        Some(near) => format!("did you mean `{near}`?"),
        None => "`homelab explain` lists the rules".to_owned(),
    };
    let message = if elsewhere {
        format!("`{name}` is none of the rules that run here")
    } else {
        format!("no rule or family is called `{name}`")
    };
    Err(Error::usage(message).hint(hint))
}

fn families(ids: impl Iterator<Item = &'static str>) -> impl Iterator<Item = &'static str> {
    ids.filter_map(|id| Some(id.split_once('/')?.0))
}

/// Returns what output needs to know of the rules that run.
fn infos(rules: &[&'static Rule], selection: &Selection) -> Vec<RuleInfo> {
    let infos = rules.iter().map(|rule| *rule.info);
    infos.filter(|info| selection.runs(info.id)).collect()
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
    let result = write_findings(global.output, &view, terminal.out);
    terminal.written(result)
}
