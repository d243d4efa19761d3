//! `homelab build`: what Flux, or kustomize alone, would make of the repository, offline.

use clap::Args;

use super::{Terminal, current_dir, gather, written};
use crate::adapter::repo_files::Snapshot;
use crate::cli::Global;
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::flux::{Cluster, Model, SourceOf, Unit};
use crate::kustomize::{self, Mode, Options};
use crate::lint;
use crate::manifest::{Node, Place};
use crate::output::write_objects;

/// The arguments of `build`.
#[derive(Args, Debug)]
pub struct Build {
    /// The Flux Kustomization: NAME, NAMESPACE/NAME or ks/NAME; all of them in deploy order without it
    #[arg(value_name = "KUSTOMIZATION", num_args = 0..=2, conflicts_with = "kustomize")]
    name: Vec<String>,
    /// Render this folder as `kustomize build` does; relative to the root of the repository
    #[arg(long, value_name = "DIR")]
    kustomize: Option<String>,
    /// Leave out what cannot be rendered, and say so, instead of failing
    #[arg(long)]
    partial: bool,
    /// The cluster, where the repository holds several
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,
}

impl Build {
    /// Renders and prints.
    ///
    /// # Errors
    /// Something cannot be read or rendered, or the name is unknown or ambiguous.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        let format = super::data_format(global)?;
        let snapshot = gather(global, terminal)?;
        let objects = match &self.kustomize {
            Some(dir) => self.folder(global, &snapshot, dir, terminal)?,
            None => self.units(global, &snapshot, terminal)?,
        };
        match write_objects(format, &objects, terminal.out) {
            Ok(result) => written(result)?,
            Err(error) => {
                return Err(Error::could_not_look(at(
                    &snapshot,
                    error.place,
                    &error.to_string(),
                )));
            }
        }
        Ok(ExitStatus::Yes)
    }

    fn folder(
        &self,
        global: &Global,
        snapshot: &Snapshot,
        dir: &str,
        terminal: &mut Terminal<'_>,
    ) -> Result<Vec<Node>, Error> {
        let outside = || Error::usage(format!("{dir}: is not within {}", snapshot.root.display()));
        let path = match kustomize::join("", dir) {
            Some(path) => path,
            None => crate::adapter::repo_files::relative_to(
                &snapshot.root,
                &current_dir()?,
                dir.as_ref(),
            )
            .ok_or_else(outside)?,
        };
        if !snapshot.tree.is_dir(&path) {
            return Err(Error::usage(format!(
                "{dir}: no such folder in the repository"
            )));
        }
        let mode = if self.partial {
            Mode::Partial
        } else {
            Mode::Strict
        };
        let options = Options {
            mode,
            ..Options::default()
        };
        let build = kustomize::build(&snapshot.tree, &path, &options).map_err(|problem| {
            Error::could_not_look(at(snapshot, problem.place, &problem.to_string()))
        })?;
        for problem in &build.problems {
            terminal.note(global, &at(snapshot, problem.place, &problem.to_string()));
        }
        for missing in &build.incomplete {
            let note = format!("{}: left out {}", missing.path, missing.what);
            terminal.note(global, &at(snapshot, missing.place, &note));
        }
        Ok(build.objects.into_iter().map(|o| o.node).collect())
    }

    fn units(
        &self,
        global: &Global,
        snapshot: &Snapshot,
        terminal: &mut Terminal<'_>,
    ) -> Result<Vec<Node>, Error> {
        let model = Model::of(&snapshot.tree, snapshot.remote.as_deref());
        if model.clusters.is_empty() {
            terminal.note(
                global,
                "found no Flux here: nothing to build (`--kustomize DIR` renders a folder)",
            );
        }
        let mut objects = Vec::new();
        for (cluster, unit) in self.wanted(&model)? {
            objects.extend(self.unit(global, snapshot, cluster, unit, terminal)?);
        }
        Ok(objects)
    }

    /// Returns the units that the arguments name, in deploy order.
    fn wanted<'m, 't>(
        &self,
        model: &'m Model<'t>,
    ) -> Result<Vec<(&'m Cluster<'t>, &'m Unit)>, Error> {
        let in_cluster =
            |c: &&Cluster<'_>| self.cluster.as_ref().is_none_or(|name| *name == c.name);
        let clusters: Vec<&Cluster<'t>> = model.clusters.iter().filter(in_cluster).collect();
        let names = || {
            model
                .clusters
                .iter()
                .map(|c| c.name.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        if let (true, Some(name)) = (
            clusters.is_empty() && !model.clusters.is_empty(),
            &self.cluster,
        ) {
            return Err(Error::usage(format!("no cluster is called `{name}`"))
                .hint(format!("there are: {}", names())));
        }
        let ordered = clusters.iter().flat_map(|c| {
            c.deploy_order()
                .into_iter()
                .filter_map(|i| Some((*c, c.units.get(i)?)))
        });
        let Some(name) = self.wanted_name()? else {
            return Ok(ordered.collect());
        };
        let fits = |unit: &Unit| unit.id.to_string() == name || unit.id.name == name;
        let found: Vec<_> = ordered.clone().filter(|(_, unit)| fits(unit)).collect();
        match found.as_slice() {
            [] => {
                let nearest = ordered
                    .map(|(_, u)| u.id.to_string())
                    .min_by_key(|id| lint::distance(id, &name));
                let error = Error::usage(format!("no Flux Kustomization is called `{name}`"));
                Err(nearest.into_iter().fold(error, |error, id| {
                    error.hint(format!("did you mean `{id}`?"))
                }))
            }
            [_] => Ok(found),
            _ => {
                let places: Vec<String> = found
                    .iter()
                    .map(|(c, u)| format!("{} in {}", u.id, c.name))
                    .collect();
                Err(
                    Error::usage(format!("`{name}` is ambiguous: {}", places.join(", "))).hint(
                        "write NAMESPACE/NAME, and `--cluster NAME` where several clusters have it",
                    ),
                )
            }
        }
    }

    /// Reads `NAME`, `NAMESPACE/NAME`, `ks/NAME` and `ks NAME`.
    fn wanted_name(&self) -> Result<Option<String>, Error> {
        let is_kind = |word: &str| matches!(word, "ks" | "kustomization" | "kustomizations");
        match self.name.as_slice() {
            [] => Ok(None),
            [name] => match name.split_once('/') {
                Some((kind, rest)) if is_kind(kind) => Ok(Some(rest.to_owned())),
                _ => Ok(Some(name.clone())),
            },
            [kind, name] if is_kind(kind) => Ok(Some(name.clone())),
            [kind, ..] => Err(Error::usage(format!("`{kind}` cannot be built"))
                .hint("write `homelab build ks NAME`")),
        }
    }

    fn unit(
        &self,
        global: &Global,
        snapshot: &Snapshot,
        cluster: &Cluster<'_>,
        unit: &Unit,
        terminal: &mut Terminal<'_>,
    ) -> Result<Vec<Node>, Error> {
        if let SourceOf::Elsewhere(source) = &unit.source {
            terminal.note(
                global,
                &format!("{}: left out, its files are in {source}", unit.id),
            );
            return Ok(Vec::new());
        }
        if !self.partial {
            let mut strict = Unit::new(
                unit.kustomization.clone(),
                unit.origin.clone(),
                unit.parent,
                unit.source.clone(),
            );
            strict
                .render_strictly(&cluster.view, &cluster.variables_of(unit))
                .map_err(|e| {
                    Error::could_not_look(format!("{}: {e}", unit.id))
                        .hint("`--partial` leaves out what cannot be rendered")
                })?;
            return Ok(strict.objects.into_iter().map(|o| o.node).collect());
        }
        let problems = unit.problems.iter().map(|p| (p.place, p.to_string()));
        let missing = unit
            .incomplete
            .iter()
            .map(|m| (m.place, format!("{}: left out {}", m.path, m.what)));
        let variables = unit
            .substitution
            .iter()
            .map(|s| (s.place, s.message.clone()));
        let failure = unit.failure.iter().map(|f| (unit.place(), f.clone()));
        for (place, message) in problems.chain(missing).chain(variables).chain(failure) {
            terminal.note(
                global,
                &format!("{}: {}", unit.id, at(snapshot, place, &message)),
            );
        }
        Ok(unit.objects.iter().map(|o| o.node.clone()).collect())
    }
}

/// Puts file and line before a message that does not name them already.
fn at(snapshot: &Snapshot, place: Place, message: &str) -> String {
    match snapshot.tree.location(place) {
        Some(l) => {
            let rest = message
                .strip_prefix(&format!("{}: ", l.file))
                .unwrap_or(message);
            format!("{}:{}: {rest}", l.file, l.line)
        }
        None => message.to_owned(),
    }
}
