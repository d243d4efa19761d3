//! Field specifications that a repository adds: the files of `configurations` and `crds`.

use std::sync::Arc;

use serde_json::Value as Json;

use super::accumulate::Target;
use super::config::{Config, FieldSpec, NameReference};
use super::decode::{Decoder, Text};
use super::id::Gvk;
use super::problem::{Outcome, ProblemKind, Site};
use super::session::{Role, Session};
use crate::manifest::{Node, Schema};

/// Returns kustomize's own field specifications with those of the files that a kustomization in `dir` names.
pub(crate) fn load(
    session: &mut Session<'_>,
    dir: &str,
    files: &[Text],
    site: &Site,
) -> Outcome<Arc<Config>> {
    let mut config = Config::builtin();
    for entry in files {
        let loaded = load_one(session, dir, entry, site);
        if let Some(more) = session.absorb(loaded)?.flatten() {
            config = merge(session, config, &Arc::new(more), &site.at(entry.place))?;
        }
    }
    Ok(config)
}

/// Merges field specifications; a contradiction is a problem and leaves `config` as it is.
pub(crate) fn merge(
    session: &mut Session<'_>,
    config: Arc<Config>,
    more: &Arc<Config>,
    site: &Site,
) -> Outcome<Arc<Config>> {
    match config.merge(more) {
        Ok(merged) => Ok(merged),
        Err(conflict) => {
            let message = format!(
                "failed to merge {} fieldSpec: conflicting fieldspecs",
                conflict.0
            );
            session.report(site.problem(ProblemKind::BadConfiguration, message))?;
            Ok(config)
        }
    }
}

/// Checks the `openapi` field. A schema given there is read but not used: merges of known kinds do not need it.
pub(crate) fn check_schema(session: &mut Session<'_>, target: &Target<'_>) -> Outcome<()> {
    const BUILT_IN: &str = "v1.21.2";
    let k = &target.kustomization;
    let (path, version) = (&k.openapi_path, &k.openapi_version);
    let message = match (path.is_empty(), version.value.as_str()) {
        (_, "") | (true, BUILT_IN) => None,
        (true, _) => Some("the specified OpenAPI version is not built in"),
        (false, _) => Some("builtin version and custom schema provided, cannot use both"),
    };
    if let Some(message) = message {
        let site = target.at(version.place);
        session.report(site.problem(ProblemKind::BadConfiguration, message))?;
    }
    if !path.is_empty() {
        let read = session.source(&target.dir, path, Role::Configuration, &target.site);
        session.absorb(read)?;
    }
    Ok(())
}

fn load_one(
    session: &mut Session<'_>,
    dir: &str,
    entry: &Text,
    site: &Site,
) -> Outcome<Option<Config>> {
    let Some(source) = session.source(dir, entry, Role::Configuration, site)? else {
        return Ok(None);
    };
    let site = site.at(entry.place);
    let kind = ProblemKind::BadConfiguration;
    if let Some(error) = source.errors.first() {
        return Err(site.problem(kind, format!("{}: yaml: {}", entry.value, error.message)));
    }
    let mut config = Config::default();
    let Some(Ok(root)) = source.documents.first().and_then(|d| d.resolved()) else {
        return Ok(Some(config));
    };
    let file = Site {
        path: source.path.clone(),
        place: root.place,
    };
    let mut decoder = Decoder::new(&file, "error unmarshaling JSON", kind, true);
    config.read(&mut decoder, root);
    config.sort();
    for problem in decoder.problems {
        session.report(Box::new(problem))?;
    }
    Ok(Some(config))
}

const FIELDS: [&str; 11] = [
    "namePrefix",
    "nameSuffix",
    "namespace",
    "commonLabels",
    "labels",
    "templateLabels",
    "commonAnnotations",
    "nameReference",
    "varReference",
    "images",
    "replicas",
];

impl Config {
    fn read(&mut self, d: &mut Decoder, node: &Node) {
        d.object(node, "TransformerConfig", &FIELDS, |d, field, value| {
            if field == "nameReference" {
                self.name_reference = d.list(value, field, NameReference::read);
                return;
            }
            let specs = d.list(value, field, FieldSpec::read);
            match field {
                "namePrefix" => self.name_prefix = specs,
                "nameSuffix" => self.name_suffix = specs,
                "namespace" => self.namespace = specs,
                "commonLabels" => self.common_labels = specs,
                "labels" => self.labels = specs,
                "templateLabels" => self.template_labels = specs,
                "commonAnnotations" => self.common_annotations = specs,
                "varReference" => self.var_reference = specs,
                "images" => self.images = specs,
                _ => self.replicas = specs,
            }
        });
    }
}

