//! What a new service is to be: every value that templates, registrations and plans need, asked for and learnt.

pub use crate::image::propose::{TagChoice, TagOrder};

/// A new service, complete: nothing is guessed any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceSpec {
    /// A DNS label.
    pub name: String,
    /// The namespace of its workload.
    pub namespace: String,
    /// One line for people.
    pub description: Option<String>,
    /// What it runs.
    pub image: Image,
    /// What runs it.
    pub workload: Workload,
    /// When a CronJob runs, in five fields.
    pub schedule: Option<String>,
    /// The port that the container listens on.
    pub port: Option<u16>,
    /// The port of its Service, once that is written.
    pub service_port: Option<u16>,
    /// The host under which it is reached.
    pub host: Option<String>,
    /// Who brings requests to it.
    pub ingress: Ingress,
    /// Annotations of what brings requests to it, in order.
    pub annotations: Vec<(String, String)>,
    /// Plain environment variables, in order.
    pub env: Vec<(String, String)>,
    /// Environment variables from an external store.
    pub secrets: Vec<SecretKey>,
    /// Keys of a Secret that is sealed.
    pub sealed: Vec<String>,
    /// Claims of storage.
    pub claims: Vec<Claim>,
    /// Folders of an NFS server.
    pub nfs: Vec<Nfs>,
    /// The HTTP path that tells whether it is well.
    pub probe: Option<String>,
    /// How much it may use.
    pub resources: Resources,
    /// On which nodes it runs.
    pub placement: Option<Placement>,
    /// The user that its processes run as.
    pub run_as: Option<u32>,
    /// Whether a NetworkPolicy is wanted.
    pub network_policy: bool,
    /// Whether a ResourceQuota is wanted.
    pub quota: bool,
    /// The Secret with which a private image is pulled.
    pub pull_secret: Option<String>,
    /// How its image is kept up to date.
    pub policy: Option<TagChoice>,
}

/// An image and its first tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// Registry and repository as they are to be written: `ghcr.io/me/app`.
    pub repository: String,
    /// The tag.
    pub tag: String,
}

/// What runs a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Workload {
    /// A Deployment.
    #[default]
    Deployment,
    /// A StatefulSet; its claims are templates of its own.
    StatefulSet,
    /// A CronJob.
    CronJob,
    /// A HelmRelease of bjw-s' app-template.
    AppTemplate,
    /// A HelmRelease of gimlet's onechart.
    OneChart,
}

/// Who brings requests to a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ingress {
    /// Nobody.
    #[default]
    None,
    /// An Ingress for ingress-nginx.
    Nginx,
    /// An Ingress for Traefik.
    Traefik,
    /// An Ingress for the Tailscale operator.
    Tailscale,
    /// An HTTPRoute of the Gateway API.
    Gateway,
}

/// One key of a Secret and where its value is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretKey {
    /// The key, an environment variable of the container.
    pub key: String,
    /// The item in the store.
    pub item: String,
    /// The field of the item.
    pub field: String,
}

/// A claim of storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The name of the claim: `data` becomes `NAME-data`.
    pub name: String,
    /// A quantity: `5Gi`.
    pub size: String,
    /// Where it is mounted.
    pub mount: String,
}

/// A folder of an NFS server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nfs {
    /// Host name or address.
    pub server: String,
    /// The exported folder.
    pub path: String,
    /// Where it is mounted.
    pub mount: String,
}

/// How much a service may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resources {
    /// Half of nothing: fits a Pi with 1 GB beside others.
    #[default]
    Tiny,
    /// A small web application.
    Small,
    /// An application with a runtime that takes memory.
    Medium,
    /// A server that works.
    Large,
    /// Nothing is written.
    None,
}

/// On which nodes a service runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Rather on nodes with this role (label `node-role.kubernetes.io/ROLE`).
    Prefer(String),
    /// Only on this node.
    Node(String),
}
