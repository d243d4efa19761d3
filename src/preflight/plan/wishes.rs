//! What the user asks for on the command line, before anything is looked at.

use super::{Chosen, Forge};

/// The flags that the plan is made of; what is not given is found out.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// The subcommand: `homelab bootstrap gitea`.
    pub forge: Option<Forge>,
    /// `--remote`: the remote of git to look at.
    pub remote: Option<String>,
    /// `--url`, of plain git.
    pub url: Option<String>,
    /// `--hostname`.
    pub hostname: Option<String>,
    /// `--ssh-hostname`.
    pub ssh_hostname: Option<String>,
    /// `--owner`.
    pub owner: Option<String>,
    /// `--repository`.
    pub repository: Option<String>,
    /// `--branch`.
    pub branch: Option<String>,
    /// `--path`.
    pub path: Option<String>,
    /// `--namespace`.
    pub namespace: Option<String>,
    /// The namespace of Flux where neither a flag nor the repository names one.
    pub default_namespace: String,
    /// `--secret-name`.
    pub secret: Option<String>,
    /// `--personal`.
    pub personal: Option<bool>,
    /// `--read-write-key`.
    pub read_write_key: Option<bool>,
    /// `--token-auth`.
    pub token_auth: Option<bool>,
    /// `--private-key-file`.
    pub private_key_file: Option<String>,
    /// `--username`.
    pub username: Option<String>,
    /// `--ca-file`.
    pub ca_file: Option<String>,
    /// `--components`.
    pub components: Option<Vec<String>>,
    /// `--components-extra`.
    pub components_extra: Option<Vec<String>>,
    /// Flags of flux that are passed on, such as `--interval=5m`.
    pub passed: Vec<String>,
    /// What stands after `--`, passed on too.
    pub after: Vec<String>,
    /// Flags of the last bootstrap that differ from the defaults.
    pub kept: Vec<Chosen<String>>,
    /// Folders of the repository that look like those of a cluster, for a first bootstrap.
    pub folders: Vec<String>,
    /// A folder to suggest where none looks like one.
    pub suggestion: Option<String>,
}
