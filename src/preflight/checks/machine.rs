//! Checks of the programs of this machine.

use crate::preflight::check::{Area, Check, Verdict};
use crate::preflight::fact::Why;
use crate::preflight::facts::{Facts, ToolFacts};

pub(super) fn checks(facts: &Facts) -> Vec<Check> {
    let tools = facts.machine.tools.iter();
    let tools = tools.filter_map(|tool| check(tool, facts.plan.is_some()));
    tools.chain(agent(facts)).collect()
}

/// Returns the id of a program's check, and how to get the program; nothing for those that never matter.
fn known(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "flux" => (
            "machine/flux",
            "`brew install fluxcd/tap/flux`, or https://fluxcd.io/flux/installation/#install-the-flux-cli",
        ),
        "op" => (
            "machine/op",
            "https://developer.1password.com/docs/cli/get-started/, or give the token in a variable or a file",
        ),
        "kubeseal" => (
            "machine/kubeseal",
            "`brew install kubeseal`, or https://github.com/bitnami-labs/sealed-secrets/releases",
        ),
        "sops" => ("machine/sops", "`brew install sops`, or https://getsops.io"),
        _ => return None,
    })
}

/// Judges a program that is needed; flux is told of in any case.
fn check(tool: &ToolFacts, bootstraps: bool) -> Option<Check> {
    let (id, way) = known(tool.name)?;
    let needed = tool.needed.as_deref();
    if needed.is_none() && (tool.name != "flux" || tool.version.is_err()) {
        return None;
    }
    let (verdict, detail) = match &tool.version {
        Ok(version) => (Verdict::Pass, format!("{} {version}", tool.name)),
        Err(why) => {
            let is_missing = why.why == Why::Unreachable;
            let verdict = match (is_missing, tool.is_required && bootstraps) {
                (_, true) => Verdict::Fail,
                (true, false) => Verdict::Warn,
                (false, false) => Verdict::Unknown,
            };
            let reason = needed
                .map(|needed| format!("; {needed}"))
                .unwrap_or_default();
            (verdict, format!("{}: {}{reason}", tool.name, why.message))
        }
    };
    let help = (verdict != Verdict::Pass).then(|| format!("install it: {way}"));
    Some(Check {
        id,
        area: Area::Machine,
        title: format!("{} is there", tool.name),
        verdict,
        detail,
        help,
    })
}

/// `flux bootstrap git` over ssh takes its key from the agent, unless a file is named.
fn agent(facts: &Facts) -> Option<Check> {
    let keys = facts.machine.agent_keys.as_ref()?;
    let (verdict, detail) = match keys {
        Ok(0) => (Verdict::Fail, "the ssh agent holds no key".to_owned()),
        Ok(1) => (Verdict::Pass, "the ssh agent holds 1 key".to_owned()),
        Ok(number) => (Verdict::Pass, format!("the ssh agent holds {number} keys")),
        Err(why) if why.why == Why::NotFound => (Verdict::Fail, why.message.clone()),
        Err(why) => (Verdict::Unknown, why.message.clone()),
    };
    let help = "`ssh-add KEY-FILE`, or `--private-key-file KEY-FILE`; without either flux cannot clone over ssh";
    Some(Check {
        id: "machine/ssh-agent",
        area: Area::Machine,
        title: "the ssh agent has a key for git".to_owned(),
        verdict,
        detail,
        help: (verdict != Verdict::Pass).then(|| help.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::fact::{Fact, Unavailable};
    use crate::preflight::facts::MachineFacts;

    fn tool(name: &'static str, version: Fact<String>, needed: Option<&str>) -> ToolFacts {
        ToolFacts {
            name,
            version,
            needed: needed.map(str::to_owned),
            is_required: needed.is_some(),
        }
    }

    fn missing() -> Fact<String> {
        Err(Unavailable::new(Why::Unreachable, "not on the PATH"))
    }

    fn said(tool: &ToolFacts, bootstraps: bool) -> Option<String> {
        let check = check(tool, bootstraps)?;
        let is_good = check.verdict == Verdict::Pass;
        assert_eq!(check.help.is_none(), is_good, "{check:?}");
        Some(format!("{:?} {} {}", check.verdict, check.id, check.detail))
    }

    #[test]
    fn what_is_needed_has_to_be_there() {
        let flux = tool("flux", Ok("v2.9.5".to_owned()), None);
        assert_eq!(
            said(&flux, true).as_deref(),
            Some("Pass machine/flux flux v2.9.5")
        );
        let flux = tool("flux", missing(), Some("it is what bootstraps"));
        let expected = "Fail machine/flux flux: not on the PATH; it is what bootstraps";
        assert_eq!(said(&flux, true).as_deref(), Some(expected));
        let slow = Unavailable::new(Why::TimedOut, "`flux` did not end within 5s");
        let slow = tool("flux", Err(slow), None);
        assert_eq!(said(&slow, true), None);
        let kubeseal = ToolFacts {
            is_required: false,
            ..tool(
                "kubeseal",
                missing(),
                Some("the repository has SealedSecrets"),
            )
        };
        let expected =
            "Warn machine/kubeseal kubeseal: not on the PATH; the repository has SealedSecrets";
        assert_eq!(said(&kubeseal, true).as_deref(), Some(expected));
    }

    #[test]
    fn what_is_not_needed_is_not_spoken_of() {
        assert_eq!(said(&tool("helm", missing(), None), true), None);
        assert_eq!(said(&tool("op", missing(), None), true), None);
        assert_eq!(said(&tool("flux", missing(), None), false), None);
    }

    #[test]
    fn an_agent_has_to_hold_a_key() {
        let verdict = |keys: Option<Fact<usize>>| {
            let facts = Facts {
                plan: None,
                repository: Err(Unavailable::not_asked("a test")),
                machine: MachineFacts {
                    agent_keys: keys,
                    ..MachineFacts::default()
                },
                forge: None,
                cluster: Err(Unavailable::not_asked("a test")),
                now: 0,
            };
            checks(&facts).first().map(|check| check.verdict)
        };
        assert_eq!(verdict(None), None);
        assert_eq!(verdict(Some(Ok(2))), Some(Verdict::Pass));
        assert_eq!(verdict(Some(Ok(0))), Some(Verdict::Fail));
        let none = Unavailable::new(Why::NotFound, "no agent");
        assert_eq!(verdict(Some(Err(none))), Some(Verdict::Fail));
        let slow = Unavailable::new(Why::TimedOut, "slow");
        assert_eq!(verdict(Some(Err(slow))), Some(Verdict::Unknown));
    }
}
