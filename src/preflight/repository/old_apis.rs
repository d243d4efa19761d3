//! Objects of Flux in API versions that the newest Flux does not have.

use super::Look;
use crate::flux::{group, kind};
use crate::preflight::cluster::{NEWEST, versions_of};
use crate::preflight::facts::OldApi;

/// Returns the objects in such versions, in the order of the units.
pub(super) fn of(look: &Look<'_, '_>) -> Vec<OldApi> {
    let found = look.objects().filter_map(|(_, applied)| {
        let node = &applied.node;
        // `flux bootstrap` writes this file anew.
        if applied.origin.path.ends_with("/gotk-sync.yaml") {
            return None;
        }
        let api_version = node.text_at(&["apiVersion"])?;
        let (_, version) = api_version.split_once('/')?;
        let is_flux = group(node).ends_with(".toolkit.fluxcd.io");
        let known = versions_of(kind(node), NEWEST).filter(|_| is_flux)?;
        (!known.contains(&version)).then(|| OldApi {
            api_version: api_version.to_owned(),
            kind: kind(node).to_owned(),
            place: look.place_of(applied, &["apiVersion"]),
        })
    });
    let mut all: Vec<OldApi> = Vec::new();
    for one in found {
        // One file may make many objects.
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}
