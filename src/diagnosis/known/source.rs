//! Messages of sources: what git servers, registries, Helm repositories and the network say.

use super::Known;

const GIT: &[&str] = &["GitRepository", "ImageUpdateAutomation"];

pub(super) const MESSAGES: &[Known] = &[
    // fluxcd/pkg git `AuthOptions.Validate`; table C, 20.
    Known {
        id: "git-secret-keys",
        kinds: GIT,
        pattern: r"invalid '([^']+)' secret data: required fields? ([^\n]{0,100})|invalid '(\w+)' auth option: '(\w+)' is required",
        cause: "the Secret of {thing} has not what its address needs: {0}",
        help: "ssh:// needs identity and known_hosts, https:// needs username and password",
        next: &[],
    },
    Known {
        id: "missing-reference",
        kinds: &[],
        pattern: r#"failed to get secret '([^']+)'[^\n]*not found|[Ss]ecret '([^']+)' not found|secrets "([^"]+)" not found"#,
        cause: "{thing} needs the Secret {1}{2}{3}, which does not exist",
        help: "add it, or correct the reference",
        next: &[],
    },
    // golang.org/x/crypto/ssh, knownhosts.
    Known {
        id: "host-key",
        kinds: GIT,
        pattern: r"knownhosts: key (?:mismatch|is unknown)|host key verification failed",
        cause: "the git server of {thing} shows another host key than its Secret has in known_hosts",
        help: "`ssh-keyscan HOST` shows the present one: compare it with what the server's owner publishes, then write it into the Secret",
        next: &["homelab reconcile {target}"],
    },
    Known {
        id: "git-denied",
        kinds: GIT,
        pattern: r"(?i)ssh: unable to authenticate|handshake failed: ssh|authentication required|authorization failed|invalid credentials|bad credentials|invalid username or (?:password|token)|HTTP Basic: Access denied|permission denied \(publickey\)",
        cause: "the git server does not accept the credentials of {thing}",
        help: "the token has expired or the deploy key is gone: renew it, and the Secret with it",
        next: &["homelab reconcile {target}"],
    },
    Known {
        id: "repository-not-found",
        kinds: GIT,
        pattern: r"(?i)repository not found|repository does not exist|project you were looking for could not be found",
        cause: "the git server has no repository at the address of {thing}, or does not show it to its credentials",
        help: "it was moved, renamed or made private; correct `spec.url`, or the credentials",
        next: &["homelab reconcile {target}"],
    },
    // go-git; table C, 17.
    Known {
        id: "ref-not-found",
        kinds: GIT,
        pattern: r"(?:couldn't find remote ref|reference not found|unable to resolve ref|branch not found)(?:[^\n]*?refs/(?:heads|tags)/([^\s'\x22]+))?",
        cause: "the branch or tag {1} of {thing} is not in its repository",
        help: "correct `spec.ref`; main and master are two names",
        next: &["homelab reconcile {target}"],
    },
    Known {
        id: "git-empty",
        kinds: GIT,
        pattern: r"git repository is empty|remote repository is empty",
        cause: "the repository of {thing} has no commit",
        help: "push one to the branch that `spec.ref` names",
        next: &["homelab reconcile {target}"],
    },
    Known {
        id: "verification-failed",
        kinds: &[],
        pattern: r"(?i)(?:signature verification of|failed to verify the signature|no matching signatures|cannot verify signature)[^\n]{0,200}",
        cause: "what {thing} brings is not signed as it should be: {0}",
        help: "`spec.verify` names who has to sign",
        next: &[],
    },
    // OCI registries.
    Known {
        id: "artifact-not-found",
        kinds: &["OCIRepository", "HelmChart", "HelmRepository", "Bucket"],
        pattern: r"(?:MANIFEST_UNKNOWN|NAME_UNKNOWN|manifest unknown|404 Not Found|NoSuchBucket|bucket '[^']+' not found|not found: manifest)[^\n]{0,200}",
        cause: "there is nothing where {thing} looks: {0}",
        help: "correct the address, the chart or the tag",
        next: &["homelab reconcile {target}"],
    },
    Known {
        id: "artifact-denied",
        kinds: &["OCIRepository", "HelmChart", "HelmRepository", "Bucket"],
        pattern: r"(?:UNAUTHORIZED|DENIED|401 Unauthorized|403 Forbidden|AccessDenied|denied:|authentication required)[^\n]{0,200}",
        cause: "{thing} is not let in: {0}",
        help: "it is private or misspelt; what is private needs `secretRef`",
        next: &["homelab reconcile {target}"],
    },
    // crypto/x509, net of Go.
    Known {
        id: "certificate",
        kinds: &[],
        pattern: r"x509: [^\n]{0,200}|certificate signed by unknown authority|certificate has expired",
        cause: "{thing} does not trust the server: {0}",
        help: "`certSecretRef` names an authority; an expired certificate has to be renewed, and clocks have to be right",
        next: &[],
    },
    Known {
        id: "dns",
        kinds: &[],
        pattern: r"(?:dial tcp: )?lookup (\S+?)(?: on \S+)?: (?:no such host|server misbehaving|i/o timeout|Temporary failure in name resolution)",
        cause: "{thing} cannot be reached by its controller: the cluster finds no address for {1}",
        help: "the name is misspelt, or the DNS of the cluster does not work: `kubectl -n kube-system get pods -l k8s-app=kube-dns`",
        next: &[],
    },
    Known {
        id: "unreachable",
        kinds: &[],
        pattern: r"(?:dial tcp (\S+?): )?(?:connect: connection refused|connect: no route to host|i/o timeout|network is unreachable|TLS handshake timeout|connection reset by peer|context deadline exceeded \(Client\.Timeout)",
        cause: "the server that {thing} needs does not answer: {0}",
        help: "it is down, or a firewall or NetworkPolicy is in between",
        next: &["homelab reconcile {target}"],
    },
    // source-controller 1.9 `internal/helm/repository`.
    Known {
        id: "index-not-read",
        kinds: &["HelmRepository", "HelmChart"],
        pattern: r"failed to (?:load|fetch|cache) (?:Helm repository )?index[^\n]{0,300}",
        cause: "the index of the Helm repository cannot be had for {thing}: {0}",
        help: "the address has to lead to a folder with index.yaml; a registry needs `type: oci` and oci://",
        next: &["homelab reconcile {target}"],
    },
];
