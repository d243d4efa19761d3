//! What is asked of Gitea and Forgejo.

use super::{Question, git};
use crate::preflight::forge::{Answer, gitea, github_rules};
use crate::preflight::{
    Blocker, BranchFacts, DeployKey, Fact, ForgeFacts, OwnerFacts, RemoteRepository,
};

/// So many keys are on a page: the most that a server gives unless it is set up otherwise.
const PAGE: &str = "50";
/// So many pages of keys are read.
const PAGES: usize = 40;

/// Asks for everything: first whose token it is, so that a bad one is sent only once.
pub(super) async fn ask(question: &Question<'_>) -> ForgeFacts {
    let mut token = question.token_facts();
    if let Ok(token) = &mut token {
        token.login = question
            .get(&["user"], &[])
            .await
            .and_then(|answer| gitea::login(&answer));
        // What is refused for want of a scope names those that are there; it is a question that no scope of ours answers.
        let refusal = question.get(&["notifications", "new"], &[]).await;
        token.scopes = refusal.ok().and_then(|answer| gitea::scopes(&answer));
    }
    let (owner, repository) = futures::join!(owner(question), repository(question));
    let seen = question.seen(&repository);
    let (keys, (branch, blockers), push) = futures::join!(
        keys(question, &seen),
        branch(question, &seen),
        git::may_push(question, &seen),
    );
    ForgeFacts {
        token,
        owner,
        repository,
        keys,
        branch,
        blockers,
        push,
    }
}

async fn owner(question: &Question<'_>) -> Fact<OwnerFacts> {
    let name = question.plan.owner.value.as_str();
    let (organisation, user) = (["orgs", name], ["users", name]);
    let (organisation, user) =
        futures::join!(question.get(&organisation, &[]), question.get(&user, &[]));
    gitea::owner(&organisation?, &user?)
}

async fn repository(question: &Question<'_>) -> Fact<Option<RemoteRepository>> {
    gitea::repository(&question.get(&question.path(&[]), &[]).await?)
}

async fn keys(question: &Question<'_>, seen: &Fact<()>) -> Fact<Vec<DeployKey>> {
    question.may_see_keys(seen)?;
    let mut all = Vec::new();
    for page in 1..=PAGES {
        let number = page.to_string();
        let query = [("limit", PAGE), ("page", number.as_str())];
        let answer = question.get(&question.path(&["keys"]), &query).await?;
        let found = gitea::keys(&answer)?;
        let is_last = found.is_empty();
        all.extend(found);
        if is_last || gitea::total(&answer).is_none_or(|total| all.len() >= total) {
            break;
        }
    }
    Ok(all)
}

async fn branch(
    question: &Question<'_>,
    seen: &Fact<()>,
) -> (Fact<Option<BranchFacts>>, Fact<Vec<Blocker>>) {
    if let Err(why) = seen {
        return (Err(why.clone()), Err(why.clone()));
    }
    let path = question.path(&["branches", &question.plan.branch.value]);
    let answer = question.get(&path, &[]).await;
    let branch = answer.and_then(|answer| gitea::branch(&answer));
    let blockers = blockers(question, &branch).await;
    (
        branch.map(|branch| branch.map(|branch| branch.facts)),
        blockers,
    )
}

async fn blockers(
    question: &Question<'_>,
    branch: &Fact<Option<gitea::Branch>>,
) -> Fact<Vec<Blocker>> {
    let branch = match branch {
        Ok(Some(branch)) if branch.facts.is_protected => branch,
        Ok(_) => return Ok(Vec::new()),
        Err(why) => return Err(why.clone()),
    };
    let path = question.path(&["branch_protections"]);
    let answer: Fact<Answer> = question.get(&path, &[]).await;
    let found = answer.and_then(|answer| gitea::protection(&answer, branch));
    Ok(found.unwrap_or_else(|_| vec![github_rules::unseen()]))
}
