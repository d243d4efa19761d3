//! The lists of claims that CronJobs back up: `PVCS="ns_claim ns_claim ..."` in their shell scripts.

use std::collections::HashSet;
use std::ops::Range;

use crate::flux::{Cluster, Model, kind};
use crate::manifest::{Location, Node, Route};
use crate::scaffold::plan::{Draft, PlanError};
use crate::scaffold::spec::{Placement, ServiceSpec, Workload};

use super::spot::{Spot, each_value, files_with, is_literal};

/// What stands between namespace and claim.
const JOINTS: [char; 3] = ['_', '/', ':'];

/// All lists of claims of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backups {
    /// The lists.
    pub lists: Vec<BackupList>,
}

/// One list of claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupList {
    /// The name of its CronJob.
    pub cronjob: String,
    /// Where it stands.
    pub location: Location,
    /// The nodes that it runs on, if only some; empty where any may be.
    pub nodes: Vec<String>,
    /// The role of the nodes that it runs on (`node-role.kubernetes.io/ROLE`).
    pub role: Option<String>,
    script: Spot,
    variable: String,
    joint: char,
}

impl Backups {
    /// Finds the lists that the cluster with this index applies; a list names a claim that is applied as well.
    pub fn find(model: &Model<'_>, cluster: usize) -> Option<Self> {
        let cluster = model.clusters.get(cluster)?;
        let claims = claims(cluster);
        let mut lists = Vec::new();
        for source in files_with(cluster, model.tree, &["CronJob"]) {
            for (index, document) in source.documents.iter().enumerate() {
                let Some(root) = document.root.as_ref().filter(|r| kind(r) == "CronJob") else {
                    continue;
                };
                each_value_or_item(root, |route, node| {
                    let spot = Spot::of(&source, index, route.clone(), node);
                    let Some(inner) = spot.read(&source) else {
                        return;
                    };
                    for list in assignments(&inner.source.text) {
                        let words = list.words(&inner.source.text);
                        let Some(joint) = joint(&words, &claims) else {
                            continue;
                        };
                        let span = crate::manifest::Span::new(list.name.start, list.body.end);
                        let (nodes, role) = nodes_of(root);
                        lists.push(BackupList {
                            cronjob: root
                                .text_at(&["metadata", "name"])
                                .unwrap_or_default()
                                .to_owned(),
                            location: inner.location(span),
                            nodes,
                            role,
                            variable: inner
                                .source
                                .text
                                .get(list.name.clone())
                                .unwrap_or_default()
                                .to_owned(),
                            joint,
                            script: spot.clone(),
                        });
                    }
                });
            }
        }
        (!lists.is_empty()).then_some(Backups { lists })
    }

    /// Returns the list that the claims of a service belong to: the only one whose CronJob runs on the service's node,
    /// or the only one of all if its CronJob runs on any node.
    pub fn choose(&self, spec: &ServiceSpec) -> Option<&BackupList> {
        let on_node = |list: &&BackupList| match &spec.placement {
            Some(Placement::Node(node)) => matches!(list.nodes.as_slice(), [only] if only == node),
            Some(Placement::Prefer(role)) => {
                list.nodes.is_empty() && list.role.as_ref() == Some(role)
            }
            None => false,
        };
        let anywhere = |list: &&BackupList| list.nodes.is_empty() && list.role.is_none();
        let mut fitting = self.lists.iter().filter(on_node);
        match (fitting.next(), fitting.next(), self.lists.as_slice()) {
            (Some(list), None, _) => Some(list),
            (None, _, [list]) if anywhere(&list) => Some(list),
            _ => None,
        }
    }

