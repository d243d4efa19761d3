//! What `flux bootstrap` needs to go well: facts of the repository, the machine, the forge and the cluster, checks over
//! them, and the command that follows. Pure: whoever gathers the facts puts them in.

mod check;
mod checks;
pub mod cluster;
mod command_line;
mod fact;
mod facts;
pub mod forge;
mod last_words;
mod machine;
mod plan;
mod remote;
mod repository;
mod verify;
mod version;

pub use check::{Area, Check, Verdict};
pub use checks::judge;
pub use command_line::{CommandLine, Flag, command_line, shell_quoted};
pub use fact::{Fact, Unavailable, Why};
pub use facts::{
    Automation, Binding, Blocker, BranchFacts, BrokenBuild, Bypass, ClusterFacts, ControllerFacts,
    CrdFacts, DeployKey, Effect, Facts, ForgeFacts, Installed, Level, LiveAutomation, MachineFacts,
    NamespaceOrder, NeededSecret, NodeFacts, OldApi, OwnChild, OwnerFacts, Permission, PublicKey,
    RemoteFacts, RemoteRepository, RepositoryFacts, Role, SecretFacts, SecretScheme, SyncFacts,
    SyncFile, TokenFacts, TokenKind, ToolFacts,
};
pub use last_words::way_out;
pub use machine::{Needs, PROBES, Probe};
pub use plan::{
    Auth, Chosen, DEFAULT_COMPONENTS, EXTRA_COMPONENTS, Forge, NoPlan, Plan, Wishes,
    cluster_folders, flux_path, kept_flags, resolve,
};
pub use remote::{RemoteUrl, Scheme};
pub use repository::{GitFacts, repository_facts};
pub use verify::verify;
pub use version::Version;
