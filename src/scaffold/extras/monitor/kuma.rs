//! AutoKuma: a ConfigMap with a JSON file for each monitor; the name of the file is the monitor's identifier.

use crate::flux::{Cluster, kind};
use crate::manifest::{Editor, Entry, FileId, NewScalar, Node, Position, Route, SourceFile, Tree};
use crate::scaffold::plan::{Draft, PlanError};
use crate::scaffold::spec::ServiceSpec;

use super::super::Wish;
use super::super::reload::Reload;
use super::super::spot::{Spot, files_with, is_literal, key};
use super::super::words::spell;
use super::{address, example};

/// Longer files are no monitors; dashboards are.
const LONGEST: usize = 8 << 10;

/// A ConfigMap with monitors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kuma {
    /// `data` of the ConfigMap.
    data: Spot,
    reload: Option<Reload>,
}

/// A monitor that asks a web server.
struct Monitor<'n> {
    key: &'n Node,
    block: &'n Node,
    file: SourceFile,
}

impl Monitor<'_> {
    fn root(&self) -> Option<&Node> {
        self.file.documents.first()?.root.as_ref()
    }
}

impl Kuma {
    pub(super) fn find(cluster: &Cluster<'_>, tree: &Tree) -> Option<Self> {
        let mut found = Vec::new();
        for source in files_with(cluster, tree, &["\"http\""]) {
            for (index, document) in source.documents.iter().enumerate() {
                let root = document
                    .root
                    .as_ref()
                    .filter(|root| kind(root) == "ConfigMap");
                let Some(data) = root.and_then(|root| root.get("data")) else {
                    continue;
                };
                let count = monitors(data).iter().filter(|m| is_http(m)).count();
                if count > 0 {
                    let spot = Spot::of(&source, index, Route(vec![key("data")]), data);
                    found.push((count, source.clone(), spot));
                }
            }
        }
        let (_, source, data) = found.into_iter().max_by_key(|(count, ..)| *count)?;
        let reload = Reload::of(cluster, tree, &source, data.document);
        Some(Kuma { data, reload })
    }

    pub(super) fn path(&self) -> &str {
        &self.data.path
    }

    pub(super) fn plan(
        &self,
        draft: &mut Draft<'_>,
        spec: &ServiceSpec,
        wish: &Wish<'_>,
    ) -> Result<Vec<String>, PlanError> {
        let inner = self.data.read_draft(draft)?;
        let data = inner
            .root()
            .ok_or_else(|| PlanError::Missing(self.data.path.clone()))?;
        let all = monitors(data);
        let http: Vec<&Monitor<'_>> = all.iter().filter(|m| is_http(m)).collect();
        let roots: Vec<&Node> = http.iter().filter_map(|m| m.root()).collect();
        let urls: Vec<&str> = roots.iter().filter_map(|r| r.text_at(&["url"])).collect();
        let names = roots.iter().filter_map(|r| r.text_at(&["name"]));
        let (file, title) = (
            format!("{}.json", spec.name),
            wish.title_among(&spec.name, names),
        );
        let url = address(&urls, spec, wish);
        for monitor in &all {
            let has = |field, value: &str| {
                monitor.root().and_then(|r| r.text_at(&[field])) == Some(value)
            };
            if monitor.key.text() == Some(&file) || has("name", &title) || has("url", &url) {
                let line = inner.line_of(monitor.key);
                return Err(PlanError::Other(format!(
                    "{line}: there is such a monitor already"
                )));
            }
        }
        let like = example(&roots, &["name", "url"]).and_then(|index| http.get(index));
        let like = like.ok_or_else(|| PlanError::Missing(self.data.path.clone()))?;
        let text = rewritten(like, &title, &url)?;
        let entry = entry(&inner.source, like, &file, &text);
        let keys: Vec<&str> = data
            .entries()
            .unwrap_or_default()
            .iter()
            .filter_map(|e| e.key.text())
            .collect();
        let position = if keys.len() > 3 && keys.is_sorted() {
            Position::Sorted
        } else {
            Position::End
        };
        self.data.edit(draft, |editor, inner| {
            editor.insert_entry(inner.document, &inner.at(&[]), &entry, position)
        })?;
        let mut notes = vec![format!(
            "the monitor is written like {}",
            inner.line_of(like.key)
        )];
        if let Some(reload) = &self.reload {
            notes.extend(reload.plan(draft, wish.now)?);
        }
        Ok(notes)
    }
}

/// Returns the JSON files of a ConfigMap that can be read.
fn monitors(data: &Node) -> Vec<Monitor<'_>> {
    let entries = data.entries().unwrap_or_default().iter();
    let is_short = |e: &Entry| e.value.text().is_some_and(|text| text.len() <= LONGEST);
    let files = entries.filter(|e| {
        e.key.text().is_some_and(|key| key.ends_with(".json"))
            && is_literal(&e.value)
            && is_short(e)
    });
    let monitor = |e: &Entry| -> Option<SourceFile> {
        let file = SourceFile::parse(FileId::NONE, "", e.value.text()?);
        file.errors.is_empty().then_some(file)
    };
    files
        .filter_map(|e| {
            Some(Monitor {
                key: &e.key,
                block: &e.value,
                file: monitor(e)?,
            })
        })
        .collect()
}

fn is_http(monitor: &Monitor<'_>) -> bool {
    let field = |key| monitor.root().and_then(|root| root.text_at(&[key]));
    field("type") == Some("http") && field("url").is_some() && field("name").is_some()
}

/// Returns the text of a monitor with another name and address.
fn rewritten(like: &Monitor<'_>, title: &str, url: &str) -> Result<String, PlanError> {
    let mut editor = Editor::new(&like.file);
    editor.set_scalar(0, &Route(vec![key("name")]), NewScalar::Str(title))?;
    editor.set_scalar(0, &Route(vec![key("url")]), NewScalar::Str(url))?;
    Ok(editor.finish()?.text.to_string())
}

/// Returns the entry of the ConfigMap, its block indented as that of the example.
fn entry(source: &SourceFile, like: &Monitor<'_>, file: &str, text: &str) -> String {
    let column = |node: &Node| source.location(node.place.span).column as usize;
    let first = source.line(like.block.place.span.start as usize);
    let line = source.line_text(first);
    let inner = line.len() - line.trim_start_matches(' ').len();
    let outer = column(like.key).saturating_sub(1);
    let indent = " ".repeat(inner.checked_sub(outer).filter(|n| *n > 0).unwrap_or(2));
    let style = like
        .key
        .scalar()
        .map_or(crate::manifest::ScalarStyle::Plain, |s| s.style);
    let chomping = if text.ends_with('\n') { "" } else { "-" };
    let mut entry = format!("{}: |{chomping}", spell(file, style));
    for line in text.lines() {
        let lead = if line.is_empty() { "" } else { indent.as_str() };
        entry.push_str(&format!("\n{lead}{line}"));
    }
    entry
}
