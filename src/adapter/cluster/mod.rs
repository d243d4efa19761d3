//! Asks the API server of a cluster: which objects of a kind there are, and what one of them says.

mod config;
mod discovery;
mod error;
mod failure;
mod proxy;

use std::collections::HashMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kube::discovery::ApiGroup;
use serde_json::Value;
use smol_str::SmolStr;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use self::config::Sources;
use self::discovery::Served;
use self::failure::Question;

pub use self::error::ClusterError;

/// How many objects one answer may hold, as `kubectl` asks (`--chunk-size`).
const PAGE: u32 = 500;

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

/// A kind of object, whatever its version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceKind {
    /// The API group, such as `image.toolkit.fluxcd.io`; empty for the core group.
    pub group: SmolStr,
    /// The kind, such as `ImagePolicy`.
    pub kind: SmolStr,
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
    groups: Mutex<HashMap<SmolStr, Arc<OnceCell<ApiGroup>>>>,
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
        let making = tokio::task::spawn_blocking(move || kube::Client::try_from(config));
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
            groups: Mutex::default(),
        })
    }

    /// Lists the objects of a kind in a namespace, or in all: whole objects in the version that the server prefers, in the
    /// server's order, which is that of namespace and name.
    ///
    /// # Errors
    /// Never a part of the list: what cannot be had whole is an error.
    pub async fn list(
        &self,
        kind: &ResourceKind,
        namespace: Option<&str>,
    ) -> Result<Vec<Value>, ClusterError> {
        let work = async {
            let served = self.served(kind).await?;
            let question = self.question("list", &served, namespace);
            served.list(&self.client, namespace, &question).await
        };
        in_time(self.deadline, &self.server, work).await
    }

    /// Returns an object; nothing where there is none of this name. What is in no namespace needs none.
    ///
    /// # Errors
    /// The server does not tell whether there is one.
    pub async fn get(
        &self,
        kind: &ResourceKind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Value>, ClusterError> {
        let work = async {
            let served = self.served(kind).await?;
            let question = self.question("get", &served, namespace);
            served.get(&self.client, namespace, name, &question).await
        };
        in_time(self.deadline, &self.server, work).await
    }

    fn question<'q>(
        &'q self,
        verb: &'static str,
        served: &Served,
        namespace: Option<&'q str>,
    ) -> Question<'q> {
        Question {
            resource: Some((verb, served.resource_name())),
            namespace: namespace.filter(|_| served.is_namespaced()),
            ..Question::connecting(&self.server, self.plugin.as_deref())
        }
    }
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
