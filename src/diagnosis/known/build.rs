//! Messages of kustomize-controller before anything is applied: sources, paths, builds, substitution, decryption.

use super::Known;

const KS: &[&str] = &["Kustomization"];

pub(super) const MESSAGES: &[Known] = &[
    // kustomize-controller 1.9 `reconcile`; table C, 26.
    Known {
        id: "path-not-found",
        kinds: KS,
        pattern: r"kustomization path not found: stat (?:\S*/kustomization-\d+/)?(\S*): no such file or directory",
        cause: "`spec.path` of {thing} is not in its source: there is no {1}",
        help: "correct the path in Git; case matters, and it starts at the root of the source",
        next: &["homelab lint", "homelab reconcile {target} --with-source"],
    },
    Known {
        id: "path-not-found",
        kinds: KS,
        pattern: r"kustomization path not found: (.*)",
        cause: "`spec.path` of {thing} is not in its source: {1}",
        help: "correct the path in Git; it has to be a folder below the root of the source",
        next: &["homelab lint", "homelab reconcile {target} --with-source"],
    },
    // fluxcd/pkg envsubst 1.8; table C, 24.
    Known {
        id: "variable-not-set",
        kinds: KS,
        pattern: r#"post build failed for '([^']+)'.*variable not set \(strict mode\): "([^"]+)""#,
        cause: "{1} of {thing} uses the variable {2}, which nothing sets",
        help: "set it in `postBuild`, or write a default, ${{2}:=}; text that is no variable is written $${{2}}, or its object gets the annotation kustomize.toolkit.fluxcd.io/substitute: disabled (strict since Flux 2.9)",
        next: &["homelab lint"],
    },
    // fluxcd/pkg kustomize `LoadVariables`.
    Known {
        id: "missing-reference",
        kinds: KS,
        pattern: r"substitute from '(ConfigMap|Secret)/([^']+)' error",
        cause: "{thing} substitutes from {1} {namespace}/{2}, which is not there",
        help: "add it to what is applied before, or mark it `optional: true`",
        next: &[],
    },
    // kustomize-controller 1.9 `getSource`: the error of the API client; table C, 25.
    Known {
        id: "source-missing",
        kinds: &[],
        pattern: r#"(gitrepositories|ocirepositories|buckets|helmrepositories|helmcharts|externalartifacts|GitRepository|OCIRepository|Bucket|HelmRepository|HelmChart)(?:\.source\.toolkit\.fluxcd\.io)? "([^"]+)" not found"#,
        cause: "{thing} takes from {1} {2}, which does not exist",
        help: "correct `sourceRef`; without a namespace it is the object's own",
        next: &["homelab status -A"],
    },
    // fluxcd/pkg apis/acl `AccessDeniedError`; table C, 25.
    Known {
        id: "cross-namespace",
        kinds: &[],
        pattern: r"cross-namespace references have been blocked",
        cause: "{thing} refers to another namespace, which this Flux does not allow (--no-cross-namespace-refs)",
        help: "keep a source of its own in each namespace, or take the flag from the controllers",
        next: &[],
    },
    // kustomize-controller 1.9 `getSource`, fetch.
    Known {
        id: "no-artifact",
        kinds: &["Kustomization", "HelmRelease"],
        pattern: r"(?i)source artifact not found|artifact not found, retrying|is not ready: (?:latest generation|does not have an artifact)",
        cause: "the source of {thing} has brought nothing yet",
        help: "its source has to get ready first",
        next: &[],
    },
    // kustomize-controller 1.9 `apply`.
    Known {
        id: "sops-not-configured",
        kinds: KS,
        pattern: r"(\S+) is SOPS encrypted, configuring decryption is required",
        cause: "{1} is encrypted with SOPS, and {thing} has no `spec.decryption`",
        help: "add `decryption: {provider: sops, secretRef: {name: sops-age}}` with a Secret that holds the key",
        next: &[],
    },
    // sops 3, kustomize-controller 1.9 decryptor.
    Known {
        id: "decryption-failed",
        kinds: KS,
        pattern: r"(?i)(decryption failed for '[^']+'|error decrypting sources|cannot get sops data key|error getting data key)",
        cause: "{thing} cannot decrypt its manifests: {1}",
        help: "the Secret of `decryption.secretRef` has to hold the key that the file was encrypted for (age: a key that ends in .agekey)",
        next: &["homelab lint"],
    },
    // kustomize 5 `accumulateResources`.
    Known {
        id: "resource-not-found",
        kinds: KS,
        pattern: r"accumulating resources.*?(?:from '([^']+)')?[^']*?(?:open|stat|evalsymlink failure on) '?(?:[^\s':]*/kustomization-\d+/)?([^\s':]+)[^:]*: .*no such file or directory",
        cause: "a kustomization.yaml of {thing} names {2}, which is not in its source",
        help: "correct the list of resources, or add the file",
        next: &["homelab lint", "homelab build {name}"],
    },
    Known {
        id: "registered-twice",
        kinds: KS,
        pattern: r"may not add resource with an already registered id: (\S+)",
        cause: "the build of {thing} has {1} twice",
        help: "two files or overlays bring the same object: take one out",
        next: &["homelab build {name}"],
    },
    // kustomize 5 `patch`; table C, 2.
    Known {
        id: "patch-without-target",
        kinds: KS,
        pattern: r"(?:failed to find unique target for patch|no matches for Id|unable to find patch target) ?([^;\n]*)",
        cause: "a patch in {thing} fits no object: {1}",
        help: "its target's kind, name or version is another by now, often after an update of Flux",
        next: &["homelab build {name}"],
    },
    Known {
        id: "yaml-malformed",
        kinds: KS,
        pattern: r"(?:MalformedYAMLError|yaml: (?:line|unmarshal|control)|error converting YAML to JSON)[^\n]*",
        cause: "a manifest of {thing} is no valid YAML: {0}",
        help: "`homelab lint` says which line of which file",
        next: &["homelab lint"],
    },
    Known {
        id: "build-failed",
        kinds: KS,
        pattern: r"(?s)kustomize build failed: (.{0,300})",
        cause: "{thing} cannot be built: {1}",
        help: "the same can be built here",
        next: &["homelab build {name}", "homelab lint"],
    },
];
