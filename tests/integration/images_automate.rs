//! `images automate` as sessions: each kind of workload, what is ambiguous, what has a marker, what has no order.

use homelab::adapter::runtime::block_on;
use serde_json::json;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::repo::Repo;
use crate::support::runner::{command, home, run_words};

const SYNC: &str = "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: https://github.com/me/home, ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: ./clusters/home, sourceRef: {kind: GitRepository, name: flux-system}}
";

const APPS: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}}
";

fn repo(files: &[(&str, &str)]) -> Repo {
    let repo = Repo::new();
    repo.write("clusters/home/flux-system/gotk-sync.yaml", SYNC.as_bytes());
    repo.write("clusters/home/apps.yaml", APPS.as_bytes());
    for (path, text) in files {
        repo.write(path, text.as_bytes());
    }
    repo.commit();
    repo
}

fn deployment(images: &[&str]) -> String {
    let containers = images
        .iter()
        .enumerate()
        .map(|(n, image)| format!("        - name: c{n}\n          image: {image}\n"));
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: web}}\nspec:\n  template:\n    spec:\n      containers:\n{}",
        containers.collect::<String>()
    )
}

fn read(repo: &Repo, path: &str) -> String {
    std::fs::read_to_string(repo.path().join(path)).expect("a file")
}

fn automate(repo: &Repo, arguments: &[&str]) -> String {
    run_words(
        repo.path(),
        &[&["images", "automate", "--offline"], arguments].concat(),
    )
}

/// After a plan no rule about images has anything to say.
fn assert_clean(repo: &Repo) {
    let session = run_words(repo.path(), &["images", "check", "--fail-on", "hint"]);
    assert!(session.starts_with("status: 0"), "{session}");
}

#[test]
fn a_deployment_gets_all_it_needs() {
    let repo = repo(&[(
        "apps/web/deployment.yaml",
        &deployment(&["ghcr.io/me/web:1.2.3"]),
    )]);
    let session = automate(&repo, &["web"]);
    assert!(session.starts_with("status: 0"), "{session}");
    let text = read(&repo, "apps/web/deployment.yaml");
    assert_eq!(
        text,
        deployment(&["ghcr.io/me/web:1.2.3 # {\"$imagepolicy\": \"flux-system:web\"}"])
    );
    let objects = read(&repo, "apps/web/image-automation.yaml");
    for part in [
        "image: ghcr.io/me/web\n",
        "range: '>=1.2.3 <2.0.0'",
        "path: ./apps/web\n",
        "branch: main\n",
    ] {
        assert!(
            objects.replace('"', "'").contains(part),
            "{part}: {objects}"
        );
    }
    assert_clean(&repo);
    let again = automate(&repo, &["web"]);
    assert!(
        again.starts_with("status: 0")
            && again.contains("is kept up to date already, by flux-system:web"),
        "{again}"
    );
}

#[test]
fn values_and_kustomize_images_get_suffixes() {
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: web}\nspec:\n  values:\n    controllers:\n      web:\n        containers:\n          app:\n            image:\n              repository: ghcr.io/me/web\n              tag: 16.3 # the last that works\n";
    let repo = repo(&[
        ("apps/web/release.yaml", release),
        (
            "apps/blog/deployment.yaml",
            &deployment(&["blog"]).replace("web", "blog"),
        ),
        (
            "apps/blog/kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - deployment.yaml\nimages:\n  - name: blog\n    newName: ghcr.io/me/blog\n    newTag: v1.0.0\n",
        ),
    ]);
    let session = automate(&repo, &["apps/web/release.yaml:12"]);
    assert!(
        session.starts_with("status: 0") && session.contains("moves to a line of its own"),
        "{session}"
    );
    let text = read(&repo, "apps/web/release.yaml");
    let wanted = "              # the last that works\n              tag: \"16.3\" # {\"$imagepolicy\": \"flux-system:web:tag\"}\n";
    assert!(text.ends_with(wanted), "{text}");
    let session = automate(&repo, &["blog"]);
    assert!(session.starts_with("status: 0"), "{session}");
    let text = read(&repo, "apps/blog/kustomization.yaml");
    assert!(
        text.contains("    newTag: v1.0.0 # {\"$imagepolicy\": \"flux-system:blog:tag\"}\n"),
        "{text}"
    );
    assert_clean(&repo);
}

