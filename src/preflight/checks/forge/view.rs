//! What the checks of a server share: what they look at, how they say that something is unknown, and the pages of the server
//! where things are put right.

use jiff::Timestamp;

use crate::preflight::check::{Area, Check, Verdict};
use crate::preflight::fact::{Fact, Unavailable, Why};
use crate::preflight::facts::{
    DeployKey, Facts, ForgeFacts, RemoteRepository, SecretFacts, TokenKind,
};
use crate::preflight::plan::{Auth, Forge, Plan};

/// The facts with what has to be there.
pub(super) struct View<'f> {
    pub(super) facts: &'f Facts,
    pub(super) plan: &'f Plan,
    pub(super) forge: &'f ForgeFacts,
}

/// A line of the checklist about the server.
pub(super) fn check(
    id: &'static str,
    title: &str,
    verdict: Verdict,
    detail: impl Into<String>,
) -> Check {
    Check::new(Area::Forge, id, title, verdict, detail)
}

impl<'f> View<'f> {
    /// None where no server is to be looked at.
    pub(super) fn of(facts: &'f Facts) -> Option<Self> {
        Some(View {
            facts,
            plan: facts.plan.as_ref()?,
            forge: facts.forge.as_ref()?,
        })
    }

    /// Says that something is not known, and why.
    pub(super) fn unknown(&self, id: &'static str, title: &str, why: &Unavailable) -> Check {
        let said = check(id, title, Verdict::Unknown, why.message.clone());
        match self.way_out(why) {
            Some(help) => said.help(help),
            None => said,
        }
    }

    /// Says that something fails, for a reason of the server.
    pub(super) fn refused(
        &self,
        id: &'static str,
        title: &str,
        why: &Unavailable,
        help: impl Into<String>,
    ) -> Check {
        let help = self.way_out(why).unwrap_or_else(|| help.into());
        check(id, title, Verdict::Fail, why.message.clone()).help(help)
    }

    /// Returns the way out of a trouble that has one of its own, whatever was asked for.
    fn way_out(&self, why: &Unavailable) -> Option<String> {
        let said = why.help.clone();
        said.or_else(|| match &why.why {
            Why::Forbidden { sso: Some(url), .. } => Some(format!(
                "authorise the token for single sign-on: {url} (the address is good for an hour)"
            )),
            Why::RateLimited { until } => Some(match until {
                Some(until) => format!("ask again after {}", moment(*until)),
                None => "ask again in a few minutes".to_owned(),
            }),
            Why::Unreachable => Some(format!(
                "see that {} is the right server, and can be reached from here",
                self.plan.host.value
            )),
            Why::TimedOut => Some("ask again, with a longer `--timeout`".to_owned()),
            _ => None,
        })
    }

    /// Tells whether a git server without an API is looked at.
    pub(super) fn is_plain_git(&self) -> bool {
        self.plan.forge.value == Forge::Git
    }

    /// Tells whether bootstrap makes a deploy key.
    pub(super) fn makes_key(&self) -> bool {
        matches!(self.plan.auth.value, Auth::DeployKey { .. })
    }

    /// Returns the kind of the token.
    pub(super) fn kind(&self) -> Option<TokenKind> {
        Some(self.forge.token.as_ref().ok()?.kind)
    }

    /// Returns the login of the token's user.
    pub(super) fn login(&self) -> Option<&'f str> {
        let token = self.forge.token.as_ref().ok()?;
        token.login.as_deref().ok()
    }

    /// Returns the repository, if it is there.
    pub(super) fn repository(&self) -> Option<&'f RemoteRepository> {
        self.forge.repository.as_ref().ok()?.as_ref()
    }

    /// Returns the Secret that the cluster reads the repository with: none where there is none.
    pub(super) fn secret(&self) -> Fact<Option<&'f SecretFacts>> {
        let cluster = self.facts.cluster.as_ref().map_err(Clone::clone)?;
        let secret = cluster.secret.as_ref().map_err(Clone::clone)?;
        Ok(secret.as_ref())
    }

    /// Returns the deploy key that has the title of this bootstrap.
    pub(super) fn key_by_title(&self) -> Option<&'f DeployKey> {
        let title = self.plan.key_title();
        let keys = self.forge.keys.as_ref().ok()?;
        keys.iter().find(|key| key.title == title)
    }

    /// Returns the deploy key whose private half the cluster has.
    pub(super) fn key_of_cluster(&self) -> Option<&'f DeployKey> {
        let secret = self.secret().ok()??;
        let public = secret.public_key.as_ref()?;
        let keys = self.forge.keys.as_ref().ok()?;
        keys.iter().find(|key| key.key.as_ref() == Some(public))
    }

    /// Returns the name of the server's product.
    pub(super) fn product(&self) -> &'static str {
        match self.plan.forge.value {
            Forge::GitHub => "GitHub",
            Forge::GitLab => "GitLab",
            Forge::Gitea => "Gitea",
            Forge::Git => "the git server",
        }
    }

    /// Returns the address of the server.
    pub(super) fn server(&self) -> String {
        let repository = self.plan.url.trim_end_matches(".git");
        let found = repository.strip_suffix(&format!("/{}", self.plan.full_name()));
        let is_web = |url: &&str| url.starts_with("http://") || url.starts_with("https://");
        found.filter(is_web).map_or_else(
            || format!("https://{}", self.plan.host.value),
            str::to_owned,
        )
    }

    /// Returns a page of the repository: `/settings/keys`.
    pub(super) fn page(&self, rest: &str) -> String {
        format!("{}/{}{rest}", self.server(), self.plan.full_name())
    }

    /// Returns where tokens of this kind are made and changed.
    pub(super) fn token_page(&self) -> String {
        let rest = match (self.plan.forge.value, self.kind()) {
            (Forge::GitHub, Some(TokenKind::Classic)) => "/settings/tokens",
            (Forge::GitHub, _) => "/settings/personal-access-tokens",
            (Forge::GitLab, _) => "/-/user_settings/personal_access_tokens",
            (Forge::Gitea | Forge::Git, _) => "/user/settings/applications",
        };
        format!("{}{rest}", self.server())
    }

    /// Returns where deploy keys are shown.
    pub(super) fn keys_page(&self) -> String {
        match self.plan.forge.value {
            Forge::GitLab => self.page("/-/settings/repository#js-deploy-keys-settings"),
            _ => self.page("/settings/keys"),
        }
    }

    /// Returns the command that removes the Secret, so that the next bootstrap makes a new key.
    pub(super) fn delete_secret(&self) -> String {
        let Plan {
            namespace, secret, ..
        } = self.plan;
        format!("`kubectl -n {namespace} delete secret {secret}`")
    }
}

/// Writes a moment to the minute, in UTC.
pub(super) fn moment(seconds: i64) -> String {
    match Timestamp::from_second(seconds) {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Err(_) => "an unknown time".to_owned(),
    }
}

/// Writes a day, in UTC.
pub(super) fn day(seconds: i64) -> String {
    match Timestamp::from_second(seconds) {
        Ok(time) => time.strftime("%Y-%m-%d").to_string(),
        Err(_) => "an unknown day".to_owned(),
    }
}

/// Says how many there are: `1 deploy key`, `2 deploy keys`.
pub(super) fn count(number: usize, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {what}{s}")
}
