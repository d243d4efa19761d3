//! What is asked of GitLab.

use super::{Question, git};
use crate::preflight::forge::{github_rules, gitlab};
use crate::preflight::{
    Blocker, BranchFacts, DeployKey, Fact, ForgeFacts, OwnerFacts, RemoteRepository,
};

const PAGE: (&str, &str) = ("per_page", "100");

/// Asks for everything: first whose token it is, so that a bad one is sent only once.
pub(super) async fn ask(question: &Question<'_>) -> ForgeFacts {
    let mut token = question.token_facts();
    if let Ok(token) = &mut token {
        token.login = question
            .get(&["user"], &[])
            .await
            .and_then(|answer| gitlab::login(&answer));
        if let Ok(answer) = question.get(&["personal_access_tokens", "self"], &[]).await {
            token.scopes = gitlab::scopes(&answer);
            token.expires = gitlab::expires(&answer);
        }
    }
    let (owner, repository) = futures::join!(owner(question), repository(question));
    let seen = question.seen(&repository);
    let (keys, branch, push) = futures::join!(
        keys(question, &seen),
        branch(question, &seen),
        git::may_push(question, &seen),
    );
    let blockers = blockers(question, &branch, &keys).await;
    ForgeFacts {
        token,
        owner,
        repository,
        keys,
        branch: branch.map(|branch: Option<gitlab::Branch>| -> Option<BranchFacts> {
            branch.map(|branch| branch.facts)
        }),
        blockers,
        push,
    }
}

async fn owner(question: &Question<'_>) -> Fact<OwnerFacts> {
    let name = question.plan.owner.value.as_str();
    let (path, query) = (["groups", name], [("username", name)]);
    let (group, users) = futures::join!(
        question.get(&path, &[("with_projects", "false")]),
        question.get(&["users"], &query),
    );
    gitlab::owner(&group?, &users?)
}

async fn repository(question: &Question<'_>) -> Fact<Option<RemoteRepository>> {
    gitlab::repository(
        &question
            .get(&["projects", &question.plan.full_name()], &[])
            .await?,
    )
}

async fn keys(question: &Question<'_>, seen: &Fact<()>) -> Fact<Vec<DeployKey>> {
    question.may_see_keys(seen)?;
    let project = question.plan.full_name();
    let path = ["projects", &project, "deploy_keys"];
    question.pages(&path, &[PAGE], gitlab::keys).await
}

async fn branch(question: &Question<'_>, seen: &Fact<()>) -> Fact<Option<gitlab::Branch>> {
    seen.clone()?;
    let (project, name) = (question.plan.full_name(), &question.plan.branch.value);
    let path = ["projects", &project, "repository", "branches", name];
    gitlab::branch(&question.get(&path, &[]).await?)
}

async fn blockers(
    question: &Question<'_>,
    branch: &Fact<Option<gitlab::Branch>>,
    keys: &Fact<Vec<DeployKey>>,
) -> Fact<Vec<Blocker>> {
    let branch = match branch {
        Ok(Some(branch)) if branch.facts.is_protected => branch,
        Ok(_) => return Ok(Vec::new()),
        Err(why) => return Err(why.clone()),
    };
    let title = question.plan.key_title();
    let mut keys = keys.iter().flatten();
    let key = keys
        .find(|key| key.title == title)
        .map(|key| key.id.as_str());
    let (project, name) = (question.plan.full_name(), &question.plan.branch.value);
    let answer = question
        .get(&["projects", &project, "protected_branches"], &[PAGE])
        .await;
    let found = answer.and_then(|answer| gitlab::protection(&answer, name, branch, key));
    Ok(found.unwrap_or_else(|_| vec![github_rules::unseen()]))
}
