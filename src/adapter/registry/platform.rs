//! What an image is for, and when it was made: read from its index, or from the configuration of its only manifest.

use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::auth::Target;
use super::error::RegistryError;
use super::tags::refusal;
use super::transport::{Answer, Request};
use super::{RegistryClient, below};
use crate::image::{Created, Platform};

/// What is taken for an answer: both kinds of list, both kinds of manifest.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";
/// The largest manifest that registries must take (OCI distribution 1.1).
const LARGEST_MANIFEST: usize = 4 << 20;
const LARGEST_CONFIG: usize = 16 << 20;

/// What an image is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platforms {
    /// The digest of the index, or of the only manifest: what a pull by tag gives now.
    pub digest: String,
    /// The platforms, sorted, each once. Attestations beside them (`unknown/unknown`) are no platforms.
    pub platforms: Vec<Platform>,
    /// The registry was not asked, or had nothing new to say.
    pub from_cache: bool,
}

/// What is kept between runs.
#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    etag: Option<String>,
    digest: String,
    platforms: Vec<Platform>,
    created: Option<Created>,
    /// The digest of the manifest that says when the image was made, where the index does not.
    inner: Option<String>,
}

/// An index, a manifest, or (docker-registry still has some) a manifest of schema 1.
#[derive(Deserialize)]
struct Manifest {
    manifests: Option<Vec<Entry>>,
    config: Option<Descriptor>,
    architecture: Option<String>,
    annotations: Option<Annotations>,
}

#[derive(Deserialize)]
struct Entry {
    digest: Option<String>,
    platform: Option<RawPlatform>,
    annotations: Option<Annotations>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
}

/// The one annotation that counts here. Nothing says that it is a text.
#[derive(Deserialize)]
struct Annotations {
    #[serde(rename = "org.opencontainers.image.created")]
    created: Option<Value>,
}

#[derive(Deserialize)]
struct RawPlatform {
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
}

/// The configuration of an image.
#[derive(Deserialize)]
struct Configuration {
    #[serde(flatten)]
    platform: RawPlatform,
    created: Option<Value>,
}

/// What one document of an image says.
#[derive(Default)]
struct Said {
    platforms: Vec<RawPlatform>,
    created: Option<Created>,
    inner: Option<String>,
}

impl Annotations {
    fn created(annotations: Option<&Self>) -> Option<Created> {
        time(annotations?.created.as_ref())
    }
}

fn time(value: Option<&Value>) -> Option<Created> {
    Created::parse(value?.as_str()?)
}

impl Said {
    /// Reads an index. Its entries say when they were made, or the first that is an image has to be asked.
    fn of_index(entries: Vec<Entry>, annotations: Option<&Annotations>) -> Self {
        let is_image = |entry: &&Entry| {
            let os = entry.platform.as_ref().and_then(|p| p.os.as_deref());
            os.is_some_and(|os| os != "unknown")
        };
        let first = entries.iter().find(is_image);
        let of_entry = || Annotations::created(first?.annotations.as_ref());
        let created = Annotations::created(annotations).or_else(of_entry);
        let inner = first.and_then(|entry| entry.digest.clone());
        Said {
            inner: inner.filter(|digest| created.is_none() && is_digest(digest)),
            created,
            platforms: entries.into_iter().filter_map(|e| e.platform).collect(),
        }
    }
}

impl RawPlatform {
    /// Checks the names; those of attestations and of images that are no images (Helm charts) are none.
    fn read(self) -> Option<Platform> {
        let sane = |text: Option<String>| {
            let inside = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
            text.filter(|t| (1..=64).contains(&t.len()) && t != "unknown" && t.bytes().all(inside))
        };
        Some(Platform {
            os: sane(self.os)?,
            architecture: sane(self.architecture)?,
            variant: sane(self.variant),
        })
    }
}

impl Stored {
    fn answer(self, from_cache: bool) -> Platforms {
        Platforms {
            digest: self.digest,
            platforms: self.platforms,
            from_cache,
        }
    }
}

impl RegistryClient {
    /// Answers from the cache alone.
    pub(super) fn kept_platforms(&self, name: &str, version: &str) -> Option<Platforms> {
        self.kept(name, version).map(|stored| stored.answer(true))
    }

    /// Answers from the cache alone.
    pub(super) fn kept_created(&self, name: &str, version: &str) -> Option<Option<Created>> {
        let stored = self.kept(name, version)?;
        match (stored.created, stored.inner) {
            (None, Some(inner)) => Some(self.kept(name, &inner)?.created),
            (created, _) => Some(created),
        }
    }

    fn kept(&self, name: &str, version: &str) -> Option<Stored> {
        self.cache.as_ref()?.read(&key(name, version))
    }

    /// Asks the registry what `version`, a tag or a digest, is for.
    pub(super) async fn ask_platforms(
        &self,
        target: &Target<'_>,
        version: &str,
    ) -> Result<Platforms, RegistryError> {
        let (stored, from_cache) = self.inspect(target, version).await?;
        Ok(stored.answer(from_cache))
    }

