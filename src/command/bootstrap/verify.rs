//! Looks again after `flux bootstrap`: what came of it.

use std::time::Duration;

use super::{Asking, Global, Terminal};
use crate::adapter::clock;
use crate::adapter::runtime::block_on;
use crate::error::Error;
use crate::preflight::{Check, Verdict, verify};

/// How often it is looked again: a commit of somebody else may have come in between.
const ROUNDS: u32 = 3;
/// How long to wait in between.
const PAUSE: Duration = Duration::from_secs(1);

/// Asks server and cluster; where flux succeeded, until all is well, or for a few times.
///
/// # Errors
/// The system gives no event queue.
pub(super) fn after(
    asking: &Asking<'_>,
    succeeded: bool,
    global: &Global,
    terminal: &mut Terminal<'_>,
) -> Result<Vec<Check>, Error> {
    terminal.note("looking again at the server and the cluster");
    let mut round = 1;
    loop {
        let asked = asking.ask(global)?;
        let checks = verify(asking.plan, &asked.forge, &asked.cluster);
        // What is not known stays so.
        let may_change = |check: &Check| matches!(check.verdict, Verdict::Fail | Verdict::Warn);
        if !succeeded || round == ROUNDS || !checks.iter().any(may_change) {
            return Ok(checks);
        }
        round += 1;
        block_on(clock::pass(PAUSE)).map_err(|e| Error::could_not_look(e.to_string()))?;
    }
}
