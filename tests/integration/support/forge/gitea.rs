//! Gitea on loopback, as Gitea 1.26 was seen to answer. At first all is well for the user `ada` and `ada/homelab`.

use base64::Engine;
use serde_json::{Value, json};

use super::{Reply, Server};

/// The token that it takes.
pub const TOKEN: &str = "5ec2e700000000000000000000000000005ec2e7";
/// The repository.
pub const REPOSITORY: &str = "/api/v1/repos/ada/homelab";

/// Starts a server that takes [`TOKEN`].
pub fn start() -> Server {
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("git:{TOKEN}"));
    let values = vec![format!("token {TOKEN}"), format!("Basic {basic}")];
    let refusal = error(401, "invalid username, password or token");
    let server = Server::start(
        error(404, "not found"),
        Some(("authorization", values, refusal)),
    );
    for (path, reply) in replies() {
        server.on(&path, reply);
    }
    server
}

/// What it answers at first, by path.
pub fn replies() -> Vec<(String, Reply)> {
    let scopes = "write:repository,read:user,read:organization";
    let reply = |path: &str, reply: Reply| (path.to_owned(), reply);
    let below = |path: &str, reply: Reply| (format!("{REPOSITORY}{path}"), reply);
    vec![
        reply("/api/v1/user", Reply::json(200, &user("ada"))),
        reply("/api/v1/users/ada", Reply::json(200, &user("ada"))),
        reply(
            "/api/v1/notifications/new",
            missing_scope("read:notification", scopes),
        ),
        below("", Reply::json(200, &repository())),
        below("/keys", keys(&[])),
        below("/branches/main", Reply::json(200, &branch("", true))),
        below("/branch_protections", Reply::json(200, &json!([]))),
        reply("/ada/homelab.git/info/refs", super::github::receive_pack()),
    ]
}

/// A refusal.
pub fn error(status: u16, message: &str) -> Reply {
    let url = "http://127.0.0.1/api/swagger";
    Reply::json(status, &json!({"message": message, "url": url}))
}

/// What is said to a token without a scope.
pub fn missing_scope(required: &str, has: &str) -> Reply {
    let what = "token does not have at least one of required scope(s)";
    error(
        403,
        &format!("{what}, required=[{required}], token scope={has}"),
    )
}

fn user(login: &str) -> Value {
    json!({"id": 1, "login": login, "username": login, "full_name": "", "is_admin": false, "active": true})
}

/// `GET /repos/OWNER/NAME`.
pub fn repository() -> Value {
    json!({
        "id": 1,
        "owner": user("ada"),
        "name": "homelab",
        "full_name": "ada/homelab",
        "empty": false,
        "private": true,
        "default_branch": "main",
        "archived": false,
        "permissions": {"admin": true, "push": true, "pull": true},
        "ssh_url": "ssh://git@127.0.0.1:2222/ada/homelab.git",
    })
}

/// One page of `GET /repos/OWNER/NAME/keys`.
pub fn keys(all: &[(u32, &str, bool)]) -> Reply {
    let key = |(id, title, read_only): &(u32, &str, bool)| {
        json!({
            "id": id,
            "key_id": id,
            "key": super::github::KEY,
            "title": title,
            "fingerprint": "SHA256:u3Ky3o9Tt1JeSqKqLbSxgLT8u0h0Lrb49nWRz8Djd5g",
            "created_at": "2026-11-21T20:10:15Z",
            "read_only": read_only,
        })
    };
    let keys: Vec<_> = all.iter().map(key).collect();
    Reply::json(200, &keys.into())
}

/// `GET /repos/OWNER/NAME/branches/BRANCH`.
pub fn branch(rule: &str, user_can_push: bool) -> Value {
    json!({
        "name": "main",
        "commit": {"id": "a2f3fc7dd34e746b5a1c4c4cf0807500772e733b", "message": "Initial commit\n"},
        "protected": !rule.is_empty(),
        "required_approvals": 0,
        "enable_status_check": false,
        "status_check_contexts": null,
        "user_can_push": user_can_push,
        "user_can_merge": true,
        "effective_branch_protection_name": rule,
    })
}

/// One of `GET /repos/OWNER/NAME/branch_protections`.
pub fn protection(name: &str, ours: Value) -> Value {
    let mut rule = json!({
        "rule_name": name,
        "branch_name": "",
        "enable_push": false,
        "enable_push_whitelist": false,
        "push_whitelist_usernames": [],
        "push_whitelist_teams": [],
        "push_whitelist_deploy_keys": false,
        "require_signed_commits": false,
        "protected_file_patterns": "",
    });
    let fields = rule.as_object_mut().unwrap();
    fields.extend(ours.as_object().unwrap().clone());
    rule
}
