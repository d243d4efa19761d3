//! Which version of a kind the server has, and questions about it in that version.

use std::sync::{Arc, PoisonError};

use kube::Client;
use kube::api::{DynamicObject, GetParams, ListParams};
use kube::core::Request;
use kube::core::Resource;
use kube::discovery::{ApiCapabilities, ApiGroup, ApiResource, Scope};
use serde_json::{Map, Value};

use super::error::ClusterError;
use super::failure::{Question, is_expired, is_missing, not_served};
use super::{ClusterClient, PAGE, ResourceKind};

/// A kind in the version that questions are asked in.
pub(super) struct Served {
    resource: ApiResource,
    scope: Scope,
}

impl ClusterClient {
    /// Returns the kind in the version that the server prefers for the group, else in the newest one that has it: Flux
    /// serves Receiver in v1, and Alert, of the same group, in v1beta3 only.
    pub(super) async fn served(&self, kind: &ResourceKind) -> Result<Served, ClusterError> {
        let known = {
            let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(groups.entry(kind.group.clone()).or_default())
        };
        let ask = || async {
            let question = Question::connecting(&self.server, self.plugin.as_deref());
            let group = kube::discovery::group(&self.client, &kind.group).await;
            group.map_err(|error| match is_missing(&error) {
                true => not_served(kind, false),
                false => question.answered(&error),
            })
        };
        let group = known.get_or_try_init(ask).await?;
        find(group, &kind.kind).ok_or_else(|| not_served(kind, true))
    }
}

fn find(group: &ApiGroup, kind: &str) -> Option<Served> {
    let in_version = |version: &str| {
        let all = group.versioned_resources(version).into_iter();
        let mut fit = all.filter(|(resource, _)| resource.kind == kind);
        fit.next()
    };
    let preferred = group.preferred_version().and_then(in_version);
    let (resource, ApiCapabilities { scope, .. }) =
        preferred.or_else(|| group.versions().find_map(in_version))?;
    Some(Served { resource, scope })
}

impl Served {
    /// Returns `<plural>.<group>`, as roles and `kubectl` name it.
    pub(super) fn resource_name(&self) -> String {
        match self.resource.group.as_str() {
            "" => self.resource.plural.clone(),
            group => format!("{}.{group}", self.resource.plural),
        }
    }

    pub(super) fn is_namespaced(&self) -> bool {
        self.scope == Scope::Namespaced
    }

    /// Lists the objects, a page at a time.
    pub(super) async fn list(
        &self,
        client: &Client,
        namespace: Option<&str>,
        question: &Question<'_>,
    ) -> Result<Vec<Value>, ClusterError> {
        let request = self.request(namespace)?;
        let mut params = ListParams::default().limit(PAGE);
        let mut found = Vec::new();
        loop {
            match send(client, request.list(&params)).await {
                Ok(page) => params.continue_token = self.take(page, &mut found, question)?,
                // The server forgets what it paged through after five minutes: all at once, then (client-go `pager`).
                Err(error) if params.continue_token.is_some() && is_expired(&error) => {
                    found.clear();
                    params = ListParams::default();
                    continue;
                }
                Err(error) => return Err(question.answered(&error)),
            }
            if params.continue_token.is_none() {
                return Ok(found);
            }
        }
    }

    /// Returns one object, if there is one of this name.
    pub(super) async fn get(
        &self,
        client: &Client,
        namespace: Option<&str>,
        name: &str,
        question: &Question<'_>,
    ) -> Result<Option<Value>, ClusterError> {
        let request = self.request(namespace)?;
        let request = request.get(in_path(name)?, &GetParams::default());
        match send(client, request).await {
            Ok(object) => Ok(Some(object)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(question.answered(&error)),
        }
    }

    fn request(&self, namespace: Option<&str>) -> Result<Request, ClusterError> {
        let namespace = namespace.filter(|_| self.is_namespaced());
        let namespace = namespace.map(in_path).transpose()?;
        Ok(Request::new(DynamicObject::url_path(
            &self.resource,
            namespace,
        )))
    }

    /// Adds the objects of a page to those so far, and returns what leads to the next page.
    fn take(
        &self,
        mut page: Value,
        found: &mut Vec<Value>,
        question: &Question<'_>,
    ) -> Result<Option<String>, ClusterError> {
        let Some(Value::Array(items)) = page.get_mut("items").map(Value::take) else {
            return Err(question.malformed("its list has no items"));
        };
        found.extend(items.into_iter().map(|item| self.named(item)));
        let token = page.pointer("/metadata/continue").and_then(Value::as_str);
        Ok(token.filter(|token| !token.is_empty()).map(str::to_owned))
    }

    /// Returns an object of a list with version and kind, which lists of the server's own kinds leave out.
    fn named(&self, item: Value) -> Value {
        match item {
            Value::Object(fields) if !fields.contains_key("kind") => {
                let own = [
                    (
                        "apiVersion".to_owned(),
                        self.resource.api_version.clone().into(),
                    ),
                    ("kind".to_owned(), self.resource.kind.clone().into()),
                ];
                Value::Object(own.into_iter().chain(fields).collect::<Map<_, _>>())
            }
            other => other,
        }
    }
}

async fn send(
    client: &Client,
    request: Result<http::Request<Vec<u8>>, kube::core::request::Error>,
) -> Result<Value, kube::Error> {
    let request = request.map_err(kube::Error::BuildRequest)?;
    client.request(request).await
}

/// Returns a name that is one segment of a path: what is none could lead elsewhere (apimachinery `IsValidPathSegmentName`).
fn in_path(name: &str) -> Result<&str, ClusterError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':');
    let fits = !matches!(name, "" | "." | "..") && name.chars().all(plain);
    let other = || ClusterError::Name(name.to_owned());
    fits.then_some(name).ok_or_else(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_its_place() {
        for name in ["flux-system", "system:node", "a.b"] {
            assert_eq!(in_path(name), Ok(name));
        }
        for name in ["", "..", "a/b", "a?x", "a%2fb", "a b"] {
            assert!(in_path(name).is_err(), "{name}");
        }
    }
}
