//! The facts that checks look at. None of them holds a secret: of Secrets there are names of keys and public halves.

use super::fact::Fact;
use super::plan::Plan;
use crate::flux::ObjectRef;

/// Everything that is known.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What is to be bootstrapped; none for `doctor`, which looks at what is there.
    pub plan: Option<Plan>,
    /// The repository on this machine; unavailable outside of one.
    pub repository: Fact<RepositoryFacts>,
    /// The programs of this machine.
    pub machine: MachineFacts,
    /// The server of the repository; none where it is not to be asked.
    pub forge: Option<ForgeFacts>,
    /// The cluster.
    pub cluster: Fact<ClusterFacts>,
    /// Now, in seconds since 1970.
    pub now: i64,
}

/// The repository as it is on this machine.
#[derive(Clone, Debug, Default)]
pub struct RepositoryFacts {
    /// The remotes of git.
    pub remotes: Vec<RemoteFacts>,
    /// The branch that is checked out; none on a detached head.
    pub branch: Option<String>,
    /// The commit that is checked out; none before the first one, and outside of git.
    pub head: Option<String>,
    /// The remote's branch that it follows, such as `origin/main`.
    pub upstream: Option<String>,
    /// Commits that the remote does not have, and the other way round; unknown without an upstream.
    pub ahead_behind: Option<(usize, usize)>,
    /// How many files differ from the last commit.
    pub uncommitted: usize,
    /// The clusters that the repository holds: name and folder, `""` for the whole repository.
    pub clusters: Vec<(String, String)>,
    /// `gotk-sync.yaml` of the cluster in question.
    pub sync: Option<SyncFile>,
    /// Other `gotk-sync.yaml` files that name the folder of the cluster in question, with their lines.
    pub same_path: Vec<String>,
    /// `gotk-components.yaml` of the cluster in question.
    pub installed: Option<Installed>,
    /// Files of Flux's own folder that flux reads but does not write, such as `kustomization.yaml` with patches.
    pub patches: Vec<String>,
    /// Kinds of `image.toolkit.fluxcd.io` that the cluster applies, each with the place of one (`apps/x.yaml:3`).
    pub image_kinds: Vec<(String, String)>,
    /// Other controllers that the repository needs, such as `source-watcher`, each with the kind and place that needs it.
    pub needed_components: Vec<(String, String)>,
    /// The automations, and what they write to.
    pub automations: Vec<Automation>,
    /// How the repository keeps its secrets; several schemes are possible.
    pub secret_schemes: Vec<SecretScheme>,
    /// Secrets that nothing in the repository makes and that somebody needs before the first reconciliation is done.
    pub needed_secrets: Vec<NeededSecret>,
    /// Objects whose kind is defined by a CRD that only comes once they are applied, so that nothing of their unit is.
    pub own_children: Vec<OwnChild>,
    /// Objects whose namespace is made by a unit that is not waited for.
    pub namespace_order: Vec<NamespaceOrder>,
    /// Objects of Flux in API versions that the newest Flux does not have.
    pub old_apis: Vec<OldApi>,
    /// Flux Kustomizations that do not build.
    pub broken_builds: Vec<BrokenBuild>,
    /// Whether a part of the repository could not be rendered offline, so that "nobody makes it" is not certain.
    pub is_incomplete: bool,
    /// Whether the repository is run by the Flux Operator (a FluxInstance), which bootstraps by itself: the place of it.
    pub operator: Option<String>,
}

/// A remote of git.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteFacts {
    /// Its name.
    pub name: String,
    /// Its URL, without credentials.
    pub url: String,
    /// Whether the URL has a password or a token in it, which is left out of `url`.
    pub has_credentials: bool,
}

/// An object that is applied together with what brings its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnChild {
    /// The kind, such as `ClusterIssuer`.
    pub kind: String,
    /// The API group of the kind.
    pub group: String,
    /// Where the object stands.
    pub place: String,
    /// The Kustomization that applies it.
    pub unit: ObjectRef,
    /// Who brings the CRD: `HelmRelease cert-manager/cert-manager`, `Kustomization flux-system/crds`.
    pub brought_by: String,
}

/// An object in a namespace that another unit makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceOrder {
    /// The namespace.
    pub namespace: String,
    /// Where the first object stands that needs it.
    pub place: String,
    /// The Kustomization that applies the object.
    pub unit: ObjectRef,
    /// The Kustomization that makes the namespace.
    pub made_by: ObjectRef,
    /// Whether the one that makes it waits for the one that needs it, so that no retry helps.
    pub is_circular: bool,
    /// When Flux tries again: `spec.retryInterval`, else `spec.interval`, as written.
    pub retry: String,
}

