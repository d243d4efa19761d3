//! Objects of Flux in API versions that newer versions of Flux no longer serve.

use super::Look;
use crate::flux::{group, kind};
use crate::preflight::facts::OldApi;

/// Group, version, and the minor version of Flux 2 whose CRDs no longer have it (release notes of 2.7, 2.8 and 2.9).
const REMOVED: [(&str, &str, u64); 12] = [
    ("source.toolkit.fluxcd.io", "v1beta1", 7),
    ("kustomize.toolkit.fluxcd.io", "v1beta1", 7),
    ("image.toolkit.fluxcd.io", "v1alpha1", 7),
    ("image.toolkit.fluxcd.io", "v1beta1", 7),
    ("notification.toolkit.fluxcd.io", "v1beta1", 7),
    ("helm.toolkit.fluxcd.io", "v2beta1", 7),
    ("source.toolkit.fluxcd.io", "v1beta2", 8),
    ("kustomize.toolkit.fluxcd.io", "v1beta2", 8),
    ("helm.toolkit.fluxcd.io", "v2beta2", 8),
    ("image.toolkit.fluxcd.io", "v1alpha2", 7),
    ("image.toolkit.fluxcd.io", "v1beta2", 9),
    ("notification.toolkit.fluxcd.io", "v1beta2", 9),
];

/// Returns the objects in such versions, in the order of the units.
pub(super) fn of(look: &Look<'_, '_>) -> Vec<OldApi> {
    let found = look.objects().filter_map(|(_, applied)| {
        let node = &applied.node;
        let api_version = node.text_at(&["apiVersion"])?;
        let (_, version) = api_version.split_once('/')?;
        let mut rows = REMOVED.iter();
        let row = rows.find(|(of_group, gone, _)| *gone == version && *of_group == group(node))?;
        Some(OldApi {
            api_version: api_version.to_owned(),
            kind: kind(node).to_owned(),
            place: look.place_of(applied, &["apiVersion"]),
            removed_in: row.2,
        })
    });
    found.collect()
}
