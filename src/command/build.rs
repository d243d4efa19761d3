//! `homelab build`: what Flux, or kustomize alone, would make of the repository, offline.

use std::path::{Path, PathBuf};

use clap::Args;

use super::nearest::nearest;
use super::{Global, Terminal, gather};
use crate::adapter::disk;
use crate::adapter::repo_files::Snapshot;
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::flux::{Cluster, Model, SourceOf, Unit};
use crate::kustomize::{self, Mode, Options, Problem};
use crate::manifest::{Location, Node, Place, Value};
use crate::output::write_objects;

/// The arguments of `build`.
#[derive(Args, Debug)]
pub struct Build {
    /// The Flux Kustomization: NAME, NAMESPACE/NAME, ks/NAME or `ks NAME`; without it all, in deploy order
    #[arg(value_name = "KUSTOMIZATION", num_args = 0..=2, conflicts_with = "kustomize")]
    name: Vec<String>,
    /// Render this folder as `kustomize build` does; with -C it is relative to the root
    #[arg(long, value_name = "DIR")]
    kustomize: Option<PathBuf>,
    /// Leave out what cannot be rendered, and say so, instead of failing
    #[arg(long)]
    partial: bool,
}

/// Tells where a place is.
type Locate<'l> = &'l dyn Fn(Place) -> Option<Location>;

impl Build {
    /// Renders and prints.
    ///
    /// # Errors
    /// Something cannot be read or rendered, or the name is unknown or ambiguous.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        global.data_format()?;
        match &self.kustomize {
            Some(dir) => self.folder(dir, global, terminal)?,
            None => self.units(global, terminal)?,
        }
        Ok(ExitStatus::Yes)
    }

    fn folder(
        &self,
        dir: &Path,
        global: &Global,
        terminal: &mut Terminal<'_>,
    ) -> Result<(), Error> {
        let current = gather::current_dir()?;
        let root = global.repo.as_ref().map(|repo| current.join(repo));
        let bases = gather::bases(global, root.as_deref().unwrap_or(&current), &current);
        let (files, path) = disk::open(root.as_deref(), bases, dir).map_err(Error::usage)?;
        let mode = if self.partial {
            Mode::Partial
        } else {
            Mode::Strict
        };
        let options = Options {
            mode,
            ..Options::default()
        };
        let locate = |place| files.location(place);
        let built = kustomize::build(&files, &path, &options);
        terminal.notes(&files.unreadable());
        let build = built.map_err(|problem| self.refused(&of_problem(&problem, &locate), 0))?;
        for problem in &build.problems {
            terminal.note(&of_problem(problem, &locate));
        }
        for missing in &build.incomplete {
            terminal.note(&of_missing(missing, &locate));
        }
        let objects: Vec<Node> = build.objects.into_iter().map(|o| o.node).collect();
        print(&objects, &locate, global, terminal)
    }

    fn units(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<(), Error> {
        let snapshot = gather::repository(global, terminal)?;
        let model = Model::of(&snapshot.tree, snapshot.remote.as_deref());
        gather::expect_flux(&model, &snapshot, terminal);
        let mut objects = Vec::new();
        for (cluster, unit) in self.wanted(&model, global)? {
            objects.extend(self.unit(&snapshot, cluster, unit, terminal)?);
        }
        let locate = |place| snapshot.tree.location(place);
        print(&objects, &locate, global, terminal)
    }

    /// Returns the units that the arguments name, in deploy order.
    fn wanted<'m, 't>(
        &self,
        model: &'m Model<'t>,
        global: &Global,
    ) -> Result<Vec<(&'m Cluster<'t>, &'m Unit)>, Error> {
        let name = self.wanted_name()?;
        let mut units = Vec::new();
        for (_, cluster) in gather::clusters(model, global)? {
            let order = cluster.deploy_order();
            units.extend(
                order
                    .iter()
                    .filter_map(|i| Some((cluster, cluster.units.get(*i)?))),
            );
        }
        let Some(name) = name else {
            return Ok(units);
        };
        let fits = |unit: &Unit| unit.id.to_string() == name || unit.id.name == name;
        let found: Vec<_> = units
            .iter()
            .copied()
            .filter(|(_, unit)| fits(unit))
            .collect();
        match found.as_slice() {
            [] => Err(unknown(name, &units)),
            [_] => Ok(found),
            _ => Err(ambiguous(name, &found)),
        }
    }

    /// Reads `NAME`, `NAMESPACE/NAME`, `ks/NAME` and `ks NAME`.
    fn wanted_name(&self) -> Result<Option<&str>, Error> {
        let is_kind = |word: &str| {
            let kinds = ["ks", "kustomization", "kustomizations"];
            kinds.iter().any(|kind| word.eq_ignore_ascii_case(kind))
        };
        match self.name.as_slice() {
            [] => Ok(None),
            [kind] if is_kind(kind) => Err(Error::usage(format!("`{kind}` of which name?"))
                .hint("write `homelab build ks NAME`; without a name everything is built")),
            [name] => Ok(Some(match name.split_once('/') {
                Some((kind, rest)) if is_kind(kind) => rest,
                _ => name,
            })),
            [kind, name] if is_kind(kind) => Ok(Some(name)),
            [kind, ..] => Err(Error::usage(format!("cannot build a `{kind}`"))
                .hint("write `homelab build ks NAME`")),
        }
    }

    fn unit(
        &self,
        snapshot: &Snapshot,
        cluster: &Cluster<'_>,
        unit: &Unit,
        terminal: &mut Terminal<'_>,
    ) -> Result<Vec<Node>, Error> {
        if let SourceOf::Elsewhere(source) = &unit.source {
            let message = format!("ks {}: its files are in {source}, not here", unit.id);
            if self.name.is_empty() || self.partial {
                terminal.note(&message);
                return Ok(Vec::new());
            }
            return Err(Error::could_not_look(message));
        }
        let locate = |place| snapshot.tree.location(place);
        let troubles = troubles(unit, &locate);
        match troubles.split_first() {
            Some((first, rest)) if !self.partial => return Err(self.refused(first, rest.len())),
            _ => troubles.iter().for_each(|trouble| terminal.note(trouble)),
        }
        if keeps_variables(cluster, unit) {
            terminal.note(&format!(
                "ks {}: some `${{...}}` stay as they are written: their values are not in the repository",
                unit.id
            ));
        }
        Ok(unit.objects.iter().map(|o| o.node.clone()).collect())
    }

    /// Makes the error for the first of several things that cannot be rendered.
    fn refused(&self, first: &str, more: usize) -> Error {
        let count = match more {
            0 => String::new(),
            more => format!("{more} more to come; "),
        };
        let hint = "`--partial` leaves out what cannot be rendered";
        Error::could_not_look(first).hint(format!("{count}{hint}"))
    }
}

