//! Asks a git server over HTTP for what it advertises to those who push. Nothing is pushed: git asks the same before it does.

use std::time::Duration;

use super::http::{Credentials, Server};
use super::{ForgeOptions, Question, address};
use crate::adapter::git::program::redacted as redacted_urls;
use crate::adapter::process::{ProcessError, Program};
use crate::adapter::token::Token;
use crate::preflight::forge::{Advertisement, Answer, advertisement, listed};
use crate::preflight::{BranchFacts, Fact, Forge, ForgeFacts, Plan, Unavailable, Why};

/// How long git may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Makes the server of git over HTTP.
///
/// # Errors
/// The repository has no such address.
pub(super) fn server(plan: &Plan, token: Option<&Token>, options: &ForgeOptions) -> Fact<Server> {
    let base = address::repositories(plan)?;
    // GitHub, GitLab and Gitea take any user beside a token; flux takes `git` for the others, too.
    let user = plan.username.as_ref().map_or("git", |user| &user.value);
    let credentials = token.map(|token| Credentials::basic(user, token));
    Server::new(base, credentials, &[("accept", "*/*")], plan, options)
}

/// Asks a git server that has no API: for its branches, and whether these credentials may push.
pub(super) async fn ask(question: &Question<'_>) -> ForgeFacts {
    let none = || Unavailable::not_asked("a plain git server has no API");
    let (branch, push) = futures::join!(branch(question), may_push(question, &Ok(())));
    ForgeFacts {
        token: question.token_facts(),
        owner: Err(none()),
        repository: Err(none()),
        keys: Err(none()),
        branch,
        blockers: Err(none()),
        push,
    }
}

/// Tells whether these credentials may push.
///
/// # Errors
/// There are none, or the server does not tell.
pub(super) async fn may_push(question: &Question<'_>, seen: &Fact<()>) -> Fact<bool> {
    const SERVICE: &str = "git-receive-pack";
    seen.clone()?;
    let server = question
        .git
        .as_ref()
        .map_err(|why| over_ssh(question, why))?;
    if question.token.is_none() {
        let why = "without a token nobody is asked whether it may push";
        return Err(Unavailable::not_asked(why));
    }
    let answer = info(question, server, SERVICE).await?;
    match answer.status {
        200 => advertised(&answer, SERVICE).map(|_| true),
        401 | 403 | 404 => Ok(false),
        _ => Err(answer.refusal()),
    }
}

/// Over SSH the right to write would be asked for with the key that has it, which is not ours to use.
fn over_ssh(question: &Question<'_>, why: &Unavailable) -> Unavailable {
    let plan = question.plan;
    if !plan.url.starts_with("ssh://") {
        return why.clone();
    }
    let said = "over SSH that shows only when something is pushed";
    let branch = &plan.branch.value;
    Unavailable::not_asked(said).help(format!("`git push --dry-run {} HEAD:{branch}`", plan.url))
}

async fn branch(question: &Question<'_>) -> Fact<Option<BranchFacts>> {
    const SERVICE: &str = "git-upload-pack";
    let name = question.plan.branch.value.as_str();
    let advertisement = match &question.git {
        Ok(server) => {
            let answer = info(question, server, SERVICE).await?;
            match answer.is_success() {
                true => advertised(&answer, SERVICE)?,
                false => return Err(answer.refusal()),
            }
        }
        Err(_) => ls_remote(question).await?,
    };
    Ok(advertisement.branch(name))
}

async fn info(question: &Question<'_>, server: &Server, service: &str) -> Fact<Answer> {
    let plan = question.plan;
    let file = format!("{}.git", plan.repository.value);
    let owners = plan.owner.value.split('/');
    // The address of plain git is whole.
    let repository: Vec<&str> = match plan.forge.value {
        Forge::Git => Vec::new(),
        _ => owners.chain([file.as_str()]).collect(),
    };
    let path = [repository.as_slice(), &["info", "refs"]].concat();
    server.get(&path, &[("service", service)]).await
}

fn advertised(answer: &Answer, service: &str) -> Fact<Advertisement> {
    advertisement(service, &answer.body).ok_or_else(|| {
        let why = format!("{}: the answer is not that of a git server", answer.request);
        Unavailable::new(Why::Malformed, why)
    })
}

/// Asks over SSH, with the keys, the agent and the settings of the user. What would ask a question at the terminal fails.
async fn ls_remote(question: &Question<'_>) -> Fact<Advertisement> {
    let plan = question.plan;
    let branch = format!("refs/heads/{}", plan.branch.value);
    if question.options.offline {
        let why = format!("{} is not asked under --offline", plan.host.value);
        return Err(Unavailable::not_asked(why));
    }
    let limit = question
        .options
        .timeout
        .map_or(PATIENCE, |time| time.min(PATIENCE));
    let program = Program::new("git")
        .arguments(["ls-remote", "--", &plan.url, &branch])
        .variable("GIT_TERMINAL_PROMPT", "0")
        .variable("GIT_ASKPASS", "false")
        .variable("SSH_ASKPASS", "false")
        .variable("SSH_ASKPASS_REQUIRE", "force")
        .variable("LC_ALL", "C")
        .limit(limit);
    let answer = program.answer().await.map_err(|error| {
        let why = match error {
            ProcessError::TimedOut { .. } => Why::TimedOut,
            _ => Why::Unreachable,
        };
        Unavailable::new(why, error.to_string())
    })?;
    if answer.ended.is_success() {
        return Ok(listed(&answer.out));
    }
    let mut lines = answer.err.lines().map(str::trim);
    let said = lines
        .find(|line| !line.is_empty())
        .unwrap_or("no reason given");
    let why = format!("git ls-remote: {}", redacted_urls(said));
    Err(Unavailable::new(Why::Unreachable, why)
        .help("see that `git ls-remote` with the same address works, without questions"))
}
