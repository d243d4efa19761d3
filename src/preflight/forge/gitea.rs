//! What Gitea and Forgejo answer (API v1; recorded from Gitea 1.26).

use serde_json::Value;

use super::Answer;
use super::field::{flag, number, text};
use super::moment::moment;
use crate::preflight::fact::{Fact, Why};
use crate::preflight::facts::{
    Blocker, BranchFacts, Bypass, DeployKey, Effect, OwnerFacts, PublicKey, RemoteRepository, Role,
};

/// A branch, and which rule protects it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// What all servers say.
    pub facts: BranchFacts,
    /// The rule, by its name, which may be a pattern.
    pub rule: Option<String>,
    /// Whether the user of the token may push to it.
    pub user_can_push: Option<bool>,
}

/// Reads `GET /user`: the login.
///
/// # Errors
/// The token is refused, or lacks `read:user`.
pub fn login(answer: &Answer) -> Fact<String> {
    answer.read(|user| text(user, "login").map(str::to_owned))
}

/// Returns the scopes that a refusal names: `..., required=[read:notification], token scope=write:repository,read:user`.
/// There is no question that lists them.
pub fn scopes(answer: &Answer) -> Option<Vec<String>> {
    if answer.status != 403 {
        return None;
    }
    let said = answer.said();
    let (_, list) = said.split_once("token scope=")?;
    Some(
        list.split(',')
            .map(|scope| scope.trim().to_owned())
            .collect(),
    )
}

/// Reads `GET /orgs/NAME`, and where that is 404 `GET /users/NAME`, which knows organisations, too.
///
/// # Errors
/// There is no such account, or the token lacks `read:organization` or `read:user`.
pub fn owner(organisation: &Answer, user: &Answer) -> Fact<OwnerFacts> {
    let read = |answer: &Answer, names: [&str; 2], is_organisation: bool| {
        answer.read(|found| {
            let login = names.iter().find_map(|name| text(found, name))?;
            Some(OwnerFacts {
                login: login.to_owned(),
                is_organisation,
            })
        })
    };
    match read(organisation, ["username", "name"], true) {
        Err(why) if why.why == Why::NotFound => read(user, ["login", "username"], false),
        found => found,
    }
}

/// Reads `GET /repos/OWNER/NAME`; the role is that of the user, whatever the token may do.
///
/// # Errors
/// The token lacks `read:repository`, or the server does not tell.
pub fn repository(answer: &Answer) -> Fact<Option<RemoteRepository>> {
    answer.read_if_there(|found| {
        let permissions = found.get("permissions");
        Some(RemoteRepository {
            full_name: text(found, "full_name")?.to_owned(),
            owner_is_organisation: None,
            default_branch: text(found, "default_branch").map(str::to_owned),
            is_private: flag(found, "private")?,
            is_archived: flag(found, "archived").unwrap_or(false),
            is_disabled: false,
            is_empty: flag(found, "empty").unwrap_or(false),
            role: permissions.and_then(role),
        })
    })
}

/// Reads one page of `GET /repos/OWNER/NAME/keys`.
///
/// # Errors
/// The user is no administrator of the repository, or the server does not tell.
pub fn keys(answer: &Answer) -> Fact<Vec<DeployKey>> {
    answer.read(|list| list.as_array()?.iter().map(key).collect())
}

/// Returns how many there are on all pages.
pub fn total(answer: &Answer) -> Option<usize> {
    answer.header("x-total-count")?.parse().ok()
}

/// Reads `GET /repos/OWNER/NAME/branches/BRANCH`.
///
/// # Errors
/// The server does not tell.
pub fn branch(answer: &Answer) -> Fact<Option<Branch>> {
    answer.read_if_there(|branch| {
        let commit = branch.get("commit");
        let rule = text(branch, "effective_branch_protection_name");
        Some(Branch {
            facts: BranchFacts {
                head: commit
                    .and_then(|commit| text(commit, "id"))
                    .map(str::to_owned),
                is_protected: flag(branch, "protected")?,
            },
            rule: rule.filter(|rule| !rule.is_empty()).map(str::to_owned),
            user_can_push: flag(branch, "user_can_push"),
        })
    })
}

/// Reads `GET /repos/OWNER/NAME/branch_protections`: what the rule of a branch does to commits that are pushed.
///
/// # Errors
/// The user is no administrator of the repository, or the server does not tell.
pub fn protection(answer: &Answer, branch: &Branch) -> Fact<Vec<Blocker>> {
    let name = branch.rule.as_deref();
    answer.read(|list| {
        let mut rules = list.as_array()?.iter();
        let is_it = |rule: &&Value| text(rule, "rule_name") == name;
        Some(
            rules
                .find(is_it)
                .map_or_else(Vec::new, |rule| protected(rule, branch)),
        )
    })
}

/// A deploy key may push if `enable_push`, and, with a list of those who may, if that has deploy keys. What is refused is
/// refused to administrators, too.
fn protected(rule: &Value, branch: &Branch) -> Vec<Blocker> {
    let is_on = |name: &str| flag(rule, name) == Some(true);
    let user = match branch.user_can_push {
        Some(true) => Bypass::Yes,
        Some(false) => Bypass::No,
        None => Bypass::Unknown,
    };
    let name = text(rule, "rule_name").unwrap_or_default();
    let blocker = |what: &str, effect: Effect, bypass: Bypass, bypass_user: Bypass| Blocker {
        rule: what.to_owned(),
        source: format!("the branch protection \"{name}\""),
        effect,
        bypass,
        bypass_user,
    };
    let mut found = Vec::new();
    if !is_on("enable_push") {
        found.push(blocker(
            "push is disabled",
            Effect::Refuses,
            Bypass::No,
            user,
        ));
    } else if is_on("enable_push_whitelist") {
        let keys = match is_on("push_whitelist_deploy_keys") {
            true => Bypass::Yes,
            false => Bypass::No,
        };
        found.push(blocker("push is for a list", Effect::Refuses, keys, user));
    }
    if is_on("require_signed_commits") {
        found.push(blocker(
            "signed commits",
            Effect::NeedsSignature,
            Bypass::No,
            Bypass::No,
        ));
    }
    let files = text(rule, "protected_file_patterns").filter(|files| !files.is_empty());
    if let Some(files) = files {
        let effect =
            Effect::NeedsPattern("the paths of the files".to_owned(), format!("not {files}"));
        found.push(blocker("protected files", effect, Bypass::No, Bypass::No));
    }
    found
}

fn role(permissions: &Value) -> Option<Role> {
    let is_on = |name: &str| flag(permissions, name);
    Some(match (is_on("admin")?, is_on("push")?, is_on("pull")?) {
        (true, ..) => Role::Admin,
        (_, true, _) => Role::Write,
        (.., true) => Role::Read,
        _ => Role::None,
    })
}

fn key(found: &Value) -> Option<DeployKey> {
    Some(DeployKey {
        id: number(found, "id")?.to_string(),
        title: text(found, "title").unwrap_or_default().to_owned(),
        key: text(found, "key").and_then(PublicKey::parse),
        is_read_only: flag(found, "read_only"),
        is_enabled: None,
        is_verified: None,
        last_used: None,
        created: text(found, "created_at").and_then(moment),
    })
}
