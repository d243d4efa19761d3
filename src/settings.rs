//! `.homelab.yaml`: the severities that a repository wants, tests of its image policies, and what its nodes are.

mod nodes;

use std::collections::HashMap;

use crate::error::Error;
use crate::flux::ObjectRef;
use crate::lint::{PolicyTest, Severity, distance};
use crate::manifest::{FileId, Node, Place, SourceFile};

/// The name of the file, at the root of the repository.
pub const FILE: &str = ".homelab.yaml";

/// What a severity may be.
const LEVELS: &str = "error, warning, hint or off";
/// The settings.
const SETTINGS: [&str; 3] = ["rules", "policyTests", "nodes"];
/// The keys of a test.
const TEST: [&str; 3] = ["policy", "tags", "wins"];
/// What `wins` says where no tag must win.
const NO_WINNER: &str = "none";

/// Severities by rule id; none turns a rule off.
pub type Severities = HashMap<String, Option<Severity>>;

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `rules`.
    pub severities: Severities,
    /// `policyTests`, in order.
    pub policy_tests: Vec<PolicyTest>,
    /// `nodes.architectures`, each once.
    pub architectures: Vec<String>,
}

/// Reads the file's text. `known` are the ids of the rules. The text is read by our own reader, for that one knows the
/// line of every key, and takes `1.10` as the text that it is.
///
/// # Errors
/// The text is no YAML, has an unknown or repeated key or an unknown value, or names an unknown rule.
pub fn read(text: &str, known: &[&str]) -> Result<Settings, Error> {
    let file = SourceFile::parse(FileId(0), FILE, text);
    let refuse = |place: Place, message: &str| {
        let line = file.location(place.span).line;
        Error::usage(format!("{FILE}:{line}: {message}"))
    };
    if let Some(error) = file.errors.first() {
        return Err(refuse(file.place(error.span), &error.message));
    }
    let mut roots = file.documents.iter().filter_map(|d| d.root.as_ref());
    let mut settings = Settings::default();
    let Some(root) = roots.next().filter(|root| !root.is_null()) else {
        return Ok(settings);
    };
    if let Some(second) = roots.next() {
        return Err(refuse(second.place, "a second document").hint("there may be one"));
    }
    for (key, value, place) in fields(root, RULES_EXAMPLE, &refuse)? {
        match key {
            "rules" => settings.severities = severities(value, known, &refuse)?,
            "policyTests" => settings.policy_tests = policy_tests(value, &file, &refuse)?,
            "nodes" => settings.architectures = nodes::architectures(value, &refuse)?,
            _ => return Err(unknown("setting", key, &SETTINGS, place, &refuse)),
        }
    }
    Ok(settings)
}

/// Makes an error at a place.
type Refuse<'r> = &'r dyn Fn(Place, &str) -> Error;

/// Shows what `rules` looks like.
const RULES_EXAMPLE: &str =
    "for example `rules: { RULE: off }`; allowed are error, warning, hint or off";
/// Shows what a test looks like.
const TEST_EXAMPLE: &str =
    "for example `- { policy: flux-system/app, tags: [1.9.0, 1.10.0], wins: 1.10.0 }`";

/// Refuses a key, with the one that is meant.
fn unknown(what: &str, key: &str, known: &[&str], place: Place, refuse: Refuse<'_>) -> Error {
    let error = refuse(place, &format!("no {what} is called `{key}`"));
    let near = known.iter().find(|name| {
        let same = name.eq_ignore_ascii_case(&key.replace(['_', '-'], ""));
        same || distance(name, key) <= 2
    });
    let list = known.join(", ");
    error.hint(match near {
        Some(near) => format!("did you mean `{near}`? The {what}s are: {list}"),
        None => format!("the {what}s are: {list}"),
    })
}

fn severities(node: &Node, known: &[&str], refuse: Refuse<'_>) -> Result<Severities, Error> {
    let mut severities = Severities::new();
    for (id, value, place) in fields(node, RULES_EXAMPLE, refuse)? {
        if !known.contains(&id) {
            let error = refuse(place, &format!("no rule is called `{id}`"));
            return Err(error.hint("`homelab explain` lists the rules"));
        }
        severities.insert(id.to_owned(), severity(value, refuse)?);
    }
    Ok(severities)
}

fn policy_tests(
    node: &Node,
    file: &SourceFile,
    refuse: Refuse<'_>,
) -> Result<Vec<PolicyTest>, Error> {
    if node.is_null() {
        return Ok(Vec::new());
    }
    let items = node
        .items()
        .ok_or_else(|| refuse(node.place, "`policyTests` must be a list").hint(TEST_EXAMPLE))?;
    let tests = items.iter().map(|item| policy_test(item, file, refuse));
    tests.collect()
}

fn policy_test(node: &Node, file: &SourceFile, refuse: Refuse<'_>) -> Result<PolicyTest, Error> {
    let (mut policy, mut tags, mut wins) = (None, None, None);
    for (key, value, place) in fields(node, TEST_EXAMPLE, refuse)? {
        match key {
            "policy" => policy = Some((name(value, refuse)?, value.place)),
            "tags" => tags = Some(texts(value, refuse)?),
            "wins" => wins = Some((text(value, refuse)?, value.place)),
            _ => return Err(unknown("key", key, &TEST, place, refuse)),
        }
    }
    let lacks = |key: &str| {
        let message = format!("this test lacks `{key}`");
        refuse(node.place, &message).hint(TEST_EXAMPLE)
    };
    let (policy, place) = policy.ok_or_else(|| lacks("policy"))?;
    let tags = tags.ok_or_else(|| lacks("tags"))?;
    let (wins, wins_place) = wins.ok_or_else(|| lacks("wins"))?;
    let wins = (wins != NO_WINNER).then_some(wins);
    if let Some(tag) = wins.as_ref().filter(|tag| !tags.contains(tag)) {
        let error = refuse(wins_place, &format!("`{tag}` is none of the `tags`"));
        return Err(error.hint("`wins` is one of the tags, or `none`"));
    }
    Ok(PolicyTest {
        policy,
        tags,
        wins,
        location: file.location(place.span),
    })
}

