//! Sends requests: within a budget for each host, again after what passes, redirects by hand, bodies up to a limit.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::header::{
    ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, IF_NONE_MATCH, LOCATION, RETRY_AFTER,
};
use reqwest::{StatusCode, Url};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::backoff::{ATTEMPTS, LONGEST_PAUSE, pause, retry_after};
use super::client::Clients;
use super::endpoint::same_server;
use super::error::{RegistryError, authority, cause};
use super::options::Options;
use crate::adapter::causes::is_untrusted;

/// How many redirects are followed; blobs need one.
const REDIRECTS: usize = 5;

/// What to ask.
#[derive(Clone, Debug)]
pub(super) struct Request<'a> {
    pub(super) url: Url,
    pub(super) accept: &'a str,
    /// The entity tag of the answer that is at hand.
    pub(super) if_none_match: Option<&'a str>,
    /// The value of `Authorization`, for the server of `url` only.
    pub(super) authorization: Option<&'a str>,
    /// What to post as a form; without it, the request is a GET.
    pub(super) form: Option<&'a [(&'a str, &'a str)]>,
    /// The largest body to take, in bytes.
    pub(super) limit: usize,
}

impl<'a> Request<'a> {
    /// A GET without any of the extras.
    pub(super) fn get(url: Url, accept: &'a str, limit: usize) -> Self {
        Request {
            url,
            accept,
            if_none_match: None,
            authorization: None,
            form: None,
            limit,
        }
    }
}

/// What a server said.
#[derive(Debug)]
pub(in crate::adapter) struct Answer {
    /// Where it came from, after redirects.
    pub(in crate::adapter) url: Url,
    pub(in crate::adapter) status: StatusCode,
    pub(in crate::adapter) headers: HeaderMap,
    pub(in crate::adapter) body: Vec<u8>,
}

impl Answer {
    /// Returns the status with the code of the first error of the body, such as `401 UNAUTHORIZED`. The message beside the
    /// code is left out: nothing says what a registry puts there.
    pub(super) fn describe(&self) -> String {
        #[derive(serde::Deserialize)]
        struct Body {
            errors: Vec<Fault>,
        }
        #[derive(serde::Deserialize)]
        struct Fault {
            code: String,
        }
        let number = self.status.as_u16();
        let body: Option<Body> = serde_json::from_slice(&self.body).ok();
        let code = body.and_then(|body| Some(body.errors.into_iter().next()?.code));
        let sane = |code: &String| {
            code.len() <= 40 && code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
        };
        match code.filter(sane).filter(|code| !code.is_empty()) {
            Some(code) => format!("{number} {code}"),
            None => format!("status {number}"),
        }
    }

    /// Returns a header that is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Why one attempt gave no answer.
pub(in crate::adapter) enum Failure {
    /// Worth another attempt.
    Passing(String),
    Final(RegistryError),
}

/// What one run may do to one host.
struct Host {
    permits: Semaphore,
    requests: AtomicUsize,
    /// Nobody asks before this, since the host said so to one.
    not_before: Mutex<Option<Instant>>,
}

pub(super) struct Transport {
    options: Arc<Options>,
    pub(super) clients: Clients,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
}

impl Transport {
    pub(super) fn new(options: Arc<Options>) -> Self {
        Transport {
            clients: Clients::new(options.clone()),
            options,
            hosts: Mutex::default(),
        }
    }

    /// Sends a request until there is an answer that is no passing trouble.
    pub(super) async fn send(&self, request: &Request<'_>) -> Result<Answer, RegistryError> {
        let name = authority(&request.url);
        let host = self.host(&name);
        let mut attempt = 1;
        loop {
            let outcome = self.attempt(&host, request).await;
            let last = attempt >= ATTEMPTS;
            let wait = match outcome {
                Ok(answer) if !is_passing(answer.status) => return Ok(answer),
                Ok(answer) => self.wait_after(&name, &answer, attempt)?,
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Passing(why)) if last => {
                    return Err(RegistryError::Unreachable { host: name, why });
                }
                Err(Failure::Passing(_)) => pause(self.options.backoff, attempt),
            };
            host.hold(Instant::now() + wait);
            attempt += 1;
        }
    }

