//! What a bootstrapped cluster follows: the Kustomization that applies Flux itself, its source, and who writes to that.

use serde_json::Value;

use crate::flux::live::{Live, Readiness};
use crate::flux::{ConditionStatus, ObjectRef};
use crate::preflight::facts::{LiveAutomation, SyncFacts};

/// Returns the GitRepository that a Kustomization takes from; nothing where its source is of another kind.
pub fn source_of(kustomization: &Value) -> Option<ObjectRef> {
    let text = |pointer: &str| kustomization.pointer(pointer).and_then(Value::as_str);
    if text("/spec/sourceRef/kind") != Some("GitRepository") {
        return None;
    }
    let own = text("/metadata/namespace").unwrap_or_default();
    let namespace = text("/spec/sourceRef/namespace").unwrap_or(own);
    Some(ObjectRef::new(namespace, text("/spec/sourceRef/name")?))
}

/// Puts the Kustomization and its source together.
pub fn sync(kustomization: &Value, source: Option<&Value>) -> SyncFacts {
    let text = |object: Option<&Value>, pointer: &str| {
        let text = object?.pointer(pointer)?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    };
    let own = |pointer: &str| text(Some(kustomization), pointer);
    let of_source = |pointer: &str| text(source, pointer);
    let is_suspended = |object: &Value| object.pointer("/spec/suspend") == Some(&Value::Bool(true));
    SyncFacts {
        path: own("/spec/path").unwrap_or_default(),
        is_applied: own("/status/lastAppliedRevision").is_some(),
        trouble: trouble(kustomization),
        revision: own("/status/lastAppliedRevision"),
        is_suspended: is_suspended(kustomization) || source.is_some_and(is_suspended),
        url: of_source("/spec/url").map(|url| without_credentials(&url)),
        branch: of_source("/spec/ref/branch"),
        secret: of_source("/spec/secretRef/name"),
        source_revision: of_source("/status/artifact/revision"),
        source_trouble: source.and_then(trouble),
    }
}

/// Returns a URL without a password, and of https without the user, which may be a token.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let Some((user, host)) = authority.rsplit_once('@') else {
        return url.to_owned();
    };
    match (scheme, user.split(':').next()) {
        ("ssh", Some(user)) => format!("ssh://{user}@{host}{path}"),
        _ => format!("{scheme}://{host}{path}"),
    }
}

/// Picks the automations that push to a source and are not suspended.
pub fn automations(objects: Vec<Value>, source: &ObjectRef) -> Vec<LiveAutomation> {
    let all = objects.into_iter();
    let live = all.filter(|object| source_of(object).as_ref() == Some(source));
    let live = live
        .filter_map(Live::of)
        .filter(|live| !live.is_suspended());
    let facts = live.map(|live| LiveAutomation {
        trouble: not_ready(live.readiness()),
        pushed: live.text("/status/lastPushTime").map(str::to_owned),
        id: live.id,
    });
    facts.collect()
}

/// Returns the first FluxInstance, by which the Flux Operator runs an installation.
pub fn flux_instance(objects: &[Value]) -> Option<ObjectRef> {
    let text = |object: &Value, pointer: &str| Some(object.pointer(pointer)?.as_str()?.to_owned());
    let first = objects.first()?;
    let namespace = text(first, "/metadata/namespace").unwrap_or_default();
    Some(ObjectRef::new(namespace, text(first, "/metadata/name")?))
}

/// Tells whether a namespace is about to end.
pub fn namespace_ends(namespace: &Value) -> bool {
    let is_ending =
        namespace.pointer("/status/phase").and_then(Value::as_str) == Some("Terminating");
    is_ending || namespace.pointer("/metadata/deletionTimestamp").is_some()
}

fn trouble(object: &Value) -> Option<String> {
    not_ready(Live::of(object.clone())?.readiness())
}

