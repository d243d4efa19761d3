//! The columns of a group in the layout of a Homepage dashboard, in `settings.yaml`.

use std::sync::Arc;

use crate::manifest::{NewScalar, Node, Route, SourceFile, Step, Tree};
use crate::scaffold::names;
use crate::scaffold::plan::{Draft, PlanError};

use super::super::spot::{Spot, key};
use super::shape::{Group, only};

/// Homepage shows at most so many columns.
const MOST_COLUMNS: i64 = 8;

/// Where the settings of a dashboard are found.
pub(super) struct Settings;

impl Settings {
    /// Finds the settings that belong to the services at `spot`: beside them under one roof, or in a file of the same
    /// folder.
    pub(super) fn beside(tree: &Tree, source: &Arc<SourceFile>, spot: &Spot) -> Option<Spot> {
        if let Some(Step::Key(_)) = spot.route.0.last() {
            let root = source.documents.get(spot.document)?.root.as_ref()?;
            let parent = spot.route.parent();
            let beside = parent.find(root)?;
            return ["settings.yaml", "settings.yml", "settings"]
                .iter()
                .find_map(|name| {
                    let mut route = parent.clone();
                    route.0.push(key(name));
                    let node = beside.get(name)?;
                    Some(Spot::of(source, spot.document, route, node))
                });
        }
        let folder = names::dir(&spot.path);
        let paths = ["settings.yaml", "settings.yml"].map(|name| match folder {
            "" => name.to_owned(),
            folder => format!("{folder}/{name}"),
        });
        let path = paths.into_iter().find(|path| tree.id(path).is_some())?;
        Some(Spot::file(&path))
    }
}

/// Adds a column to a group that has as many columns as tiles, where at least half of the groups do. `tiles` is how many
/// it had before. Returns what is worth knowing.
pub(super) fn grow(
    draft: &mut Draft<'_>,
    settings: &Spot,
    groups: &[Group<'_>],
    name: &str,
    tiles: usize,
) -> Result<Option<String>, PlanError> {
    let Ok(inner) = settings.read_draft(draft) else {
        return Ok(None);
    };
    let Some(layout) = inner.root().and_then(|root| root.get("layout")) else {
        return Ok(None);
    };
    let full = |group: &Group<'_>, tiles: usize| {
        let (_, columns) = columns_of(layout, &group.name)?;
        Some(i64::try_from(tiles).ok()? == columns)
    };
    let others = groups.iter().filter(|g| g.name != name);
    let others: Vec<bool> = others.filter_map(|g| full(g, g.tiles.len())).collect();
    let agreeing = others.iter().filter(|is_full| **is_full).count();
    let Some((route, columns)) = columns_of(layout, name) else {
        return Ok(None);
    };
    let is_full = i64::try_from(tiles).is_ok_and(|tiles| tiles == columns);
    if !is_full || agreeing * 2 < others.len() || columns >= MOST_COLUMNS {
        return Ok(None);
    }
    let more = (columns + 1).to_string();
    settings.edit(draft, |editor, inner| {
        editor.set_scalar(inner.document, &inner.at(&route.0), NewScalar::Plain(&more))
    })?;
    Ok(Some(format!(
        "the group `{name}` had as many columns as tiles, and gets {more}"
    )))
}

/// Returns the route from the settings to the columns of a group, and their number. A layout is a mapping of groups or a
/// list of them.
fn columns_of(layout: &Node, name: &str) -> Option<(Route, i64)> {
    let (mut steps, group) = match layout.items() {
        Some(items) => {
            let is_it = |item: &Node| only(item).is_some_and(|e| e.key.text() == Some(name));
            let index = items.iter().position(is_it)?;
            let group = items.get(index)?.get(name)?;
            (vec![key("layout"), Step::Index(index), key(name)], group)
        }
        None => (vec![key("layout"), key(name)], layout.get(name)?),
    };
    let columns: i64 = group.text_at(&["columns"])?.parse().ok()?;
    steps.push(key("columns"));
    Some((Route(steps), columns))
}
