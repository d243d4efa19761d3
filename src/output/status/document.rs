//! What `status` answers, as data.

use serde::Serialize;

use super::row::{Standing, StatusRow};
use super::service::ServiceStatus;

/// What `status` answers.
#[derive(Clone, Debug, Default, Serialize)]
pub struct StatusDocument {
    version: u32,
    /// The objects that were asked for.
    pub(super) objects: Vec<StatusRow>,
    /// How many there are, those that `--failing` and `--suspended` leave out included.
    pub(super) summary: Tally,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) services: Vec<ServiceStatus>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) errors: Vec<ClusterFailure>,
    #[serde(skip)]
    pub(super) contexts: Vec<(String, Tally)>,
}

/// A cluster, or a part of it, that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClusterFailure {
    /// The context, where several clusters are asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// How many objects there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// All.
    pub objects: usize,
    /// Neither ready nor suspended.
    pub not_ready: usize,
    /// Suspended.
    pub suspended: usize,
    /// Suspended for longer than planned.
    #[serde(skip)]
    pub(super) overdue: usize,
}

impl Tally {
    /// Counts rows.
    pub fn of<'r>(rows: impl Iterator<Item = &'r StatusRow>) -> Self {
        let mut tally = Tally::default();
        for row in rows {
            tally.objects += 1;
            tally.not_ready += usize::from(row.standing() == Standing::Failing);
            tally.suspended += usize::from(row.standing() == Standing::Suspended);
            tally.overdue += usize::from(row.is_overdue());
        }
        tally
    }

    fn add(&mut self, other: Tally) {
        self.objects += other.objects;
        self.not_ready += other.not_ready;
        self.suspended += other.suspended;
        self.overdue += other.overdue;
    }
}

impl StatusDocument {
    /// Makes an empty document.
    pub fn new() -> Self {
        StatusDocument {
            version: 1,
            ..StatusDocument::default()
        }
    }

    /// Adds the answer of a cluster: what is shown, and how much there is. The context is known where several are asked.
    pub fn add(
        &mut self,
        context: Option<&str>,
        tally: Tally,
        rows: Vec<StatusRow>,
        services: Vec<ServiceStatus>,
    ) {
        self.summary.add(tally);
        self.objects.extend(rows);
        self.services.extend(services);
        self.contexts
            .extend(context.map(|name| (name.to_owned(), tally)));
    }

    /// Adds what could not be looked at.
    pub fn fail(&mut self, failure: ClusterFailure) {
        self.errors.push(failure);
    }
}
