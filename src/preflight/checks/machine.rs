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
            "brew install fluxcd/tap/flux, or https://fluxcd.io/flux/installation/#install-the-flux-cli",
        ),
        "op" => (
            "machine/op",
            "https://developer.1password.com/docs/cli/get-started/, or give the token in a variable or a file",
        ),
        "kubeseal" => (
            "machine/kubeseal",
            "brew install kubeseal, or https://github.com/bitnami-labs/sealed-secrets/releases",
        ),
        "sops" => ("machine/sops", "brew install sops, or https://getsops.io"),
        "age" => (
            "machine/age",
            "brew install age, or https://age-encryption.org",
        ),
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
    let help = "ssh-add KEY-FILE, or --private-key-file=KEY-FILE; without either flux cannot clone over ssh";
    Some(Check {
        id: "machine/ssh-agent",
        area: Area::Machine,
        title: "the ssh agent has a key for git".to_owned(),
        verdict,
        detail,
        help: (verdict != Verdict::Pass).then(|| help.to_owned()),
    })
}
