//! What a run over several clusters comes to: the rows of all, why some gave no answer, and the exit status.

use super::Answer;
use super::drive::Driven;
use super::stage::Stage;
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::flux::live::Outcome;
use crate::output::{ContextError, ResultRow};

/// From how many objects on they are counted.
const MANY: usize = 6;

/// Shows what came of the run in each cluster, and returns the status: what could not be looked at comes before what failed,
/// and that before what took too long.
///
/// # Errors
/// The only cluster gave no answer; somebody interrupted; the answer cannot be written.
pub(in crate::command) fn conclude(
    stage: Stage<'_, '_>,
    answers: Vec<Answer<Driven>>,
) -> Result<ExitStatus, Error> {
    let several = answers.len() > 1;
    let mut rows = Vec::new();
    let mut errors = Vec::new();
    let mut is_refused = false;
    let mut is_bad = false;
    let mut interrupted = None;
    for answer in answers {
        match (answer.result, answer.context) {
            (Ok(driven), _) => {
                rows.extend(driven.rows);
                is_refused |= driven.is_refused;
                is_bad |= driven.is_bad;
                interrupted = match (interrupted, driven.interrupted) {
                    (Some(so_far), Some(more)) => Some(so_far + more),
                    (so_far, more) => so_far.or(more),
                };
            }
            (Err(error), None) => return Err(error.into()),
            (Err(error), Some(context)) => {
                let hint = error.hint();
                let mut error = Error::from(error);
                error.message = format!("{context}: {}", error.message);
                stage.alone(|terminal| terminal.error(&error));
                errors.push((context, error, hint));
            }
        }
    }
    let late = |error: &Error| error.status() == ExitStatus::TimedOut;
    is_refused |= errors.iter().any(|(_, error, _)| !late(error));
    let is_late = errors.iter().any(|(_, error, _)| late(error))
        || rows.iter().any(|row| row.outcome() == Outcome::Timeout);
    if rows.len() >= MANY {
        stage.note(None, &summary(&rows));
    }
    let bad = |row: &ResultRow| matches!(row.outcome(), Outcome::Failed | Outcome::NotFound);
    is_bad |= rows.iter().any(bad);
    let errors = errors
        .into_iter()
        .map(|(context, error, hint)| ContextError {
            context,
            message: error.message,
            hint,
        });
    stage.finish(rows, several.then(|| errors.collect()))?;
    if let Some(open) = interrupted {
        return Err(stayed(open));
    }
    Ok(match (is_refused, is_bad, is_late) {
        (true, ..) => ExitStatus::CouldNotLook,
        (_, true, _) => ExitStatus::No,
        (.., true) => ExitStatus::TimedOut,
        _ => ExitStatus::Yes,
    })
}

/// Returns how many objects ended how: `12 ready, 1 failed`.
fn summary(rows: &[ResultRow]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for row in rows {
        match counts.iter_mut().find(|(word, _)| *word == row.word()) {
            Some((_, count)) => *count += 1,
            None => counts.push((row.word(), 1)),
        }
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(word, n)| format!("{n} {word}"))
        .collect();
    counts.join(", ")
}

fn stayed(open: usize) -> Error {
    Error::interrupted(match open {
        0 => "interrupted".to_owned(),
        1 => "interrupted; 1 request stays, and its controller goes on".to_owned(),
        open => format!("interrupted; {open} requests stay, and their controllers go on"),
    })
}
