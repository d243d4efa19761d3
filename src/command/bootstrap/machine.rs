//! Gathers the facts of this machine: the programs that bootstrap needs, and the keys of the ssh agent.

use std::time::Duration;

use futures::future::join_all;

use crate::adapter::environment;
use crate::adapter::process::{Ended, ProcessError, Program};
use crate::preflight::{Fact, MachineFacts, Needs, PROBES, Probe, ToolFacts, Unavailable, Why};

/// How long a program has to say its version.
const LIMIT: Duration = Duration::from_secs(5);
/// So much of what a program complains about is passed on.
const COMPLAINT: usize = 200;

/// Asks all programs for their versions at the same time.
pub(super) async fn gather(needs: &Needs) -> MachineFacts {
    let tools = join_all(PROBES.iter().map(|probe| tool(probe, needs)));
    let keys = async {
        match needs.agent {
            true => Some(agent_keys().await),
            false => None,
        }
    };
    let (tools, agent_keys) = futures::join!(tools, keys);
    MachineFacts {
        tools,
        agent_keys,
        context: None,
    }
}

async fn tool(probe: &Probe, needs: &Needs) -> ToolFacts {
    let needed = needs.of_tool(probe.name);
    ToolFacts {
        name: probe.name,
        version: version(probe).await,
        needed: needed.map(|(why, _)| why.to_owned()),
        is_required: needed.is_some_and(|(_, is_required)| is_required),
    }
}

async fn version(probe: &Probe) -> Fact<String> {
    let program = Program::new(probe.name)
        .arguments(probe.arguments)
        .limit(LIMIT);
    let answer = program.answer().await.map_err(unavailable)?;
    let command = format!("`{} {}`", probe.name, probe.arguments.join(" "));
    if !answer.ended.is_success() {
        let said = complaint(&answer.err);
        let message = format!("{command} failed with {}{said}", answer.ended);
        return Err(Unavailable::new(Why::Refused, message));
    }
    let version = probe.version(&answer.out);
    let version = version.or_else(|| probe.version(&answer.err));
    let message = format!("{command} names no version");
    version.ok_or_else(|| Unavailable::new(Why::Malformed, message))
}

/// Returns how many keys the ssh agent holds (`ssh-add -l`: status 1 for none, 2 without an agent).
async fn agent_keys() -> Fact<usize> {
    if environment::variable("SSH_AUTH_SOCK").is_none() {
        let message = "SSH_AUTH_SOCK is not set: there is no ssh agent";
        return Err(Unavailable::new(Why::NotFound, message));
    }
    let program = Program::new("ssh-add").arguments(["-l"]).limit(LIMIT);
    let answer = program.answer().await.map_err(unavailable)?;
    match answer.ended {
        Ended::Status(0) => Ok(answer.out.lines().count()),
        Ended::Status(1) => Ok(0),
        ended => {
            let message = format!("`ssh-add -l` failed with {ended}{}", complaint(&answer.err));
            Err(Unavailable::new(Why::Unreachable, message))
        }
    }
}

/// Returns the first line that says something, behind a colon.
fn complaint(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    let line: Option<String> = line.map(|line| line.chars().take(COMPLAINT).collect());
    line.map_or_else(String::new, |line| format!(": {line}"))
}

fn unavailable(error: ProcessError) -> Unavailable {
    let why = match error {
        ProcessError::Missing(_) => Why::Unreachable,
        ProcessError::NotStarted { .. } => Why::Refused,
        ProcessError::TimedOut { .. } | ProcessError::Interrupted(_) => Why::TimedOut,
    };
    let message = match &error {
        ProcessError::Missing(_) => "not on the PATH".to_owned(),
        other => other.to_string(),
    };
    Unavailable::new(why, message)
}
