//! `homelab status --against-git`: what clusters have otherwise than the repository says.

use std::collections::BTreeSet;

use crate::adapter::cluster::Scope;
use crate::adapter::git::{self, Distance, WorkTree};
use crate::command::cluster::{ClusterArgs, Found, flux_objects};
use crate::command::{Global, Terminal, gather};
use crate::error::{Error, ErrorKind};
use crate::exit::ExitStatus;
use crate::flux::live::{
    Drift, DriftKind, KindRef, Live, behind_their_source, drifts, is_cluster, is_whole,
};
use crate::flux::{Cluster, Model, SourceOf};
use crate::output::{ClusterFailure, DataFormat, DriftDocument, Look, write_drifts};

/// How many digits of a commit are shown.
const SHORT: usize = 8;

/// What is checked out.
struct Checkout {
    work_tree: Option<WorkTree>,
    /// The branch, else how a checkout without one is called.
    branch: String,
    head: String,
    /// Commits that are not pushed; none where nobody knows.
    unpushed: usize,
}

/// Compares and shows.
///
/// # Errors
/// The repository does not read, or has nothing of Flux; the only cluster does not answer.
pub(super) fn run(
    clusters: ClusterArgs,
    global: &Global,
    format: DataFormat,
    terminal: &mut Terminal<'_>,
) -> Result<ExitStatus, Error> {
    let snapshot = gather::repository(global, terminal)?;
    let model = Model::of(&snapshot.tree, snapshot.remote.as_deref());
    if model.clusters.is_empty() {
        let message = format!("there is nothing of Flux in {}", snapshot.root.display());
        return Err(Error::could_not_look(message).hint("`-C DIR` names another repository"));
    }
    let candidates = gather::clusters(&model, global)?;
    let checkout = Checkout::of(git::discover(&snapshot.root));
    let scope = Scope {
        namespace: global.named_namespace.as_deref(),
        ..Scope::default()
    };
    let answers = clusters.ask(global, "status", async |client, _| {
        flux_objects(client, &scope).await
    })?;
    let mut document = DriftDocument::new();
    let mut errors = Vec::new();
    let mut notes = BTreeSet::new();
    let several = answers.len() > 1;
    for answer in answers {
        let context = answer.context.as_deref();
        let found = answer.result.map_err(Error::from);
        let compared = found.and_then(|found| {
            let cluster = fitting(&candidates, &found.objects, global)?;
            Ok((cluster, found))
        });
        match compared {
            Ok((cluster, found)) => {
                notes.extend(left_out(cluster));
                errors.extend(
                    found
                        .refused
                        .iter()
                        .map(|(_, error)| (answer.context.clone(), error.clone().into())),
                );
                document.add(
                    context,
                    &gather::label(&model, cluster),
                    compare(cluster, &found, &checkout),
                );
            }
            Err(error) if !several || error.kind == ErrorKind::Usage => return Err(error),
            Err(error) => errors.push((answer.context.clone(), error)),
        }
    }
    notes.extend(checkout.note());
    show(document, errors, notes, format, terminal)
}

fn show(
    mut document: DriftDocument,
    errors: Vec<(Option<String>, Error)>,
    notes: BTreeSet<String>,
    format: DataFormat,
    terminal: &mut Terminal<'_>,
) -> Result<ExitStatus, Error> {
    for (context, error) in &errors {
        document.fail(ClusterFailure {
            context: context.clone(),
            message: error.message.clone(),
            hint: error.hint.clone(),
        });
    }
    let look = Look {
        width: terminal.width(),
        color: terminal.color,
        ..Look::default()
    };
    let written = write_drifts(format, &document, look, terminal.out);
    terminal.written(written)?;
    terminal.finish()?;
    terminal.notes(&notes.into_iter().collect::<Vec<_>>());
    let has = |kind| errors.iter().any(|(_, error)| error.kind == kind);
    let status = match () {
        () if has(ErrorKind::CouldNotLook) => ExitStatus::CouldNotLook,
        () if document.differs() => ExitStatus::No,
        () if has(ErrorKind::TimedOut) => ExitStatus::TimedOut,
        () => ExitStatus::Yes,
    };
    for (context, error) in errors {
        super::report::tell(context.as_deref(), &error, terminal);
    }
    Ok(status)
}

/// Returns the cluster of the repository that live objects belong to: the one whose root applies the same folder.
fn fitting<'m, 't>(
    candidates: &[(usize, &'m Cluster<'t>)],
    objects: &[Live],
    global: &Global,
) -> Result<&'m Cluster<'t>, Error> {
    let fits = |cluster: &Cluster<'_>| is_cluster(cluster, objects);
    let found = candidates
        .iter()
        .find(|(_, cluster)| fits(cluster) == Some(true));
    let only = match candidates {
        // Without its root a cluster is not set up yet, or all of it is gone.
        [(_, cluster)] if global.cluster.is_some() || fits(cluster).is_none() => Some(*cluster),
        _ => None,
    };
    found.map(|(_, cluster)| *cluster).or(only).ok_or_else(|| {
        let paths: Vec<String> = candidates
            .iter()
            .filter_map(|(_, cluster)| cluster.units.first())
            .map(|root| format!("{} ({})", root.path, root.id))
            .collect();
        Error::could_not_look(format!(
            "the cluster applies none of the folders that the repository has for clusters: {}",
            paths.join(", ")
        ))
        .hint("`--context` chooses another cluster; `--cluster NAME` compares with that one all the same")
    })
}

