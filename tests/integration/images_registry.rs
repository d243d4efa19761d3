//! `images check --registry` and `images list --latest` as sessions, against registries on loopback.

use std::cell::Cell;
use std::collections::HashMap;
use std::time::Duration;

use homelab::adapter::runtime::block_on;
use insta::assert_snapshot;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::support::repo::{Repo, fixtures};
use crate::support::runner::{command, home};

/// A registry that has what it is given, by path.
#[derive(Default)]
struct Content(HashMap<String, Vec<u8>>);

impl Content {
    fn tags(mut self, repository: &str, tags: &[&str]) -> Self {
        let body = json!({"name": repository, "tags": tags});
        self.put(format!("/v2/{repository}/tags/list"), &body);
        self
    }

    fn put(&mut self, path: String, body: &Value) -> String {
        let bytes = serde_json::to_vec(body).unwrap();
        let hash = Sha256::digest(&bytes);
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        self.0.insert(path, bytes);
        format!("sha256:{hex}")
    }

    /// Adds content that has its digest for a name.
    fn put_by_digest(&mut self, kind: &str, repository: &str, body: &Value) -> String {
        let digest = self.put("/".to_owned(), body);
        self.put(format!("/v2/{repository}/{kind}/{digest}"), body);
        digest
    }

    /// Makes a manifest for one architecture.
    fn manifest(&mut self, repository: &str, architecture: &str, created: &str) -> Value {
        let config = json!({"os": "linux", "architecture": architecture, "created": created});
        let config = self.put_by_digest("blobs", repository, &config);
        json!({"schemaVersion": 2, "config": {"digest": config}})
    }

    fn image(mut self, repository: &str, tag: &str, architectures: &[&str], created: &str) -> Self {
        let top = match architectures {
            [one] => self.manifest(repository, one, created),
            several => {
                let mut entry = |architecture: &&str| {
                    let manifest = self.manifest(repository, architecture, created);
                    let digest = self.put_by_digest("manifests", repository, &manifest);
                    json!({"digest": digest, "platform": {"os": "linux", "architecture": architecture}})
                };
                let entries: Vec<Value> = several.iter().map(&mut entry).collect();
                json!({"schemaVersion": 2, "manifests": entries})
            }
        };
        self.put(format!("/v2/{repository}/manifests/{tag}"), &top);
        self
    }

    fn annotated(mut self, repository: &str, tag: &str, created: &str) -> Self {
        let annotations = json!({"org.opencontainers.image.created": created});
        let manifests =
            json!([{"digest": "x", "platform": {"os": "linux", "architecture": "amd64"}}]);
        let index = json!({"manifests": manifests, "annotations": annotations});
        self.put(format!("/v2/{repository}/manifests/{tag}"), &index);
        self
    }
}

impl Respond for Content {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        match self.0.get(request.url.path()) {
            Some(body) => ResponseTemplate::new(200).set_body_bytes(body.clone()),
            None => ResponseTemplate::new(404)
                .set_body_json(json!({"errors": [{"code": "MANIFEST_UNKNOWN"}]})),
        }
    }
}

/// A registry, a repository whose images are there, and a home with a cache.
struct Scene {
    server: MockServer,
    repo: Repo,
    home: TempDir,
    /// How many requests were looked at.
    seen: Cell<usize>,
}

/// `(image, tag at the marker, policy below `spec:`)`; image `app` is `team/app`.
type App<'a> = (&'a str, &'a str, &'a str);

const SEMVER: &str = "  policy: {semver: {range: \">=1.0.0\"}}\n";

