//! How kustomization files list what there is.

use crate::manifest::{Node, Place, SourceFile};
use crate::scaffold::layout::{Registration, Role};
use crate::scaffold::names::{dir, is_within};

use super::learnt::{Learnt, Siblings};
use super::sibling::{Sibling, root};

/// How the entries of a list follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By text.
    Sorted,
    /// In order of time.
    Appended,
}

/// How kustomization files are written.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    /// The order of the list in which services are registered.
    pub order: Option<Learnt<Order>>,
    /// The entry of a service in that list, with `{name}` for its name: `./{name}/ks.yaml`.
    pub entry: Option<Learnt<String>>,
    /// Whether a service's own kustomization file sets `namespace`.
    pub namespace: Option<Learnt<bool>>,
    /// Whether its entries begin with `./`.
    pub dot_slash: Option<Learnt<bool>>,
    /// What its entries are, in order.
    pub roles: Option<Learnt<Vec<Role>>>,
    /// The keys of a service's own kustomization file, in order.
    pub keys: Option<Learnt<Vec<String>>>,
}

impl Lists {
    pub(super) fn learn(circle: &Siblings<'_>) -> Self {
        Lists {
            order: circle.learn(|s| order(circle, s)),
            entry: circle.learn(|s| entry(circle, s)),
            namespace: circle.learn(|s| own(s, |root| Some(root.get("namespace").is_some()))),
            dot_slash: circle.learn(|s| own(s, dot_slash)),
            roles: circle.learn_order(roles),
            keys: circle.learn_order(|s| own(s, keys)),
        }
    }
}

/// Returns the file and the entry that registers a sibling.
fn registered(
    circle: &Siblings<'_>,
    sibling: &Sibling<'_>,
) -> Option<(std::sync::Arc<SourceFile>, &'static str, Place)> {
    sibling.service.registrations.iter().find_map(|r| match r {
        Registration::Entry { file, list, place } => {
            Some((circle.tree.source(file)?, *list, *place))
        }
        _ => None,
    })
}

fn order(circle: &Siblings<'_>, sibling: &Sibling<'_>) -> Option<(Order, Place)> {
    let (file, list, place) = registered(circle, sibling)?;
    let items = file.documents.iter().find_map(root)?.get(list)?.items()?;
    let texts: Vec<&str> = items
        .iter()
        .filter_map(Node::text)
        .map(|t| t.trim_start_matches("./"))
        .filter(|t| !dir(t).is_empty() || !t.starts_with("namespace."))
        .collect();
    // A list of one or two tells nothing.
    let order = match texts.is_sorted() {
        _ if texts.len() < 3 => return None,
        true => Order::Sorted,
        false => Order::Appended,
    };
    Some((order, place))
}

fn entry(circle: &Siblings<'_>, sibling: &Sibling<'_>) -> Option<(String, Place)> {
    let (file, _, place) = registered(circle, sibling)?;
    let text = file.slice(place.span).trim_matches(['"', '\'']);
    Some((sibling.pattern(text), place))
}

/// Asks the sibling's own kustomization file.
fn own<T>(sibling: &Sibling<'_>, ask: impl Fn(&Node) -> Option<T>) -> Option<(T, Place)> {
    let mut files = sibling.with(Role::Kustomization);
    let file = files.find(|f| sibling.is_own(&f.source.path))?;
    let root = file.source.documents.iter().find_map(root)?;
    Some((ask(root)?, file.start()))
}

fn dot_slash(root: &Node) -> Option<bool> {
    let items = root.get("resources")?.items()?;
    let own = items
        .iter()
        .filter_map(Node::text)
        .filter(|t| !t.starts_with(".."));
    let mut own = own.filter(|t| !t.contains("://"));
    Some(own.next()?.starts_with("./"))
}

fn keys(root: &Node) -> Option<Vec<String>> {
    let keys = root.entries()?.iter().filter_map(|e| e.key.text());
    Some(keys.map(str::to_owned).collect())
}

fn roles(sibling: &Sibling<'_>) -> Option<(Vec<Role>, Place)> {
    let mut files = sibling.with(Role::Kustomization);
    let file = files.find(|f| sibling.is_own(&f.source.path))?;
    let root = file.source.documents.iter().find_map(root)?;
    let folder = dir(&file.source.path);
    let mut found: Vec<Role> = Vec::new();
    for item in root
        .get("resources")?
        .items()?
        .iter()
        .filter_map(Node::text)
    {
        let Some(path) = crate::kustomize::join(folder, item) else {
            continue;
        };
        let part = sibling
            .service
            .parts
            .iter()
            .find(|p| is_within(&p.path, &path));
        for role in part.iter().flat_map(|p| &p.roles) {
            if !found.contains(role) {
                found.push(*role);
            }
        }
    }
    (!found.is_empty()).then_some((found, file.start()))
}
