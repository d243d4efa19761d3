//! A new tile as its neighbours write theirs: which fields, in which order, in which quotes.

use crate::manifest::{Node, ScalarStyle};
use crate::scaffold::spec::ServiceSpec;

use super::super::Wish;
use super::super::spot::Inner;
use super::super::words::{Url, in_cluster, is_beside, most, probe_path, spell};
use super::shape::{Group, Tile, columns_between};

/// The icon of an application that nobody has drawn.
const ANY_ICON: &str = "mdi-application";

/// A tile as text.
pub(super) struct Written {
    /// An item of a list, without the dash.
    pub(super) text: String,
    pub(super) notes: Vec<String>,
}

/// Writes a tile for `group`, or for a new group.
pub(super) fn write(
    inner: &Inner,
    groups: &[Group<'_>],
    group: Option<&Group<'_>>,
    spec: &ServiceSpec,
    title: &str,
    wish: &Wish<'_>,
) -> Written {
    let neighbours = neighbours(groups, group, spec);
    let icon = wish
        .icon
        .map_or_else(|| icon(groups, group, &spec.name), str::to_owned);
    let mut notes = Vec::new();
    let indent = neighbours.iter().filter_map(|tile| {
        let first = tile.node.entries()?.first()?;
        columns_between(inner, tile.key, &first.key)
    });
    let indent = " ".repeat(most(indent).unwrap_or(2));
    let mut text = format!("{}:", key_text(title));
    for key in fields(&neighbours) {
        let all: Vec<&Node> = neighbours.iter().filter_map(|t| t.node.get(&key)).collect();
        let value = match key.as_str() {
            "icon" => Some(icon.clone()),
            key => value(key, &all, spec, wish),
        };
        match value {
            Some(value) => {
                let style = most(all.iter().filter_map(|n| Some(n.scalar()?.style)));
                let value = spell(&value, style.unwrap_or(ScalarStyle::Plain));
                text.push_str(&format!("\n{indent}{}: {value}", key_text(&key)));
            }
            None if key == "description" => {
                notes.push("the tile has no description: none was given".to_owned());
            }
            None => {}
        }
    }
    Written { text, notes }
}

/// Returns the spelling of a key.
pub(super) fn key_text(key: &str) -> String {
    spell(key, ScalarStyle::Plain)
}

/// Returns the tiles to learn from: rather those of the same group, without widget, and of the same domain.
fn neighbours<'n>(
    groups: &[Group<'n>],
    group: Option<&Group<'n>>,
    spec: &ServiceSpec,
) -> Vec<Tile<'n>> {
    let own = || group.into_iter().flat_map(|g| g.tiles.iter().copied());
    let all = || groups.iter().flat_map(|g| g.tiles.iter().copied());
    let is_beside = |tile: &Tile<'_>| {
        let href = tile.node.text_at(&["href"]).unwrap_or_default();
        // A link into a service is no tile of a service.
        let is_root = Url::parse(href).is_some_and(|url| matches!(url.path, "" | "/"));
        is_root && is_beside(href, spec.host.as_deref())
    };
    let plain = |tile: &Tile<'_>| tile.is_plain();
    let choices = [
        own().filter(|t| plain(t) && is_beside(t)).collect(),
        all().filter(|t| plain(t) && is_beside(t)).collect(),
        own().filter(is_beside).collect(),
        all().filter(is_beside).collect(),
        own().filter(plain).collect(),
        all().filter(plain).collect(),
        all().collect::<Vec<_>>(),
    ];
    let found = choices.into_iter().find(|tiles| !tiles.is_empty());
    found.unwrap_or_default()
}

/// Returns the fields that more than half of the neighbours have, in the order of the last one that has most of them.
fn fields(neighbours: &[Tile<'_>]) -> Vec<String> {
    let keys_of = |tile: &Tile<'_>| -> Vec<String> {
        let entries = tile.node.entries().unwrap_or_default();
        entries
            .iter()
            .filter_map(|e| e.key.text().map(str::to_owned))
            .collect()
    };
    if neighbours.is_empty() {
        return ["icon", "href", "description"].map(str::to_owned).into();
    }
    let is_usual = |key: &String| {
        let count = neighbours
            .iter()
            .filter(|t| t.node.get(key).is_some())
            .count();
        count * 2 > neighbours.len()
    };
    let usual = neighbours.iter().map(|tile| {
        let keys = keys_of(tile).into_iter();
        keys.filter(is_usual).collect::<Vec<_>>()
    });
    let usual: Vec<Vec<String>> = usual.collect();
    let mut order = usual
        .iter()
        .max_by_key(|keys| keys.len())
        .cloned()
        .unwrap_or_default();
    if let Some(last) = usual.iter().rev().find(|keys| keys.len() == order.len()) {
        order.clone_from(last);
    }
    for key in usual.into_iter().flatten() {
        if !order.contains(&key) {
            order.push(key);
        }
    }
    order
}

