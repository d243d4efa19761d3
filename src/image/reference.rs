//! An image reference as Flux reads it: registry, repository, tag and digest.

use std::fmt;
use std::net::Ipv6Addr;

/// The registry that a reference without one means; `docker.io` is spelt like this too.
const DEFAULT_REGISTRY: &str = "index.docker.io";
const DEFAULT_REGISTRY_ALIAS: &str = "docker.io";
const DEFAULT_NAMESPACE: &str = "library";

/// A reference to an image, taken apart.
///
/// Reads what go-containerregistry's `name.ParseReference` reads with weak validation (v0.21.6, used by
/// image-reflector-controller): `nginx` is `index.docker.io/library/nginx`, a first part holding `.` or `:` is the
/// registry (so `localhost/app` is not one, `localhost:5000/app` is). No other host is an alias of Docker Hub.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
}

/// Why a text is no image reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// The text does not read as `[registry/]repository[:tag][@sha256:digest]`.
    #[error("could not parse reference: {0}")]
    Malformed(String),
    /// A URL scheme stands before the image (`https://...`).
    #[error("image '{image}' should not include URL scheme; remove '{scheme}://'")]
    Scheme {
        /// The text as given.
        image: String,
        /// What stands before `://`.
        scheme: String,
    },
    /// An ImageRepository names a whole repository, and this names one image of it.
    #[error("image '{image}' should not include a tag; remove ':{tag}'")]
    Tagged {
        /// The text as given.
        image: String,
        /// What stands after the first colon (for a digest: its hexadecimal digits).
        tag: String,
    },
}

impl Reference {
    /// Reads `[registry/]repository[:tag][@sha256:digest]`.
    ///
    /// # Errors
    /// [`ReferenceError::Malformed`] where go-containerregistry refuses.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        Self::read(text).ok_or_else(|| ReferenceError::Malformed(text.to_owned()))
    }

    /// Reads the `spec.image` of an ImageRepository, which must name a repository: no scheme, tag or digest.
    ///
    /// # Errors
    /// Worded as image-reflector-controller v1.2 words its `ImageURLInvalid` condition.
    pub fn parse_repository(image: &str) -> Result<Self, ReferenceError> {
        if let Some((scheme, _)) = image.split_once("://") {
            return Err(ReferenceError::Scheme {
                image: image.to_owned(),
                scheme: scheme.to_owned(),
            });
        }
        let reference = Self::parse(image)?;
        let name = image
            .strip_prefix(reference.registry.as_str())
            .unwrap_or(image);
        match name.split(':').nth(1) {
            None => Ok(reference),
            Some(tag) => Err(ReferenceError::Tagged {
                image: image.to_owned(),
                tag: tag.to_owned(),
            }),
        }
    }

    /// Puts a reference together from the fields that Helm values keep apart; empty fields count as absent.
    ///
    /// # Errors
    /// [`ReferenceError::Malformed`] with the composed text.
    pub fn compose(
        registry: &str,
        repository: &str,
        tag: Option<&str>,
        digest: Option<&str>,
    ) -> Result<Self, ReferenceError> {
        let mut text = registry.trim_end_matches('/').to_owned();
        if !text.is_empty() {
            text.push('/');
        }
        text.push_str(repository.trim_start_matches('/'));
        for (separator, part) in [(':', tag), ('@', digest)] {
            if let Some(part) = part.filter(|part| !part.is_empty()) {
                text.push(separator);
                text.push_str(part);
            }
        }
        Self::parse(&text)
    }

    /// Returns the registry's host and port; `index.docker.io` for Docker Hub.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// Returns the path inside the registry, `library/` filled in on Docker Hub.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// Returns the tag as written; `None` where none is (a container runtime then takes `latest`).
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// Returns the digest as written, `sha256:` included.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// Returns the canonical name, `registry/repository`: `status.canonicalImageName` of an ImageRepository.
    pub fn canonical_name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }

    /// Tells whether both name the same repository, whatever the tag and digest.
    pub fn same_repository(&self, other: &Self) -> bool {
        self.registry == other.registry && self.repository == other.repository
    }

    /// Returns the image of this repository that has a tag, without a digest.
    pub fn with_tag(&self, tag: &str) -> Self {
        Self {
            tag: Some(tag.to_owned()),
            digest: None,
            ..self.clone()
        }
    }

    fn read(text: &str) -> Option<Self> {
        if let Some(reference) = Self::read_tagged(text) {
            return Some(reference);
        }
        let (base, digest) = text.split_once('@')?;
        let hex = digest.strip_prefix("sha256:")?;
        let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if hex.len() != 64 || !hex.bytes().all(lower_hex) {
            return None;
        }
        let reference = Self::read_tagged(base)?;
        Some(Self {
            digest: Some(digest.to_owned()),
            ..reference
        })
    }

    fn read_tagged(text: &str) -> Option<Self> {
        // A colon before the last slash belongs to a port.
        let (base, tag) = match text.rsplit_once(':') {
            Some((base, tag)) if !tag.contains('/') => (base, Some(tag)),
            _ => (text, None),
        };
        if !tag.is_none_or(is_tag) {
            return None;
        }
        let (registry, repository) = match base.split_once('/') {
            Some((host, rest)) if host.contains(['.', ':']) => (host, rest),
            _ => ("", base),
        };
        if !is_repository(repository) || !is_registry_authority(registry) {
            return None;
        }
        let registry = match registry {
            "" | DEFAULT_REGISTRY_ALIAS => DEFAULT_REGISTRY,
            named => named,
        };
        let implicit = registry == DEFAULT_REGISTRY && !repository.contains('/');
        let repository = if implicit {
            format!("{DEFAULT_NAMESPACE}/{repository}")
        } else {
            repository.to_owned()
        };
        Some(Self {
            registry: registry.to_owned(),
            repository,
            tag: tag.map(str::to_owned),
            digest: None,
        })
    }
}

