//! What the answers of all clusters come to: what is shown, what is said beside it, and the status.

use super::Status;
use super::look::{Asked, Seen};
use crate::adapter::cluster::ClusterError;
use crate::command::Terminal;
use crate::command::nearest::nearest;
use crate::error::{Error, ErrorKind};
use crate::exit::ExitStatus;
use crate::flux::live::{FluxKind, KINDS, Live, Target, Workload};
use crate::lint::distance;
use crate::output::{
    ClusterFailure, DataFormat, ServiceStatus, StatusDocument, StatusRow, Tally, write_status,
};

/// What is told at the end.
pub(super) struct Report<'a> {
    status: &'a Status,
    asked: &'a Asked<'a>,
    /// Seconds since 1970.
    now: i64,
    document: StatusDocument,
    notes: Vec<String>,
    /// Each with the context of its cluster, and whether the answer is "no" rather than missing.
    errors: Vec<(Option<String>, Error)>,
    is_no: bool,
}

impl<'a> Report<'a> {
    /// Makes an empty report.
    pub(super) fn new(status: &'a Status, asked: &'a Asked<'a>, now: i64) -> Self {
        Report {
            status,
            asked,
            now,
            document: StatusDocument::new(),
            notes: Vec::new(),
            errors: Vec::new(),
            is_no: false,
        }
    }

    /// Takes the answer of a cluster, or why there is none; the context is known where several are asked.
    ///
    /// # Errors
    /// What the user asked for cannot be asked; or the only cluster does not answer.
    pub(super) fn take(
        &mut self,
        context: Option<&str>,
        answer: Result<Seen, ClusterError>,
        verbose: bool,
    ) -> Result<(), Error> {
        match answer {
            Ok(seen) => self.add(context, &seen, verbose),
            Err(error) => {
                let error = self.asked.refused(error);
                if context.is_none() || error.kind == ErrorKind::Usage {
                    return Err(error);
                }
                self.fail(context, error);
                Ok(())
            }
        }
    }

    fn add(&mut self, context: Option<&str>, seen: &Seen, verbose: bool) -> Result<(), Error> {
        if let Some((target, choices)) = seen.ambiguous.first() {
            return Err(ambiguous(target, choices));
        }
        if let Some(error) = seen.missing.iter().find_map(misspelt) {
            return Err(error);
        }
        let row = |object: &Live| StatusRow::of(context, object, self.now);
        let mut rows: Vec<StatusRow> = seen.objects.iter().map(row).collect();
        let tally = Tally::of(rows.iter());
        let services: Vec<ServiceStatus> = seen
            .services
            .iter()
            .map(|(name, objects, workloads)| {
                let workloads: Vec<Workload> = workloads.iter().filter_map(Workload::of).collect();
                ServiceStatus::new(context, name, objects, &workloads, self.now)
            })
            .collect();
        self.is_no |= tally.not_ready > 0
            || !seen.missing.is_empty()
            || services.iter().any(ServiceStatus::has_failing_workload);
        rows.retain(|row| self.status.shows(row));
        self.document.add(context, tally, rows, services);
        self.say(context, seen, verbose);
        Ok(())
    }

    /// Says what stands beside the objects.
    fn say(&mut self, context: Option<&str>, seen: &Seen, verbose: bool) {
        let is_empty = seen.objects.is_empty() && seen.services.is_empty();
        if is_empty && seen.missing.is_empty() && seen.refused.is_empty() {
            self.is_no = true;
            self.note(context, self.asked.nothing());
        }
        if let Some(note) = elsewhere(&seen.failing_elsewhere) {
            self.note(context, note);
        }
        if verbose && !seen.absent.is_empty() {
            let absent: Vec<&str> = seen.absent.iter().map(|kind| kind.kind).collect();
            self.note(context, format!("the cluster has no {}", absent.join(", ")));
        }
        for (target, similar) in &seen.missing {
            self.fail(context, missing(target, similar.as_deref()));
        }
        for error in refused(&seen.refused, &seen.server) {
            self.fail(context, error);
        }
    }

    fn note(&mut self, context: Option<&str>, note: String) {
        self.notes.push(match context {
            Some(context) => format!("{context}: {note}"),
            None => note,
        });
    }

    fn fail(&mut self, context: Option<&str>, error: Error) {
        self.document.fail(ClusterFailure {
            context: context.map(str::to_owned),
            message: error.message.clone(),
            hint: error.hint.clone(),
        });
        self.errors.push((context.map(str::to_owned), error));
    }

