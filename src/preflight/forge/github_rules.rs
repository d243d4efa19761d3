//! What GitHub says of rules for a branch: rulesets, and the older branch protection.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Answer;
use super::field::{flag, is_enabled, items, number, object, text};
use super::github::logins;
use crate::preflight::fact::Fact;
use crate::preflight::facts::{Blocker, Bypass, Effect, Role};

/// A rule of a ruleset that does something to pushed commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The ruleset, by its number.
    pub ruleset: Option<i64>,
    /// Who set it: `the organisation acme`, `the repository`.
    pub set_by: String,
    name: String,
    effect: Effect,
}

/// Who is let through by a ruleset, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruleset {
    name: Option<String>,
    keys: Bypass,
    user: Bypass,
}

/// Who pushes.
#[derive(Clone, Copy, Debug)]
pub struct Pusher<'p> {
    /// The user of the token.
    pub login: Option<&'p str>,
    /// The role of that user.
    pub role: Option<Role>,
}

/// Reads `GET /repos/OWNER/NAME/rules/branches/BRANCH`: the rules that are in force, of every ruleset. `is_new` tells
/// whether the branch has still to be made.
///
/// # Errors
/// The server does not tell.
pub fn rules(answer: &Answer, is_new: bool) -> Fact<Vec<Rule>> {
    let rule = |found: &Value| {
        let name = text(found, "type")?;
        let effect = effect(name, found.get("parameters"), is_new)?;
        Some(Rule {
            ruleset: number(found, "ruleset_id"),
            set_by: set_by(found),
            name: name.to_owned(),
            effect,
        })
    };
    answer.read(|list| Some(list.as_array()?.iter().filter_map(rule).collect()))
}

/// Reads `GET /repos/OWNER/NAME/rulesets/NUMBER`. Only administrators are told who is let through.
///
/// # Errors
/// The server does not tell.
pub fn ruleset(answer: &Answer) -> Fact<Ruleset> {
    answer.read(|found| {
        let actors = found.get("bypass_actors").and_then(Value::as_array);
        let lets_keys = |actor: &Value| text(actor, "actor_type") == Some("DeployKey");
        Some(Ruleset {
            name: text(found, "name").map(str::to_owned),
            keys: match actors {
                Some(actors) if actors.iter().any(lets_keys) => Bypass::Yes,
                Some(_) => Bypass::No,
                None => Bypass::Unknown,
            },
            user: match text(found, "current_user_can_bypass") {
                Some("always" | "exempt") => Bypass::Yes,
                Some("never" | "pull_requests_only") => Bypass::No,
                _ => Bypass::Unknown,
            },
        })
    })
}

/// Puts rules and what is known of their rulesets together.
pub fn blockers(rules: Vec<Rule>, rulesets: &BTreeMap<i64, Fact<Ruleset>>) -> Vec<Blocker> {
    let blocker = |rule: Rule| {
        let ruleset = rule.ruleset.and_then(|id| rulesets.get(&id)?.as_ref().ok());
        let name = ruleset.and_then(|ruleset| ruleset.name.as_deref());
        let source = match (name, rule.ruleset) {
            (Some(name), _) => format!("ruleset \"{name}\" of {}", rule.set_by),
            (None, Some(id)) => format!("ruleset {id} of {}", rule.set_by),
            (None, None) => format!("a ruleset of {}", rule.set_by),
        };
        Blocker {
            rule: rule.name,
            source,
            effect: rule.effect,
            bypass: ruleset.map_or(Bypass::Unknown, |ruleset| ruleset.keys),
            bypass_user: ruleset.map_or(Bypass::Unknown, |ruleset| ruleset.user),
        }
    };
    rules.into_iter().map(blocker).collect()
}

/// Reads `GET /repos/OWNER/NAME/branches/BRANCH/protection`.
///
/// # Errors
/// The server does not tell: it takes an administrator.
pub fn protection(answer: &Answer, pusher: Pusher<'_>) -> Fact<Vec<Blocker>> {
    // GitHub says 404 to those who may not look, too, with another message.
    if answer.status == 404 && answer.said().eq_ignore_ascii_case("branch not protected") {
        return Ok(Vec::new());
    }
    answer.read(|found| found.is_object().then(|| protected(found, pusher)))
}

/// What there is to say of a branch that is protected by something that these credentials may not see.
pub fn unseen() -> Blocker {
    Blocker {
        rule: "protection".to_owned(),
        source: "the branch protection".to_owned(),
        effect: Effect::Unknown,
        bypass: Bypass::Unknown,
        bypass_user: Bypass::Unknown,
    }
}

