//! The tags to choose from: of a file, or of the registry.

use std::path::Path;

use super::Simulate;
use super::policies::Case;
use crate::adapter::input;
use crate::adapter::registry::TagList;
use crate::command::registry::{self, Lookup};
use crate::command::{Global, Terminal};
use crate::error::Error;
use crate::image::read_tags;

/// Tags, and where they are from.
#[derive(Clone, Debug)]
pub(super) struct Candidates {
    /// The tags, in no order.
    pub(super) tags: Vec<String>,
    /// Where they are from: `the registry`.
    pub(super) source: String,
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
        let candidates = lookups
            .into_iter()
            .map(|lookup| match answers.of(&lookup?) {
                Some(Ok(list)) => Ok(of_registry(list, terminal)),
                Some(Err(error)) => Err(error.clone().into()),
                None => Err(Error::could_not_look("the registry was not asked")),
            });
        Ok(candidates.collect())
    }
}

fn of_registry(list: &TagList, terminal: &mut Terminal<'_>) -> Candidates {
    if list.ignored > 0 {
        terminal.note(&format!(
            "the registry lists {} names that no image can have; they are left out",
            list.ignored
        ));
    }
    let source = match list.from_cache {
        true => "the registry (unchanged)",
        false => "the registry",
    };
    Candidates {
        tags: list.tags.clone(),
        source: source.to_owned(),
    }
}

fn of_file(path: &Path) -> Result<Candidates, Error> {
    let name = match path.as_os_str() == "-" {
        true => "stdin".to_owned(),
        false => path.display().to_string(),
    };
    let text = input::read(path).map_err(|why| Error::could_not_look(format!("{name}: {why}")))?;
    let tags = read_tags(&text).map_err(|error| {
        let error = Error::could_not_look(format!("{name}:{}: {error}", error.line));
        error.hint(
            "tags come one on each line, as a JSON array, or as `GET /v2/NAME/tags/list` answers",
        )
    })?;
    Ok(Candidates { tags, source: name })
}
