//! Questions about a kind: in its usual version at once, and through the server's discovery only where it is not there.

use std::sync::PoisonError;

use http::header::ACCEPT;
use kube::Error;
use serde_json::Value;

use super::error::ClusterError;
use super::failure::{Question, is_unserved, not_served};
use super::known::{Discovery, Served};
use super::{ClusterClient, ResourceKind};

/// The forms in which a server tells of all its groups in one answer.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";

impl ClusterClient {
    /// Asks something about a kind. Where the server does not have the kind in its usual version, its discovery is asked,
    /// once in a run, and then again in the version that it has.
    pub(super) async fn asking<T>(
        &self,
        verb: &'static str,
        kind: &ResourceKind,
        namespace: Option<&str>,
        ask: impl AsyncFn(&Served) -> Result<T, Error>,
    ) -> Result<T, ClusterError> {
        let first = match self.remembered(kind).or_else(|| Served::usual(kind)) {
            Some(served) => served,
            None => self.discovered(kind).await?,
        };
        let question = |served: &Served| self.question(verb, served, namespace);
        let error = match ask(&first).await {
            Err(error) if is_unserved(&error) => error,
            answer => return answer.map_err(|error| question(&first).answered(&error)),
        };
        let second = self.discovered(kind).await?;
        if second == first {
            return Err(question(&first).answered(&error));
        }
        let answer = ask(&second).await;
        answer.map_err(|error| question(&second).answered(&error))
    }

    fn remembered(&self, kind: &ResourceKind) -> Option<Served> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(kind).cloned()
    }

    /// Returns where the server has a kind.
    async fn discovered(&self, kind: &ResourceKind) -> Result<Served, ClusterError> {
        let (cell, path) = match kind.group.as_str() {
            "" => (&self.core, "/api"),
            _ => (&self.groups, "/apis"),
        };
        let discovery = cell.get_or_try_init(|| self.discover(path)).await?;
        let found = discovery.find(kind);
        let served = found.ok_or_else(|| not_served(kind, discovery.has_group(&kind.group)))?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(kind.clone(), served.clone());
        Ok(served)
    }

    async fn discover(&self, path: &str) -> Result<Discovery, ClusterError> {
        let question = Question::connecting(&self.server, self.plugin.as_deref());
        let request = http::Request::get(path).header(ACCEPT, AGGREGATED);
        let request = request.body(Vec::new()).map_err(Error::HttpError);
        let answer: Result<Value, Error> = match request {
            Ok(request) => self.client.request(request).await,
            Err(error) => Err(error),
        };
        let answer = answer.map_err(|error| question.answered(&error))?;
        serde_json::from_value(answer)
            .map_err(|_| question.malformed("it is older than Kubernetes 1.26"))
    }
}
