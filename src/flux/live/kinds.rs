//! The kinds of Flux 2.9: what each is called, and what can be done to its objects.

use std::fmt;

/// What a kind is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Brings an artifact, or the charts to make one of.
    Source,
    /// Applies an artifact to a cluster.
    Applier,
    /// Scans, selects and writes image tags.
    Image,
    /// Tells others, or is told by them.
    Notification,
}

/// How the reconciliation of an object is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuspendBy {
    /// `spec.suspend`.
    Spec,
    /// The annotation [`DISABLED_ANNOTATION`], which is all that source-watcher 2.2 has.
    Annotation,
    /// Not at all.
    Nothing,
}

/// The annotation that stops an ArtifactGenerator where its value is [`DISABLED`].
pub const DISABLED_ANNOTATION: &str = "source.extensions.fluxcd.io/reconcile";
/// The value of [`DISABLED_ANNOTATION`] that stops.
pub const DISABLED: &str = "disabled";

/// A kind of Flux object, in the version that Flux 2.9 serves.
#[derive(Debug, PartialEq, Eq)]
pub struct FluxKind {
    /// The API group.
    pub group: &'static str,
    /// The version.
    pub version: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// What the API calls a list of them.
    pub plural: &'static str,
    /// Other names: those of the CRD, and the nouns of the `flux` command.
    pub nouns: &'static [&'static str],
    /// What it is there for.
    pub family: Family,
    /// How it is stopped.
    pub suspend_by: SuspendBy,
    /// Whether a controller works on its objects, so that it can be asked to.
    pub is_reconciled: bool,
}

const SOURCE: &str = super::super::SOURCE_GROUP;
const IMAGE: &str = super::super::IMAGE_GROUP;
const NOTIFICATION: &str = "notification.toolkit.fluxcd.io";

/// The kinds, sources first, in the order that Flux lets one depend on the other.
pub static KINDS: [FluxKind; 15] = [
    source("GitRepository", "gitrepositories", &["gitrepo", "git"]),
    source("OCIRepository", "ocirepositories", &["ocirepo", "oci"]),
    source("Bucket", "buckets", &[]),
    source("HelmRepository", "helmrepositories", &["helmrepo", "helm"]),
    source("HelmChart", "helmcharts", &["hc", "chart"]),
    FluxKind {
        suspend_by: SuspendBy::Nothing,
        is_reconciled: false,
        ..source("ExternalArtifact", "externalartifacts", &["ea", "external"])
    },
    FluxKind {
        group: "source.extensions.fluxcd.io",
        version: "v1beta1",
        suspend_by: SuspendBy::Annotation,
        ..source(
            "ArtifactGenerator",
            "artifactgenerators",
            &["ag", "generator"],
        )
    },
    FluxKind {
        group: super::super::KUSTOMIZE_GROUP,
        family: Family::Applier,
        ..source("Kustomization", "kustomizations", &["ks"])
    },
    FluxKind {
        group: "helm.toolkit.fluxcd.io",
        version: "v2",
        family: Family::Applier,
        ..source("HelmRelease", "helmreleases", &["hr"])
    },
    FluxKind {
        group: IMAGE,
        family: Family::Image,
        ..source(
            "ImageRepository",
            "imagerepositories",
            &["imgrepo", "imagerepo", "image-repository"],
        )
    },
    FluxKind {
        group: IMAGE,
        family: Family::Image,
        ..source(
            "ImagePolicy",
            "imagepolicies",
            &["imgpol", "imagepol", "image-policy", "policy"],
        )
    },
    FluxKind {
        group: IMAGE,
        family: Family::Image,
        ..source(
            "ImageUpdateAutomation",
            "imageupdateautomations",
            &["iua", "imgupd", "imgauto", "image-update", "automation"],
        )
    },
    FluxKind {
        group: NOTIFICATION,
        family: Family::Notification,
        ..source("Receiver", "receivers", &[])
    },
    FluxKind {
        group: NOTIFICATION,
        version: "v1beta3",
        family: Family::Notification,
        is_reconciled: false,
        ..source("Alert", "alerts", &[])
    },
    FluxKind {
        group: NOTIFICATION,
        version: "v1beta3",
        family: Family::Notification,
        is_reconciled: false,
        ..source("Provider", "providers", &["alert-provider"])
    },
];

