//! The entries of the lists of a kustomization file.

use super::config::FieldSpec;
use super::decode::{Decoder, Text};
use super::id::Gvk;
use super::model::{GeneratorArgs, GeneratorOptions, Image, Label, Patch, Replica, Var};
use crate::manifest::{Node, ScalarStyle};

impl Label {
    pub(super) fn read(d: &mut Decoder, node: &Node) -> Self {
        let mut label = Label {
            place: node.place,
            ..Label::default()
        };
        let fields = ["pairs", "includeSelectors", "includeTemplates", "fields"];
        d.object(node, "Label", &fields, |d, field, value| match field {
            "pairs" => label.pairs = d.pairs(value, field),
            "includeSelectors" => label.include_selectors = d.flag(value, field),
            "includeTemplates" => label.include_templates = d.flag(value, field),
            _ => label.fields = d.list(value, field, FieldSpec::read),
        });
        label
    }
}

impl FieldSpec {
    /// Reads a field specification.
    pub(super) fn read(d: &mut Decoder, node: &Node) -> Self {
        let mut gvk = Gvk::default();
        let mut path = Text::default();
        let mut create = false;
        let fields = ["group", "version", "kind", "path", "create"];
        d.object(node, "FieldSpec", &fields, |d, field, value| match field {
            "group" => gvk.group = d.text(value, field).value,
            "version" => gvk.version = d.text(value, field).value,
            "kind" => gvk.kind = d.text(value, field).value,
            "path" => path = d.text(value, field),
            _ => create = d.flag(value, field),
        });
        FieldSpec::new(gvk, &path.value, create)
    }
}

const SELECTOR: [&str; 7] = [
    "group",
    "version",
    "kind",
    "name",
    "namespace",
    "annotationSelector",
    "labelSelector",
];

impl Patch {
    pub(super) fn read(d: &mut Decoder, node: &Node) -> Self {
        let mut patch = Patch {
            place: node.place,
            ..Patch::default()
        };
        let fields = ["path", "patch", "target", "options"];
        d.object(node, "Patch", &fields, |d, field, value| match field {
            "path" => patch.path = d.text(value, field),
            "patch" => patch.patch = d.text(value, field),
            "target" => {
                selector(d, value);
                patch.target = Some(value.clone());
            }
            _ => {
                let fields = ["allowNameChange", "allowKindChange"];
                d.object(value, "PatchArgs", &fields, |d, field, value| match field {
                    "allowNameChange" => patch.allow_name_change = d.flag(value, field),
                    _ => patch.allow_kind_change = d.flag(value, field),
                });
            }
        });
        patch
    }
}

impl Image {
    pub(super) fn read(d: &mut Decoder, node: &Node) -> Self {
        let mut image = Image {
            place: node.place,
            ..Image::default()
        };
        let fields = ["name", "newName", "tagSuffix", "newTag", "digest"];
        d.object(node, "Image", &fields, |d, field, value| {
            let text = d.text(value, field);
            match field {
                "name" => image.name = text,
                "newName" => image.new_name = text,
                "tagSuffix" => image.tag_suffix = text,
                "newTag" => image.new_tag = text,
                _ => image.digest = text,
            }
        });
        image
    }
}

impl Replica {
    pub(super) fn read(d: &mut Decoder, node: &Node) -> Self {
        let mut replica = Replica {
            place: node.place,
            count_place: node.place,
            ..Replica::default()
        };
        d.object(
            node,
            "Replica",
            &["name", "count"],
            |d, field, value| match field {
                "name" => replica.name = d.text(value, field),
                _ => {
                    replica.count = d.integer(value, field);
                    replica.count_place = value.place;
                }
            },
        );
        replica
    }
}

impl Var {
    pub(super) fn read(d: &mut Decoder, node: &Node) -> Self {
        let mut var = Var {
            place: node.place,
            ..Var::default()
        };
        d.object(
            node,
            "Var",
            &["name", "objref", "fieldref"],
            |d, field, value| match field {
                "name" => var.name = d.text(value, field),
                "objref" => var.read_object(d, value),
                _ => d.object(value, "FieldSelector", &["fieldPath"], |d, field, value| {
                    var.field_path = d.text(value, field);
                }),
            },
        );
        if var.field_path.is_empty() {
            var.field_path.value = "metadata.name".into();
        }
        var
    }

    fn read_object(&mut self, d: &mut Decoder, node: &Node) {
        let mut api_version = Text::default();
        let fields = [
            "apiVersion",
            "group",
            "version",
            "kind",
            "name",
            "namespace",
        ];
        d.object(node, "Target", &fields, |d, field, value| {
            let text = d.text(value, field);
            match field {
                "apiVersion" => api_version = text,
                "group" => self.gvk.group = text.value,
                "version" => self.gvk.version = text.value,
                "kind" => self.gvk.kind = text.value,
                "name" => self.object_name = text,
                _ => self.object_namespace = text,
            }
        });
        match api_version.value.split('/').collect::<Vec<_>>().as_slice() {
            [""] => {}
            [version] => self.gvk.version = (*version).into(),
            [group, version] => {
                self.gvk.group = (*group).into();
                self.gvk.version = (*version).into();
            }
            _ => {}
        }
    }
}

