//! Lists of tags and platforms: pages, the cache, servers that misbehave.

use std::sync::Mutex;
use std::time::Duration;

use homelab::adapter::registry::{
    Access, Options, Progress, Proxies, RegistryClient, RegistryError,
};
use homelab::adapter::runtime::{block_on, block_on_all};
use serde_json::json;
use sha2::{Digest, Sha256};
use wiremock::matchers::{header, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::support::registry::{Script, broken, options, platforms, reference, shown, tags, whole};

const LIST: &str = "/v2/team/app/tags/list";

/// A registry with tags in order that gives them in pages of 1,000.
struct Pages {
    tags: Vec<String>,
    /// The page says where the next one is.
    linked: bool,
    etag: bool,
}

impl Pages {
    fn of(count: usize) -> Self {
        Pages {
            tags: (0..count).map(|n| format!("1.0.{n:05}")).collect(),
            linked: true,
            etag: false,
        }
    }
}

impl Respond for Pages {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let last = request.url.query_pairs().find(|(name, _)| name == "last");
        let last = last.map(|(_, value)| value.into_owned());
        let start = last.map_or(0, |last| self.tags.partition_point(|tag| *tag <= last));
        let page = &self.tags[start..(start + 1_000).min(self.tags.len())];
        let etag = format!("\"{start}-{}\"", page.len());
        if self.etag
            && request
                .headers
                .get("if-none-match")
                .is_some_and(|tag| *tag == *etag)
        {
            return ResponseTemplate::new(304).insert_header("etag", etag);
        }
        let mut answer =
            ResponseTemplate::new(200).set_body_json(json!({"name": "team/app", "tags": page}));
        if self.etag {
            answer = answer.insert_header("etag", etag);
        }
        match page
            .last()
            .filter(|_| self.linked && start + page.len() < self.tags.len())
        {
            Some(last) => {
                answer.insert_header("link", format!("<{LIST}?n=1000&last={last}>; rel=\"next\""))
            }
            None => answer,
        }
    }
}

async fn serve(pages: impl Respond + 'static) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path(LIST))
        .respond_with(pages)
        .mount(&server)
        .await;
    server
}

async fn requests(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

#[test]
fn ten_thousand_tags_come_in_pages_and_tell_how_far_they_are() {
    #[derive(Default)]
    struct Counts(Mutex<Vec<usize>>);
    impl Progress for Counts {
        fn listed(&self, repository: &str, tags: usize) {
            assert!(repository.ends_with("/team/app"), "{repository}");
            self.0.lock().unwrap().push(tags);
        }
    }
    block_on(async {
        let server = serve(Pages::of(10_000)).await;
        let counts = Counts::default();
        let client = RegistryClient::new(options());
        let image = reference(&server.uri(), "team/app");
        let list = client
            .tags(&image, &Access::default(), &counts)
            .await
            .unwrap();
        assert!(list.tags == Pages::of(10_000).tags, "{}", list.tags.len());
        assert!(!list.from_cache);
        let expected: Vec<usize> = (1..=10).map(|n| n * 1_000).collect();
        assert_eq!(*counts.0.lock().unwrap(), expected);
        assert_eq!(requests(&server).await, 10);
    })
    .unwrap();
}

#[test]
fn a_full_page_without_a_link_is_followed_by_its_last_tag() {
    block_on(async {
        for count in [999, 1_000, 2_500] {
            let server = serve(Pages {
                linked: false,
                ..Pages::of(count)
            })
            .await;
            let list = tags(options(), &server.uri()).await.unwrap();
            assert!(list.tags == Pages::of(count).tags, "{}", list.tags.len());
        }
    })
    .unwrap();
}

#[test]
fn a_registry_that_gives_less_at_once_is_asked_for_what_it_likes() {
    block_on(async {
        let server = MockServer::start().await;
        let too_many = Mock::given(path(LIST)).and(query_param("n", "1000"));
        too_many
            .respond_with(ResponseTemplate::new(400))
            .mount(&server)
            .await;
        Mock::given(path(LIST))
            .respond_with(Pages::of(7))
            .mount(&server)
            .await;
        let list = tags(options(), &server.uri()).await.unwrap();
        assert_eq!(list.tags.len(), 7);
    })
    .unwrap();
}

#[test]
fn a_registry_that_knows_no_last_repeats_itself_once() {
    block_on(async {
        let all = Pages::of(1_000).tags;
        let answer = ResponseTemplate::new(200).set_body_json(json!({"tags": all}));
        let server = serve(answer).await;
        assert_eq!(tags(options(), &server.uri()).await.unwrap().tags, all);
        assert_eq!(requests(&server).await, 2);
    })
    .unwrap();
}

#[test]
fn a_second_run_asks_on_condition_and_an_offline_one_not_at_all() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let cached = || Options {
            cache_dir: Some(folder.path().join("cache")),
            ..options()
        };
        let server = serve(Pages {
            etag: true,
            ..Pages::of(1_500)
        })
        .await;
        let first = tags(cached(), &server.uri()).await.unwrap();
        assert!(!first.from_cache);
        server.reset().await;
        let pages = Pages {
            etag: true,
            ..Pages::of(1_500)
        };
        Mock::given(path(LIST))
            .respond_with(pages)
            .mount(&server)
            .await;
        let second = tags(cached(), &server.uri()).await.unwrap();
        assert!(second.from_cache);
        assert_eq!(second.tags, first.tags);
        let seen = server.received_requests().await.unwrap();
        assert_eq!(seen.len(), 2);
        assert!(
            seen.iter()
                .all(|request| request.headers.contains_key("if-none-match"))
        );

        let offline = Options {
            offline: true,
            ..cached()
        };
        let third = tags(offline, &server.uri()).await.unwrap();
        assert_eq!(third, second);
        assert_eq!(requests(&server).await, 2);

        server.reset().await;
        let pages = Pages {
            etag: true,
            ..Pages::of(1_501)
        };
        Mock::given(path(LIST))
            .respond_with(pages)
            .mount(&server)
            .await;
        let fourth = tags(cached(), &server.uri()).await.unwrap();
        assert!(!fourth.from_cache);
        assert_eq!(fourth.tags.len(), 1_501);
    })
    .unwrap();
}

