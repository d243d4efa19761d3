//! What a registry is told about who asks, and where that was found.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What to present to a registry. `Debug` shows the kind only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Credentials {
    /// A name and a password, or a personal access token in its place.
    Basic {
        /// The name.
        username: String,
        /// The password.
        password: String,
    },
    /// A token to exchange for one that the registry takes (`identitytoken` in Docker's file).
    Identity(String),
    /// A token that the registry takes as it is (`registrytoken`).
    Bearer(String),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Credentials::Basic { .. } => "Basic(redacted)",
            Credentials::Identity(_) => "Identity(redacted)",
            Credentials::Bearer(_) => "Bearer(redacted)",
        })
    }
}

/// What the search for credentials came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// What to present; nothing where nothing was found.
    pub(super) credentials: Option<Credentials>,
    /// Where was looked, with what came of it: `credential helper docker-credential-pass for ghcr.io (has none)`.
    pub(super) tried: Vec<String>,
}

impl Found {
    /// Says where was looked, for an error message.
    pub(super) fn tried(&self) -> String {
        if self.tried.is_empty() {
            "no credentials (there is no file of Docker's)".to_owned()
        } else {
            self.tried.join(", ")
        }
    }
}

/// Returns the value of `Authorization` for a name and a password (RFC 7617).
pub(super) fn basic(username: &str, password: &str) -> String {
    format!(
        "Basic {}",
        STANDARD.encode(format!("{username}:{password}"))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let basic = Credentials::Basic {
            username: "me".into(),
            password: "hunter2".into(),
        };
        let all = [
            basic,
            Credentials::Identity("hunter2".into()),
            Credentials::Bearer("hunter2".into()),
        ];
        assert!(!format!("{all:?}").contains("hunter2"));
    }
}
