//! The kustomization file: its fields, read as kustomize 5.8.1 reads them.

use super::decode::{Decoder, Pairs, Text};
use super::order::{LegacyOptions, SortOptions};
use super::problem::{Problem, ProblemKind, Site};
use crate::manifest::{Node, Place};

/// A kustomization file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kustomization {
    pub kind: Text,
    pub api_version: Text,
    /// Whether it says anything beyond `kind`, `apiVersion` and empty strings.
    pub says_something: bool,
    pub openapi_path: Text,
    pub openapi_version: Text,
    pub name_prefix: Text,
    pub name_suffix: Text,
    pub namespace: Text,
    pub common_labels: Pairs,
    pub common_labels_place: Place,
    pub labels: Vec<Label>,
    pub common_annotations: Pairs,
    pub common_annotations_place: Place,
    pub patches_strategic_merge: Vec<Text>,
    pub patches_json6902: Vec<Patch>,
    pub patches: Vec<Patch>,
    pub images: Vec<Image>,
    /// Read by `replacements`.
    pub replacements: Vec<Node>,
    pub replicas: Vec<Replica>,
    pub vars: Vec<Var>,
    pub sort_options: Option<SortOptions>,
    pub resources: Vec<Text>,
    pub components: Vec<Text>,
    pub crds: Vec<Text>,
    pub config_maps: Vec<GeneratorArgs>,
    pub secrets: Vec<GeneratorArgs>,
    /// Charts by name, from `helmCharts` and `helmChartInflationGenerator`.
    pub helm_charts: Vec<Text>,
    pub generator_options: Option<GeneratorOptions>,
    pub configurations: Vec<Text>,
    pub generators: Vec<Text>,
    pub transformers: Vec<Text>,
    pub validators: Vec<Text>,
    pub build_metadata: Vec<Text>,
}

/// An entry of `labels`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Label {
    pub place: Place,
    pub pairs: Pairs,
    pub include_selectors: bool,
    pub include_templates: bool,
    pub fields: Vec<super::config::FieldSpec>,
}

/// An entry of `patches` or `patchesJson6902`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patch {
    pub place: Place,
    pub path: Text,
    pub patch: Text,
    /// Read by `selector`.
    pub target: Option<Node>,
    pub allow_name_change: bool,
    pub allow_kind_change: bool,
}

/// An entry of `images`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Image {
    pub place: Place,
    pub name: Text,
    pub new_name: Text,
    pub tag_suffix: Text,
    pub new_tag: Text,
    pub digest: Text,
}

/// An entry of `replicas`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replica {
    pub place: Place,
    pub name: Text,
    pub count: i64,
    pub count_place: Place,
}

/// An entry of `vars`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Var {
    pub place: Place,
    pub name: Text,
    pub gvk: super::id::Gvk,
    pub object_name: Text,
    pub object_namespace: Text,
    pub field_path: Text,
}

/// An entry of `configMapGenerator` or `secretGenerator`.
#[derive(Clone, Debug, Default)]
pub(crate) struct GeneratorArgs {
    pub place: Place,
    pub name: Text,
    pub namespace: Text,
    pub behavior: Text,
    pub literals: Vec<Text>,
    pub files: Vec<Text>,
    pub envs: Vec<Text>,
    pub env: Text,
    pub options: Option<GeneratorOptions>,
    /// Of secrets.
    pub secret_type: Text,
}

/// The `generatorOptions` field, or the `options` of one generator.
#[derive(Clone, Debug, Default)]
pub(crate) struct GeneratorOptions {
    pub labels: Pairs,
    pub annotations: Pairs,
    pub disable_name_suffix_hash: bool,
    pub immutable: bool,
}

const FIELDS: [&str; 34] = [
    "kind",
    "apiVersion",
    "metadata",
    "openapi",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "commonLabels",
    "labels",
    "commonAnnotations",
    "patchesStrategicMerge",
    "patchesJson6902",
    "patches",
    "images",
    "imageTags",
    "replacements",
    "replicas",
    "vars",
    "sortOptions",
    "resources",
    "components",
    "crds",
    "bases",
    "configMapGenerator",
    "secretGenerator",
    "helmGlobals",
    "helmCharts",
    "helmChartInflationGenerator",
    "generatorOptions",
    "configurations",
    "generators",
    "transformers",
    "validators",
    "buildMetadata",
];

impl Kustomization {
    /// Reads a kustomization file and moves deprecated fields to their successors (`FixKustomization`). What is wrong
    /// with it comes back beside it; the rest stands.
    pub(super) fn read(node: Option<&Node>, site: &Site) -> (Kustomization, Vec<Problem>) {
        let mut k = Kustomization::default();
        let mut late = Late::default();
        let kind = ProblemKind::InvalidKustomization;
        let mut decoder = Decoder::new(site, "invalid Kustomization", kind, true);
        if let Some(node) = node {
            decoder.object(node, "Kustomization", &FIELDS, |d, field, value| {
                k.read_field(d, field, value, &mut late);
            });
        }
        k.resources.extend(late.bases);
        k.images.extend(late.image_tags);
        for args in k.config_maps.iter_mut().chain(&mut k.secrets) {
            if !args.env.is_empty() {
                args.envs.push(std::mem::take(&mut args.env));
            }
        }
        (k, decoder.problems)
    }

