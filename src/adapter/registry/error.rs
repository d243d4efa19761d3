//! Why a registry gave no answer. No variant holds a secret, nor the query of a URL, which may.

use std::time::Duration;

use reqwest::Url;

use crate::adapter::causes::causes;
use crate::error::Error;

/// What a server proves that answers a handshake with something else.
const NO_TLS: &str = "it does not speak TLS";

/// Why a registry gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// No request was sent, for the run is offline, and no earlier answer is kept.
    #[error("{name} is not in the cache, and the run is offline")]
    Offline {
        /// The repository or image.
        name: String,
    },
    /// The registry does not answer, or breaks off, however often it is asked.
    #[error("{host} could not be reached: {why}")]
    Unreachable {
        /// Host and port.
        host: String,
        /// The cause, a lower-case fragment.
        why: String,
    },
    /// The registry proves to be nobody that the system trusts.
    #[error("{host} is not trusted: {why}")]
    Untrusted {
        /// Host and port.
        host: String,
        /// The cause, a lower-case fragment.
        why: String,
    },
    /// The registry refuses what was presented, or wants something and nothing was found.
    #[error("{host} refused access to {name} ({status}); tried {tried}")]
    Refused {
        /// Host and port of what refused, the server that hands out tokens included.
        host: String,
        /// The repository.
        name: String,
        /// The status and the code of the answer.
        status: String,
        /// Where credentials were looked for, and what came of it; never the credentials.
        tried: String,
    },
    /// The repository or image is not there (some registries answer like this for what is private).
    #[error("{name} does not exist ({status})")]
    NotFound {
        /// The repository or image.
        name: String,
        /// The status and the code of the answer.
        status: String,
    },
    /// The registry wants a longer pause than a run can make.
    #[error("{host} limits the rate of requests{}", wanted(*pause))]
    RateLimited {
        /// Host and port.
        host: String,
        /// The pause that it asked for, where it asked for one.
        pause: Option<Duration>,
    },
    /// Any other status.
    #[error("{url} answered {status}")]
    Status {
        /// The address, without its query.
        url: String,
        /// The status and the code of the answer.
        status: String,
    },
    /// The answer is not what the protocol says.
    #[error("{url}: {why}")]
    Malformed {
        /// The address, without its query.
        url: String,
        /// What is wrong, a lower-case fragment.
        why: String,
    },
    /// The registry was asked as often as one run may.
    #[error("{host} was asked {requests} times, which is all that one run may")]
    Budget {
        /// Host and port.
        host: String,
        /// The limit.
        requests: usize,
    },
    /// The time for the whole run has passed.
    #[error("{name}: no answer within the time of the run")]
    TimedOut {
        /// The repository or image.
        name: String,
    },
    /// No connection can be made at all: a certificate that does not read, a proxy that is no URL.
    #[error("{0}")]
    Setup(String),
}

impl RegistryError {
    /// An answer from `url` that is not what the protocol says.
    pub(super) fn malformed(url: &Url, why: impl Into<String>) -> Self {
        RegistryError::Malformed {
            url: shown(url),
            why: why.into(),
        }
    }

    /// Returns what to do next, where something can be done.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            RegistryError::Offline { .. } => "run once without --offline",
            RegistryError::Untrusted { .. } => {
                "for a private certificate authority, add its certificate to the system or name it in SSL_CERT_FILE"
            }
            RegistryError::Unreachable { .. } => {
                "--offline answers from the cache, where it was asked before"
            }
            RegistryError::Refused { .. } => {
                "log in with `docker login`; many registries answer like this for a repository that does not exist, too"
            }
            RegistryError::NotFound { .. } => {
                "some registries answer like this for what they show only after `docker login`"
            }
            RegistryError::RateLimited { .. } => "an account has a higher limit: `docker login`",
            RegistryError::TimedOut { .. } => "a larger --timeout gives it longer",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

impl From<RegistryError> for Error {
    fn from(error: RegistryError) -> Self {
        let message = error.to_string();
        let made = match error {
            RegistryError::TimedOut { .. } => Error::timed_out(message),
            _ => Error::could_not_look(message),
        };
        match error.hint() {
            Some(hint) => made.hint(hint),
            None => made,
        }
    }
}

/// Returns an address as it may be shown: no user, no password, no query.
pub(in crate::adapter) fn shown(url: &Url) -> String {
    format!("{}://{}{}", url.scheme(), authority(url), url.path())
}

/// Returns host and port of an address.
pub(in crate::adapter) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn wanted(pause: Option<Duration>) -> String {
    pause.map_or_else(String::new, |pause| {
        format!("; it wants a pause of {} s", pause.as_secs())
    })
}

/// Returns the cause at the bottom of a failed request to a registry.
pub(super) fn cause(error: &reqwest::Error) -> String {
    match bottom(error) {
        text if text == NO_TLS => {
            format!("{NO_TLS}, and nothing says that it need not (`spec.insecure`)")
        }
        text => text,
    }
}

/// Returns the cause at the bottom of a failed request, as a lower-case fragment without the address.
pub(in crate::adapter) fn bottom(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let Some(deepest) = causes(error).last() else {
        return "the request failed".to_owned();
    };
    if let Some(rustls::Error::InvalidMessage(_)) = deepest.downcast_ref() {
        return NO_TLS.to_owned();
    }
    if let Some(io) = deepest.downcast_ref::<std::io::Error>() {
        return crate::adapter::repo_files::reason(io);
    }
    match deepest.to_string() {
        text if text.contains("://") => "the request failed".to_owned(),
        text => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::ExitStatus;

    #[test]
    fn addresses_lose_what_may_be_secret() {
        let url = Url::parse("https://me:pw@r.io:5000/v2/a/tags/list?next_page=token#x").unwrap();
        assert_eq!(shown(&url), "https://r.io:5000/v2/a/tags/list");
    }

    #[test]
    fn time_passed_is_another_status_than_no_answer() {
        let name = || "r.io/a".to_owned();
        let error = Error::from(RegistryError::TimedOut { name: name() });
        assert_eq!(error.status(), ExitStatus::TimedOut);
        let error = Error::from(RegistryError::Offline { name: name() });
        assert_eq!(error.status(), ExitStatus::CouldNotLook);
        assert!(error.hint.is_some());
    }
}
