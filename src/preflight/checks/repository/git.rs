//! Whether what is here is what the server has: remote, branch, commits.

use super::{check, count, pass, some, trouble};
use crate::preflight::check::{Check, Verdict};
use crate::preflight::facts::{RemoteFacts, RepositoryFacts};
use crate::preflight::plan::Plan;
use crate::preflight::repository::address;

pub(super) fn checks(repository: &RepositoryFacts, plan: &Plan) -> Vec<Check> {
    let remote = taken(repository, plan);
    let mut checks = vec![which_remote(repository, plan, remote)];
    checks.extend(credentials(repository));
    let is_git = repository.head.is_some() || repository.branch.is_some();
    if is_git && remote.is_some() {
        checks.push(branch(repository, plan));
        checks.extend(pushed(repository, remote));
    }
    checks
}

/// Returns the remote that shows the repository of the plan.
fn taken<'r>(repository: &'r RepositoryFacts, plan: &Plan) -> Option<&'r RemoteFacts> {
    let by_name = format!("{}/{}", plan.host.value, plan.full_name());
    let wanted = [address(&plan.url), address(&format!("https://{by_name}"))];
    let mut remotes = repository.remotes.iter();
    let followed = followed(repository);
    let shows = |remote: &&RemoteFacts| wanted.contains(&address(&remote.url));
    let all = remotes.by_ref().filter(shows);
    let mut all: Vec<&RemoteFacts> = all.collect();
    all.sort_by_key(|remote| {
        (
            Some(remote.name.as_str()) != followed,
            remote.name != "origin",
        )
    });
    all.first().copied()
}

/// Returns the remote whose branch is followed.
fn followed(repository: &RepositoryFacts) -> Option<&str> {
    let upstream = repository.upstream.as_deref()?;
    let names = repository.remotes.iter().map(|remote| remote.name.as_str());
    let mut names = names.filter(|name| {
        let rest = upstream.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with('/'))
    });
    names.next()
}

fn which_remote(repository: &RepositoryFacts, plan: &Plan, remote: Option<&RemoteFacts>) -> Check {
    const WHAT: (&str, &str) = ("repository/remote", "the remote is what is bootstrapped");
    let wanted = format!("{} on {}", plan.full_name(), plan.host.value);
    let list = some(
        repository
            .remotes
            .iter()
            .map(|remote| format!("{} ({})", remote.name, remote.url)),
    );
    let Some(remote) = remote else {
        let name = match repository
            .remotes
            .iter()
            .any(|remote| remote.name == "origin")
        {
            true => "flux",
            false => "origin",
        };
        let detail = match repository.remotes.is_empty() {
            true => format!(
                "git knows no remote here: whether {wanted} holds the same files is not known"
            ),
            false => format!("no remote is {wanted}: {list}"),
        };
        let help = format!("`git remote add {name} {}`", plan.url);
        return trouble(Verdict::Warn, WHAT, detail, help);
    };
    let RemoteFacts { name, url, .. } = remote;
    let others = repository.remotes.len() > 1;
    let is_followed = followed(repository).is_none_or(|followed| followed == name);
    match (others, is_followed) {
        (false, _) => pass(WHAT.0, WHAT.1, format!("{name} is {url}")),
        (true, true) => {
            let detail = format!(
                "of {} remotes {name} is taken: {url}",
                repository.remotes.len()
            );
            pass(WHAT.0, WHAT.1, detail)
        }
        (true, false) => {
            let upstream = repository.upstream.as_deref().unwrap_or_default();
            let detail = format!(
                "{name} is taken ({url}), and the branch here follows {upstream}; there are {list}"
            );
            let help = "say which one is meant with `--owner` and `--repository`, or let the branch follow it: \
                        `git branch -u REMOTE/BRANCH`";
            trouble(Verdict::Warn, WHAT, detail, help)
        }
    }
}