    /// Returns how long to wait after an answer that passes.
    fn wait_after(
        &self,
        host: &str,
        answer: &Answer,
        attempt: u32,
    ) -> Result<Duration, RegistryError> {
        let asked = answer
            .headers
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok());
        let asked = asked.and_then(|text| retry_after(text, SystemTime::now()));
        let wait = asked.unwrap_or_else(|| pause(self.options.backoff, attempt));
        if attempt < ATTEMPTS && wait <= LONGEST_PAUSE {
            return Ok(wait);
        }
        Err(if answer.status == StatusCode::TOO_MANY_REQUESTS {
            RegistryError::RateLimited {
                host: host.to_owned(),
                pause: asked,
            }
        } else {
            RegistryError::Status {
                url: super::error::shown(&answer.url),
                status: answer.describe(),
            }
        })
    }

    /// Sends a request once and follows its redirects. What is secret stays with the server that it is for.
    async fn attempt(&self, host: &Host, request: &Request<'_>) -> Result<Answer, Failure> {
        let _permit = host.permits.acquire().await;
        host.wait().await;
        let mut url = request.url.clone();
        for _ in 0..=REDIRECTS {
            self.spend(&authority(&url)).map_err(Failure::Final)?;
            let answer = self.exchange(request, &url).await?;
            let moved = answer.status.is_redirection() && answer.status != StatusCode::NOT_MODIFIED;
            let Some(target) = answer
                .headers
                .get(LOCATION)
                .filter(|_| moved && request.form.is_none())
            else {
                return Ok(answer);
            };
            let target = target.to_str().ok().and_then(|text| url.join(text).ok());
            url = target
                .filter(|target| target.scheme() == "https" || url.scheme() == "http")
                .filter(|target| matches!(target.scheme(), "http" | "https"))
                .ok_or_else(|| {
                    let why = "is redirected to what is no address, or to one without TLS";
                    Failure::Final(RegistryError::malformed(&url, why))
                })?;
        }
        Err(Failure::Final(RegistryError::malformed(
            &url,
            "is redirected too often",
        )))
    }

    async fn exchange(&self, request: &Request<'_>, url: &Url) -> Result<Answer, Failure> {
        let client = self.clients.get(url.scheme() == "https");
        let client = client.map_err(Failure::Final)?;
        let mut builder = match request.form {
            Some(form) => client
                .post(url.clone())
                .header(
                    reqwest::header::CONTENT_TYPE,
                    "application/x-www-form-urlencoded",
                )
                .body(encode(form)),
            None => client.get(url.clone()),
        };
        builder = builder.header(ACCEPT, request.accept);
        if let Some(tag) = request.if_none_match {
            builder = builder.header(IF_NONE_MATCH, tag);
        }
        if let Some(value) = request
            .authorization
            .filter(|_| same_server(&request.url, url))
        {
            let mut value = HeaderValue::from_str(value).map_err(|_| {
                let why = "the credentials hold characters that no header may";
                Failure::Final(RegistryError::Setup(why.to_owned()))
            })?;
            value.set_sensitive(true);
            builder = builder.header(AUTHORIZATION, value);
        }
        let response = builder.send().await.map_err(|error| failure(&error, url))?;
        read(response, request.limit).await
    }

    fn host(&self, name: &str) -> Arc<Host> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || {
            Arc::new(Host {
                permits: Semaphore::new(self.options.connections.max(1)),
                requests: AtomicUsize::new(0),
                not_before: Mutex::default(),
            })
        };
        hosts.entry(name.to_owned()).or_insert_with(made).clone()
    }

    /// Counts a request to a host.
    fn spend(&self, host: &str) -> Result<(), RegistryError> {
        let spent = self.host(host).requests.fetch_add(1, Ordering::Relaxed);
        if spent < self.options.requests {
            return Ok(());
        }
        Err(RegistryError::Budget {
            host: host.to_owned(),
            requests: self.options.requests,
        })
    }
}

impl Host {
    /// Lets nobody ask before `until`.
    fn hold(&self, until: Instant) {
        let mut known = self
            .not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *known = Some(known.map_or(until, |known| known.max(until)));
    }

    async fn wait(&self) {
        let until = *self
            .not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = until.filter(|until| *until > Instant::now()) {
            tokio::time::sleep_until(until).await;
        }
    }
}

/// Reads a body to its end. One that breaks off is worth another attempt; one that is too large is not.
pub(in crate::adapter) async fn read(
    mut response: reqwest::Response,
    limit: usize,
) -> Result<Answer, Failure> {
    let (url, status) = (response.url().clone(), response.status());
    let headers = std::mem::take(response.headers_mut());
    let too_large = || {
        let why = format!("the answer is larger than {} MB", limit >> 20);
        Failure::Final(RegistryError::malformed(&url, why))
    };
    let announced = usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(too_large());
    }
    let mut body = Vec::with_capacity(announced.min(1 << 20));
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| failure(&error, &url))?
    {
        if body.len() + chunk.len() > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        url,
        status,
        headers,
        body,
    })
}

fn failure(error: &reqwest::Error, url: &Url) -> Failure {
    let why = cause(error);
    if is_untrusted(error) {
        let host = authority(url);
        return Failure::Final(RegistryError::Untrusted { host, why });
    }
    Failure::Passing(why)
}

/// Tells whether a status is worth another attempt.
pub(in crate::adapter) fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

fn encode(form: &[(&str, &str)]) -> String {
    // A URL encodes its query as forms are encoded.
    let mut url = Url::parse("http://form/").ok();
    if let Some(url) = &mut url {
        url.query_pairs_mut().extend_pairs(form);
    }
    let query = url.as_ref().and_then(Url::query);
    query.unwrap_or_default().to_owned()
}
