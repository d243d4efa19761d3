//! Clusters: the units that start at one root, and the objects that they apply together.

use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;

use super::generator::folder;
use super::object::{ObjectRef, SOURCE_GROUP, is, is_kustomization, kind};
use super::roots::{self, Declared, Root};
use super::source_view::SourceView;
use super::substitution::Variables;
use super::unit::{Applied, SourceOf, Unit, Unseen};
use crate::manifest::{Node, Tree};

/// What one cluster applies from this repository.
pub struct Cluster<'t> {
    /// The last part of its root's path, or empty.
    pub name: String,
    /// Its units; parents come before their children.
    pub units: Vec<Unit>,
    /// The repository as its source shows it.
    pub view: SourceView<'t>,
    source: Option<SourceRef>,
    urls: Vec<String>,
}

/// All clusters of a repository.
pub struct Model<'t> {
    /// The files.
    pub tree: &'t Tree,
    /// The clusters, by the path of their root.
    pub clusters: Vec<Cluster<'t>>,
    /// Whether a bootstrap or a FluxInstance was found, rather than Flux Kustomizations alone.
    pub bootstrapped: bool,
    /// The files, by path, that some unit reads.
    pub reached: HashSet<std::sync::Arc<str>>,
}

/// A source, as `sourceRef` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SourceRef {
    kind: String,
    id: ObjectRef,
}

/// Deeper nesting of Flux Kustomizations is no real repository.
const MAX_LEVELS: usize = 24;

impl<'t> Model<'t> {
    /// Renders everything that Flux would apply from `tree`. `remote` is the URL of git's remote, if known.
    pub fn of(tree: &'t Tree, remote: Option<&str>) -> Self {
        let roots = roots::bootstrapped(tree);
        let bootstrapped = !roots.is_empty();
        let mut clusters: Vec<Cluster<'t>> = roots
            .into_par_iter()
            .map(|root| Cluster::of_root(tree, root, remote))
            .collect();
        let unclaimed = unclaimed(tree, &clusters);
        clusters.extend(without_bootstrap(tree, unclaimed, &clusters, remote));
        clusters.sort_by(|a, b| a.name.cmp(&b.name));
        let files = clusters
            .iter()
            .flat_map(|c| &c.units)
            .flat_map(|u| &u.files);
        let reached = files.map(|f| f.path.clone()).collect();
        Model {
            tree,
            clusters,
            bootstrapped,
            reached,
        }
    }

    /// Tells whether some unit applies or reads the file at `path`.
    pub fn is_reached(&self, path: &str) -> bool {
        self.reached.contains(path)
    }
}

/// Returns the Flux Kustomizations whose file no unit reads.
fn unclaimed(tree: &Tree, clusters: &[Cluster<'_>]) -> Vec<Declared> {
    let reached: HashSet<&str> = clusters
        .iter()
        .flat_map(|c| &c.units)
        .flat_map(|u| &u.files)
        .map(|f| f.path.as_ref())
        .collect();
    let mut declared = roots::declared(tree);
    declared.retain(|d| !reached.contains(d.origin.path.as_str()));
    declared
}

/// Makes clusters of Flux Kustomizations that nobody applies. Beside bootstrapped clusters only those count whose folder
/// stands where a cluster's does (`clusters/<name>/`): the rest is parked.
fn without_bootstrap<'t>(
    tree: &'t Tree,
    declared: Vec<Declared>,
    known: &[Cluster<'_>],
    remote: Option<&str>,
) -> Vec<Cluster<'t>> {
    let parents: HashSet<String> = known
        .iter()
        .filter_map(Cluster::folder_of_clusters)
        .collect();
    let mut groups: BTreeMap<String, Vec<Declared>> = BTreeMap::new();
    for item in declared {
        let path = item.origin.path.to_string();
        let group = if known.is_empty() {
            cluster_folder(&path).unwrap_or_default()
        } else {
            let Some(group) = parents.iter().find_map(|parent| child_of(&path, parent)) else {
                continue;
            };
            if known
                .iter()
                .any(|c| c.units.first().is_some_and(|u| u.path.starts_with(&group)))
            {
                continue;
            }
            group
        };
        groups.entry(group).or_default().push(item);
    }
    groups
        .into_par_iter()
        .filter_map(|(group, items)| Cluster::of_declared(tree, &group, items, remote))
        .collect()
}

/// Returns `clusters/<name>` of a path that has such a part, with what stands before it.
fn cluster_folder(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    let at = parts.iter().position(|p| *p == "clusters")?;
    (at + 2 < parts.len()).then(|| parts[..at + 2].join("/"))
}