fn unknown(name: &str, units: &[(&Cluster<'_>, &Unit)]) -> Error {
    let ids: Vec<String> = units.iter().map(|(_, unit)| unit.id.to_string()).collect();
    let hint = match nearest(ids.iter().map(String::as_str), name) {
        Some(near) => format!("did you mean `{near}`?"),
        None if ids.is_empty() => "there is none at all".to_owned(),
        None => format!("there are: {}", ids.join(", ")),
    };
    Error::usage(format!("no Flux Kustomization is called `{name}`")).hint(hint)
}

fn ambiguous(name: &str, found: &[(&Cluster<'_>, &Unit)]) -> Error {
    let place =
        |(cluster, unit): &(&Cluster<'_>, &Unit)| format!("{} in {}", unit.id, cluster.name);
    let places: Vec<String> = found.iter().map(place).collect();
    let first = found.first().map(|(cluster, _)| &cluster.name);
    let one_cluster = found
        .iter()
        .all(|(cluster, _)| Some(&cluster.name) == first);
    let hint = if one_cluster {
        "write NAMESPACE/NAME"
    } else {
        "`--cluster NAME` chooses one"
    };
    Error::usage(format!(
        "several are called `{name}`: {}",
        places.join(", ")
    ))
    .hint(hint)
}

/// Returns what is wrong with a unit, or not here, a line each.
fn troubles(unit: &Unit, locate: Locate<'_>) -> Vec<String> {
    let failure = unit.failure.iter().map(|f| at(unit.place(), f, locate));
    let problems = unit.problems.iter().map(|p| of_problem(p, locate));
    let missing = unit.incomplete.iter().map(|m| of_missing(m, locate));
    let variables = unit
        .substitution
        .iter()
        .map(|s| at(s.place, &s.message, locate));
    let all = failure.chain(problems).chain(missing).chain(variables);
    all.map(|trouble| format!("ks {}: {trouble}", unit.id))
        .collect()
}

fn of_problem(problem: &Problem, locate: Locate<'_>) -> String {
    match locate(problem.place) {
        Some(_) => at(problem.place, &problem.message, locate),
        None if problem.path.is_empty() => problem.message.clone(),
        None => problem.to_string(),
    }
}

fn of_missing(missing: &kustomize::Missing, locate: Locate<'_>) -> String {
    let message = format!("{} is not here and is not fetched", missing.what);
    match locate(missing.place) {
        Some(_) => at(missing.place, &message, locate),
        None => format!("{}: {message}", missing.path),
    }
}

/// Puts file and line before a message.
fn at(place: Place, message: &str, locate: Locate<'_>) -> String {
    match locate(place) {
        Some(location) => format!("{}:{}: {message}", location.file, location.line),
        None => message.to_owned(),
    }
}

/// Tells whether variables whose values nobody can see here are left in what a unit applies.
fn keeps_variables(cluster: &Cluster<'_>, unit: &Unit) -> bool {
    let variables = cluster.variables_of(unit);
    let is_blind = variables.open || !variables.hidden.is_empty();
    is_blind
        && unit
            .objects
            .iter()
            .any(|object| holds_variable(&object.node))
}

fn holds_variable(node: &Node) -> bool {
    let mut stack = vec![node];
    while let Some(node) = stack.pop() {
        match &node.target().value {
            Value::Scalar(scalar) if scalar.text.contains("${") => return true,
            Value::Mapping(entries) => stack.extend(entries.iter().map(|entry| &entry.value)),
            Value::Sequence(items) => stack.extend(items.iter()),
            Value::Scalar(_) | Value::Alias(_) => {}
        }
    }
    false
}

fn print(
    objects: &[Node],
    locate: Locate<'_>,
    global: &Global,
    terminal: &mut Terminal<'_>,
) -> Result<(), Error> {
    let format = global.data_format()?;
    let result = write_objects(format, objects, terminal.out)
        .map_err(|error| Error::could_not_look(at(error.place, &error.to_string(), locate)))?;
    terminal.written(result)
}
