//! The tile of a service on a Homepage dashboard (gethomepage.dev): `services.yaml` in a ConfigMap, a file or chart values.

mod entry;
mod layout;
mod shape;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::flux::Model;
use crate::manifest::{Position, SourceFile, Step};
use crate::scaffold::plan::{Draft, PlanError};
use crate::scaffold::spec::ServiceSpec;

use super::Wish;
use super::reload::Reload;
use super::spot::{Inner, Spot, each_value, files_with, key};
use super::words::Url;
use layout::Settings;
use shape::{Group, groups, is_services};

/// A Homepage dashboard whose services are written as YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Homepage {
    services: Spot,
    settings: Option<Spot>,
    reload: Option<Reload>,
    /// The names of its groups, in order.
    pub groups: Vec<String>,
    /// How many tiles there are.
    pub tiles: usize,
}

/// The group that a tile goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TileGroup<'a> {
    /// One that is there, whatever its case.
    Known(&'a str),
    /// One that is there, or else a new one at the end.
    MayBeNew(&'a str),
}

impl Homepage {
    /// Finds the dashboard with most tiles that the cluster with this index applies.
    pub fn find(model: &Model<'_>, cluster: usize) -> Option<Self> {
        let cluster = model.clusters.get(cluster)?;
        let files = files_with(cluster, model.tree, &["href:"]);
        let found = files.flat_map(|source| {
            let spots = spots(&source);
            spots.into_iter().filter_map(move |spot| {
                let inner = spot.read(&source)?;
                let groups = groups(inner.root()?)?;
                Some(Homepage {
                    settings: Settings::beside(model.tree, &source, &spot),
                    reload: Reload::of(cluster, model.tree, &source, spot.document),
                    groups: groups.iter().map(|g| g.name.to_owned()).collect(),
                    tiles: groups.iter().map(|g| g.tiles.len()).sum(),
                    services: spot,
                })
            })
        });
        found.max_by_key(|homepage| homepage.tiles)
    }

    /// Returns the file that holds its services.
    pub fn path(&self) -> &str {
        &self.services.path
    }

    /// Adds a tile, and returns what is worth knowing.
    ///
    /// # Errors
    /// There is no such group, or a tile of that name or for that host.
    pub fn plan(
        &self,
        draft: &mut Draft<'_>,
        spec: &ServiceSpec,
        group: TileGroup<'_>,
        wish: &Wish<'_>,
    ) -> Result<Vec<String>, PlanError> {
        let inner = self.services.read_draft(draft)?;
        let groups = inner.root().and_then(groups).unwrap_or_default();
        let titles = groups.iter().flat_map(|g| g.tiles.iter().map(|t| t.title));
        let title = wish.title_among(&spec.name, titles);
        refuse_known(&inner, &groups, spec, &title)?;
        let mut notes = Vec::new();
        let wanted = match group {
            TileGroup::Known(name) | TileGroup::MayBeNew(name) => name,
        };
        let target = groups.iter().find(|g| g.name == wanted).or_else(|| {
            let wanted = wanted.to_lowercase();
            groups.iter().find(|g| g.name.to_lowercase() == wanted)
        });
        let entry = entry::write(&inner, &groups, target, spec, &title, wish);
        notes.extend(entry.notes);
        match target {
            Some(target) => {
                self.add_tile(draft, target, &entry.text)?;
                let size = target.tiles.len();
                if let Some(settings) = &self.settings {
                    notes.extend(layout::grow(draft, settings, &groups, &target.name, size)?);
                }
            }
            None if matches!(group, TileGroup::MayBeNew(_)) => {
                self.add_group(draft, &groups, wanted, &entry.text)?;
                notes.push(format!("the dashboard gets a new group `{wanted}`"));
            }
            None => {
                let known: Vec<&str> = groups.iter().map(|g| g.name.as_str()).collect();
                return Err(PlanError::Other(format!(
                    "{}: the dashboard has no group `{wanted}`, but {}",
                    self.services.path,
                    known.join(", ")
                )));
            }
        }
        if let Some(reload) = &self.reload {
            notes.extend(reload.plan(draft, wish.now)?);
        }
        Ok(notes)
    }

    fn add_tile(
        &self,
        draft: &mut Draft<'_>,
        group: &Group<'_>,
        text: &str,
    ) -> Result<(), PlanError> {
        let titles: Vec<&str> = group.tiles.iter().map(|t| t.title).collect();
        let sorted = titles.len() > 3 && titles.is_sorted_by_key(|t| t.to_lowercase());
        let position = if sorted {
            Position::Sorted
        } else {
            Position::End
        };
        let route = [Step::Index(group.index), key(&group.name)];
        self.services.edit(draft, |editor, inner| {
            editor.insert_item(inner.document, &inner.at(&route), text, position)
        })
    }

    fn add_group(
        &self,
        draft: &mut Draft<'_>,
        groups: &[Group<'_>],
        name: &str,
        tile: &str,
    ) -> Result<(), PlanError> {
        self.services.edit(draft, |editor, inner| {
            let indent = " ".repeat(shape::tile_indent(inner, groups));
            let mut text = format!("{}:", entry::key_text(name));
            for (index, line) in tile.lines().enumerate() {
                let lead = if index == 0 { "- " } else { "  " };
                text.push_str(&format!("\n{indent}{lead}{line}"));
            }
            editor.insert_item(inner.document, &inner.at(&[]), &text, Position::End)
        })
    }
}

/// Returns the places in a file that hold the services of a dashboard.
fn spots(source: &Arc<SourceFile>) -> Vec<Spot> {
    let mut spots = Vec::new();
    for (index, document) in source.documents.iter().enumerate() {
        let Some(root) = &document.root else { continue };
        if index == 0 && source.path.contains("services") && is_services(root) {
            spots.push(Spot::file(&source.path));
        }
        each_value(root, |route, name, node| {
            let is_file = matches!(name, "services.yaml" | "services.yml");
            if !is_file && name != "services" {
                return;
            }
            let spot = Spot::of(source, index, route.clone(), node);
            let inner = spot.read(source);
            if inner
                .as_ref()
                .and_then(Inner::root)
                .is_some_and(is_services)
            {
                spots.push(spot);
            }
        });
    }
    spots
}

/// Refuses a second tile of the same title, or for the same host.
fn refuse_known(
    inner: &Inner,
    groups: &[Group<'_>],
    spec: &ServiceSpec,
    title: &str,
) -> Result<(), PlanError> {
    for tile in groups.iter().flat_map(|g| &g.tiles) {
        let host = tile.node.text_at(&["href"]).and_then(Url::parse);
        let same_host = host.is_some_and(|url| {
            Some(url.host) == spec.host.as_deref() && matches!(url.path, "" | "/")
        });
        if same_host || tile.title.to_lowercase() == title.to_lowercase() {
            let line = inner.line_of(tile.key);
            let what = if same_host { "that host" } else { "that name" };
            return Err(PlanError::Other(format!(
                "{line}: the dashboard has a tile for {what} already, `{}`",
                tile.title
            )));
        }
    }
    Ok(())
}