    /// Adds the claims of a service to the list of `cronjob`, else to the one that fits; returns what is worth knowing.
    /// `claims` are the names of the PersistentVolumeClaims, as [`claim_names`] tells for plain manifests.
    ///
    /// # Errors
    /// There is no such CronJob, or its script is not as it was.
    pub fn plan(
        &self,
        draft: &mut Draft<'_>,
        spec: &ServiceSpec,
        claims: &[String],
        cronjob: Option<&str>,
    ) -> Result<Vec<String>, PlanError> {
        if claims.is_empty() {
            return Ok(Vec::new());
        }
        let list =
            match cronjob {
                Some(name) => Some(self.lists.iter().find(|l| l.cronjob == name).ok_or_else(
                    || {
                        PlanError::Other(format!(
                            "no CronJob `{name}` has a list of claims, but {}",
                            self.names()
                        ))
                    },
                )?),
                None => self.choose(spec),
            };
        let Some(list) = list else {
            return Ok(vec![format!(
                "the claims are in no backup yet: nothing tells which node they will be on; the lists are {}",
                self.names()
            )]);
        };
        let mut notes = Vec::new();
        for claim in claims {
            let word = format!("{}{}{claim}", spec.namespace, list.joint);
            if !list.add(draft, &word)? {
                notes.push(format!(
                    "{word} is in the backup of {} already",
                    list.cronjob
                ));
            }
        }
        Ok(notes)
    }

    fn names(&self) -> String {
        let name = |list: &BackupList| {
            let on = match (list.nodes.as_slice(), &list.role) {
                ([], None) => String::new(),
                ([], Some(role)) => format!(" on {role}"),
                (nodes, _) => format!(" on {}", nodes.join(", ")),
            };
            let Location { file, line, .. } = &list.location;
            format!("{}{on} ({file}:{line})", list.cronjob)
        };
        let names: Vec<String> = self.lists.iter().map(name).collect();
        names.join(", ")
    }
}

impl BackupList {
    /// Adds a word behind the last one; false if it is there already.
    fn add(&self, draft: &mut Draft<'_>, word: &str) -> Result<bool, PlanError> {
        let inner = self.script.read_draft(draft)?;
        let text = inner.source.text.as_ref();
        let is_it = |list: &Assignment| text.get(list.name.clone()) == Some(&self.variable);
        let list = assignments(text).into_iter().find(is_it);
        let list = list.ok_or_else(|| PlanError::Missing(self.script.path.clone()))?;
        if list.words(text).contains(&word) {
            return Ok(false);
        }
        let (at, gap) = list.end(text);
        let (head, tail) = text.split_at_checked(at).unwrap_or((text, ""));
        self.script
            .set_text(draft, &format!("{head}{gap}{word}{tail}"))?;
        Ok(true)
    }
}

/// Returns the names of the claims that plain manifests of a service make: `NAME-CLAIM`, for a StatefulSet those of its
/// first pod.
pub fn claim_names(spec: &ServiceSpec) -> Vec<String> {
    let claims = spec.claims.iter().map(|claim| match spec.workload {
        Workload::StatefulSet => format!("{}-{}-0", claim.name, spec.name),
        _ => format!("{}-{}", spec.name, claim.name),
    });
    claims.collect()
}

/// `NAME="words"` or `NAME=(words)` in a script.
struct Assignment {
    name: Range<usize>,
    /// Between the quotes or brackets.
    body: Range<usize>,
}

impl Assignment {
    fn words<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let body = text.get(self.body.clone()).unwrap_or_default();
        let words = body.split_whitespace().filter(|word| *word != "\\");
        words.map(|word| word.trim_matches(['"', '\''])).collect()
    }

    /// Returns where a new word goes, and what stands before it: what stands before the last one.
    fn end(&self, text: &str) -> (usize, String) {
        let body = text.get(self.body.clone()).unwrap_or_default();
        let is_gap = |c: char| c.is_whitespace() || c == '\\';
        let used = body.trim_end_matches(is_gap);
        let last = used.rfind(is_gap).map_or(0, |at| at + 1);
        let before = used.get(..last).unwrap_or_default();
        let start = before.trim_end_matches(is_gap).len();
        let gap = before.get(start..).unwrap_or_default();
        // The first of several words on a line of their own stands behind the quote, not behind a word.
        let gap = if start == 0 && !gap.contains('\n') {
            ""
        } else {
            gap
        };
        let gap = if gap.is_empty() { " " } else { gap };
        (self.body.start + used.len(), gap.to_owned())
    }
}

/// Finds the assignments of lists in a shell script.
fn assignments(script: &str) -> Vec<Assignment> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = script.get(at..) {
        let line_end = rest.find('\n').map_or(script.len(), |end| at + end);
        let line = script.get(at..line_end).unwrap_or_default();
        let mut next = line_end + 1;
        if let Some(list) = assignment(script, at, line) {
            next = next.max(list.body.end);
            found.push(list);
        }
        at = next;
    }
    found
}