/// Returns a kind as most sources are; others say what is different.
const fn source(
    kind: &'static str,
    plural: &'static str,
    nouns: &'static [&'static str],
) -> FluxKind {
    FluxKind {
        group: SOURCE,
        version: "v1",
        kind,
        plural,
        nouns,
        family: Family::Source,
        suspend_by: SuspendBy::Spec,
        is_reconciled: true,
    }
}

/// Returns the controller of Flux 2.9 that brings a kind; nothing for a group that is none of Flux.
pub fn controller_of(group: &str, kind: &str) -> Option<&'static str> {
    Some(match group {
        IMAGE if kind == "ImageUpdateAutomation" => "image-automation-controller",
        IMAGE => "image-reflector-controller",
        SOURCE => "source-controller",
        super::super::KUSTOMIZE_GROUP => "kustomize-controller",
        "helm.toolkit.fluxcd.io" => "helm-controller",
        NOTIFICATION => "notification-controller",
        "source.extensions.fluxcd.io" => "source-watcher",
        "fluxcd.controlplane.io" => "flux-operator",
        _ => return None,
    })
}

impl FluxKind {
    /// Returns the kind of this group and name.
    pub fn of(group: &str, kind: &str) -> Option<&'static FluxKind> {
        KINDS.iter().find(|k| k.group == group && k.kind == kind)
    }

    /// Returns the kinds that a noun may mean, in any case: `ks`, `Kustomization`, `gitrepositories`, and `source` for every
    /// source. None for an unknown noun.
    pub fn named(noun: &str) -> Vec<&'static FluxKind> {
        let noun = noun.to_ascii_lowercase();
        if noun == "source" {
            let is_source = |k: &&FluxKind| k.group == SOURCE;
            return KINDS.iter().filter(is_source).collect();
        }
        let fits = |k: &&FluxKind| {
            k.kind.eq_ignore_ascii_case(&noun)
                || k.plural == noun
                || k.nouns.contains(&noun.as_str())
        };
        KINDS.iter().filter(fits).collect()
    }

    /// Returns the short name that people type: `ks` for a Kustomization; the kind in lower case where it has none.
    pub fn short(&self) -> String {
        let first = self.nouns.first().map(|&noun| noun.to_owned());
        first.unwrap_or_else(|| self.kind.to_ascii_lowercase())
    }

    /// Returns the controller that works on its objects.
    pub fn controller(&self) -> &'static str {
        controller_of(self.group, self.kind).unwrap_or("its controller")
    }

    /// Returns `<plural>.<group>`, as roles and `kubectl` name it.
    pub fn resource(&self) -> String {
        format!("{}.{}", self.plural, self.group)
    }
}

impl fmt::Display for FluxKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noun_means_the_kinds_of_flux_and_no_other() {
        let kinds = |noun| {
            FluxKind::named(noun)
                .iter()
                .map(|k| k.kind)
                .collect::<Vec<_>>()
        };
        assert_eq!(kinds("ks"), ["Kustomization"]);
        assert_eq!(kinds("HelmRelease"), ["HelmRelease"]);
        assert_eq!(kinds("IUA"), ["ImageUpdateAutomation"]);
        assert_eq!(kinds("gitrepositories"), ["GitRepository"]);
        assert_eq!(kinds("source").len(), 6);
        assert!(kinds("deployment").is_empty() && kinds("").is_empty());
    }

    #[test]
    fn no_two_kinds_share_a_noun() {
        let mut all: Vec<String> = KINDS
            .iter()
            .flat_map(|k| {
                let own = [k.kind.to_ascii_lowercase(), k.plural.to_owned()];
                k.nouns.iter().map(|&n| n.to_owned()).chain(own)
            })
            .collect();
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