impl Scene {
    fn new(content: impl Respond + 'static, apps: &[App<'_>]) -> Self {
        let server = block_on(async {
            let server = MockServer::start().await;
            Mock::given(any())
                .respond_with(content)
                .mount(&server)
                .await;
            server
        });
        let scene = Scene {
            server: server.unwrap(),
            repo: Repo::new(),
            home: home(),
            seen: Cell::new(0),
        };
        scene.repo.lay(&fixtures().join("lint/base"));
        let host = scene.host();
        let mut objects = fixture("apps/flux-system/image-automation.yaml");
        let from = objects.find("kind: ImageUpdateAutomation").unwrap();
        objects = format!(
            "apiVersion: image.toolkit.fluxcd.io/v1\n{}",
            &objects[from..]
        );
        let mut containers = String::new();
        for (name, tag, policy) in apps {
            objects.push_str(&format!(
                "---\napiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageRepository\nmetadata: {{name: {name}, namespace: flux-system}}\nspec: {{image: {host}/team/{name}, interval: 1h}}\n---\napiVersion: image.toolkit.fluxcd.io/v1\nkind: ImagePolicy\nmetadata: {{name: {name}, namespace: flux-system}}\nspec:\n  imageRepositoryRef: {{name: {name}}}\n{policy}"
            ));
            containers.push_str(&format!(
                "        - name: {name}\n          image: {host}/team/{name}:{tag} # {{\"$imagepolicy\": \"flux-system:{name}\"}}\n"
            ));
        }
        let deployment = fixture("apps/app/deployment.yaml");
        let head = deployment.find("        - name: app").unwrap();
        let deployment = format!("{}{containers}", &deployment[..head]);
        scene.write("apps/flux-system/image-automation.yaml", &objects);
        scene.write("apps/app/deployment.yaml", &deployment);
        scene.repo.commit();
        scene
    }

    fn write(&self, path: &str, text: &str) {
        self.repo.write(path, text.as_bytes());
    }

    fn host(&self) -> String {
        self.server.address().to_string()
    }

    /// Runs the program; the registry is shown as `REGISTRY`, in whose place there are as many characters.
    fn run(&self, arguments: &str) -> String {
        let mut command = command(self.repo.path(), &self.home);
        let output = command
            .args(arguments.split_whitespace())
            .output()
            .expect("the program runs");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let status = output.status.code().expect("a status");
        let (out, err) = (text(output.stdout), text(output.stderr));
        let session = format!("status: {status}\n{out}--- stderr\n{err}");
        session.replace(&self.host(), "REGISTRY.X:5000")
    }

    /// Returns the paths that were asked for since the last time, sorted.
    fn asked(&self) -> Vec<String> {
        let requests = block_on(self.server.received_requests()).unwrap().unwrap();
        let seen = self.seen.replace(requests.len());
        let paths = requests.into_iter().skip(seen);
        let mut paths: Vec<String> = paths
            .map(|request| request.url.path().trim_start_matches("/v2/").to_owned())
            .filter(|path| !path.is_empty())
            .collect();
        paths.sort();
        paths
    }
}

fn fixture(path: &str) -> String {
    std::fs::read_to_string(fixtures().join("lint/base").join(path)).unwrap()
}

/// Three apps: one behind, one whose policy matches nothing, one without versions.
fn three() -> Scene {
    let content = Content::default()
        .tags("team/app", &["1.4.2", "1.4.3", "v1.4.3", "1.5.0", "latest"])
        .image(
            "team/app",
            "1.4.2",
            &["amd64", "arm64"],
            "2026-03-01T00:00:00Z",
        )
        .image(
            "team/app",
            "v1.4.3",
            &["amd64", "arm64"],
            "2026-05-14T08:09:10Z",
        )
        .tags("team/web", &["v0.9.3", "v0.9.4"])
        .tags("team/site", &["main-1-100", "main-2-200"])
        .image(
            "team/site",
            "main-1-100",
            &["amd64"],
            "1970-01-01T00:00:00Z",
        )
        .image(
            "team/site",
            "main-2-200",
            &["amd64"],
            "1970-01-01T00:00:00Z",
        );
    let web = "  filterTags: {pattern: '^v(?P<v>.*)$', extract: $v}\n  policy: {semver: {range: \">=1.0.0\"}}\n";
    let site = "  filterTags: {pattern: '^main-\\d+-(?P<n>\\d+)$', extract: $n}\n  policy: {numerical: {order: asc}}\n";
    Scene::new(
        content,
        &[
            ("app", "1.4.2", SEMVER),
            ("web", "v0.9.5", web),
            ("site", "main-1-100", site),
        ],
    )
}

