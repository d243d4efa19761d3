//! What the controllers of a cluster saw of an image: the last scan of a repository, the latest image of a policy.

use serde_json::Value;

use super::Reference;
use crate::flux::{Condition, ObjectRef};

/// What the image-reflector knows of an ImageRepository (API versions v1 and v1beta2, and v1beta1 without tags).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannedRepository {
    /// Its namespace and name.
    pub id: ObjectRef,
    /// `status.canonicalImageName`: the image with its registry, such as `docker.io/library/alpine`; nothing before the
    /// first reconciliation.
    pub image: Option<String>,
    /// `status.lastScanResult`; nothing before the first scan.
    pub last_scan: Option<LastScan>,
    /// The condition `Ready`; nothing before the first reconciliation.
    pub ready: Option<Condition>,
}

/// The result of the last scan that went well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastScan {
    /// How many tags there are after `spec.exclusionList`.
    pub tag_count: u64,
    /// When, in RFC 3339; empty where the object does not say.
    pub time: String,
    /// A sample only: the first ten tags in descending order of bytes (image-reflector-controller 1.2). Its database has
    /// the others, and shows them to nobody.
    pub latest_tags: Vec<String>,
}

impl ScannedRepository {
    /// Reads an ImageRepository as the API server returns it.
    pub fn of(object: &Value) -> Self {
        ScannedRepository {
            id: id(object),
            image: text(object, "/status/canonicalImageName").map(str::to_owned),
            last_scan: object
                .pointer("/status/lastScanResult")
                .and_then(LastScan::of),
            ready: Condition::of(object, "Ready"),
        }
    }
}

impl LastScan {
    fn of(result: &Value) -> Option<Self> {
        let tags = result.get("latestTags").and_then(Value::as_array);
        let tags = tags.into_iter().flatten().filter_map(Value::as_str);
        Some(LastScan {
            tag_count: result.get("tagCount")?.as_u64()?,
            time: text(result, "/scanTime").unwrap_or_default().to_owned(),
            latest_tags: tags.map(str::to_owned).collect(),
        })
    }

    /// Tells whether the sample is the whole: a selection from it is then the one that the cluster makes.
    pub fn is_complete(&self) -> bool {
        usize::try_from(self.tag_count).is_ok_and(|count| count == self.latest_tags.len())
    }
}

/// What the image-reflector selected for an ImagePolicy (API versions v1, v1beta2 and v1beta1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectedImage {
    /// The policy's namespace and name.
    pub id: ObjectRef,
    /// `status.latestRef`; nothing where nothing was ever selected. It stays when a later selection fails or the policy is
    /// suspended: see `ready`.
    pub latest: Option<LatestRef>,
    /// The condition `Ready`; nothing before the first reconciliation.
    pub ready: Option<Condition>,
}

/// The latest image of a policy: `<name>:<tag>`, or `<name>:<tag>@<digest>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatestRef {
    /// `spec.image` of the ImageRepository as it is written there.
    pub name: String,
    /// The tag.
    pub tag: String,
    /// The digest, where `spec.digestReflectionPolicy` wants one.
    pub digest: Option<String>,
}

impl SelectedImage {
    /// Reads an ImagePolicy as the API server returns it.
    pub fn of(object: &Value) -> Self {
        let reference = object.pointer("/status/latestRef").and_then(LatestRef::of);
        // v1beta1, and v1beta2 before image-reflector-controller 0.35, have only this.
        let string = || LatestRef::parse(text(object, "/status/latestImage")?);
        SelectedImage {
            id: id(object),
            latest: reference.or_else(string),
            ready: Condition::of(object, "Ready"),
        }
    }
}

impl LatestRef {
    fn of(reference: &Value) -> Option<Self> {
        Some(LatestRef {
            name: text(reference, "/name")?.to_owned(),
            tag: text(reference, "/tag")?.to_owned(),
            digest: text(reference, "/digest").map(str::to_owned),
        })
    }

    /// Reads `name:tag` and `name:tag@digest`. A colon before the last `/` is that of a port.
    fn parse(image: &str) -> Option<Self> {
        let reference = Reference::parse(image).ok()?;
        let tag = reference.tag()?;
        let whole = image.split('@').next().unwrap_or_default();
        Some(LatestRef {
            name: whole.strip_suffix(tag)?.strip_suffix(':')?.to_owned(),
            tag: tag.to_owned(),
            digest: reference.digest().map(str::to_owned),
        })
    }
}

