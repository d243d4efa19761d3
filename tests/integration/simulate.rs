//! `homelab images simulate` as a session: the policy and the tags from everywhere they may come from.

use homelab::adapter::runtime::block_on;
use insta::assert_snapshot;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::cluster::{cluster, make, namespace, object_path, set_status};
use crate::support::registry::Script;
use crate::support::repo::Repo;
use crate::support::runner::{answer, command, example, home, run, run_words};

const TAGS: &str = "main-20260104084623\nmain-20260117025400\nmain-20260201051200\nlatest\ndev-1\n";

/// A repository with one cluster, and files beside it.
fn repository(policies: &str) -> Repo {
    let repo = Repo::new();
    let sync = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux-system, namespace: flux-system}\nspec: {url: 'https://example.com/me/fleet', interval: 1m}\n---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: flux-system, namespace: flux-system}\nspec: {path: ./cluster, interval: 1m, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}\n";
    repo.write("cluster/flux-system/gotk-sync.yaml", sync.as_bytes());
    repo.write("cluster/images.yaml", policies.as_bytes());
    repo.commit();
    repo
}

fn image(namespace: &str, name: &str, image: &str, more: &str, policy: &str) -> String {
    format!(
        "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageRepository\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{image: '{image}', interval: 1h{more}}}\n---\napiVersion: image.toolkit.fluxcd.io/v1\nkind: ImagePolicy\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{imageRepositoryRef: {{name: {name}}}, {policy}}}\n---\n"
    )
}

fn with(file: &str, content: &str) -> Repo {
    let repo = Repo::new();
    repo.write(file, content.as_bytes());
    repo
}

