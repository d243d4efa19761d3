//! What is asked of GitHub.

use std::collections::BTreeMap;

use futures::future::join_all;

use super::{Question, git};
use crate::preflight::forge::github_rules::{self, Pusher, Ruleset};
use crate::preflight::forge::{Answer, github};
use crate::preflight::{
    Blocker, BranchFacts, DeployKey, Fact, ForgeFacts, RemoteRepository, TokenFacts, TokenKind,
};

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
    let seen = question.seen(&repository);
    let (keys, (branch, is_empty, blockers), push) = futures::join!(
        keys(question, &seen),
        branch(question, &seen, pusher),
        git::may_push(question, &seen),
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
    Some(question.get(&["user"], &[]).await)
}

fn describe(token: &mut TokenFacts, user: &Fact<Answer>) {
    token.login = user.as_ref().map_err(Clone::clone).and_then(github::login);
    if let Ok(answer) = user {
        token.scopes = github::scopes(answer);
        token.expires = github::expires(answer);
    }
}

async fn owner(question: &Question<'_>) -> Fact<Answer> {
    question
        .get(&["users", &question.plan.owner.value], &[])
        .await
}

async fn repository(question: &Question<'_>) -> Fact<Answer> {
    question.get(&question.path(&[]), &[]).await
}

async fn keys(question: &Question<'_>, seen: &Fact<()>) -> Fact<Vec<DeployKey>> {
    question.may_see_keys(seen)?;
    let path = question.path(&["keys"]);
    question
        .pages(&path, &[("per_page", "100")], github::keys)
        .await
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
    let answer = question.get(&question.path(&["branches", name]), &[]).await;
    let branch = answer.and_then(|answer| github::branch(&answer));
    let is_empty = async {
        match branch {
            Ok(None) => {
                let path = question.path(&["commits"]);
                let answer = question.get(&path, &[("per_page", "1")]).await;
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
                let path = question.path(&["branches", name, "protection"]);
                let answer = question.get(&path, &[]).await?;
                github_rules::protection(&answer, pusher)
            }
        }
    };
    let rules = async {
        let path = question.path(&["rules", "branches", name]);
        let answer = question.get(&path, &[("per_page", "100")]).await?;
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
        let path = question.path(&["rulesets"]);
        let number = id.to_string();
        let path: Vec<&str> = path.into_iter().chain([number.as_str()]).collect();
        let answer = question.get(&path, &[]).await;
        (id, answer.and_then(|answer| github_rules::ruleset(&answer)))
    });
    join_all(asked).await.into_iter().collect()
}
