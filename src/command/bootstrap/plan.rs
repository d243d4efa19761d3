//! Makes the plan: which cluster of the repository is meant, what the flags say, and what has to be asked.

use super::Bootstrap;
use crate::adapter::prompt::{Prompter, Unanswered};
use crate::adapter::repo_files::Snapshot;
use crate::command::{Global, Terminal, gather};
use crate::error::Error;
use crate::flux::{Cluster, Model};
use crate::manifest::Tree;
use crate::preflight::{
    Forge, NoPlan, Plan, RepositoryFacts, Wishes, cluster_folders, flux_path, kept_flags, resolve,
};

/// Returns the cluster of the repository that is to be bootstrapped, by its number; none where it is not in there yet.
///
/// # Errors
/// No cluster has the name, or there are several and none is named.
pub(super) fn cluster(
    arguments: &Bootstrap,
    model: &Model<'_>,
    global: &Global,
) -> Result<Option<usize>, Error> {
    let all = gather::clusters(model, global)?;
    if let Some(path) = arguments.plan.path() {
        let wanted = flux_path(path);
        let folder = |one| folder(one, model.tree).unwrap_or_default();
        let same = all
            .iter()
            .find(|(_, one)| flux_path(&folder(one)) == wanted);
        return Ok(same.map(|(index, _)| *index));
    }
    match all.as_slice() {
        [] => Ok(None),
        [(index, _)] => Ok(Some(*index)),
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|(_, one)| gather::label(model, one))
                .collect();
            let first = names.first().map_or("NAME", String::as_str);
            let message = format!(
                "the repository holds several clusters: {}",
                names.join(", ")
            );
            Err(Error::usage(message).hint(format!("say which one, such as `--cluster {first}`")))
        }
    }
}

/// Returns the folder that a cluster applies, or will: the one of its root, or the one where its Flux Kustomizations stand.
fn folder(cluster: &Cluster<'_>, tree: &Tree) -> Option<String> {
    let root = cluster.units.first()?;
    let Some(origin) = &root.origin else {
        return Some(root.path.clone());
    };
    let is_in = |folder: &str| {
        folder.is_empty()
            || origin
                .path
                .strip_prefix(folder)
                .is_some_and(|rest| rest.starts_with('/'))
    };
    if is_in(&root.path) {
        return Some(root.path.clone());
    }
    cluster_folders(tree)
        .into_iter()
        .find(|folder| is_in(folder))
}

/// Returns the folder of the file of the first Flux Kustomization.
fn suggestion(cluster: &Cluster<'_>) -> Option<String> {
    let origin = cluster.units.first()?.origin.as_ref()?;
    Some(origin.path.rsplit_once('/')?.0.to_owned())
}

/// Returns what the user asks for.
pub(super) fn wishes(
    arguments: &Bootstrap,
    global: &Global,
    snapshot: &Snapshot,
    repository: &RepositoryFacts,
    cluster: Option<&Cluster<'_>>,
) -> Wishes {
    Wishes {
        forge: arguments.server.map(Forge::from),
        remote: arguments.remote.clone(),
        after: arguments.after.clone(),
        folders: match cluster {
            Some(cluster) => folder(cluster, &snapshot.tree).into_iter().collect(),
            None => named(cluster_folders(&snapshot.tree), global.cluster.as_deref()),
        },
        kept: kept_flags(&snapshot.tree, repository),
        suggestion: cluster.and_then(suggestion),
        ..arguments.plan.wishes(&arguments.passed, global)
    }
}

/// Returns those of the folders that `--cluster` names, by themselves or by their last part.
fn named(mut folders: Vec<String>, name: Option<&str>) -> Vec<String> {
    if let Some(name) = name {
        let name = name.trim_end_matches('/');
        folders.retain(|folder| folder == name || folder.rsplit('/').next() == Some(name));
    }
    folders
}

/// Puts the plan together, and asks for the kind of the server where nothing tells.
///
/// # Errors
/// Nothing says which repository it is; nobody can be asked; Ctrl-C.
pub(super) fn plan(
    wishes: &mut Wishes,
    repository: &RepositoryFacts,
    global: &Global,
    terminal: &Terminal<'_>,
) -> Result<Plan, Error> {
    let error = match resolve(wishes, repository) {
        Ok(plan) => return Ok(plan),
        Err(error) => error,
    };
    if !error.is_forge || !global.asks() {
        return Err(usage(error));
    }
    wishes.forge = Some(ask(&error.message, terminal)?);
    resolve(wishes, repository).map_err(usage)
}

fn ask(message: &str, terminal: &Terminal<'_>) -> Result<Forge, Error> {
    let forges = [Forge::Gitea, Forge::GitLab, Forge::GitHub, Forge::Git];
    let items = forges.map(|forge| match forge {
        Forge::Git => "another git server".to_owned(),
        forge => forge.name().to_owned(),
    });
    let prompter = Prompter::new(terminal.err_color);
    prompter.tell(message);
    match prompter.select("What is it?", &items, 0) {
        Ok(chosen) => Ok(forges.get(chosen).copied().unwrap_or(Forge::Git)),
        Err(Unanswered::Refused(reason)) => {
            Err(Error::could_not_look(format!("the terminal: {reason}")))
        }
        Err(Unanswered::Interrupted | Unanswered::Left) => Err(Error::interrupted("interrupted")),
    }
}

fn usage(error: NoPlan) -> Error {
    let usage = Error::usage(error.message);
    match error.hint {
        Some(hint) => usage.hint(hint),
        None => usage,
    }
}
