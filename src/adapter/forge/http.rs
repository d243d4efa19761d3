//! Asks a server over HTTP. It can send GET requests and nothing else; a token stays with the server that it is for.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::{StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::ForgeOptions;
use crate::adapter::causes::is_untrusted;
use crate::adapter::input;
use crate::adapter::registry::backoff::{pause, retry_after};
use crate::adapter::registry::client::Clients;
use crate::adapter::registry::endpoint::same_server;
use crate::adapter::registry::error::{RegistryError, authority, bottom, shown};
use crate::adapter::registry::link;
use crate::adapter::registry::transport::{Failure, is_passing, read};
use crate::adapter::registry::{Options, Proxies};
use crate::adapter::token::{Token, redacted};
use crate::preflight::forge::Answer;
use crate::preflight::{Fact, Forge, Plan, Unavailable, Why};

/// How often one request is sent before its failure counts.
const ATTEMPTS: u32 = 3;
/// How long to wait after the first failure; doubled after each.
const BACKOFF: Duration = Duration::from_millis(200);
/// A server that wants a longer pause than this gets none.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many redirects are followed.
const REDIRECTS: usize = 5;
/// The largest body to take: a page of a hundred keys needs a fiftieth of it.
const LARGEST: usize = 4 << 20;

/// What proves who asks: a header.
pub(super) struct Credentials {
    /// Its name.
    name: HeaderName,
    /// Its value.
    value: SecretString,
    /// The token in it, which no answer may repeat.
    token: SecretString,
}

/// A server that answers GET requests.
pub(super) struct Server {
    base: Url,
    credentials: Option<Credentials>,
    headers: HeaderMap,
    clients: Clients,
    offline: bool,
    deadline: Option<Instant>,
    /// Why nothing more is asked: it refused the token, or wants a pause.
    stopped: Mutex<Option<Unavailable>>,
}

/// An answer, and where its list goes on.
pub(super) struct Page {
    /// What it says.
    pub(super) answer: Answer,
    /// The address of the next page, on the same server.
    pub(super) next: Option<Url>,
}

/// How an attempt ended without an answer to keep.
enum Ended {
    /// Worth another attempt: the trouble, and the pause that the server wants.
    Passing(Unavailable, Option<Duration>),
    Final(Unavailable),
}

impl Server {
    /// Makes a server; its time starts now. `headers` go with every request.
    ///
    /// # Errors
    /// The certificates that the plan names cannot be read.
    pub(super) fn new(
        base: Url,
        credentials: Option<Credentials>,
        headers: &[(&'static str, &'static str)],
        plan: &Plan,
        options: &ForgeOptions,
    ) -> Fact<Self> {
        let headers = headers.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        let proxies = match options.offline {
            true => Proxies::default(),
            false => Proxies::from_environment(),
        };
        let client = Options {
            proxies,
            ca: authorities(plan)?,
            ..Options::default()
        };
        Ok(Server {
            base,
            credentials,
            headers: headers.collect(),
            clients: Clients::new(Arc::new(client)),
            offline: options.offline,
            deadline: options
                .timeout
                .and_then(|time| Instant::now().checked_add(time)),
            stopped: Mutex::default(),
        })
    }

    /// Asks for what is at a path below the base; each segment is encoded.
    pub(super) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Fact<Answer> {
        Ok(self.page(self.address(path, query)?).await?.answer)
    }