impl std::fmt::Display for LatestRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.name, self.tag)?;
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

fn id(object: &Value) -> ObjectRef {
    let field = |path| text(object, path).unwrap_or_default();
    ObjectRef::new(field("/metadata/namespace"), field("/metadata/name"))
}

/// Returns a text that is not empty.
fn text<'v>(value: &'v Value, path: &str) -> Option<&'v str> {
    let text = value.pointer(path)?.as_str()?;
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn latest(status: &Value) -> Option<String> {
        let policy = SelectedImage::of(&json!({ "status": status }));
        policy.latest.map(|latest| latest.to_string())
    }

    #[test]
    fn a_repository_tells_what_was_scanned() {
        let object = json!({
            "apiVersion": "image.toolkit.fluxcd.io/v1", "kind": "ImageRepository",
            "metadata": {"namespace": "flux-system", "name": "app"},
            "status": {
                "canonicalImageName": "ghcr.io/me/app",
                "conditions": [{"type": "Ready", "status": "True", "reason": "Succeeded"}],
                "lastScanResult": {
                    "revision": "1234", "tagCount": 12, "scanTime": "2026-01-02T03:04:05Z",
                    "latestTags": ["v9", "v10"],
                },
            },
        });
        let found = ScannedRepository::of(&object);
        assert_eq!(found.id, ObjectRef::new("flux-system", "app"));
        assert_eq!(found.image.as_deref(), Some("ghcr.io/me/app"));
        assert!(found.ready.unwrap().is_true());
        let scan = found.last_scan.unwrap();
        assert_eq!(
            (scan.tag_count, scan.time.as_str()),
            (12, "2026-01-02T03:04:05Z")
        );
        assert_eq!(scan.latest_tags, ["v9", "v10"]);
        assert!(!scan.is_complete());
    }

    #[test]
    fn what_was_never_scanned_has_nothing() {
        // The default that the CRD writes.
        for object in [
            json!({"status": {"observedGeneration": -1}}),
            json!({}),
            json!(null),
        ] {
            let found = ScannedRepository::of(&object);
            assert_eq!(
                (found.image, found.last_scan, found.ready),
                (None, None, None)
            );
        }
        let scan = |result: Value| LastScan::of(&result);
        assert_eq!(scan(json!({"scanTime": null})), None);
        assert_eq!(scan(json!({"tagCount": -1})), None);
        // A repository without tags leaves the list out.
        let none = scan(json!({"tagCount": 0, "scanTime": null})).unwrap();
        assert!(none.is_complete() && none.latest_tags.is_empty() && none.time.is_empty());
        assert!(!scan(json!({"tagCount": 2})).unwrap().is_complete());
    }

    #[test]
    fn a_policy_tells_its_latest_image() {
        let with_digest =
            json!({"latestRef": {"name": "ghcr.io/me/app", "tag": "v2", "digest": "sha256:ab"}});
        assert_eq!(
            latest(&with_digest).as_deref(),
            Some("ghcr.io/me/app:v2@sha256:ab")
        );
        let without = json!({"latestRef": {"name": "redis", "tag": "8", "digest": ""}, "latestImage": "redis:7"});
        assert_eq!(latest(&without).as_deref(), Some("redis:8"));
        for none in [
            json!({}),
            json!({"latestRef": null}),
            json!({"latestRef": {"name": "a"}}),
        ] {
            assert_eq!(latest(&none), None);
        }
    }

    #[test]
    fn older_policies_have_one_string() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        for (image, name) in [
            ("redis:7.2".to_owned(), "redis"),
            (
                "registry.lan:5000/team/app:7.2".to_owned(),
                "registry.lan:5000/team/app",
            ),
            (format!("redis:7.2@{digest}"), "redis"),
        ] {
            let found = LatestRef::parse(&image).unwrap();
            assert_eq!((found.name.as_str(), found.tag.as_str()), (name, "7.2"));
            assert_eq!(found.to_string(), image);
            assert_eq!(latest(&json!({ "latestImage": image })), Some(image));
        }
        for odd in ["registry.lan:5000/app", "", "redis:", "a b:1"] {
            assert_eq!(latest(&json!({ "latestImage": odd })), None, "{odd}");
        }
    }
}