#[test]
fn what_is_not_clear_is_refused() {
    let files = [(
        "apps/web/deployment.yaml",
        &*deployment(&[
            "ghcr.io/me/web:1.2.3",
            "redis:7.2.4",
            "ghcr.io/me/job:latest",
        ]),
    )];
    let repo = repo(&files);
    for (arguments, said) in [
        (
            &["web"][..],
            "apps/web/deployment.yaml:9 (ghcr.io/me/web:1.2.3), apps/web/deployment.yaml:11 (redis:7.2.4)",
        ),
        (&["apps/web/deployment.yaml:8"], "no image stands there"),
        (
            &["apps/web/deployment.yaml:13"],
            "`latest` says nothing of what is newer",
        ),
        (&["nothing"], "no service and no file is called `nothing`"),
        (&["web", "--policy", "semver:>=1 &&"], "^^"),
        (&["web", "--policy", "none"], "leaves nothing to automate"),
        (
            &["apps/web/deployment.yaml:11", "--policy", "timestamp"],
            "no tag fits the wished policy",
        ),
    ] {
        let session = automate(&repo, arguments);
        assert!(
            session.starts_with("status: 2") && session.contains(said),
            "{arguments:?}: {session}"
        );
    }
    assert_eq!(read(&repo, files[0].0), files[0].1);
}

#[test]
fn a_dry_run_writes_nothing() {
    let before = deployment(&["ghcr.io/me/web:20260709154535"]);
    let repo = repo(&[("apps/web/deployment.yaml", &before)]);
    let session = automate(&repo, &["web", "--dry-run"]);
    assert!(
        session.contains("+    pattern: ") && session.contains("[0-9]{14}"),
        "{session}"
    );
    assert_eq!(read(&repo, "apps/web/deployment.yaml"), before);
}

#[test]
fn the_tags_of_a_file_or_of_the_registry_decide() {
    let server = block_on(async {
        let server = MockServer::start().await;
        let tags = json!({"name": "me/web", "tags": ["latest", "20260709154535", "20260710154535", "0a1b2c3d"]});
        let list = Mock::given(path("/v2/me/web/tags/list")).respond_with(ResponseTemplate::new(200).set_body_json(tags));
        list.mount(&server).await;
        Mock::given(path("/v2/")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
        server
    })
    .expect("a runtime");
    let image = format!("{}/me/web", server.address());
    let repo = repo(&[(
        "apps/web/deployment.yaml",
        &deployment(&[&format!("{image}:latest")]),
    )]);
    repo.write("tags.txt", b"1.0.0\n1.4.0\n2.0.0-rc.1\n");
    let said = |arguments: &[&str]| {
        let home = home();
        let mut command = command(repo.path(), &home);
        let output = command
            .args(["images", "automate", "web", "--dry-run"])
            .args(arguments)
            .output();
        let output = output.expect("the program runs");
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.code(),
            String::from_utf8(text).expect("UTF-8"),
        )
    };
    let (status, text) = said(&[]);
    assert_eq!(status, Some(0), "{text}");
    assert!(
        text.contains("[0-9]{14}")
            && text.contains(
                "Flux will write `20260710154535` there at its first run, in place of `latest`"
            ),
        "{text}"
    );
    let (status, text) = said(&["--tags", "tags.txt"]);
    assert_eq!(status, Some(0), "{text}");
    assert!(
        text.contains(">=1.4.0 <2.0.0") && text.contains("`1.4.0`"),
        "{text}"
    );
}
