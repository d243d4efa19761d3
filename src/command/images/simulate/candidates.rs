//! The tags to choose from: of a file, or of the registry.

use std::path::Path;

use super::policies::Case;
use super::{Simulate, from_cluster};
use crate::adapter::input;
use crate::adapter::registry::TagList;
use crate::command::registry::{self, Lookup};
use crate::command::scaffolding::tags_of;
use crate::command::{Global, Terminal};
use crate::error::Error;
use crate::output::TagSource;

/// Tags, and where they are from.
#[derive(Clone, Debug)]
pub(super) struct Candidates {
    /// The tags, in no order.
    pub(super) tags: Vec<String>,
    /// Where they are from.
    pub(super) source: TagSource,
    /// The tag that the cluster has selected.
    pub(super) selected: Option<String>,
}

impl Simulate {
    /// Gathers the tags for each case, or why there are none.
    ///
    /// # Errors
    /// The file of `--tags` is none.
    pub(super) fn candidates(
        &self,
        cases: &[Case],
        global: &Global,
        terminal: &mut Terminal<'_>,
    ) -> Result<Vec<Result<Candidates, Error>>, Error> {
        if let Some(path) = &self.tags {
            let candidates = of_file(path)?;
            let known = |case: &Case| {
                case.unknown
                    .clone()
                    .map_or_else(|| Ok(candidates.clone()), Err)
            };
            return Ok(cases.iter().map(known).collect());
        }
        if self.from_cluster {
            return from_cluster::candidates(cases, global, terminal);
        }
        let lookup = |case: &Case| -> Result<Lookup, Error> {
            match &case.unknown {
                Some(error) => Err(error.clone()),
                None => case.lookup.clone(),
            }
        };
        let lookups: Vec<Result<Lookup, Error>> = cases.iter().map(lookup).collect();
        let asked = lookups.iter().filter_map(|lookup| lookup.as_ref().ok());
        let client = registry::client(global);
        let answers = registry::tags(&client, asked, terminal)?;
        for (image, count) in answers.ignored() {
            terminal.note(&format!(
                "{image}: {} that no image can have, left out",
                count_names(count)
            ));
        }
        let candidates = lookups
            .into_iter()
            .map(|lookup| match answers.of(&lookup?) {
                Some(Ok(list)) => Ok(of_registry(list, global.offline)),
                Some(Err(error)) => Err(error.clone().into()),
                None => Err(Error::could_not_look("the registry was not asked")),
            });
        Ok(candidates.collect())
    }
}

fn of_registry(list: &TagList, offline: bool) -> Candidates {
    Candidates {
        tags: list.tags.clone(),
        source: match offline {
            true => TagSource::Cache,
            false => TagSource::Registry,
        },
        selected: None,
    }
}

fn of_file(path: &Path) -> Result<Candidates, Error> {
    let source = match input::is_stdin(path) {
        true => TagSource::Stdin,
        false => TagSource::File(path.display().to_string()),
    };
    Ok(Candidates {
        tags: tags_of(path)?,
        source,
        selected: None,
    })
}

fn count_names(count: usize) -> String {
    match count {
        1 => "a name".to_owned(),
        _ => format!("{count} names"),
    }
}