#[test]
fn the_list_says_what_is_behind_by_how_much_and_since_when() {
    let scene = three();
    assert_snapshot!(scene.run("images list --latest"), @r#"
    status: 0
    PLACE                         POLICY             PART    VALUE                                  AUTOMATION         LATEST       BEHIND
    apps/app/deployment.yaml:17   flux-system:app    image   REGISTRY.X:5000/team/app:1.4.2         flux-system/apps   1.5.0        2 versions (minor), since 2026-05-14
    apps/app/deployment.yaml:19   flux-system:web    image   REGISTRY.X:5000/team/web:v0.9.5        flux-system/apps   no match     -
    apps/app/deployment.yaml:21   flux-system:site   image   REGISTRY.X:5000/team/site:main-1-100   flux-system/apps   main-2-200   1 version
    --- stderr
    "#);
    let session = scene.run("images list --latest -o json");
    let json = session.split("--- stderr").next().unwrap();
    let json: Value = serde_json::from_str(json.trim_start_matches("status: 0\n")).unwrap();
    let [app, web, site] = [0, 1, 2].map(|n| &json["markers"][n]);
    assert_eq!(app["latest"], "1.5.0");
    let behind = json!({"versions": 2, "kind": "minor", "since": "2026-05-14T08:09:10Z"});
    assert_eq!(app["behind"], behind);
    assert_eq!(
        (&web["latest"], &web["behind"]),
        (&Value::Null, &Value::Null)
    );
    let behind = json!({"versions": 1, "kind": null, "since": null});
    assert_eq!(site["behind"], behind);
}

#[test]
fn the_check_finds_what_only_registries_know() {
    let scene = three();
    scene.write(".homelab.yaml", "nodes: {architectures: [amd64, arm64]}\n");
    assert_snapshot!(scene.run("images check --registry -o github"), @r#"
    status: 1
    ::notice file=apps/app/deployment.yaml,line=17,endLine=17,col=18,endColumn=48,title=image/outdated::apps/app/deployment.yaml:17:18: `1.4.2` is 2 versions behind, since 2026-05-14: `flux-system:app` selects `1.5.0` (minor)%0Ahelp: the automation `flux-system/apps` writes it on its next run
    ::error file=apps/app/deployment.yaml,line=19,endLine=19,col=18,endColumn=49,title=image/tag-missing::apps/app/deployment.yaml:19:18: the registry has no `v0.9.5` of `REGISTRY.X:5000/team/web`; the nearest is `v0.9.4`%0Ahelp: name a tag that is there: nobody can pull this one
    ::warning file=apps/app/deployment.yaml,line=19,endLine=19,col=50,endColumn=87,title=image/tag-outside-policy::apps/app/deployment.yaml:19:50: the policy `flux-system:web` could never choose the tag `v0.9.5`: `0.9.5` is outside the range `>=1.0.0`; Flux would move it%0Ahelp: set a tag that the policy selects, or let the policy select this one%0Aapps/flux-system/image-automation.yaml:49:28: the range of the policy
    ::warning file=apps/app/deployment.yaml,line=21,endLine=21,col=18,endColumn=54,title=image/architecture-missing::apps/app/deployment.yaml:21:18: `REGISTRY.X:5000/team/site:main-1-100` is not there for arm64: a pod that lands on such a node does not start; it is there for amd64%0Ahelp: choose an image that is built for arm64 too, or keep the pod away with a nodeSelector on `kubernetes.io/arch`
    ::notice file=apps/app/deployment.yaml,line=21,endLine=21,col=18,endColumn=54,title=image/outdated::apps/app/deployment.yaml:21:18: `main-1-100` is 1 version behind: `flux-system:site` selects `main-2-200`%0Ahelp: the automation `flux-system/apps` writes it on its next run
    ::error file=apps/flux-system/image-automation.yaml,line=49,endLine=49,col=12,endColumn=18,title=image/policy-matches-nothing::apps/flux-system/image-automation.yaml:49:12: `flux-system/web` selects none of the 2 tags of `REGISTRY.X:5000/team/web`: 2 pass the pattern, but the highest, `0.9.4`, is outside the range `>=1.0.0`; Flux says `unable to determine latest version from provided list`%0Ahelp: let the policy admit tags that are there%0Aapps/flux-system/image-automation.yaml:41:15: what the policy watches
    2 errors, 2 warnings, 2 hints in 8 files, 13 objects
    --- stderr
    "#);
    let asked = [
        "team/app/manifests/1.4.2",
        "team/app/manifests/v1.4.3",
        "team/app/tags/list",
        "team/site/manifests/main-1-100",
        "team/site/manifests/main-2-200",
        "team/site/tags/list",
        "team/web/manifests/v0.9.5",
        "team/web/tags/list",
    ];
    let mut paths = scene.asked();
    // What an index or a manifest leads to is asked by its digest.
    paths.retain(|path| !path.contains("sha256:"));
    assert_eq!(paths, asked);
}

#[test]
fn only_what_the_rules_need_is_asked() {
    let scene = three();
    scene.run("images check --registry --rule image/policy-matches-nothing");
    let lists = [
        "team/app/tags/list",
        "team/site/tags/list",
        "team/web/tags/list",
    ];
    assert_eq!(scene.asked(), lists);
    scene.run("images check --registry --rule image/floating-tag");
    // Without the architectures of the nodes there is nothing to compare with.
    scene.run("lint --registry --rule image/architecture-missing");
    assert!(scene.asked().is_empty());
    scene.write(".homelab.yaml", "nodes: {architectures: [amd64]}\n");
    scene.run("lint --registry --rule image/architecture-missing");
    let mut paths = scene.asked();
    paths.retain(|path| !path.contains("sha256:"));
    let images = [
        "team/app/manifests/1.4.2",
        "team/site/manifests/main-1-100",
        "team/web/manifests/v0.9.5",
    ];
    assert_eq!(paths, images);
}

#[test]
fn without_the_flag_nobody_is_asked() {
    let scene = three();
    scene.write(".homelab.yaml", "nodes: {architectures: [amd64, arm64]}\n");
    for command in ["images check", "lint", "images list", "explain"] {
        scene.run(command);
    }
    assert!(scene.asked().is_empty());
    assert_snapshot!(scene.run("images check --rule image/tag-missing"), @r#"
    status: 2
    --- stderr
    error: `image/tag-missing` asks registries, and this run does not
    hint: add `--registry`
    "#);
    assert!(
        scene
            .run("images check --skip image/outdated")
            .starts_with("status: 0\n")
    );
}

#[test]
fn offline_the_cache_answers() {
    let scene = three();
    let nothing = scene.run("images list --latest --offline");
    assert!(nothing.starts_with("status: 3\n"), "{nothing}");
    assert!(nothing.contains("/team/app, "), "{nothing}");
    assert!(
        nothing.contains("are not in the cache, and the run is offline"),
        "{nothing}"
    );
    let online = scene.run("images list --latest");
    scene.asked();
    assert_eq!(scene.run("images list --latest --offline"), online);
    assert!(scene.asked().is_empty());
}

#[test]
fn a_tag_that_is_served_is_not_missing() {
    let content = Content::default().tags("team/app", &["1.5.0"]).image(
        "team/app",
        "1.4.2",
        &["amd64"],
        "2026-03-01T00:00:00Z",
    );
    let scene = Scene::new(content, &[("app", "1.4.2", SEMVER)]);
    let session = scene.run("images check --registry --rule image/tag-missing");
    assert!(session.starts_with("status: 0\n"), "{session}");
    assert_eq!(scene.asked().len(), 3);
}

#[test]
fn an_index_may_say_when_it_was_made() {
    let content = Content::default()
        .tags("team/app", &["1.4.2", "1.4.3"])
        .annotated("team/app", "1.4.3", "2026-07-01T00:00:00Z");
    let scene = Scene::new(content, &[("app", "1.4.2", SEMVER)]);
    let session = scene.run("images list --latest");
    assert!(
        session.contains("1 version (patch), since 2026-07-01\n"),
        "{session}"
    );
    assert_eq!(
        scene.asked(),
        ["team/app/manifests/1.4.3", "team/app/tags/list"]
    );
}

/// Answers everything with the same.
fn stubborn(answer: ResponseTemplate) -> Scene {
    Scene::new(
        answer,
        &[("app", "1.4.2", SEMVER), ("web", "1.4.2", SEMVER)],
    )
}

#[test]
fn what_cannot_be_looked_at_is_no_finding() {
    let errors = |scene: &Scene, arguments: &str| {
        let session = scene.run(arguments);
        let (out, err) = session.split_once("--- stderr\n").unwrap();
        let expected = match arguments.contains("list") {
            true => out.matches("   -        -\n").count() == 2,
            false => out.ends_with("no findings in 7 files, 11 objects\n"),
        };
        assert!(expected, "{out}");
        format!("{} {err}", session.lines().next().unwrap())
    };
    let html = ResponseTemplate::new(200).set_body_raw("<html>", "text/html");
    let scene = stubborn(html);
    assert_snapshot!(errors(&scene, "images check --registry"), @r#"
    status: 3 error: REGISTRY.X:5000/team/app, REGISTRY.X:5000/team/web: answered with a page of HTML where a list of tags was due: is this the registry?
    "#);
    let scene = stubborn(ResponseTemplate::new(429).insert_header("retry-after", "3600"));
    assert_snapshot!(errors(&scene, "images list --latest"), @r#"
    status: 3 error: REGISTRY.X:5000 limits the rate of requests; it wants a pause of 3600 s
    hint: an account has a higher limit: `docker login`
    "#);
    let refused = ResponseTemplate::new(401).insert_header("www-authenticate", "Basic realm=x");
    let scene = stubborn(refused);
    assert_snapshot!(errors(&scene, "images check --registry"), @r#"
    status: 3 error: REGISTRY.X:5000 refused access to REGISTRY.X:5000/team/app, REGISTRY.X:5000/team/web (status 401); tried no credentials (there is no file of Docker's)
    hint: log in with `docker login`; many registries answer like this for a repository that does not exist, too
    "#);
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(20));
    let scene = stubborn(slow);
    assert_snapshot!(errors(&scene, "images list --latest --timeout 500ms"), @r#"
    status: 4 error: REGISTRY.X:5000/team/app, REGISTRY.X:5000/team/web: no answer within the time of the run
    hint: a larger --timeout gives it longer
    "#);
}

#[test]
fn one_registry_that_is_down_hides_nothing_of_the_others() {
    let scene = three();
    // Nobody listens on port 1.
    let down = "127.0.0.1:1";
    scene.write(
        "apps/flux-system/down.yaml",
        &format!(
            "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageRepository\nmetadata: {{name: down, namespace: flux-system}}\nspec: {{image: {down}/a/b, interval: 1h}}\n---\napiVersion: image.toolkit.fluxcd.io/v1\nkind: ImagePolicy\nmetadata: {{name: down, namespace: flux-system}}\nspec:\n  imageRepositoryRef: {{name: down}}\n{SEMVER}"
        ),
    );
    scene.repo.commit();
    let session = scene.run("images check --registry --rule image/outdated -o github");
    let session = session.replace(down, "DOWN");
    assert!(session.starts_with("status: 3\n"), "{session}");
    assert_eq!(session.matches("image/outdated").count(), 2, "{session}");
    let (_, errors) = session.split_once("--- stderr\n").unwrap();
    assert_snapshot!(errors, @r#"
    error: DOWN could not be reached: connection refused
    hint: --offline answers from the cache, where it was asked before
    "#);
}

#[test]
fn what_is_suspended_writes_nothing() {
    let content = Content::default().tags("team/app", &["1.4.2", "1.4.3"]);
    let suspended = format!("{SEMVER}  suspend: true\n");
    let scene = Scene::new(content, &[("app", "1.4.2", &suspended)]);
    let session = scene.run("images check --registry --rule image/outdated -o github");
    let help = "the ImagePolicy `flux-system/app` is suspended: set `1.4.3` by hand, or resume it";
    assert!(session.contains(help), "{session}");
    // An image that does not say when it was made is no trouble.
    assert!(session.starts_with("status: 0\n"), "{session}");
    assert!(session.ends_with("--- stderr\n"), "{session}");
}
