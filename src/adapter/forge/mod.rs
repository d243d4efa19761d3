//! Asks servers of repositories: GitHub, GitLab, Gitea and Forgejo, and git itself. It only looks: every request is a GET.

mod address;
mod git;
mod github;
mod http;

use std::time::Duration;

use self::http::{Credentials, Server};
use super::token::Token;
use crate::preflight::{Fact, Forge, ForgeFacts, Plan, TokenFacts, TokenKind, Unavailable};

/// How a server is asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct ForgeOptions {
    /// Send nothing.
    pub offline: bool,
    /// How long all of it may take; without it, as long as the server does.
    pub timeout: Option<Duration>,
}

/// What is asked, of whom, and as whom.
struct Question<'q> {
    plan: &'q Plan,
    token: Option<&'q Token>,
    /// The API; unavailable where the plan names no host.
    api: Fact<Server>,
    /// The server of git over HTTP.
    git: Fact<Server>,
}

/// Asks the server of a plan for all that the checks look at. Nothing more is asked once it refused the token.
pub async fn ask(plan: &Plan, token: Option<&Token>, options: &ForgeOptions) -> ForgeFacts {
    let question = Question {
        plan,
        token,
        api: api(plan, token, options),
        git: git::server(plan, token, options),
    };
    match plan.forge.value {
        Forge::GitHub => github::ask(&question).await,
        _ => nothing(),
    }
}

fn api(plan: &Plan, token: Option<&Token>, options: &ForgeOptions) -> Fact<Server> {
    let base = address::api(plan)?;
    let credentials = token.map(|token| Credentials::of(plan.forge.value, token));
    let headers: &[_] = match plan.forge.value {
        Forge::GitHub => &[
            ("accept", "application/vnd.github+json"),
            ("x-github-api-version", "2022-11-28"),
        ],
        _ => &[],
    };
    Ok(Server::new(base, credentials, headers, options))
}

/// What there is before anybody was asked.
fn nothing() -> ForgeFacts {
    let none = || Unavailable::not_asked("this server has no API that is known");
    ForgeFacts {
        token: Err(none()),
        owner: Err(none()),
        repository: Err(none()),
        keys: Err(none()),
        branch: Err(none()),
        blockers: Err(none()),
        push: Err(none()),
    }
}

impl Question<'_> {
    fn api(&self) -> Fact<&Server> {
        self.api.as_ref().map_err(Clone::clone)
    }

    /// Returns the token as it looks, before a server has said anything about it.
    fn token_facts(&self) -> Fact<TokenFacts> {
        let token = self.token.ok_or_else(|| {
            let names = super::token::variables(self.plan.forge.value).join(" nor ");
            Unavailable::not_asked(format!(
                "there is none: neither --token-from nor {names} gives one"
            ))
        })?;
        Ok(TokenFacts {
            origin: token.origin().to_owned(),
            kind: token.kind(self.plan.forge.value),
            login: Err(Unavailable::not_asked(
                "the server was not asked whose token it is",
            )),
            scopes: None,
            expires: None,
            note: token.note().map(str::to_owned),
        })
    }

    fn kind(&self) -> Option<TokenKind> {
        Some(self.token?.kind(self.plan.forge.value))
    }
}