    fn read_field(&mut self, d: &mut Decoder, field: &'static str, value: &Node, late: &mut Late) {
        if !matches!(
            field,
            "kind" | "apiVersion" | "bases" | "imageTags" | "helmChartInflationGenerator"
        ) {
            self.says_something |=
                value.is_sequence() || value.is_mapping() || value.text() != Some("");
        }
        match field {
            "kind" => self.kind = d.text(value, field),
            "apiVersion" => self.api_version = d.text(value, field),
            "metadata" => super::model_parts::check_metadata(d, value),
            "openapi" => {
                (self.openapi_path, self.openapi_version) = super::model_parts::openapi(d, value);
            }
            "namePrefix" => self.name_prefix = d.text(value, field),
            "nameSuffix" => self.name_suffix = d.text(value, field),
            "namespace" => self.namespace = d.text(value, field),
            "resources" => self.resources = d.texts(value, field),
            "components" => self.components = d.texts(value, field),
            "crds" => self.crds = d.texts(value, field),
            "configurations" => self.configurations = d.texts(value, field),
            "generators" => self.generators = d.texts(value, field),
            "transformers" => self.transformers = d.texts(value, field),
            "validators" => self.validators = d.texts(value, field),
            "buildMetadata" => self.build_metadata = d.texts(value, field),
            "bases" => {
                late.bases = d.texts(value, field);
                self.says_something |= !late.bases.is_empty();
            }
            _ => self.read_operator(d, field, value, late),
        }
    }

    fn read_operator(
        &mut self,
        d: &mut Decoder,
        field: &'static str,
        value: &Node,
        late: &mut Late,
    ) {
        match field {
            "commonLabels" => {
                self.common_labels = d.pairs(value, field);
                self.common_labels_place = value.place;
            }
            "commonAnnotations" => {
                self.common_annotations = d.pairs(value, field);
                self.common_annotations_place = value.place;
            }
            "labels" => self.labels = d.list(value, field, Label::read),
            "patchesStrategicMerge" => self.patches_strategic_merge = d.texts(value, field),
            "patchesJson6902" => self.patches_json6902 = d.list(value, field, Patch::read),
            "patches" => self.patches = d.list(value, field, Patch::read),
            "images" => self.images = d.list(value, field, Image::read),
            "imageTags" => {
                late.image_tags = d.list(value, field, Image::read);
                self.says_something |= !late.image_tags.is_empty();
            }
            "replacements" => {
                self.replacements = d.list(value, field, super::model_parts::replacement)
            }
            "replicas" => self.replicas = d.list(value, field, Replica::read),
            "vars" => self.vars = d.list(value, field, Var::read),
            "sortOptions" => self.sort_options = Some(SortOptions::read(d, value)),
            _ => self.read_generator(d, field, value),
        }
    }

    fn read_generator(&mut self, d: &mut Decoder, field: &'static str, value: &Node) {
        match field {
            "configMapGenerator" => {
                self.config_maps =
                    d.list(value, field, |d, item| GeneratorArgs::read(d, item, false));
            }
            "secretGenerator" => {
                self.secrets = d.list(value, field, |d, item| GeneratorArgs::read(d, item, true));
            }
            "generatorOptions" => self.generator_options = Some(GeneratorOptions::read(d, value)),
            "helmCharts" => {
                let charts = d.list(value, field, |_, item| {
                    super::model_parts::chart(item, "name")
                });
                self.helm_charts.extend(charts);
            }
            "helmChartInflationGenerator" => {
                let charts = d.list(value, field, |_, item| {
                    super::model_parts::chart(item, "chartName")
                });
                self.says_something |= !charts.is_empty();
                self.helm_charts.extend(charts);
            }
            _ => {}
        }
    }

    /// Tells whether this is a component.
    pub(super) fn is_component(&self) -> bool {
        self.kind.value == "Component"
    }

    /// Returns what is wrong with `kind` and `apiVersion`, if anything.
    pub(super) fn wrong_type(&self) -> Option<(Place, String)> {
        let kind = match self.kind.value.as_str() {
            "" => "Kustomization",
            kind => kind,
        };
        if kind != "Kustomization" && kind != "Component" {
            return Some((
                self.kind.place,
                "kind should be Kustomization or Component".into(),
            ));
        }
        let wanted = match kind {
            "Component" => "kustomize.config.k8s.io/v1alpha1",
            _ => "kustomize.config.k8s.io/v1beta1",
        };
        let version = &self.api_version;
        (!version.is_empty() && version.value != wanted).then(|| {
            (
                version.place,
                format!("apiVersion for {kind} should be {wanted}"),
            )
        })
    }

    /// Tells whether an option of `buildMetadata` is on.
    pub(super) fn builds_metadata(&self, option: &str) -> bool {
        self.build_metadata.iter().any(|text| text.value == option)
    }
}

/// Deprecated fields, whose entries go behind those of their successors.
#[derive(Default)]
struct Late {
    bases: Vec<Text>,
    image_tags: Vec<Image>,
}

impl SortOptions {
    fn read(d: &mut Decoder, node: &Node) -> Self {
        let mut options = SortOptions::default();
        let texts = |d: &mut Decoder, value: &Node, field: &str| -> Vec<String> {
            let texts = d.texts(value, field);
            texts.into_iter().map(|t| t.value.into()).collect()
        };
        d.object(
            node,
            "SortOptions",
            &["order", "legacySortOptions"],
            |d, field, value| match field {
                "order" => options.order = d.text(value, field).value.into(),
                _ => {
                    let mut legacy = LegacyOptions::default();
                    let fields = ["orderFirst", "orderLast"];
                    d.object(
                        value,
                        "LegacySortOptions",
                        &fields,
                        |d, field, value| match field {
                            "orderFirst" => legacy.first = texts(d, value, field),
                            _ => legacy.last = texts(d, value, field),
                        },
                    );
                    options.legacy = Some(legacy);
                }
            },
        );
        options
    }
}