impl GeneratorArgs {
    pub(super) fn read(d: &mut Decoder, node: &Node, secret: bool) -> Self {
        const FIELDS: [&str; 9] = [
            "namespace",
            "name",
            "behavior",
            "literals",
            "files",
            "envs",
            "env",
            "options",
            "type",
        ];
        let mut args = GeneratorArgs {
            place: node.place,
            ..GeneratorArgs::default()
        };
        let fields = if secret {
            &FIELDS[..]
        } else {
            &FIELDS[..FIELDS.len() - 1]
        };
        d.object(
            node,
            "GeneratorArgs",
            fields,
            |d, field, value| match field {
                "namespace" => args.namespace = d.text(value, field),
                "name" => args.name = d.text(value, field),
                "behavior" => args.behavior = d.text(value, field),
                "literals" => args.literals = d.texts(value, field),
                "files" => args.files = d.texts(value, field),
                "envs" => args.envs = d.texts(value, field),
                "env" => args.env = d.text(value, field),
                "options" => args.options = Some(GeneratorOptions::read(d, value)),
                _ => args.secret_type = d.text(value, field),
            },
        );
        args
    }
}

impl GeneratorOptions {
    pub(super) fn read(d: &mut Decoder, node: &Node) -> Self {
        let mut options = GeneratorOptions::default();
        let fields = [
            "labels",
            "annotations",
            "disableNameSuffixHash",
            "immutable",
        ];
        d.object(
            node,
            "GeneratorOptions",
            &fields,
            |d, field, value| match field {
                "labels" => options.labels = d.pairs(value, field),
                "annotations" => options.annotations = d.pairs(value, field),
                "disableNameSuffixHash" => options.disable_name_suffix_hash = d.flag(value, field),
                _ => options.immutable = d.flag(value, field),
            },
        );
        options
    }

    /// Returns these options with the global ones added: what is set there and not here, and every `true`.
    pub(super) fn with_global(mut self, global: &GeneratorOptions) -> Self {
        let add = |own: &mut super::decode::Pairs, more: &super::decode::Pairs| {
            for (key, value) in more {
                if !own.iter().any(|(known, _)| known == key) {
                    own.push((key.clone(), value.clone()));
                }
            }
        };
        add(&mut self.labels, &global.labels);
        add(&mut self.annotations, &global.annotations);
        self.disable_name_suffix_hash |= global.disable_name_suffix_hash;
        self.immutable |= global.immutable;
        self
    }
}

/// Checks an entry of `replacements`, which `replacements` reads.
pub(super) fn replacement(d: &mut Decoder, node: &Node) -> Node {
    let fields = ["path", "source", "sourceValue", "targets"];
    d.object(
        node,
        "ReplacementField",
        &fields,
        |d, field, value| match field {
            "source" => replacement_source(d, value),
            "targets" => drop(d.list(value, field, replacement_target)),
            _ => drop(d.text(value, field)),
        },
    );
    node.clone()
}

fn replacement_source(d: &mut Decoder, node: &Node) {
    let fields = [
        "group",
        "version",
        "kind",
        "name",
        "namespace",
        "fieldPath",
        "options",
    ];
    d.object(
        node,
        "SourceSelector",
        &fields,
        |d, field, value| match field {
            "options" => field_options(d, value),
            _ => drop(d.text(value, field)),
        },
    );
}

fn replacement_target(d: &mut Decoder, node: &Node) {
    let fields = ["select", "reject", "fieldPaths", "options"];
    d.object(
        node,
        "TargetSelector",
        &fields,
        |d, field, value| match field {
            "select" => selector(d, value),
            "reject" => drop(d.list(value, field, selector)),
            "fieldPaths" => drop(d.texts(value, field)),
            _ => field_options(d, value),
        },
    );
}

fn field_options(d: &mut Decoder, node: &Node) {
    let fields = ["delimiter", "index", "encoding", "create"];
    d.object(
        node,
        "FieldOptions",
        &fields,
        |d, field, value| match field {
            "index" => drop(d.integer(value, field)),
            "create" => drop(d.flag(value, field)),
            _ => drop(d.text(value, field)),
        },
    );
}

fn selector(d: &mut Decoder, node: &Node) {
    d.object(node, "Selector", &SELECTOR, |d, field, value| {
        drop(d.text(value, field))
    });
}

/// Checks the `metadata` field, of which kustomize makes no use.
pub(super) fn check_metadata(d: &mut Decoder, node: &Node) {
    let fields = ["name", "namespace", "labels", "annotations"];
    d.object(node, "ObjectMeta", &fields, |d, field, value| match field {
        "name" | "namespace" => drop(d.text(value, field)),
        _ => drop(d.pairs(value, field)),
    });
}

/// Reads `openapi`: the path of a schema, and the version of a built-in one.
pub(super) fn openapi(d: &mut Decoder, node: &Node) -> (Text, Text) {
    let pairs = d.pairs(node, "openapi");
    let get = |name: &str| {
        let pair = pairs.iter().find(|(key, _)| key == name);
        pair.map(|(_, text)| text.clone()).unwrap_or_default()
    };
    (get("path"), get("version"))
}

/// Returns the name of a chart.
pub(super) fn chart(node: &Node, field: &str) -> Text {
    Text {
        value: node.text_at(&[field]).unwrap_or_default().into(),
        place: node.place,
        style: ScalarStyle::Plain,
    }
}
