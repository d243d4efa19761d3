//! Questions with one answer: lists, single objects, the log of a container, and the one thing that is written, a patch.

use std::time::Duration;

use kube::Error;
use kube::api::{GetParams, ListParams, LogParams, Patch, PatchParams};
use kube::core::Request;
use serde_json::{Map, Value};

use super::error::ClusterError;
use super::failure::{is_conflict, is_expired, is_missing};
use super::known::Served;
use super::watch::pause;
use super::{ClusterClient, PAGE, ResourceKind, in_time};
use crate::flux::ObjectRef;

/// How often a patch is sent again where somebody else wrote at the same time, and how long to wait in between, as client-go
/// does (`retry.DefaultBackoff`).
const CONFLICTS: [Duration; 3] = [
    Duration::from_millis(10),
    Duration::from_millis(50),
    Duration::from_millis(250),
];

/// Which objects of a kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope<'s> {
    /// Those of this namespace; of all without.
    pub namespace: Option<&'s str>,
    /// Those that this label selector takes, such as `app=web,tier!=db`.
    pub labels: Option<&'s str>,
    /// Those that this field selector takes, such as `metadata.name=apps`.
    pub fields: Option<&'s str>,
}

/// The objects of a kind.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Whole objects, in the server's order, which is that of namespace and name.
    pub items: Vec<Value>,
    /// The version of the list, from which a watch goes on.
    pub resource_version: String,
}

impl ClusterClient {
    /// Lists the objects of a kind in a namespace, or in all.
    ///
    /// # Errors
    /// Never a part of the list: what cannot be had whole is an error.
    pub async fn list(
        &self,
        kind: &ResourceKind,
        namespace: Option<&str>,
    ) -> Result<Vec<Value>, ClusterError> {
        let scope = Scope {
            namespace,
            ..Scope::default()
        };
        Ok(self.list_in(kind, &scope).await?.items)
    }

    /// Lists the objects of a kind that a scope takes.
    ///
    /// # Errors
    /// Those of [`ClusterClient::list`]; a selector that the server does not read.
    pub async fn list_in(
        &self,
        kind: &ResourceKind,
        scope: &Scope<'_>,
    ) -> Result<Listing, ClusterError> {
        let namespace = scope.namespace.map(in_path).transpose()?;
        let work = self.asking("list", kind, namespace, async |served| {
            self.pages(served, scope).await
        });
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
        let (namespace, name) = (namespace.map(in_path).transpose()?, in_path(name)?);
        let work = self.asking("get", kind, namespace, async |served| {
            let request = Request::new(served.path(namespace));
            let request = request.get(name, &GetParams::default());
            found(self.send(request).await)
        });
        in_time(self.deadline, &self.server, work).await
    }