fn assignment(script: &str, at: usize, line: &str) -> Option<Assignment> {
    let code = line.trim_start();
    let code = ["export ", "readonly ", "local ", "declare -a "]
        .iter()
        .fold(code, |code, word| {
            code.strip_prefix(word).unwrap_or(code).trim_start()
        });
    let (name, _) = code.split_once('=')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(is_name) {
        return None;
    }
    let start = at + line.len() - code.len();
    let open = start + name.len() + 1;
    let close = match script.get(open..)?.chars().next()? {
        quote @ ('"' | '\'') => quote,
        '(' => ')',
        _ => return None,
    };
    let length = script.get(open + 1..)?.find(close)?;
    Some(Assignment {
        name: start..start + name.len(),
        body: open + 1..open + 1 + length,
    })
}

/// Returns what joins namespace and claim in a list that names at least one claim of the cluster.
fn joint(words: &[&str], claims: &HashSet<(String, String)>) -> Option<char> {
    JOINTS.into_iter().find(|joint| {
        words.iter().any(|word| {
            let pair = word.split_once(*joint);
            pair.is_some_and(|(ns, claim)| claims.contains(&(ns.to_owned(), claim.to_owned())))
        })
    })
}

/// Returns the claims that a cluster applies, by namespace and name.
fn claims(cluster: &Cluster<'_>) -> HashSet<(String, String)> {
    let objects = cluster.objects().map(|(_, object)| &object.node);
    let claims = objects.filter(|node| kind(node) == "PersistentVolumeClaim");
    let field = |node: &Node, key| {
        node.text_at(&["metadata", key])
            .unwrap_or_default()
            .to_owned()
    };
    claims
        .map(|node| (field(node, "namespace"), field(node, "name")))
        .collect()
}

/// Calls `visit` for every literal block below a node, in mappings and lists.
fn each_value_or_item<'n>(root: &'n Node, mut visit: impl FnMut(&Route, &'n Node)) {
    each_value(root, |route, _, node| {
        if is_literal(node) {
            visit(route, node);
        }
        for (index, item) in node.items().unwrap_or_default().iter().enumerate() {
            if is_literal(item) {
                let mut route = route.clone();
                route.0.push(crate::manifest::Step::Index(index));
                visit(&route, item);
            }
        }
    });
}

/// Returns the nodes that a CronJob must run on, and their role.
fn nodes_of(cronjob: &Node) -> (Vec<String>, Option<String>) {
    let pod = ["spec", "jobTemplate", "spec", "template", "spec"];
    let Some(pod) = cronjob.at_path(&pod) else {
        return (Vec::new(), None);
    };
    let mut nodes: Vec<String> = Vec::new();
    let mut role = None;
    let direct = pod.text_at(&["nodeName"]);
    nodes.extend(direct.map(str::to_owned));
    for entry in pod
        .get("nodeSelector")
        .and_then(Node::entries)
        .unwrap_or_default()
    {
        let key = entry.key.text().unwrap_or_default();
        if key == HOSTNAME {
            nodes.extend(entry.value.text().map(str::to_owned));
        } else {
            role = Some(key.strip_prefix(ROLE).unwrap_or(key).to_owned());
        }
    }
    let required = [
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
        "nodeSelectorTerms",
    ];
    let terms = pod
        .at_path(&required)
        .and_then(Node::items)
        .unwrap_or_default();
    for expression in terms.iter().flat_map(|t| {
        t.get("matchExpressions")
            .and_then(Node::items)
            .unwrap_or_default()
    }) {
        let key = expression.text_at(&["key"]).unwrap_or_default();
        let values = expression
            .get("values")
            .and_then(Node::items)
            .unwrap_or_default();
        if key == HOSTNAME && expression.text_at(&["operator"]) == Some("In") {
            nodes.extend(values.iter().filter_map(|v| v.text().map(str::to_owned)));
        } else {
            role = Some(key.strip_prefix(ROLE).unwrap_or(key).to_owned());
        }
    }
    (nodes, role)
}

/// The label that names a node.
const HOSTNAME: &str = "kubernetes.io/hostname";
/// The label that gives a node a role.
const ROLE: &str = "node-role.kubernetes.io/";

#[cfg(test)]
mod tests;