/// Returns the value of a field; `all` are those of the neighbours.
fn value(key: &str, all: &[&Node], spec: &ServiceSpec, wish: &Wish<'_>) -> Option<String> {
    let texts: Vec<&str> = all.iter().filter_map(|node| node.text()).collect();
    match key {
        "href" => Some(address(&texts, spec.host.as_deref()?, None)),
        "description" => spec.description.clone(),
        "siteMonitor" => monitor(&texts, spec, wish),
        "ping" => {
            let is_name = |text: &&str| text.contains(|c: char| c.is_ascii_alphabetic());
            spec.host
                .clone()
                .filter(|_| most(texts.iter().map(is_name)) == Some(true))
        }
        "namespace" => Some(spec.namespace.clone()),
        "app" => Some(spec.name.clone()),
        // What all have alike, such as `target: _blank`, holds for the new one, too.
        _ => {
            let (first, rest) = texts.split_first()?;
            let same = rest.iter().all(|text| text == first) && texts.len() == all.len();
            (same && texts.len() > 1).then(|| (*first).to_owned())
        }
    }
}

/// Returns the address of a host as neighbours write theirs.
fn address(neighbours: &[&str], host: &str, path: Option<&str>) -> String {
    let urls = || neighbours.iter().filter_map(|text| Url::parse(text));
    let beside = || urls().filter(|u| super::super::words::domain_of(u.host).is_some());
    let scheme = most(beside().map(|u| u.scheme)).unwrap_or("https");
    let bare = urls()
        .map(|u| u.path)
        .filter(|path| matches!(*path, "" | "/"));
    let end = most(bare).unwrap_or_default();
    format!("{scheme}://{host}{}", path.unwrap_or(end))
}

fn monitor(neighbours: &[&str], spec: &ServiceSpec, wish: &Wish<'_>) -> Option<String> {
    let probe = probe_path(spec);
    let urls = neighbours.iter().filter_map(|text| Url::parse(text));
    let inside = most(urls.map(|u| u.is_in_cluster())).unwrap_or(false);
    if inside || spec.host.is_none() {
        let target = in_cluster(spec, wish.service_port);
        return Some(address(neighbours, &target, probe.as_deref()))
            .map(|url| url.replacen("https://", "http://", 1));
    }
    Some(address(neighbours, spec.host.as_deref()?, probe.as_deref()))
}

/// Returns an icon in the form that most tiles of the group have, else most of all: a file of the icon collection named
/// after the service, or one of the icons for anything.
fn icon(groups: &[Group<'_>], group: Option<&Group<'_>>, name: &str) -> String {
    let forms = |group: &Group<'_>| -> Vec<String> {
        let icons = group.tiles.iter().filter_map(|t| t.node.text_at(&["icon"]));
        icons.filter_map(form).collect()
    };
    let own = group.and_then(|group| most(forms(group)));
    let form = own.or_else(|| most(groups.iter().flat_map(forms)));
    match form.as_deref() {
        Some("mdi-") => ANY_ICON.to_owned(),
        Some(form) => match form.strip_prefix("sh-") {
            Some(end) => format!("sh-{name}{end}"),
            None => format!("{name}{form}"),
        },
        None => format!("{name}.png"),
    }
}

/// Returns what is not the name in an icon; `mdi-` for those of collections without brands. Addresses tell nothing.
fn form(icon: &str) -> Option<String> {
    if icon.contains('/') {
        return None;
    }
    if icon.starts_with("mdi-") || icon.starts_with("si-") {
        return Some("mdi-".to_owned());
    }
    let end = icon
        .rfind('.')
        .and_then(|at| icon.get(at..))
        .unwrap_or_default();
    let collection = if icon.starts_with("sh-") { "sh-" } else { "" };
    Some(format!("{collection}{end}"))
}
