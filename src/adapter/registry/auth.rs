//! Answers a registry that asks who is there: basic authentication, or a token from the server that it names.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Url;
use reqwest::header::WWW_AUTHENTICATE;
use serde::Deserialize;

use super::challenge::{self, Challenge};
use super::credentials::{Credentials, Found, basic};
use super::docker_config::DockerConfig;
use super::endpoint::same_server;
use super::error::{RegistryError, authority};
use super::options::Access;
use super::transport::{Answer, Request, Transport};

const LARGEST_TOKEN: usize = 1 << 20;
const JSON: &str = "application/json";

/// One repository on one server, and how it is asked.
pub(super) struct Target<'a> {
    /// `registry/repository`.
    pub(super) name: String,
    pub(super) registry: &'a str,
    pub(super) repository: &'a str,
    /// `SCHEME://HOST/`.
    pub(super) base: Url,
    pub(super) access: &'a Access,
}

/// Who asked for what: server, repository, credentials of its own.
type Key = (String, String, Option<Credentials>);

/// What was learnt from challenges in this run; nothing of it is kept on disk.
#[derive(Default)]
pub(super) struct Authorizer {
    /// The values of `Authorization` that worked.
    known: Mutex<HashMap<Key, Arc<str>>>,
    /// What the search for credentials came to. The lock is held during a search: a helper may ask the user, once.
    found: tokio::sync::Mutex<HashMap<(String, String), Arc<Found>>>,
}

/// What a server of tokens answers: one name from Docker's specification, one from OAuth 2.
#[derive(Deserialize)]
struct TokenAnswer {
    token: Option<String>,
    access_token: Option<String>,
}

impl Target<'_> {
    fn key(&self) -> Key {
        let own = self.access.credentials.as_ref();
        (
            self.base.to_string(),
            self.repository.to_owned(),
            own.map(|(credentials, _)| credentials.clone()),
        )
    }

    fn refused(&self, answer: &Answer, tried: String) -> RegistryError {
        RegistryError::Refused {
            host: authority(&answer.url),
            name: self.name.clone(),
            status: answer.describe(),
            tried,
        }
    }
}

impl Authorizer {
    /// Sends a request, and once more with credentials where the registry asks for them. What another server says (behind
    /// a redirect, or a `Link`) is never answered with credentials.
    pub(super) async fn send(
        &self,
        transport: &Transport,
        config: &DockerConfig,
        target: &Target<'_>,
        mut request: Request<'_>,
    ) -> Result<Answer, RegistryError> {
        let known = self
            .known(target)
            .filter(|_| same_server(&target.base, &request.url));
        let first = Request {
            authorization: known.as_deref(),
            ..request.clone()
        };
        let answer = transport.send(&first).await?;
        if answer.status != 401 {
            return self.judged(target, answer).await;
        }
        if !same_server(&target.base, &answer.url) {
            return self.judged(target, answer).await;
        }
        let found = self.search(config, target).await;
        let value = authorize(transport, target, &found, &answer).await?;
        self.learn(target, &value);
        request.authorization = Some(&value);
        let answer = transport.send(&request).await?;
        self.judged(target, answer).await
    }

    /// Takes a refusal for the error that it is.
    async fn judged(&self, target: &Target<'_>, answer: Answer) -> Result<Answer, RegistryError> {
        if !matches!(answer.status.as_u16(), 401 | 403) {
            return Ok(answer);
        }
        let tried = match &target.access.credentials {
            _ if !same_server(&target.base, &answer.url) => {
                format!(
                    "no credentials, for {} is another host",
                    authority(&answer.url)
                )
            }
            Some((_, source)) => source.clone(),
            None => {
                let found = self.found.lock().await;
                let key = (target.registry.to_owned(), target.repository.to_owned());
                let found = found.get(&key).map(|found| found.tried());
                found.unwrap_or_else(|| "no credentials".to_owned())
            }
        };
        Err(target.refused(&answer, tried))
    }

    fn known(&self, target: &Target<'_>) -> Option<Arc<str>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&target.key()).cloned()
    }

    fn learn(&self, target: &Target<'_>, value: &str) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(target.key(), Arc::from(value));
    }

    /// Finds the credentials of a repository, once.
    async fn search(&self, config: &DockerConfig, target: &Target<'_>) -> Arc<Found> {
        if let Some((credentials, source)) = &target.access.credentials {
            return Arc::new(Found {
                credentials: Some(credentials.clone()),
                tried: vec![source.clone()],
            });
        }
        let key = (target.registry.to_owned(), target.repository.to_owned());
        let mut all = self.found.lock().await;
        if let Some(found) = all.get(&key) {
            return found.clone();
        }
        let found = Arc::new(config.find(target.registry, target.repository).await);
        all.insert(key, found.clone());
        found
    }
}