fn child_of(path: &str, parent: &str) -> Option<String> {
    let (child, rest) = path
        .strip_prefix(parent)?
        .strip_prefix('/')?
        .split_once('/')?;
    (!rest.is_empty()).then(|| format!("{parent}/{child}"))
}

impl<'t> Cluster<'t> {
    fn of_root(tree: &'t Tree, root: Root, remote: Option<&str>) -> Self {
        let mut cluster = Cluster {
            name: last_part(&folder(
                root.kustomization
                    .text_at(&["spec", "path"])
                    .unwrap_or_default(),
            )),
            units: Vec::new(),
            view: SourceView::new(tree, root.ignore.as_deref()),
            source: Some(source_ref(&root.kustomization)),
            urls: root
                .url
                .iter()
                .map(String::as_str)
                .chain(remote)
                .map(normalized_url)
                .collect(),
        };
        cluster.render(vec![Unit::new(
            root.kustomization,
            root.origin,
            None,
            SourceOf::Here,
        )]);
        cluster.render_patched_root();
        cluster
    }

    /// Makes a cluster of Flux Kustomizations that stand in files which no unit reads; those that one of them applies
    /// are not its roots.
    fn of_declared(
        tree: &'t Tree,
        group: &str,
        items: Vec<Declared>,
        remote: Option<&str>,
    ) -> Option<Self> {
        let make = |roots: &[&Declared]| {
            let mut cluster = Cluster {
                name: last_part(group),
                units: Vec::new(),
                view: SourceView::new(tree, None),
                source: None,
                urls: remote.map(normalized_url).into_iter().collect(),
            };
            let unit = |d: &&Declared| {
                Unit::new(d.node.clone(), Some(d.origin.clone()), None, SourceOf::Here)
            };
            cluster.render(roots.iter().map(unit).collect());
            cluster
        };
        let all: Vec<&Declared> = items.iter().collect();
        let probe = make(&all);
        let own = |d: &Declared, unit: &Unit| unit.origin.as_ref() == Some(&d.origin);
        let read_by_others = |d: &Declared| {
            probe.units.iter().any(|u| {
                !own(d, u)
                    && u.files
                        .iter()
                        .any(|f| f.path.as_ref() == d.origin.path.as_str())
            })
        };
        let roots: Vec<&Declared> = all.iter().copied().filter(|d| !read_by_others(d)).collect();
        if roots.len() == all.len() {
            return Some(probe);
        }
        // Two that apply each other leave none: then all of them count.
        Some(make(if roots.is_empty() { &all } else { &roots }))
    }

    /// Returns the folder beside whose children this cluster's root stands.
    fn folder_of_clusters(&self) -> Option<String> {
        let root = self.units.first()?;
        let (parent, _) = root.path.rsplit_once('/')?;
        Some(parent.to_owned())
    }

    /// Renders level by level: units whose variables come from a ConfigMap that is not there yet wait for it.
    fn render(&mut self, first: Vec<Unit>) {
        let mut known: HashSet<ObjectRef> = first.iter().map(|u| u.id.clone()).collect();
        let mut pending = first;
        for _ in 0..MAX_LEVELS {
            if pending.is_empty() {
                return;
            }
            let (mut ready, mut waiting): (Vec<Unit>, Vec<Unit>) =
                pending.into_iter().partition(|u| self.variables(u).1);
            if ready.is_empty() {
                ready = std::mem::take(&mut waiting);
            }
            for unit in &mut ready {
                unit.source = self.source_of(&unit.kustomization, unit.parent.is_none());
            }
            let jobs: Vec<(Unit, Variables)> = ready
                .into_iter()
                .map(|u| {
                    let v = self.variables(&u).0;
                    (u, v)
                })
                .collect();
            let view = &self.view;
            let done: Vec<Unit> = jobs
                .into_par_iter()
                .map(|(mut unit, variables)| {
                    if unit.source == SourceOf::Here {
                        unit.render(view, &variables);
                    }
                    unit
                })
                .collect();
            let start = self.units.len();
            self.units.extend(done);
            pending = waiting;
            for index in start..self.units.len() {
                pending.extend(self.children(index, &mut known));
            }
        }
    }

