//! Asks the API server of a cluster: which objects of a kind there are, what one of them says, what changes; and patches.

mod ask;
mod config;
mod discovery;
mod error;
mod failure;
mod known;
mod proxy;
mod review;
mod watch;

use std::collections::HashMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use kube::client::ClientBuilder;
use kube::client::retry::RetryPolicy;
use smol_str::SmolStr;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use tower::buffer::BufferLayer;
use tower::retry::RetryLayer;

use self::config::Sources;
use self::failure::Question;
use self::known::{Discovery, Served};
use crate::flux::live::FluxKind;

pub use self::ask::{Listing, Scope};
pub use self::error::ClusterError;
pub use self::review::Access;
pub use self::watch::{Change, Changes};

/// How many objects one answer may hold, as `kubectl` asks (`--chunk-size`).
const PAGE: u32 = 500;

/// How many requests may wait for a connection.
const QUEUE: usize = 1024;
/// How often a request is sent again to a server that is too busy (429, 503, 504), and how long to wait in between where the
/// server does not say; the defaults of the client go on for minutes.
const RETRIES: u32 = 5;
const RETRY_PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// Which cluster to ask, and how long.
#[derive(Clone, Debug, Default)]
pub struct ClusterOptions {
    /// The kubeconfig file; without it those of `KUBECONFIG`, else `~/.kube/config`, else what a pod has.
    pub kubeconfig: Option<PathBuf>,
    /// The context in it; without it the current one.
    pub context: Option<String>,
    /// How long all questions together may take, from [`ClusterClient::connect`] on; without it as long as the server does.
    pub timeout: Option<Duration>,
}

/// Returns the names of all contexts of the kubeconfig, by name.
///
/// # Errors
/// There is no kubeconfig, or it does not read.
pub fn contexts(kubeconfig: Option<&Path>) -> Result<Vec<String>, ClusterError> {
    config::context_names(&Sources::of(&ClusterOptions {
        kubeconfig: kubeconfig.map(Path::to_owned),
        ..ClusterOptions::default()
    }))
}

/// A kind of object, whatever its version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceKind {
    /// The API group, such as `image.toolkit.fluxcd.io`; empty for the core group.
    pub group: SmolStr,
    /// The kind, such as `ImagePolicy`.
    pub kind: SmolStr,
}

impl From<&FluxKind> for ResourceKind {
    fn from(kind: &FluxKind) -> Self {
        ResourceKind {
            group: SmolStr::new_static(kind.group),
            kind: SmolStr::new_static(kind.kind),
        }
    }
}

impl ResourceKind {
    /// Makes a kind.
    pub fn new(group: impl Into<SmolStr>, kind: impl Into<SmolStr>) -> Self {
        ResourceKind {
            group: group.into(),
            kind: kind.into(),
        }
    }
}

/// A client of one cluster. It remembers which groups and versions the server has.
pub struct ClusterClient {
    client: kube::Client,
    /// Host and port.
    server: String,
    /// The command that gives credentials, if one does.
    plugin: Option<String>,
    deadline: Option<Instant>,
    /// Where kinds are that are not where they usually are.
    known: Mutex<HashMap<ResourceKind, Served>>,
    core: OnceCell<Discovery>,
    groups: OnceCell<Discovery>,
}

impl ClusterClient {
    /// Reads the kubeconfig and gets ready; credential plugins run here. The server is not asked before there is a question.
    ///
    /// # Errors
    /// There is no kubeconfig, it does not read, or the context is not in it.
    pub async fn connect(options: &ClusterOptions) -> Result<Self, ClusterError> {
        let deadline = options.timeout.and_then(|t| Instant::now().checked_add(t));
        let config = config::load(&Sources::of(options), options.context.as_deref()).await?;
        let server = config::shown(&config.cluster_url);
        let plugin = config.auth_info.exec.as_ref();
        let plugin = plugin.and_then(|exec| exec.command.clone());
        // A credential plugin may ask for a password: this thread must stay free to see that time is up.
        let making = tokio::task::spawn_blocking(move || client(config));
        let made = in_time(deadline, &server, async { Ok(making.await) }).await?;
        let question = Question::connecting(&server, plugin.as_deref());
        let client = match made {
            Ok(made) => made.map_err(|error| question.answered(&error))?,
            Err(_) => {
                let why = "the credentials of the kubeconfig cannot be used";
                return Err(ClusterError::Credentials(why.to_owned()));
            }
        };
        Ok(ClusterClient {
            client,
            server,
            plugin,
            deadline,
            known: Mutex::default(),
            core: OnceCell::new(),
            groups: OnceCell::new(),
        })
    }

    /// Returns host and port of the server.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Returns the question that a watch is, for what goes wrong in the middle of one.
    fn watching<'q>(&'q self, kind: &ResourceKind, namespace: Option<&'q str>) -> Question<'q> {
        match Served::usual(kind) {
            Some(served) => self.question("watch", &served, namespace),
            None => Question::connecting(&self.server, self.plugin.as_deref()),
        }
    }

    fn question<'q>(
        &'q self,
        verb: &'static str,
        served: &Served,
        namespace: Option<&'q str>,
    ) -> Question<'q> {
        Question {
            resource: Some((verb, served.resource_name())),
            namespace: namespace.filter(|_| served.is_namespaced),
            ..Question::connecting(&self.server, self.plugin.as_deref())
        }
    }
}

/// Makes the client, with patience of our own.
fn client(mut config: kube::Config) -> Result<kube::Client, kube::Error> {
    config.default_retry = false;
    let builder = ClientBuilder::try_from(config)?;
    let (least, most) = RETRY_PAUSE;
    let patient =
        RetryPolicy::new(least, most, RETRIES, true).map_err(|e| kube::Error::Service(e.into()))?;
    // What is sent again has to be a service that can be copied.
    let builder = builder.with_layer(&BufferLayer::new(QUEUE));
    Ok(builder.with_layer(&RetryLayer::new(patient)).build())
}

/// Ends work that takes longer than the run may.
async fn in_time<T>(
    deadline: Option<Instant>,
    server: &str,
    work: impl Future<Output = Result<T, ClusterError>>,
) -> Result<T, ClusterError> {
    let Some(deadline) = deadline else {
        return work.await;
    };
    let late = |_| ClusterError::TimedOut {
        server: server.to_owned(),
    };
    tokio::time::timeout_at(deadline, work)
        .await
        .map_err(late)?
}
