//! What kustomize knows of the built-in kinds before it reads any schema: their scope, and the type that strategic
//! merge starts from.

use std::sync::OnceLock;

/// The facts of kyaml 0.21's embedded OpenAPI (Kubernetes 1.21), one kind a line, sorted.
static FACTS: &str = include_str!("kinds.tsv");

/// What is known of one kind.
struct Kind {
    api_version: &'static str,
    kind: &'static str,
    cluster_scoped: Option<bool>,
    schema: Option<&'static str>,
}

/// Tells whether objects of a built-in kind live outside of namespaces; nothing for kinds that kustomize does not know
/// (kyaml 0.21 `openapi.IsNamespaceScoped`, negated).
pub(crate) fn is_cluster_scoped(api_version: &str, kind: &str) -> Option<bool> {
    find(api_version, kind)?.cluster_scoped
}

/// Returns the type of a built-in kind, as `merge/schema.tsv` names it.
pub(super) fn schema_type(api_version: &str, kind: &str) -> Option<&'static str> {
    find(api_version, kind)?.schema
}

fn find(api_version: &str, kind: &str) -> Option<&'static Kind> {
    static KINDS: OnceLock<Vec<Kind>> = OnceLock::new();
    let kinds = KINDS.get_or_init(|| FACTS.lines().skip(1).filter_map(read).collect());
    let index = kinds
        .binary_search_by(|k| (k.api_version, k.kind).cmp(&(api_version, kind)))
        .ok()?;
    kinds.get(index)
}

fn read(line: &'static str) -> Option<Kind> {
    let mut columns = line.split('\t');
    Some(Kind {
        api_version: columns.next()?,
        kind: columns.next()?,
        cluster_scoped: match columns.next() {
            Some("cluster") => Some(true),
            Some("namespaced") => Some(false),
            _ => None,
        },
        schema: columns.next(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes() {
        assert_eq!(is_cluster_scoped("v1", "Namespace"), Some(true));
        assert_eq!(is_cluster_scoped("apps/v1", "Deployment"), Some(false));
        assert_eq!(is_cluster_scoped("v1", "Deployment"), None);
        assert_eq!(is_cluster_scoped("policy/v1beta1", "Eviction"), None);
        assert_eq!(is_cluster_scoped("cilium.io/v2", "CiliumNode"), None);
    }

    #[test]
    fn every_line_is_found() {
        for line in FACTS.lines().skip(1) {
            let kind = read(line).unwrap();
            let found = find(kind.api_version, kind.kind).unwrap();
            assert_eq!(found.cluster_scoped, kind.cluster_scoped, "{line}");
            assert!(
                found.schema.is_some() || found.cluster_scoped.is_some(),
                "{line}"
            );
        }
    }
}
