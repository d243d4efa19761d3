use super::*;

fn told(kind: &str, message: &str) -> Option<(&'static str, String)> {
    let thing = Thing::of_kind(kind, "flux-system", "app").unwrap();
    recognise(&thing, message).map(|cause| (cause.id, cause.message))
}

#[test]
fn every_pattern_is_read() {
    let count: usize = TABLES.iter().map(|table| table.len()).sum();
    assert_eq!(all().len(), count);
}

#[test]
fn every_place_is_filled() {
    for (known, pattern) in all() {
        let groups = pattern.captures_len();
        let texts = [known.cause, known.help]
            .into_iter()
            .chain(known.next.iter().copied());
        for text in texts {
            for group in groups..10 {
                assert!(
                    !text.contains(&format!("{{{group}}}")),
                    "{}: {text}",
                    known.id
                );
            }
        }
    }
}

/// One realistic message for each row of the list of common failures that shows in a cluster, then others.
#[test]
fn messages_of_controllers_are_recognised() {
    for (kind, message, id) in [
        // 1
        (
            "Kustomization",
            r#"ImagePolicy/flux-system/app dry-run failed: no matches for kind "ImagePolicy" in version "image.toolkit.fluxcd.io/v1""#,
            "kind-not-served",
        ),
        (
            "Kustomization",
            "Certificate/web/tls not found: the server could not find the requested resource",
            "kind-not-served",
        ),
        // 2
        (
            "Kustomization",
            r#"HelmRelease/media/plex dry-run failed: no matches for kind "HelmRelease" in version "helm.toolkit.fluxcd.io/v2beta2""#,
            "api-version-removed",
        ),
        (
            "Kustomization",
            "ImagePolicy/a/b dry-run failed (InternalError): request to convert CR to an invalid group/version: image.toolkit.fluxcd.io/v1beta1",
            "api-version-removed",
        ),
        (
            "Kustomization",
            "CustomResourceDefinition/imagepolicies.image.toolkit.fluxcd.io dry-run failed (Invalid): status.storedVersions[0]: Invalid value: \"v1beta1\": must appear in spec.versions",
            "api-version-removed",
        ),
        (
            "Kustomization",
            "kustomize build failed: failed to find unique target for patch HelmRelease.v2beta1.helm.toolkit.fluxcd.io/plex.media",
            "patch-without-target",
        ),
        // 3
        (
            "ImageUpdateAutomation",
            "failed to update source: failed to push to remote: unknown error: ERROR: The key you are authenticating with has been marked as read only.",
            "key-read-only",
        ),
        // 9, 10, 11
        (
            "ImagePolicy",
            "version list argument cannot be empty",
            "no-tag-passes",
        ),
        (
            "ImagePolicy",
            "unable to determine latest version from provided list",
            "no-tag-in-range",
        ),
        (
            "ImagePolicy",
            "failed to parse invalid numeric value 'main-abc'",
            "tag-no-number",
        ),
        // 13
        (
            "ImagePolicy",
            "retrying in 30s error: failed to read tags from database: no tags in database",
            "no-tags-known",
        ),
        // 14
        (
            "ImageRepository",
            ".spec.image value should not contain a tag: ghcr.io/me/app:1",
            "image-with-tag",
        ),
        (
            "ImageRepository",
            "image 'https://ghcr.io/me/app' should not include URL scheme; remove 'https://'",
            "image-with-scheme",
        ),
        // 15
        (
            "ImageRepository",
            "failed to configure authentication options: secret 'flux-system/ghcr' not found",
            "registry-credentials",
        ),
        (
            "ImageRepository",
            "scan failed: GET https://ghcr.io/token?scope=repository%3Ame%2Fapp%3Apull&service=ghcr.io: DENIED: requested access to the resource is denied",
            "registry-denied",
        ),
        // 17
        (
            "GitRepository",
            "failed to checkout and determine revision: unable to clone 'https://github.com/me/fleet': couldn't find remote ref \"refs/heads/main\"",
            "ref-not-found",
        ),
        // 20
        (
            "GitRepository",
            "invalid 'flux-system' secret data: required fields 'identity' and 'known_hosts'",
            "git-secret-keys",
        ),
        (
            "GitRepository",
            "failed to checkout and determine revision: unable to list remote for 'https://github.com/me/fleet': authorization failed",
            "git-denied",
        ),
        (
            "GitRepository",
            "failed to checkout and determine revision: unable to clone 'https://github.com/me/fleet': repository not found",
            "repository-not-found",
        ),
        // 24
        (
            "Kustomization",
            r#"post build failed for 'ConfigMap.v1.[noGrp]/script': variable substitution failed: variable not set (strict mode): "HOME""#,
            "variable-not-set",
        ),
        // 25
        (
            "Kustomization",
            "GitRepository.source.toolkit.fluxcd.io \"fleet\" not found",
            "source-missing",
        ),
        (
            "Kustomization",
            "can't access 'GitRepository/other/fleet', cross-namespace references have been blocked",
            "cross-namespace",
        ),
        // 26
        (
            "Kustomization",
            "kustomization path not found: stat /tmp/kustomization-4140259716/clusters/hoem: no such file or directory",
            "path-not-found",
        ),
        // 27
        (
            "Kustomization",
            "Deployment/web namespace not specified: the server could not find the requested resource",
            "namespace-missing",
        ),
        (
            "Kustomization",
            "Deployment/web/site not found: namespaces \"web\" not found",
            "namespace-missing",
        ),
        // 28
        (
            "Kustomization",
            "ConfigMap/a/b dry-run failed (FieldManagerConflict): Apply failed with 1 conflict: conflict with \"helm-controller\" using v1: .data.x",
            "field-conflict",
        ),
        // 29, 30
        (
            "ImageUpdateAutomation",
            "failed to update source: failed to push to remote: command error on refs/heads/main: protected branch hook declined",
            "branch-protected",
        ),
        (
            "ImageUpdateAutomation",
            "failed to update source: failed to push to remote: object not found",
            "push-branch-stale",
        ),
        // Beyond the list.
        (
            "Kustomization",
            "Job/web/migrate dry-run failed (Invalid): Job.batch \"migrate\" is invalid: spec.template: Invalid value: {...}: field is immutable",
            "immutable-field",
        ),
        (
            "Kustomization",
            "Secret/web/key is SOPS encrypted, configuring decryption is required for this secret to be reconciled",
            "sops-not-configured",
        ),
        (
            "Kustomization",
            "Certificate/web/tls dry-run failed (InternalError): Internal error occurred: failed calling webhook \"webhook.cert-manager.io\": failed to call webhook: Post \"https://cert-manager-webhook.cert-manager.svc:443/validate?timeout=30s\": no endpoints available for service \"cert-manager-webhook\"",
            "webhook-down",
        ),
        (
            "Kustomization",
            "kustomize build failed: accumulating resources: accumulation err='accumulating resources from 'plex': open /tmp/kustomization-123/apps/plex: no such file or directory'",
            "resource-not-found",
        ),
        (
            "Kustomization",
            "kustomize build failed: something new",
            "build-failed",
        ),
        (
            "HelmChart",
            "invalid chart reference: failed to get chart version for remote reference: no 'plex' chart with version matching '9.*' found",
            "chart-not-found",
        ),
        (
            "HelmRelease",
            "Helm install failed for release a/b with chart greeter@1.1.0: server-side apply failed for object a/b /v1, Kind=ConfigMap: failed to create typed patch object: .data.x: expected string",
            "not-accepted",
        ),
        (
            "HelmRelease",
            "Helm upgrade failed for release a/b with chart greeter@1.1.0: something new",
            "helm-failed",
        ),
        (
            "Receiver",
            "unable to read token from secret 'a/nowhere' error: secrets \"nowhere\" not found",
            "missing-reference",
        ),
        (
            "HelmRepository",
            "failed to load index: error converting YAML to JSON",
            "index-not-read",
        ),
        (
            "HelmRelease",
            "Helm upgrade failed for release media/plex with chart plex@1.0.0: another operation (install/upgrade/rollback) is in progress",
            "release-locked",
        ),
        (
            "HelmRelease",
            "could not resolve Secret chart values reference 'media/plex-values' with key 'values.yaml': key not found",
            "missing-reference",
        ),
        (
            "HelmRepository",
            "failed to fetch Helm repository index: failed to cache index to temporary file: Get \"https://charts.exmple.org/index.yaml\": dial tcp: lookup charts.exmple.org on 10.43.0.10:53: no such host",
            "dns",
        ),
        (
            "GitRepository",
            "failed to checkout and determine revision: unable to clone: Get \"https://git.lan/info/refs\": dial tcp: lookup git.lan on 10.43.0.10:53: no such host",
            "dns",
        ),
        (
            "GitRepository",
            "unable to clone 'ssh://git@git.lan/me/fleet': dial tcp 10.0.0.5:22: connect: connection refused",
            "unreachable",
        ),
        (
            "Deployment",
            "pods \"web-6d4b\" is forbidden: exceeded quota: compute, requested: memory=1Gi, used: memory=2Gi, limited: memory=2Gi",
            "quota-exceeded",
        ),
        (
            "Kustomization",
            "deployments.apps is forbidden: User \"system:serviceaccount:apps:flux\" cannot patch resource \"deployments\" in API group \"apps\" in the namespace \"web\"",
            "forbidden",
        ),
    ] {
        let found = told(kind, message).map(|(id, _)| id);
        assert_eq!(found, Some(id), "{message}");
    }
}

