//! Checks of the cluster, and whether it agrees with repository and forge.

mod access;
mod controllers;
mod credentials;
mod definitions;
mod key;
mod nodes;
mod say;
mod sync;
mod version;

#[cfg(test)]
mod samples;

use self::say::Say;
use crate::preflight::check::Check;
use crate::preflight::cluster::{Minor, NEWEST};
use crate::preflight::fact::{Unavailable, Why};
use crate::preflight::facts::{ClusterFacts, Facts, RepositoryFacts};
use crate::preflight::plan::Plan;

pub(super) fn checks(facts: &Facts) -> Vec<Check> {
    let say = Say::new("cluster/reachable", "the cluster answers");
    let cluster = match &facts.cluster {
        Ok(cluster) => cluster,
        Err(why) => return vec![unreachable(say, why)],
    };
    let look = Look {
        facts,
        cluster,
        plan: facts.plan.as_ref(),
    };
    let all = [
        Some(say.pass(format!("{} answers", cluster.server))),
        Some(version::version(&look)),
        nodes::nodes(&look),
        access::permissions(&look),
        access::namespace(&look),
        sync::operator(&look),
        definitions::managed_by(&look),
        controllers::controllers(&look),
        controllers::image_controllers(&look),
        definitions::crd_versions(&look),
        sync::sync_path(&look),
        sync::other_repository(&look),
        credentials::secret_keys(&look),
        key::read_write_trap(&look),
        key::write_access(&look),
        credentials::needed_secrets(&look),
    ];
    all.into_iter().flatten().collect()
}

fn unreachable(say: Say, why: &Unavailable) -> Check {
    if why.why == Why::NotAsked {
        return say.unavailable(why);
    }
    let help = why.help.clone();
    let help = help.unwrap_or_else(|| "`kubectl cluster-info` asks the same cluster".to_owned());
    say.fail(why.message.clone(), help)
}

/// What the checks of a cluster that answers look at.
struct Look<'f> {
    facts: &'f Facts,
    cluster: &'f ClusterFacts,
    /// None for `doctor`, which judges what is there.
    plan: Option<&'f Plan>,
}

impl<'f> Look<'f> {
    fn repository(&self) -> Option<&'f RepositoryFacts> {
        self.facts.repository.as_ref().ok()
    }

    /// Returns the Flux that is to run: that of the `flux` command, which installs its own version; else that of the
    /// repository; else the newest.
    fn flux(&self) -> Target {
        let mut tools = self.facts.machine.tools.iter();
        let tool = tools.find(|tool| tool.name == "flux");
        if let Some(version) = tool.and_then(|tool| tool.version.as_ref().ok()) {
            return Target::of(version, "the flux command of this machine");
        }
        let installed = self.repository().and_then(|r| r.installed.as_ref());
        if let Some((version, file)) = installed.and_then(|i| Some((i.version.as_ref()?, &i.file)))
        {
            return Target::of(version, file);
        }
        Target::of(&NEWEST.to_string(), "the newest that homelab knows")
    }

    /// Returns the words that select the namespace of Flux.
    fn in_namespace(&self) -> String {
        format!("-n {}", self.cluster.flux_namespace)
    }
}

/// The Flux that is to run.
struct Target {
    /// None where the version does not read.
    minor: Option<Minor>,
    /// `Flux 2.9.5 (the flux command of this machine)`.
    name: String,
}

impl Target {
    fn of(version: &str, origin: &str) -> Self {
        let plain = version.trim().trim_start_matches('v');
        Target {
            minor: Minor::parse(version),
            name: format!("Flux {plain} ({origin})"),
        }
    }
}

/// Joins a few things, and says how many more there are.
fn few<'s>(all: impl IntoIterator<Item = &'s str>) -> String {
    const SHOWN: usize = 5;
    let all: Vec<&str> = all.into_iter().collect();
    let shown = all.get(..SHOWN).unwrap_or(&all).join(", ");
    match all.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::samples::{bootstrapped, say_all, verdicts};
    use super::*;
    use crate::preflight::Verdict;

    #[test]
    fn a_cluster_that_does_not_answer_fails_once() {
        let mut facts = bootstrapped();
        let gone = Unavailable::new(
            Why::Unreachable,
            "the cluster at h:6443 could not be reached",
        );
        facts.cluster = Err(gone);
        insta::assert_snapshot!(say_all(&checks(&facts)), @"
        fail cluster/reachable: the cluster at h:6443 could not be reached
          help: `kubectl cluster-info` asks the same cluster
        ");
        facts.cluster = Err(Unavailable::not_asked("--no-cluster leaves it out"));
        assert_eq!(
            verdicts(&checks(&facts)),
            [("cluster/reachable", Verdict::Unknown)]
        );
    }

    #[test]
    fn few_are_named_and_the_rest_counted() {
        assert_eq!(few(["a", "b"]), "a, b");
        assert_eq!(
            few(["a", "b", "c", "d", "e", "f", "g"]),
            "a, b, c, d, e and 2 more"
        );
    }
}