fn compare(cluster: &Cluster<'_>, found: &Found, checkout: &Checkout) -> Vec<Drift> {
    let objects = &found.objects;
    let is_here = |object: &&Live| {
        let mut units = cluster
            .units
            .iter()
            .filter(|unit| unit.source == SourceOf::Here);
        object.kind.kind == "Kustomization" && units.any(|unit| unit.id == object.id)
    };
    let sources: BTreeSet<KindRef> = objects
        .iter()
        .filter(is_here)
        .filter_map(Live::source)
        .collect();
    let sources = objects
        .iter()
        .filter(|object| sources.contains(&object.kind_ref()));
    let mut all: Vec<Drift> = sources
        .filter_map(|source| checkout.drift(source))
        .collect();
    let behind = behind_their_source(objects).filter(|(object, _)| is_here(object));
    all.extend(behind.map(|(object, wanted)| behind_source(object, wanted)));
    // Of kinds that may not be listed nobody knows whether they are there.
    let is_listed = |drift: &Drift| {
        found
            .refused
            .iter()
            .all(|(kind, _)| kind.kind != drift.object.kind)
    };
    all.extend(drifts(cluster, objects).into_iter().filter(is_listed));
    all
}

fn behind_source(object: &Live, wanted: &str) -> Drift {
    let applied = match object.text("/status/lastAppliedRevision") {
        Some(applied) => format!("applied {applied}"),
        None => "nothing applied yet".to_owned(),
    };
    let why = match object.is_suspended() {
        true => "it is suspended".to_owned(),
        false => object.readiness().message,
    };
    let typed = format!("ks/{}", object.id);
    Drift {
        object: object.kind_ref(),
        kind: DriftKind::Behind,
        detail: format!("{applied}, its source has {wanted}: {why}"),
        next: match object.is_suspended() {
            true => format!("`homelab resume {typed}`"),
            false => format!("`homelab diagnose {typed}`"),
        },
        objects: Vec::new(),
    }
}

/// Tells of what was compared by its name only.
fn left_out(cluster: &Cluster<'_>) -> Option<String> {
    let names: Vec<String> = cluster
        .units
        .iter()
        .filter(|unit| !is_whole(unit))
        .map(|unit| format!("ks/{}", unit.id))
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "what these apply is not all known here, and was not compared: {}",
            names.join(", ")
        )
    })
}

impl Checkout {
    fn of(work_tree: Option<WorkTree>) -> Self {
        let standing = work_tree
            .as_ref()
            .map(WorkTree::standing)
            .unwrap_or_default();
        let head = work_tree.as_ref().and_then(WorkTree::head);
        Checkout {
            branch: standing.branch.unwrap_or_else(|| "HEAD".to_owned()),
            head: head.unwrap_or_default(),
            unpushed: standing.ahead,
            work_tree,
        }
    }

    fn note(&self) -> Option<String> {
        let is_dirty = self.work_tree.as_ref().is_some_and(WorkTree::has_changes);
        is_dirty.then(|| "changes that are not committed count as the repository's".to_owned())
    }

    /// Compares the commit that a source has with the one that is checked out.
    fn drift(&self, source: &Live) -> Option<Drift> {
        let revision = source
            .text("/status/artifact/metadata/org.opencontainers.image.revision")
            .or_else(|| source.text("/status/artifact/revision"))?;
        let (_, commit) = revision.rsplit_once("sha1:")?;
        let work_tree = self.work_tree.as_ref()?;
        let short = |commit: &str| commit.get(..SHORT).unwrap_or(commit).to_owned();
        let (here, there) = (
            format!("{} at {}", self.branch, short(&self.head)),
            short(commit),
        );
        let typed = format!("source/{}", source.id);
        let (kind, detail, next) = match work_tree.distance(commit) {
            Distance::Known {
                behind: 0,
                ahead: 0,
            } => return None,
            Distance::Known { behind, ahead: 0 } => {
                let (unpushed, next) = self.unpushed(behind, &typed);
                let detail = format!("{} behind {here}, at {there}{unpushed}", commits(behind));
                (DriftKind::Behind, detail, next)
            }
            Distance::Known { behind: 0, ahead } => (
                DriftKind::Ahead,
                format!(
                    "{} ahead of {here}, at {there}: this repository is not up to date",
                    commits(ahead)
                ),
                "`git pull`".to_owned(),
            ),
            Distance::Known { behind, ahead } => (
                DriftKind::Behind,
                format!(
                    "at {there}: {} behind {here}, and {} ahead",
                    commits(behind),
                    commits(ahead)
                ),
                "`git pull --rebase`, then `git push`".to_owned(),
            ),
            Distance::Unknown => (
                DriftKind::Ahead,
                format!("at {there}, a commit that this repository does not have; here is {here}"),
                "`git fetch` and look again".to_owned(),
            ),
        };
        Some(Drift {
            object: source.kind_ref(),
            kind,
            detail,
            next,
            objects: Vec::new(),
        })
    }

    /// Tells how many of the commits that the cluster does not have are not pushed.
    fn unpushed(&self, behind: usize, source: &str) -> (String, String) {
        let reconcile = format!("`homelab reconcile {source}`");
        match self.unpushed.min(behind) {
            0 => (String::new(), reconcile),
            all if all == behind => ("; not pushed".to_owned(), "`git push`".to_owned()),
            some => (
                format!("; {some} of them not pushed"),
                format!("`git push`, then {reconcile}"),
            ),
        }
    }
}

fn commits(count: usize) -> String {
    match count {
        1 => "1 commit".to_owned(),
        count => format!("{count} commits"),
    }
}