#[test]
fn causes_name_what_is_wrong() {
    let (_, cause) = told("Kustomization", "kustomization path not found: stat /tmp/kustomization-4140259716/clusters/hoem: no such file or directory").unwrap();
    assert_eq!(
        cause,
        "`spec.path` of Kustomization flux-system/app is not in its source: there is no clusters/hoem"
    );
    let (_, cause) = told("Kustomization", "kustomize build failed: accumulating resources: accumulation err='accumulating resources from 'plex': open /tmp/kustomization-123/apps/plex: no such file or directory'").unwrap();
    assert_eq!(
        cause,
        "a kustomization.yaml of Kustomization flux-system/app names apps/plex, which is not in its source"
    );
    let (_, cause) = told("Kustomization", r#"ImagePolicy/flux-system/app dry-run failed: no matches for kind "ServiceMonitor" in version "monitoring.coreos.com/v1""#).unwrap();
    assert_eq!(
        cause,
        "the cluster has no kind ServiceMonitor in monitoring.coreos.com/v1, which Kustomization flux-system/app wants to apply"
    );
    assert_eq!(told("Kustomization", "all is well"), None);
    assert_eq!(
        told("GitRepository", "version list argument cannot be empty"),
        None
    );
    assert_eq!(
        unset_variable(r#"variable not set (strict mode): "A_B""#),
        Some("A_B")
    );
}
