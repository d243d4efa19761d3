//! The order in which a build gives its objects (kustomize api 0.21 `SortOrderTransformer`).

use super::id::Id;
use super::problem::{Outcome, ProblemKind, Site};
use super::resource::Resource;

const FIRST: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];
const LAST: [&str; 2] = [
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// Returns the rank of a kind in kustomize's own order: negative before, positive behind all other kinds.
pub(crate) fn rank(kind: &str) -> i32 {
    rank_in(kind, &FIRST, &LAST)
}

fn rank_in<S: AsRef<str>>(kind: &str, first: &[S], last: &[S]) -> i32 {
    let find = |list: &[S]| {
        let index = list.iter().rposition(|k| k.as_ref() == kind)?;
        i32::try_from(index).ok()
    };
    let length = i32::try_from(first.len()).unwrap_or(i32::MAX);
    match (find(last), find(first)) {
        (Some(index), _) => 1 + index,
        (None, Some(index)) => index - length,
        (None, None) => 0,
    }
}

/// The `sortOptions` field.
#[derive(Clone, Debug, Default)]
pub(crate) struct SortOptions {
    /// `legacy` or `fifo`.
    pub order: String,
    /// The kinds of `legacySortOptions`, where given.
    pub legacy: Option<LegacyOptions>,
}

/// The `legacySortOptions` field.
#[derive(Clone, Debug, Default)]
pub(crate) struct LegacyOptions {
    /// `orderFirst`.
    pub first: Vec<String>,
    /// `orderLast`.
    pub last: Vec<String>,
}

/// Sorts as the kustomization file says, else by kind, namespaces first and webhooks last, then by name: what
/// `kustomize build` and Flux do.
pub(crate) fn sort(
    resources: &mut [Resource],
    options: Option<&SortOptions>,
    site: &Site,
) -> Outcome<()> {
    let Some(options) = options else {
        sort_legacy(resources, rank);
        return Ok(());
    };
    match (options.order.as_str(), &options.legacy) {
        ("legacy", None) => sort_legacy(resources, rank),
        ("legacy", Some(l)) => sort_legacy(resources, |kind| rank_in(kind, &l.first, &l.last)),
        ("fifo", None) => {}
        ("fifo", Some(_)) => {
            let message = "the field 'sortOptions.legacySortOptions' is set but the selected sort \
                           order is 'fifo', not 'legacy'";
            return Err(site.problem(ProblemKind::InvalidKustomization, message));
        }
        _ => {
            let message = "the field 'sortOptions.order' must be one of [fifo, legacy]";
            return Err(site.problem(ProblemKind::InvalidKustomization, message));
        }
    }
    Ok(())
}

fn sort_legacy(resources: &mut [Resource], rank: impl Fn(&str) -> i32) {
    resources.sort_by_cached_key(|r| {
        let id = r.id();
        (rank(&id.gvk.kind), type_key(id), name_key(id))
    });
}

/// Returns what objects of equal rank are sorted by: group, version and kind. Namespaces of the core group come before
/// other kinds of that name (kubernetes-sigs/kustomize#4155).
fn type_key(id: &Id) -> String {
    let or = |text: &str, none: &str| {
        if text.is_empty() {
            none.to_owned()
        } else {
            text.to_owned()
        }
    };
    let gvk = &id.gvk;
    if gvk.group.is_empty() && gvk.kind == "Namespace" {
        return format!(" {}", gvk.version);
    }
    format!(
        "{}_{}_{}",
        or(&gvk.group, "~G"),
        or(&gvk.version, "~V"),
        or(&gvk.kind, "~K")
    )
}

fn name_key(id: &Id) -> String {
    let or = |text: &str, none: &str| {
        if text.is_empty() {
            none.to_owned()
        } else {
            text.to_owned()
        }
    };
    format!(
        "{}|{}|{}",
        id.gvk,
        or(&id.namespace, "~X"),
        or(&id.name, "~N")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_known_kinds() {
        assert_eq!(rank("Namespace"), -22);
        assert_eq!(rank("PodDisruptionBudget"), -1);
        assert_eq!(rank("HelmRelease"), 0);
        assert_eq!(rank("ValidatingWebhookConfiguration"), 2);
    }
}
