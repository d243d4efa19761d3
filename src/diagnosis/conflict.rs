//! Objects that two Kustomizations or HelmReleases apply: each undoes what the other does.

use std::collections::BTreeMap;

use super::story::{Cause, Confidence};
use super::thing::Thing;
use crate::flux::live::Live;

/// How many of the objects are named.
const NAMED: usize = 3;

/// Finds what is applied twice, by the two that do it. Clusters elsewhere (`spec.kubeConfig`) are left out.
pub(super) fn find(objects: &[Live]) -> Vec<(Vec<Thing>, Cause)> {
    let here = objects
        .iter()
        .filter(|live| live.value().pointer("/spec/kubeConfig").is_none());
    let mut appliers: BTreeMap<Thing, Vec<Thing>> = BTreeMap::new();
    for live in here {
        let own = Thing::from(&live.kind_ref());
        for item in live.inventory() {
            let all = appliers.entry(Thing::from(&item)).or_default();
            if !all.contains(&own) {
                all.push(own.clone());
            }
        }
    }
    let mut by_appliers: BTreeMap<Vec<Thing>, Vec<Thing>> = BTreeMap::new();
    for (item, mut all) in appliers {
        if all.len() > 1 {
            all.sort();
            by_appliers.entry(all).or_default().push(item);
        }
    }
    let causes = by_appliers.into_iter();
    causes
        .filter_map(|(all, items)| Some((all.clone(), cause(&all, &items)?)))
        .collect()
}

fn cause(appliers: &[Thing], items: &[Thing]) -> Option<Cause> {
    let first = appliers.first()?;
    let join = |things: &[Thing]| {
        let names: Vec<String> = things.iter().map(Thing::to_string).collect();
        names.join(", ")
    };
    let more = match items.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!(
        "{} apply the same objects: {}{more}",
        join(appliers).replacen(", ", " and ", 1),
        join(items.get(..NAMED).unwrap_or(items))
    );
    let cause = Cause::new("applied-twice", first, Confidence::Likely, message);
    let help = "each undoes what the other does, and `prune` of one deletes what the other needs: take them out of one";
    Some(cause.help(help).next("homelab lint"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn applier(name: &str, spec: Value, ids: &[&str]) -> Live {
        let entries: Vec<Value> = ids.iter().map(|id| json!({"id": id, "v": "v1"})).collect();
        Live::of(
            json!({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": {"namespace": "flux-system", "name": name}, "spec": spec,
            "status": {"inventory": {"entries": entries}}}),
        )
        .unwrap()
    }

    #[test]
    fn what_two_apply_is_found_once() {
        let shared = ["web_a__ConfigMap", "web_b__ConfigMap"];
        let found = find(&[
            applier("apps", json!({}), &shared),
            applier("web", json!({}), &shared),
            applier("other", json!({}), &["web_c__ConfigMap"]),
            applier("remote", json!({"kubeConfig": {}}), &["web_c__ConfigMap"]),
        ]);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].1.message,
            "Kustomization flux-system/apps and Kustomization flux-system/web apply the same objects: ConfigMap web/a, ConfigMap web/b"
        );
    }
}