/// A token in the URL of a remote is readable for everybody who can read `.git/config`.
fn credentials(repository: &RepositoryFacts) -> Option<Check> {
    let remote = repository
        .remotes
        .iter()
        .find(|remote| remote.has_credentials)?;
    let RemoteFacts { name, url, .. } = remote;
    Some(trouble(
        Verdict::Warn,
        ("repository/remote", "no credentials in the URL of a remote"),
        format!(
            "the URL of {name} has a password or token in it, which stands in .git/config as it is"
        ),
        format!("`git remote set-url {name} {url}`"),
    ))
}

fn branch(repository: &RepositoryFacts, plan: &Plan) -> Check {
    const WHAT: (&str, &str) = (
        "repository/branch",
        "the branch is what the cluster follows",
    );
    let wanted = &plan.branch.value;
    match (&repository.branch, &repository.head) {
        (Some(branch), None) => trouble(
            Verdict::Warn,
            WHAT,
            format!(
                "{branch} has no commit yet: what is here is not on the server, where flux bootstrap makes the \
                 first one"
            ),
            format!("`git add -A && git commit -m first && git push -u origin {branch}`"),
        ),
        (Some(branch), Some(_)) if branch == wanted => {
            pass(WHAT.0, WHAT.1, format!("{branch} is checked out"))
        }
        (Some(branch), Some(_)) => trouble(
            Verdict::Warn,
            WHAT,
            format!(
                "{branch} is checked out, and the cluster is to follow {wanted}: what is looked at here is not \
                 what it gets"
            ),
            format!("`git switch {wanted}`, or `--branch {branch}`"),
        ),
        (None, head) => {
            let head = head.as_deref().unwrap_or_default();
            let head: String = head.chars().take(8).collect();
            trouble(
                Verdict::Warn,
                WHAT,
                format!(
                    "no branch is checked out (commit {head}), and the cluster is to follow {wanted}"
                ),
                format!("`git switch {wanted}`"),
            )
        }
    }
}

/// Tells what the server does not have; nothing before the first commit.
fn pushed(repository: &RepositoryFacts, remote: Option<&RemoteFacts>) -> Option<Check> {
    const WHAT: (&str, &str) = ("repository/pushed", "the server has what is here");
    repository.head.as_ref()?;
    let branch = repository.branch.as_deref()?;
    let remote = remote.map_or("origin", |remote| remote.name.as_str());
    let Some(upstream) = &repository.upstream else {
        let detail = format!("{branch} was never pushed to {remote}, as far as git knows here");
        let help = format!("`git push -u {remote} {branch}`");
        return Some(trouble(Verdict::Warn, WHAT, detail, help));
    };
    let Some((ahead, behind)) = repository.ahead_behind else {
        let detail =
            format!("how far {branch} is from {upstream} cannot be counted (a shallow clone?)");
        return Some(check(Verdict::Unknown, WHAT.0, WHAT.1, detail));
    };
    let mut said = Vec::new();
    let mut help = Vec::new();
    if behind > 0 {
        said.push(format!(
            "{upstream} has {} not here",
            count(behind, "commit that is", "commits that are")
        ));
        help.push("`git pull --rebase`");
    }
    if repository.uncommitted > 0 {
        let files = count(repository.uncommitted, "file is", "files are");
        said.push(format!("{files} not committed"));
        help.push("`git commit`");
    }
    if ahead > 0 {
        said.push(format!(
            "{} not pushed to {upstream}",
            count(ahead, "commit is", "commits are")
        ));
    }
    if said.is_empty() {
        let detail = format!("{branch} is at {upstream}, as of the last fetch");
        return Some(pass(WHAT.0, WHAT.1, detail));
    }
    if ahead > 0 || repository.uncommitted > 0 {
        help.push("`git push`");
    }
    let detail = format!(
        "{}; flux bootstrap works with what the server has",
        said.join(", ")
    );
    Some(trouble(Verdict::Warn, WHAT, detail, help.join(", then ")))
}
