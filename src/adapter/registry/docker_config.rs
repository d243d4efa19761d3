//! Finds credentials where `docker login` and `podman login` put them: a file, or a program that the file names.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde::Deserialize;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::credentials::{Credentials, Found};
use crate::adapter::environment::variable;
use crate::adapter::repo_files::reason;

/// The key under which Docker keeps the credentials of Docker Hub, whatever the host is called now.
const HUB_KEY: &str = "https://index.docker.io/v1/";
const HUB_HOSTS: [&str; 3] = ["index.docker.io", "docker.io", "registry-1.docker.io"];

/// Where credentials are. Read when a registry asks for them, not before.
#[derive(Clone, Debug, Default)]
pub struct DockerConfig {
    /// Docker's `config.json`, or podman's `auth.json`.
    pub file: Option<PathBuf>,
    /// The folder of the credential helpers; where there is none, the `PATH` has them.
    pub helpers: Option<PathBuf>,
}

/// Docker's file, as far as it is about credentials (docker/cli v28, `cli/config/configfile/file.go`).
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct File {
    auths: HashMap<String, Entry>,
    creds_store: String,
    cred_helpers: HashMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
    registrytoken: String,
}

/// What a credential helper prints (docker/docker-credential-helpers v0.9, `credentials.Credentials`).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HelperAnswer {
    username: String,
    secret: String,
}

impl DockerConfig {
    /// Returns the first file that there is, in the order of go-containerregistry v0.21.6 (`authn/keychain.go`), which is
    /// that of `crane` and of Flux: `DOCKER_CONFIG`, the home folder, `REGISTRY_AUTH_FILE`, podman's.
    pub fn from_environment() -> Self {
        let docker = variable("DOCKER_CONFIG").map(PathBuf::from);
        let docker = docker.or_else(|| Some(std::env::home_dir()?.join(".docker")));
        let podman = variable("XDG_RUNTIME_DIR").map(PathBuf::from);
        let candidates = [
            docker.map(|folder| folder.join("config.json")),
            variable("REGISTRY_AUTH_FILE").map(PathBuf::from),
            podman.map(|folder| folder.join("containers/auth.json")),
        ];
        DockerConfig {
            file: candidates.into_iter().flatten().find(|file| file.is_file()),
            helpers: None,
        }
    }

    /// Looks for the credentials of a repository: its own helper, the store, the file itself.
    pub(super) async fn find(&self, registry: &str, repository: &str) -> Found {
        let mut found = Found::default();
        let Some(path) = &self.file else {
            return found;
        };
        let name = displayed(path);
        let file = match read(path) {
            Ok(file) => file,
            Err(why) => {
                found.tried.push(format!("{name} ({why})"));
                return found;
            }
        };
        if let Some(helper) = file.helper(registry) {
            let (answer, note) = self.ask(helper, registry).await;
            found.tried.push(note);
            found.credentials = answer;
        }
        if found.credentials.is_none() {
            found.credentials = file
                .entry(registry, repository)
                .and_then(Entry::credentials);
            let note = match found.credentials {
                Some(_) => name,
                None => format!("{name} (has none for {registry})"),
            };
            found.tried.push(note);
        }
        found
    }

    /// Runs `docker-credential-HELPER get` and returns what it knows, and what to say of it. Its own words are not
    /// repeated: they may hold a secret.
    async fn ask(&self, helper: &str, registry: &str) -> (Option<Credentials>, String) {
        let program = format!("docker-credential-{helper}");
        let key = if is_hub(registry) { HUB_KEY } else { registry };
        let source = format!("credential helper {program} for {registry}");
        if helper.contains(['/', '\\']) {
            return (None, format!("{source} (its name is a path)"));
        }
        let path = match &self.helpers {
            Some(folder) => folder.join(&program),
            None => PathBuf::from(&program),
        };
        match run(&path, key).await {
            Ok(Some(answer)) => (Some(answer.credentials()), source),
            Ok(None) => (None, format!("{source} (has none)")),
            Err(why) => (None, format!("{source} ({why})")),
        }
    }
}

impl File {
    /// Returns the helper that keeps the credentials of a registry.
    fn helper(&self, registry: &str) -> Option<&str> {
        let own = self.cred_helpers.iter();
        let own = own.filter(|(key, _)| same_registry(key, registry));
        own.map(|(_, helper)| helper.as_str())
            .chain([self.creds_store.as_str()])
            .find(|helper| !helper.is_empty())
    }

    /// Returns the entry of a repository: that of the longest key, for podman keeps some per namespace.
    fn entry(&self, registry: &str, repository: &str) -> Option<&Entry> {
        let covers = |key: &str| {
            let (host, path) = split_key(key);
            let within = repository.strip_prefix(path);
            let whole = within
                .is_some_and(|rest| path.is_empty() || rest.is_empty() || rest.starts_with('/'));
            (same_host(host, registry) && whole).then_some(path.len())
        };
        let matching = self.auths.iter().filter_map(|(key, entry)| {
            // Of two spellings of one registry, the one that has something.
            let usable = entry.credentials().is_some();
            Some(((usable, covers(key)?, key), entry))
        });
        matching
            .max_by_key(|(rank, _)| *rank)
            .map(|(_, entry)| entry)
    }
}

impl Entry {
    fn credentials(&self) -> Option<Credentials> {
        if !self.registrytoken.is_empty() {
            return Some(Credentials::Bearer(self.registrytoken.clone()));
        }
        if !self.identitytoken.is_empty() {
            return Some(Credentials::Identity(self.identitytoken.clone()));
        }
        let (username, password) = match decode(&self.auth) {
            Some(pair) => pair,
            None => (self.username.clone(), self.password.clone()),
        };
        (!username.is_empty()).then_some(Credentials::Basic { username, password })
    }
}

