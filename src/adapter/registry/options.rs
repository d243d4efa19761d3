//! What a client of registries may do and where it looks.

use std::path::PathBuf;
use std::time::Duration;

use super::credentials::Credentials;
use super::docker_config::DockerConfig;
use crate::adapter::cache;
use crate::adapter::environment::variable;

/// How a client works.
#[derive(Clone, Debug)]
pub struct Options {
    /// Send nothing; answer from the cache.
    pub offline: bool,
    /// How long all lookups of the client together may take, from its making; without it, as long as the servers do.
    pub timeout: Option<Duration>,
    /// Where answers are kept between runs; nowhere without it.
    pub cache_dir: Option<PathBuf>,
    /// Where credentials are.
    pub docker_config: DockerConfig,
    /// Certificates of authorities to trust beside those of the system: PEM, one or more in each.
    pub ca: Vec<Vec<u8>>,
    /// The proxies to go through.
    pub proxies: Proxies,
    /// The value of `User-Agent`.
    pub user_agent: String,
    /// How many requests one host gets at once.
    pub connections: usize,
    /// How many requests one host gets in all.
    pub requests: usize,
    /// How long to wait after the first failure; doubled after each.
    pub backoff: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            offline: false,
            timeout: None,
            cache_dir: None,
            docker_config: DockerConfig::default(),
            ca: Vec::new(),
            proxies: Proxies::default(),
            user_agent: concat!("homelab/", env!("CARGO_PKG_VERSION")).to_owned(),
            connections: 6,
            requests: 5_000,
            backoff: Duration::from_millis(200),
        }
    }
}

impl Options {
    /// Returns the options with what the process was started with: the cache folder, Docker's files, the proxies.
    pub fn from_environment() -> Self {
        Options {
            cache_dir: cache::folder().map(|folder| folder.join("registry")),
            docker_config: DockerConfig::from_environment(),
            proxies: Proxies::from_environment(),
            ..Options::default()
        }
    }
}

/// The proxies to go through, as curl and Go read them from the environment.
#[derive(Clone, Default)]
pub struct Proxies {
    /// For `http://`.
    pub http: Option<String>,
    /// For `https://`.
    pub https: Option<String>,
    /// The hosts that are asked directly, with commas between.
    pub exempt: Option<String>,
}

impl std::fmt::Debug for Proxies {
    /// Tells which there are; an address may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proxies")
            .field("http", &self.http.is_some())
            .field("https", &self.https.is_some())
            .field("exempt", &self.exempt)
            .finish()
    }
}

impl Proxies {
    /// Tells whether a proxy is itself reached with TLS.
    pub(super) fn any_with_tls(&self) -> bool {
        let mut all = [&self.http, &self.https].into_iter().flatten();
        all.any(|url| url.starts_with("https:"))
    }

    /// Reads `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, small letters too. Loopback is always asked directly, as Go does
    /// (`golang.org/x/net/http/httpproxy`).
    pub fn from_environment() -> Self {
        Self::from_variables(variable)
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let either = |upper: &str| variable(upper).or_else(|| variable(&upper.to_lowercase()));
        let exempt = either("NO_PROXY").map_or_else(String::new, |list| list + ",");
        Proxies {
            http: either("HTTP_PROXY"),
            https: either("HTTPS_PROXY"),
            exempt: Some(exempt + "localhost,127.0.0.0/8,::1"),
        }
    }
}

/// What is special about one repository.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// Plain HTTP will do where the registry has no TLS: `spec.insecure` of the ImageRepository.
    pub insecure: bool,
    /// What to present instead of what Docker's files have, and where it is from, for error messages.
    pub credentials: Option<(Credentials, String)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_those_of_the_environment() {
        let proxies = Proxies::from_variables(|name| match name {
            "https_proxy" => Some("https://me:hunter2@proxy:3128".to_owned()),
            "NO_PROXY" => Some(".lan,10.0.0.0/8".to_owned()),
            _ => None,
        });
        assert_eq!(proxies.http, None);
        assert!(proxies.https.is_some() && proxies.any_with_tls());
        let exempt = ".lan,10.0.0.0/8,localhost,127.0.0.0/8,::1";
        assert_eq!(proxies.exempt.as_deref(), Some(exempt));
        assert!(!format!("{proxies:?}").contains("hunter2"));
        let none = Proxies::from_variables(|_| None);
        assert_eq!(none.exempt.as_deref(), Some("localhost,127.0.0.0/8,::1"));
    }
}
