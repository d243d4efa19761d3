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