fn protected(found: &Value, pusher: Pusher<'_>) -> Vec<Blocker> {
    // Administrators are let through unless the protection says otherwise. GitHub's documentation likens deploy keys that
    // may write to administrators, but does not promise that they are let through.
    let enforced = is_enabled(found, "enforce_admins");
    let is_admin = pusher.role == Some(Role::Admin);
    let general = match pusher.role {
        Some(_) if is_admin && !enforced => Bypass::Yes,
        Some(_) => Bypass::No,
        None => Bypass::Unknown,
    };
    let keys = if enforced {
        Bypass::No
    } else {
        Bypass::Unknown
    };
    let listed = |list: Option<&Value>| {
        let list = list.into_iter().flat_map(|list| logins(list, "users"));
        list.into_iter().any(|login| Some(login) == pusher.login)
    };
    let user = |is_listed: bool| if is_listed { Bypass::Yes } else { general };
    let mut blockers = Vec::new();
    let mut add = |rule: &str, effect: Effect, bypass: Bypass, bypass_user: Bypass| {
        blockers.push(Blocker {
            rule: rule.to_owned(),
            source: "the branch protection".to_owned(),
            effect,
            bypass,
            bypass_user,
        });
    };
    if let Some(reviews) = object(found, "required_pull_request_reviews") {
        let listed = listed(object(reviews, "bypass_pull_request_allowances"));
        add("pull_request", Effect::Refuses, keys, user(listed));
    }
    if let Some(allowed) = object(found, "restrictions") {
        add(
            "restrictions",
            Effect::Refuses,
            Bypass::Unknown,
            user(listed(Some(allowed))),
        );
    }
    if object(found, "required_status_checks").is_some() {
        add("required_status_checks", Effect::NeedsChecks, keys, general);
    }
    if is_enabled(found, "required_signatures") {
        add("required_signatures", Effect::NeedsSignature, keys, general);
    }
    if is_enabled(found, "lock_branch") {
        add("lock_branch", Effect::Refuses, keys, general);
    }
    blockers
}

fn set_by(rule: &Value) -> String {
    let source = text(rule, "ruleset_source").unwrap_or_default();
    match text(rule, "ruleset_source_type") {
        Some("Organization") => format!("the organisation {source}"),
        Some("Enterprise") => format!("the enterprise {source}"),
        _ => "the repository".to_owned(),
    }
}

/// Returns what a rule does to commits that are pushed straight to the branch; none for rules that are about something else:
/// deletion, forced pushes, merges, reviews by a machine.
fn effect(name: &str, parameters: Option<&Value>, is_new: bool) -> Option<Effect> {
    let needs = |what: &str, write: &dyn Fn(&Value) -> String| {
        let written = parameters.map(write);
        let needs = |pattern| Effect::NeedsPattern(what.to_owned(), pattern);
        Some(written.map_or(Effect::Unknown, needs))
    };
    match name {
        "pull_request" | "update" | "merge_queue" => Some(Effect::Refuses),
        "creation" => is_new.then_some(Effect::Refuses),
        "required_signatures" => Some(Effect::NeedsSignature),
        "required_status_checks" | "required_deployments" | "workflows" | "code_scanning" => {
            Some(Effect::NeedsChecks)
        }
        "commit_message_pattern" => needs("the commit message", &pattern),
        "commit_author_email_pattern" => needs("the author's address", &pattern),
        "committer_email_pattern" => needs("the committer's address", &pattern),
        "branch_name_pattern" if is_new => needs("the name of the branch", &pattern),
        "file_path_restriction" => needs("the paths of the files", &paths),
        "branch_name_pattern"
        | "tag_name_pattern"
        | "deletion"
        | "non_fast_forward"
        | "required_linear_history"
        | "copilot_code_review"
        | "max_file_path_length"
        | "file_extension_restriction"
        | "max_file_size"
        | "license_compliance_scanning" => None,
        _ => Some(Effect::Unknown),
    }
}

/// Writes the paths that nobody may push to.
fn paths(parameters: &Value) -> String {
    let paths = items(parameters, "restricted_file_paths").filter_map(Value::as_str);
    format!("not {}", paths.collect::<Vec<_>>().join(", "))
}

/// Writes a pattern as its ruleset says it: `starts_with "fix:"`.
fn pattern(parameters: &Value) -> String {
    let not = match flag(parameters, "negate") {
        Some(true) => "not ",
        _ => "",
    };
    let operator = text(parameters, "operator").unwrap_or("matches");
    let pattern = text(parameters, "pattern").unwrap_or_default();
    format!("{not}{} \"{pattern}\"", operator.replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn effects(is_new: bool) -> Vec<String> {
        let pattern = json!({"operator": "regex", "pattern": "^fix", "negate": true});
        let paths = json!({"restricted_file_paths": ["clusters/**", "infra/*"]});
        let rules = json!([
            {"type": "creation"},
            {"type": "update"},
            {"type": "required_linear_history"},
            {"type": "workflows", "parameters": {}},
            {"type": "branch_name_pattern", "parameters": pattern},
            {"type": "commit_author_email_pattern", "parameters": pattern},
            {"type": "committer_email_pattern"},
            {"type": "file_path_restriction", "parameters": paths},
            {"type": 7},
            "no rule",
        ]);
        let answer = Answer {
            status: 200,
            body: rules.to_string().into_bytes(),
            ..Answer::default()
        };
        let rules = rules_of(&answer, is_new);
        let shown = |rule: &Rule| format!("{}: {:?}", rule.name, rule.effect);
        rules.iter().map(shown).collect()
    }

    fn rules_of(answer: &Answer, is_new: bool) -> Vec<Rule> {
        rules(answer, is_new).unwrap()
    }

    #[test]
    fn only_what_stops_a_push_counts() {
        let old = [
            "update: Refuses",
            "workflows: NeedsChecks",
            "commit_author_email_pattern: NeedsPattern(\"the author's address\", \"not regex \\\"^fix\\\"\")",
            "committer_email_pattern: Unknown",
            "file_path_restriction: NeedsPattern(\"the paths of the files\", \"not clusters/**, infra/*\")",
        ];
        assert_eq!(effects(false), old);
        let new = effects(true);
        assert_eq!(new.len(), old.len() + 2);
        assert_eq!(new[0], "creation: Refuses");
    }
}
