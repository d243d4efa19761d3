//! Annotations of an Ingress or a route that put a service on a dashboard or among the monitors, as its siblings have them.

use crate::scaffold::conventions::Siblings;
use crate::scaffold::names;
use crate::scaffold::plan::PlanError;
use crate::scaffold::spec::ServiceSpec;

use super::Wish;
use super::spot::each_value;
use super::tile::TileGroup;
use super::words::{most, probe_path};

/// Homepage's annotations begin so (gethomepage.dev, service discovery).
const HOMEPAGE: &str = "gethomepage.dev/";
/// Those of gatus-sidecar (home-operations) begin so.
const GATUS: &str = "gatus.home-operations.com/";

/// Annotations in the order in which they are written.
pub type Annotations = Vec<(String, String)>;

/// Siblings that Homepage finds by annotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnotatedTiles {
    /// The names of the groups, each once.
    pub groups: Vec<String>,
    /// How many siblings have a tile this way.
    pub tiles: usize,
    examples: Vec<Example>,
}

/// The annotations of one sibling, with `{name}` for its name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Example(Annotations);

impl Example {
    fn get(&self, key: &str) -> Option<&str> {
        let found = self.0.iter().find(|(k, _)| k == key);
        found.map(|(_, value)| value.as_str())
    }
}

impl AnnotatedTiles {
    /// Finds the siblings that Homepage shows; nothing where there are none.
    pub fn find(siblings: &Siblings<'_>) -> Option<Self> {
        let enabled = format!("{HOMEPAGE}enabled");
        let is_shown = |e: &Example| {
            e.get(&enabled).is_none_or(|on| on == "true")
                && e.get(&format!("{HOMEPAGE}name")).is_some()
        };
        let examples: Vec<Example> = examples(siblings, HOMEPAGE)
            .into_iter()
            .filter(is_shown)
            .collect();
        let mut groups: Vec<String> = Vec::new();
        for group in examples
            .iter()
            .filter_map(|e| e.get(&format!("{HOMEPAGE}group")))
        {
            if !groups.iter().any(|known| known == group) {
                groups.push(group.to_owned());
            }
        }
        (!examples.is_empty()).then_some(AnnotatedTiles {
            groups,
            tiles: examples.len(),
            examples,
        })
    }

    /// Returns the annotations for a new service.
    ///
    /// # Errors
    /// There is no such group.
    pub fn plan(
        &self,
        spec: &ServiceSpec,
        group: TileGroup<'_>,
        wish: &Wish<'_>,
    ) -> Result<Annotations, PlanError> {
        let (TileGroup::Known(wanted) | TileGroup::MayBeNew(wanted)) = group;
        let known = self
            .groups
            .iter()
            .find(|g| g.to_lowercase() == wanted.to_lowercase());
        let group = match (known, group) {
            (Some(known), _) => known,
            (None, TileGroup::MayBeNew(name)) => name,
            (None, TileGroup::Known(_)) => {
                let known = self.groups.join(", ");
                return Err(PlanError::Other(format!(
                    "the dashboard has no group `{wanted}`, but {known}"
                )));
            }
        };
        let keys = usual_keys(&self.examples);
        let value = |key: String| {
            let value = self.value(key.strip_prefix(HOMEPAGE)?, &key, spec, group, wish)?;
            Some((key, value))
        };
        Ok(keys.into_iter().filter_map(value).collect())
    }

    fn value(
        &self,
        field: &str,
        key: &str,
        spec: &ServiceSpec,
        group: &str,
        wish: &Wish<'_>,
    ) -> Option<String> {
        let all: Vec<&str> = self.examples.iter().filter_map(|e| e.get(key)).collect();
        let icon = || match most(all.iter().map(|icon| form_of_icon(icon))) {
            Some(form) if form.ends_with('-') => "mdi-application".to_owned(),
            Some(form) => format!("{}{form}", spec.name),
            None => format!("{}.png", spec.name),
        };
        let host = || spec.host.as_deref();
        match field {
            "enabled" => Some("true".to_owned()),
            "name" => Some(wish.title(&spec.name)),
            "group" => Some(group.to_owned()),
            "description" => spec.description.clone(),
            "icon" => Some(wish.icon.map_or_else(icon, str::to_owned)),
            "href" => Some(format!("https://{}", host()?)),
            "siteMonitor" => Some(format!(
                "https://{}{}",
                host()?,
                probe_path(spec).unwrap_or_default()
            )),
            "ping" => host().map(str::to_owned),
            "app" => Some(spec.name.clone()),
            _ => {
                let (first, rest) = all.split_first()?;
                let same = rest.iter().all(|text| text == first);
                (same && all.len() > 1).then(|| first.replace(names::NAME, &spec.name))
            }
        }
    }
}

/// Returns the annotations for gatus-sidecar that most of the siblings have which have a host at all; often none, because
/// it finds routes by itself.
pub fn monitored(siblings: &Siblings<'_>, spec: &ServiceSpec) -> Annotations {
    let doors = siblings.siblings.iter().filter(|sibling| {
        let kinds = ["Ingress", "HTTPRoute", "IngressRoute", "HelmRelease"];
        kinds
            .iter()
            .any(|kind| sibling.of_kind(kind).next().is_some())
    });
    let doors = doors.count();
    let examples = examples(siblings, GATUS);
    let mut found: Annotations = Vec::new();
    for (key, value) in examples.iter().flat_map(|example| &example.0) {
        let same = examples.iter().filter(|e| e.get(key) == Some(value));
        if same.count() * 2 > doors && !found.iter().any(|(known, _)| known == key) {
            found.push((key.clone(), value.replace(names::NAME, &spec.name)));
        }
    }
    found
}

