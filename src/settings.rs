//! `.homelab.yaml`: the severities that a repository wants.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use crate::error::Error;
use crate::lint::Severity;

/// The name of the file, at the root of the repository.
pub const FILE: &str = ".homelab.yaml";

/// What the file says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    rules: BTreeMap<String, Level>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Error,
    Warning,
    Hint,
    Off,
}

/// Reads the file's text and returns severities by rule id; none turns a rule off. `known` tells rule ids.
///
/// # Errors
/// The text is no YAML, has an unknown key or value, or names an unknown rule.
pub fn severities(text: &str, known: &[&str]) -> Result<HashMap<String, Option<Severity>>, Error> {
    // A file of comments only is an empty document, which is no mapping.
    let has_content = text
        .lines()
        .any(|l| !l.trim().is_empty() && !l.trim_start().starts_with('#') && l.trim() != "---");
    if !has_content {
        return Ok(HashMap::new());
    }
    let settings: Settings = serde_yaml::from_str(text).map_err(|error| {
        let line = error.location().map_or(1, |l| l.line());
        let message = error.to_string();
        // The location stands in front already.
        let message = message.split(" at line ").next().unwrap_or(&message);
        Error::usage(format!("{FILE}:{line}: {message}"))
            .hint("allowed: `rules: { RULE: error|warning|hint|off }`")
    })?;
    let mut severities = HashMap::new();
    for (id, level) in settings.rules {
        if !known.contains(&id.as_str()) {
            let line = text
                .lines()
                .position(|l| l.contains(&id))
                .map_or(1, |n| n + 1);
            return Err(
                Error::usage(format!("{FILE}:{line}: no rule is called `{id}`"))
                    .hint("`homelab explain` lists the rules"),
            );
        }
        let severity = match level {
            Level::Error => Some(Severity::Error),
            Level::Warning => Some(Severity::Warning),
            Level::Hint => Some(Severity::Hint),
            Level::Off => None,
        };
        severities.insert(id, severity);
    }
    Ok(severities)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_severities() {
        let known = ["image/floating-tag", "image/x"];
        let read = severities(
            "rules:\n  image/floating-tag: off\n  image/x: warning\n",
            &known,
        )
        .unwrap();
        assert_eq!(read["image/floating-tag"], None);
        assert_eq!(read["image/x"], Some(Severity::Warning));
        assert!(severities("# nothing\n", &known).unwrap().is_empty());
    }

    #[test]
    fn refuses_what_it_does_not_know_with_the_line() {
        for (text, at) in [
            ("rule: {}\n", ".homelab.yaml:1:"),
            ("rules:\n  image/x: loud\n", ".homelab.yaml:2:"),
            ("rules:\n  image/y: off\n", ".homelab.yaml:2:"),
            ("rules: [\n", ".homelab.yaml:"),
        ] {
            let error = severities(text, &["image/x"]).unwrap_err();
            assert!(error.message.starts_with(at), "{}", error.message);
            assert!(error.hint.is_some());
        }
    }
}
