//! `cluster/version`: Kubernetes against the Flux that is to be installed.

use super::{Look, Say};
use crate::preflight::check::Check;
use crate::preflight::cluster::{Minor, NEWEST, Support, support};

pub(super) fn version(look: &Look<'_>) -> Check {
    let say = Say::new("cluster/version", "Flux takes this version of Kubernetes");
    let version = match &look.cluster.version {
        Ok(version) => version,
        Err(why) => return say.unavailable(why),
    };
    let flux = look.flux();
    let ask = "`flux check --pre` asks the same";
    let Some(kubernetes) = Minor::parse(version) else {
        return say.unknown(
            format!("the server says version {version}, which does not read"),
            ask,
        );
    };
    let Some(support) = flux.minor.and_then(support) else {
        let name = &flux.name;
        let detail =
            format!("what {name} takes is not known here; homelab knows Flux 2.3 to {NEWEST}");
        return say.unknown(detail, ask);
    };
    let found = format!("Kubernetes {version}");
    let Support {
        least,
        oldest,
        newest,
    } = support;
    let tested = format!(
        "{} is tested with Kubernetes {oldest} to {newest}",
        flux.name
    );
    if kubernetes < least {
        let detail = format!("{found} is too old: {tested} and needs {least} at least");
        return say.fail(detail, other_way(kubernetes));
    }
    if kubernetes < oldest {
        let detail = format!("{found} is out of support: {tested}");
        return say.warn(detail, format!("upgrade Kubernetes to {oldest} or newer"));
    }
    if kubernetes > newest {
        let detail = format!("{found} is newer than what is supported: {tested}");
        return say.warn(detail, "upgrade flux, if there is a newer version");
    }
    say.pass(format!("{found}; {tested}"))
}

/// Says how Kubernetes and Flux come together.
fn other_way(kubernetes: Minor) -> String {
    let known = (3..=9).rev().map(|minor| Minor::new(2, minor));
    let mut fitting = known.filter(|flux| support(*flux).is_some_and(|s| fits(s, kubernetes)));
    match fitting.next() {
        Some(flux) => {
            format!("upgrade Kubernetes, or use flux {flux}, the newest that takes {kubernetes}")
        }
        None => "upgrade Kubernetes".to_owned(),
    }
}

fn fits(support: Support, kubernetes: Minor) -> bool {
    support.least <= kubernetes && kubernetes <= support.newest
}

#[cfg(test)]
mod tests {
    use super::super::samples::{cluster, first, flux_command, fresh};
    use crate::preflight::fact::Unavailable;

    #[test]
    fn kubernetes_is_held_against_the_flux_that_is_installed() {
        let said = |kubernetes: &str, flux: Option<&str>| {
            let mut facts = fresh();
            facts.machine.tools = flux.map(flux_command).into_iter().collect();
            cluster(&mut facts).version = Ok(kubernetes.to_owned());
            first(&facts, "cluster/version")
        };
        insta::assert_snapshot!(said("v1.34.2+k3s1", Some("2.9.5")), @"pass cluster/version: Kubernetes v1.34.2+k3s1; Flux 2.9.5 (the flux command of this machine) is tested with Kubernetes 1.34 to 1.36");
        insta::assert_snapshot!(said("v1.33.5+rke2r1", Some("2.9.5")), @"
        warn cluster/version: Kubernetes v1.33.5+rke2r1 is out of support: Flux 2.9.5 (the flux command of this machine) is tested with Kubernetes 1.34 to 1.36
          help: upgrade Kubernetes to 1.34 or newer
        ");
        insta::assert_snapshot!(said("v1.32.9-eks-113cf36", Some("2.9.5")), @"
        fail cluster/version: Kubernetes v1.32.9-eks-113cf36 is too old: Flux 2.9.5 (the flux command of this machine) is tested with Kubernetes 1.34 to 1.36 and needs 1.33 at least
          help: upgrade Kubernetes, or use flux 2.7, the newest that takes 1.32
        ");
        insta::assert_snapshot!(said("v1.20.1", Some("2.9.5")), @"
        fail cluster/version: Kubernetes v1.20.1 is too old: Flux 2.9.5 (the flux command of this machine) is tested with Kubernetes 1.34 to 1.36 and needs 1.33 at least
          help: upgrade Kubernetes
        ");
        insta::assert_snapshot!(said("v1.36.3", Some("2.7.5")), @"
        warn cluster/version: Kubernetes v1.36.3 is newer than what is supported: Flux 2.7.5 (the flux command of this machine) is tested with Kubernetes 1.32 to 1.34
          help: upgrade flux, if there is a newer version
        ");
        insta::assert_snapshot!(said("v1.36.3", Some("2.10.0")), @"
        unknown cluster/version: what Flux 2.10.0 (the flux command of this machine) takes is not known here; homelab knows Flux 2.3 to 2.9
          help: `flux check --pre` asks the same
        ");
        insta::assert_snapshot!(said("v1.36.3", Some("dev")), @"
        unknown cluster/version: what Flux dev (the flux command of this machine) takes is not known here; homelab knows Flux 2.3 to 2.9
          help: `flux check --pre` asks the same
        ");
        insta::assert_snapshot!(said("devel", Some("2.9.5")), @"
        unknown cluster/version: the server says version devel, which does not read
          help: `flux check --pre` asks the same
        ");
        insta::assert_snapshot!(said("1.34+", None), @"pass cluster/version: Kubernetes 1.34+; Flux 2.9 (the newest that homelab knows) is tested with Kubernetes 1.34 to 1.36");
    }

    #[test]
    fn without_the_command_the_repository_says_which_flux() {
        let mut facts = super::super::samples::bootstrapped();
        facts.machine.tools.clear();
        cluster(&mut facts).version = Ok("v1.34.0".to_owned());
        insta::assert_snapshot!(first(&facts, "cluster/version"), @"pass cluster/version: Kubernetes v1.34.0; Flux 2.7.5 (clusters/home/flux-system/gotk-components.yaml) is tested with Kubernetes 1.32 to 1.34");
        cluster(&mut facts).version = Err(Unavailable::not_asked("nobody asked"));
        insta::assert_snapshot!(first(&facts, "cluster/version"), @"unknown cluster/version: nobody asked");
    }
}
