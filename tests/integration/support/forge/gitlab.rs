//! GitLab on loopback, as its documentation says it answers. At first all is well for the user `me` and `team/infra/home`.

use serde_json::{Value, json};

use super::{Reply, Server};

/// The token that it takes.
pub const TOKEN: &str = "glpat-s3cretS3cretS3cret";
/// The repository.
pub const PROJECT: &str = "/api/v4/projects/team%2Finfra%2Fhome";
/// Who that token is.
pub const SELF: &str = "/api/v4/personal_access_tokens/self";

/// Starts a server that takes [`TOKEN`].
pub fn start() -> Server {
    let refusal = Reply::json(401, &json!({"message": "401 Unauthorized"}));
    let not_found = Reply::json(404, &json!({"message": "404 Project Not Found"}));
    let wanted = ("private-token", vec![TOKEN.to_owned()], refusal);
    let server = Server::start(not_found, Some(wanted));
    let user = json!({"id": 1, "username": "me", "name": "Me", "state": "active", "bot": false});
    let group =
        json!({"id": 7, "path": "infra", "full_path": "team/infra", "visibility": "private"});
    server
        .on("/api/v4/user", Reply::json(200, &user))
        .on(
            SELF,
            Reply::json(200, &access_token(&["api"], Some("2027-06-01"))),
        )
        .on("/api/v4/groups/team%2Finfra", Reply::json(200, &group))
        .on("/api/v4/users", Reply::json(200, &json!([])))
        .on(PROJECT, Reply::json(200, &project(40)))
        .on(
            &format!("{PROJECT}/deploy_keys"),
            Reply::json(200, &json!([])),
        )
        .on(
            &format!("{PROJECT}/repository/branches/main"),
            Reply::json(200, &branch(false, true)),
        )
        .on(
            "/team/infra/home.git/info/refs",
            super::github::receive_pack(),
        );
    server
}

/// `GET /personal_access_tokens/self`.
pub fn access_token(scopes: &[&str], expires: Option<&str>) -> Value {
    json!({
        "id": 4,
        "name": "flux",
        "revoked": false,
        "created_at": "2026-06-01T00:00:00.000Z",
        "scopes": scopes,
        "user_id": 1,
        "last_used_at": "2026-11-20T00:00:00.000Z",
        "active": true,
        "expires_at": expires,
    })
}

/// `GET /projects/PATH`; the level is that of the group.
pub fn project(level: u32) -> Value {
    json!({
        "id": 3,
        "path_with_namespace": "team/infra/home",
        "namespace": {"id": 7, "kind": "group", "full_path": "team/infra"},
        "default_branch": "main",
        "visibility": "private",
        "archived": false,
        "empty_repo": false,
        "permissions": {
            "project_access": null,
            "group_access": {"access_level": level, "notification_level": 3},
        },
    })
}

/// One of `GET /projects/PATH/deploy_keys`.
pub fn key(id: u32, title: &str, can_push: bool) -> Value {
    json!({
        "id": id,
        "title": title,
        "key": format!("{} me@desk", super::github::KEY),
        "fingerprint_sha256": "SHA256:u3Ky3o9Tt1JeSqKqLbSxgLT8u0h0Lrb49nWRz8Djd5g",
        "created_at": "2026-05-02T10:00:00.000Z",
        "expires_at": null,
        "can_push": can_push,
    })
}

/// `GET /projects/PATH/repository/branches/BRANCH`.
pub fn branch(protected: bool, can_push: bool) -> Value {
    json!({
        "name": "main",
        "commit": {"id": "7b5c3cc8be40ee161ae89a06bba6229da1032a0c"},
        "protected": protected,
        "developers_can_push": false,
        "developers_can_merge": false,
        "can_push": can_push,
        "default": true,
    })
}

/// One of `GET /projects/PATH/protected_branches`.
pub fn protected(name: &str, keys: &[u32]) -> Value {
    let maintainers = json!({
        "id": 1,
        "access_level": 40,
        "access_level_description": "Maintainers",
        "deploy_key_id": null,
        "user_id": null,
        "group_id": null,
    });
    let key = |id: &u32| {
        json!({
            "id": 2,
            "access_level": 40,
            "access_level_description": "flux",
            "deploy_key_id": id,
            "user_id": null,
            "group_id": null,
        })
    };
    let levels: Vec<Value> = std::iter::once(maintainers)
        .chain(keys.iter().map(key))
        .collect();
    json!({"id": 1, "name": name, "push_access_levels": levels, "allow_force_push": false})
}