/// Returns the value of `Authorization` that answers a challenge.
async fn authorize(
    transport: &Transport,
    target: &Target<'_>,
    found: &Found,
    answer: &Answer,
) -> Result<String, RegistryError> {
    if let Some(Credentials::Bearer(token)) = &found.credentials {
        return Ok(format!("Bearer {token}"));
    }
    let headers = answer.headers.get_all(WWW_AUTHENTICATE).iter();
    let texts = headers.filter_map(|value| value.to_str().ok());
    let challenges: Vec<Challenge> = texts.flat_map(challenge::parse).collect();
    let of = |scheme: &str| {
        challenges
            .iter()
            .find(|challenge| challenge.scheme == scheme)
    };
    if let Some(challenge) = of("bearer") {
        return token(transport, target, found, challenge, &answer.url).await;
    }
    match &found.credentials {
        Some(Credentials::Basic { username, password }) if of("basic").is_some() => {
            Ok(basic(username, password))
        }
        _ if of("basic").is_some() => Err(target.refused(answer, found.tried())),
        _ => Err(RegistryError::malformed(
            &answer.url,
            "asks for a kind of authentication that is neither basic nor bearer",
        )),
    }
}

/// Fetches a token (distribution v3, `docs/content/spec/auth/token.md` and `oauth.md`). The server of tokens may be another
/// host: the registry names it, and the credentials are the registry's to give, as with Docker.
async fn token(
    transport: &Transport,
    target: &Target<'_>,
    found: &Found,
    challenge: &Challenge,
    asked: &Url,
) -> Result<String, RegistryError> {
    let realm = challenge
        .parameter("realm")
        .and_then(|realm| Url::parse(realm).ok());
    let realm = realm
        .filter(|realm| matches!(realm.scheme(), "http" | "https"))
        .ok_or_else(|| RegistryError::malformed(asked, "names no server of tokens"))?;
    if realm.scheme() == "http" && target.base.scheme() == "https" {
        let why = format!(
            "sends for tokens to {}, which has no TLS",
            authority(&realm)
        );
        return Err(RegistryError::malformed(asked, why));
    }
    let scope = format!("repository:{}:pull", target.repository);
    let asked_for = challenge.parameter("scope").unwrap_or(&scope);
    let service = challenge.parameter("service").unwrap_or_default();
    let answer = match &found.credentials {
        Some(Credentials::Identity(secret)) => {
            let form = [
                ("grant_type", "refresh_token"),
                ("service", service),
                ("scope", asked_for),
                ("client_id", "homelab"),
                ("refresh_token", secret),
            ];
            let mut request = Request::get(realm, JSON, LARGEST_TOKEN);
            request.form = Some(&form);
            transport.send(&request).await?
        }
        other => {
            let url = with_query(realm, service, asked_for);
            let secret = match other {
                Some(Credentials::Basic { username, password }) => Some(basic(username, password)),
                _ => None,
            };
            let mut request = Request::get(url, JSON, LARGEST_TOKEN);
            request.authorization = secret.as_deref();
            transport.send(&request).await?
        }
    };
    read_token(target, found, &answer)
}

fn with_query(mut realm: Url, service: &str, scope: &str) -> Url {
    let mut query = realm.query_pairs_mut();
    if !service.is_empty() {
        query.append_pair("service", service);
    }
    query.append_pair("scope", scope);
    drop(query);
    realm
}

fn read_token(
    target: &Target<'_>,
    found: &Found,
    answer: &Answer,
) -> Result<String, RegistryError> {
    if matches!(answer.status.as_u16(), 400 | 401 | 403) {
        return Err(target.refused(answer, found.tried()));
    }
    if !answer.status.is_success() {
        return Err(RegistryError::Status {
            url: super::error::shown(&answer.url),
            status: answer.describe(),
        });
    }
    // The text of the error could repeat what was sent.
    let read: Option<TokenAnswer> = serde_json::from_slice(&answer.body).ok();
    let read = read.and_then(|read| {
        read.token
            .filter(|token| !token.is_empty())
            .or(read.access_token)
    });
    read.filter(|token| !token.is_empty())
        .map(|token| format!("Bearer {token}"))
        .ok_or_else(|| RegistryError::malformed(&answer.url, "the answer holds no token"))
}
