//! Pods that read a ConfigMap only when they start: the annotation that their owner changes to have them started again.

use std::sync::Arc;

use crate::flux::{Applied, Cluster, kind};
use crate::manifest::{NewScalar, Node, Route, SourceFile, Tree};
use crate::scaffold::plan::{Draft, PlanError};

/// What runs pods from a template.
const WORKLOADS: [&str; 3] = ["Deployment", "StatefulSet", "DaemonSet"];
/// Words in the keys of annotations that are there to be changed.
const WORDS: [&str; 8] = [
    "revision", "reload", "restart", "rollout", "redeploy", "version", "bump", "updated",
];

/// How the pods that mount a ConfigMap learn that it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reload {
    /// By an annotation of their template.
    Annotation(Annotation),
    /// Not at all: they read it when they start. The workload as `kind/name` and its namespace.
    Restart(String, String),
}

/// An annotation that is changed with the ConfigMap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Annotation {
    path: String,
    document: usize,
    route: Route,
    key: String,
}

impl Reload {
    /// Finds out for the ConfigMap that document `document` of a file holds; nothing where its pods see changes by
    /// themselves, or where nothing mounts it.
    pub(super) fn of(
        cluster: &Cluster<'_>,
        tree: &Tree,
        file: &SourceFile,
        document: usize,
    ) -> Option<Self> {
        let span = file.documents.get(document)?.span;
        let is_here = |object: &&Applied| {
            let place = object.node.place;
            kind(&object.node) == "ConfigMap"
                && place.file == file.id
                && span.contains(place.span.start as usize)
        };
        let (_, map) = cluster.objects().find(|(_, object)| is_here(object))?;
        let name = map.node.text_at(&["metadata", "name"])?;
        let namespace = map
            .node
            .text_at(&["metadata", "namespace"])
            .unwrap_or_default();
        let users = cluster.objects().map(|(_, object)| &object.node);
        let mut users = users.filter(|node| {
            WORKLOADS.contains(&kind(node))
                && node.text_at(&["metadata", "namespace"]).unwrap_or_default() == namespace
                && uses(node, name)
        });
        users.find_map(|workload| Self::of_workload(tree, workload, name))
    }

    fn of_workload(tree: &Tree, workload: &Node, map: &str) -> Option<Self> {
        let template = workload.at_path(&["spec", "template"])?;
        let annotations = template.at_path(&["metadata", "annotations"]);
        if [annotations, workload.at_path(&["metadata", "annotations"])]
            .into_iter()
            .flatten()
            .any(is_watched)
        {
            return None;
        }
        if let Some(annotation) = annotations.and_then(|node| Annotation::among(tree, node, map)) {
            return Some(Reload::Annotation(annotation));
        }
        let name = workload.text_at(&["metadata", "name"])?;
        let namespace = workload
            .text_at(&["metadata", "namespace"])
            .unwrap_or_default();
        let workload = format!("{}/{name}", kind(workload).to_lowercase());
        reads_once(template, map).then(|| Reload::Restart(workload, namespace.to_owned()))
    }

    /// Changes the annotation, and returns what is worth knowing; a restart by hand goes to what the user does next. `now`
    /// is a time as in `2026-05-26T13:10:00Z`.
    pub(super) fn plan(
        &self,
        draft: &mut Draft<'_>,
        now: &str,
    ) -> Result<Option<String>, PlanError> {
        let annotation = match self {
            Reload::Annotation(annotation) => annotation,
            Reload::Restart(workload, namespace) => {
                let next = format!(
                    "When Flux has applied it, run `kubectl rollout restart -n {namespace} {workload}`, which reads its ConfigMap only when it starts."
                );
                if !draft.next.contains(&next) {
                    draft.next.push(next);
                }
                return Ok(None);
            }
        };
        let Annotation {
            path,
            document,
            route,
            key,
        } = annotation;
        let source = draft.source(path)?;
        let root = source
            .documents
            .get(*document)
            .and_then(|d| d.root.as_ref());
        let old = root.and_then(|root| route.find(root)?.text());
        let old = old.ok_or_else(|| PlanError::Missing(path.clone()))?;
        let Some(new) = next(old, now) else {
            return Ok(Some(format!(
                "{path}: change the annotation `{key}`, so that the pod starts again"
            )));
        };
        draft.edit(path, |editor| {
            editor.set_scalar(*document, route, NewScalar::Str(&new))
        })?;
        Ok(Some(format!(
            "{path}: `{key}` goes from {old} to {new}, so that the pod starts again"
        )))
    }
}

