//! Whether `gotk-sync.yaml` agrees with what is to be bootstrapped.

use super::{pass, some, trouble};
use crate::flux::folder;
use crate::preflight::check::{Check, Verdict};
use crate::preflight::facts::{RepositoryFacts, SyncFile};
use crate::preflight::plan::{Auth, Plan};
use crate::preflight::repository::address;

pub(super) fn checks(repository: &RepositoryFacts, plan: &Plan) -> Vec<Check> {
    // Without a source in it, the file is not of `flux bootstrap`, whatever it is called.
    let sync = repository.sync.as_ref().filter(|sync| !sync.url.is_empty());
    let Some(sync) = sync else {
        return Vec::new();
    };
    let mut checks = vec![path(repository, sync, plan)];
    // The file of another cluster says nothing about this one.
    if is_own(sync, plan) {
        checks.push(url(sync, plan));
    }
    checks
}

/// Returns the folder that `flux bootstrap` writes, relative to the repository.
fn flux_folder(plan: &Plan) -> String {
    match folder(&plan.path.value).as_str() {
        "" => plan.namespace.clone(),
        path => format!("{path}/{}", plan.namespace),
    }
}

/// Tells whether a sync file belongs to the cluster of the plan: by its folder, or by the folder that it applies.
fn is_own(sync: &SyncFile, plan: &Plan) -> bool {
    holder(sync) == flux_folder(plan) || folder(&sync.path) == folder(&plan.path.value)
}

fn holder(sync: &SyncFile) -> &str {
    sync.place.rsplit_once('/').map_or("", |(dir, _)| dir)
}

fn path(repository: &RepositoryFacts, sync: &SyncFile, plan: &Plan) -> Check {
    const WHAT: (&str, &str) = (
        "repository/sync-path",
        "gotk-sync.yaml names the folder of the cluster",
    );
    let wanted = &plan.path.value;
    let SyncFile { place, path, .. } = sync;
    let is_same = folder(path) == folder(wanted);
    let is_in_place = holder(sync) == flux_folder(plan);
    if is_same && !repository.same_path.is_empty() {
        let others = some(repository.same_path.iter().cloned());
        let detail = format!(
            "{others} also says {path}: to the server and to flux the two clusters are one, and bootstrapping one \
             deletes the deploy key of the other"
        );
        let help = "give each cluster a folder of its own, or tell them apart with `--secret-name`";
        return trouble(Verdict::Warn, WHAT, detail, help);
    }
    match (is_same, is_in_place) {
        (true, true) => pass(WHAT.0, WHAT.1, format!("{place} says {path}")),
        (true, false) => {
            let new = flux_folder(plan);
            let old = holder(sync);
            let detail = format!(
                "{place} says {path}, and flux bootstrap writes its files to {new}: with those of {old} \
                 everything of Flux is there twice"
            );
            let help = format!(
                "move them first, `git mv {old} {new}`, and correct the lists that name the folder"
            );
            trouble(Verdict::Fail, WHAT, detail, help)
        }
        (false, true) => {
            let detail = format!(
                "{place} says {path}, and bootstrap is to be run with --path={wanted}, which a cluster that runs \
                 refuses (\"sync path configuration would overwrite path\")"
            );
            let help = format!("take `--path {path}`, or undo the change of `spec.path` first");
            trouble(Verdict::Fail, WHAT, detail, help)
        }
        (false, false) => {
            let detail = format!("{wanted} is a new cluster beside that of {place} ({path})");
            pass(WHAT.0, WHAT.1, detail)
        }
    }
}

fn url(sync: &SyncFile, plan: &Plan) -> Check {
    const WHAT: (&str, &str) = ("repository/sync-url", "gotk-sync.yaml names the repository");
    let SyncFile {
        url_place: place,
        url,
        ..
    } = sync;
    let wanted = [
        address(&plan.url),
        address(&format!("https://{}/{}", plan.host.value, plan.full_name())),
    ];
    let name = plan.full_name();
    if !wanted.contains(&address(url)) {
        let detail = format!(
            "{place} follows {url}, and {name} on {} is to be bootstrapped: flux bootstrap writes the file anew, \
             but keeps a Secret that is there",
            plan.host.value
        );
        let help = "check `--owner`, `--repository` and `--hostname`; if the repository has moved, delete the \
                    Secret of the source first, so that a key is made for the new place";
        return trouble(Verdict::Warn, WHAT, detail, help);
    }
    let is_http = url.starts_with("http");
    if is_http && matches!(plan.auth.value, Auth::PrivateKey(_)) {
        let detail = format!(
            "{place} follows {url}; flux bootstrap writes the URL and the Secret anew, with your key"
        );
        return pass(WHAT.0, WHAT.1, detail);
    }
    match (is_http, plan.auth.value == Auth::Token) {
        (true, true) | (false, false) => pass(WHAT.0, WHAT.1, format!("{place} follows {url}")),
        (true, false) => trouble(
            Verdict::Warn,
            WHAT,
            format!(
                "{place} follows {url}, and a deploy key needs ssh: flux bootstrap writes the URL anew, but keeps \
                 a Secret that is there, which has no key"
            ),
            "go on with a token (`--token-auth`), or delete the Secret of the source first",
        ),
        (false, true) => trouble(
            Verdict::Warn,
            WHAT,
            format!(
                "{place} follows {url}, and a token needs https: flux bootstrap writes the URL and the Secret anew"
            ),
            "leave out `--token-auth` to go on with the deploy key",
        ),
    }
}
