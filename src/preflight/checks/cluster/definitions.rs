//! `cluster/crd-versions` and `cluster/managed-by`: what the CRDs in the cluster say of an upgrade.

use super::{Look, Say, few};
use crate::preflight::check::Check;
use crate::preflight::cluster::{Minor, NEWEST, last_with, versions_of};
use crate::preflight::facts::CrdFacts;
use crate::preflight::plan::Forge;

/// The CRD that `flux bootstrap` looks at to learn who installed Flux.
const LOOKED_AT: &str = "gitrepositories.source.toolkit.fluxcd.io";

pub(super) fn crd_versions(look: &Look<'_>) -> Option<Check> {
    let say = Say::new(
        "cluster/crd-versions",
        "the CRDs store versions that Flux still has",
    );
    let crds = match &look.cluster.crds {
        Ok(crds) if crds.is_empty() => return None,
        Ok(crds) => crds,
        Err(why) => return Some(say.unavailable(why)),
    };
    let flux = look.flux();
    let known = Minor::new(2, 0)..=NEWEST;
    let Some(minor) = flux.minor.filter(|minor| known.contains(minor)) else {
        let detail = format!(
            "which versions {} has is not known here; homelab knows Flux 2.0 to {NEWEST}",
            flux.name
        );
        let help = "`flux migrate` brings all objects to the versions that the cluster stores now";
        return Some(say.unknown(detail, help));
    };
    let lost: Vec<Lost<'_>> = crds.iter().filter_map(|crd| Lost::of(crd, minor)).collect();
    let Some(first) = lost.first() else {
        let detail = format!("all {} store versions that {} has", crds.len(), flux.name);
        return Some(say.pass(detail));
    };
    let told: Vec<String> = lost.iter().map(Lost::told).collect();
    let told = few(told.iter().map(String::as_str));
    let detail = format!(
        "{} does not have what these CRDs store: {told}; the API server refuses its CRDs: status.storedVersions: Invalid value: {:?}: must appear in spec.versions",
        flux.name, first.version
    );
    let mut ways: Vec<String> = lost.iter().map(Lost::way_out).collect();
    ways.sort();
    // What has the longest way goes first: the oldest Flux on it also does what the others need.
    let longest = ways.iter().position(|way| way.starts_with("upgrade"));
    let help = ways.swap_remove(longest.unwrap_or_default());
    Some(say.fail(detail, help))
}

/// A CRD with a stored version that the Flux to be installed does not have.
struct Lost<'c> {
    crd: &'c CrdFacts,
    version: &'c str,
    /// The version that it stores instead.
    instead: Option<&'static str>,
}

impl<'c> Lost<'c> {
    fn of(crd: &'c CrdFacts, flux: Minor) -> Option<Self> {
        let has = versions_of(&crd.kind, flux)?;
        let version = crd
            .stored
            .iter()
            .find(|version| !has.contains(&version.as_str()))?;
        Some(Lost {
            crd,
            version,
            instead: has.first().copied(),
        })
    }

    fn told(&self) -> String {
        format!("{} ({})", self.crd.kind, self.crd.stored.join(", "))
    }

    fn way_out(&self) -> String {
        let is_served = self
            .instead
            .is_some_and(|new| self.crd.served.iter().any(|v| v == new));
        match last_with(&self.crd.kind, self.version) {
            None => "use a newer flux: the cluster had a newer one already".to_owned(),
            Some(_) if is_served => {
                "`flux migrate` first, which writes all objects in the new version and takes the old one off the list"
                    .to_owned()
            }
            Some(last) => format!(
                "upgrade to Flux {last} first, by a flux of that version, then `flux migrate`, then this one"
            ),
        }
    }
}

pub(super) fn managed_by(look: &Look<'_>) -> Option<Check> {
    let plan = look.plan?;
    let say = Say::new("cluster/managed-by", "flux itself installed Flux");
    let crds = match &look.cluster.crds {
        Ok(crds) => crds,
        Err(why) => return Some(say.unavailable(why)),
    };
    let crd = crds.iter().find(|crd| crd.name == LOOKED_AT)?;
    let manager = match crd.managed_by.as_deref() {
        None | Some("" | "flux") => return None,
        Some(_) if plan.extra.iter().any(|flag| is_force(&flag.value)) => return None,
        // `cluster/operator` tells that story.
        Some(_) if matches!(look.cluster.operator, Ok(Some(_))) => return None,
        Some(manager) => manager,
    };
    let version = crd.version.as_deref().unwrap_or("of an unknown version");
    let asks = match plan.forge.value {
        Forge::Gitea => "flux bootstrap gitea overrides it without asking",
        _ => "flux asks whether to override it, and stops where nobody answers",
    };
    let detail = format!(
        "Flux {version} was installed with {manager} (label of the CRD {LOOKED_AT}): {asks}"
    );
    let help = format!(
        "let {manager} go of Flux first, without removing the CRDs, which would delete all objects of Flux; then `--force` overrides"
    );
    Some(say.warn(detail, help))
}

fn is_force(flag: &str) -> bool {
    matches!(flag, "--force" | "--force=true")
}

