//! `.homelab.yaml`: the severities that a repository wants.

use std::collections::HashMap;

use crate::error::Error;
use crate::lint::Severity;
use crate::manifest::{FileId, Node, Place, SourceFile};

/// The name of the file, at the root of the repository.
pub const FILE: &str = ".homelab.yaml";

/// What a value may be.
const LEVELS: &str = "error, warning, hint or off";

/// Severities by rule id; none turns a rule off.
pub type Severities = HashMap<String, Option<Severity>>;

/// Reads the file's text. `known` are the ids of the rules. The text is read by our own reader, for that one knows the
/// line of every key.
///
/// # Errors
/// The text is no YAML, has an unknown or repeated key or an unknown value, or names an unknown rule.
pub fn severities(text: &str, known: &[&str]) -> Result<Severities, Error> {
    let file = SourceFile::parse(FileId(0), FILE, text);
    let refuse = |place: Place, message: &str| {
        let line = file.location(place.span).line;
        Error::usage(format!("{FILE}:{line}: {message}"))
    };
    if let Some(error) = file.errors.first() {
        return Err(refuse(file.place(error.span), &error.message));
    }
    let mut roots = file.documents.iter().filter_map(|d| d.root.as_ref());
    let mut severities = Severities::new();
    let Some(root) = roots.next().filter(|root| !root.is_null()) else {
        return Ok(severities);
    };
    if let Some(second) = roots.next() {
        return Err(refuse(second.place, "a second document").hint("there may be one"));
    }
    for (key, value, place) in fields(root, &refuse)? {
        if key != "rules" {
            let error = refuse(place, &format!("no setting is called `{key}`"));
            return Err(error.hint("the settings are: rules"));
        }
        for (id, value, place) in fields(value, &refuse)? {
            if !known.contains(&id) {
                let error = refuse(place, &format!("no rule is called `{id}`"));
                return Err(error.hint("`homelab explain` lists the rules"));
            }
            severities.insert(id.to_owned(), severity(value, &refuse)?);
        }
    }
    Ok(severities)
}

/// Makes an error at a place.
type Refuse<'r> = &'r dyn Fn(Place, &str) -> Error;

/// Returns the keys and values of a mapping, with the places of the keys; an empty value has none.
fn fields<'n>(
    node: &'n Node,
    refuse: Refuse<'_>,
) -> Result<Vec<(&'n str, &'n Node, Place)>, Error> {
    if node.is_null() {
        return Ok(Vec::new());
    }
    let Some(entries) = node.target().entries() else {
        let error = refuse(node.place, "this must be a mapping");
        return Err(error.hint(format!(
            "for example `rules: {{ RULE: off }}`; allowed are {LEVELS}"
        )));
    };
    let mut fields: Vec<(&str, &Node, Place)> = Vec::with_capacity(entries.len());
    for entry in entries {
        let place = entry.key.place;
        let key = entry.key.text().unwrap_or_default();
        if fields.iter().any(|(known, ..)| *known == key) {
            return Err(refuse(place, &format!("`{key}` is set twice")));
        }
        fields.push((key, &entry.value, place));
    }
    Ok(fields)
}

/// Reads one severity. `off` is taken by its text: to YAML 1.1 it is a boolean.
fn severity(value: &Node, refuse: Refuse<'_>) -> Result<Option<Severity>, Error> {
    let text = value.text().unwrap_or_default();
    match text {
        "off" => Ok(None),
        "error" => Ok(Some(Severity::Error)),
        "warning" => Ok(Some(Severity::Warning)),
        "hint" => Ok(Some(Severity::Hint)),
        _ => {
            let error = refuse(value.place, &format!("`{text}` is no severity"));
            Err(error.hint(format!("allowed are {LEVELS}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 2] = ["image/floating-tag", "image/x"];

    #[test]
    fn reads_severities() {
        let text = "rules:\n  image/floating-tag: off\n  image/x: \"warning\"\n";
        let read = severities(text, &KNOWN).unwrap();
        assert_eq!(read["image/floating-tag"], None);
        assert_eq!(read["image/x"], Some(Severity::Warning));
    }

    #[test]
    fn says_nothing_where_nothing_is_set() {
        for text in [
            "",
            "# nothing\n",
            "---\n",
            "{}\n",
            "rules:\n",
            "rules: {}\n",
        ] {
            assert!(severities(text, &KNOWN).unwrap().is_empty(), "{text:?}");
        }
    }

    #[test]
    fn refuses_what_it_does_not_know_with_the_line() {
        for (text, message) in [
            (
                "# x\nrule: {}\n",
                ".homelab.yaml:2: no setting is called `rule`",
            ),
            (
                "rules:\n  image/x: loud\n",
                ".homelab.yaml:2: `loud` is no severity",
            ),
            (
                "rules:\n  image/x: [off]\n",
                ".homelab.yaml:2: `` is no severity",
            ),
            (
                "rules:\n  image/y: off\n",
                ".homelab.yaml:2: no rule is called `image/y`",
            ),
            (
                "rules:\n  image/x: off\n  image/x: off\n",
                ".homelab.yaml:3: `image/x` is set twice",
            ),
            ("- rules\n", ".homelab.yaml:1: this must be a mapping"),
            ("rules: off\n", ".homelab.yaml:1: this must be a mapping"),
            (
                "rules: {}\n---\nrules: {}\n",
                ".homelab.yaml:3: a second document",
            ),
        ] {
            let error = severities(text, &KNOWN).unwrap_err();
            assert_eq!(error.message, message);
        }
        let broken = severities("rules:\n  image/x: [\n", &KNOWN).unwrap_err();
        assert!(
            broken.message.starts_with(".homelab.yaml:"),
            "{}",
            broken.message
        );
    }
}
