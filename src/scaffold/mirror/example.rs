//! Objects of siblings, read as if they were about the new service.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::flux::{group, kind};
use crate::manifest::{Node, SourceFile};
use crate::scaffold::conventions::{Sibling, Siblings};
use crate::scaffold::layout::Role;
use crate::scaffold::names::{self, NAME};
use crate::scaffold::spec::ServiceSpec;

use super::piece::{Piece, Text};

/// So many siblings tell how an object is written.
const ENOUGH: usize = 15;

/// Where a HelmRelease of app-template says what it runs.
const CONTROLLERS: [&str; 3] = ["spec", "values", "controllers"];

/// One object of a sibling.
pub(super) struct Example<'m> {
    /// The object, aliases expanded.
    pub object: &'m Node,
    /// The object as it is written.
    pub raw: &'m Node,
    /// Its file.
    pub source: &'m Arc<SourceFile>,
    names: Names<'m>,
}

/// What a sibling is called and where it is reached, to be told from what it says on its own account.
#[derive(Clone, Copy)]
struct Names<'m> {
    name: &'m str,
    namespace: &'m str,
    host: Option<&'m str>,
    port: Option<&'m str>,
    service_port: Option<&'m str>,
}

/// A node of an example.
#[derive(Clone, Copy)]
pub(super) struct Seen<'e, 'm> {
    /// The node.
    pub node: &'m Node,
    /// Whose it is.
    pub of: &'e Example<'m>,
}

impl<'m> Example<'m> {
    /// Translates a text of the sibling to what it would be for the new service. Nothing where the new service has no such
    /// thing: a host, a port.
    pub(super) fn translate(&self, text: &str, spec: &ServiceSpec) -> Option<SmolStr> {
        let names = &self.names;
        if names.port == Some(text) {
            return spec.port.map(|port| SmolStr::from(port.to_string()));
        }
        if names.service_port == Some(text) {
            let port = spec
                .service_port
                .map(|port| SmolStr::from(port.to_string()));
            return Some(port.unwrap_or_else(|| text.into()));
        }
        if text == names.namespace && names.namespace != names.name {
            return Some(spec.namespace.as_str().into());
        }
        let text = match names.host.filter(|host| text.contains(host)) {
            Some(host) => text.replace(host, spec.host.as_deref()?),
            None => text.to_owned(),
        };
        let pattern = names::pattern(&text, names.name);
        Some(match pattern {
            Some(pattern) => pattern.replace(NAME, &spec.name).into(),
            None => text.into(),
        })
    }

    /// Tells whether a translated text still has the name of the object in it, which need not be that of its service.
    pub(super) fn says_own_name(&self, text: &str) -> bool {
        let name = self.object.text_at(&["metadata", "name"]);
        name.is_some_and(|name| names::pattern(text, name).is_some())
    }

    /// Translates a key. Only what is the sibling's name, or continues it, is one.
    pub(super) fn key(&self, key: &Node, spec: &ServiceSpec) -> Option<SmolStr> {
        let text = key.text()?;
        let own = text == self.names.name || text.starts_with(&format!("{}-", self.names.name));
        match own {
            true => self.translate(text, spec),
            false => Some(text.into()),
        }
    }
}

impl<'e, 'm> Seen<'e, 'm> {
    /// Returns the child with this translated key.
    pub(super) fn child(&self, key: &str, spec: &ServiceSpec) -> Option<Seen<'e, 'm>> {
        let entries = self.node.entries()?;
        let entry = entries
            .iter()
            .find(|e| self.of.key(&e.key, spec).as_deref() == Some(key))?;
        Some(Seen {
            node: entry.value.target(),
            of: self.of,
        })
    }

    /// Returns the items of a list.
    pub(super) fn items(&self) -> impl Iterator<Item = Seen<'e, 'm>> + use<'e, 'm> {
        let of = self.of;
        let items = self.node.items().unwrap_or_default().iter();
        items.map(move |node| Seen {
            node: node.target(),
            of,
        })
    }

    /// Returns the scalar as it would be for the new service.
    pub(super) fn scalar(&self, spec: &ServiceSpec) -> Option<Text> {
        let text = Text::of(self.node)?;
        Some(Text {
            text: self.of.translate(&text.text, spec)?,
            ..text
        })
    }
}

/// Returns the objects of siblings that are of the same kind as the new one and serve the same purpose, the nearest first,
/// one of each sibling.
pub(super) fn of<'m>(
    siblings: &'m Siblings<'m>,
    wanted: &Piece,
    spec: &ServiceSpec,
) -> Vec<Example<'m>> {
    let mut all: Vec<Example<'m>> = Vec::new();
    for sibling in &siblings.siblings {
        // What several clusters share is one example.
        let new = |e: &Example<'_>| !all.iter().any(|known| known.raw.place == e.raw.place);
        let found = example(sibling, wanted, spec).filter(new);
        all.extend(found);
        if all.len() == ENOUGH {
            break;
        }
    }
    let liked = siblings.window == 1;
    let first = siblings.siblings.first().map(|s| s.service.name.as_str());
    if liked && let Some(at) = all.iter().position(|e| Some(e.names.name) == first) {
        return all.drain(at..=at).collect();
    }
    let is_app = |e: &Example<'_>| e.object.at_path(&CONTROLLERS).is_some();
    if wanted.at(&CONTROLLERS).is_some() && all.iter().any(is_app) {
        all.retain(is_app);
    }
    for key in purpose(wanted) {
        let value = meaning(wanted.at(key).and_then(Piece::text));
        let same = |e: &Example<'_>| meaning(e.object.text_at(key)) == value;
        if all.iter().any(same) {
            all.retain(same);
        }
    }
    all
}

