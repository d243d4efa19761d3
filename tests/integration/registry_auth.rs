//! What registries learn about who asks, and what nobody else may.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use homelab::adapter::registry::{Access, Credentials, Options, RegistryClient};
use homelab::adapter::runtime::block_on;
use serde_json::{Value, json};
use wiremock::matchers::{body_string_contains, header, header_exists, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::registry::{options, reference, shown, tags, with_docker_file};

const LIST: &str = "/v2/team/app/tags/list";
const SECRET: &str = "hunter2-and-more";

fn ok() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"tags": ["1"]}))
}

fn challenge(text: &str) -> ResponseTemplate {
    ResponseTemplate::new(401)
        .insert_header("www-authenticate", text)
        .set_body_json(json!({"errors": [{"code": "UNAUTHORIZED", "message": SECRET}]}))
}

fn basic(user: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{SECRET}")))
}

/// Docker's file with one account for a server.
fn account(uri: &str) -> String {
    let auth = STANDARD.encode(format!("me:{SECRET}"));
    json!({"auths": {uri.trim_start_matches("http://"): {"auth": auth}}}).to_string()
}

/// Mounts a registry that takes the token `T` and sends for it to `realm`.
async fn guarded(registry: &MockServer, realm: &str) {
    let list = || Mock::given(method("GET")).and(path(LIST));
    list()
        .and(header("authorization", "Bearer T"))
        .respond_with(ok())
        .mount(registry)
        .await;
    let text = format!(
        r#"Bearer realm="{realm}/token",service="s, with comma",scope="repository:team/app:pull""#
    );
    list().respond_with(challenge(&text)).mount(registry).await;
}

async fn saw_secret(server: &MockServer) -> bool {
    let seen = server.received_requests().await.unwrap();
    seen.iter()
        .any(|request| request.headers.contains_key("authorization"))
}

#[test]
fn the_answers_of_known_registries() {
    let folder = crate::support::runner::project().join("tests/fixtures/registries");
    let files = std::fs::read_dir(folder).unwrap();
    let mut count = 0;
    for file in files.map(|entry| entry.unwrap().path()) {
        let text = std::fs::read_to_string(&file).unwrap();
        block_on(plays(&text)).unwrap();
        count += 1;
    }
    assert_eq!(count, 5);
}

/// Plays the part of a registry: `REGISTRY` and `AUTH` in a fixture stand for the two servers.
async fn plays(fixture: &str) {
    let (registry, auth) = (MockServer::start().await, MockServer::start().await);
    let text = fixture
        .replace("REGISTRY", &registry.uri())
        .replace("AUTH/", &format!("{}/", auth.uri()));
    let fixture: Value = serde_json::from_str(&text).unwrap();
    let mut token = Mock::given(method("GET"));
    for (name, value) in fixture["query"].as_object().unwrap() {
        token = token.and(query_param(name, value.as_str().unwrap()));
    }
    let answer = ResponseTemplate::new(200).set_body_json(&fixture["token"]);
    token.respond_with(answer).expect(1).mount(&auth).await;
    for page in fixture["pages"].as_array().unwrap() {
        let at = page["at"].as_str().unwrap().to_owned();
        let mut answer = ResponseTemplate::new(200);
        for (name, value) in page["headers"].as_object().unwrap() {
            answer = answer.insert_header(name.as_str(), value.as_str().unwrap());
        }
        Mock::given(path(LIST))
            .and(header("authorization", "Bearer T"))
            .and(move |request: &wiremock::Request| request.url.query() == Some(at.as_str()))
            .respond_with(answer.set_body_json(&page["body"]))
            .expect(1)
            .mount(&registry)
            .await;
    }
    let refusal = ResponseTemplate::new(401)
        .insert_header("www-authenticate", fixture["challenge"].as_str().unwrap())
        .set_body_json(&fixture["unauthorized"]);
    Mock::given(path(LIST))
        .respond_with(refusal)
        .expect(1)
        .mount(&registry)
        .await;
    let list = tags(options(), &registry.uri()).await.unwrap();
    assert_eq!(json!(list.tags), fixture["tags"]);
}