#[test]
fn says_which_tag_wins() {
    let tags = with("tags", TAGS);
    let file = tags.path().join("tags").display().to_string();
    let words = ["-C", ".", "images", "simulate", "site", "--tags", &file];
    let shown = run_words(&example(), &words).replace(&file, "TAGS");
    assert_snapshot!(shown, @"
    status: 0
    --- stdout
    flux-system/site: main-20260104084623 wins among 5 tags of `TAGS`; next is main-20260117025400
    ");
}

#[test]
fn explains_all_others() {
    let repo = with(
        "tags",
        "1.4.1\nv1.4.2\n1.4.2\n1.5.0-rc.1\n2.0.0\n0.9.0\n1\nlatest\nmain\nabc.sig\n",
    );
    let run = |more: &str| {
        let mut words = vec!["images", "simulate", "--explain", "--tags", "tags"];
        words.extend(more.split('|'));
        run_words(repo.path(), &words)
    };
    assert_snapshot!(run("--semver|>=1.0.0 <2.0.0"), @r#"
    status: 0
    --- stdout
    this policy: v1.4.2 wins among 10 tags of `tags`; next is 1.4.2
    semver `>=1.0.0 <2.0.0`

    RANK  TAG
       1  v1.4.2  winner
       2  1.4.2   runner-up
       3  1.4.1

    COUNT  WHY NOT
        1  a prerelease, which the range `>=1.0.0 <2.0.0` does not let in
             1.5.0-rc.1
        2  outside the range `>=1.0.0 <2.0.0`
             2.0.0, 0.9.0
        3  no version: it has fewer than two dots
             main, latest, 1
        1  the exclusion list has `^.*\.sig$`
             abc.sig
    "#);
    assert_snapshot!(run("--semver|*|--pattern|^v?(.*)$|--extract|$1"), @r#"
    status: 0
    --- stdout
    this policy: 2.0.0 wins among 10 tags of `tags`; next is 1.4.2
    semver `*` · pattern `^v?(.*)$` · extract `$1`

    RANK  TAG
       1  2.0.0  winner
       2  1.4.2  runner-up
       3  1.4.1
       4  0.9.0

    COUNT  WHY NOT
        1  a prerelease, which the range `*` does not let in
             1.5.0-rc.1
        1  another tag gives the same key, and Flux keeps that one
             v1.4.2 (as 1.4.2)
        3  no version: it has fewer than two dots
             main, latest, 1
        1  the exclusion list has `^.*\.sig$`
             abc.sig
    "#);
}

#[test]
fn groups_hundreds() {
    let tags = (0..300).map(|n| format!("1.{}.{}\nsha-{n:07}\n", n / 20, n % 20));
    let repo = with("tags", &tags.collect::<String>());
    let words = [
        "images",
        "simulate",
        "--semver",
        "1.x",
        "--explain",
        "--tags",
        "tags",
    ];
    assert_snapshot!(run_words(repo.path(), &words), @"
    status: 0
    --- stdout
    this policy: 1.14.19 wins among 600 tags of `tags`; next is 1.14.18
    semver `1.x`

    RANK  TAG
       1  1.14.19  winner
       2  1.14.18  runner-up
       3  1.14.17
       4  1.14.16
       5  1.14.15
       6  1.14.14
       7  1.14.13
       8  1.14.12
       9  1.14.11
      10  1.14.10
          and 290 more, the last is 1.0.0

    COUNT  WHY NOT
      300  no version: it has fewer than two dots
             sha-0000299, sha-0000298, sha-0000297, sha-0000296, sha-0000295,
             sha-0000294, sha-0000293, sha-0000292, sha-0000291, sha-0000290,
             sha-0000289, sha-0000288, and 288 more
    ");
    let all = [&words[..], &["-v"]].concat();
    let shown = run_words(repo.path(), &all);
    assert_eq!(shown.matches("sha-").count(), 300);
}

#[test]
fn a_tag_to_come_is_judged() {
    let repo = with("tags", "1.4.1\n1.4.2\n");
    let words = |tag| {
        [
            "images",
            "simulate",
            "--semver",
            "1.x",
            "--tags",
            "tags",
            "--add-tag",
            tag,
        ]
    };
    assert_snapshot!(run_words(repo.path(), &words("1.4.10")), @"
    status: 0
    --- stdout
    this policy: 1.4.10 wins among 3 tags of `tags`; next is 1.4.2

    1.4.10 would win
    ");
    assert_snapshot!(run_words(repo.path(), &words("1.5.0-rc.1")), @"
    status: 0
    --- stdout
    this policy: 1.4.2 wins among 3 tags of `tags`; next is 1.4.1

    1.5.0-rc.1 would not win: `1.5.0-rc.1` is a prerelease, which the range `1.x` does not let in
    ");
    assert_snapshot!(run_words(repo.path(), &words("1.0.0")), @"
    status: 0
    --- stdout
    this policy: 1.4.2 wins among 3 tags of `tags`; next is 1.4.1

    1.0.0 would not win: `1.4.2` beats it
    ");
}

#[test]
fn no_winner_is_no() {
    let repo = with("tags", "1.0\n1.00\n0.9\n");
    let run = |more: &str| {
        let mut words = vec!["images", "simulate", "--tags", "tags"];
        words.extend(more.split('|'));
        run_words(repo.path(), &words)
    };
    assert_snapshot!(run("--numerical|asc|--pattern|.*"), @"
    status: 1
    --- stdout
    this policy: Flux picks at random among 3 tags of `tags`, for their keys are equal: 1.00, 1.0
    ");
    assert_snapshot!(run("--semver|>=1.0.0 && <2.0.0"), @r#"
    status: 1
    --- stdout
    this policy: no tag wins: invalid policy: improper constraint: ">=1.0.0 && <2.0.0"
      semver.range: >=1.0.0 && <2.0.0
                            ^^ comparators that must all hold stand side by side: `>=1.0.0 <2.0.0`
    "#);
    assert_snapshot!(run("--alphabetical|asc|--pattern|^(?!dev)"), @"
    status: 1
    --- stdout
    this policy: no tag wins: failed to filter tags: invalid regular expression pattern '^(?!dev)': error parsing regexp: invalid or unsupported Perl syntax: `(?!`
      filterTags.pattern: ^(?!dev)
                           ^^^ Go has no lookaround: name what may stand there, or filter with the policy's range
    ");
    assert_snapshot!(run("--numerical|asc|--pattern|^(?P<n>.*)|--extract|$nr"), @"
    status: 1
    --- stdout
    this policy: no tag wins among 3 tags of `tags`: failed to parse invalid numeric value ''
      filterTags.extract: $nr
                          ^^^ the pattern has no such group, so this is empty: write `(?P<name>...)` there and `$name` here

    COUNT  WHY NOT
        2  another tag gives the same key, and Flux keeps that one
             1.00 (as 0.9), 1.0 (as 0.9)
        1  no number: one such key fails the whole policy
             0.9 (``)
    ");
}

#[test]
fn the_document_is_that_of_the_contract() {
    let repo = with("tags.json", r#"["1.0.0", "1.1.0", "x"]"#);
    let file = image(
        "apps",
        "web",
        "ghcr.io/me/web",
        "",
        "policy: {semver: {range: 1.0.x}}",
    );
    repo.write("policy.yaml", file.as_bytes());
    let words = "images simulate --policy policy.yaml --tags tags.json -o json";
    let (status, text) = answer(repo.path(), words);
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(status, Some(0));
    assert_eq!(
        document,
        json!({"version": 1, "policy": {"namespace": "apps", "name": "web"}, "image": "ghcr.io/me/web",
        "source": "file", "winner": "1.0.0", "ambiguous": [], "error": null,
        "tags": [
            {"tag": "1.0.0", "status": "winner", "key": "1.0.0", "rank": 1, "reason": "nothing beats it"},
            {"tag": "x", "status": "unparsable", "key": "x", "rank": null, "reason": "`x` is no version: it has fewer than two dots"},
            {"tag": "1.1.0", "status": "out-of-range", "key": "1.1.0", "rank": null, "reason": "`1.1.0` is outside the range `1.0.x`"},
        ]})
    );
    repo.write("tags.json", b"[]");
    let (status, text) = answer(repo.path(), words);
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(status, Some(1));
    let error = json!({"kind": "no_tags", "message": "no tags in database"});
    assert_eq!(document["error"], error);
}

#[test]
fn a_policy_is_found_by_its_name() {
    let semver = "policy: {semver: {range: '*'}}";
    let policies = image(
        "media",
        "jellyfin",
        "docker.io/jellyfin/jellyfin",
        "",
        semver,
    ) + &image("apps", "web", "ghcr.io/me/web", "", semver)
        + &image("test", "web", "ghcr.io/me/web", "", semver);
    let repo = repository(&policies);
    repo.write("tags", b"1.0.0\n");
    let run = |words: &str| run(repo.path(), &format!("images simulate --tags tags {words}"));
    assert_snapshot!(run("media:jellyfin"), @"
    status: 0
    --- stdout
    media/jellyfin: 1.0.0 wins among 1 tag of `tags`; it is the only candidate
    ");
    assert_snapshot!(run("jelyfin"), @"
    status: 2
    --- stderr
    error: no ImagePolicy is called `jelyfin`
    hint: did you mean `media/jellyfin`?
    ");
    assert_snapshot!(run("web"), @"
    status: 2
    --- stderr
    error: `web` may be any of: apps/web, test/web
    hint: name one as NS/NAME; `--cluster` chooses a cluster
    ");
    assert_snapshot!(run("web -n test"), @"
    status: 0
    --- stdout
    test/web: 1.0.0 wins among 1 tag of `tags`; it is the only candidate
    ");
    assert_snapshot!(run(""), @"
    status: 2
    --- stderr
    error: --tags is for one image, and there are 2
    hint: name a policy: apps/web, media/jellyfin, test/web
    ");
}

#[test]
fn a_file_may_hold_the_policy() {
    let repo = with("tags", "1.0.0\nx\n");
    let run = |content: &str, more: &str| {
        repo.write("p.yaml", content.as_bytes());
        run(
            repo.path(),
            &format!("images simulate --policy p.yaml --tags tags {more}"),
        )
    };
    let alone = "apiVersion: image.toolkit.fluxcd.io/v1beta2\nkind: ImagePolicy\nmetadata: {name: web}\nspec: {imageRepositoryRef: {name: web}, policy: {semver: {range: '*'}}}\n";
    assert_snapshot!(run(alone, ""), @"
    status: 0
    --- stdout
    flux-system/web: 1.0.0 wins among 2 tags of `tags`; it is the only candidate
    --- stderr
    note: there is no ImageRepository `flux-system/web`: its exclusion list is taken to be the default
    ");
    let indented = alone.replace('\n', "\n    ");
    let list = format!(
        "apiVersion: v1\nkind: List\nitems:\n  - {}\n",
        indented.trim_end()
    );
    assert_snapshot!(run(&list, "-n media"), @"
    status: 0
    --- stdout
    media/web: 1.0.0 wins among 2 tags of `tags`; it is the only candidate
    --- stderr
    note: there is no ImageRepository `media/web`: its exclusion list is taken to be the default
    ");
    assert_snapshot!(run("a: [1\nb: 2\n", ""), @"
    status: 3
    --- stderr
    error: p.yaml:2: illegal placement of ':' indicator
    ");
    assert_snapshot!(run("kind: Pod\n", ""), @"
    status: 2
    --- stderr
    error: p.yaml: holds no ImagePolicy
    ");
}

#[test]
fn what_is_no_list_of_tags_is_refused() {
    let repo = with("tags", "");
    let run = |content: &[u8]| {
        repo.write("tags", content);
        run(repo.path(), "images simulate --semver * --tags tags")
    };
    assert_snapshot!(run(b"<!DOCTYPE html>\n"), @"
    status: 3
    --- stderr
    error: tags:1: this is a page of HTML or XML, not a list of tags
    hint: tags come one on each line, as a JSON array, or as `GET /v2/NAME/tags/list` answers
    ");
    assert_snapshot!(run(b"1.0.0\n1.0 .1\n"), @"
    status: 3
    --- stderr
    error: tags:2: no tag holds a blank: give one tag on each line
    hint: tags come one on each line, as a JSON array, or as `GET /v2/NAME/tags/list` answers
    ");
    assert_snapshot!(run(b"[1.10]"), @"
    status: 3
    --- stderr
    error: tags:1: tag 1 of the JSON is 1.1, not a string
    hint: tags come one on each line, as a JSON array, or as `GET /v2/NAME/tags/list` answers
    ");
    assert_snapshot!(run(b"1.0.0\n\xff\n"), @"
    status: 3
    --- stderr
    error: tags: not UTF-8 from byte 6
    ");
    assert_snapshot!(run(b"[\"1.0.0\\u001b[31m\", \"1.0.0\"]"), @"
    status: 0
    --- stdout
    this policy: 1.0.0 wins among 2 tags of `tags`; it is the only candidate
    ");
}

#[test]
fn arguments_that_do_not_go_together_are_refused() {
    let repo = with("tags", "1.0.0\n");
    let run = |words: &str| run(repo.path(), &format!("images simulate {words}"));
    assert_snapshot!(run("--semver *"), @"
    status: 2
    --- stderr
    error: no tags: of which image?
    hint: name a policy, give --image IMAGE, or --tags FILE
    ");
    assert_snapshot!(run("--image ghcr.io/me/app"), @"
    status: 2
    --- stderr
    error: no policy: how are tags to be compared?
    hint: add one of --semver, --numerical and --alphabetical, or name a policy
    ");
    assert_snapshot!(run("--policy - --tags -"), @"
    status: 2
    --- stderr
    error: `--policy -` and `--tags -` cannot both read stdin
    hint: write one of them to a file
    ");
    assert_snapshot!(run("--tags nowhere --semver *"), @"
    status: 3
    --- stderr
    error: nowhere: no such file or folder
    ");
    assert_snapshot!(run("--image ghcr.io/me/app:1.0 --semver *"), @"
    status: 2
    --- stderr
    error: --image: image 'ghcr.io/me/app:1.0' should not include a tag; remove ':1.0'
    ");
    assert_snapshot!(run("--tags tags --semver * -o sarif"), @"
    status: 2
    --- stderr
    error: this output format shows findings only
    hint: `lint` and `images check` have it; here there are human, json and yaml
    ");
}

#[test]
fn the_registry_is_asked() {
    block_on(async {
        let server = MockServer::start().await;
        let tags = json!({"name": "me/app", "tags": ["1.0.0", "1.2.0", "bad\u{7}tag", "latest"]});
        Mock::given(method("GET"))
            .and(path("/v2/me/app/tags/list"))
            .respond_with(ResponseTemplate::new(200).set_body_json(tags))
            .mount(&server)
            .await;
        let host = server.uri().trim_start_matches("http://").to_owned();
        let semver = "policy: {semver: {range: '*'}}";
        let nowhere = Script::start(vec![
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
        ]);
        let other = nowhere.uri.trim_start_matches("http://").to_owned();
        let policies = image("apps", "app", &format!("{host}/me/app"), "", semver)
            + &image(
                "apps",
                "twice",
                &format!("{host}/me/app"),
                "",
                "policy: {alphabetical: {}}",
            )
            + &image("apps", "gone", &format!("{other}/me/gone"), "", semver);
        let repo = repository(&policies);
        let run = |words: &str| {
            let shown = run(repo.path(), &format!("images simulate {words}"));
            // Addresses are as wide as their ports, which the columns follow.
            let shown = shown.replace(&host, "REGISTRY").replace(&other, "OTHER");
            shown
                .split('\n')
                .map(|line| {
                    line.split("  ")
                        .filter(|w| !w.is_empty())
                        .collect::<Vec<_>>()
                        .join("  ")
                })
                .collect::<Vec<_>>()
                .join("\n")
        };
        assert_snapshot!(run("app"), @"
        status: 0
        --- stdout
        apps/app: 1.2.0 wins among 3 tags of the registry; next is 1.0.0
        --- stderr
        note: REGISTRY/me/app: a name that no image can have, left out
        ");
        assert_snapshot!(run(""), @"
        status: 3
        --- stdout
        POLICY   IMAGE   TAGS   WINNER
        apps/app   REGISTRY/me/app   3   1.2.0
        apps/gone  OTHER/me/gone  -   unknown
        apps/twice   REGISTRY/me/app   3   latest
        --- stderr
        note: REGISTRY/me/app: a name that no image can have, left out
        error: OTHER/me/gone does not exist (status 404)
        hint: some registries answer like this for what they show only after `docker login`
        ");
        assert_snapshot!(run("gone"), @"
        status: 3
        --- stderr
        error: OTHER/me/gone does not exist (status 404)
        hint: some registries answer like this for what they show only after `docker login`
        ");
        assert_snapshot!(run("app --offline"), @"
        status: 3
        --- stderr
        error: REGISTRY/me/app is not in the cache, and the run is offline
        hint: run once without --offline
        ");
        let asked = server.received_requests().await.unwrap();
        let lists = asked.iter().filter(|r| r.url.path().ends_with("tags/list"));
        assert_eq!(lists.count(), 2, "once for each run, and never offline");
    })
    .unwrap();
}

#[test]
fn an_unreachable_registry_is_no_verdict() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    drop(listener);
    let repo = Repo::new();
    let words = format!("images simulate --semver * --image {host}/me/app --timeout 20s");
    let shown = run(repo.path(), &words).replace(&host, "REGISTRY");
    assert_snapshot!(shown, @"
    status: 3
    --- stderr
    error: REGISTRY could not be reached: connection refused
    hint: --offline answers from the cache, where it was asked before
    ");
}

#[test]
fn stdin_may_hold_the_tags() {
    let repo = Repo::new();
    let mut command = command(repo.path(), &home());
    let words = [
        "images",
        "simulate",
        "--alphabetical",
        "desc",
        "--tags",
        "-",
    ];
    let output = command.args(words).write_stdin("b\na\n").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_snapshot!(text, @"this policy: a wins among 2 tags of stdin; next is b");
}

#[test]
fn the_cluster_shows_what_it_has_seen() {
    let Some(cluster) = cluster() else {
        return;
    };
    let semver = "policy: {semver: {range: '*'}}";
    let policies = image("simulated", "app", "ghcr.io/me/app", "", semver)
        + &image("simulated", "many", "ghcr.io/me/many", "", semver)
        + &image("simulated", "new", "ghcr.io/me/new", "", semver)
        + &image("simulated", "absent", "ghcr.io/me/absent", "", semver);
    let repo = repository(&policies);
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "simulated").await;
        for name in ["app", "many", "new"] {
            make(&admin, "ImageRepository", "simulated", name, &json!({})).await;
        }
        make(&admin, "ImagePolicy", "simulated", "many", &json!({})).await;
        let scan = |count: usize, tags: &[&str]| {
            json!({"lastScanResult": {"tagCount": count, "scanTime": "2026-11-21T10:00:00Z", "latestTags": tags}})
        };
        let few = scan(2, &["1.1.0", "1.0.0"]);
        set_status(&admin, &object_path("ImageRepository", "simulated", "app"), &few).await;
        let many = scan(40, &["latest", "edge", "1.9.0"]);
        set_status(&admin, &object_path("ImageRepository", "simulated", "many"), &many).await;
        let latest = json!({"latestRef": {"name": "ghcr.io/me/many", "tag": "1.10.0"}});
        set_status(&admin, &object_path("ImagePolicy", "simulated", "many"), &latest).await;
    })
    .unwrap();
    let kubeconfig = cluster.kubeconfig().display().to_string();
    let run = |words: &str| {
        let words = format!("images simulate --from-cluster --kubeconfig {kubeconfig} {words}");
        run(repo.path(), &words).replace(&cluster.server, "SERVER")
    };
    assert_snapshot!(run("app"), @"
    status: 0
    --- stdout
    simulated/app: 1.1.0 wins among 2 tags of the cluster; next is 1.0.0
    ");
    assert_snapshot!(run("many --explain"), @"
    status: 0
    --- stdout
    simulated/many: 1.10.0 wins among 4 tags of the cluster; next is 1.9.0
    ghcr.io/me/many · semver `*`

    RANK  TAG
       1  1.10.0  winner
       2  1.9.0   runner-up

    COUNT  WHY NOT
        2  no version: it has fewer than two dots
             latest, edge
    --- stderr
    note: the cluster has seen 40 tags for simulated/many and shows 3: another may win
    ");
    assert_snapshot!(run("many --semver <1.10.0"), @"
    status: 0
    --- stdout
    simulated/many: 1.9.0 wins among 4 tags of the cluster; it is the only candidate
    --- stderr
    note: the cluster has seen 40 tags for simulated/many and shows 3: another may win
    note: in the cluster simulated/many has selected 1.10.0
    ");
    assert_snapshot!(run("new"), @"
    status: 3
    --- stderr
    error: the cluster has not scanned the ImageRepository simulated/new
    ");
    assert_snapshot!(run("absent"), @"
    status: 3
    --- stderr
    error: the cluster has no ImageRepository simulated/absent
    ");
    assert_snapshot!(run("app --context nowhere"), @"
    status: 3
    --- stderr
    error: the cluster at 127.0.0.1:1 could not be reached: connection refused
    hint: `kubectl cluster-info` asks the same server; --context chooses another
    ");
    assert_snapshot!(run("app --offline"), @"
    status: 2
    --- stderr
    error: `--from-cluster` needs the network, which `--offline` rules out
    ");
}
