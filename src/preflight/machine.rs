//! The programs of this machine: which are asked for their version, what for, and what their answers mean.

use super::facts::{RepositoryFacts, SecretScheme};
use super::plan::{Auth, Plan};
use super::version::Version;

/// A program that is asked for its version.
#[derive(Debug)]
pub struct Probe {
    /// The program.
    pub name: &'static str,
    /// What makes it say its version and nothing else, without a network.
    pub arguments: &'static [&'static str],
}

/// All programs that may have a part in a bootstrap.
pub static PROBES: [Probe; 8] = [
    probe("flux", &["version", "--client"]),
    probe("kubectl", &["version", "--client", "-o", "json"]),
    probe("helm", &["version", "--short"]),
    probe("git", &["--version"]),
    probe("kubeseal", &["--version"]),
    probe("sops", &["--version", "--disable-version-check"]),
    probe("age", &["--version"]),
    probe("op", &["--version"]),
];

const fn probe(name: &'static str, arguments: &'static [&'static str]) -> Probe {
    Probe { name, arguments }
}

impl Probe {
    /// Reads the version from what the program says; none where it says something else.
    pub fn version(&self, said: &str) -> Option<String> {
        let found = match said.split_once("\"gitVersion\"") {
            Some((_, rest)) => Version::find(rest),
            None => Version::find(said),
        };
        // A version is short; whatever else is in the word is not passed on.
        found.filter(|text| text.len() <= 64).map(str::to_owned)
    }
}

/// What the programs are needed for in one case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The programs that are needed, each with the reason and whether bootstrap cannot do without it.
    pub tools: Vec<(&'static str, String, bool)>,
    /// Whether keys of an ssh agent could play a part.
    pub agent: bool,
}

impl Needs {
    /// Works out what is needed. `token` is where the token comes from, such as `op://vault/item/field`.
    pub fn of(
        repository: Option<&RepositoryFacts>,
        plan: Option<&Plan>,
        token: Option<&str>,
    ) -> Self {
        let mut needs = Needs::default();
        let mut need = |name, why: &str, is_required| {
            needs.tools.push((name, why.to_owned(), is_required));
        };
        if plan.is_some() {
            need("flux", "it is what bootstraps", true);
        }
        if token.is_some_and(|token| token.starts_with("op://")) {
            need("op", "the token is in 1Password", true);
        }
        let schemes = repository.map_or(&[][..], |repository| &repository.secret_schemes);
        for scheme in schemes {
            match scheme {
                SecretScheme::Sealed => need("kubeseal", "the repository has SealedSecrets", false),
                SecretScheme::Sops => need("sops", "the repository has secrets of SOPS", false),
                SecretScheme::External | SecretScheme::Plain => {}
            }
        }
        needs.agent = plan.is_some_and(uses_agent);
        needs
    }

    /// Returns what a program is needed for, and whether bootstrap cannot do without it.
    pub fn of_tool(&self, name: &str) -> Option<(&str, bool)> {
        let found = self.tools.iter().find(|(tool, ..)| *tool == name)?;
        Some((found.1.as_str(), found.2))
    }
}

/// Only `flux bootstrap git` over ssh asks an agent, and only without a key file or token (flux2 v2.9 `cmd/flux/bootstrap_git.go`).
fn uses_agent(plan: &Plan) -> bool {
    let is_ssh =
        plan.url.starts_with("ssh://") || !plan.url.contains("://") && plan.url.contains('@');
    plan.forge.value == super::Forge::Git
        && is_ssh
        && !matches!(plan.auth.value, Auth::PrivateKey(_) | Auth::Token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_say_their_versions() {
        let said = [
            ("flux", "flux: v2.9.5\n", "v2.9.5"),
            (
                "kubectl",
                "{\n  \"clientVersion\": {\n    \"major\": \"1\",\n    \"minor\": \"36\",\n    \"gitVersion\": \"v1.36.3\",\n    \"goVersion\": \"go1.26.0\"\n  },\n  \"kustomizeVersion\": \"v5.8.0\"\n}\n",
                "v1.36.3",
            ),
            ("helm", "v4.0.1+g12500dd\n", "v4.0.1+g12500dd"),
            ("git", "git version 2.47.3\n", "2.47.3"),
            ("kubeseal", "kubeseal version: 0.27.1\n", "0.27.1"),
            ("sops", "sops 3.10.2\n", "3.10.2"),
            ("age", "v1.2.1\n", "v1.2.1"),
            ("op", "2.31.0\n", "2.31.0"),
        ];
        for (name, text, expected) in said {
            let probe = PROBES.iter().find(|probe| probe.name == name).unwrap();
            assert_eq!(probe.version(text).as_deref(), Some(expected), "{name}");
            assert_eq!(probe.version("command not found: \u{1b}[31m"), None);
        }
        let long = format!("1.2.3-{}", "a".repeat(1000));
        assert_eq!(PROBES[0].version(&long), None);
    }

    #[test]
    fn only_what_plays_a_part_is_needed() {
        assert_eq!(
            Needs::of(None, None, Some("GITHUB_TOKEN")),
            Needs::default()
        );
        let repository = RepositoryFacts {
            secret_schemes: vec![SecretScheme::Sops, SecretScheme::External],
            ..RepositoryFacts::default()
        };
        let needs = Needs::of(Some(&repository), None, Some("op://v/i/f"));
        let names: Vec<_> = needs.tools.iter().map(|(name, ..)| *name).collect();
        assert_eq!(names, ["op", "sops"]);
        assert_eq!(
            needs.of_tool("op"),
            Some(("the token is in 1Password", true))
        );
        assert_eq!(needs.of_tool("helm"), None);
    }
}