/// Reads `namespace/name` or `namespace:name`.
fn name(node: &Node, refuse: Refuse<'_>) -> Result<ObjectRef, Error> {
    let text = text(node, refuse)?;
    let parts = text.split_once(['/', ':']);
    match parts.filter(|(namespace, name)| !namespace.is_empty() && !name.is_empty()) {
        Some((namespace, name)) if !name.contains(['/', ':']) => {
            Ok(ObjectRef::new(namespace, name))
        }
        _ => {
            let error = refuse(node.place, &format!("`{text}` is no name of a policy"));
            Err(error.hint("write namespace/name, such as `flux-system/app`"))
        }
    }
}

/// Reads a list of tags; a lone or absent one is none.
fn texts(node: &Node, refuse: Refuse<'_>) -> Result<Vec<String>, Error> {
    let items = node.items().filter(|items| !items.is_empty());
    let items = items
        .ok_or_else(|| refuse(node.place, "`tags` must be a list of tags").hint(TEST_EXAMPLE))?;
    items.iter().map(|item| text(item, refuse)).collect()
}

/// Reads a scalar as the text that is written: `1.10` is no number here.
fn text(node: &Node, refuse: Refuse<'_>) -> Result<String, Error> {
    let text = node.text().filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| refuse(node.place, "this must be a text").hint(TEST_EXAMPLE))?;
    Ok(text.to_owned())
}

/// Returns the keys and values of a mapping, with the places of the keys; an empty value has none.
fn fields<'n>(
    node: &'n Node,
    example: &str,
    refuse: Refuse<'_>,
) -> Result<Vec<(&'n str, &'n Node, Place)>, Error> {
    if node.is_null() {
        return Ok(Vec::new());
    }
    let Some(entries) = node.target().entries() else {
        return Err(refuse(node.place, "this must be a mapping").hint(example));
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
        let read = read(text, &KNOWN).unwrap().severities;
        assert_eq!(read["image/floating-tag"], None);
        assert_eq!(read["image/x"], Some(Severity::Warning));
    }

    #[test]
    fn reads_tests_of_policies_by_the_text() {
        let text = "policyTests:\n  - wins: 1.10\n    tags: [1.9, 1.10, 2026-01-01, 0x10, true, \"16\"]\n    policy: flux-system:app\n  - {policy: apps/web, tags: [latest], wins: none}\n";
        let tests = read(text, &KNOWN).unwrap().policy_tests;
        let [first, second] = tests.as_slice() else {
            panic!("{tests:?}")
        };
        assert_eq!(first.policy, ObjectRef::new("flux-system", "app"));
        assert_eq!(
            first.tags,
            ["1.9", "1.10", "2026-01-01", "0x10", "true", "16"]
        );
        assert_eq!(first.wins.as_deref(), Some("1.10"));
        assert_eq!((first.location.line, second.location.line), (4, 5));
        assert_eq!(second.wins, None);
    }

    #[test]
    fn suggests_the_setting_that_is_meant() {
        let hint = |text| read(text, &KNOWN).unwrap_err().hint.unwrap();
        assert!(hint("policy_tests: []\n").starts_with("did you mean `policyTests`?"));
        assert!(hint("rule: {}\n").starts_with("did you mean `rules`?"));
        assert_eq!(
            hint("x: {}\n"),
            "the settings are: rules, policyTests, nodes"
        );
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
            assert_eq!(read(text, &KNOWN).unwrap(), Settings::default(), "{text:?}");
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
            (
                "policyTests: x\n",
                ".homelab.yaml:1: `policyTests` must be a list",
            ),
            (
                "policyTests:\n  - policy: a/b\n    tag: [x]\n",
                ".homelab.yaml:3: no key is called `tag`",
            ),
            (
                "policyTests:\n  - policy: a/b\n    tags: [x]\n",
                ".homelab.yaml:2: this test lacks `wins`",
            ),
            (
                "policyTests:\n  - policy: a/b\n    tags: []\n",
                ".homelab.yaml:3: `tags` must be a list of tags",
            ),
            (
                "policyTests:\n  - policy: app\n",
                ".homelab.yaml:2: `app` is no name of a policy",
            ),
            (
                "policyTests:\n  - policy: a/b\n    tags: [x, [y]]\n",
                ".homelab.yaml:3: this must be a text",
            ),
            (
                "policyTests:\n  - policy: a/b\n    tags: [1.1]\n    wins: 1.10\n",
                ".homelab.yaml:4: `1.10` is none of the `tags`",
            ),
            ("- rules\n", ".homelab.yaml:1: this must be a mapping"),
            ("rules: off\n", ".homelab.yaml:1: this must be a mapping"),
            (
                "rules: {}\n---\nrules: {}\n",
                ".homelab.yaml:3: a second document",
            ),
        ] {
            let error = read(text, &KNOWN).unwrap_err();
            assert_eq!(error.message, message);
        }
        let broken = read("rules:\n  image/x: [\n", &KNOWN).unwrap_err();
        assert!(
            broken.message.starts_with(".homelab.yaml:"),
            "{}",
            broken.message
        );
    }
}
