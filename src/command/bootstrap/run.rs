//! Runs `flux bootstrap`: asks first, passes every line on, hands Ctrl-C over.

use std::collections::VecDeque;

use super::Global;
use crate::adapter::process::{ProcessError, Program};
use crate::adapter::prompt::Prompter;
use crate::adapter::runtime::block_on;
use crate::adapter::token::Token;
use crate::command::Terminal;
use crate::command::act::of_prompt;
use crate::error::Error;
use crate::output::{Ran, write_program_line};
use crate::preflight::{Auth, CommandLine, Facts, Forge, Plan, Verdict};

/// How many of the last lines are kept.
const KEPT: usize = 20;

/// Asks whether the command is to be run; without a terminal only `--yes` says so.
///
/// # Errors
/// Nobody can be asked, or Ctrl-C.
pub(super) fn confirmed(
    global: &Global,
    terminal: &Terminal<'_>,
    worst: Verdict,
) -> Result<bool, Error> {
    if global.yes {
        return Ok(true);
    }
    if !global.asks() {
        return Err(Error::usage(
            "not run: `--run` changes the repository and the cluster, and there is nobody to ask",
        )
        .hint("look at the checklist, then add `--yes`"));
    }
    let question = match worst {
        Verdict::Warn => "There are warnings. Run the command?",
        Verdict::Unknown => "Not everything could be looked at. Run the command?",
        _ => "Run the command?",
    };
    let prompter = Prompter::new(terminal.err_color);
    match prompter.confirm(question, worst == Verdict::Pass) {
        Ok(yes) => Ok(yes),
        Err(unanswered) => of_prompt(unanswered).map_or(Ok(false), Err),
    }
}

/// Refuses what flux cannot do without somebody at its terminal: a key that it makes for plain git has to be installed by
/// hand while it waits.
///
/// # Errors
/// It is such a plan.
pub(super) fn expect_possible(plan: &Plan, facts: &Facts) -> Result<(), Error> {
    let makes_key = plan.forge.value == Forge::Git
        && matches!(plan.auth.value, Auth::DeployKey { .. })
        && !facts
            .cluster
            .as_ref()
            .is_ok_and(|cluster| matches!(cluster.secret, Ok(Some(_))));
    if !makes_key {
        return Ok(());
    }
    Err(Error::usage(
        "not run: for plain git flux makes a key and waits until you have given it access",
    )
    .hint("run the command yourself, or give a key that has access with `--private-key-file`"))
}

/// Runs the command, with the token in the variable that flux reads it from and nowhere else.
///
/// # Errors
/// It cannot be started, or Ctrl-C.
pub(super) fn run(
    line: &CommandLine,
    token: Option<&Token>,
    terminal: &mut Terminal<'_>,
) -> Result<Ran, Error> {
    let arguments = line.arguments();
    let mut program = Program::new("flux").arguments(arguments.into_iter().skip(1));
    if let Some(token) = token {
        program = program.secret(line.variable, token.value().clone());
    }
    let mut last = VecDeque::new();
    let is_quiet = terminal.is_quiet();
    let color = terminal.err_color;
    let err = &mut *terminal.err;
    let mut take = |text: &str| {
        if !is_quiet {
            // Nothing is left to do where stderr is gone.
            let _ = write_program_line("flux", text, color, err);
        }
        if last.len() == KEPT {
            last.pop_front();
        }
        last.push_back(text.to_owned());
    };
    let ended = block_on(program.stream(&mut |_, text| take(text)));
    let ended = ended.map_err(|e| Error::could_not_look(e.to_string()))?;
    match ended {
        Ok(ended) => Ok(Ran {
            succeeded: ended.is_success(),
            timed_out: !ended.is_success() && last.iter().any(|line| is_late(line)),
            ended: ended.to_string(),
            last: last.into(),
            after: Vec::new(),
        }),
        Err(ProcessError::Interrupted(_)) => Err(Error::interrupted(
            "interrupted, and flux with it; what it pushed and applied so far stays",
        )
        .hint("`homelab bootstrap` says how far it got; running flux again goes on from there")),
        Err(error) => Err(Error::could_not_look(error.to_string())),
    }
}

/// Tells whether flux gave up because `--timeout` was over (flux2 v2.9).
fn is_late(line: &str) -> bool {
    line.contains("context deadline exceeded")
}
