//! What commands that write manifests share: templates, settings of the nodes, tags from files, refusals.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::adapter::repo_files::{self, Snapshot};
use crate::adapter::{git, input};
use crate::error::Error;
use crate::image::read_tags;
use crate::lint::rules;
use crate::scaffold::plan::PlanError;
use crate::scaffold::template::{OWN, Templates};
use crate::settings::{self, Settings};

/// Reads `.homelab.yaml`.
///
/// # Errors
/// It cannot be read, or says what there is not.
pub(super) fn settings(snapshot: &Snapshot) -> Result<Settings, Error> {
    let file = snapshot.root.join(settings::FILE);
    let text = repo_files::read_optional(&file)
        .map_err(|reason| Error::usage(format!("{}: {reason}", settings::FILE)))?;
    let ids: Vec<&str> = rules::all().map(|rule| rule.info.id).collect();
    settings::read(&text.unwrap_or_default(), &ids)
}

/// Reads the user's own templates.
///
/// # Errors
/// One of them is no text.
pub(super) fn templates(snapshot: &Snapshot) -> Result<Templates, Error> {
    let mut own = BTreeMap::new();
    for file in snapshot.tree.files_below(OWN) {
        let name = file.path.get(OWN.len() + 1..).unwrap_or_default();
        let text = snapshot.tree.text(&file.path);
        let text = text.ok_or_else(|| Error::could_not_look(format!("{}: no text", file.path)))?;
        own.insert(name.to_owned(), text.to_string());
    }
    Ok(Templates::new(own))
}

/// Returns when each file was committed last; nothing outside of git.
pub(super) fn times(snapshot: &Snapshot) -> HashMap<String, i64> {
    let found = git::around(&snapshot.root);
    found.map_or_else(HashMap::new, |tree| tree.times(&snapshot.root))
}

/// Reads the tags that a file holds, or stdin for `-`.
///
/// # Errors
/// It cannot be read, or holds no tags.
pub(super) fn tags_of(path: &Path) -> Result<Vec<String>, Error> {
    let name = input::name(path);
    let text = input::read(path).map_err(|why| Error::could_not_look(format!("{name}: {why}")))?;
    read_tags(&text).map_err(|error| {
        let error = Error::could_not_look(format!("{name}:{}: {error}", error.line));
        error.hint(
            "tags come one on each line, as a JSON array, or as `GET /v2/NAME/tags/list` answers",
        )
    })
}

/// Tells why something cannot be planned.
pub(super) fn refused(error: PlanError) -> Error {
    let message = error.to_string();
    match error {
        PlanError::Exists(_) | PlanError::Other(_) => Error::usage(message),
        PlanError::Missing(_) | PlanError::Edit(_) => Error::could_not_look(message),
    }
}
