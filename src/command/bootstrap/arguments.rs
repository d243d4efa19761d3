//! The arguments of `homelab bootstrap`: those of `flux bootstrap` (flux2 v2.9), and a few of its own.

use clap::{Args, ValueEnum};

use crate::command::Global;
use crate::preflight::{Forge, Wishes};

/// What stands over the flags that are flux's.
const FLUX: &str = "Flags of flux bootstrap (found out where they are not given)";
/// What stands over the flags of flux that are only passed on.
const PASSED: &str = "Flags of flux bootstrap that are passed on";

/// The kinds of servers: the subcommands of `flux bootstrap`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Server {
    /// GitHub, or GitHub Enterprise Server
    #[value(name = "github")]
    GitHub,
    /// GitLab
    #[value(name = "gitlab")]
    GitLab,
    /// Gitea or Forgejo, such as Codeberg
    #[value(alias = "forgejo")]
    Gitea,
    /// Any git server, by its URL
    Git,
}

impl From<Server> for Forge {
    fn from(server: Server) -> Forge {
        match server {
            Server::GitHub => Forge::GitHub,
            Server::GitLab => Forge::GitLab,
            Server::Gitea => Forge::Gitea,
            Server::Git => Forge::Git,
        }
    }
}

/// Flags that say what is to be bootstrapped, and how.
#[derive(Args, Debug)]
pub(super) struct PlanFlags {
    /// The user, organisation or group that owns the repository
    #[arg(long, value_name = "NAME", help_heading = FLUX)]
    owner: Option<String>,
    /// The name of the repository
    #[arg(long, value_name = "NAME", help_heading = FLUX)]
    repository: Option<String>,
    /// The branch that the cluster follows
    #[arg(long, value_name = "NAME", help_heading = FLUX)]
    branch: Option<String>,
    /// The folder that the cluster applies
    #[arg(long, value_name = "FOLDER", help_heading = FLUX)]
    path: Option<String>,
    /// The host of the server
    #[arg(long, value_name = "HOST", help_heading = FLUX)]
    hostname: Option<String>,
    /// Host and port for SSH, where they are others
    #[arg(long, value_name = "HOST[:PORT]", help_heading = FLUX)]
    ssh_hostname: Option<String>,
    /// The owner is a user, not an organisation
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = FLUX)]
    personal: Option<bool>,
    /// Let the deploy key write
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = FLUX)]
    read_write_key: Option<bool>,
    /// Store the token in the cluster instead of a deploy key
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = FLUX)]
    token_auth: Option<bool>,
    /// A private key of your own for SSH
    #[arg(long, value_name = "FILE", help_heading = FLUX)]
    private_key_file: Option<String>,
    /// The URL of the repository (git)
    #[arg(long, value_name = "URL", help_heading = FLUX)]
    url: Option<String>,
    /// The user name of the URL (git)
    #[arg(long, value_name = "NAME", help_heading = FLUX)]
    username: Option<String>,
    /// The certificates that the server's certificate is checked against
    #[arg(long, value_name = "FILE", help_heading = FLUX)]
    ca_file: Option<String>,
    /// The controllers to install, instead of the default ones
    #[arg(long, value_name = "NAMES", value_delimiter = ',', help_heading = FLUX)]
    components: Option<Vec<String>>,
    /// Controllers to install beside those
    #[arg(long, value_name = "NAMES", value_delimiter = ',', help_heading = FLUX)]
    components_extra: Option<Vec<String>>,
    /// The Secret with the credentials
    #[arg(long, value_name = "NAME", help_heading = FLUX)]
    secret_name: Option<String>,
}