    /// Returns the Flux Kustomizations that a unit applies and that are new.
    fn children(&self, parent: usize, known: &mut HashSet<ObjectRef>) -> Vec<Unit> {
        let Some(unit) = self.units.get(parent) else {
            return Vec::new();
        };
        let applied = unit.objects.iter().filter(|o| is_kustomization(&o.node));
        applied
            .filter_map(|object| {
                let mut node = object.node.clone();
                if node
                    .text_at(&["metadata", "namespace"])
                    .is_none_or(str::is_empty)
                    && let Some(metadata) = node.get_mut("metadata")
                {
                    metadata.set("namespace", Node::string(unit.id.namespace.as_str()));
                }
                let child = Unit::new(
                    node,
                    Some(object.origin.clone()),
                    Some(parent),
                    SourceOf::Here,
                );
                known.insert(child.id.clone()).then_some(child)
            })
            .collect()
    }

    /// A root that applies itself runs as its own kustomization patches it: render it again if that differs.
    fn render_patched_root(&mut self) {
        let Some(root) = self.units.first() else {
            return;
        };
        let own = root
            .objects
            .iter()
            .find(|o| is_kustomization(&o.node) && ObjectRef::of(&o.node) == root.id);
        let Some(own) = own else { return };
        let spec = |node: &Node| {
            node.get("spec")
                .and_then(|s| crate::manifest::to_yaml(s).ok())
        };
        if spec(&own.node) == spec(&root.kustomization) {
            return;
        }
        let unit = Unit::new(
            own.node.clone(),
            Some(own.origin.clone()),
            None,
            SourceOf::Here,
        );
        self.units.clear();
        self.render(vec![unit]);
    }

    /// Returns the variables of a unit, and whether all ConfigMaps that they come from are there.
    fn variables(&self, unit: &Unit) -> (Variables, bool) {
        let mut variables = Variables::default();
        let mut complete = true;
        let Some(post_build) = unit.kustomization.at_path(&["spec", "postBuild"]) else {
            return (variables, true);
        };
        variables.always = post_build.text_at(&["substituteStrategy"]) == Some("Always");
        for reference in post_build
            .get("substituteFrom")
            .and_then(Node::items)
            .unwrap_or_default()
        {
            let name = reference.text_at(&["name"]).unwrap_or_default();
            let of_kind = reference.text_at(&["kind"]).unwrap_or_default();
            let id = ObjectRef::new(unit.id.namespace.as_str(), name);
            match self.find(|node| kind(node) == of_kind && ObjectRef::of(node) == id) {
                Some(object) if of_kind == "ConfigMap" => variables.add_config_map(&object.node),
                Some(object) => variables.add_secret(&object.node),
                None => {
                    variables.open = true;
                    complete &= of_kind != "ConfigMap";
                }
            }
        }
        for entry in post_build
            .get("substitute")
            .and_then(Node::entries)
            .unwrap_or_default()
        {
            variables.set(entry);
        }
        (variables, complete)
    }

    fn find(&self, is_it: impl Fn(&Node) -> bool) -> Option<&Applied> {
        self.units
            .iter()
            .flat_map(|u| &u.objects)
            .find(|o| is_it(&o.node))
    }

    /// Returns the variables that the unit with this index has.
    pub fn variables_of(&self, unit: &Unit) -> Variables {
        self.variables(unit).0
    }

    fn source_of(&self, kustomization: &Node, is_root: bool) -> SourceOf {
        let reference = source_ref(kustomization);
        let path = folder(kustomization.text_at(&["spec", "path"]).unwrap_or_default());
        if self.source.is_none() {
            return self.guessed_source(&reference, &path, is_root);
        }
        match self.source_is_here(&reference.kind, &reference.id) {
            SourceOf::Here => self.revision_of(&reference),
            elsewhere => elsewhere,
        }
    }

    /// Without a bootstrap nothing says which source shows this repository: one that has the unit's folder does, unless
    /// the folder is the root, which every repository has.
    fn guessed_source(&self, reference: &SourceRef, path: &str, is_root: bool) -> SourceOf {
        let SourceRef { kind, id } = reference;
        if !path.is_empty() && self.view.tree().is_dir(path) {
            return SourceOf::Here;
        }
        match roots::declared_source_url(self.view.tree(), kind, id) {
            Some(url) if self.urls.contains(&normalized_url(&url)) => SourceOf::Here,
            Some(url) if id.name != "flux-system" => SourceOf::Elsewhere(url),
            _ if is_root => SourceOf::Here,
            _ => self.source_is_here(kind, id),
        }
    }

