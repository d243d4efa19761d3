//! Gatus: a list of endpoints in its configuration, in a ConfigMap, a file or chart values.

use crate::flux::Cluster;
use crate::manifest::{Node, Position, SourceFile, Step, Tree};
use crate::scaffold::plan::{Draft, PlanError};
use crate::scaffold::spec::ServiceSpec;

use super::super::Wish;
use super::super::reload::Reload;
use super::super::spot::{Inner, Spot, each_value, files_with, key};
use super::super::words::{Url, is_beside, spell};
use super::{address, example};

/// The configuration of Gatus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gatus {
    /// The piece with `endpoints`.
    config: Spot,
    reload: Option<Reload>,
}

impl Gatus {
    pub(super) fn find(cluster: &Cluster<'_>, tree: &Tree) -> Option<Self> {
        files_with(cluster, tree, &["endpoints:"]).find_map(|source| {
            let config = spots(&source).into_iter().find(|spot| {
                let inner = spot.read(&source);
                inner.is_some_and(|inner| !endpoints(&inner).is_empty())
            })?;
            let reload = Reload::of(cluster, tree, &source, config.document);
            Some(Gatus { config, reload })
        })
    }

    pub(super) fn path(&self) -> &str {
        &self.config.path
    }

    pub(super) fn plan(
        &self,
        draft: &mut Draft<'_>,
        spec: &ServiceSpec,
        wish: &Wish<'_>,
    ) -> Result<Vec<String>, PlanError> {
        let inner = self.config.read_draft(draft)?;
        let http = endpoints(&inner);
        let urls: Vec<&str> = http.iter().filter_map(|e| e.text_at(&["url"])).collect();
        let names = http.iter().filter_map(|e| e.text_at(&["name"]));
        let title = wish.title_among(&spec.name, names);
        let url = address(&urls, spec, wish);
        let same =
            |e: &&&Node| e.text_at(&["name"]) == Some(&title) || e.text_at(&["url"]) == Some(&url);
        if let Some(known) = http.iter().find(same) {
            let line = inner.line_of(known);
            return Err(PlanError::Other(format!(
                "{line}: there is such a monitor already"
            )));
        }
        // What others serve is watched for other reasons, in other groups.
        let own = |e: &&Node| {
            let url = e.text_at(&["url"]).unwrap_or_default();
            is_beside(url, spec.host.as_deref())
                || Url::parse(url).is_some_and(|u| u.is_in_cluster())
        };
        let own: Vec<&Node> = http.iter().copied().filter(own).collect();
        let like = example(&own, &["name", "url"]).and_then(|index| own.get(index));
        let like = like.ok_or_else(|| {
            PlanError::Other(format!(
                "{}: no monitor asks a service of this cluster, so that there is nothing to write one like",
                self.config.path
            ))
        })?;
        let item = item(&inner.source, like, &title, &url);
        self.config.edit(draft, |editor, inner| {
            let list: [Step; 1] = [key("endpoints")];
            editor.insert_item(inner.document, &inner.at(&list), &item, Position::End)
        })?;
        let mut notes = vec![format!(
            "the monitor is written like {}",
            inner.line_of(like)
        )];
        if let Some(reload) = &self.reload {
            notes.extend(reload.plan(draft, wish.now)?);
        }
        Ok(notes)
    }
}

/// Returns the file that has gatus-sidecar (home-operations) look for Ingresses or routes itself, by its argument
/// `--auto-httproute` or the value `auto` of its chart.
pub(super) fn sidecar(cluster: &Cluster<'_>, tree: &Tree) -> Option<String> {
    let mut files = files_with(cluster, tree, &["gatus-sidecar"]);
    let looks = |text: &str| text.contains("--auto-") || text.contains("auto: true");
    let file = files.find(|file| looks(&file.text))?;
    Some(file.path.to_string())
}

fn spots(source: &SourceFile) -> Vec<Spot> {
    let mut spots = Vec::new();
    for (index, document) in source.documents.iter().enumerate() {
        let Some(root) = &document.root else { continue };
        if index == 0 && root.get("endpoints").is_some() {
            spots.push(Spot::file(&source.path));
        }
        each_value(root, |route, name, node| {
            let is_file = name.ends_with(".yaml") || name.ends_with(".yml");
            if is_file || name == "config" {
                spots.push(Spot::of(source, index, route.clone(), node));
            }
        });
    }
    spots
}

/// Returns the endpoints that ask a web server.
fn endpoints(inner: &Inner) -> Vec<&Node> {
    let list = inner.root().and_then(|root| root.get("endpoints")?.items());
    let is_http = |node: &&Node| {
        let url = node.text_at(&["url"]).unwrap_or_default();
        let conditions = node.get("conditions").and_then(Node::items);
        let mut conditions = conditions.unwrap_or_default().iter().filter_map(Node::text);
        node.get("name").is_some()
            && url.starts_with("http")
            && conditions.any(|text| text.contains("[STATUS]"))
    };
    list.unwrap_or_default().iter().filter(is_http).collect()
}

/// Returns the text of an endpoint with another name and address, without the dash.
fn item(source: &SourceFile, like: &Node, title: &str, url: &str) -> String {
    let span = like.place.span;
    let column = source.location(span).column.saturating_sub(1) as usize;
    let mut text = source.slice(span).trim_end().to_owned();
    let mut changes: Vec<(&Node, &str)> = [("name", title), ("url", url)]
        .into_iter()
        .filter_map(|(key, value)| Some((like.get(key)?, value)))
        .collect();
    changes.sort_by_key(|(node, _)| std::cmp::Reverse(node.place.span.start));
    for (node, value) in changes {
        let start = node.place.span.start.saturating_sub(span.start) as usize;
        let end = node.place.span.end.saturating_sub(span.start) as usize;
        let style = node
            .scalar()
            .map(|s| s.style)
            .unwrap_or(crate::manifest::ScalarStyle::Plain);
        if text.get(start..end).is_some() {
            text.replace_range(start..end, &spell(value, style));
        }
    }
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let deeper = line.get(column..).filter(|_| index > 0);
        lines.push(deeper.unwrap_or(line.trim_start()));
    }
    lines.join("\n")
}