impl fmt::Display for Reference {
    /// Writes the full name: `registry/repository[:tag][@digest]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

/// Tells whether two image texts name the same repository after Docker Hub's defaults are filled in; tags and digests
/// do not count. A text that is no reference is the same as none.
pub fn same_repository(a: &str, b: &str) -> bool {
    match (Reference::parse(a), Reference::parse(b)) {
        (Ok(a), Ok(b)) => a.same_repository(&b),
        _ => false,
    }
}

/// Tells whether a registry could serve this tag: 1 to 128 letters, digits, `_`, `-` and `.`.
pub fn is_tag(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (1..=128).contains(&text.len()) && text.bytes().all(allowed)
}

fn is_repository(text: &str) -> bool {
    let allowed = |byte: u8| {
        byte.is_ascii_lowercase()
            || byte.is_ascii_digit()
            || matches!(byte, b'_' | b'-' | b'.' | b'/')
    };
    (2..=255).contains(&text.len()) && text.bytes().all(allowed)
}

/// Tells whether Go's `url.Parse("//" + name)` gives back the same host (Go 1.26); an empty name is one.
fn is_registry_authority(name: &str) -> bool {
    let (host, port) = match name.strip_prefix('[') {
        Some(rest) => match rest.rsplit_once(']') {
            Some((address, port)) if address.parse::<Ipv6Addr>().is_ok() => ("", port),
            _ => return false,
        },
        None => name.split_at(name.rfind(':').unwrap_or(name.len())),
    };
    let port_digits = port.strip_prefix(':').unwrap_or(port);
    let separated = port.is_empty() || port.starts_with(':');
    separated
        && port_digits.bytes().all(|byte| byte.is_ascii_digit())
        && host.bytes().all(is_host_byte)
}

fn is_host_byte(byte: u8) -> bool {
    byte >= 0x80 || byte.is_ascii_alphanumeric() || b"-_.~!$&'()*+,;=:]<>\"".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn parts(text: &str) -> Option<(String, Option<String>, Option<String>)> {
        let reference = Reference::parse(text).ok()?;
        Some((reference.canonical_name(), reference.tag, reference.digest))
    }

    #[test]
    fn reads_what_go_containerregistry_reads() {
        let table: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/fixtures/go/references.json")).unwrap();
        for case in table.as_array().unwrap() {
            let text = case["text"].as_str().unwrap();
            let reference = Reference::parse(text);
            let name = reference.as_ref().ok().map(Reference::canonical_name);
            assert_eq!(name.as_deref(), case["name"].as_str(), "{text:?}");
            let identifier = reference
                .as_ref()
                .ok()
                .map(|r| r.digest().or(r.tag()).unwrap_or("latest"));
            assert_eq!(identifier, case["identifier"].as_str(), "{text:?}");
            let problem = Reference::parse_repository(text)
                .err()
                .map(|e| e.to_string());
            assert_eq!(problem.as_deref(), case["problem"].as_str(), "{text:?}");
        }
    }

    #[test]
    fn keeps_the_tag_beside_the_digest() {
        let text = format!("ghcr.io/me/app:v1@sha256:{HEX}");
        let expected = (
            "ghcr.io/me/app".to_owned(),
            Some("v1".to_owned()),
            Some(format!("sha256:{HEX}")),
        );
        assert_eq!(parts(&text), Some(expected));
        assert_eq!(Reference::parse(&text).unwrap().to_string(), text);
    }

    #[test]
    fn composes_helm_fields() {
        let compose = |registry, repository, tag| {
            Reference::compose(registry, repository, tag, None)
                .unwrap()
                .to_string()
        };
        assert_eq!(
            compose("ghcr.io", "me/app", Some("v1")),
            "ghcr.io/me/app:v1"
        );
        assert_eq!(
            compose("docker.io", "nginx", Some("")),
            "index.docker.io/library/nginx"
        );
        assert_eq!(compose("", "quay.io/me/app", None), "quay.io/me/app");
        assert!(Reference::compose("ghcr.io", "Me/App", None, None).is_err());
    }

    #[test]
    fn compares_repositories_whatever_the_spelling() {
        assert!(same_repository("nginx", "docker.io/library/nginx:1.25"));
        assert!(!same_repository(
            "index.docker.io/grafana/loki",
            "grafana/loki@bad"
        ));
        assert!(!same_repository(
            "registry-1.docker.io/library/nginx",
            "nginx"
        ));
        assert!(!same_repository("Not An Image", "Not An Image"));
    }
}