#[test]
fn the_server_of_tokens_gets_the_account_and_the_registry_the_token() {
    block_on(async {
        let (registry, auth) = (MockServer::start().await, MockServer::start().await);
        guarded(&registry, &auth.uri()).await;
        Mock::given(path("/token"))
            .and(header("authorization", basic("me").as_str()))
            .and(query_param("service", "s, with comma"))
            .and(query_param("scope", "repository:team/app:pull"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({"access_token": "T"})))
            .expect(1)
            .mount(&auth)
            .await;
        let folder = tempfile::tempdir().unwrap();
        let options = with_docker_file(folder.path(), &account(&registry.uri()));
        assert_eq!(tags(options, &registry.uri()).await.unwrap().tags, ["1"]);
        let seen = registry.received_requests().await.unwrap();
        assert!(seen.iter().all(|request| {
            request
                .headers
                .get("authorization")
                .is_none_or(|v| v == "Bearer T")
        }));
    })
    .unwrap();
}

#[test]
fn one_token_serves_all_pages_and_an_old_one_is_renewed() {
    block_on(async {
        let (registry, auth) = (MockServer::start().await, MockServer::start().await);
        for (number, token) in ["A", "B"].into_iter().enumerate() {
            let answer = ResponseTemplate::new(200).set_body_json(json!({"token": token}));
            let mock = Mock::given(path("/token")).respond_with(answer);
            mock.up_to_n_times(1)
                .with_priority(number as u8 + 1)
                .mount(&auth)
                .await;
        }
        let linked = ok().insert_header("link", format!("<{LIST}?last=1>; rel=next"));
        let held = |token: &str| {
            Mock::given(path(LIST)).and(header("authorization", format!("Bearer {token}").as_str()))
        };
        held("A")
            .respond_with(linked)
            .up_to_n_times(1)
            .mount(&registry)
            .await;
        held("B").respond_with(ok()).mount(&registry).await;
        let text = format!(r#"Bearer realm="{}/token""#, auth.uri());
        Mock::given(path(LIST))
            .respond_with(challenge(&text))
            .mount(&registry)
            .await;
        assert_eq!(
            tags(options(), &registry.uri()).await.unwrap().tags,
            ["1", "1"]
        );
    })
    .unwrap();
}

#[test]
fn an_identity_token_is_posted() {
    block_on(async {
        let (registry, auth) = (MockServer::start().await, MockServer::start().await);
        guarded(&registry, &auth.uri()).await;
        Mock::given(method("POST"))
            .and(path("/token"))
            .and(body_string_contains("grant_type=refresh_token"))
            .and(body_string_contains("refresh_token=a%2Fb%2Bc"))
            .and(body_string_contains("scope=repository%3Ateam%2Fapp%3Apull"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({"access_token": "T"})))
            .expect(1)
            .mount(&auth)
            .await;
        let host = registry.uri().replace("http://", "");
        let file = json!({"auths": {host: {"auth": "", "identitytoken": "a/b+c"}}}).to_string();
        let folder = tempfile::tempdir().unwrap();
        let options = with_docker_file(folder.path(), &file);
        assert_eq!(tags(options, &registry.uri()).await.unwrap().tags, ["1"]);
    })
    .unwrap();
}

#[test]
fn credentials_given_for_a_repository_come_first() {
    block_on(async {
        let registry = MockServer::start().await;
        let right = Mock::given(path(LIST)).and(header("authorization", basic("you").as_str()));
        right.respond_with(ok()).mount(&registry).await;
        Mock::given(path(LIST))
            .respond_with(challenge("Basic realm=\"r\""))
            .mount(&registry)
            .await;
        let folder = tempfile::tempdir().unwrap();
        let client =
            RegistryClient::new(with_docker_file(folder.path(), &account(&registry.uri())));
        let own = |user: &str| {
            let credentials = Credentials::Basic {
                username: user.into(),
                password: SECRET.into(),
            };
            Access {
                insecure: false,
                credentials: Some((credentials, "Secret flux-system/pull".into())),
            }
        };
        let image = reference(&registry.uri(), "team/app");
        assert!(client.tags(&image, &own("you"), &()).await.is_ok());
        let (status, text) = shown(client.tags(&image, &own("they"), &()).await.unwrap_err());
        assert_eq!(status, 3);
        assert!(text.contains("tried Secret flux-system/pull"), "{text}");
        assert!(!text.contains(SECRET), "{text}");
    })
    .unwrap();
}

#[test]
fn wrong_and_missing_credentials_name_where_they_are_from() {
    block_on(async {
        let registry = MockServer::start().await;
        let refuses_all = challenge("Basic realm=\"r\"");
        Mock::given(path(LIST)).respond_with(refuses_all).mount(&registry).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.json").display().to_string();
        let host = registry.uri().replace("http://", "");
        let table = [
            (account(&registry.uri()), format!("tried {file}\n")),
            ("{}".to_owned(), format!("tried {file} (has none for {host})")),
            ("{\"auths\": [\"hunter2-and-more\"".to_owned(), format!("tried {file} (not the JSON of Docker's file, line 1)")),
            (r#"{"credsStore": "none"}"#.to_owned(), format!("tried credential helper docker-credential-none for {host} (not installed), {file} (has none")),
            (r#"{"credsStore": "../../bin/sh"}"#.to_owned(), "(its name is a path)".to_owned()),
        ];
        for (config, expected) in table {
            let options = with_docker_file(folder.path(), &config);
            let (status, text) = shown(tags(options, &registry.uri()).await.unwrap_err());
            assert_eq!(status, 3);
            assert!(text.starts_with(&format!("{host} refused access to {host}/team/app (401 UNAUTHORIZED)")), "{text}");
            assert!(text.contains(&expected), "{text}\n{expected}");
            assert!(!text.contains(SECRET), "{text}");
        }
        let (_, text) = shown(tags(options(), &registry.uri()).await.unwrap_err());
        assert!(text.contains("tried no credentials (there is no file of Docker's)"), "{text}");
    })
    .unwrap();
}

#[test]
fn a_server_of_tokens_that_refuses_is_named() {
    block_on(async {
        let (registry, auth) = (MockServer::start().await, MockServer::start().await);
        guarded(&registry, &auth.uri()).await;
        for (status, expected) in [
            (401, "refused access to"),
            (200, "holds no token"),
            (404, "answered status 404"),
        ] {
            auth.reset().await;
            let answer = ResponseTemplate::new(status).set_body_string(SECRET);
            Mock::given(path("/token"))
                .respond_with(answer)
                .mount(&auth)
                .await;
            let folder = tempfile::tempdir().unwrap();
            let options = with_docker_file(folder.path(), &account(&registry.uri()));
            let (code, text) = shown(tags(options, &registry.uri()).await.unwrap_err());
            assert_eq!(code, 3);
            let host = auth.uri().replace("http://", "");
            assert!(text.contains(&host) && text.contains(expected), "{text}");
            assert!(!text.contains(SECRET) && !text.contains("scope="), "{text}");
        }
    })
    .unwrap();
}

#[test]
fn challenges_that_lead_nowhere_are_errors() {
    block_on(async {
        for (header, expected) in [
            ("Bearer service=\"x\"", "names no server of tokens"),
            (
                "Bearer realm=\"file:///etc/passwd\"",
                "names no server of tokens",
            ),
            ("Negotiate", "neither basic nor bearer"),
            ("", "neither basic nor bearer"),
        ] {
            let registry = MockServer::start().await;
            Mock::given(path(LIST))
                .respond_with(challenge(header))
                .mount(&registry)
                .await;
            let (status, text) = shown(tags(options(), &registry.uri()).await.unwrap_err());
            assert_eq!(status, 3);
            assert!(text.contains(expected), "{text}");
        }
    })
    .unwrap();
}

/// Serves a list with basic authentication, whose answer to the right credentials leads to another host.
async fn leads_away(answer: ResponseTemplate) -> (MockServer, Options, tempfile::TempDir) {
    let registry = MockServer::start().await;
    let right = Mock::given(path(LIST)).and(header_exists("authorization"));
    right.respond_with(answer).mount(&registry).await;
    Mock::given(path(LIST))
        .respond_with(challenge("Basic realm=\"r\""))
        .mount(&registry)
        .await;
    let folder = tempfile::tempdir().unwrap();
    let options = with_docker_file(folder.path(), &account(&registry.uri()));
    (registry, options, folder)
}

#[test]
fn another_host_gets_no_credentials() {
    block_on(async {
        let other = MockServer::start().await;
        Mock::given(path(LIST))
            .respond_with(ok())
            .mount(&other)
            .await;
        let elsewhere = format!("{}{LIST}", other.uri());
        let redirect = ResponseTemplate::new(307).insert_header("location", elsewhere.as_str());
        let link = ok().insert_header("link", format!("<{elsewhere}>; rel=\"next\""));
        for (answer, expected) in [(redirect, 1), (link, 2)] {
            let (registry, options, _folder) = leads_away(answer).await;
            let list = tags(options, &registry.uri()).await.unwrap();
            assert_eq!(list.tags.len(), expected);
        }
        assert_eq!(other.received_requests().await.unwrap().len(), 2);
        assert!(!saw_secret(&other).await);
    })
    .unwrap();
}

#[test]
fn another_host_that_asks_for_credentials_gets_none() {
    block_on(async {
        let other = MockServer::start().await;
        Mock::given(path(LIST))
            .respond_with(challenge("Basic realm=\"r\""))
            .mount(&other)
            .await;
        let elsewhere = format!("{}{LIST}", other.uri());
        let redirect = ResponseTemplate::new(307).insert_header("location", elsewhere.as_str());
        let (registry, options, _folder) = leads_away(redirect).await;
        let (status, text) = shown(tags(options, &registry.uri()).await.unwrap_err());
        assert_eq!(status, 3);
        assert!(text.contains("is another host"), "{text}");
        assert!(!saw_secret(&other).await);
    })
    .unwrap();
}

#[cfg(unix)]
#[test]
fn a_credential_helper_is_asked_for_its_registry() {
    use std::os::unix::fs::PermissionsExt;

    block_on(async {
        let registry = MockServer::start().await;
        let right = Mock::given(path(LIST)).and(header("authorization", basic("me").as_str()));
        right.respond_with(ok()).mount(&registry).await;
        Mock::given(path(LIST)).respond_with(challenge("Basic realm=\"r\"")).mount(&registry).await;
        let host = registry.uri().replace("http://", "");
        let scripts = [
            (format!("[ \"$1 $(cat)\" = 'get {host}' ] && echo '{{\"ServerURL\":\"x\",\"Username\":\"me\",\"Secret\":\"{SECRET}\"}}'"), None),
            ("cat >/dev/null; echo 'credentials not found in native keychain'; exit 1".to_owned(), Some("(has none)")),
            (format!("echo {SECRET}; echo {SECRET} >&2; exit 7"), Some("(ended in 7)")),
            (format!("cat >/dev/null; echo {SECRET}"), Some("(its answer is not what helpers print)")),
        ];
        for (script, problem) in scripts {
            let folder = tempfile::tempdir().unwrap();
            let file = json!({"credsStore": "wrong", "credHelpers": {host.as_str(): "test"}}).to_string();
            let options = with_docker_file(folder.path(), &file);
            let program = folder.path().join("docker-credential-test");
            std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
            let outcome = tags(options, &registry.uri()).await;
            let Some(problem) = problem else {
                assert_eq!(outcome.unwrap().tags, ["1"]);
                continue;
            };
            let (_, text) = shown(outcome.unwrap_err());
            let expected = format!("tried credential helper docker-credential-test for {host} {problem}, ");
            assert!(text.contains(&expected), "{text}");
            assert!(!text.contains(SECRET), "{text}");
        }
    })
    .unwrap();
}
