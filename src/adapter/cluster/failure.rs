//! Turns what the Kubernetes client says into what a user can act on, without the secrets that its messages hold.

use kube::Error;
use kube::client::AuthError;
use kube::core::Status;

use super::ResourceKind;
use super::config::unusable;
use super::error::ClusterError;
use crate::adapter::causes::{causes, is_untrusted};
use crate::adapter::repo_files::reason;
use crate::flux::live::controller_of;

/// How many characters of a server's message are shown.
const MESSAGE: usize = 200;

/// What was asked of whom.
pub(super) struct Question<'q> {
    /// Host and port.
    pub(super) server: &'q str,
    /// The command that gives credentials.
    pub(super) plugin: Option<&'q str>,
    /// The verb and `<plural>.<group>`; nothing for discovery, which everybody may ask.
    pub(super) resource: Option<(&'static str, String)>,
    /// The namespace; nothing for all.
    pub(super) namespace: Option<&'q str>,
}

impl<'q> Question<'q> {
    /// A question that is about no resource.
    pub(super) fn connecting(server: &'q str, plugin: Option<&'q str>) -> Self {
        Question {
            server,
            plugin,
            resource: None,
            namespace: None,
        }
    }

    /// Returns why there is no answer.
    pub(super) fn answered(&self, error: &Error) -> ClusterError {
        match error {
            Error::Api(status) => self.refused(status),
            Error::Auth(error) => self.without_credentials(error),
            Error::InferKubeconfig(error) => unusable(error),
            Error::SerdeError(_) | Error::FromUtf8(_) => {
                self.malformed("its answer is none of Kubernetes")
            }
            Error::RustlsTls(_) => {
                ClusterError::Config("its certificates or keys do not read".to_owned())
            }
            Error::ProxyProtocolUnsupported { .. } | Error::ProxyProtocolDisabled { .. } => {
                ClusterError::Config("its proxy is none of http, https and socks5".to_owned())
            }
            other => self.unanswered(other),
        }
    }

    /// Makes an error for an answer that no API server gives.
    pub(super) fn malformed(&self, why: &str) -> ClusterError {
        ClusterError::Malformed {
            server: self.server.to_owned(),
            why: why.to_owned(),
        }
    }

    fn refused(&self, status: &Status) -> ClusterError {
        let server = self.server.to_owned();
        match (status.code, &self.resource) {
            (401, _) => ClusterError::Unauthenticated { server },
            (403, Some((verb, resource))) => ClusterError::Forbidden {
                server,
                verb,
                resource: resource.clone(),
                namespace: self.namespace.map(str::to_owned),
            },
            (code, _) if status.reason.is_empty() || is_foreign(status) => {
                self.malformed(&format!("it answered {code}"))
            }
            (code, _) => ClusterError::Status {
                server,
                status: format!("{code} {}: {}", status.reason, first_line(&status.message)),
            },
        }
    }

    fn unanswered(&self, error: &Error) -> ClusterError {
        let server = self.server.to_owned();
        // A credential that is renewed on the way fails as any layer does.
        if let Some(error) = causes(error).find_map(|cause| cause.downcast_ref::<AuthError>()) {
            return self.without_credentials(error);
        }
        if is_untrusted(error) {
            let why = deepest(error);
            return ClusterError::Untrusted { server, why };
        }
        let why = deepest(error);
        ClusterError::Unreachable { server, why }
    }

    /// Says which credentials fail. The messages of the client show what a plugin printed, which is a token.
    fn without_credentials(&self, error: &AuthError) -> ClusterError {
        let plugin = self.plugin.unwrap_or("of the kubeconfig");
        ClusterError::Credentials(match error {
            AuthError::AuthExecStart(error) => {
                format!(
                    "the credential plugin {plugin} cannot be run: {}",
                    reason(error)
                )
            }
            AuthError::AuthExecRun { out, .. } => {
                format!("the credential plugin {plugin} failed: {}", out.status)
            }
            AuthError::AuthExecParse(_) | AuthError::ExecPluginFailed => {
                format!("the credential plugin {plugin} printed no ExecCredential")
            }
            AuthError::Oidc(_) => {
                "the OIDC login of the kubeconfig cannot be renewed; log in again".to_owned()
            }
            _ => "the credentials of the kubeconfig cannot be used".to_owned(),
        })
    }
}

/// Tells whether the server has no object of this name.
pub(super) fn is_missing(error: &Error) -> bool {
    matches!(error, Error::Api(status) if status.reason == "NotFound" && names_object(status))
}

/// Tells whether the server has nothing under the path of a kind: its answer is a plain page, or names no object.
pub(super) fn is_unserved(error: &Error) -> bool {
    matches!(error, Error::Api(status) if status.code == 404 && !names_object(status))
}

fn names_object(status: &Status) -> bool {
    let details = status.details.as_ref();
    details.is_some_and(|details| !details.name.is_empty())
}

/// Tells whether somebody else wrote at the same time.
pub(super) fn is_conflict(error: &Error) -> bool {
    matches!(error, Error::Api(status) if status.code == 409)
}

/// Tells whether the server forgot the list that the next page belongs to.
pub(super) fn is_expired(error: &Error) -> bool {
    matches!(error, Error::Api(status) if status.code == 410)
}

/// Makes an error for a kind that the server does not have, though it may have its group.
pub(super) fn not_served(kind: &ResourceKind, has_group: bool) -> ClusterError {
    let ResourceKind { group, kind } = kind;
    ClusterError::NotServed {
        controller: controller_of(group, kind),
        missing: match has_group {
            true => format!("{kind} in {group}"),
            false => group.to_string(),
        },
    }
}

/// Tells whether the client made a status of a body that is none, a page of a proxy for example.
fn is_foreign(status: &Status) -> bool {
    status.reason == "Failed to parse error data"
}

fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    line.chars().take(MESSAGE).collect()
}

/// Returns the cause at the bottom of a failed request, as a lower-case fragment.
fn deepest(error: &Error) -> String {
    let Some(cause) = causes(error).last() else {
        return "the request failed".to_owned();
    };
    match cause.downcast_ref::<std::io::Error>() {
        Some(io) if io.kind() == std::io::ErrorKind::TimedOut => "no answer in time".to_owned(),
        Some(io) => reason(io),
        None => match cause.to_string() {
            text if text.contains("://") => "the request failed".to_owned(),
            text => text,
        },
    }
}
