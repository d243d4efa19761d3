//! What is asked of GitHub.

use std::collections::BTreeMap;

use futures::future::join_all;
use reqwest::Url;

use super::http::Server;
use super::{Question, git};
use crate::preflight::forge::github_rules::{self, Pusher, Ruleset};
use crate::preflight::forge::{Answer, github};
use crate::preflight::{
    Blocker, BranchFacts, DeployKey, Fact, ForgeFacts, RemoteRepository, TokenFacts, TokenKind,
    Unavailable,
};

/// So many pages of keys are read, of a hundred each.
const PAGES: usize = 20;
/// So many rulesets are asked who is let through.
const RULESETS: usize = 20;

/// Asks for everything: first whose token it is, so that a bad one is sent only once.
pub(super) async fn ask(question: &Question<'_>) -> ForgeFacts {
    let mut token = question.token_facts();
    let user = user(question).await;
    if let (Ok(token), Some(user)) = (&mut token, &user) {
        describe(token, user);
    }
    let (owner, repository) = futures::join!(owner(question), repository(question));
    if let (Ok(token), Ok(answer), None) = (&mut token, &repository, &user) {
        token.expires = github::expires(answer);
    }
    let repository = repository.and_then(|answer| github::repository(&answer));
    let pusher = Pusher {
        login: token
            .as_ref()
            .ok()
            .and_then(|token| Some(token.login.as_ref().ok()?.as_str())),
        role: repository
            .as_ref()
            .ok()
            .and_then(|found| found.as_ref()?.role),
    };
    let seen = seen(&repository);
    let (keys, (branch, is_empty, blockers), push) = futures::join!(
        keys(question, &seen),
        branch(question, &seen, pusher),
        async {
            seen.clone()?;
            git::may_push(question).await
        },
    );
    let with_emptiness = |found: RemoteRepository| RemoteRepository { is_empty, ..found };
    ForgeFacts {
        token,
        owner: owner.and_then(|answer| github::owner(&answer)),
        repository: repository.map(|found| found.map(with_emptiness)),
        keys,
        branch,
        blockers,
        push,
    }
}

/// Asks whose token it is. The token of a workflow belongs to nobody: GitHub answers 403 here.
async fn user(question: &Question<'_>) -> Option<Fact<Answer>> {
    let kind = question.kind()?;
    if kind == TokenKind::AppInstallation {
        return None;
    }
    Some(get(question, &["user"], &[]).await)
}

fn describe(token: &mut TokenFacts, user: &Fact<Answer>) {
    token.login = user.as_ref().map_err(Clone::clone).and_then(github::login);
    if let Ok(answer) = user {
        token.scopes = github::scopes(answer);
        token.expires = github::expires(answer);
    }
}

async fn owner(question: &Question<'_>) -> Fact<Answer> {
    get(question, &["users", &question.plan.owner.value], &[]).await
}

async fn repository(question: &Question<'_>) -> Fact<Answer> {
    get(question, &path(question, &[]), &[]).await
}

/// Says why what belongs to a repository is not asked for, if the repository is not there to be seen.
fn seen(repository: &Fact<Option<RemoteRepository>>) -> Fact<()> {
    match repository {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(Unavailable::not_asked(
            "the repository is not there, or not for these credentials",
        )),
        Err(why) => Err(Unavailable::not_asked(format!(
            "not asked after {}",
            why.message
        ))),
    }
}

async fn keys(question: &Question<'_>, seen: &Fact<()>) -> Fact<Vec<DeployKey>> {
    seen.clone()?;
    if question.token.is_none() {
        return Err(Unavailable::not_asked(
            "deploy keys are shown to administrators only, and there is no token",
        ));
    }
    let server = question.api()?;
    let first = server.address(&path(question, &["keys"]), &[("per_page", "100")])?;
    pages(server, first, github::keys).await
}

