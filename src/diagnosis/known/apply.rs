//! Messages of whatever is applied: what the API server, webhooks and quotas refuse.

use super::Known;

pub(super) const MESSAGES: &[Known] = &[
    // fluxcd/pkg ssa `DryRunErr`; table C, 27.
    Known {
        id: "namespace-missing",
        kinds: &[],
        pattern: r#"(?:(\S+/\S+) )?.*namespaces "([^"]+)" not found"#,
        cause: "{thing} applies {1} into the namespace {2}, which does not exist",
        help: "add the Namespace to what is applied, or let what brings it come first with `dependsOn`",
        next: &["homelab lint"],
    },
    Known {
        id: "namespace-missing",
        kinds: &[],
        pattern: r"(\S+/\S+) namespace not specified",
        cause: "{1} of {thing} says no namespace, or its kind is not in the cluster",
        help: "set `metadata.namespace`, or `targetNamespace` of the Kustomization; a kind that is not there needs its CRDs first",
        next: &["homelab lint"],
    },
    // apimachinery; table C, 1.
    Known {
        id: "kind-not-served",
        kinds: &[],
        pattern: r"(?:(\S+/\S+) )?.*the server could not find the requested resource",
        cause: "{thing} applies {1}, whose kind the cluster does not have",
        help: "what brings its CRDs has to be there first: a Kustomization of its own, and `dependsOn` here",
        next: &[],
    },
    // kube-apiserver, CRDs whose versions are gone; table C, 2.
    Known {
        id: "api-version-removed",
        kinds: &[],
        pattern: r"(request to convert CR (?:from|to) an invalid group/version[^\n]*|status\.storedVersions\[\d+\][^\n]*must appear in spec\.versions)",
        cause: "objects in the cluster are still kept in a version that is gone: {1}",
        help: "`flux migrate` writes them anew; it has to run before the CRDs are updated",
        next: &["flux migrate"],
    },
    // kube-apiserver `is immutable`.
    Known {
        id: "immutable-field",
        kinds: &[],
        pattern: r"(?s)(\S+/\S+) (?:dry-run|apply) failed.*?((?:\S+: )?(?:Invalid value|Forbidden)?[^\n]{0,120}(?:field is immutable|is immutable|are forbidden|may not change once set))",
        cause: "{1} of {thing} cannot be changed in place",
        help: "delete it once, or annotate it kustomize.toolkit.fluxcd.io/force: enabled, so that it is made anew; for a StatefulSet or a volume think of the data first",
        next: &[],
    },
    // Admission `ResourceQuota`.
    Known {
        id: "quota-exceeded",
        kinds: &[],
        pattern: r"exceeded quota: ([^\n]{0,200})",
        cause: "{thing} does not fit into the quota of its namespace: {1}",
        help: "raise the ResourceQuota, or ask for less",
        next: &[],
    },
    // Admission `PodSecurity`.
    Known {
        id: "pod-security",
        kinds: &[],
        pattern: r#"violates PodSecurity "([^"]+)": ([^\n]{0,300})"#,
        cause: "pods of {thing} do not keep to the policy {1} of their namespace: {2}",
        help: "set the `securityContext` that it asks for, or label the Namespace pod-security.kubernetes.io/enforce: privileged",
        next: &[],
    },
    // Authorization of what Flux acts as.
    Known {
        id: "forbidden",
        kinds: &[],
        pattern: r#"User "?(system:serviceaccount:[^"\s]+)"? cannot (\w+) resource "([^"]+)"(?: in API group "([^"]*)")?"#,
        cause: "{1} may not {2} {3}, which {thing} needs",
        help: "give its ServiceAccount a role that allows it, or leave `serviceAccountName` out",
        next: &["kubectl auth can-i {2} {3} --as {1}"],
    },
    // Admission webhooks.
    Known {
        id: "webhook-down",
        kinds: &[],
        pattern: r#"failed calling webhook "([^"]+)": ([^\n]{0,300})"#,
        cause: "the webhook {1} does not answer, so that {thing} cannot be applied: {2}",
        help: "the pods of its operator have to run; what it checks should come after it with `dependsOn`",
        next: &[],
    },
    Known {
        id: "webhook-denied",
        kinds: &[],
        pattern: r#"admission webhook "([^"]+)" denied the request: ([^\n]{0,300})"#,
        cause: "the webhook {1} does not accept what {thing} applies: {2}",
        help: "it says what it wants; change the manifest, or its policy",
        next: &[],
    },
    // fluxcd/pkg ssa; server-side apply; table C, 28.
    Known {
        id: "field-conflict",
        kinds: &[],
        pattern: r#"conflicts? with "([^"]+)"[^\n]*?:? ?(\.[^\n]{0,100})?"#,
        cause: "{thing} and {1} both want to say {2}",
        help: "only one may own a field: take it out of one of them",
        next: &[],
    },
    Known {
        id: "not-accepted",
        kinds: &["Kustomization"],
        pattern: r"(?s)(\S+/\S+) dry-run failed(?: \((\w+)\))?: (.{0,300})",
        cause: "the API server does not take {1} of {thing}: {3}",
        help: "correct the object in Git",
        next: &["homelab lint", "homelab build {name}"],
    },
];
