//! Asks OCI registries: which tags a repository has, and which platforms an image is for, and when it was made.

mod auth;
pub(super) mod backoff;
mod challenge;
pub(super) mod client;
mod credentials;
mod docker_config;
pub(super) mod endpoint;
pub(super) mod error;
pub(super) mod link;
mod options;
mod platform;
mod tags;
pub(super) mod transport;

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Url;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use self::auth::{Authorizer, Target};
use self::transport::{Answer, Request, Transport};
use super::cache::Cache;
use crate::image::{Created, Reference};

pub use self::credentials::Credentials;
pub use self::docker_config::DockerConfig;
pub use self::error::RegistryError;
pub use self::options::{Access, Options, Proxies};
pub use self::platform::Platforms;
pub use self::tags::TagList;

/// Hears how far a long list is.
pub trait Progress: Sync {
    /// One more page of `repository` is there; `tags` counts those so far.
    fn listed(&self, repository: &str, tags: usize);
}

/// Nobody listens.
impl Progress for () {
    fn listed(&self, _repository: &str, _tags: usize) {}
}

/// A client of registries. Making one costs nothing: certificates, credentials and cache are read when they are needed.
///
/// One client serves many lookups at once and knows each host: how much it was asked, when it wants a pause, what it
/// accepted as proof.
pub struct RegistryClient {
    options: Arc<Options>,
    deadline: Option<Instant>,
    cache: Option<Cache>,
    transport: Transport,
    authorizer: Authorizer,
    /// The address of each registry that need not have TLS.
    bases: Mutex<HashMap<String, Arc<OnceCell<Url>>>>,
}

impl RegistryClient {
    /// Makes a client; its time starts now.
    pub fn new(options: Options) -> Self {
        let options = Arc::new(options);
        RegistryClient {
            deadline: options
                .timeout
                .and_then(|time| Instant::now().checked_add(time)),
            cache: options.cache_dir.clone().map(Cache::new),
            transport: Transport::new(options.clone()),
            authorizer: Authorizer::default(),
            bases: Mutex::default(),
            options,
        }
    }

    /// Lists the tags of a repository; what the reference says of a tag or digest does not count.
    ///
    /// # Errors
    /// Never a part of the list: what cannot be had whole is an error.
    pub async fn tags(
        &self,
        image: &Reference,
        access: &Access,
        progress: &dyn Progress,
    ) -> Result<TagList, RegistryError> {
        let name = image.canonical_name();
        if self.options.offline {
            let kept = self.kept_tags(&name);
            return kept.ok_or(RegistryError::Offline { name });
        }
        let work = async {
            let target = self.target(image, access).await?;
            self.list(&target, progress).await
        };
        self.in_time(&name, work).await
    }

    /// Returns the platforms of an image: that of the digest, else of the tag, else of `latest`.
    ///
    /// # Errors
    /// There is no such image, or the registry does not tell.
    pub async fn platforms(
        &self,
        image: &Reference,
        access: &Access,
    ) -> Result<Platforms, RegistryError> {
        let version = image.digest().or(image.tag()).unwrap_or("latest");
        let name = image.to_string();
        if self.options.offline {
            let kept = self.kept_platforms(&image.canonical_name(), version);
            return kept.ok_or(RegistryError::Offline { name });
        }
        let work = async {
            let target = self.target(image, access).await?;
            self.ask_platforms(&target, version).await
        };
        self.in_time(&name, work).await
    }

    /// Returns when an image was made, as it says itself; nothing where it does not say. Which image: see
    /// [`RegistryClient::platforms`].
    ///
    /// # Errors
    /// There is no such image, or the registry does not tell.
    pub async fn created(
        &self,
        image: &Reference,
        access: &Access,
    ) -> Result<Option<Created>, RegistryError> {
        let version = image.digest().or(image.tag()).unwrap_or("latest");
        let name = image.to_string();
        if self.options.offline {
            let kept = self.kept_created(&image.canonical_name(), version);
            return kept.ok_or(RegistryError::Offline { name });
        }
        let work = async {
            let target = self.target(image, access).await?;
            self.ask_created(&target, version).await
        };
        self.in_time(&name, work).await
    }

    /// Ends work that takes longer than the run may.
    async fn in_time<T>(
        &self,
        name: &str,
        work: impl Future<Output = Result<T, RegistryError>>,
    ) -> Result<T, RegistryError> {
        let Some(deadline) = self.deadline else {
            return work.await;
        };
        let late = |_| RegistryError::TimedOut {
            name: name.to_owned(),
        };
        tokio::time::timeout_at(deadline, work)
            .await
            .map_err(late)?
    }

    async fn target<'a>(
        &self,
        image: &'a Reference,
        access: &'a Access,
    ) -> Result<Target<'a>, RegistryError> {
        Ok(Target {
            name: image.canonical_name(),
            registry: image.registry(),
            repository: image.repository(),
            base: self.base(image.registry(), access.insecure).await?,
            access,
        })
    }

    /// Returns the address of a registry: with TLS, unless it may do without and does.
    async fn base(&self, registry: &str, insecure: bool) -> Result<Url, RegistryError> {
        let of = |scheme: &str| {
            endpoint::base(scheme, registry)
                .ok_or_else(|| RegistryError::Setup(format!("{registry} is no host of a registry")))
        };
        let secure = of("https")?;
        if !endpoint::may_be_plain(registry, insecure) {
            return Ok(secure);
        }
        let known = {
            let mut bases = self.bases.lock().unwrap_or_else(PoisonError::into_inner);
            bases.entry(registry.to_owned()).or_default().clone()
        };
        let find = || async {
            if self.transport.clients.speaks_tls(&secure).await? {
                Ok(secure.clone())
            } else {
                of("http")
            }
        };
        known.get_or_try_init(find).await.cloned()
    }

    async fn send(
        &self,
        target: &Target<'_>,
        request: Request<'_>,
    ) -> Result<Answer, RegistryError> {
        let config = &self.options.docker_config;
        self.authorizer
            .send(&self.transport, config, target, request)
            .await
    }
}

/// Returns the address of something of a repository.
fn below(base: &Url, repository: &str, rest: &str) -> Result<Url, RegistryError> {
    let path = format!("v2/{repository}/{rest}");
    let url = base
        .join(&path)
        .ok()
        .filter(|url| url.path() == format!("/{path}"));
    // `..` in a repository would lead elsewhere.
    url.ok_or_else(|| RegistryError::Setup(format!("{repository} is no path in a registry")))
}
