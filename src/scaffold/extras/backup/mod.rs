//! What is backed up: lists of claims in the shell scripts of CronJobs, `PVCS="ns_claim ns_claim ..."`, and lists of
//! namespaces in schedules of Velero.

mod find;
mod nodes;
mod shell;
#[cfg(test)]
mod tests;

use crate::flux::Model;
use crate::manifest::{Location, Node, Position, ScalarStyle};
use crate::scaffold::plan::{Draft, PlanError};
use crate::scaffold::spec::{Placement, ServiceSpec, Workload};

use super::spot::Spot;
use super::words::{most, spell};
use shell::{Assignment, assignments};

/// All lists of what a cluster backs up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backups {
    /// The lists.
    pub lists: Vec<BackupList>,
}

/// One list of claims or namespaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupList {
    /// The name of its CronJob or schedule.
    pub name: String,
    /// Where it stands.
    pub location: Location,
    /// The nodes that it runs on, if only some; empty where any may be.
    pub nodes: Vec<String>,
    /// The role of the nodes that it runs on (`node-role.kubernetes.io/ROLE`).
    pub role: Option<String>,
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// A variable in a shell script.
    Script {
        script: Spot,
        variable: String,
        joint: char,
    },
    /// `includedNamespaces` of Velero.
    Namespaces(Spot),
}

impl Backups {
    /// Finds the lists that the cluster with this index applies.
    pub fn find(model: &Model<'_>, cluster: usize) -> Option<Self> {
        let cluster = model.clusters.get(cluster)?;
        let mut lists = find::scripts(cluster, model.tree);
        lists.extend(find::namespaces(cluster, model.tree));
        (!lists.is_empty()).then_some(Backups { lists })
    }

    /// Returns the list that the claims of a service belong to: the only one whose CronJob runs on the service's node,
    /// or the only one of all if it is for any node.
    pub fn choose(&self, spec: &ServiceSpec) -> Option<&BackupList> {
        let on_node = |list: &&BackupList| match &spec.placement {
            Some(Placement::Node(node)) => matches!(list.nodes.as_slice(), [only] if only == node),
            Some(Placement::Prefer(role)) => {
                list.nodes.is_empty() && list.role.as_ref() == Some(role)
            }
            None => false,
        };
        let mut fitting = self.lists.iter().filter(on_node);
        match (fitting.next(), fitting.next(), self.lists.as_slice()) {
            (Some(list), None, _) => Some(list),
            (None, _, [list]) if list.nodes.is_empty() && list.role.is_none() => Some(list),
            _ => None,
        }
    }

    /// Adds the claims of a service to the list of this name, else to the one that fits; returns what is worth knowing.
    /// `claims` are the names of the PersistentVolumeClaims, as [`claim_names`] tells for plain manifests. Without claims
    /// there is nothing to do; where nothing tells which list is right, nothing is done either, and a note names them all.
    ///
    /// # Errors
    /// There is no list of this name, or it is not as it was.
    pub fn plan(
        &self,
        draft: &mut Draft<'_>,
        spec: &ServiceSpec,
        claims: &[String],
        name: Option<&str>,
    ) -> Result<Vec<String>, PlanError> {
        if claims.is_empty() {
            return Ok(Vec::new());
        }
        let list = match name {
            Some(name) => Some(self.named(name)?),
            None => self.choose(spec),
        };
        let Some(list) = list else {
            return Ok(vec![format!(
                "the claims are in no backup yet: nothing tells which node they will be on; the lists are {}",
                self.names()
            )]);
        };
        list.plan(draft, spec, claims)
    }

    fn named(&self, name: &str) -> Result<&BackupList, PlanError> {
        let list = self.lists.iter().find(|list| list.name == name);
        list.ok_or_else(|| {
            let known = self.names();
            PlanError::Other(format!("there is no backup `{name}`, but {known}"))
        })
    }

    fn names(&self) -> String {
        let names: Vec<String> = self.lists.iter().map(BackupList::described).collect();
        names.join(", ")
    }
}

impl BackupList {
    /// Returns its name, its nodes and its place for people: `pvc-backup on pi-1 (jobs/backup.yaml:50)`.
    pub fn described(&self) -> String {
        let on = match (self.nodes.as_slice(), &self.role) {
            ([], None) => String::new(),
            ([], Some(role)) => format!(" on {role}"),
            (nodes, _) => format!(" on {}", nodes.join(", ")),
        };
        let Location { file, line, .. } = &self.location;
        format!("{}{on} ({file}:{line})", self.name)
    }

    fn plan(
        &self,
        draft: &mut Draft<'_>,
        spec: &ServiceSpec,
        claims: &[String],
    ) -> Result<Vec<String>, PlanError> {
        let mut notes = Vec::new();
        let mut known =
            |word: &str| notes.push(format!("{word} is in the backup of {} already", self.name));
        match &self.place {
            Place::Script {
                script,
                variable,
                joint,
            } => {
                for claim in claims {
                    let word = format!("{}{joint}{claim}", spec.namespace);
                    if !add_word(draft, script, variable, &word)? {
                        known(&word);
                    }
                }
            }
            Place::Namespaces(list) => {
                if !add_namespace(draft, list, &spec.namespace)? {
                    known(&spec.namespace);
                }
            }
        }
        Ok(notes)
    }
}

/// Adds a word behind the last one of a list in a script; false if it is there already.
fn add_word(
    draft: &mut Draft<'_>,
    script: &Spot,
    variable: &str,
    word: &str,
) -> Result<bool, PlanError> {
    let inner = script.read_draft(draft)?;
    let text = inner.source.text.as_ref();
    let is_it = |list: &Assignment| text.get(list.name.clone()) == Some(variable);
    let list = assignments(text).into_iter().find(is_it);
    let list = list.ok_or_else(|| PlanError::Missing(script.path.clone()))?;
    if list.words(text).contains(&word) {
        return Ok(false);
    }
    let (at, gap) = list.end(text);
    let (head, tail) = text.split_at_checked(at).unwrap_or((text, ""));
    script.set_text(draft, &format!("{head}{gap}{word}{tail}"))?;
    Ok(true)
}

/// Adds a namespace to a list; false if it is there already.
fn add_namespace(draft: &mut Draft<'_>, list: &Spot, name: &str) -> Result<bool, PlanError> {
    let inner = list.read_draft(draft)?;
    let items = inner.root().and_then(Node::items).unwrap_or_default();
    let names: Vec<&str> = items.iter().filter_map(Node::text).collect();
    if names.contains(&name) {
        return Ok(false);
    }
    let styles = items.iter().filter_map(|item| Some(item.scalar()?.style));
    let item = spell(name, most(styles).unwrap_or(ScalarStyle::Plain));
    let sorted = names.len() > 3 && names.is_sorted();
    let position = if sorted {
        Position::Sorted
    } else {
        Position::End
    };
    list.edit(draft, |editor, inner| {
        editor.insert_item(inner.document, &inner.at(&[]), &item, position)
    })?;
    Ok(true)
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
