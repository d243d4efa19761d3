//! Questions about the server itself and about who asks: its version, and what this user may do.

use http::header::CONTENT_TYPE;
use kube::Error;
use serde_json::{Value, json};

use super::error::ClusterError;
use super::failure::Question;
use super::{ClusterClient, in_time};

/// Where a user asks what it may do. The server answers, and keeps nothing; every user may ask (`system:basic-user`).
const REVIEWS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/// Something that a user may or may not do, as roles name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access<'a> {
    /// The verb, such as `create`; `*` for all.
    pub verb: &'a str,
    /// The API group; empty for the core group, `*` for all.
    pub group: &'a str,
    /// The plural, such as `secrets`; `*` for all.
    pub resource: &'a str,
    /// The part of it, such as `status`; empty for the whole.
    pub subresource: &'a str,
    /// The namespace; nothing for all of them, and for what is in none.
    pub namespace: Option<&'a str>,
}

impl ClusterClient {
    /// Returns the version of the server, such as `v1.34.2+k3s1`.
    ///
    /// # Errors
    /// The server does not answer, or does not say its version.
    pub async fn version(&self) -> Result<String, ClusterError> {
        let request = http::Request::get("/version").body(Vec::new());
        let answer = self.ask(request, "get", "version").await?;
        let version = answer.get("gitVersion").and_then(Value::as_str);
        let version = version.filter(|version| !version.is_empty());
        let question = Question::connecting(&self.server, self.plugin.as_deref());
        let none = || question.malformed("it does not say its version");
        version.map(str::to_owned).ok_or_else(none)
    }

    /// Tells whether this user may do something (SelfSubjectAccessReview, which changes nothing).
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn may(&self, access: &Access<'_>) -> Result<bool, ClusterError> {
        let body = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {
                "verb": access.verb, "group": access.group, "resource": access.resource,
                "subresource": access.subresource, "namespace": access.namespace.unwrap_or_default(),
            }},
        });
        let request = http::Request::post(REVIEWS)
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string().into_bytes());
        let what = "selfsubjectaccessreviews.authorization.k8s.io";
        let answer = self.ask(request, "create", what).await?;
        let allowed = answer.pointer("/status/allowed").and_then(Value::as_bool);
        let question = Question::connecting(&self.server, self.plugin.as_deref());
        let none = || question.malformed("it does not say what is allowed");
        allowed.ok_or_else(none)
    }

    async fn ask(
        &self,
        request: http::Result<http::Request<Vec<u8>>>,
        verb: &'static str,
        resource: &str,
    ) -> Result<Value, ClusterError> {
        let question = Question {
            resource: Some((verb, resource.to_owned())),
            ..Question::connecting(&self.server, self.plugin.as_deref())
        };
        let work = async {
            let answer: Result<Value, Error> = match request {
                Ok(request) => self.client.request(request).await,
                Err(error) => Err(Error::HttpError(error)),
            };
            answer.map_err(|error| question.answered(&error))
        };
        in_time(self.deadline, &self.server, work).await
    }
}
