//! Which lists of the built-in kinds merge, and by which keys.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::kustomize::scope;
use crate::manifest::Node;

/// The facts of kyaml 0.21's embedded OpenAPI (Kubernetes 1.21): every list with patch strategy `merge` and the way to
/// it, one field a line.
static FACTS: &str = include_str!("schema.tsv");

/// How a list merges.
#[derive(Debug)]
pub(super) struct List {
    /// The fields that identify an element; none for a list of scalars such as `finalizers`.
    pub(super) keys: Vec<&'static str>,
}

#[derive(Debug)]
pub(super) struct Field {
    name: &'static str,
    /// The type of the value, or of the items.
    value: Option<&'static str>,
    list: Option<List>,
}

type Types = HashMap<&'static str, Vec<Field>>;

/// What is known of the node at hand. Unknown is not the same as known to be of no interest: an object of unknown type
/// may name its own type.
#[derive(Clone, Copy, Debug)]
pub(super) enum Schema {
    Unknown,
    Known {
        fields: &'static [Field],
        list: Option<&'static List>,
    },
}

impl Schema {
    /// Returns the schema of the field `name`. Fields of no interest for merging count as unknown.
    pub(super) fn field(self, name: &str) -> Schema {
        let Schema::Known { fields, list: None } = self else {
            return Schema::Unknown;
        };
        let Some(field) = fields.iter().find(|f| f.name == name) else {
            return Schema::Unknown;
        };
        Schema::Known {
            fields: fields_of(field.value),
            list: field.list.as_ref(),
        }
    }

    /// Returns how this list merges, and the schema of its elements; nothing for a list that is replaced.
    pub(super) fn elements(self) -> Option<(&'static List, Schema)> {
        let Schema::Known {
            fields,
            list: Some(list),
        } = self
        else {
            return None;
        };
        Some((list, Schema::Known { fields, list: None }))
    }

    /// Returns the schema that the nodes name themselves by `apiVersion` and `kind`, if nothing better is known.
    pub(super) fn or_named_by<'a>(self, nodes: impl IntoIterator<Item = &'a Node>) -> Schema {
        match self {
            Schema::Known { .. } => self,
            Schema::Unknown => nodes
                .into_iter()
                .find_map(named_by)
                .unwrap_or(Schema::Unknown),
        }
    }
}

fn named_by(node: &Node) -> Option<Schema> {
    let field = |name| node.get(name).filter(|n| !n.is_null())?.text();
    let (api_version, kind) = (field("apiVersion")?, field("kind")?);
    let schema = scope::schema_type(api_version, kind)?;
    Some(Schema::Known {
        fields: fields_of(Some(schema)),
        list: None,
    })
}

fn fields_of(name: Option<&'static str>) -> &'static [Field] {
    static TYPES: OnceLock<Types> = OnceLock::new();
    let types = TYPES.get_or_init(read);
    name.and_then(|n| types.get(n)).map_or(&[], Vec::as_slice)
}

fn read() -> Types {
    let mut types = Types::new();
    for line in FACTS.lines().skip(1) {
        let mut columns = line.split('\t');
        let (Some(owner), Some(name)) = (columns.next(), columns.next()) else {
            continue;
        };
        let value = columns.next().filter(|v| !v.is_empty());
        let list = columns.next().and_then(|c| c.strip_prefix("merge:"));
        types.entry(owner).or_default().push(Field {
            name,
            value,
            list: list.map(|keys| List {
                keys: keys.split(',').filter(|k| !k.is_empty()).collect(),
            }),
        });
    }
    types
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(api_version: &str, kind: &str) -> Schema {
        let mut node = Node::mapping();
        node.set("apiVersion", Node::string(api_version));
        node.set("kind", Node::string(kind));
        Schema::Unknown.or_named_by([&node])
    }

    fn keys(schema: Schema, path: &[&str]) -> Option<Vec<&'static str>> {
        let found = path.iter().fold(schema, |s, name| match *name {
            "[]" => s.elements().map_or(Schema::Unknown, |(_, e)| e),
            name => s.field(name),
        });
        found.elements().map(|(list, _)| list.keys.clone())
    }

    #[test]
    fn merge_keys_of_built_in_kinds() {
        let deployment = object("apps/v1", "Deployment");
        let pod = ["spec", "template", "spec"];
        let at = |rest: &[&str]| keys(deployment, &[&pod[..], rest].concat());
        assert_eq!(at(&["containers"]), Some(vec!["name"]));
        assert_eq!(
            at(&["containers", "[]", "ports"]),
            Some(vec!["containerPort", "protocol"])
        );
        assert_eq!(at(&["tolerations"]), None);
        assert_eq!(keys(deployment, &["metadata", "finalizers"]), Some(vec![]));
        let service = object("v1", "Service");
        assert_eq!(
            keys(service, &["spec", "ports"]),
            Some(vec!["port", "protocol"])
        );
        let unknown = object("example.org/v1", "Deployment");
        assert_eq!(keys(unknown, &["metadata", "finalizers"]), None);
    }

    #[test]
    fn every_type_named_is_there() {
        let types = read();
        for field in types.values().flatten() {
            assert!(
                field.value.is_none_or(|v| types.contains_key(v)),
                "{field:?}"
            );
        }
    }
}