    /// Tells whether a source of this repository shows the branch that the root's source shows, or another revision.
    fn revision_of(&self, reference: &SourceRef) -> SourceOf {
        let revision = |reference: &SourceRef| {
            let SourceRef { kind, id } = reference;
            let found =
                self.find(|node| is(node, SOURCE_GROUP, kind) && ObjectRef::of(node) == *id);
            found.map(|object| revision(&object.node))
        };
        let root = self.source.as_ref().and_then(revision);
        match (root, revision(reference)) {
            (Some(root), Some(own)) if root != own => {
                SourceOf::Elsewhere(format!("this repository at {own}"))
            }
            _ => SourceOf::Here,
        }
    }

    /// Tells whether a source shows this repository: the root's own source, or one with the same URL.
    pub fn source_is_here(&self, of_kind: &str, id: &ObjectRef) -> SourceOf {
        let reference = SourceRef {
            kind: of_kind.to_owned(),
            id: id.clone(),
        };
        if self.source.as_ref() == Some(&reference) {
            return SourceOf::Here;
        }
        let found = self.find(|node| is(node, SOURCE_GROUP, of_kind) && ObjectRef::of(node) == *id);
        match found.and_then(|o| o.node.text_at(&["spec", "url"])) {
            Some(url) if self.urls.contains(&normalized_url(url)) => SourceOf::Here,
            Some(_) if self.source.is_none() && self.urls.is_empty() => SourceOf::Here,
            Some(url) => SourceOf::Elsewhere(url.to_owned()),
            None if self.source.is_none() => SourceOf::Here,
            None => SourceOf::Elsewhere(format!("{of_kind} {id}")),
        }
    }

    /// Tells whether the repository holds the cluster's bootstrap, and with it the source of its root.
    pub fn is_bootstrapped(&self) -> bool {
        self.source.is_some()
    }

    /// Tells whether `id` is the source of the root, which a FluxInstance may imply without any file.
    pub fn applies_source(&self, id: &ObjectRef) -> bool {
        self.source
            .as_ref()
            .is_some_and(|s| s.kind == "GitRepository" && s.id == *id)
    }

    /// Returns all objects with the index of their unit.
    pub fn objects(&self) -> impl Iterator<Item = (usize, &Applied)> {
        self.units
            .iter()
            .enumerate()
            .flat_map(|(index, unit)| unit.objects.iter().map(move |o| (index, o)))
    }

    /// Returns the namespaces in which the cluster may hold objects that cannot be seen: those of parts that cannot be
    /// rendered offline, and of units of other repositories.
    pub fn unseen(&self) -> Unseen {
        let mut all = std::collections::BTreeSet::new();
        for unit in &self.units {
            match unit.unseen(&self.view, |source| self.is_foreign(source)) {
                Unseen::Anywhere => return Unseen::Anywhere,
                Unseen::In(namespaces) => all.extend(namespaces),
            }
        }
        Unseen::In(all)
    }

    /// Tells whether a source belongs to another owner than this repository does, as far as their URLs tell.
    fn is_foreign(&self, source: &str) -> bool {
        let is_url = source.contains("://") || source.contains('@');
        is_url
            && !self.urls.is_empty()
            && !self
                .urls
                .iter()
                .any(|own| owner(own) == owner(&normalized_url(source)))
    }

    /// Returns the indices of the units in deploy order: what they depend on and who applies them come first.
    pub fn deploy_order(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.units.len());
        let mut left: Vec<usize> = (0..self.units.len()).collect();
        while !left.is_empty() {
            let (ready, blocked): (Vec<usize>, Vec<usize>) = left
                .iter()
                .copied()
                .partition(|i| self.needs(*i).all(|n| !left.contains(&n)));
            // A cycle never becomes ready; its members follow in the order in which they were found.
            if ready.is_empty() {
                order.extend(blocked);
                break;
            }
            order.extend(ready);
            left = blocked;
        }
        order
    }

    fn needs(&self, index: usize) -> impl Iterator<Item = usize> {
        let unit = self.units.get(index);
        let depends_on = unit
            .and_then(|u| u.kustomization.at_path(&["spec", "dependsOn"]))
            .and_then(Node::items);
        let ids = depends_on.unwrap_or_default().iter().map(move |d| {
            let namespace = d.text_at(&["namespace"]).filter(|n| !n.is_empty());
            let own = unit.map_or("", |u| u.id.namespace.as_str());
            ObjectRef::new(
                namespace.unwrap_or(own),
                d.text_at(&["name"]).unwrap_or_default(),
            )
        });
        let named = ids.filter_map(|id| self.units.iter().position(|u| u.id == id));
        named
            .chain(unit.and_then(|u| u.parent))
            .filter(move |n| *n != index)
            .collect::<Vec<_>>()
            .into_iter()
    }
}