#[test]
fn a_kept_page_that_has_run_out_is_asked_for_anew() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let cached = || Options {
            cache_dir: Some(folder.path().to_path_buf()),
            ..options()
        };
        let page = |tag: &str| {
            ResponseTemplate::new(200)
                .insert_header("etag", "\"1\"")
                .set_body_json(json!({"tags": [tag]}))
        };
        let linked = |token: &str| {
            page("a").insert_header("link", format!("<{LIST}?next_page={token}>; rel=next"))
        };
        let server = MockServer::start().await;
        let first = || Mock::given(path(LIST)).and(query_param_is_missing("next_page"));
        let second = |token: &str| Mock::given(path(LIST)).and(query_param("next_page", token));
        first().respond_with(linked("old")).mount(&server).await;
        second("old").respond_with(page("b")).mount(&server).await;
        tags(cached(), &server.uri()).await.unwrap();

        server.reset().await;
        first()
            .and(header("if-none-match", "\"1\""))
            .respond_with(ResponseTemplate::new(304))
            .mount(&server)
            .await;
        first().respond_with(linked("new")).mount(&server).await;
        second("old")
            .respond_with(ResponseTemplate::new(400))
            .mount(&server)
            .await;
        second("new").respond_with(page("c")).mount(&server).await;
        assert_eq!(
            tags(cached(), &server.uri()).await.unwrap().tags,
            ["a", "c"]
        );
    })
    .unwrap();
}

#[test]
fn offline_without_a_cache_is_no_answer() {
    let error = block_on(tags(
        Options {
            offline: true,
            ..options()
        },
        "http://r.io",
    ))
    .unwrap();
    let (status, text) = shown(error.unwrap_err());
    assert_eq!(status, 3);
    assert!(
        text.starts_with("r.io/team/app is not in the cache"),
        "{text}"
    );
}

#[test]
fn what_passes_is_tried_again() {
    block_on(async {
        let server = MockServer::start().await;
        for (status, wait) in [(429, Some("0")), (429, Some("1")), (503, None)] {
            let mut answer = ResponseTemplate::new(status);
            if let Some(wait) = wait {
                answer = answer.insert_header("retry-after", wait);
            }
            Mock::given(path(LIST))
                .respond_with(answer)
                .up_to_n_times(1)
                .mount(&server)
                .await;
        }
        Mock::given(path(LIST))
            .respond_with(Pages::of(3))
            .mount(&server)
            .await;
        assert_eq!(tags(options(), &server.uri()).await.unwrap().tags.len(), 3);
        assert_eq!(requests(&server).await, 4);
    })
    .unwrap();
}

#[test]
fn what_does_not_pass_is_an_error() {
    block_on(async {
        let long = ResponseTemplate::new(429).insert_header("retry-after", "3600");
        let server = serve(long).await;
        let error = tags(options(), &server.uri()).await.unwrap_err();
        assert!(
            matches!(&error, RegistryError::RateLimited { pause: Some(pause), .. } if pause.as_secs() == 3_600),
            "{error}"
        );
        assert_eq!(requests(&server).await, 1);

        let server = serve(ResponseTemplate::new(502)).await;
        let (status, text) = shown(tags(options(), &server.uri()).await.unwrap_err());
        assert_eq!(status, 3);
        assert!(text.contains("answered status 502"), "{text}");
        assert_eq!(requests(&server).await, 4);
    })
    .unwrap();
}

