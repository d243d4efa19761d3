//! What registries could not say: one line for each cause, and the exit status.

use std::collections::BTreeMap;

use super::Terminal;
use crate::adapter::registry::RegistryError;
use crate::error::Error;
use crate::exit::ExitStatus;

/// How many names a line has.
const NAMES: usize = 3;

/// What registries could not say.
#[derive(Default)]
pub(super) struct Troubles {
    /// By cause, with the names of what was asked.
    errors: BTreeMap<String, (RegistryError, Vec<String>)>,
    /// Images of which the registry does not tell.
    unknown: Vec<String>,
}

impl Troubles {
    /// Adds an error.
    pub(super) fn add(&mut self, name: String, error: RegistryError) {
        let entry = self.errors.entry(cause(&name, &error));
        entry.or_insert((error, Vec::new())).1.push(name);
    }

    /// Adds what concerns the whole registry as an error, and what concerns one image as unknown.
    pub(super) fn add_unless_of_image(&mut self, name: String, error: RegistryError) {
        if is_of_image(&error) {
            self.unknown.push(name);
        } else {
            self.add(name, error);
        }
    }

    /// Adds what concerns the whole registry; what concerns one image is nobody's trouble.
    pub(super) fn add_of_host(&mut self, name: String, error: RegistryError) {
        if !is_of_image(&error) {
            self.add(name, error);
        }
    }

    /// Tells them, and returns the status that they make of another.
    pub(super) fn tell(&self, status: ExitStatus, terminal: &mut Terminal<'_>) -> ExitStatus {
        if let Some(first) = self.unknown.first() {
            let others = match self.unknown.len() - 1 {
                0 => String::new(),
                1 => " and 1 more".to_owned(),
                count => format!(" and {count} more"),
            };
            let all = self.unknown.join(", ");
            terminal.note(&match terminal.is_verbose() {
                true => format!("the registry does not tell the architectures of {all}"),
                false => format!("the registry does not tell the architectures of {first}{others}"),
            });
        }
        if !self.errors.is_empty() {
            // The answer first: what follows explains what it lacks. A reader that went away is met at the end.
            let _ = terminal.out.flush();
        }
        let errors = self
            .errors
            .values()
            .map(|(error, names)| told(error, names));
        let mut worst = status;
        for error in errors {
            terminal.error(&error);
            if worst != ExitStatus::TimedOut {
                worst = error.status();
            }
        }
        worst
    }
}

/// Tells whether an error says nothing of the rest of the registry.
fn is_of_image(error: &RegistryError) -> bool {
    use RegistryError::{Malformed, NotFound, Refused, Status};
    matches!(
        error,
        NotFound { .. } | Refused { .. } | Malformed { .. } | Status { .. }
    )
}

/// Returns what is the same of errors that one line tells; `name` is what was asked.
fn cause(name: &str, error: &RegistryError) -> String {
    use RegistryError as E;
    let registry = name.split('/').next().unwrap_or_default();
    match error {
        E::Offline { .. } => "offline".to_owned(),
        E::TimedOut { .. } => "timed out".to_owned(),
        E::Unreachable { host, .. } | E::Untrusted { host, .. } => format!("{host} reach"),
        E::RateLimited { host, .. } => format!("{host} rate"),
        E::Budget { host, .. } => format!("{host} budget"),
        E::Refused {
            host,
            status,
            tried,
            ..
        } => format!("{host} refused {status} {tried}"),
        E::Status { status, .. } => format!("{registry} status {status}"),
        E::Malformed { why, .. } => format!("{registry} malformed {why}"),
        E::NotFound { .. } | E::Setup(_) => error.to_string(),
    }
}

/// Words one line for everything of one cause.
fn told(error: &RegistryError, names: &[String]) -> Error {
    use RegistryError as E;
    let made = Error::from(error.clone());
    if names.len() < 2 {
        return made;
    }
    let mut shown = names.get(..NAMES).unwrap_or(names).join(", ");
    if names.len() > NAMES {
        shown.push_str(&format!(" and {} more", names.len() - NAMES));
    }
    let message = match error {
        E::Offline { .. } => format!("{shown} are not in the cache, and the run is offline"),
        E::TimedOut { .. } => format!("{shown}: no answer within the time of the run"),
        E::Status { status, .. } => format!("{shown}: the registry answered {status}"),
        E::Malformed { why, .. } => format!("{shown}: {why}"),
        E::Refused {
            host,
            status,
            tried,
            ..
        } => format!("{host} refused access to {shown} ({status}); tried {tried}"),
        _ => return made,
    };
    Error { message, ..made }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_tells_one_cause() {
        let mut troubles = Troubles::default();
        for name in ["a", "b", "c", "d"] {
            let error = RegistryError::Offline {
                name: name.to_owned(),
            };
            troubles.add(name.to_owned(), error);
        }
        for why in ["connection refused", "no answer in time"] {
            let error = RegistryError::Unreachable {
                host: "r.io".to_owned(),
                why: why.to_owned(),
            };
            troubles.add("r.io/x".to_owned(), error);
        }
        for name in ["r.io/x", "r.io/y"] {
            let error = RegistryError::Refused {
                host: "r.io".to_owned(),
                name: name.to_owned(),
                status: "401".to_owned(),
                tried: "nothing".to_owned(),
            };
            troubles.add(name.to_owned(), error);
        }
        let lines: Vec<String> = troubles
            .errors
            .values()
            .map(|(error, names)| told(error, names).message)
            .collect();
        assert_eq!(
            lines,
            [
                "a, b, c and 1 more are not in the cache, and the run is offline",
                "r.io could not be reached: connection refused",
                "r.io refused access to r.io/x, r.io/y (401); tried nothing",
            ]
        );
    }
}