impl Annotation {
    /// Chooses among annotations: rather one whose key names a part of the ConfigMap's name.
    fn among(tree: &Tree, annotations: &Node, map: &str) -> Option<Self> {
        let entries = annotations.entries()?;
        let keys = entries
            .iter()
            .filter_map(|e| Some((e.key.text()?, &e.value)));
        let parts: Vec<&str> = map.split('-').filter(|part| part.len() > 2).collect();
        let (key, value) = keys
            .filter(|(key, value)| is_for_change(key, value))
            .max_by_key(|(key, _)| parts.iter().filter(|part| key.contains(*part)).count())?;
        let source = tree.source_of(value.place.file)?;
        let at = value.place.span.start as usize;
        let (document, root) = document_of(&source, at)?;
        Some(Annotation {
            path: source.path.to_string(),
            document,
            route: Route::to(root, at),
            key: key.to_owned(),
        })
    }
}

fn document_of(source: &Arc<SourceFile>, at: usize) -> Option<(usize, &Node)> {
    let mut documents = source.documents.iter().enumerate();
    let (index, document) = documents.find(|(_, d)| d.span.contains(at))?;
    Some((index, document.root.as_ref()?))
}

/// Tells whether an annotation is there to be changed: its key says so, and its value ends with a number.
fn is_for_change(key: &str, value: &Node) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key).to_lowercase();
    let says_so = WORDS.iter().any(|word| name.contains(word));
    let text = value.text().unwrap_or_default();
    says_so && value.place.is_known() && next(text, "9999-12-31T23:59:59Z").is_some()
}

/// Tells whether a controller restarts the pods: stakater's reloader.
fn is_watched(annotations: &Node) -> bool {
    let mut entries = annotations.entries().unwrap_or_default().iter();
    entries.any(|e| {
        let key = e.key.text().unwrap_or_default();
        key.contains("reloader.stakater.com/") || key.starts_with("wave.pusher.com/")
    })
}

/// Tells whether the pods of a workload mount a ConfigMap or take variables from it.
fn uses(workload: &Node, map: &str) -> bool {
    let Some(spec) = workload.at_path(&["spec", "template", "spec"]) else {
        return false;
    };
    volume_of(spec, map).is_some()
        || containers(spec).any(|container| {
            let from = container
                .get("envFrom")
                .and_then(Node::items)
                .unwrap_or_default();
            from.iter()
                .any(|f| f.text_at(&["configMapRef", "name"]) == Some(map))
        })
}

fn volume_of<'n>(spec: &'n Node, map: &str) -> Option<&'n str> {
    let volumes = spec.get("volumes")?.items()?;
    let is_map = |node: &Node| node.text_at(&["configMap", "name"]) == Some(map);
    let projected = |node: &Node| {
        let sources = node
            .at_path(&["projected", "sources"])
            .and_then(Node::items);
        sources.unwrap_or_default().iter().any(is_map)
    };
    let volume = volumes.iter().find(|v| is_map(v) || projected(v))?;
    volume.text_at(&["name"])
}

fn containers(spec: &Node) -> impl Iterator<Item = &Node> {
    ["initContainers", "containers"]
        .into_iter()
        .flat_map(|field| spec.get(field).and_then(Node::items).unwrap_or_default())
}

