//! The tags that the image-reflector of a cluster has seen, as far as it shows them.

use super::candidates::Candidates;
use super::policies::Case;
use crate::adapter::cluster::{ClusterClient, ClusterError, ClusterOptions, ResourceKind};
use crate::adapter::runtime;
use crate::command::registry::no_queue;
use crate::command::{Global, Terminal};
use crate::error::Error;
use crate::flux::IMAGE_GROUP;
use crate::image::{Reference, ScannedRepository, SelectedImage};
use crate::output::TagSource;

/// What the cluster knows of images.
struct Seen {
    repositories: Vec<ScannedRepository>,
    policies: Vec<SelectedImage>,
}

/// Gathers the tags for each case, or why there are none.
///
/// # Errors
/// The cluster cannot be asked.
pub(super) fn candidates(
    cases: &[Case],
    global: &Global,
    terminal: &mut Terminal<'_>,
) -> Result<Vec<Result<Candidates, Error>>, Error> {
    let options = global.one_cluster("`--from-cluster`")?;
    let seen = runtime::block_on(look(&options)).map_err(|e| no_queue(&e))??;
    Ok(cases
        .iter()
        .map(|case| of_case(case, &seen, terminal))
        .collect())
}

async fn look(options: &ClusterOptions) -> Result<Seen, ClusterError> {
    let client = ClusterClient::connect(options).await?;
    let kind = |kind| ResourceKind::new(IMAGE_GROUP, kind);
    let repositories = client.list(&kind("ImageRepository"), None).await?;
    let policies = client.list(&kind("ImagePolicy"), None).await?;
    Ok(Seen {
        repositories: repositories.iter().map(ScannedRepository::of).collect(),
        policies: policies.iter().map(SelectedImage::of).collect(),
    })
}

fn of_case(case: &Case, seen: &Seen, terminal: &mut Terminal<'_>) -> Result<Candidates, Error> {
    if let Some(error) = &case.unknown {
        return Err(error.clone());
    }
    let repository = repository(case, seen)?;
    let id = &repository.id;
    let Some(scan) = &repository.last_scan else {
        let why = repository
            .ready
            .as_ref()
            .map(|ready| format!(": {}", ready.message));
        let message = format!(
            "the cluster has not scanned the ImageRepository {id}{}",
            why.unwrap_or_default()
        );
        return Err(Error::could_not_look(message));
    };
    let mut tags = scan.latest_tags.clone();
    let policy = seen
        .policies
        .iter()
        .find(|p| Some(&p.id) == case.policy.as_ref());
    let latest = policy.and_then(|policy| policy.latest.as_ref());
    // What was selected was seen, though it need not be among those that are shown.
    let selected = latest.map(|latest| latest.tag.clone());
    tags.extend(
        selected
            .iter()
            .filter(|tag| !scan.latest_tags.contains(tag))
            .cloned(),
    );
    if !scan.is_complete() {
        terminal.note(&format!(
            "the cluster has seen {} tags for {id} and shows {}: another may win",
            scan.tag_count,
            scan.latest_tags.len()
        ));
    }
    Ok(Candidates {
        tags,
        source: TagSource::Cluster,
        selected,
    })
}

/// Finds the ImageRepository of a case by its name, else one of the same image.
fn repository<'s>(case: &Case, seen: &'s Seen) -> Result<&'s ScannedRepository, Error> {
    let image = case
        .lookup
        .as_ref()
        .ok()
        .map(|lookup| lookup.image.canonical_name());
    let is_same = |repository: &ScannedRepository| {
        let theirs = repository
            .image
            .as_deref()
            .and_then(|i| Reference::parse(i).ok());
        theirs.is_some_and(|theirs| Some(theirs.canonical_name()) == image)
    };
    let named = |r: &&ScannedRepository| Some(&r.id) == case.repository.as_ref();
    let of_name = seen.repositories.iter().find(named);
    let of_image = || seen.repositories.iter().find(|r| is_same(r));
    of_name.or_else(of_image).ok_or_else(|| {
        let what = match (&case.repository, image) {
            (Some(id), _) => format!("no ImageRepository {id}"),
            (None, Some(image)) => format!("no ImageRepository for {image}"),
            (None, None) => "no such ImageRepository".to_owned(),
        };
        Error::could_not_look(format!("the cluster has {what}"))
    })
}