impl NameReference {
    fn read(d: &mut Decoder, node: &Node) -> Self {
        let mut target = Gvk::default();
        let mut referrers = Vec::new();
        let fields = ["group", "version", "kind", "fieldSpecs"];
        d.object(
            node,
            "NameBackReferences",
            &fields,
            |d, field, value| match field {
                "group" => target.group = d.text(value, field).value,
                "version" => target.version = d.text(value, field).value,
                "kind" => target.kind = d.text(value, field).value,
                _ => referrers = d.list(value, field, FieldSpec::read),
            },
        );
        NameReference { target, referrers }
    }
}

/// Returns the field specifications that the OpenAPI definitions of `crds` files announce in `x-kubernetes-*` fields.
pub(crate) fn load_crds(
    session: &mut Session<'_>,
    dir: &str,
    files: &[Text],
    site: &Site,
) -> Outcome<Option<Arc<Config>>> {
    let mut config = Config::default();
    for entry in files {
        let loaded = session.source(dir, entry, Role::Configuration, site);
        let Some(source) = session.absorb(loaded)?.flatten() else {
            continue;
        };
        let root = source.documents.first().and_then(|d| d.resolved());
        let json = match root {
            Some(Ok(root)) if source.errors.is_empty() => root.to_json(Schema::Kubernetes).ok(),
            _ => None,
        };
        match json {
            Some(Json::Object(definitions)) => {
                let definitions = Definitions(&definitions);
                definitions.announce(&mut config);
            }
            Some(Json::Null) => {}
            _ => {
                let message = format!("unable to parse open API definition from '{}'", entry.value);
                let site = site.at(entry.place);
                session.report(site.problem(ProblemKind::BadConfiguration, message))?;
            }
        }
    }
    config.sort();
    Ok((!files.is_empty()).then(|| Arc::new(config)))
}

/// OpenAPI definitions by type name.
struct Definitions<'a>(&'a serde_json::Map<String, Json>);

/// How deep definitions may refer to each other.
const MAX_REFERENCES: usize = 32;

impl Definitions<'_> {
    fn properties(&self, name: &str) -> Option<&serde_json::Map<String, Json>> {
        self.0
            .get(name)?
            .get("Schema")?
            .get("properties")?
            .as_object()
    }

    fn announce(&self, config: &mut Config) {
        for name in self.0.keys() {
            let Some(properties) = self.properties(name) else {
                continue;
            };
            if ["kind", "apiVersion", "metadata"]
                .iter()
                .all(|p| properties.contains_key(*p))
            {
                let kind = name.rsplit('.').next().unwrap_or_default();
                self.walk(config, &Gvk::new("", kind), name, &mut Vec::new());
            }
        }
    }

    fn walk(&self, config: &mut Config, gvk: &Gvk, name: &str, path: &mut Vec<String>) {
        let Some(properties) = self
            .properties(name)
            .filter(|_| path.len() < MAX_REFERENCES)
        else {
            return;
        };
        for (property, schema) in properties {
            path.push(property.clone());
            let spec = FieldSpec::new(gvk.clone(), &path.join("/"), false);
            let text = |key: &str| schema.get(key).and_then(Json::as_str);
            if text("x-kubernetes-annotation").is_some() {
                config.common_annotations.push(spec.clone());
            }
            if text("x-kubernetes-label-selector").is_some() {
                config.common_labels.push(spec.clone());
            }
            if text("x-kubernetes-identity").is_some() {
                config.name_prefix.push(spec);
            }
            if let (Some(version), Some(kind)) = (
                text("x-kubernetes-object-ref-api-version"),
                text("x-kubernetes-object-ref-kind"),
            ) {
                let key = text("x-kubernetes-object-ref-name-key").unwrap_or("name");
                let field = format!("{}/{key}", path.join("/"));
                let reference = NameReference {
                    target: Gvk {
                        version: version.into(),
                        kind: kind.into(),
                        ..Gvk::default()
                    },
                    referrers: vec![FieldSpec::new(gvk.clone(), &field, false)],
                };
                // Specifications without `create` never contradict each other.
                let _ = config.add_reference(&reference);
            }
            if let Some(target) = text("$ref") {
                self.walk(config, gvk, target, path);
            }
            path.pop();
        }
    }
}