/// Tells whether pods see the ConfigMap only as it was at their start: only init containers mount it, or by `subPath`.
fn reads_once(template: &Node, map: &str) -> bool {
    let Some(spec) = template.get("spec") else {
        return false;
    };
    let Some(volume) = volume_of(spec, map) else {
        return true;
    };
    let running = spec
        .get("containers")
        .and_then(Node::items)
        .unwrap_or_default();
    let mounts = running.iter().flat_map(|c| {
        c.get("volumeMounts")
            .and_then(Node::items)
            .unwrap_or_default()
    });
    let mut mounts = mounts.filter(|m| m.text_at(&["name"]) == Some(volume));
    mounts.all(|m| m.get("subPath").is_some())
}

/// Returns the value that follows `old`: now, in the same form, or the number at its end plus one.
fn next(old: &str, now: &str) -> Option<String> {
    in_form_of(old, now)
        .filter(|new| new.as_str() > old)
        .or_else(|| counted(old))
}

/// Writes `now` as a date or time is written; `None` where `old` is neither.
fn in_form_of(old: &str, now: &str) -> Option<String> {
    let shape = |text: &str| -> String {
        let digit = |c: char| if c.is_ascii_digit() { '0' } else { c };
        text.chars().map(digit).collect()
    };
    let is_year = old.starts_with("20");
    let old = shape(old);
    if old == shape(now) {
        return Some(now.to_owned());
    }
    let date = now.get(..10)?;
    let time = now.get(11..19)?;
    let digits: String = now.chars().filter(char::is_ascii_digit).collect();
    let forms = [
        date.to_owned(),
        format!("{date}T{time}"),
        format!("{date} {time}"),
        format!("{date} {}", time.get(..5)?),
        format!("{date}T{}Z", time.get(..5)?),
        format!("{date}T{}", time.get(..5)?),
    ];
    if let Some(form) = forms.into_iter().find(|form| shape(form) == old) {
        return Some(form);
    }
    if old
        .strip_prefix(&shape(date))
        .is_some_and(|rest| matches!(rest, "-0" | "-00"))
    {
        return Some(date.to_owned());
    }
    if shape(&format!("{date}T{time}+00:00")) == old.replace("-00:00", "+00:00") {
        return Some(format!("{date}T{time}+00:00"));
    }
    let compact = [8, 12, 14].contains(&old.len()) && is_year && !old.contains(|c| c != '0');
    compact.then(|| digits.get(..old.len()).map(str::to_owned))?
}

/// Adds one to the number at the end of a text; a date gets a second change of the day as `-2`.
fn counted(old: &str) -> Option<String> {
    let digits = old.len() - old.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (head, number) = old.split_at_checked(old.len() - digits)?;
    if digits == 0 {
        return None;
    }
    if digits == 2 && head.len() == 8 && head.ends_with('-') {
        return Some(format!("{old}-2"));
    }
    let next = number.parse::<u64>().ok()?.checked_add(1)?;
    Some(format!("{head}{next:0width$}", width = digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-21T13:10:00Z";

    #[test]
    fn a_revision_counts_and_a_time_is_now() {
        let cases = [
            ("5", Some("6")),
            ("009", Some("010")),
            ("v3", Some("v4")),
            ("2026-05-26T13:10:00Z", Some(NOW)),
            ("2026-05-26T13:10Z", Some("2026-11-21T13:10Z")),
            (
                "2026-05-26T13:10:00-04:00",
                Some("2026-11-21T13:10:00+00:00"),
            ),
            ("2026-05-26", Some("2026-11-21")),
            ("2026-11-21", Some("2026-11-21-2")),
            ("2026-11-21-2", Some("2026-11-21-3")),
            ("2026-05-26-2", Some("2026-11-21")),
            ("12345678", Some("12345679")),
            ("20260526", Some("20261121")),
            ("20260526131000", Some("20261121131000")),
            ("true", None),
            ("", None),
        ];
        for (old, new) in cases {
            assert_eq!(next(old, NOW).as_deref(), new, "{old}");
        }
    }
}
