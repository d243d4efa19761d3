//! What `services.yaml` of a Homepage dashboard looks like: groups of tiles.

use crate::manifest::{Entry, Node};

use super::super::spot::Inner;

/// A group of tiles.
pub(super) struct Group<'n> {
    pub(super) name: String,
    /// Its place in the list of groups.
    pub(super) index: usize,
    /// Its tiles; nested groups are none.
    pub(super) tiles: Vec<Tile<'n>>,
}

/// A tile.
#[derive(Clone, Copy)]
pub(super) struct Tile<'n> {
    pub(super) title: &'n str,
    pub(super) key: &'n Node,
    /// Its fields.
    pub(super) node: &'n Node,
}

impl Tile<'_> {
    /// Tells whether it shows nothing but a link and a state.
    pub(super) fn is_plain(&self) -> bool {
        self.node.get("widget").is_none() && self.node.get("widgets").is_none()
    }
}

/// Reads groups; `None` where a node is anything else.
pub(super) fn groups(root: &Node) -> Option<Vec<Group<'_>>> {
    let items = root.items()?.iter().enumerate();
    let group = |(index, item)| {
        let entry = only(item)?;
        let tiles = entry.value.items().unwrap_or_default();
        Some(Group {
            name: entry.key.text()?.to_owned(),
            index,
            tiles: tiles.iter().filter_map(tile).collect(),
        })
    };
    items.map(group).collect()
}

fn tile(item: &Node) -> Option<Tile<'_>> {
    let entry = only(item)?;
    Some(Tile {
        title: entry.key.text()?,
        key: &entry.key,
        node: entry.value.is_mapping().then_some(&entry.value)?,
    })
}

/// Returns the only entry of a mapping.
pub(super) fn only(node: &Node) -> Option<&Entry> {
    match node.entries()? {
        [entry] => Some(entry),
        _ => None,
    }
}

/// Tells whether a node is a list of groups with at least one tile.
pub(super) fn is_services(root: &Node) -> bool {
    let known = ["href", "icon", "description", "widget", "siteMonitor"];
    groups(root).is_some_and(|groups| {
        let mut tiles = groups.iter().flat_map(|g| &g.tiles);
        tiles.any(|tile| known.iter().any(|key| tile.node.get(key).is_some()))
    })
}

/// Returns the columns between two nodes on different lines, if the second is deeper.
pub(super) fn columns_between(inner: &Inner, outer: &Node, deeper: &Node) -> Option<usize> {
    let outer = inner.source.location(outer.place.span);
    let deeper = inner.source.location(deeper.place.span);
    let columns = deeper.column.checked_sub(outer.column)?;
    (deeper.line > outer.line).then_some(columns as usize)
}

/// Returns how far the dash of a tile stands behind the name of its group.
pub(super) fn tile_indent(inner: &Inner, groups: &[Group<'_>]) -> usize {
    let items = inner.root().and_then(Node::items).unwrap_or_default();
    let mut known = groups.iter().filter_map(|group| {
        let name = &only(items.get(group.index)?)?.key;
        // The title stands two columns behind its dash.
        columns_between(inner, name, group.tiles.first()?.key)?.checked_sub(2)
    });
    known.next().unwrap_or(2)
}