/// An object of Flux in an API version that the newest Flux does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldApi {
    /// The API version, such as `image.toolkit.fluxcd.io/v1beta2`.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// Where it stands.
    pub place: String,
}

/// A Flux Kustomization that does not build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenBuild {
    /// Its namespace and name.
    pub unit: String,
    /// Whether it is the one that `flux bootstrap` waits for.
    pub is_root: bool,
    /// File and line of the first fault.
    pub place: String,
    /// What is wrong there, in the words of kustomize.
    pub message: String,
}

/// What `gotk-sync.yaml` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncFile {
    /// The file, and its line of `spec.path`.
    pub place: String,
    /// `spec.path` of the Kustomization, as written.
    pub path: String,
    /// `spec.url` of the source.
    pub url: String,
    /// The file, and its line of `spec.url`.
    pub url_place: String,
    /// The branch of the source.
    pub branch: Option<String>,
    /// The Secret that the source names.
    pub secret: Option<String>,
    /// The Kustomization's namespace and name.
    pub id: ObjectRef,
}

/// What the header of `gotk-components.yaml` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The file.
    pub file: String,
    /// The version, such as `v2.7.5`.
    pub version: Option<String>,
    /// The components that the header lists, or where it does not, those that the file holds.
    pub components: Vec<String>,
}

/// An ImageUpdateAutomation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Automation {
    /// Its namespace and name.
    pub id: ObjectRef,
    /// Where it stands.
    pub place: String,
    /// Whether it writes to this repository, through the cluster's own source.
    pub writes_here: bool,
    /// The branch that it pushes to; none for the one that it checks out.
    pub push_branch: Option<String>,
    /// Whether it signs its commits.
    pub signs: bool,
    /// The author of its commits: name and address.
    pub author: (String, String),
    /// The message template, as written.
    pub message: Option<String>,
    /// Whether it is suspended.
    pub is_suspended: bool,
}

/// A way to keep secrets in git.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretScheme {
    /// Files encrypted by SOPS.
    Sops,
    /// SealedSecrets.
    Sealed,
    /// ExternalSecrets.
    External,
    /// Secrets as they are.
    Plain,
}

/// A Secret that has to be made by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeededSecret {
    /// Its namespace and name.
    pub id: ObjectRef,
    /// Who needs it: `Kustomization flux-system/apps (decryption)`.
    pub by: String,
    /// Where that stands.
    pub place: String,
    /// What it is for, where that is known: `the age key of SOPS`.
    pub purpose: String,
    /// The command that makes it, without the value, if there is a usual one.
    pub command: Option<String>,
    /// Whether Flux itself stops without it; otherwise one workload does.
    pub blocks: bool,
}

/// The programs of this machine.
#[derive(Clone, Debug, Default)]
pub struct MachineFacts {
    /// The programs that were looked for.
    pub tools: Vec<ToolFacts>,
    /// How many keys the ssh agent holds; unavailable without an agent.
    pub agent_keys: Option<Fact<usize>>,
    /// The context of the kubeconfig that is asked.
    pub context: Option<String>,
}

/// A program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolFacts {
    /// Its name, such as `flux`.
    pub name: &'static str,
    /// Its version, such as `2.9.5`; a text, as the program says it.
    pub version: Fact<String>,
    /// What it is needed for here; none where it is not needed.
    pub needed: Option<String>,
    /// Whether bootstrap cannot do without it.
    pub is_required: bool,
}

/// What the server of the repository says.
#[derive(Clone, Debug)]
pub struct ForgeFacts {
    /// The token.
    pub token: Fact<TokenFacts>,
    /// The owner that the plan names.
    pub owner: Fact<OwnerFacts>,
    /// The repository; none where the server says 404, which also stands for "not for you".
    pub repository: Fact<Option<RemoteRepository>>,
    /// The deploy keys of the repository.
    pub keys: Fact<Vec<DeployKey>>,
    /// The branch; none where the repository does not have it.
    pub branch: Fact<Option<BranchFacts>>,
    /// What stands in the way of commits on the branch.
    pub blockers: Fact<Vec<Blocker>>,
    /// Whether these credentials may push, as the git server itself says when asked for `git-receive-pack`.
    pub push: Fact<bool>,
}

