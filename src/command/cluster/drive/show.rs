//! Tells what happens during a run: what is done, what others wait for, and which controllers do not answer.

use std::time::Duration;

use super::course::Course;
use super::{Drive, SILENCE};
use crate::adapter::cluster::ClusterError;
use crate::flux::live::{End, FluxKind, Item, Outcome, Said, State};
use crate::output::{ResultRow, progress_line};

impl Drive<'_, '_, '_> {
    /// Tells what became of objects since the last time, and what others wait for.
    pub(super) fn tell(&self, course: &mut Course) {
        for index in 0..course.run.items().len() {
            let so_far = course.so_far(index);
            let Some(item) = course.run.items().get(index) else {
                continue;
            };
            match &item.state {
                State::Done(end) if !course.rows.contains_key(&index) => {
                    let row = self.row(item, end, so_far);
                    let is_stopped = end.outcome == Outcome::Suspended;
                    course.is_bad |= is_stopped && (self.is_named)(&item.object);
                    self.stage.done(self.context, &row);
                    course.rows.insert(index, row);
                }
                State::Asked { said, .. } if self.is_told(said) => {
                    let what = item.object.kind_ref();
                    let note = format!("{what} waits: {}", sentence(said));
                    let why = course.why_waits(index, said).map(str::to_owned);
                    for note in std::iter::once(note).chain(why) {
                        if course.told.insert(note.clone()) {
                            self.stage.note(self.context, &note);
                        }
                    }
                }
                _ => {}
            }
        }
        if self.stage.is_watched() {
            self.stage.show(self.context, lines(course));
        }
    }

    fn row(&self, item: &Item, end: &End, so_far: Duration) -> ResultRow {
        let row = ResultRow::new(self.context, &item.object, end, so_far);
        let is_plain = matches!(end.outcome, Outcome::Static | Outcome::Unchanged);
        let is_noise = is_plain && !(self.is_named)(&item.object);
        let row = if is_noise { row.aside() } else { row };
        match (self.next)(&item.object, end) {
            Some(next) => row.with_next(next),
            None => row,
        }
    }

    /// Tells whether what a controller says is worth a line of its own, where no line changes.
    fn is_told(&self, said: &Said) -> bool {
        let is_plain = matches!(said.reason.as_str(), "" | "Progressing");
        let is_worth = !is_plain || self.stage.is_verbose() && !said.is_empty();
        is_worth && !self.stage.is_watched()
    }

    /// Mentions controllers that do not answer.
    pub(super) fn turn(&self, course: &mut Course) {
        if self.stage.is_watched() {
            return;
        }
        for index in 0..course.run.items().len() {
            let so_far = course.so_far(index);
            let item = course.run.items().get(index);
            if let Some(item) = item
                && let State::Asked {
                    is_heard: false,
                    said,
                    ..
                } = &item.state
                && so_far >= SILENCE
            {
                let kind = item.object.kind;
                if course.told.insert(kind.controller().to_owned()) {
                    let silence = silence(kind, said, so_far);
                    self.stage.note(self.context, &silence);
                }
            }
        }
    }
}

/// Returns the lines that change.
fn lines(course: &Course) -> Vec<String> {
    let items = course.run.items();
    let mut lines: Vec<String> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let so_far = course.so_far(index);
        let kind = item.object.kind;
        let what = match &item.state {
            State::Asked {
                is_heard: false,
                said,
                ..
            } if so_far >= SILENCE => silence(kind, said, so_far),
            State::Asked { said, .. } if said.is_empty() => format!("asked {}", kind.controller()),
            State::Asked { said, .. } => match course.why_waits(index, said) {
                Some(why) => format!("waits: {why}"),
                None => sentence(said),
            },
            State::Free => "asking".to_owned(),
            State::Pending | State::Done(_) => continue,
        };
        let place = item.object.id.to_string();
        lines.push(progress_line(kind, &place, &what, so_far));
    }
    let pending = items.iter().filter(|item| item.state == State::Pending);
    match pending.count() {
        0 => {}
        1 => lines.push("1 more waits for its turn".to_owned()),
        many => lines.push(format!("{many} more wait for their turn")),
    }
    lines
}

/// Returns the end of what the cluster does not let us ask or watch.
pub(in crate::command) fn refused(error: &ClusterError) -> End {
    let reason = match error {
        ClusterError::Forbidden { .. } => "Forbidden",
        ClusterError::Unauthenticated { .. } => "Unauthenticated",
        _ => "Refused",
    };
    End::new(Outcome::Failed, reason, error.to_string())
}

/// Says that nothing happened to an object since it was asked. What was said before that is of an earlier run: a health check
/// goes on to its end before the next run starts (kustomize-controller 1.9).
pub(super) fn silence(kind: &FluxKind, before: &Said, so_far: Duration) -> String {
    let (controller, seconds) = (kind.controller(), so_far.as_secs());
    match before.is_empty() {
        true => format!("no controller has answered for {seconds}s: is {controller} running?"),
        false => format!(
            "{controller} is still at an earlier run, for {seconds}s: {}",
            sentence(before)
        ),
    }
}

fn sentence(said: &Said) -> String {
    match (said.reason.as_str(), said.message.as_str()) {
        ("" | "Progressing", message) => message.to_owned(),
        (reason, "") => reason.to_owned(),
        (reason, message) => format!("{reason}: {message}"),
    }
}
