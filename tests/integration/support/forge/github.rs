//! GitHub on loopback, shaped by its published description. At first all is well for the user `me` and `me/home`.

use base64::Engine;
use serde_json::{Value, json};

use super::schema::filled;
use super::{Reply, Server, TOKEN};

/// Where the API of a server of one's own is.
pub const API: &str = "/api/v3";
/// The repository.
pub const REPOSITORY: &str = "/api/v3/repos/me/home";
/// A public key.
pub const KEY: &str =
    "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBA==";

/// Starts a server that takes [`TOKEN`], and anybody without one.
pub fn start() -> Server {
    start_for(TOKEN)
}

/// Starts a server that takes one token.
pub fn start_for(token: &str) -> Server {
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("git:{token}"));
    let values = vec![format!("Bearer {token}"), format!("Basic {basic}")];
    let not_found = error(404, "Not Found");
    let server = Server::start(
        not_found,
        Some(("authorization", values, error(401, "Bad credentials"))),
    );
    let scopes = "read:org, repo";
    server
        .on(
            &format!("{API}/user"),
            Reply::json(200, &user()).header("X-OAuth-Scopes", scopes),
        )
        .on(
            &format!("{API}/users/me"),
            Reply::json(200, &account("me", "User")),
        )
        .on(REPOSITORY, Reply::json(200, &repository("me/home", "User")))
        .on(&format!("{REPOSITORY}/keys"), Reply::json(200, &json!([])))
        .on(
            &format!("{REPOSITORY}/branches/main"),
            Reply::json(200, &branch("main", false)),
        )
        .on(
            &format!("{REPOSITORY}/rules/branches/main"),
            Reply::json(200, &json!([])),
        )
        .on("/me/home.git/info/refs", receive_pack());
    server
}

/// What git advertises to those who may push.
pub fn receive_pack() -> Reply {
    let head = "0123456789abcdef0123456789abcdef01234567 refs/heads/main\0report-status\n";
    let line = format!("{:04x}{head}", head.len() + 4);
    Reply::raw(
        200,
        format!("001f# service=git-receive-pack\n0000{line}0000"),
    )
    .header(
        "Content-Type",
        "application/x-git-receive-pack-advertisement",
    )
}

/// A refusal.
pub fn error(status: u16, message: &str) -> Reply {
    let page = "https://docs.github.com/rest";
    let body = json!({"message": message, "documentation_url": page, "status": status.to_string()});
    Reply::json(status, &body)
}

/// `GET /user`.
pub fn user() -> Value {
    filled(
        "private-user",
        json!({"login": "me", "type": "User", "name": null}),
    )
}

/// `GET /users/NAME`.
pub fn account(login: &str, kind: &str) -> Value {
    filled("public-user", json!({"login": login, "type": kind}))
}

/// `GET /repos/OWNER/NAME`.
pub fn repository(full_name: &str, kind: &str) -> Value {
    let (owner, name) = full_name.split_once('/').unwrap();
    let permissions =
        json!({"admin": true, "maintain": true, "push": true, "triage": true, "pull": true});
    filled(
        "full-repository",
        json!({
            "name": name,
            "full_name": full_name,
            "owner": filled("simple-user", json!({"login": owner, "type": kind})),
            "private": true,
            "default_branch": "main",
            "permissions": permissions,
            "size": 12,
        }),
    )
}

/// One of `GET /repos/OWNER/NAME/keys`.
pub fn key(id: u32, title: &str, key: &str, read_only: bool) -> Value {
    filled(
        "deploy-key",
        json!({
            "id": id,
            "key": key,
            "title": title,
            "verified": true,
            "created_at": "2026-05-01T08:00:00Z",
            "read_only": read_only,
            "added_by": "me",
            "last_used": "2026-11-20T20:00:00Z",
            "enabled": true,
        }),
    )
}

/// `GET /repos/OWNER/NAME/branches/BRANCH`.
pub fn branch(name: &str, protected: bool) -> Value {
    let sha = "0123456789abcdef0123456789abcdef01234567";
    filled(
        "branch-with-protection",
        json!({
            "name": name,
            "commit": filled("commit", json!({"sha": sha})),
            "protected": protected,
        }),
    )
}

/// One of `GET /repos/OWNER/NAME/rules/branches/BRANCH`.
pub fn rule(kind: &str, ruleset: u32, parameters: Option<Value>) -> Value {
    let mut rule = json!({
        "type": kind,
        "ruleset_source_type": "Repository",
        "ruleset_source": "me/home",
        "ruleset_id": ruleset,
    });
    if let Some(parameters) = parameters {
        rule["parameters"] = parameters;
    }
    rule
}

/// `GET /repos/OWNER/NAME/rulesets/NUMBER`, as an administrator sees it.
pub fn ruleset(id: u32, name: &str, actors: &[&str], user: &str) -> Value {
    let actors: Vec<_> = actors
        .iter()
        .map(|kind| json!({"actor_type": kind, "actor_id": null, "bypass_mode": "always"}))
        .collect();
    filled(
        "repository-ruleset",
        json!({
            "id": id,
            "name": name,
            "target": "branch",
            "source_type": "Repository",
            "source": "me/home",
            "enforcement": "active",
            "bypass_actors": actors,
            "current_user_can_bypass": user,
        }),
    )
}

/// `GET /repos/OWNER/NAME/branches/BRANCH/protection`.
pub fn protection(ours: Value) -> Value {
    filled("branch-protection", ours)
}
