//! What GitLab answers (API v4).

use serde_json::Value;

use super::Answer;
use super::field::{flag, items, number, object, text};
use super::moment::moment;
use crate::preflight::fact::{Fact, Why};
use crate::preflight::facts::{
    Blocker, BranchFacts, Bypass, DeployKey, Effect, OwnerFacts, PublicKey, RemoteRepository, Role,
};

/// A branch, and whether the user of the token may push to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// What all servers say.
    pub facts: BranchFacts,
    /// `can_push`.
    pub user_can_push: Option<bool>,
}

/// Reads `GET /user`: the name of the user, or of the bot of a project or group token.
///
/// # Errors
/// The token is refused, or lacks `api` or `read_user`.
pub fn login(answer: &Answer) -> Fact<String> {
    answer.read(|user| text(user, "username").map(str::to_owned))
}

/// Reads the scopes from `GET /personal_access_tokens/self`.
pub fn scopes(answer: &Answer) -> Option<Vec<String>> {
    let read = |token: &Value| {
        let scopes = items(token, "scopes").filter_map(Value::as_str);
        Some(scopes.map(str::to_owned).collect())
    };
    answer.read(read).ok()
}

/// Reads the end from `GET /personal_access_tokens/self`: the beginning of that day, in UTC.
pub fn expires(answer: &Answer) -> Option<i64> {
    let read = |token: &Value| text(token, "expires_at").and_then(moment);
    answer.read(read).ok()
}

/// Reads `GET /groups/PATH`, and where that is 404 `GET /users?username=NAME`.
///
/// # Errors
/// There is neither, or the server does not tell.
pub fn owner(group: &Answer, users: &Answer) -> Fact<OwnerFacts> {
    let owner = |login: &str, is_organisation| OwnerFacts {
        login: login.to_owned(),
        is_organisation,
    };
    let group = group.read(|group| Some(owner(text(group, "full_path")?, true)));
    let not_found = match group {
        Err(why) if why.why == Why::NotFound => why,
        found => return found,
    };
    let user = users.read(|list| {
        let first = list.as_array()?.first();
        Some(first.and_then(|user| Some(owner(text(user, "username")?, false))))
    });
    user?.ok_or(not_found)
}

/// Reads `GET /projects/PATH`.
///
/// # Errors
/// The server does not tell.
pub fn repository(answer: &Answer) -> Fact<Option<RemoteRepository>> {
    answer.read_if_there(|found| {
        let namespace = object(found, "namespace");
        let kind = namespace.and_then(|namespace| text(namespace, "kind"));
        Some(RemoteRepository {
            full_name: text(found, "path_with_namespace")?.to_owned(),
            owner_is_organisation: kind.map(|kind| kind == "group"),
            default_branch: text(found, "default_branch").map(str::to_owned),
            is_private: text(found, "visibility").is_none_or(|visibility| visibility != "public"),
            is_archived: flag(found, "archived").unwrap_or(false),
            is_disabled: false,
            is_empty: flag(found, "empty_repo").unwrap_or(false),
            role: object(found, "permissions").map(role),
        })
    })
}

/// Reads one page of `GET /projects/PATH/deploy_keys`.
///
/// # Errors
/// The user is no Maintainer, or the server does not tell.
pub fn keys(answer: &Answer) -> Fact<Vec<DeployKey>> {
    answer.read(|list| list.as_array()?.iter().map(key).collect())
}

/// Reads `GET /projects/PATH/repository/branches/BRANCH`.
///
/// # Errors
/// The server does not tell.
pub fn branch(answer: &Answer) -> Fact<Option<Branch>> {
    answer.read_if_there(|branch| {
        let commit = branch.get("commit");
        Some(Branch {
            facts: BranchFacts {
                head: commit
                    .and_then(|commit| text(commit, "id"))
                    .map(str::to_owned),
                is_protected: flag(branch, "protected")?,
            },
            user_can_push: flag(branch, "can_push"),
        })
    })
}

/// Reads `GET /projects/PATH/protected_branches`: what stands in the way on a branch. `key` is the number of the deploy key
/// of the cluster: one may push only if it is on the list.
///
/// # Errors
/// The server does not tell.
pub fn protection(
    answer: &Answer,
    name: &str,
    branch: &Branch,
    key: Option<&str>,
) -> Fact<Vec<Blocker>> {
    let user = match branch.user_can_push {
        Some(true) => Bypass::Yes,
        Some(false) => Bypass::No,
        None => Bypass::Unknown,
    };
    let blocker = |rule: &Value| {
        let pattern = text(rule, "name").unwrap_or_default();
        let listed = |level: &Value| {
            let id = number(level, "deploy_key_id").map(|id| id.to_string());
            id.is_some() && id.as_deref() == key
        };
        let is_listed = items(rule, "push_access_levels").any(listed);
        Blocker {
            rule: format!("push is for {}", pushers(rule)),
            source: format!("the protected branch \"{pattern}\""),
            effect: Effect::Refuses,
            bypass: if is_listed { Bypass::Yes } else { Bypass::No },
            bypass_user: user,
        }
    };
    answer.read(|list| {
        let rules = list.as_array()?.iter();
        let is_about = |rule: &&Value| text(rule, "name").is_some_and(|rule| matches(rule, name));
        Some(rules.filter(is_about).map(blocker).collect())
    })
}

/// Says who may push, as the server describes it.
fn pushers(rule: &Value) -> String {
    let levels = items(rule, "push_access_levels");
    let names = levels.filter_map(|level| text(level, "access_level_description"));
    let names: Vec<_> = names.collect();
    match names.as_slice() {
        [] => "nobody".to_owned(),
        names => names.join(", "),
    }
}

/// Tells whether a name fits a pattern, in which `*` stands for anything.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The higher of the levels in the project and in its group (10 Guest, 20 Reporter, 30 Developer, 40 Maintainer, 50 Owner).
fn role(permissions: &Value) -> Role {
    let level = |name: &str| number(object(permissions, name)?, "access_level");
    let level = level("project_access").max(level("group_access"));
    match level.unwrap_or(0) {
        50.. => Role::Admin,
        40..50 => Role::Maintain,
        30..40 => Role::Write,
        1..30 => Role::Read,
        _ => Role::None,
    }
}

fn key(found: &Value) -> Option<DeployKey> {
    let time = |name: &str| moment(text(found, name)?);
    Some(DeployKey {
        id: number(found, "id")?.to_string(),
        title: text(found, "title").unwrap_or_default().to_owned(),
        key: text(found, "key").and_then(PublicKey::parse),
        is_read_only: flag(found, "can_push").map(|can_push| !can_push),
        is_enabled: None,
        is_verified: None,
        last_used: time("last_used_at"),
        created: time("created_at"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, name, expected) in [
            ("main", "main", true),
            ("main", "main2", false),
            ("*", "main", true),
            ("ma*", "main", true),
            ("*-stable", "a-stable", true),
            ("*-stable", "stable", false),
            ("release/*/x*", "release/1/x", true),
            ("release/*/x*", "release/1/y", false),
            ("", "main", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