/// Returns a value, or nothing for one that is the default where it is left out.
fn meaning(value: Option<&str>) -> Option<&str> {
    value.filter(|value| *value != "ClusterIP")
}

/// Returns the fields that tell objects of one kind apart that serve different purposes.
fn purpose(wanted: &Piece) -> &'static [&'static [&'static str]] {
    match wanted.get("kind").and_then(Piece::text) {
        Some("Ingress") => &[&["spec", "ingressClassName"]],
        Some("Service") => &[&["spec", "type"]],
        Some("HelmRelease") => &[
            &["spec", "chartRef", "name"],
            &["spec", "chart", "spec", "chart"],
        ],
        _ => &[],
    }
}

fn example<'m>(
    sibling: &'m Sibling<'m>,
    wanted: &Piece,
    spec: &ServiceSpec,
) -> Option<Example<'m>> {
    let text = |path: &[&str]| wanted.at(path).and_then(Piece::text).unwrap_or_default();
    let (version, wanted_kind) = (text(&["apiVersion"]), text(&["kind"]));
    let wanted_group = version.split_once('/').map_or("", |(group, _)| group);
    let names = Names::of(sibling);
    let own_name = text(&["metadata", "name"]);
    let found = objects(sibling, wanted_group, wanted_kind);
    let mut found: Vec<Example<'m>> = found
        .map(|(object, raw, source)| Example {
            object,
            raw,
            source,
            names,
        })
        .collect();
    let named = |e: &Example<'_>| {
        let name = e.object.text_at(&["metadata", "name"]).unwrap_or_default();
        e.translate(name, spec).as_deref() == Some(own_name)
    };
    let at = found.iter().position(named).unwrap_or(0);
    (at < found.len()).then(|| found.swap_remove(at))
}

type Found<'m> = (&'m Node, &'m Node, &'m Arc<SourceFile>);

/// Returns the objects of a kind that are a sibling's own.
fn objects<'m>(
    sibling: &'m Sibling<'m>,
    wanted_group: &str,
    wanted_kind: &str,
) -> Box<dyn Iterator<Item = Found<'m>> + 'm> {
    let (wanted_group, wanted_kind) = (wanted_group.to_owned(), wanted_kind.to_owned());
    if wanted_kind == "Kustomization" && wanted_group.starts_with("kustomize.toolkit") {
        let unit = sibling.unit().and_then(|(path, document, object)| {
            let file = sibling.files.iter().find(|f| f.source.path == path.path)?;
            Some((object, document.root.as_ref()?, &file.source))
        });
        return Box::new(unit.into_iter());
    }
    let is_list = wanted_group.starts_with("kustomize.config");
    let files = sibling.files.iter().filter(move |f| {
        let is_kustomization = f.roles.contains(&Role::Kustomization);
        is_kustomization == is_list && !f.roles.contains(&Role::Patch)
    });
    let objects = files.flat_map(|f| {
        let documents = f.source.documents.iter();
        documents.filter_map(|d| Some((d.resolved()?.ok()?, d.root.as_ref()?, &f.source)))
    });
    Box::new(objects.filter(move |(object, _, source)| {
        let same = kind(object) == wanted_kind && group(object) == wanted_group;
        (same || is_list) && sibling.owns(object, &source.path)
    }))
}

impl<'m> Names<'m> {
    fn of(sibling: &'m Sibling<'m>) -> Self {
        let of = |kind: &'static str, list: &[&str], key: &str| {
            let object = sibling.of_kind(kind).next()?;
            object.at_path(list)?.items()?.first()?.get(key)?.text()
        };
        let pod = |kind: &'static str| {
            let pod = ["spec", "template", "spec", "containers"];
            let containers = sibling.of_kind(kind).next()?.at_path(&pod)?.items()?;
            containers
                .first()?
                .get("ports")?
                .items()?
                .first()?
                .get("containerPort")?
                .text()
        };
        let ports = ["spec", "ports"];
        let container = ["Deployment", "StatefulSet"].into_iter().find_map(pod);
        Names {
            name: &sibling.service.name,
            namespace: &sibling.service.namespace,
            // A machine of a tailnet is called like the service: that is its name, no host.
            host: sibling.host().filter(|host| host.contains('.')),
            port: container
                .or_else(|| of("Service", &ports, "targetPort"))
                .filter(|port| is_number(port)),
            service_port: of("Service", &ports, "port").filter(|port| is_number(port)),
        }
    }
}

/// Tells a port's number from its name.
fn is_number(port: &str) -> bool {
    port.parse::<u16>().is_ok()
}
