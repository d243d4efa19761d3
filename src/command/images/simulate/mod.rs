//! `homelab images simulate`: which tag a policy would select, and why not the others.

mod candidates;
mod from_cluster;
mod policies;
mod what_if;

use std::path::PathBuf;

use clap::Args;

use self::candidates::Candidates;
use self::policies::Case;
use self::what_if::WhatIf;
use crate::adapter::input;
use crate::command::{Global, Terminal};
use crate::error::{Error, ErrorKind};
use crate::exit::ExitStatus;
use crate::image::{TagOrder, TagPolicy};
use crate::output::{
    Detail, Simulation, Verdict, write_error, write_simulation, write_simulations,
};

/// The arguments of `images simulate`.
#[derive(Args, Debug)]
pub struct Simulate {
    /// The ImagePolicy; without it all of the repository, a line each
    #[arg(value_name = "NS/NAME")]
    name: Option<String>,
    /// Take the ImagePolicy, and its ImageRepository if it is there, from FILE (`-`: stdin) instead of the repository
    #[arg(long = "policy", value_name = "FILE")]
    policy_file: Option<PathBuf>,
    /// Take the tags from FILE (`-`: stdin): one on each line, a JSON array, or a registry's answer
    #[arg(long, value_name = "FILE")]
    tags: Option<PathBuf>,
    /// Take the tags that the image-reflector of the cluster has seen; of many it shows the ten last by name
    #[arg(long, conflicts_with = "tags")]
    from_cluster: bool,
    /// Judge TAG as if it had been pushed, too (repeatable)
    #[arg(long, value_name = "TAG")]
    add_tag: Vec<String>,
    #[command(flatten)]
    what_if: WhatIf,
    /// Show the candidates, and the other tags by reason; with `-v` every tag
    #[arg(long)]
    explain: bool,
}

impl Simulate {
    /// Runs the policies and prints what they select.
    ///
    /// # Errors
    /// There is no such policy, or its tags cannot be had.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        let format = global.data_format()?;
        if self.both_read_stdin() {
            let error = Error::usage("`--policy -` and `--tags -` cannot both read stdin");
            return Err(error.hint("write one of them to a file"));
        }
        let found = self.cases(global, terminal)?;
        let mut cases = found.cases;
        for case in &mut cases {
            self.what_if.apply(case)?;
        }
        self.expect_one_image(&cases)?;
        for note in cases.iter().flat_map(|case| &case.notes) {
            terminal.note(note);
        }
        let candidates = self.candidates(&cases, global, terminal)?;
        let simulations: Vec<Simulation<'_>> = cases
            .iter()
            .zip(&candidates)
            .map(|(case, candidates)| self.simulate(case, candidates))
            .collect();
        let detail = match (self.explain, terminal.is_verbose()) {
            (false, _) => Detail::Outcome,
            (true, false) => Detail::Explained,
            (true, true) => Detail::Everything,
        };
        let (color, out) = (terminal.color, &mut *terminal.out);
        let result = match simulations.as_slice() {
            [only] if found.is_single => {
                if let Some(Err(error)) = candidates.first() {
                    return Err(error.clone());
                }
                write_simulation(format, only, detail, color, out)
            }
            all => write_simulations(format, all, detail, color, out),
        };
        terminal.written(result)?;
        for (simulation, candidates) in simulations.iter().zip(&candidates) {
            tell_selected(simulation, candidates.as_ref().ok(), terminal);
        }
        tell(&candidates, terminal);
        Ok(status(&simulations, &candidates))
    }

    fn both_read_stdin(&self) -> bool {
        let is_stdin = |path: &Option<PathBuf>| path.as_deref().is_some_and(input::is_stdin);
        is_stdin(&self.policy_file) && is_stdin(&self.tags)
    }

    /// Tags that the user gives are those of one image.
    fn expect_one_image(&self, cases: &[Case]) -> Result<(), Error> {
        let given = [
            (self.tags.is_some(), "--tags"),
            (!self.add_tag.is_empty(), "--add-tag"),
            (self.what_if.is_any(), "a changed policy"),
        ];
        let Some((_, flag)) = given.into_iter().find(|(is_given, _)| *is_given) else {
            return Ok(());
        };
        let mut images: Vec<&str> = cases.iter().filter_map(|c| c.image.as_deref()).collect();
        images.sort_unstable();
        images.dedup();
        if images.len() < 2 {
            return Ok(());
        }
        let names: Vec<String> = cases.iter().filter_map(Case::name).collect();
        let error = Error::usage(format!(
            "{flag} is for one image, and there are {}",
            images.len()
        ));
        Err(error.hint(format!("name a policy: {}", names.join(", "))))
    }

    fn simulate<'c>(
        &'c self,
        case: &'c Case,
        candidates: &'c Result<Candidates, Error>,
    ) -> Simulation<'c> {
        let verdict = match candidates {
            Err(error) => Verdict::Unknown(error.message.clone()),
            Ok(candidates) => {
                let tags = candidates.tags.iter().chain(&self.add_tag);
                let policy = TagPolicy::new(&case.spec);
                Verdict::Judged(policy.select(tags.map(String::as_str), TagOrder::Scanned))
            }
        };
        Simulation {
            cluster: case.cluster.as_deref(),
            policy: case
                .policy
                .as_ref()
                .map(|id| (id.namespace.as_str(), id.name.as_str())),
            image: case.image.as_deref(),
            spec: &case.spec,
            source: candidates.as_ref().ok().map(|c| &c.source),
            added: &self.add_tag,
            verdict,
        }
    }
}

/// Says what the cluster has selected, where the simulation has something else.
fn tell_selected(
    simulation: &Simulation<'_>,
    candidates: Option<&Candidates>,
    terminal: &mut Terminal<'_>,
) {
    let selected = candidates.and_then(|c| c.selected.as_deref());
    let winner = match &simulation.verdict {
        Verdict::Judged(selection) => selection.winner,
        Verdict::Unknown(_) => None,
    };
    if let (Some(tag), Some((namespace, name))) = (selected, simulation.policy)
        && selected != winner
    {
        terminal.note(&format!(
            "in the cluster {namespace}/{name} has selected {tag}"
        ));
    }
}

/// Says why some tags could not be had, each reason once.
fn tell(candidates: &[Result<Candidates, Error>], terminal: &mut Terminal<'_>) {
    let mut told: Vec<&Error> = Vec::new();
    for error in candidates.iter().filter_map(|c| c.as_ref().err()) {
        if told.iter().all(|t| t.message != error.message) {
            // Nothing is left to do where stderr is gone.
            let _ = write_error(
                &error.message,
                error.hint.as_deref(),
                terminal.err_color,
                terminal.err,
            );
            told.push(error);
        }
    }
}

/// What could not be looked at goes before "no winner".
fn status(simulations: &[Simulation<'_>], candidates: &[Result<Candidates, Error>]) -> ExitStatus {
    let errors = || candidates.iter().filter_map(|c| c.as_ref().err());
    if errors().any(|error| error.kind == ErrorKind::TimedOut) {
        return ExitStatus::TimedOut;
    }
    if errors().next().is_some() {
        return ExitStatus::CouldNotLook;
    }
    let wins = |s: &Simulation<'_>| matches!(&s.verdict, Verdict::Judged(s) if s.winner.is_some());
    match simulations.iter().all(wins) {
        true => ExitStatus::Yes,
        false => ExitStatus::No,
    }
}