/// Which kind of token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// GitHub `ghp_`, or 40 hexadecimal digits.
    Classic,
    /// GitHub `github_pat_`.
    FineGrained,
    /// GitHub `gho_`: of an OAuth app, such as `gh auth token`.
    OAuth,
    /// GitHub `ghu_`.
    AppUser,
    /// GitHub `ghs_`, such as the `GITHUB_TOKEN` of a workflow.
    AppInstallation,
    /// GitLab `glpat-`.
    GitLabPersonal,
    /// GitLab `gldt-`: a deploy token, which cannot use the API.
    GitLabDeploy,
    /// Anything else.
    Other,
}

/// A token, without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFacts {
    /// Where it was taken from: `GITHUB_TOKEN`, `op://...`.
    pub origin: String,
    /// Its kind.
    pub kind: TokenKind,
    /// Who it belongs to.
    pub login: Fact<String>,
    /// What it may do, where the server lists that.
    pub scopes: Option<Vec<String>>,
    /// When it expires, in seconds since 1970; none where the server names no end.
    pub expires: Option<i64>,
    /// What is unwise about how it is kept, such as a file that others may read.
    pub note: Option<String>,
}

/// A user or an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerFacts {
    /// The name as the server writes it.
    pub login: String,
    /// Whether it is an organisation or a group.
    pub is_organisation: bool,
}

/// What the user of the token may do with the repository; an upper bound for what the token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Nothing.
    None,
    /// Look.
    Read,
    /// Push.
    Write,
    /// Push, and a part of the settings.
    Maintain,
    /// Everything, deploy keys too.
    Admin,
}

/// A repository on its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteRepository {
    /// Owner and name as the server writes them.
    pub full_name: String,
    /// Whether the owner is an organisation, where the server says so.
    pub owner_is_organisation: Option<bool>,
    /// The default branch.
    pub default_branch: Option<String>,
    /// Whether it is private.
    pub is_private: bool,
    /// Whether it is archived, so that nobody can push.
    pub is_archived: bool,
    /// Whether the server has disabled it.
    pub is_disabled: bool,
    /// Whether it has no commit yet.
    pub is_empty: bool,
    /// The role of the token's user.
    pub role: Option<Role>,
}

/// A public key, as `authorized_keys` has it, without its comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// The type, such as `ecdsa-sha2-nistp384`.
    pub algorithm: String,
    /// The key in base64.
    pub blob: String,
}

/// A deploy key of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployKey {
    /// Its number.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The key; none where it does not read.
    pub key: Option<PublicKey>,
    /// Whether it may only read; none where the server does not say.
    pub is_read_only: Option<bool>,
    /// Whether it is enabled; false where an organisation has switched deploy keys off.
    pub is_enabled: Option<bool>,
    /// Whether the server has verified it.
    pub is_verified: Option<bool>,
    /// When it was used last, in seconds since 1970.
    pub last_used: Option<i64>,
    /// When it was made, in seconds since 1970.
    pub created: Option<i64>,
}

/// A branch on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchFacts {
    /// Its head.
    pub head: Option<String>,
    /// Whether something protects it.
    pub is_protected: bool,
}

/// What a rule does to commits that are pushed straight to the branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// They are refused.
    Refuses,
    /// They are refused unless they are signed.
    NeedsSignature,
    /// They are refused unless checks have passed on them.
    NeedsChecks,
    /// They are refused unless message, author or branch match: what has to match, and the pattern.
    NeedsPattern(String, String),
    /// There is something, but these credentials may not see what.
    Unknown,
}

/// Whether what bootstrap installs is let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bypass {
    /// Deploy keys or the user of the token are on the list.
    Yes,
    /// They are not.
    No,
    /// The server does not tell these credentials.
    Unknown,
}

/// A rule that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// What it is called: `pull_request`, `required_signatures`.
    pub rule: String,
    /// Where it is set: `ruleset "main" of the organisation`, `branch protection`.
    pub source: String,
    /// What it does.
    pub effect: Effect,
    /// Whether deploy keys are let through.
    pub bypass: Bypass,
    /// Whether the user of the token is let through, as whom bootstrap itself pushes.
    pub bypass_user: Bypass,
}

/// How far an allowance goes in the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Bootstrap needs it.
    Bootstrap,
    /// Only a check of ours needs it.
    Look,
}