impl HelperAnswer {
    fn credentials(self) -> Credentials {
        if self.username == "<token>" {
            Credentials::Identity(self.secret)
        } else {
            Credentials::Basic {
                username: self.username,
                password: self.secret,
            }
        }
    }
}

/// Reads `name:password` in base64; Docker pads the password with zero bytes at times.
fn decode(auth: &str) -> Option<(String, String)> {
    let auth = auth.trim();
    let bytes = STANDARD
        .decode(auth)
        .or_else(|_| STANDARD_NO_PAD.decode(auth));
    let text = String::from_utf8(bytes.ok()?).ok()?;
    let (username, password) = text.split_once(':')?;
    Some((username.to_owned(), password.trim_matches('\0').to_owned()))
}

fn read(path: &Path) -> Result<File, String> {
    let bytes = std::fs::read(path).map_err(|error| reason(&error))?;
    // The text of the error could repeat what is in the file.
    serde_json::from_slice(&bytes)
        .map_err(|error| format!("not the JSON of Docker's file, line {}", error.line()))
}

async fn run(program: &Path, key: &str) -> Result<Option<HelperAnswer>, String> {
    let mut child = Command::new(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "not installed".to_owned(),
            _ => reason(&error),
        })?;
    if let Some(mut stdin) = child.stdin.take() {
        // A helper that does not read tells why in its status.
        let _ = stdin.write_all(key.as_bytes()).await;
    }
    let output = child.wait_with_output().await;
    let output = output.map_err(|error| reason(&error))?;
    if output.status.success() {
        return serde_json::from_slice(&output.stdout)
            .map(Some)
            .map_err(|_| "its answer is not what helpers print".to_owned());
    }
    // The one text that every helper prints where it has nothing (`errCredentialsNotFoundMessage`).
    if output.stdout.starts_with(b"credentials not found") {
        return Ok(None);
    }
    Err(match output.status.code() {
        Some(code) => format!("ended in {code}"),
        None => "was killed".to_owned(),
    })
}

/// Splits a key into host and path: `https://r.io/v1/`, `r.io`, `r.io/team`.
fn split_key(key: &str) -> (&str, &str) {
    let bare = key.split_once("://").map_or(key, |(_, rest)| rest);
    let (host, path) = bare.split_once('/').unwrap_or((bare, ""));
    match path.trim_end_matches('/') {
        "v1" | "v2" => (host, ""),
        path => (host, path),
    }
}

fn same_registry(key: &str, registry: &str) -> bool {
    let (host, path) = split_key(key);
    path.is_empty() && same_host(host, registry)
}

fn same_host(host: &str, registry: &str) -> bool {
    host == registry || (is_hub(host) && is_hub(registry))
}

pub(super) fn is_hub(host: &str) -> bool {
    HUB_HOSTS.contains(&host)
}

/// Returns a path as people write it, with `~` for the home folder.
fn displayed(path: &Path) -> String {
    let home = std::env::home_dir();
    let inside = home.and_then(|home| path.strip_prefix(home).ok().map(Path::to_path_buf));
    inside.map_or_else(
        || path.display().to_string(),
        |inside| format!("~/{}", inside.display()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{
        "auths": {
            "https://index.docker.io/v1/": {"auth": "aHViOnB3"},
            "ghcr.io": {"auth": "Z2g6cHcAAA=="},
            "https://quay.io": {"username": "q", "password": "pw"},
            "quay.io/team": {"username": "t", "password": "pw"},
            "r.io:5000": {"auth": "", "identitytoken": "it"},
            "raw.io": {"registrytoken": "rt"},
            "empty.io": {},
            "bad.io": {"auth": "%%%"}
        },
        "credHelpers": {"gcr.io": "gcloud", "docker.io": "hub"},
        "HttpHeaders": {"User-Agent": "x"}
    }"#;

    fn basic(username: &str) -> Option<Credentials> {
        Some(Credentials::Basic {
            username: username.into(),
            password: "pw".into(),
        })
    }

    #[test]
    fn finds_the_entry_of_a_registry() {
        let file: File = serde_json::from_str(FILE).unwrap();
        let table = [
            ("index.docker.io", "library/nginx", basic("hub")),
            ("ghcr.io", "me/app", basic("gh")),
            ("quay.io", "me/app", basic("q")),
            ("quay.io", "team/app", basic("t")),
            ("quay.io", "teams/app", basic("q")),
            ("r.io:5000", "app", Some(Credentials::Identity("it".into()))),
            ("r.io", "app", None),
            ("raw.io", "app", Some(Credentials::Bearer("rt".into()))),
            ("empty.io", "app", None),
            ("bad.io", "app", None),
        ];
        for (registry, repository, expected) in table {
            let found = file
                .entry(registry, repository)
                .and_then(Entry::credentials);
            assert_eq!(found, expected, "{registry}/{repository}");
        }
    }

    #[test]
    fn a_helper_of_its_own_comes_before_the_store() {
        let mut file: File = serde_json::from_str(FILE).unwrap();
        assert_eq!(file.helper("gcr.io"), Some("gcloud"));
        assert_eq!(file.helper("index.docker.io"), Some("hub"));
        assert_eq!(file.helper("ghcr.io"), None);
        file.creds_store = "pass".into();
        assert_eq!(file.helper("ghcr.io"), Some("pass"));
    }
}