    /// Asks the registry when `version`, a tag or a digest, was made.
    pub(super) async fn ask_created(
        &self,
        target: &Target<'_>,
        version: &str,
    ) -> Result<Option<Created>, RegistryError> {
        let (stored, _) = self.inspect(target, version).await?;
        match (stored.created, stored.inner) {
            (None, Some(inner)) => Ok(self.inspect(target, &inner).await?.0.created),
            (created, _) => Ok(created),
        }
    }

    /// Returns what a document says, and whether it was at hand.
    async fn inspect(
        &self,
        target: &Target<'_>,
        version: &str,
    ) -> Result<(Stored, bool), RegistryError> {
        let kept = self.kept(&target.name, version);
        // What a digest names never changes.
        let by_digest = version.contains(':');
        let kept = match kept {
            Some(stored) if by_digest => return Ok((stored, true)),
            other => other,
        };
        let url = below(
            &target.base,
            target.repository,
            &format!("manifests/{version}"),
        )?;
        let mut request = Request::get(url, MANIFESTS, LARGEST_MANIFEST);
        request.if_none_match = kept.as_ref().and_then(|stored| stored.etag.as_deref());
        let answer = self.send(target, request).await?;
        if answer.status == StatusCode::NOT_MODIFIED
            && let Some(stored) = kept
        {
            return Ok((stored, true));
        }
        if answer.status != StatusCode::OK {
            return Err(named(refusal(target, &answer), target, version));
        }
        let digest = sha256(&answer.body);
        if by_digest && digest != version {
            return Err(RegistryError::malformed(
                &answer.url,
                "the manifest has another digest than asked for",
            ));
        }
        // Many registries know no entity tags: the document is here, and what it names need not be fetched again.
        if let Some(stored) = kept.filter(|stored| stored.digest == digest) {
            return Ok((stored, true));
        }
        let said = self.read(target, &answer).await?;
        let stored = said.store(answer.header("etag"), digest);
        if let Some(cache) = &self.cache {
            cache.write(&key(&target.name, version), &stored);
        }
        Ok((stored, false))
    }

    async fn read(&self, target: &Target<'_>, answer: &Answer) -> Result<Said, RegistryError> {
        let none =
            || RegistryError::malformed(&answer.url, "the answer is no manifest of an image");
        let manifest: Manifest = serde_json::from_slice(&answer.body).map_err(|_| none())?;
        let annotations = manifest.annotations.as_ref();
        if let Some(entries) = manifest.manifests {
            return Ok(Said::of_index(entries, annotations));
        }
        if let Some(config) = manifest.config {
            let config = self.configuration(target, answer, &config.digest).await?;
            let created = Annotations::created(annotations);
            return Ok(Said {
                created: created.or_else(|| time(config.created.as_ref())),
                platforms: vec![config.platform],
                inner: None,
            });
        }
        let architecture = Some(manifest.architecture.ok_or_else(none)?);
        let platform = RawPlatform {
            os: Some("linux".to_owned()),
            architecture,
            variant: None,
        };
        Ok(Said {
            platforms: vec![platform],
            ..Said::default()
        })
    }

    /// Fetches the configuration of an image, which says what it is for where no index does.
    async fn configuration(
        &self,
        target: &Target<'_>,
        manifest: &Answer,
        digest: &str,
    ) -> Result<Configuration, RegistryError> {
        if !is_digest(digest) {
            return Err(RegistryError::malformed(
                &manifest.url,
                "the digest of the configuration is none",
            ));
        }
        let url = below(&target.base, target.repository, &format!("blobs/{digest}"))?;
        let answer = self
            .send(target, Request::get(url, "*/*", LARGEST_CONFIG))
            .await?;
        if answer.status != StatusCode::OK {
            return Err(refusal(target, &answer));
        }
        let wrong = |why: &str| RegistryError::malformed(&answer.url, why);
        if sha256(&answer.body) != digest {
            return Err(wrong(
                "the configuration has another digest than its manifest says",
            ));
        }
        serde_json::from_slice(&answer.body)
            .map_err(|_| wrong("the configuration of the image does not read"))
    }
}

impl Said {
    fn store(self, etag: Option<&str>, digest: String) -> Stored {
        let read = self.platforms.into_iter().filter_map(RawPlatform::read);
        let mut platforms: Vec<Platform> = read.collect();
        platforms.sort();
        platforms.dedup();
        Stored {
            etag: etag.map(str::to_owned),
            digest,
            platforms,
            created: self.created,
            inner: self.inner,
        }
    }
}

fn is_digest(text: &str) -> bool {
    let hex = text.strip_prefix("sha256:").unwrap_or_default();
    hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit())
}

fn key(name: &str, version: &str) -> String {
    let separator = if version.contains(':') { '@' } else { ':' };
    format!("platforms/2 {name}{separator}{version}")
}

/// Names the image where the error names its repository only.
fn named(error: RegistryError, target: &Target<'_>, version: &str) -> RegistryError {
    match error {
        RegistryError::NotFound { status, .. } => {
            let separator = if version.contains(':') { '@' } else { ':' };
            RegistryError::NotFound {
                name: format!("{}{separator}{version}", target.name),
                status,
            }
        }
        other => other,
    }
}

fn sha256(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