/// What the cluster says.
#[derive(Clone, Debug)]
pub struct ClusterFacts {
    /// Host and port of the API server.
    pub server: String,
    /// The namespace of Flux that was looked into.
    pub flux_namespace: String,
    /// The name of the Secret that was looked at.
    pub secret_name: String,
    /// Its version, such as `v1.34.2+k3s1`.
    pub version: Fact<String>,
    /// The nodes.
    pub nodes: Fact<Vec<NodeFacts>>,
    /// The CRDs of Flux.
    pub crds: Fact<Vec<CrdFacts>>,
    /// The controllers: Deployments of the namespace with `app.kubernetes.io/part-of: flux`.
    pub controllers: Fact<Vec<ControllerFacts>>,
    /// The Kustomization that applies Flux itself, and its source; none where Flux was not bootstrapped.
    pub sync: Fact<Option<SyncFacts>>,
    /// The Secret of the plan; none where there is none.
    pub secret: Fact<Option<SecretFacts>>,
    /// Whether the namespace is there, and is about to end.
    pub namespace: Fact<Option<bool>>,
    /// What this user may do.
    pub permissions: Fact<Vec<Permission>>,
    /// The automations of the cluster that push to the source of Flux itself, without those that are suspended.
    pub automations: Fact<Vec<LiveAutomation>>,
    /// Which of the Secrets that the repository needs are there, in the order in which they were asked.
    pub needed_secrets: Vec<(ObjectRef, Fact<bool>)>,
    /// Whether the Flux Operator runs this installation: its FluxInstance.
    pub operator: Fact<Option<ObjectRef>>,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeFacts {
    /// Its name.
    pub name: String,
    /// Its architecture, such as `arm64`.
    pub architecture: String,
    /// Its operating system, such as `linux`.
    pub system: String,
    /// Its memory, in bytes.
    pub memory: Option<u64>,
    /// Whether it is ready.
    pub is_ready: bool,
    /// Pressures that it reports: `MemoryPressure`.
    pub pressures: Vec<String>,
    /// Keys of taints that keep pods away (NoSchedule, NoExecute).
    pub taints: Vec<String>,
}

/// A CRD of Flux.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrdFacts {
    /// `plural.group`.
    pub name: String,
    /// The kind.
    pub kind: String,
    /// The versions that are served.
    pub served: Vec<String>,
    /// `status.storedVersions`.
    pub stored: Vec<String>,
    /// `app.kubernetes.io/version`, such as `v2.9.5`.
    pub version: Option<String>,
    /// `app.kubernetes.io/managed-by`.
    pub managed_by: Option<String>,
}

/// A controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControllerFacts {
    /// Its name, such as `source-controller`.
    pub name: String,
    /// Its image.
    pub image: String,
    /// `app.kubernetes.io/version`, such as `v2.9.5`.
    pub version: Option<String>,
    /// Why it is not ready; none if it is.
    pub trouble: Option<String>,
    /// Its ServiceAccount.
    pub service_account: String,
    /// What binds its ServiceAccount to a role.
    pub bound_by: Fact<Vec<Binding>>,
}

/// What binds a ServiceAccount to a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The name of the ClusterRoleBinding or RoleBinding.
    pub name: String,
    /// The name of the role.
    pub role: String,
    /// Whether it holds in all namespaces (ClusterRoleBinding).
    pub is_everywhere: bool,
}

/// An ImageUpdateAutomation of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveAutomation {
    /// Its namespace and name.
    pub id: ObjectRef,
    /// What its controller says where it is not ready.
    pub trouble: Option<String>,
    /// When it pushed last, in RFC 3339.
    pub pushed: Option<String>,
}

/// The Kustomization that applies Flux itself, and its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncFacts {
    /// `spec.path` of the Kustomization.
    pub path: String,
    /// Whether it was ever applied.
    pub is_applied: bool,
    /// Whether it is ready; the message where it is not.
    pub trouble: Option<String>,
    /// The revision that it applied.
    pub revision: Option<String>,
    /// Whether it, or its source, is suspended.
    pub is_suspended: bool,
    /// `spec.url` of the source; none where the source is missing.
    pub url: Option<String>,
    /// The branch of the source.
    pub branch: Option<String>,
    /// The Secret that the source names.
    pub secret: Option<String>,
    /// The revision of its artifact.
    pub source_revision: Option<String>,
    /// The message of the source where it is not ready.
    pub source_trouble: Option<String>,
}

/// The Secret with the credentials: no value of it, but for the public ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFacts {
    /// The names of its keys.
    pub keys: Vec<String>,
    /// `identity.pub`.
    pub public_key: Option<PublicKey>,
    /// The hosts of `known_hosts`.
    pub known_hosts: Vec<String>,
    /// `username`.
    pub username: Option<String>,
}

/// Whether this user may do something in the cluster (SelfSubjectAccessReview).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// What: `create customresourcedefinitions.apiextensions.k8s.io`.
    pub what: String,
    /// Who needs it.
    pub level: Level,
    /// Whether it is allowed.
    pub is_allowed: bool,
}
