//! How a Flux Kustomization is written: its fields, what it waits for, and the comment above it.

use crate::manifest::{Document, Node, Place, SourceFile, to_yaml};

use super::learnt::{Learnt, Siblings};
use super::sibling::{Sibling, placed};

/// The fields of a Flux Kustomization as written. `None` in a value means that the field is left out; `{name}` stands for
/// the name of the service.
#[derive(Clone, Debug, Default)]
pub struct UnitFields {
    /// `metadata.name`.
    pub name: Option<Learnt<Option<String>>>,
    /// `metadata.namespace`.
    pub namespace: Option<Learnt<Option<String>>>,
    /// `spec.path`.
    pub path: Option<Learnt<Option<String>>>,
    /// `spec.interval`.
    pub interval: Option<Learnt<Option<String>>>,
    /// `spec.retryInterval`.
    pub retry_interval: Option<Learnt<Option<String>>>,
    /// `spec.timeout`.
    pub timeout: Option<Learnt<Option<String>>>,
    /// `spec.prune`.
    pub prune: Option<Learnt<Option<String>>>,
    /// `spec.wait`.
    pub wait: Option<Learnt<Option<String>>>,
    /// `spec.targetNamespace`.
    pub target_namespace: Option<Learnt<Option<String>>>,
    /// `spec.sourceRef`, as YAML.
    pub source: Option<Learnt<Option<String>>>,
    /// `spec.decryption`, as YAML.
    pub decryption: Option<Learnt<Option<String>>>,
    /// `spec.commonMetadata`, as YAML.
    pub common_metadata: Option<Learnt<Option<String>>>,
    /// `spec.postBuild`, as YAML.
    pub post_build: Option<Learnt<Option<String>>>,
    /// What the siblings wait for, the most frequent first.
    pub depends_on: Vec<Learnt<Dependency>>,
    /// The numbered comment above each document.
    pub numbered: Option<Learnt<Numbered>>,
}

/// A Flux Kustomization to wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// Its namespace, if it is written.
    pub namespace: Option<String>,
}

/// A comment such as `# 7. romm - game library`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// The largest number in the file.
    pub last: u32,
    /// What stands between number and name: `. `.
    pub before: String,
    /// Whether the name begins with a capital letter, as in `Uptime Kuma`.
    pub is_title: bool,
    /// What stands between name and description: ` - `; empty where there is none.
    pub between: String,
}

impl UnitFields {
    pub(super) fn learn(circle: &Siblings<'_>) -> Self {
        let scalar = |path: &[&str]| circle.learn(|s| field(s, path, scalar));
        let yaml = |path: &[&str]| circle.learn(|s| field(s, path, yaml));
        UnitFields {
            name: scalar(&["metadata", "name"]),
            namespace: scalar(&["metadata", "namespace"]),
            path: scalar(&["spec", "path"]),
            interval: scalar(&["spec", "interval"]),
            retry_interval: scalar(&["spec", "retryInterval"]),
            timeout: scalar(&["spec", "timeout"]),
            prune: scalar(&["spec", "prune"]),
            wait: scalar(&["spec", "wait"]),
            target_namespace: scalar(&["spec", "targetNamespace"]),
            source: yaml(&["spec", "sourceRef"]),
            decryption: yaml(&["spec", "decryption"]),
            common_metadata: yaml(&["spec", "commonMetadata"]),
            post_build: yaml(&["spec", "postBuild"]),
            depends_on: depends_on(circle),
            numbered: circle.learn(numbered),
        }
    }
}

fn scalar(node: &Node) -> Option<String> {
    placed(node).map(|(text, _)| text)
}

fn yaml(node: &Node) -> Option<String> {
    to_yaml(node).ok()
}

/// Asks for a field that the sibling's Flux Kustomization may leave out.
fn field(
    sibling: &Sibling<'_>,
    path: &[&str],
    read: impl Fn(&Node) -> Option<String>,
) -> Option<(Option<String>, Place)> {
    let (_, _, unit) = sibling.unit()?;
    let node = unit.at_path(path);
    let text = node.and_then(read).map(|text| sibling.pattern(&text));
    Some((text, node.map_or(unit.place, |n| n.place)))
}

fn depends_on(circle: &Siblings<'_>) -> Vec<Learnt<Dependency>> {
    let mut found: Vec<Learnt<Dependency>> = Vec::new();
    let units = circle.siblings.iter().filter_map(Sibling::unit);
    let of = units.clone().count();
    for (file, _, unit) in units {
        let list = unit.at_path(&["spec", "dependsOn"]).and_then(Node::items);
        for item in list.unwrap_or_default() {
            let Some(name) = item.text_at(&["name"]) else {
                continue;
            };
            let dependency = Dependency {
                name: name.to_owned(),
                namespace: item.text_at(&["namespace"]).map(str::to_owned),
            };
            match found.iter_mut().find(|known| known.value == dependency) {
                Some(known) => known.agree += 1,
                None => found.push(Learnt {
                    value: dependency,
                    from: file.location(item.place.span),
                    agree: 1,
                    of,
                }),
            }
        }
    }
    found.sort_by_key(|usual| std::cmp::Reverse(usual.agree));
    found
}

fn numbered(sibling: &Sibling<'_>) -> Option<(Numbered, Place)> {
    let (file, document, _) = sibling.unit()?;
    let (mut comment, place) = heading(file, document)?;
    let others = file.documents.iter().filter_map(|d| heading(file, d));
    comment.last = others.map(|(c, _)| c.last).max().unwrap_or(comment.last);
    Some((comment, place))
}

/// Returns the numbered comment between the start of a document and its content.
fn heading(file: &SourceFile, document: &Document) -> Option<(Numbered, Place)> {
    let root = document.root.as_ref()?;
    let before = document.span.start..root.place.span.start;
    let from = file
        .comments
        .partition_point(|c| c.span.start < before.start);
    let comments = file.comments.get(from..)?.iter();
    let mut above = comments.take_while(|c| c.span.start < before.end);
    above.find_map(|c| Some((parse_numbered(file.slice(c.span))?, file.place(c.span))))
}

fn parse_numbered(comment: &str) -> Option<Numbered> {
    let text = comment.trim_start_matches('#').trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, rest) = text.split_at_checked(digits)?;
    let last = number.parse().ok()?;
    let name = rest.find(char::is_alphanumeric)?;
    let (before, rest) = rest.split_at_checked(name)?;
    let between = [" - ", " – ", " — ", ": "]
        .into_iter()
        .find(|dash| rest.contains(dash));
    Some(Numbered {
        last,
        before: before.to_owned(),
        is_title: rest.starts_with(char::is_uppercase),
        between: between.unwrap_or_default().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_comments_are_read() {
        let numbered = |last, before: &str, is_title, between: &str| {
            Some(Numbered {
                last,
                before: before.into(),
                is_title,
                between: between.into(),
            })
        };
        assert_eq!(
            parse_numbered("# 12. Romm - games"),
            numbered(12, ". ", true, " - ")
        );
        assert_eq!(parse_numbered("# 3) romm"), numbered(3, ") ", false, ""));
        assert_eq!(parse_numbered("# romm - games"), None);
        assert_eq!(parse_numbered("# 12"), None);
    }
}