/// Makes the struct of flags that are passed on, and what passes them on.
macro_rules! passed_on {
    (values $($(#[doc = $doc:literal])+ $field:ident: $flag:literal = $value:literal,)+
     switches $($(#[doc = $say:literal])+ $switch:ident: $name:literal,)+) => {
        /// Flags that are handed to flux as they are.
        #[derive(Args, Debug)]
        pub(super) struct PassedFlags {
            $($(#[doc = $doc])+ #[arg(long = $flag, value_name = $value, help_heading = PASSED)]
            $field: Option<String>,)+
            $($(#[doc = $say])+ #[arg(long = $name, value_name = "BOOL", num_args = 0..=1, require_equals = true,
                default_missing_value = "true", help_heading = PASSED)]
            $switch: Option<bool>,)+
        }

        impl PassedFlags {
            /// Returns them as arguments.
            fn arguments(&self) -> Vec<String> {
                let values = [$(($flag, self.$field.clone())),+];
                let switches = [$(($name, self.$switch.map(|on| on.to_string()))),+];
                let all = values.into_iter().chain(switches);
                all.filter_map(|(flag, value)| Some(format!("--{flag}={}", value?))).collect()
            }
        }
    };
}

passed_on! {
    values
    /// The version of Flux to install
    version: "version" = "VERSION",
    /// How often the source is looked at
    interval: "interval" = "DUR",
    /// The domain of the cluster
    cluster_domain: "cluster-domain" = "DOMAIN",
    /// Taints that the controllers tolerate
    toleration_keys: "toleration-keys" = "KEYS",
    /// Where the images of Flux come from
    registry: "registry" = "REGISTRY",
    /// The Secret for pulling those
    image_pull_secret: "image-pull-secret" = "NAME",
    /// How much the controllers log
    log_level: "log-level" = "LEVEL",
    /// The name of who commits
    author_name: "author-name" = "NAME",
    /// The address of who commits
    author_email: "author-email" = "ADDRESS",
    /// What is added to the messages of the commits
    commit_message_appendix: "commit-message-appendix" = "TEXT",
    /// Teams that get access
    team: "team" = "TEAMS",
    /// Who sees a new project (GitLab)
    visibility: "visibility" = "WHO",
    /// The kind of the deploy key
    ssh_key_algorithm: "ssh-key-algorithm" = "KIND",
    /// The curve of an ecdsa key
    ssh_ecdsa_curve: "ssh-ecdsa-curve" = "CURVE",
    /// The length of an rsa key
    ssh_rsa_bits: "ssh-rsa-bits" = "BITS",
    /// Fetch only these folders
    sparse_checkout: "sparse-checkout" = "FOLDERS",
    switches
    /// Shut the controllers off from other namespaces
    network_policy: "network-policy",
    /// Look at objects of all namespaces
    watch_all_namespaces: "watch-all-namespaces",
    /// Whether a new repository is private
    private: "private",
    /// Change settings of a repository that is there
    reconcile: "reconcile",
    /// Fetch submodules too
    recurse_submodules: "recurse-submodules",
    /// Take over a Flux that something else installed
    force: "force",
    /// Send credentials without encryption (git)
    allow_insecure_http: "allow-insecure-http",
}

impl PlanFlags {
    /// Puts together what the user asks for.
    pub(super) fn wishes(&self, passed: &PassedFlags, global: &Global) -> Wishes {
        Wishes {
            url: self.url.clone(),
            hostname: self.hostname.clone(),
            ssh_hostname: self.ssh_hostname.clone(),
            owner: self.owner.clone(),
            repository: self.repository.clone(),
            branch: self.branch.clone(),
            path: self.path.clone(),
            namespace: global.named_namespace.clone(),
            default_namespace: global.flux_namespace(),
            secret: self.secret_name.clone(),
            personal: self.personal,
            read_write_key: self.read_write_key,
            token_auth: self.token_auth,
            private_key_file: self.private_key_file.clone(),
            username: self.username.clone(),
            ca_file: self.ca_file.clone(),
            components: self.components.clone(),
            components_extra: self.components_extra.clone(),
            passed: passed.arguments(),
            ..Wishes::default()
        }
    }

    /// Returns the folder that is named.
    pub(super) fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }
}
