//! Asks servers of repositories: GitHub, GitLab, Gitea and Forgejo, and git itself. It only looks: every request is a GET.

mod address;
mod git;
mod gitea;
mod github;
mod gitlab;
mod http;

use std::time::Duration;

use self::http::{Credentials, Server};
use super::token::Token;
use crate::preflight::forge::Answer;
use crate::preflight::{
    Fact, Forge, ForgeFacts, Plan, RemoteRepository, TokenFacts, TokenKind, Unavailable,
};

/// So many pages of a list are read.
const PAGES: usize = 20;

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
    options: &'q ForgeOptions,
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
        options,
        api: api(plan, token, options),
        git: git::server(plan, token, options),
    };
    match plan.forge.value {
        Forge::GitHub => github::ask(&question).await,
        Forge::GitLab => gitlab::ask(&question).await,
        Forge::Gitea => gitea::ask(&question).await,
        Forge::Git => git::ask(&question).await,
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
    Server::new(base, credentials, headers, plan, options)
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

    async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Fact<Answer> {
        self.api()?.get(path, query).await
    }

    /// Reads a list to its end, as its `Link` headers say where it goes on.
    async fn pages<T>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        read: impl Fn(&Answer) -> Fact<Vec<T>>,
    ) -> Fact<Vec<T>> {
        let server = self.api()?;
        let (mut next, mut all) = (Some(server.address(path, query)?), Vec::new());
        for _ in 0..PAGES {
            let Some(url) = next else { break };
            let page = server.page(url).await?;
            all.extend(read(&page.answer)?);
            next = page.next;
        }
        Ok(all)
    }

    /// Returns the path of something of the repository.
    fn path<'s>(&'s self, rest: &[&'s str]) -> Vec<&'s str> {
        let mut path = vec!["repos", &self.plan.owner.value, &self.plan.repository.value];
        path.extend(rest);
        path
    }

    /// Says why what belongs to the repository is not asked for, if it is not there to be seen.
    fn seen(&self, repository: &Fact<Option<RemoteRepository>>) -> Fact<()> {
        match repository {
            Ok(Some(_)) => Ok(()),
            Ok(None) => {
                let why = "the repository is not there, or not for these credentials";
                Err(Unavailable::not_asked(why))
            }
            Err(why) => Err(Unavailable::not_asked(format!(
                "not asked after {}",
                why.message
            ))),
        }
    }

    /// Says why keys are not asked for, if they would not be shown.
    fn may_see_keys(&self, seen: &Fact<()>) -> Fact<()> {
        seen.clone()?;
        if self.token.is_none() {
            let why = "deploy keys are shown to administrators only, and there is no token";
            return Err(Unavailable::not_asked(why));
        }
        Ok(())
    }

    fn kind(&self) -> Option<TokenKind> {
        Some(self.token?.kind(self.plan.forge.value))
    }
}