fn source_ref(kustomization: &Node) -> SourceRef {
    let field = |key| {
        kustomization
            .text_at(&["spec", "sourceRef", key])
            .filter(|t| !t.is_empty())
    };
    let own = kustomization
        .text_at(&["metadata", "namespace"])
        .unwrap_or_default();
    SourceRef {
        kind: field("kind").unwrap_or("GitRepository").to_owned(),
        id: ObjectRef::new(
            field("namespace").unwrap_or(own),
            field("name").unwrap_or_default(),
        ),
    }
}

/// Returns what of a git repository a source shows; a source without a branch is taken for one of the default branch.
fn revision(source: &Node) -> String {
    let field = |key| {
        source
            .text_at(&["spec", "ref", key])
            .filter(|t| !t.is_empty())
    };
    let pinned = ["commit", "name", "semver", "tag"];
    match pinned.into_iter().find_map(field) {
        Some(pinned) => pinned.to_owned(),
        None => match field("branch") {
            None | Some("main" | "master") => "the default branch".to_owned(),
            Some(branch) => format!("the branch {branch}"),
        },
    }
}

fn last_part(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Returns host and path of a git URL, so that ssh and https spellings of one repository agree.
fn normalized_url(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let rest = rest.trim_end_matches('/').trim_end_matches(".git");
    rest.replacen(':', "/", 1).to_lowercase()
}

/// Returns host and owner of a normalized URL.
fn owner(url: &str) -> &str {
    url.match_indices('/')
        .nth(1)
        .and_then(|(at, _)| url.get(..at))
        .unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_one_repository_agree() {
        let same = [
            "https://github.com/me/home.git",
            "ssh://git@github.com/me/home",
            "git@github.com:me/home.git",
        ];
        assert!(
            same.iter()
                .all(|url| normalized_url(url) == "github.com/me/home")
        );
    }

    const SYNC: &str = "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: https://github.com/me/home, ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: clusters/a, sourceRef: {kind: GitRepository, name: flux-system}}
";

    fn tenant(url: &str, branch: &str, path: &str) -> String {
        format!(
            "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: team, namespace: flux-system}}
spec: {{url: {url}, ref: {{branch: {branch}}}}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: team, namespace: flux-system}}
spec: {{path: {path}, sourceRef: {{kind: GitRepository, name: team}}}}
"
        )
    }

    fn source_of_team(files: &[(&str, &str)]) -> SourceOf {
        let tree = Tree::of_texts(files.iter().copied());
        let model = Model::of(&tree, None);
        let mut units = model.clusters.iter().flat_map(|c| &c.units);
        let team = units
            .find(|u| u.id.name == "team")
            .map(|u| u.source.clone());
        team.expect("the unit is there")
    }

    #[test]
    fn a_source_with_another_branch_is_elsewhere() {
        let of = |url, branch| {
            let team = tenant(url, branch, "./apps");
            source_of_team(&[
                ("clusters/a/flux-system/gotk-sync.yaml", SYNC),
                ("clusters/a/team.yaml", &team),
            ])
        };
        assert_eq!(of("ssh://git@github.com/me/home", "main"), SourceOf::Here);
        let here = "https://github.com/me/home";
        assert!(matches!(of(here, "team"), SourceOf::Elsewhere(_)));
        let there = "https://github.com/you/home";
        assert!(matches!(of(there, "main"), SourceOf::Elsewhere(_)));
    }

    #[test]
    fn without_a_bootstrap_the_folder_tells_the_source() {
        let of = |path| {
            let team = tenant("https://example.com/charts", "main", path);
            source_of_team(&[("ks/team.yaml", &team), ("apps/a.yaml", "")])
        };
        assert_eq!(of("./apps"), SourceOf::Here);
        assert!(matches!(of("./"), SourceOf::Elsewhere(_)));
    }

    #[test]
    fn clusters_are_told_apart_by_their_folder() {
        assert_eq!(
            cluster_folder("clusters/a/apps.yaml").as_deref(),
            Some("clusters/a")
        );
        assert_eq!(
            cluster_folder("x/clusters/b/c/ks.yaml").as_deref(),
            Some("x/clusters/b")
        );
        assert_eq!(cluster_folder("clusters/ks.yaml"), None);
        assert_eq!(
            child_of("clusters/b/x.yaml", "clusters").as_deref(),
            Some("clusters/b")
        );
    }
}
