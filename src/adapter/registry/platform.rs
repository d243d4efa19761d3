//! Which platforms an image is for: read from its index, or from the configuration of its only manifest.

use std::fmt;

use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::auth::Target;
use super::error::RegistryError;
use super::tags::refusal;
use super::transport::{Answer, Request};
use super::{RegistryClient, below};

/// What is taken for an answer: both kinds of list, both kinds of manifest.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";
/// The largest manifest that registries must take (OCI distribution 1.1).
const LARGEST_MANIFEST: usize = 4 << 20;
const LARGEST_CONFIG: usize = 16 << 20;

/// A platform, as OCI names it: `linux/arm64/v8`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Platform {
    /// The operating system: `linux`.
    pub os: String,
    /// The architecture, as Go names it: `amd64`, `arm64`, `arm`.
    pub architecture: String,
    /// The variant of the architecture, where it has some: `v7`.
    pub variant: Option<String>,
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) => write!(f, "/{variant}"),
            None => Ok(()),
        }
    }
}

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
struct Stored {
    etag: Option<String>,
    digest: String,
    platforms: Vec<Platform>,
}

/// An index, a manifest, or (docker-registry still has some) a manifest of schema 1.
#[derive(Deserialize)]
struct Manifest {
    manifests: Option<Vec<Entry>>,
    config: Option<Descriptor>,
    architecture: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    platform: Option<RawPlatform>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
}

#[derive(Deserialize)]
struct RawPlatform {
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
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

    fn kept(&self, name: &str, version: &str) -> Option<Stored> {
        self.cache.as_ref()?.read(&key(name, version))
    }

    /// Asks the registry what `version`, a tag or a digest, is for.
    pub(super) async fn inspect(
        &self,
        target: &Target<'_>,
        version: &str,
    ) -> Result<Platforms, RegistryError> {
        let kept = self.kept(&target.name, version);
        // What a digest names never changes.
        let is_digest = version.contains(':');
        let kept = match kept {
            Some(stored) if is_digest => return Ok(stored.answer(true)),
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
        if let Some(stored) = kept.filter(|_| answer.status == StatusCode::NOT_MODIFIED) {
            return Ok(stored.answer(true));
        }
        if answer.status != StatusCode::OK {
            return Err(named(refusal(target, &answer), target, version));
        }
        let digest = sha256(&answer.body);
        if is_digest && digest != version {
            return Err(RegistryError::malformed(
                &answer.url,
                "the manifest has another digest than asked for",
            ));
        }
        let stored = Stored {
            etag: answer.header("etag").map(str::to_owned),
            digest,
            platforms: self.platforms_in(target, &answer).await?,
        };
        if let Some(cache) = &self.cache {
            cache.write(&key(&target.name, version), &stored);
        }
        Ok(stored.answer(false))
    }

    async fn platforms_in(
        &self,
        target: &Target<'_>,
        answer: &Answer,
    ) -> Result<Vec<Platform>, RegistryError> {
        let manifest: Manifest = serde_json::from_slice(&answer.body).map_err(|_| {
            RegistryError::malformed(&answer.url, "the answer is no manifest of an image")
        })?;
        let raw = match manifest {
            Manifest {
                manifests: Some(entries),
                ..
            } => entries
                .into_iter()
                .filter_map(|entry| entry.platform)
                .collect(),
            Manifest {
                config: Some(config),
                ..
            } => vec![self.configuration(target, answer, &config.digest).await?],
            Manifest {
                architecture: Some(architecture),
                ..
            } => vec![RawPlatform {
                os: Some("linux".to_owned()),
                architecture: Some(architecture),
                variant: None,
            }],
            _ => {
                return Err(RegistryError::malformed(
                    &answer.url,
                    "the answer is no manifest of an image",
                ));
            }
        };
        let mut platforms: Vec<Platform> = raw.into_iter().filter_map(RawPlatform::read).collect();
        platforms.sort();
        platforms.dedup();
        Ok(platforms)
    }

    /// Fetches the configuration of an image, which says what it is for where no index does.
    async fn configuration(
        &self,
        target: &Target<'_>,
        manifest: &Answer,
        digest: &str,
    ) -> Result<RawPlatform, RegistryError> {
        let hex = digest.strip_prefix("sha256:").unwrap_or_default();
        if hex.len() != 64 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
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

fn key(name: &str, version: &str) -> String {
    let separator = if version.contains(':') { '@' } else { ':' };
    format!("platforms/1 {name}{separator}{version}")
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
