//! What GitHub answers (REST API, version 2022-11-28).

use serde_json::Value;

use super::Answer;
use super::field::{flag, items, number, text};
use super::moment::moment;
use crate::preflight::fact::Fact;
use crate::preflight::facts::{
    BranchFacts, DeployKey, OwnerFacts, PublicKey, RemoteRepository, Role,
};

/// Reads `GET /user`: the login.
///
/// # Errors
/// The token is refused.
pub fn login(answer: &Answer) -> Fact<String> {
    answer.read(|user| text(user, "login").map(str::to_owned))
}

/// Returns what a classic or OAuth token may do. GitHub says it of those only.
pub fn scopes(answer: &Answer) -> Option<Vec<String>> {
    let list = answer.header("x-oauth-scopes")?;
    let words = list.split(',').map(str::trim);
    Some(words.filter(|w| !w.is_empty()).map(str::to_owned).collect())
}

/// Returns when the token expires.
pub fn expires(answer: &Answer) -> Option<i64> {
    moment(answer.header("github-authentication-token-expiration")?)
}

/// Reads `GET /users/NAME`, which answers for organisations too.
///
/// # Errors
/// There is no such account, or the server does not tell.
pub fn owner(answer: &Answer) -> Fact<OwnerFacts> {
    answer.read(account)
}

/// Reads `GET /repos/OWNER/NAME`. That a repository has no commit is not to be seen here: its size is counted by the hour.
///
/// # Errors
/// The server does not tell.
pub fn repository(answer: &Answer) -> Fact<Option<RemoteRepository>> {
    answer.read_if_there(|found| {
        let owner = found.get("owner").and_then(account);
        Some(RemoteRepository {
            full_name: text(found, "full_name")?.to_owned(),
            owner_is_organisation: owner.map(|owner| owner.is_organisation),
            default_branch: text(found, "default_branch").map(str::to_owned),
            is_private: flag(found, "private")?,
            is_archived: flag(found, "archived").unwrap_or(false),
            is_disabled: flag(found, "disabled").unwrap_or(false),
            is_empty: false,
            role: found.get("permissions").and_then(role),
        })
    })
}

/// Reads one page of `GET /repos/OWNER/NAME/keys`.
///
/// # Errors
/// The server does not tell.
pub fn keys(answer: &Answer) -> Fact<Vec<DeployKey>> {
    answer.read(|list| list.as_array()?.iter().map(key).collect())
}

/// Reads `GET /repos/OWNER/NAME/branches/BRANCH`.
///
/// # Errors
/// The server does not tell.
pub fn branch(answer: &Answer) -> Fact<Option<BranchFacts>> {
    answer.read_if_there(|branch| {
        let commit = branch.get("commit");
        Some(BranchFacts {
            head: commit
                .and_then(|commit| text(commit, "sha"))
                .map(str::to_owned),
            is_protected: flag(branch, "protected")?,
        })
    })
}

/// Tells from `GET /repos/OWNER/NAME/commits` whether there is none: 409 says that.
pub fn is_empty(answer: &Answer) -> bool {
    answer.status == 409
}

fn account(found: &Value) -> Option<OwnerFacts> {
    Some(OwnerFacts {
        login: text(found, "login")?.to_owned(),
        is_organisation: text(found, "type")? == "Organization",
    })
}

fn role(permissions: &Value) -> Option<Role> {
    let roles = [
        ("admin", Role::Admin),
        ("maintain", Role::Maintain),
        ("push", Role::Write),
        ("pull", Role::Read),
    ];
    let held = roles
        .iter()
        .find(|(name, _)| flag(permissions, name) == Some(true));
    let any = permissions.as_object()?;
    (!any.is_empty()).then(|| held.map_or(Role::None, |(_, role)| *role))
}

fn key(found: &Value) -> Option<DeployKey> {
    let time = |name: &str| moment(text(found, name)?);
    Some(DeployKey {
        id: number(found, "id")?.to_string(),
        title: text(found, "title").unwrap_or_default().to_owned(),
        key: text(found, "key").and_then(PublicKey::parse),
        is_read_only: flag(found, "read_only"),
        is_enabled: flag(found, "enabled"),
        is_verified: flag(found, "verified"),
        last_used: time("last_used"),
        created: time("created_at"),
    })
}

/// Returns the logins of a list of accounts.
pub(super) fn logins<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v str> {
    items(value, name).filter_map(|account| text(account, "login"))
}