#[test]
fn a_million_tags_are_a_list_too() {
    let all: Vec<String> = (0..1_000_000).map(|n| format!("\"v{n}\"")).collect();
    let body = format!("{{\"tags\":[{}]}}", all.join(","));
    let script = Script::start(vec![whole("", &body)]);
    let list = block_on(tags(options(), &script.uri)).unwrap().unwrap();
    assert_eq!(list.tags.len(), 1_000_000);
    assert_eq!(script.served(), 1);
}

#[test]
fn a_connection_that_dies_in_a_page_costs_another_attempt() {
    let page = r#"{"name":"team/app","tags":["1","2"]}"#;
    let script = Script::start(vec![broken("", r#"{"tags":["1""#), whole("", page)]);
    let list = block_on(tags(options(), &script.uri)).unwrap().unwrap();
    assert_eq!(list.tags, ["1", "2"]);
    assert_eq!(script.served(), 2);
}

#[test]
fn a_list_that_cannot_be_had_whole_is_no_list() {
    let link = format!("Link: <{LIST}?last=2>; rel=\"next\"\r\n");
    let first = whole(&link, r#"{"tags":["1","2"]}"#);
    let script = Script::start(vec![first.clone(), broken("", r#"{"tags":["3""#)]);
    let (status, text) = shown(block_on(tags(options(), &script.uri)).unwrap().unwrap_err());
    assert_eq!(status, 3);
    assert!(text.contains("could not be reached"), "{text}");
    assert_eq!(script.served(), 5);

    let cut = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"tags\":[\"3\"".to_owned();
    let script = Script::start(vec![first, cut]);
    let (_, text) = shown(block_on(tags(options(), &script.uri)).unwrap().unwrap_err());
    assert!(text.contains("the list of tags breaks off"), "{text}");
}

#[test]
fn answers_that_are_no_list_are_errors() {
    let huge = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 999999999999\r\n\r\n";
    let circle = format!("Link: <{LIST}?n=1000>; rel=\"next\"\r\n");
    let html = "Content-Type: text/html; charset=utf-8\r\n";
    let table = [
        (whole(html, "<!DOCTYPE html><title>Sign in</title>"), "a page of HTML"),
        (whole("", "{\"tags\":7}"), "no list of tags"),
        (whole("", ""), "breaks off"),
        (whole(&circle, "{\"tags\":[\"1\"]}"), "round in a circle"),
        (whole("Link: <ftp://x/>; rel=next\r\n", "{\"tags\":[]}"), "the next page"),
        (huge.to_owned(), "larger than"),
        ("HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_owned(), "status 304"),
        ("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".to_owned(), "does not exist"),
        ("HTTP/1.1 301 Gone\r\nConnection: close\r\nContent-Length: 0\r\nLocation: file:///etc/passwd\r\n\r\n".to_owned(), "is redirected"),
    ];
    for (answer, expected) in table {
        let script = Script::start(vec![answer]);
        let (status, text) = shown(block_on(tags(options(), &script.uri)).unwrap().unwrap_err());
        assert_eq!(status, 3, "{text}");
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn a_registry_that_is_down_is_status_3_and_a_silent_one_4() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap());
    let hurried = Options {
        timeout: Some(Duration::from_millis(30)),
        ..options()
    };
    let (status, text) = shown(block_on(tags(hurried, &uri)).unwrap().unwrap_err());
    assert_eq!(status, 4, "{text}");
    drop(listener);
    let (status, text) = shown(block_on(tags(options(), &uri)).unwrap().unwrap_err());
    assert_eq!(status, 3, "{text}");
    assert!(text.contains("connection refused"), "{text}");
}

#[test]
fn one_run_may_ask_a_host_so_often() {
    block_on(async {
        let server = serve(Pages::of(10_000)).await;
        let error = tags(
            Options {
                requests: 4,
                ..options()
            },
            &server.uri(),
        )
        .await
        .unwrap_err();
        assert!(
            matches!(error, RegistryError::Budget { requests: 4, .. }),
            "{error}"
        );
        assert_eq!(requests(&server).await, 4);
    })
    .unwrap();
}

#[test]
fn many_lookups_share_one_client() {
    let server = block_on(async {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .respond_with(Pages::of(5))
            .mount(&server)
            .await;
        server
    })
    .unwrap();
    let client = RegistryClient::new(options());
    let images: Vec<_> = (0..50)
        .map(|n| reference(&server.uri(), &format!("team/app{n}")))
        .collect();
    let lists = block_on_all(images.iter().map(|image| {
        client.tags(
            image,
            const {
                &Access {
                    insecure: false,
                    credentials: None,
                }
            },
            &(),
        )
    }));
    assert!(
        lists
            .unwrap()
            .iter()
            .all(|list| list.as_ref().is_ok_and(|list| list.tags.len() == 5))
    );
}

#[test]
fn a_proxy_is_asked_for_hosts_far_away() {
    block_on(async {
        let proxy = serve(Pages::of(2)).await;
        let proxies = Proxies {
            http: Some(proxy.uri()),
            ..Proxies::default()
        };
        let client = RegistryClient::new(Options {
            proxies,
            ..options()
        });
        let access = Access {
            insecure: true,
            ..Access::default()
        };
        let image = reference("http://registry.invalid", "team/app");
        assert_eq!(
            client.tags(&image, &access, &()).await.unwrap().tags.len(),
            2
        );
        let seen = proxy.received_requests().await.unwrap();
        assert_eq!(
            seen.last().unwrap().url.host_str(),
            Some("registry.invalid")
        );
    })
    .unwrap();
}

fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    format!("sha256:{hex}")
}

async fn serve_bytes(server: &MockServer, below: &str, bytes: Vec<u8>) {
    let answer = ResponseTemplate::new(200)
        .set_body_bytes(bytes)
        .insert_header("etag", "\"m\"");
    Mock::given(path(format!("/v2/team/app/{below}")))
        .respond_with(answer)
        .mount(server)
        .await;
}

#[test]
fn an_index_says_what_an_image_is_for() {
    block_on(async {
        let index = serde_json::to_vec(&json!({"schemaVersion": 2, "manifests": [
            {"digest": "sha256:1", "platform": {"os": "linux", "architecture": "arm", "variant": "v7"}},
            {"digest": "sha256:2", "platform": {"os": "linux", "architecture": "amd64"}},
            {"digest": "sha256:3", "platform": {"os": "linux", "architecture": "amd64"}},
            {"digest": "sha256:4", "platform": {"os": "unknown", "architecture": "unknown"}},
            {"digest": "sha256:5"},
            {"digest": "sha256:6", "platform": {"os": "linux", "architecture": "\u{1b}[31m"}},
        ]})).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let cached = || Options { cache_dir: Some(folder.path().to_path_buf()), ..options() };
        let server = MockServer::start().await;
        let name = digest(&index);
        for version in ["v1", "latest", name.as_str()] {
            let unchanged = Mock::given(path(format!("/v2/team/app/manifests/{version}"))).and(header("if-none-match", "\"m\""));
            unchanged.respond_with(ResponseTemplate::new(304)).mount(&server).await;
            serve_bytes(&server, &format!("manifests/{version}"), index.clone()).await;
        }
        for version in [":v1".to_owned(), String::new(), format!("@{name}")] {
            let fresh = platforms(cached(), &server.uri(), &version).await.unwrap();
            let names: Vec<String> = fresh.platforms.iter().map(ToString::to_string).collect();
            assert_eq!(names, ["linux/amd64", "linux/arm/v7"]);
            assert_eq!(fresh.digest, name);
            assert!(!fresh.from_cache);
            let again = platforms(cached(), &server.uri(), &version).await.unwrap();
            assert!(again.from_cache);
            assert_eq!(again.platforms, fresh.platforms);
        }
        // A digest never changes, so it was asked for once.
        assert_eq!(requests(&server).await, 5);
        let offline = Options { offline: true, ..cached() };
        assert!(platforms(offline, &server.uri(), ":v1").await.unwrap().from_cache);
    })
    .unwrap();
}

#[test]
fn the_configuration_says_it_where_there_is_no_index() {
    block_on(async {
        let config = br#"{"os":"linux","architecture":"arm64","variant":"v8"}"#.to_vec();
        let manifest = |digest: &str| {
            serde_json::to_vec(&json!({"schemaVersion": 2, "config": {"digest": digest}})).unwrap()
        };
        let server = MockServer::start().await;
        serve_bytes(&server, "manifests/v1", manifest(&digest(&config))).await;
        serve_bytes(&server, &format!("blobs/{}", digest(&config)), config).await;
        let other = digest(b"other");
        serve_bytes(&server, "manifests/forged", manifest(&other)).await;
        serve_bytes(&server, &format!("blobs/{other}"), b"{}".to_vec()).await;
        serve_bytes(&server, "manifests/lost", manifest("../../x")).await;
        serve_bytes(&server, "manifests/html", b"<html>".to_vec()).await;
        let found = platforms(options(), &server.uri(), ":v1").await.unwrap();
        assert_eq!(found.platforms[0].to_string(), "linux/arm64/v8");
        for (version, expected) in [
            (":forged", "another digest"),
            (":lost", "the digest of the configuration is none"),
            (":html", "no manifest"),
            (":none", "team/app:none does not exist"),
        ] {
            let (status, text) = shown(
                platforms(options(), &server.uri(), version)
                    .await
                    .unwrap_err(),
            );
            assert_eq!(status, 3);
            assert!(text.contains(expected), "{text}");
        }
    })
    .unwrap();
}
