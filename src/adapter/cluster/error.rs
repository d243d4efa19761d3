//! Why a cluster gave no answer. No variant holds a secret, nor text of a kubeconfig, which is full of them.

use crate::error::Error;
use crate::preflight::{Unavailable, Why};

/// How many contexts are listed where none fits.
const SHOWN_CONTEXTS: usize = 8;

/// Why a cluster gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// Nothing says where the cluster is.
    #[error("there is no kubeconfig; looked for {}", tried.join(", "))]
    NoConfig {
        /// The files that are not there, or hold no context.
        tried: Vec<String>,
    },
    /// A kubeconfig is there, and cannot be used.
    #[error("the kubeconfig cannot be used: {0}")]
    Config(String),
    /// The context is in no kubeconfig.
    #[error("there is no context {name:?} in the kubeconfig")]
    UnknownContext {
        /// The name that was asked for.
        name: String,
        /// Those there are, the most similar first.
        known: Vec<String>,
    },
    /// The kubeconfig has contexts, and none is the current one.
    #[error("the kubeconfig names no current context")]
    NoContext {
        /// Those there are, by name.
        known: Vec<String>,
    },
    /// The command or file that should give credentials does not.
    #[error("{0}")]
    Credentials(String),
    /// The server does not answer, or breaks off.
    #[error("the cluster at {server} could not be reached: {why}")]
    Unreachable {
        /// Host and port.
        server: String,
        /// The cause, a lower-case fragment.
        why: String,
    },
    /// The server proves to be nobody that the kubeconfig, or else the system, trusts.
    #[error("the cluster at {server} is not trusted: {why}")]
    Untrusted {
        /// Host and port.
        server: String,
        /// The cause, a lower-case fragment.
        why: String,
    },
    /// The server does not know who is asking (401).
    #[error("the cluster at {server} does not accept the credentials of the kubeconfig (401)")]
    Unauthenticated {
        /// Host and port.
        server: String,
    },
    /// The server knows who is asking, and does not tell them (403).
    #[error("the cluster at {server} does not allow to {verb} {resource}{} (403)", within(namespace.as_deref()))]
    Forbidden {
        /// Host and port.
        server: String,
        /// The verb, as roles name it.
        verb: &'static str,
        /// `<plural>.<group>`.
        resource: String,
        /// The namespace; nothing for all of them, and for what is in none.
        namespace: Option<String>,
    },
    /// The server has no such kind.
    #[error("{}no {missing}", installed(*controller))]
    NotServed {
        /// The controller that brings the kind, where it is one of Flux.
        controller: Option<&'static str>,
        /// The group; of a group that is there, `<kind> in <group>`.
        missing: String,
    },
    /// The server has none of the kinds of Flux that were asked for.
    #[error("Flux is not installed in the cluster at {server}")]
    NoFlux {
        /// Host and port.
        server: String,
    },
    /// Any other status.
    #[error("the cluster at {server} answered {status}")]
    Status {
        /// Host and port.
        server: String,
        /// The status, and what the API server says of it.
        status: String,
    },
    /// The answer is none of an API server.
    #[error("what answers at {server} is no API server: {why}")]
    Malformed {
        /// Host and port.
        server: String,
        /// What is wrong, a lower-case fragment.
        why: String,
    },
    /// The name of an object or namespace is none that an object can have.
    #[error("{0:?} is no name of an object")]
    Name(String),
    /// The time for the whole run has passed.
    #[error("the cluster at {server} gave no answer within the time of the run")]
    TimedOut {
        /// Host and port.
        server: String,
    },
}

impl ClusterError {
    /// Tells whether the same question may have an answer a little later.
    pub fn may_pass(&self) -> bool {
        match self {
            ClusterError::Unreachable { .. } | ClusterError::Malformed { .. } => true,
            ClusterError::Status { status, .. } => {
                status.starts_with('5') || status.starts_with("429")
            }
            _ => false,
        }
    }

    /// Tells whether nothing at all can be asked of this server, whatever the question.
    pub fn is_about_all(&self) -> bool {
        !matches!(
            self,
            ClusterError::Forbidden { .. }
                | ClusterError::NotServed { .. }
                | ClusterError::NoFlux { .. }
                | ClusterError::Status { .. }
                | ClusterError::Name(_)
        )
    }

    /// Returns why a fact is not known, for which this is the reason.
    pub fn unavailable(self) -> Unavailable {
        let made = Unavailable::new(self.why(), self.to_string());
        Unavailable {
            help: self.hint(),
            ..made
        }
    }