/// Returns the annotations that begin with `prefix`, of each sibling that has any, the nearest first.
fn examples(siblings: &Siblings<'_>, prefix: &str) -> Vec<Example> {
    let mut found = Vec::new();
    for sibling in &siblings.siblings {
        for object in sibling.objects() {
            each_value(object, |_, key, node| {
                if key != "annotations" {
                    return;
                }
                let entries = node.entries().unwrap_or_default().iter();
                let own = entries.filter_map(|e| Some((e.key.text()?, e.value.text()?)));
                let own = own.filter(|(key, _)| key.starts_with(prefix));
                let named = |(key, value): (&str, &str)| (key.to_owned(), sibling.pattern(value));
                let own: Annotations = own.map(named).collect();
                if !own.is_empty() {
                    found.push(Example(own));
                }
            });
        }
    }
    found
}

/// Returns the keys that more than half of the examples have, in the order of the nearest one with most of them.
fn usual_keys(examples: &[Example]) -> Vec<String> {
    let is_usual = |key: &&String| {
        let count = examples.iter().filter(|e| e.get(key).is_some()).count();
        count * 2 > examples.len()
    };
    let keys = examples.iter().map(|example| {
        let keys = example.0.iter().map(|(key, _)| key);
        keys.filter(is_usual).cloned().collect::<Vec<_>>()
    });
    keys.rev().max_by_key(Vec::len).unwrap_or_default()
}

/// Returns the end of an icon's file name, or the dash behind the name of a collection.
fn form_of_icon(icon: &str) -> &str {
    let collections = ["mdi-", "si-"];
    let collection = collections.iter().find(|c| icon.starts_with(**c));
    let end = || icon.rfind('.').and_then(|at| icon.get(at..));
    collection
        .copied()
        .or_else(end)
        .filter(|form| !form.contains('/'))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::fixture::{model, service, tree, wish};
    use super::*;
    use crate::scaffold::conventions::Neighbourhood;
    use crate::scaffold::layout::Layout;

    fn ingress(name: &str, annotations: &str) -> String {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  namespace: {name}\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: {name}\n  namespace: {name}\n  annotations:\n{annotations}spec:\n  rules:\n    - host: {name}.lab.example.org\n"
        )
    }

    fn with_siblings<T>(texts: &[(&str, String)], ask: impl Fn(&Siblings<'_>) -> T) -> T {
        let files: Vec<(&str, &str)> = texts.iter().map(|(p, t)| (*p, t.as_str())).collect();
        let tree = tree(&files);
        let model = model(&tree);
        let detection = Layout::detect(&model, 0);
        let near = Neighbourhood {
            layout: None,
            folder: "",
            like: None,
            times: &HashMap::new(),
        };
        ask(&Siblings::of(&model, &detection, &near))
    }

    fn shown(name: &str, group: &str) -> String {
        let (g, icon) = (HOMEPAGE, "mdi-git");
        ingress(
            name,
            &format!(
                "    {g}enabled: \"true\"\n    {g}name: {name}\n    {g}group: {group}\n    {g}icon: {icon}\n    {g}href: https://{name}.lab.example.org\n    {g}pod-selector: app={name}\n    {GATUS}enabled: \"true\"\n"
            ),
        )
    }

    #[test]
    fn annotations_of_siblings_are_followed() {
        let hidden = ingress(
            "none",
            &format!("    {HOMEPAGE}enabled: \"false\"\n    {GATUS}enabled: \"true\"\n"),
        );
        let files = [
            ("apps/git/git.yaml", shown("git", "Tools")),
            ("apps/wiki/wiki.yaml", shown("wiki", "Notes")),
            ("apps/none/none.yaml", hidden),
        ];
        with_siblings(&files, |siblings| {
            let tiles = AnnotatedTiles::find(siblings).expect("two tiles");
            assert_eq!(tiles.tiles, 2);
            let new = tiles.plan(&service(), TileGroup::Known("tools"), &wish());
            let short = |(key, value): (String, String)| {
                format!("{}={value}", key.strip_prefix(HOMEPAGE).unwrap_or(&key))
            };
            let new: Vec<String> = new.expect("a group").into_iter().map(short).collect();
            let wanted = [
                "enabled=true",
                "name=Paper Less",
                "group=Tools",
                "icon=mdi-application",
                "href=https://paper.lab.example.org",
                "pod-selector=app=paper-less",
            ];
            assert_eq!(new, wanted);
            let unknown = tiles.plan(&service(), TileGroup::Known("Games"), &wish());
            assert!(unknown.is_err_and(|e| e.to_string().contains("Tools")));
            let gatus = monitored(siblings, &service());
            assert_eq!(gatus, [(format!("{GATUS}enabled"), "true".to_owned())]);
        });
    }
}
