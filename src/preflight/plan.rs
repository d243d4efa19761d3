//! The plan: what is to be bootstrapped from where, and why each part of it is as it is.

mod components;
mod folders;
mod kept;
mod path;
mod place;
mod resolve;
mod wishes;

pub use components::{DEFAULT_COMPONENTS, EXTRA_COMPONENTS};
pub use folders::cluster_folders;
pub use kept::kept_flags;
pub use path::flux_path;
pub use resolve::{NoPlan, resolve};
pub use wishes::Wishes;

/// A value, and where it comes from: `the flag --owner`, `the remote origin`, `clusters/home/flux-system/gotk-sync.yaml:12`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen<T> {
    /// The value.
    pub value: T,
    /// Where it comes from, a fragment that completes "because of".
    pub why: String,
}

impl<T> Chosen<T> {
    /// Puts a value and its origin together.
    pub fn new(value: T, why: impl Into<String>) -> Self {
        Chosen {
            value,
            why: why.into(),
        }
    }
}

/// Which kind of server holds the repository: the subcommand of `flux bootstrap`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forge {
    /// GitHub, or GitHub Enterprise Server.
    GitHub,
    /// GitLab.
    GitLab,
    /// Gitea or Forgejo.
    Gitea,
    /// Any git server, without an API.
    Git,
}

/// How the cluster is to reach the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// `flux bootstrap` makes a key pair and installs its public half as a deploy key.
    DeployKey {
        /// Whether the key may write (`--read-write-key`).
        read_write: bool,
    },
    /// The token itself is stored in the cluster (`--token-auth`).
    Token,
    /// A private key of the user, by its file (`--private-key-file`, plain git only).
    PrivateKey(String),
}

/// What is to be bootstrapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The subcommand.
    pub forge: Chosen<Forge>,
    /// The host, with a port where there is one, such as `github.com`.
    pub host: Chosen<String>,
    /// The user, organisation or group (with subgroups) that owns the repository; empty for plain git.
    pub owner: Chosen<String>,
    /// The name of the repository, without `.git`.
    pub repository: Chosen<String>,
    /// The URL that plain git is given; for the others the web address of the repository.
    pub url: String,
    /// The branch that the cluster follows.
    pub branch: Chosen<String>,
    /// The folder that the cluster applies, as flux writes it: `./clusters/home`; `./` for the whole repository.
    pub path: Chosen<String>,
    /// The namespace of Flux.
    pub namespace: String,
    /// The Secret with the credentials (`--secret-name`).
    pub secret: String,
    /// How the cluster reaches the repository.
    pub auth: Chosen<Auth>,
    /// `--components-extra`: what there is beside the four default controllers, with the reason for each.
    pub components_extra: Vec<Chosen<String>>,
    /// `--components`, where it is not the default.
    pub components: Option<Chosen<Vec<String>>>,
    /// Whether the user gave `--personal`; otherwise the forge says whether the owner is a user.
    pub personal: Option<bool>,
    /// Host and port that SSH goes to, where they differ from `host` (`--ssh-hostname`).
    pub ssh_host: Option<Chosen<String>>,
    /// The certificates of the authority that the server's certificate is of (`--ca-file`).
    pub ca_file: Option<Chosen<String>>,
    /// The user name for plain git (`--username`).
    pub username: Option<Chosen<String>>,
    /// Flags that are passed on as they are, such as `--toleration-keys=arm`.
    pub extra: Vec<Chosen<String>>,
    /// What the user should know of how the plan was made: one line each.
    pub notes: Vec<String>,
}

impl Forge {
    /// Returns the subcommand of `flux bootstrap`.
    pub fn command(self) -> &'static str {
        match self {
            Forge::GitHub => "github",
            Forge::GitLab => "gitlab",
            Forge::Gitea => "gitea",
            Forge::Git => "git",
        }
    }

    /// Returns what people call it.
    pub fn name(self) -> &'static str {
        match self {
            Forge::GitHub => "GitHub",
            Forge::GitLab => "GitLab",
            Forge::Gitea => "Gitea or Forgejo",
            Forge::Git => "a git server",
        }
    }

    /// Returns the variable that `flux bootstrap` reads the token from (flux2 v2.9).
    pub fn token_variable(self) -> &'static str {
        match self {
            Forge::GitHub => "GITHUB_TOKEN",
            Forge::GitLab => "GITLAB_TOKEN",
            Forge::Gitea => "GITEA_TOKEN",
            Forge::Git => "GIT_PASSWORD",
        }
    }

    /// Returns the host that `flux bootstrap` takes without `--hostname`.
    pub fn default_host(self) -> Option<&'static str> {
        match self {
            Forge::GitHub => Some("github.com"),
            Forge::GitLab => Some("gitlab.com"),
            Forge::Gitea => Some("gitea.com"),
            Forge::Git => None,
        }
    }
}

impl Plan {
    /// Returns the title that `flux bootstrap` gives its deploy key: the parts that are not empty, with `-` in between
    /// (flux2 v2.9, `pkg/bootstrap`).
    pub fn key_title(&self) -> String {
        let parts = [
            &self.namespace,
            &self.branch.value,
            &self.secret,
            &self.path.value,
        ];
        let parts: Vec<&str> = parts
            .into_iter()
            .map(String::as_str)
            .filter(|part| !part.is_empty())
            .collect();
        parts.join("-")
    }

    /// Tells whether what the cluster is given may write to the repository.
    pub fn may_write(&self) -> bool {
        matches!(
            self.auth.value,
            Auth::Token | Auth::DeployKey { read_write: true } | Auth::PrivateKey(_)
        )
    }

    /// Returns owner and name, as in `me/home`.
    pub fn full_name(&self) -> String {
        match self.owner.value.as_str() {
            "" => self.repository.value.clone(),
            owner => format!("{owner}/{}", self.repository.value),
        }
    }
}

#[cfg(test)]
impl Plan {
    /// A plan for tests: `me/home` on GitHub, `clusters/home`, with a deploy key that only reads.
    pub(crate) fn sample() -> Plan {
        let given = |value: &str| Chosen::new(value.to_owned(), "a flag");
        Plan {
            forge: Chosen::new(Forge::GitHub, "a flag"),
            host: given("github.com"),
            owner: given("me"),
            repository: given("home"),
            url: "https://github.com/me/home".to_owned(),
            branch: given("main"),
            path: given("./clusters/home"),
            namespace: "flux-system".to_owned(),
            secret: "flux-system".to_owned(),
            auth: Chosen::new(Auth::DeployKey { read_write: false }, "the default"),
            components_extra: Vec::new(),
            components: None,
            personal: None,
            ssh_host: None,
            ca_file: None,
            username: None,
            extra: Vec::new(),
            notes: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