/// Reads a list to its end.
async fn pages<T>(
    server: &Server,
    first: Url,
    read: impl Fn(&Answer) -> Fact<Vec<T>>,
) -> Fact<Vec<T>> {
    let (mut next, mut all) = (Some(first), Vec::new());
    for _ in 0..PAGES {
        let Some(url) = next else { break };
        let page = server.page(url).await?;
        all.extend(read(&page.answer)?);
        next = page.next;
    }
    Ok(all)
}

/// Asks for the branch, whether there is any commit at all, and what stands in the way of commits.
async fn branch(
    question: &Question<'_>,
    seen: &Fact<()>,
    pusher: Pusher<'_>,
) -> (Fact<Option<BranchFacts>>, bool, Fact<Vec<Blocker>>) {
    if let Err(why) = seen {
        return (Err(why.clone()), false, Err(why.clone()));
    }
    let name = question.plan.branch.value.as_str();
    let answer = get(question, &path(question, &["branches", name]), &[]).await;
    let branch = answer.and_then(|answer| github::branch(&answer));
    let is_empty = async {
        match branch {
            Ok(None) => {
                let path = path(question, &["commits"]);
                let answer = get(question, &path, &[("per_page", "1")]).await;
                answer.is_ok_and(|answer| github::is_empty(&answer))
            }
            _ => false,
        }
    };
    let (is_empty, blockers) = futures::join!(is_empty, blockers(question, &branch, pusher));
    (branch, is_empty, blockers)
}

async fn blockers(
    question: &Question<'_>,
    branch: &Fact<Option<BranchFacts>>,
    pusher: Pusher<'_>,
) -> Fact<Vec<Blocker>> {
    let name = question.plan.branch.value.as_str();
    let is_new = matches!(branch, Ok(None));
    let is_protected = matches!(branch, Ok(Some(branch)) if branch.is_protected);
    let protection = async {
        match is_protected {
            false => Ok(Vec::new()),
            true => {
                let path = path(question, &["branches", name, "protection"]);
                let answer = get(question, &path, &[]).await?;
                github_rules::protection(&answer, pusher)
            }
        }
    };
    let rules = async {
        let path = path(question, &["rules", "branches", name]);
        let answer = get(question, &path, &[("per_page", "100")]).await?;
        let rules = github_rules::rules(&answer, is_new)?;
        let ids = rules.iter().filter_map(|rule| rule.ruleset).collect();
        Ok(github_rules::blockers(
            rules,
            &rulesets(question, ids).await,
        ))
    };
    let (rules, protection) = futures::join!(rules, protection);
    let mut blockers: Vec<Blocker> = rules?;
    match protection {
        Ok(found) => blockers.extend(found),
        // A branch counts as protected by rules, too.
        Err(_) if !blockers.is_empty() => {}
        Err(_) => blockers.push(github_rules::unseen()),
    }
    Ok(blockers)
}

async fn rulesets(question: &Question<'_>, mut ids: Vec<i64>) -> BTreeMap<i64, Fact<Ruleset>> {
    ids.sort_unstable();
    ids.dedup();
    let asked = ids.into_iter().take(RULESETS).map(async |id| {
        let path = path(question, &["rulesets"]);
        let number = id.to_string();
        let path: Vec<&str> = path.into_iter().chain([number.as_str()]).collect();
        let answer = get(question, &path, &[]).await;
        (id, answer.and_then(|answer| github_rules::ruleset(&answer)))
    });
    join_all(asked).await.into_iter().collect()
}

async fn get(question: &Question<'_>, path: &[&str], query: &[(&str, &str)]) -> Fact<Answer> {
    question.api()?.get(path, query).await
}

/// Returns the path of something of the repository.
fn path<'q>(question: &'q Question<'_>, rest: &[&'q str]) -> Vec<&'q str> {
    let plan = question.plan;
    let mut path = vec!["repos", &plan.owner.value, &plan.repository.value];
    path.extend(rest);
    path
}
