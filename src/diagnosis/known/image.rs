//! Messages of the image controllers.

use super::Known;

const POLICY: &[&str] = &["ImagePolicy"];
const REPOSITORY: &[&str] = &["ImageRepository"];
const AUTOMATION: &[&str] = &["ImageUpdateAutomation"];

pub(super) const MESSAGES: &[Known] = &[
    // image-reflector-controller 1.2 `internal/policy`; table C, 9.
    Known {
        id: "no-tag-passes",
        kinds: POLICY,
        pattern: r"version list argument cannot be empty",
        cause: "no tag passes the filter of {thing}",
        help: "`filterTags.pattern` matches no tag of the repository: Go regular expressions, and nothing is anchored by itself",
        next: &["homelab images simulate {namespace}/{name} --from-cluster --explain"],
    },
    // The same, semver; table C, 10.
    Known {
        id: "no-tag-in-range",
        kinds: POLICY,
        pattern: r"unable to determine latest version from provided list",
        cause: "no tag is a version within the range of {thing}",
        help: "a prerelease needs -0 in the range, versions of four parts or with leading zeros are none",
        next: &["homelab images simulate {namespace}/{name} --from-cluster --explain"],
    },
    // The same, numerical; table C, 11.
    Known {
        id: "tag-no-number",
        kinds: POLICY,
        pattern: r"failed to parse invalid numeric value '([^']*)'",
        cause: "{thing} orders by number, and {1} is none",
        help: "let `filterTags` extract the digits only, and anchor its pattern with ^ and $",
        next: &["homelab images simulate {namespace}/{name} --from-cluster --explain"],
    },
    // image-reflector-controller 1.2 `errNoTagsInDatabase`; table C, 13.
    Known {
        id: "no-tags-known",
        kinds: POLICY,
        pattern: r"no tags in database",
        cause: "image-reflector-controller knows no tags for {thing}: it forgot them when it was started again, or has not scanned yet",
        help: "a scan brings them back; a volume for its database keeps them",
        next: &["homelab reconcile {target} --with-source"],
    },
    Known {
        id: "repository-missing",
        kinds: POLICY,
        pattern: r"referenced ImageRepository does not exist|failed to get the referred ImageRepository[^\n]*not found",
        cause: "{thing} selects from an ImageRepository that does not exist",
        help: "correct `imageRepositoryRef`; without a namespace it is the policy's own",
        next: &["homelab lint"],
    },
    Known {
        id: "policy-invalid",
        kinds: POLICY,
        pattern: r"(?:invalid policy|failed to filter tags|invalid regular expression pattern)[^\n]{0,200}",
        cause: "{thing} cannot be worked with: {0}",
        help: "ranges are those of Masterminds semver 3, patterns those of Go",
        next: &["homelab images simulate {namespace}/{name} --explain"],
    },
    // image-reflector-controller 1.2 `ParseImageReference`; table C, 14.
    Known {
        id: "image-with-tag",
        kinds: REPOSITORY,
        pattern: r"should not contain a tag",
        cause: "`spec.image` of {thing} has a tag",
        help: "write the name of the image only; the ImagePolicy selects the tag",
        next: &["homelab lint"],
    },
    Known {
        id: "image-with-scheme",
        kinds: REPOSITORY,
        pattern: r"should not include URL scheme; remove '([^']+)'",
        cause: "`spec.image` of {thing} starts with {1}",
        help: "write the name of the image only, such as ghcr.io/me/app",
        next: &["homelab lint"],
    },
    // go-containerregistry, registries; table C, 15.
    Known {
        id: "registry-credentials",
        kinds: REPOSITORY,
        pattern: r"(?i)(?:secret '?[^'\s]+'? not found|auth for \S+ not found in secret|failed to configure authentication options)[^\n]{0,200}",
        cause: "{thing} has no credentials for its registry: {0}",
        help: "`secretRef` names a Secret of type kubernetes.io/dockerconfigjson in the namespace of the ImageRepository, whose `auths` have the host without https://",
        next: &[],
    },
    Known {
        id: "registry-denied",
        kinds: &["ImageRepository", "ImagePolicy"],
        pattern: r"(?:UNAUTHORIZED|DENIED|denied|unauthorized|401 Unauthorized|403 Forbidden|authentication required)[^\n]{0,200}",
        cause: "the registry does not let {thing} look at the image: {0}",
        help: "the image is private, misspelt or gone; a private one needs `secretRef`",
        next: &[],
    },
    Known {
        id: "image-not-found",
        kinds: &["ImageRepository", "ImagePolicy"],
        pattern: r"(?:NAME_UNKNOWN|MANIFEST_UNKNOWN|404 Not Found|repository name not known)[^\n]{0,200}",
        cause: "the registry has no image for {thing}: {0}",
        help: "correct `spec.image`",
        next: &["homelab lint"],
    },
    Known {
        id: "registry-rate-limit",
        kinds: REPOSITORY,
        pattern: r"(?i)(?:TOOMANYREQUESTS|429 Too Many Requests|rate limit)[^\n]{0,200}",
        cause: "the registry has answered {thing} too often, and waits",
        help: "scan less often (`interval`), or log in with `secretRef`",
        next: &[],
    },
    // GitHub, GitLab, Gitea on a push; table C, 3.
    Known {
        id: "key-read-only",
        kinds: AUTOMATION,
        pattern: r"(?i)marked as read.only|denied to deploy key|deploy key does not have write access|remote: (?:Permission|You are not allowed)|write access to repository not granted|insufficient permission",
        cause: "{thing} may not push: the key or token that Flux has is for reading only",
        help: "delete the deploy key at the git host and the Secret in the cluster, then run `flux bootstrap` again with --read-write-key: a Secret that is there is kept as it is; a token needs the right to write contents",
        next: &["homelab reconcile {target}"],
    },
    // GitHub and others on protected branches; table C, 29.
    Known {
        id: "branch-protected",
        kinds: AUTOMATION,
        pattern: r"(?i)GH006|GH013|protected branch|pre-receive hook declined|not allowed to push code to protected branches",
        cause: "{thing} pushes to a branch that is protected",
        help: "push to another branch (`git.push.branch`) and merge from there, or let the key past the protection",
        next: &["homelab reconcile {target}"],
    },
    // go-git on a push branch of old; table C, 30.
    Known {
        id: "push-branch-stale",
        kinds: AUTOMATION,
        pattern: r"object not found|non-fast-forward update|reference has changed concurrently",
        cause: "the branch that {thing} pushes to does not fit what it checked out any more",
        help: "delete the push branch after its merge, so that it is made anew",
        next: &["homelab reconcile {target}"],
    },
    Known {
        id: "push-branch-unknown",
        kinds: AUTOMATION,
        pattern: r"push spec not provided, and cannot be inferred",
        cause: "{thing} does not know which branch to push to",
        help: "set `git.push.branch`, or `ref.branch` of its GitRepository",
        next: &["homelab lint"],
    },
    Known {
        id: "commit-template",
        kinds: AUTOMATION,
        pattern: r"(?:template uses removed '?\.?[\w.]+'? field|unable to create commit message template|failed to run template)[^\n]{0,200}",
        cause: "the commit message of {thing} cannot be made: {0}",
        help: "`.Updated` and `.Changed.ImageResult` are gone since Flux 2.7: `.Changed.Changes` has what they had",
        next: &["homelab lint"],
    },
];
