//! Asks a git server over HTTP for what it advertises to those who push. Nothing is pushed: git asks the same before it does.

use super::http::{Credentials, Server};
use super::{ForgeOptions, Question, address};
use crate::adapter::token::Token;
use crate::preflight::forge::advertisement;
use crate::preflight::{Fact, Forge, Plan, Unavailable, Why};

/// Makes the server of git over HTTP.
///
/// # Errors
/// The repository has no such address.
pub(super) fn server(plan: &Plan, token: Option<&Token>, options: &ForgeOptions) -> Fact<Server> {
    let base = address::repositories(plan)?;
    // GitHub, GitLab and Gitea take any user beside a token.
    let credentials = token.map(|token| Credentials::basic("git", token));
    Ok(Server::new(
        base,
        credentials,
        &[("accept", "*/*")],
        options,
    ))
}

/// Tells whether these credentials may push.
///
/// # Errors
/// There are none, or the server does not tell.
pub(super) async fn may_push(question: &Question<'_>) -> Fact<bool> {
    const SERVICE: &str = "git-receive-pack";
    if question.token.is_none() {
        return Err(Unavailable::not_asked(
            "without a token nobody is asked whether it may push",
        ));
    }
    let server = question.git.as_ref().map_err(Clone::clone)?;
    let plan = question.plan;
    let file = format!("{}.git", plan.repository.value);
    let owners = plan.owner.value.split('/');
    // The address of plain git is whole.
    let repository: Vec<&str> = match plan.forge.value {
        Forge::Git => Vec::new(),
        _ => owners.chain([file.as_str()]).collect(),
    };
    let path = [repository.as_slice(), &["info", "refs"]].concat();
    let answer = server.get(&path, &[("service", SERVICE)]).await?;
    match answer.status {
        200 if advertisement(SERVICE, &answer.body).is_some() => Ok(true),
        200 => {
            let why = format!("{}: the answer is not that of a git server", answer.request);
            Err(Unavailable::new(Why::Malformed, why))
        }
        401 | 403 | 404 => Ok(false),
        _ => Err(answer.refusal()),
    }
}
