//! What `flux bootstrap` needs to go well: facts of the repository, the machine, the forge and the cluster, checks over
//! them, and the command that follows. Pure: whoever gathers the facts puts them in.

mod check;
mod checks;
pub mod cluster;
mod fact;
mod facts;
mod plan;

pub use check::{Area, Check, Verdict};
pub use checks::judge;
pub use fact::{Fact, Unavailable, Why};
pub use facts::{
    Automation, Binding, Blocker, BranchFacts, Bypass, ClusterFacts, ControllerFacts, CrdFacts, DeployKey,
    Effect, Facts, ForgeFacts, Installed, Level, LiveAutomation, MachineFacts, NeededSecret, NodeFacts, OwnerFacts,
    Permission, PublicKey, RemoteFacts, RemoteRepository, RepositoryFacts, Role, SecretFacts,
    SecretScheme, SyncFacts, SyncFile, TokenFacts, TokenKind, ToolFacts,
};
pub use plan::{Auth, Chosen, Forge, Plan};
