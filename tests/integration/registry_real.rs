//! A real registry on loopback: `docker-registry`, as Debian packages it.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use homelab::adapter::registry::Options;
use homelab::adapter::runtime::block_on;
use sha2::{Digest, Sha256};

use crate::support::registry::{options, platforms, shown, tags, with_docker_file};
use crate::support::repo::{Repo, fixtures};
use crate::support::runner::{command, home};

/// `me:pw`, as `htpasswd -B` writes it; bcrypt is all that the registry reads.
const HTPASSWD: &str = "me:$2b$05$abcdefghijklmnopqrstuuHIrMEWpUCQe2YqFR3sXwQ75u4od..9q\n";

struct Registry {
    process: Child,
    uri: String,
    folder: tempfile::TempDir,
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Registry {
    /// Starts the program, if there is one. In CI there has to be one.
    fn start(auth: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::write(root.join("htpasswd"), HTPASSWD).unwrap();
        let auth = auth.replace("FOLDER", &root.display().to_string());
        let config = format!(
            "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {}/data\nhttp:\n  addr: 127.0.0.1:0\n{auth}",
            root.display()
        );
        std::fs::write(root.join("config.yml"), config).unwrap();
        let command = Command::new("docker-registry")
            .arg("serve")
            .arg(root.join("config.yml"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let mut process = match command {
            Ok(process) => process,
            Err(error) => {
                assert!(std::env::var_os("CI").is_none(), "docker-registry: {error}");
                // Straight to stderr: what a test prints with a macro is seen only if it fails.
                let note = b"SKIPPED: docker-registry is not installed (apt-get install docker-registry)\n";
                let _ = std::io::stderr().write_all(note);
                return None;
            }
        };
        let log = BufReader::new(process.stderr.take().unwrap());
        let mut lines = log.lines().map_while(Result::ok);
        let address = lines.find_map(|line| {
            let rest = line.split_once("listening on ")?.1.to_owned();
            Some(rest.split(['"', ',']).next()?.to_owned())
        });
        // Whatever else it says must be taken off its hands.
        std::thread::spawn(move || lines.for_each(drop));
        let uri = format!(
            "http://{}",
            address.expect("the registry says where it listens")
        );
        Some(Registry {
            process,
            uri,
            folder,
        })
    }

    fn repository(&self) -> PathBuf {
        self.folder
            .path()
            .join("data/docker/registry/v2/repositories/team/app")
    }

    /// Puts content where the registry keeps it, and returns its digest.
    fn blob(&self, content: &[u8]) -> String {
        let hex: String = Sha256::digest(content)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        let blobs = self
            .folder
            .path()
            .join("data/docker/registry/v2/blobs/sha256");
        write(&blobs.join(&hex[..2]).join(&hex).join("data"), content);
        let link = format!("sha256:{hex}");
        for kind in ["_layers", "_manifests/revisions"] {
            write(
                &self
                    .repository()
                    .join(kind)
                    .join("sha256")
                    .join(&hex)
                    .join("link"),
                link.as_bytes(),
            );
        }
        link
    }

    fn tag(&self, name: &str, digest: &str) {
        let folder = self.repository().join("_manifests/tags").join(name);
        write(&folder.join("current/link"), digest.as_bytes());
    }
}

fn write(path: &Path, content: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

#[test]
fn lists_tags_and_platforms() {
    let Some(registry) = Registry::start("") else {
        return;
    };
    let config = registry.blob(br#"{"os":"linux","architecture":"arm64"}"#);
    let manifest = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{{"mediaType":"application/vnd.docker.container.image.v1+json","size":37,"digest":"{config}"}},"layers":[]}}"#
    );
    let digest = registry.blob(manifest.as_bytes());
    registry.tag("v1", &digest);
    let mut expected = vec!["v1".to_owned()];
    for number in 0..1_500 {
        let name = format!("0.1.{number:04}");
        registry.tag(&name, &digest);
        expected.push(name);
    }
    expected.sort();
    let list = block_on(tags(options(), &registry.uri)).unwrap().unwrap();
    let mut found = list.tags;
    // It has them in the order of the folder, and all on one page.
    found.sort();
    assert!(found == expected, "{} tags", found.len());
    let found = block_on(platforms(options(), &registry.uri, ":v1"))
        .unwrap()
        .unwrap();
    assert_eq!(found.digest, digest);
    assert_eq!(found.platforms[0].to_string(), "linux/arm64");
    let error = block_on(platforms(options(), &registry.uri, ":v2"))
        .unwrap()
        .unwrap_err();
    let (status, text) = shown(error);
    assert_eq!(status, 3);
    assert!(text.contains("(404 MANIFEST_UNKNOWN)"), "{text}");
}

#[test]
fn takes_the_account_of_dockers_file_only() {
    let auth = "auth:\n  htpasswd:\n    realm: homelab\n    path: FOLDER/htpasswd\n";
    let Some(registry) = Registry::start(auth) else {
        return;
    };
    let digest = registry.blob(b"{}");
    registry.tag("v1", &digest);
    let folder = tempfile::tempdir().unwrap();
    let account = |pair: &str| {
        let host = registry.uri.trim_start_matches("http://");
        let json = format!(
            r#"{{"auths":{{"{host}":{{"auth":"{}"}}}}}}"#,
            STANDARD.encode(pair)
        );
        with_docker_file(folder.path(), &json)
    };
    let list = block_on(tags(account("me:pw"), &registry.uri)).unwrap();
    assert_eq!(list.unwrap().tags, ["v1"]);
    for wrong in [account("me:wrong"), options()] {
        let error = block_on(tags(wrong, &registry.uri)).unwrap().unwrap_err();
        let (status, text) = shown(error);
        assert_eq!(status, 3);
        assert!(text.contains("(401 UNAUTHORIZED)"), "{text}");
    }
}

#[test]
fn a_private_authority_is_trusted_when_it_is_named() {
    let authority = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root = params.self_signed(&authority).unwrap();
    let issuer = rcgen::Issuer::new(params, authority);
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &issuer).unwrap();

    let files = tempfile::tempdir().unwrap();
    let of = |name: &str| files.path().join(name);
    write(&of("leaf.pem"), leaf.pem().as_bytes());
    write(&of("key.pem"), key.serialize_pem().as_bytes());
    let tls = format!(
        "  tls:\n    certificate: {}\n    key: {}\n",
        of("leaf.pem").display(),
        of("key.pem").display()
    );
    let Some(registry) = Registry::start(&tls) else {
        return;
    };
    let digest = registry.blob(b"{}");
    registry.tag("v1", &digest);
    let trusting = |ca: &str| Options {
        ca: vec![ca.as_bytes().to_vec()],
        ..options()
    };
    let list = block_on(tags(trusting(&root.pem()), &registry.uri)).unwrap();
    assert_eq!(list.unwrap().tags, ["v1"]);

    let error = block_on(tags(options(), &registry.uri)).unwrap();
    let (status, text) = shown(error.unwrap_err());
    assert_eq!(status, 3);
    assert!(
        text.contains("is not trusted: invalid peer certificate"),
        "{text}"
    );
    let error = block_on(tags(trusting("no PEM"), &registry.uri)).unwrap();
    let (_, text) = shown(error.unwrap_err());
    assert!(text.contains("does not read as PEM"), "{text}");
}

/// Returns the base repository of the rules with its image in a registry.
fn repository_of(registry: &Registry) -> Repo {
    let host = registry.uri.trim_start_matches("http://");
    let repo = Repo::new();
    let base = fixtures().join("lint/base");
    repo.lay(&base);
    for path in [
        "apps/app/deployment.yaml",
        "apps/flux-system/image-automation.yaml",
    ] {
        let text = std::fs::read_to_string(base.join(path)).unwrap();
        let text = text.replace("ghcr.io/example/app", &format!("{host}/team/app"));
        repo.write(path, text.as_bytes());
    }
    repo.write(".homelab.yaml", b"nodes: {architectures: [arm64, amd64]}\n");
    repo.commit();
    repo
}

#[test]
fn the_program_asks_and_says_what_it_got() {
    let auth = "auth:\n  htpasswd:\n    realm: homelab\n    path: FOLDER/htpasswd\n";
    let Some(registry) = Registry::start(auth) else {
        return;
    };
    for (tag, created) in [
        ("1.4.2", "2026-03-01"),
        ("1.4.3", "2026-05-14"),
        ("2.0.0", "2026-07-01"),
    ] {
        let config = format!(
            r#"{{"os":"linux","architecture":"arm64","created":"{created}T08:09:10.123456789Z"}}"#
        );
        let config = registry.blob(config.as_bytes());
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","size":99,"digest":"{config}"}},"layers":[]}}"#
        );
        registry.tag(tag, &registry.blob(manifest.as_bytes()));
    }
    let repo = repository_of(&registry);
    let home = home();
    let run = |arguments: &str, account: &str| {
        let host = registry.uri.trim_start_matches("http://");
        let auth = STANDARD.encode(account);
        let json = format!(r#"{{"auths":{{"{host}":{{"auth":"{auth}"}}}}}}"#);
        write(&home.path().join(".docker/config.json"), json.as_bytes());
        let words = arguments.split_whitespace();
        let output = command(repo.path(), &home).args(words).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    let (status, text) = run("images list --latest", "me:pw");
    assert_eq!(status, Some(0), "{text}");
    let row = "flux-system/apps   2.0.0    2 versions (major), since 2026-05-14\n";
    assert!(text.ends_with(row), "{text}");
    let (status, text) = run("images check --registry", "me:pw");
    assert_eq!(status, Some(0), "{text}");
    let lacks =
        "`1.4.2` is 2 versions behind, since 2026-05-14: `flux-system:app` selects `2.0.0` (major)";
    assert!(text.contains(lacks), "{text}");
    assert!(
        text.contains("/team/app:1.4.2` is not there for amd64:"),
        "{text}"
    );
    let (status, text) = run("images check --registry", "me:wrong");
    assert_eq!(status, Some(3), "{text}");
    assert!(
        text.contains("refused access to") && !text.contains("wrong"),
        "{text}"
    );
}