fn not_ready(readiness: Readiness) -> Option<String> {
    (readiness.status != ConditionStatus::True).then_some(readiness.message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kustomization() -> Value {
        json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": {"namespace": "flux-system", "name": "flux-system"},
            "spec": {"path": "./clusters/home", "sourceRef": {"kind": "GitRepository", "name": "flux-system"}},
            "status": {"lastAppliedRevision": "main@sha1:1", "conditions": [
                {"type": "Ready", "status": "False", "message": "kustomize build failed"},
            ]},
        })
    }

    #[test]
    fn kustomization_and_source_make_one_fact() {
        let source = json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
            "metadata": {"namespace": "flux-system", "name": "flux-system"},
            "spec": {"url": "ssh://git@github.com/me/home", "ref": {"branch": "main"}, "secretRef": {"name": "flux-system"}, "suspend": true},
            "status": {"artifact": {"revision": "main@sha1:2"}, "conditions": [{"type": "Ready", "status": "True"}]},
        });
        let facts = sync(&kustomization(), Some(&source));
        assert_eq!(
            facts,
            SyncFacts {
                path: "./clusters/home".to_owned(),
                is_applied: true,
                trouble: Some("kustomize build failed".to_owned()),
                revision: Some("main@sha1:1".to_owned()),
                is_suspended: true,
                url: Some("ssh://git@github.com/me/home".to_owned()),
                branch: Some("main".to_owned()),
                secret: Some("flux-system".to_owned()),
                source_revision: Some("main@sha1:2".to_owned()),
                source_trouble: None,
            }
        );
        let bare = sync(&json!({"spec": {"path": ""}}), None);
        assert!(!bare.is_applied && bare.path.is_empty() && bare.url.is_none());
    }

    #[test]
    fn a_url_loses_what_may_be_secret() {
        for (url, shown) in [
            (
                "https://me:hunter2@github.com/me/home",
                "https://github.com/me/home",
            ),
            (
                "https://ghp_hunter2@github.com/me/home",
                "https://github.com/me/home",
            ),
            (
                "ssh://git:hunter2@git.lan:22/me/home",
                "ssh://git@git.lan:22/me/home",
            ),
            (
                "ssh://git@git.lan/me/home@v1",
                "ssh://git@git.lan/me/home@v1",
            ),
            ("https://github.com", "https://github.com"),
            ("git@github.com:me/home", "git@github.com:me/home"),
        ] {
            assert_eq!(without_credentials(url), shown);
        }
    }

    #[test]
    fn a_source_is_where_the_reference_says() {
        let own = source_of(&kustomization()).unwrap();
        assert_eq!(own.to_string(), "flux-system/flux-system");
        let mut other = kustomization();
        other["spec"]["sourceRef"] =
            json!({"kind": "GitRepository", "name": "fleet", "namespace": "sources"});
        assert_eq!(source_of(&other).unwrap().to_string(), "sources/fleet");
        other["spec"]["sourceRef"]["kind"] = "OCIRepository".into();
        assert_eq!(source_of(&other), None);
    }

    #[test]
    fn automations_of_the_source_alone_count() {
        let one = |name: &str, source: &str, suspend: bool| {
            json!({
                "apiVersion": "image.toolkit.fluxcd.io/v1", "kind": "ImageUpdateAutomation",
                "metadata": {"namespace": "flux-system", "name": name},
                "spec": {"sourceRef": {"kind": "GitRepository", "name": source}, "suspend": suspend},
                "status": {"lastPushTime": "2026-01-04T00:00:00Z", "conditions": [
                    {"type": "Ready", "status": "False", "message": "the key is marked as read only"},
                ]},
            })
        };
        let objects = vec![
            one("apps", "flux-system", false),
            one("other", "docs", false),
            one("held", "flux-system", true),
        ];
        let found = automations(objects, &ObjectRef::new("flux-system", "flux-system"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].id.name, "apps");
        assert_eq!(
            found[0].trouble.as_deref(),
            Some("the key is marked as read only")
        );
        assert_eq!(found[0].pushed.as_deref(), Some("2026-01-04T00:00:00Z"));
    }

    #[test]
    fn the_operator_and_the_end_of_a_namespace_are_seen() {
        assert_eq!(flux_instance(&[]), None);
        let instance = json!({"metadata": {"namespace": "flux-system", "name": "flux"}});
        assert_eq!(
            flux_instance(&[instance]).unwrap().to_string(),
            "flux-system/flux"
        );
        assert!(namespace_ends(&json!({"status": {"phase": "Terminating"}})));
        assert!(!namespace_ends(
            &json!({"status": {"phase": "Active"}, "metadata": {}})
        ));
    }
}