    fn why(&self) -> Why {
        match self {
            ClusterError::Credentials(_) | ClusterError::Unauthenticated { .. } => {
                Why::Unauthorized
            }
            ClusterError::Forbidden {
                verb,
                resource,
                namespace,
                ..
            } => Why::Forbidden {
                needed: Some(format!("{verb} {resource}{}", within(namespace.as_deref()))),
                sso: None,
            },
            ClusterError::NoConfig { .. }
            | ClusterError::UnknownContext { .. }
            | ClusterError::NoContext { .. }
            | ClusterError::NotServed { .. }
            | ClusterError::NoFlux { .. } => Why::NotFound,
            ClusterError::Unreachable { .. } | ClusterError::Untrusted { .. } => Why::Unreachable,
            ClusterError::Status { .. } => Why::Refused,
            ClusterError::Config(_) | ClusterError::Malformed { .. } | ClusterError::Name(_) => {
                Why::Malformed
            }
            ClusterError::TimedOut { .. } => Why::TimedOut,
        }
    }

    /// Returns what to do next, where something can be done.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            ClusterError::NoConfig { .. } => {
                "name a file with --kubeconfig, or files in KUBECONFIG"
            }
            ClusterError::UnknownContext { known, .. } => return Some(contexts(known)),
            ClusterError::NoContext { known } => {
                return Some(format!("choose one with --context; {}", contexts(known)));
            }
            ClusterError::Unreachable { .. } => {
                "`kubectl cluster-info` asks the same server; --context chooses another"
            }
            ClusterError::Untrusted { .. } => {
                "`certificate-authority` of the cluster in the kubeconfig has to name who signed for the server"
            }
            ClusterError::Unauthenticated { .. } => {
                "log in again, or choose other credentials with --context"
            }
            ClusterError::Forbidden {
                verb,
                resource,
                namespace,
                ..
            } => {
                return Some(can_i(verb, resource, namespace.as_deref()));
            }
            ClusterError::NoFlux { .. } => {
                "`flux bootstrap` installs it; --context chooses another cluster"
            }
            ClusterError::TimedOut { .. } => "a larger --timeout gives it longer",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

impl From<ClusterError> for Error {
    fn from(error: ClusterError) -> Self {
        let message = error.to_string();
        let made = match error {
            ClusterError::TimedOut { .. } => Error::timed_out(message),
            ClusterError::UnknownContext { .. } | ClusterError::NoContext { .. } => {
                Error::usage(message)
            }
            _ => Error::could_not_look(message),
        };
        match error.hint() {
            Some(hint) => made.hint(hint),
            None => made,
        }
    }
}

fn within(namespace: Option<&str>) -> String {
    namespace.map_or_else(String::new, |name| format!(" in namespace {name}"))
}

fn installed(controller: Option<&str>) -> String {
    controller.map_or_else(
        || "the cluster has ".to_owned(),
        |name| format!("{name} is not installed: "),
    )
}

fn contexts(known: &[String]) -> String {
    let shown = known.get(..SHOWN_CONTEXTS).unwrap_or(known).join(", ");
    let more = match known.len().saturating_sub(SHOWN_CONTEXTS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("there are {shown}{more}")
}

fn can_i(verb: &str, resource: &str, namespace: Option<&str>) -> String {
    let scope = namespace.map_or_else(|| "-A".to_owned(), |name| format!("-n {name}"));
    format!("`kubectl auth can-i {verb} {resource} {scope}` asks the same; a role has to grant it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::ExitStatus;

    #[test]
    fn the_status_tells_usage_time_and_the_rest_apart() {
        let status = |error: ClusterError| Error::from(error).status();
        let known: Vec<String> = (0..10).map(|n| format!("c{n}")).collect();
        let name = "c".to_owned();
        let unknown = ClusterError::UnknownContext { name, known };
        let hint = unknown.hint().unwrap();
        assert_eq!(hint, "there are c0, c1, c2, c3, c4, c5, c6, c7 and 2 more");
        assert_eq!(status(unknown), ExitStatus::Usage);
        let server = || "h:6443".to_owned();
        let late = ClusterError::TimedOut { server: server() };
        assert_eq!(status(late), ExitStatus::TimedOut);
        let refused = ClusterError::Unauthenticated { server: server() };
        assert_eq!(status(refused), ExitStatus::CouldNotLook);
    }
}
