//! Messages of helm-controller, and of source-controller on charts.

use super::Known;

const HR: &[&str] = &["HelmRelease"];
const CHART: &[&str] = &["HelmChart", "HelmRelease"];

pub(super) const MESSAGES: &[Known] = &[
    // source-controller 1.9 `internal/helm/repository`.
    Known {
        id: "chart-not-found",
        kinds: CHART,
        pattern: r"no '([^']+)' chart with version matching '([^']*)' found|chart version (\S+) not found|could not locate a version matching provided version string (\S+)|no chart name found|chart \S+ version \S+ not found",
        cause: "the repository has no chart for {thing}: {0}",
        help: "correct `chart` and `version`; the HelmRepository may also be another",
        next: &[],
    },
    Known {
        id: "chart-not-found",
        kinds: CHART,
        pattern: r"(?:invalid chart reference|chart metadata check failed|Chart\.yaml file is missing|stat \S+/Chart\.yaml)[^\n]*",
        cause: "there is no chart where {thing} looks for one: {0}",
        help: "in a GitRepository or Bucket `chart` is the path of its folder",
        next: &[],
    },
    // Helm 4 `action`.
    Known {
        id: "release-locked",
        kinds: HR,
        pattern: r"another operation \(install/upgrade/rollback\) is in progress",
        cause: "the release of {thing} is locked by an operation that was broken off",
        help: "helm-controller unlocks it at its next run; a pod of it that was killed leaves it so",
        next: &["homelab reconcile {target} --force"],
    },
    Known {
        id: "not-owned",
        kinds: HR,
        pattern: r#"([A-Z]\w+ "[^"]+" in namespace "[^"]*") exists and cannot be imported into the current release"#,
        cause: "{1} is there already and belongs to no release, or another one, so that {thing} cannot install it",
        help: "delete it, or give it the labels and annotations of the release (meta.helm.sh/release-name, app.kubernetes.io/managed-by: Helm)",
        next: &[],
    },
    Known {
        id: "name-in-use",
        kinds: HR,
        pattern: r"cannot re-use a name that is still in use",
        cause: "a release of this name is there already, not made by {thing}",
        help: "`helm list -A` shows it; uninstall it, or set `releaseName`",
        next: &[],
    },
    // Helm 4 `chart/common/util`.
    Known {
        id: "values-invalid",
        kinds: HR,
        pattern: r"(?s)values don't meet the specifications of the schema\(s\) in the following chart\(s\):\s*(.{0,300})",
        cause: "the chart does not take the values of {thing}: {1}",
        help: "the names of its values changed, often between major versions of a chart",
        next: &[],
    },
    Known {
        id: "template-failed",
        kinds: HR,
        pattern: r"(?:template: (\S+?):\d+|execution error at \(([^)]+)\)|YAML parse error on (\S+):|error calling \w+)[^\n]{0,300}",
        cause: "the chart of {thing} cannot be rendered with its values: {0}",
        help: "a value is missing or of another form than the chart expects",
        next: &[],
    },
    // fluxcd/pkg chartutil `ErrValuesReference`.
    Known {
        id: "missing-reference",
        kinds: HR,
        pattern: r"could not resolve (Secret|ConfigMap) chart values reference '([^']+)'(?: with key '([^']+)')?",
        cause: "{thing} takes values from {1} {2}, which is not there or has no such key",
        help: "add it, correct `valuesFrom`, or mark it `optional: true`",
        next: &[],
    },
    Known {
        id: "not-healthy-in-time",
        kinds: HR,
        pattern: r"(?:timed out waiting for the condition|context deadline exceeded|resource \S+ not ready|client rate limiter Wait)[^\n]{0,200}",
        cause: "what {thing} installs does not get ready in time: {0}",
        help: "its pods say why; a slow node may only need a longer `timeout`",
        next: &["homelab reconcile {target} --reset"],
    },
    // Helm 4 server-side apply.
    Known {
        id: "not-accepted",
        kinds: HR,
        pattern: r"(?s)server-side apply failed for object (\S+) \S*, Kind=(\w+): (.{0,300})",
        cause: "the API server does not take {2} {1} of {thing}: {3}",
        help: "its values or the chart write something that this kind does not have",
        next: &[],
    },
    // helm-controller 1.6 `fmtInstallFailure` and others.
    Known {
        id: "helm-failed",
        kinds: HR,
        pattern: r"(?s)Helm (install|upgrade|test|rollback|uninstall)\S* (?:to previous release \S+ with chart \S+ failed|failed for release \S+(?: with chart \S+)?): (.{0,400})",
        cause: "the Helm {1} of {thing} fails: {2}",
        help: "",
        next: &[],
    },
];