    /// Returns the address of a path below the base.
    pub(super) fn address(&self, path: &[&str], query: &[(&str, &str)]) -> Fact<Url> {
        let mut url = self.base.clone();
        let is_bad = |segment: &&str| matches!(*segment, "" | "." | "..");
        if let Some(segment) = path.iter().copied().find(is_bad) {
            let why = format!("`{segment}` is no name that a server could know");
            return Err(Unavailable::not_asked(why));
        }
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    /// Asks for an address of this server.
    pub(super) async fn page(&self, url: Url) -> Fact<Page> {
        if self.offline {
            let why = format!("{} is not asked under --offline", authority(&self.base));
            return Err(Unavailable::not_asked(why));
        }
        if let Some(stopped) = self.stopped() {
            let why = format!("nothing more is asked after {}", stopped.message);
            return Err(Unavailable::not_asked(why));
        }
        let late = || Unavailable::new(Why::TimedOut, format!("{}: time was up", name(&url)));
        let page = match self.deadline {
            None => self.attempts(&url).await,
            Some(deadline) => tokio::time::timeout_at(deadline, self.attempts(&url))
                .await
                .map_err(|_| late())
                .flatten(),
        };
        self.heed(&page);
        page
    }

    /// Stops where the server refuses the token: it would lock it out; where it wants a pause; and where it is not there.
    fn heed(&self, page: &Fact<Page>) {
        let trouble = match page {
            Ok(page) if page.answer.is_success() => return,
            Ok(page) => page.answer.refusal(),
            Err(trouble) => trouble.clone(),
        };
        let stops = match trouble.why {
            Why::Unauthorized => self.credentials.is_some(),
            Why::RateLimited { .. } | Why::Unreachable | Why::TimedOut => true,
            _ => false,
        };
        if stops {
            let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
            stopped.get_or_insert(trouble);
        }
    }

    fn stopped(&self) -> Option<Unavailable> {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        stopped.clone()
    }

    async fn attempts(&self, url: &Url) -> Fact<Page> {
        let mut attempt = 1;
        loop {
            let (trouble, wanted) = match self.attempt(url).await {
                Ok(page) if !is_worth_another(&page.answer) => return Ok(page),
                Ok(page) => {
                    let wanted = page.answer.header("retry-after");
                    let wanted = wanted.and_then(|text| retry_after(text, SystemTime::now()));
                    (Ok(page), wanted)
                }
                Err(Ended::Passing(trouble, wanted)) => (Err(trouble), wanted),
                Err(Ended::Final(trouble)) => return Err(trouble),
            };
            let wait = wanted.unwrap_or_else(|| pause(BACKOFF, attempt));
            if attempt >= ATTEMPTS || wait > LONGEST_PAUSE {
                return trouble;
            }
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// Asks once, and follows redirects within the server.
    async fn attempt(&self, url: &Url) -> Result<Page, Ended> {
        let mut at = url.clone();
        for _ in 0..=REDIRECTS {
            let page = self.exchange(url, &at).await?;
            let moved = matches!(page.1.as_u16(), 301 | 302 | 303 | 307 | 308);
            let Some(target) = page.2.filter(|_| moved) else {
                return Ok(page.0);
            };
            let target = at.join(&target).ok();
            let elsewhere = |target: Option<&Url>| {
                let target = target.map_or_else(|| "nowhere".to_owned(), shown);
                let why = format!(
                    "{}: redirected to {target}, another server: is a login page in front of the API, or is this its old address?",
                    name(url)
                );
                Ended::Final(Unavailable::new(Why::Malformed, why))
            };
            at = match target {
                Some(target) if same_server(&at, &target) => target,
                other => return Err(elsewhere(other.as_ref())),
            };
        }
        let why = format!("{}: redirected in a circle", name(url));
        Err(Ended::Final(Unavailable::new(Why::Malformed, why)))
    }

    /// Sends one request. Returns the answer, its status, and where it redirects to.
    async fn exchange(
        &self,
        asked: &Url,
        url: &Url,
    ) -> Result<(Page, StatusCode, Option<String>), Ended> {
        let client = self.clients.get(url.scheme() == "https");
        let client = client.map_err(|error| Ended::Final(unavailable(&error)))?;
        let mut request = client
            .get(url.clone())
            .timeout(PATIENCE)
            .headers(self.headers.clone());
        if !self.headers.contains_key(ACCEPT) {
            request = request.header(ACCEPT, "application/json");
        }
        if let Some(credentials) = &self.credentials {
            request = request.header(credentials.name.clone(), credentials.header()?);
        }
        let response = request.send().await;
        let response = response.map_err(|error| ended(&error, asked))?;
        let found = read(response, LARGEST).await.map_err(|failure| {
            let broken = |why: String| format!("{}: the answer breaks off: {why}", name(asked));
            match failure {
                Failure::Passing(why) => {
                    Ended::Passing(Unavailable::new(Why::Unreachable, broken(why)), None)
                }
                Failure::Final(error) => Ended::Final(unavailable(&error)),
            }
        })?;
        let header = |name| found.headers.get(name)?.to_str().ok();
        let target = header(LOCATION).map(str::to_owned);
        let next = link::next(&found.headers, &found.url).ok().flatten();
        let next = next.filter(|next| same_server(&self.base, next));
        let answer = Answer {
            request: name(asked),
            status: found.status.as_u16(),
            headers: self.texts(&found.headers),
            body: self.without_token(found.body),
        };
        Ok((Page { answer, next }, found.status, target))
    }

    fn texts(&self, headers: &HeaderMap) -> Vec<(String, String)> {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let texts = headers.iter();
        texts
            .map(|(name, value)| (name.as_str().to_owned(), self.clean(text(value))))
            .collect()
    }

    fn clean(&self, text: String) -> String {
        match &self.credentials {
            Some(credentials) => redacted(&text, &credentials.token),
            None => text,
        }
    }

    /// Takes the token out of an answer that repeats it, so that it cannot get into a report.
    fn without_token(&self, body: Vec<u8>) -> Vec<u8> {
        match String::from_utf8(body) {
            Ok(text) => self.clean(text).into_bytes(),
            Err(error) => error.into_bytes(),
        }
    }
}

impl Credentials {
    /// What the API of a kind of server takes.
    pub(super) fn of(forge: Forge, token: &Token) -> Self {
        let value = token.value().expose_secret();
        let (name, value) = match forge {
            Forge::GitLab => (HeaderName::from_static("private-token"), value.to_owned()),
            Forge::Gitea => (AUTHORIZATION, format!("token {value}")),
            Forge::GitHub | Forge::Git => (AUTHORIZATION, format!("Bearer {value}")),
        };
        Credentials {
            name,
            value: value.into(),
            token: token.value().clone(),
        }
    }

    /// What git takes over HTTP: a user, and the token as the password.
    pub(super) fn basic(user: &str, token: &Token) -> Self {
        let pair = format!("{user}:{}", token.value().expose_secret());
        Credentials {
            name: AUTHORIZATION,
            value: format!("Basic {}", STANDARD.encode(pair)).into(),
            token: token.value().clone(),
        }
    }

    fn header(&self) -> Result<HeaderValue, Ended> {
        let mut value = HeaderValue::from_str(self.value.expose_secret()).map_err(|_| {
            let why = "the token holds characters that no header may";
            Ended::Final(Unavailable::not_asked(why))
        })?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// Reads the certificates that the plan adds to those of the system.
fn authorities(plan: &Plan) -> Fact<Vec<Vec<u8>>> {
    let Some(file) = &plan.ca_file else {
        return Ok(Vec::new());
    };
    let text = input::read(Path::new(&file.value)).map_err(|why| {
        let why = format!("{}: {why}", file.value);
        Unavailable::not_asked(why)
    })?;
    Ok(vec![text.into_bytes()])
}

/// Tells whether an answer may be another one soon: failures that pass, and limits that say so.
fn is_worth_another(answer: &Answer) -> bool {
    let is_limit = answer.status == 403 && answer.header(RETRY_AFTER.as_str()).is_some();
    let names_no_end = answer.status == 429 && answer.header(RETRY_AFTER.as_str()).is_none();
    let passes = StatusCode::from_u16(answer.status).is_ok_and(is_passing);
    (passes && !names_no_end) || is_limit
}

/// Says what was asked: `GET /repos/me/home`.
fn name(url: &Url) -> String {
    let path = url.path();
    let path = ["/api/v3", "/api/v4", "/api/v1"]
        .iter()
        .find_map(|base| path.strip_prefix(base))
        .unwrap_or(path);
    format!("GET {path}")
}

fn ended(error: &reqwest::Error, asked: &Url) -> Ended {
    let (host, why) = (authority(asked), bottom(error));
    if is_untrusted(error) {
        let error = RegistryError::Untrusted { host, why };
        return Ended::Final(unavailable(&error));
    }
    if error.is_timeout() {
        let why = format!("{host} could not be reached: no answer in time");
        return Ended::Final(Unavailable::new(Why::TimedOut, why));
    }
    let why = format!("{host} could not be reached: {why}");
    Ended::Passing(Unavailable::new(Why::Unreachable, why), None)
}

/// Says in our words why no answer came.
fn unavailable(error: &RegistryError) -> Unavailable {
    let why = match error {
        RegistryError::Malformed { .. } => Why::Malformed,
        RegistryError::TimedOut { .. } => Why::TimedOut,
        _ => Why::Unreachable,
    };
    let found = Unavailable::new(why, error.to_string());
    match (error, error.hint()) {
        (RegistryError::Untrusted { .. }, Some(hint)) => found.help(hint),
        _ => found,
    }
}