    /// Shows everything and returns the status.
    ///
    /// # Errors
    /// The answer cannot be written.
    pub(super) fn show(
        self,
        format: DataFormat,
        terminal: &mut Terminal<'_>,
    ) -> Result<ExitStatus, Error> {
        let look = self.status.look(terminal);
        let written = write_status(format, &self.document, look, terminal.out);
        terminal.written(written)?;
        terminal.finish()?;
        self.notes.iter().for_each(|note| terminal.note(note));
        for (context, error) in &self.errors {
            tell(context.as_deref(), error, terminal);
        }
        Ok(self.exit())
    }

    fn exit(&self) -> ExitStatus {
        let has = |kind| self.errors.iter().any(|(_, error)| error.kind == kind);
        match () {
            () if has(ErrorKind::CouldNotLook) => ExitStatus::CouldNotLook,
            () if self.is_no => ExitStatus::No,
            () if has(ErrorKind::TimedOut) => ExitStatus::TimedOut,
            () => ExitStatus::Yes,
        }
    }
}

/// Tells what went wrong in a cluster.
pub(super) fn tell(context: Option<&str>, error: &Error, terminal: &mut Terminal<'_>) {
    let message = match context {
        Some(context) => format!("{context}: {}", error.message),
        None => error.message.clone(),
    };
    terminal.error(&Error {
        message,
        ..error.clone()
    });
}

fn missing(target: &Target, similar: Option<&str>) -> Error {
    let error = match target {
        Target::Service(name) => Error::usage(format!("nothing of Flux is called {name}")),
        other => Error::usage(format!("there is no {other}")),
    };
    match similar {
        Some(similar) => error.hint(format!("did you mean `{similar}`?")),
        None => error,
    }
}

/// Makes the error for a bare name that nothing has, and that is almost a kind.
fn misspelt((target, _): &(Target, Option<String>)) -> Option<Error> {
    let Target::Service(name) = target else {
        return None;
    };
    let nouns = KINDS.iter().flat_map(|kind| {
        let kind_name = kind.kind.to_ascii_lowercase();
        [kind_name, kind.plural.to_owned()]
    });
    let nouns: Vec<String> = nouns.filter(|noun| distance(noun, name) <= 2).collect();
    let noun = nearest(nouns.iter().map(String::as_str), name)?;
    Some(
        Error::usage(format!("nothing of Flux is called {name}, and no kind is"))
            .hint(format!("did you mean `{noun}`?")),
    )
}

/// Makes the error for a name that several have: there is nothing to choose by.
fn ambiguous(target: &Target, choices: &[String]) -> Error {
    Error::usage(format!("several objects are called {target}"))
        .hint(format!("name one of them: {}", choices.join(", ")))
}

/// Says how many objects fail where nobody looked.
fn elsewhere(failing: &[Live]) -> Option<String> {
    let mut namespaces: Vec<&str> = failing.iter().map(|o| o.id.namespace.as_str()).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    let namespaces = namespaces.join(", ");
    match failing.len() {
        0 => None,
        1 => Some(format!(
            "1 object elsewhere is not ready, in {namespaces}; `-A` shows all namespaces"
        )),
        some => Some(format!(
            "{some} objects elsewhere are not ready, in {namespaces}; `-A` shows all namespaces"
        )),
    }
}

/// Makes errors for kinds that could not be listed: one for all that are forbidden.
fn refused(refused: &[(&'static FluxKind, ClusterError)], server: &str) -> Vec<Error> {
    let is_forbidden = |error: &ClusterError| matches!(error, ClusterError::Forbidden { .. });
    let (forbidden, others): (Vec<_>, Vec<_>) =
        refused.iter().partition(|(_, error)| is_forbidden(error));
    let mut errors: Vec<Error> = Vec::new();
    match forbidden.as_slice() {
        [] => {}
        [(_, error)] => errors.push(error.clone().into()),
        [(_, first), ..] => {
            let resources: Vec<String> =
                forbidden.iter().map(|(kind, _)| kind.resource()).collect();
            let error = Error::could_not_look(format!(
                "the cluster at {server} does not allow to list {} (403)",
                resources.join(", ")
            ));
            errors.push(match first.hint() {
                Some(hint) => error.hint(hint),
                None => error,
            });
        }
    }
    errors.extend(others.into_iter().map(|(kind, error)| {
        let error = Error::from(error.clone());
        Error {
            message: format!("{}: {}", kind.resource(), error.message),
            ..error
        }
    }));
    errors
}