    /// Tells whether there is an object of this name. Its contents stay where they are: the server is asked for its metadata.
    ///
    /// # Errors
    /// The server does not tell whether there is one.
    pub async fn exists(
        &self,
        kind: &ResourceKind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<bool, ClusterError> {
        let (namespace, name) = (namespace.map(in_path).transpose()?, in_path(name)?);
        let work = self.asking("get", kind, namespace, async |served| {
            let request = Request::new(served.path(namespace));
            let request = request.get_metadata(name, &GetParams::default());
            found(self.send(request).await)
        });
        Ok(in_time(self.deadline, &self.server, work).await?.is_some())
    }

    /// Changes fields of an object by a JSON merge patch (RFC 7396) and returns it as it is then; nothing where there is no
    /// object of this name. A patch may arrive twice where an answer is lost: it has to be one that may.
    ///
    /// # Errors
    /// The server does not allow it, does not take it, or does not answer.
    pub async fn patch(
        &self,
        kind: &ResourceKind,
        namespace: Option<&str>,
        name: &str,
        patch: &Value,
    ) -> Result<Option<Value>, ClusterError> {
        let (namespace, name) = (namespace.map(in_path).transpose()?, in_path(name)?);
        let send = async |served: &Served| {
            let request = Request::new(served.path(namespace));
            let request = request.patch(name, &PatchParams::default(), &Patch::Merge(patch));
            self.send(request).await
        };
        let work = self.asking("patch", kind, namespace, async |served| {
            for pause in CONFLICTS {
                match send(served).await {
                    Err(error) if is_conflict(&error) => tokio::time::sleep(pause).await,
                    answer => return found(answer),
                }
            }
            found(send(served).await)
        });
        in_time(self.deadline, &self.server, work).await
    }

    /// Changes an object as [`ClusterClient::patch`] does, and goes on where the server is away: then it looks first whether
    /// the change has arrived, as `is_there` tells. `trouble` hears of each failure that may pass.
    ///
    /// # Errors
    /// Those of [`ClusterClient::patch`] that do not pass.
    pub async fn patch_once(
        &self,
        kind: &ResourceKind,
        id: &ObjectRef,
        patch: &Value,
        is_there: impl Fn(&Value) -> bool,
        trouble: impl Fn(ClusterError),
    ) -> Result<Option<Value>, ClusterError> {
        let (namespace, name) = (Some(id.namespace.as_str()), id.name.as_str());
        let mut failures = 0;
        loop {
            let found = match failures {
                0 => Ok(None),
                _ => self.get(kind, namespace, name).await,
            };
            let answer = match found {
                Ok(None) if failures > 0 => return Ok(None),
                Ok(Some(object)) if is_there(&object) => return Ok(Some(object)),
                Ok(_) => self.patch(kind, namespace, name, patch).await,
                Err(error) => Err(error),
            };
            match answer {
                Err(error) if error.may_pass() => trouble(error),
                answer => return answer,
            }
            failures += 1;
            let wait = async {
                tokio::time::sleep(pause(failures)).await;
                Ok(())
            };
            in_time(self.deadline, &self.server, wait).await?;
        }
    }

    /// Returns the last lines that a container wrote, or with `previous` the one that ran before it; nothing where there is no
    /// such pod or container, or nothing written yet.
    ///
    /// # Errors
    /// The server does not allow it or does not answer.
    pub async fn log(
        &self,
        id: &ObjectRef,
        container: &str,
        lines: i64,
        previous: bool,
    ) -> Result<Option<String>, ClusterError> {
        let (namespace, pod) = (in_path(&id.namespace)?, in_path(&id.name)?);
        let params = LogParams {
            container: Some(container.to_owned()),
            tail_lines: Some(lines),
            previous,
            ..LogParams::default()
        };
        let kind = ResourceKind::new("", "Pod");
        let work = self.asking("get", &kind, Some(namespace), async |served| {
            let request = Request::new(served.path(Some(namespace))).logs(pod, &params);
            let request = request.map_err(Error::BuildRequest)?;
            match self.client.request_text(request).await {
                // 400: the container waits to be started, or there was none before.
                Err(Error::Api(status)) if matches!(status.code, 400 | 404) => Ok(None),
                answer => answer.map(Some),
            }
        });
        in_time(self.deadline, &self.server, work).await
    }

    /// Lists what a scope takes, a page at a time.
    pub(super) async fn pages(&self, served: &Served, scope: &Scope<'_>) -> Result<Listing, Error> {
        let request = Request::new(served.path(scope.namespace));
        let first = ListParams {
            label_selector: scope.labels.map(str::to_owned),
            field_selector: scope.fields.map(str::to_owned),
            ..ListParams::default()
        };
        let mut params = first.clone().limit(PAGE);
        let mut listing = Listing::default();
        loop {
            let page = match self.send(request.list(&params)).await {
                // The server forgets what it paged through after five minutes: all at once, then (client-go `pager`).
                Err(error) if params.continue_token.is_some() && is_expired(&error) => {
                    listing = Listing::default();
                    params = first.clone();
                    continue;
                }
                page => page?,
            };
            params.continue_token = take(served, page, &mut listing)?;
            if params.continue_token.is_none() {
                return Ok(listing);
            }
        }
    }

    async fn send(
        &self,
        request: Result<http::Request<Vec<u8>>, kube::core::request::Error>,
    ) -> Result<Value, Error> {
        let request = request.map_err(Error::BuildRequest)?;
        self.client.request(request).await
    }
}

fn found(answer: Result<Value, Error>) -> Result<Option<Value>, Error> {
    match answer {
        Err(error) if is_missing(&error) => Ok(None),
        answer => answer.map(Some),
    }
}

/// Adds the objects of a page to those so far, and returns what leads to the next page.
fn take(served: &Served, mut page: Value, listing: &mut Listing) -> Result<Option<String>, Error> {
    let items = match page.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => items,
        // Servers of old write `null` for an empty list.
        Some(Value::Null) => Vec::new(),
        _ => {
            let no_list = serde::de::Error::custom("a list without items");
            return Err(Error::SerdeError(no_list));
        }
    };
    listing
        .items
        .extend(items.into_iter().map(|item| named(served, item)));
    let text = |pointer| page.pointer(pointer).and_then(Value::as_str);
    listing.resource_version = text("/metadata/resourceVersion")
        .unwrap_or_default()
        .to_owned();
    let token = text("/metadata/continue").filter(|token| !token.is_empty());
    Ok(token.map(str::to_owned))
}

/// Returns an object of a list with version and kind, which lists of the server's own kinds leave out.
fn named(served: &Served, item: Value) -> Value {
    match item {
        Value::Object(fields) if !fields.contains_key("kind") => {
            let own = [
                ("apiVersion", served.api_version()),
                ("kind", served.kind.clone()),
            ];
            let own = own.map(|(key, value)| (key.to_owned(), Value::from(value)));
            Value::Object(own.into_iter().chain(fields).collect::<Map<_, _>>())
        }
        other => other,
    }
}

/// Returns a name that is one segment of a path: what is none could lead elsewhere (apimachinery `IsValidPathSegmentName`).
pub(super) fn in_path(name: &str) -> Result<&str, ClusterError> {
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