#[cfg(test)]
mod tests {
    use super::super::samples::{bootstrapped, cluster, crd, first, flux_command, fresh};
    use super::*;
    use crate::flux::ObjectRef;
    use crate::preflight::fact::Unavailable;
    use crate::preflight::{Chosen, Facts};

    const VERSIONS: &str = "cluster/crd-versions";
    const MANAGED: &str = "cluster/managed-by";

    fn storing(flux: &str, crds: Vec<CrdFacts>) -> String {
        let mut facts = bootstrapped();
        facts.machine.tools = vec![flux_command(flux)];
        cluster(&mut facts).crds = Ok(crds);
        first(&facts, VERSIONS)
    }

    #[test]
    fn stored_versions_have_to_be_in_the_new_flux() {
        let well = || crd("GitRepository", &["v1"], &["v1"]);
        insta::assert_snapshot!(storing("2.9.5", vec![well()]), @"
        pass cluster/crd-versions: all 1 store versions that Flux 2.9.5 (the flux command of this machine) has
        ");
        let both = crd("ImagePolicy", &["v1", "v1beta2"], &["v1beta2", "v1"]);
        insta::assert_snapshot!(storing("2.9.5", vec![well(), both]), @r#"
        fail cluster/crd-versions: Flux 2.9.5 (the flux command of this machine) does not have what these CRDs store: ImagePolicy (v1beta2, v1); the API server refuses its CRDs: status.storedVersions: Invalid value: "v1beta2": must appear in spec.versions
          help: `flux migrate` first, which writes all objects in the new version and takes the old one off the list
        "#);
        let old = || crd("ImagePolicy", &["v1beta2", "v1beta1"], &["v1beta2"]);
        let ks = || crd("Kustomization", &["v1", "v1beta2"], &["v1beta2", "v1"]);
        insta::assert_snapshot!(storing("2.9.5", vec![old(), ks()]), @r#"
        fail cluster/crd-versions: Flux 2.9.5 (the flux command of this machine) does not have what these CRDs store: ImagePolicy (v1beta2), Kustomization (v1beta2, v1); the API server refuses its CRDs: status.storedVersions: Invalid value: "v1beta2": must appear in spec.versions
          help: upgrade to Flux 2.8 first, by a flux of that version, then `flux migrate`, then this one
        "#);
        assert!(storing("2.7.5", vec![old(), ks()]).starts_with("pass"));
        insta::assert_snapshot!(storing("2.6.4", vec![crd("ImagePolicy", &["v1"], &["v1"])]), @r#"
        fail cluster/crd-versions: Flux 2.6.4 (the flux command of this machine) does not have what these CRDs store: ImagePolicy (v1); the API server refuses its CRDs: status.storedVersions: Invalid value: "v1": must appear in spec.versions
          help: use a newer flux: the cluster had a newer one already
        "#);
        insta::assert_snapshot!(storing("2.10.0", vec![well()]), @"
        unknown cluster/crd-versions: which versions Flux 2.10.0 (the flux command of this machine) has is not known here; homelab knows Flux 2.0 to 2.9
          help: `flux migrate` brings all objects to the versions that the cluster stores now
        ");
        assert!(
            storing(
                "2.9.5",
                vec![crd("ArtifactGenerator", &["v1beta1"], &["v1beta1"])]
            )
            .starts_with("pass")
        );
    }

    #[test]
    fn without_crds_there_is_nothing_to_say() {
        let mut facts = fresh();
        assert_eq!(first(&facts, VERSIONS), "");
        cluster(&mut facts).crds = Err(Unavailable::not_asked("nobody asked"));
        assert!(first(&facts, VERSIONS).starts_with("unknown"));
        assert!(first(&facts, MANAGED).starts_with("unknown"));
    }

    fn installed_with(manager: &str) -> Facts {
        let mut facts = bootstrapped();
        let mut source = crd("GitRepository", &["v1"], &["v1"]);
        source.managed_by = Some(manager.to_owned());
        cluster(&mut facts).crds = Ok(vec![source]);
        facts
    }

    #[test]
    fn flux_of_another_tool_is_told() {
        assert_eq!(first(&bootstrapped(), MANAGED), "");
        assert_eq!(first(&installed_with("flux"), MANAGED), "");
        let mut facts = installed_with("Helm");
        insta::assert_snapshot!(first(&facts, MANAGED), @"
        warn cluster/managed-by: Flux v2.7.5 was installed with Helm (label of the CRD gitrepositories.source.toolkit.fluxcd.io): flux asks whether to override it, and stops where nobody answers
          help: let Helm go of Flux first, without removing the CRDs, which would delete all objects of Flux; then `--force` overrides
        ");
        facts.plan.as_mut().unwrap().forge = Chosen::new(Forge::Gitea, "the host");
        assert!(first(&facts, MANAGED).contains("without asking"));
        let forced = Chosen::new("--force".to_owned(), "a flag");
        facts.plan.as_mut().unwrap().extra = vec![forced];
        assert_eq!(first(&facts, MANAGED), "");
        facts.plan.as_mut().unwrap().extra.clear();
        cluster(&mut facts).operator = Ok(Some(ObjectRef::new("flux-system", "flux")));
        assert_eq!(first(&facts, MANAGED), "");
        facts.plan = None;
        assert_eq!(first(&facts, MANAGED), "");
    }
}
