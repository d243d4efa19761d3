//! The ImageUpdateAutomation of a service, where none writes its markers yet.

use serde_json::json;

use super::kept::AutomationExample;
use super::{Piece, Work};
use crate::flux::{ObjectRef, SOURCE_GROUP, SourceOf, is};
use crate::image::Automation;
use crate::manifest::{Editor, FileId, NewScalar, Node, Position, Route, SourceFile};
use crate::scaffold::names::{NAME, dir, pattern};
use crate::scaffold::plan::PlanError;

/// What a commit says where the siblings' way does not run any more.
const MESSAGE: &str = "messageTemplate: 'chore(images): update {{ range .Changed.Changes }}{{ .OldValue }} to {{ .NewValue }} {{ end }}'";

/// Where an automation reads and writes.
pub(super) struct Push {
    source: ObjectRef,
    /// The branch that is read.
    branch: String,
    /// The branch that is written, where it is another one.
    push: Option<String>,
}

/// Tells whether an automation would write the marker.
pub(super) fn is_covered(work: &Work<'_, '_, '_>, policy: &ObjectRef) -> bool {
    let known = work.objects.policies.iter().find(|p| p.id == *policy);
    let example = work.kept.example.as_ref();
    let example = example.and_then(|e| work.objects.policies.iter().find(|p| p.id == e.policy));
    work.objects.automations.iter().any(|automation| {
        // A new policy gets the labels that the others have.
        let selects = match known.or(example) {
            Some(policy) => automation.selects(policy),
            None => automation
                .object
                .node()
                .at_path(&["spec", "policySelector"])
                .is_none(),
        };
        writes(automation, policy, work.subject.file) && selects
    })
}

fn writes(automation: &Automation<'_>, policy: &ObjectRef, file: &str) -> bool {
    automation.object.id.namespace == policy.namespace
        && !automation.suspended
        && automation.source == SourceOf::Here
        && automation.covers(file)
}

/// Tells whether an automation is where nobody can look: this repository has policies, and no automation for any of them.
pub(super) fn may_be_elsewhere(work: &Work<'_, '_, '_>) -> bool {
    work.objects.automations.is_empty() && !work.objects.policies.is_empty()
}

impl Push {
    /// Reads it of the example's automation, else of the source of the cluster's root.
    pub(super) fn of(work: &Work<'_, '_, '_>) -> Push {
        let example = example(work);
        let id = example.map(|e| &e.id);
        let mut automations = work.objects.automations.iter();
        let known = automations
            .find(|a| Some(&a.object.id) == id)
            .or(work.objects.automations.first());
        let cluster = work.ground.cluster();
        let root = cluster.and_then(|c| c.units.first());
        let of_root = |key: &str| {
            root.and_then(|unit| unit.kustomization.text_at(&["spec", "sourceRef", key]))
        };
        let of_known = |path: &[&str]| {
            known
                .and_then(|a| a.object.node().text_at(path))
                .filter(|t| !t.is_empty())
        };
        let namespace = |known: &Automation<'_>| {
            let written = known
                .object
                .node()
                .text_at(&["spec", "sourceRef", "namespace"]);
            written.unwrap_or(&known.object.id.namespace).to_owned()
        };
        let source = match known.filter(|known| known.source == SourceOf::Here) {
            Some(known) => ObjectRef::new(
                namespace(known),
                of_known(&["spec", "sourceRef", "name"]).unwrap_or("flux-system"),
            ),
            None => ObjectRef::new(
                of_root("namespace").unwrap_or(&work.kept.flux),
                of_root("name").unwrap_or("flux-system"),
            ),
        };
        let is_source =
            |node: &Node| is(node, SOURCE_GROUP, "GitRepository") && ObjectRef::of(node) == source;
        let of_source = cluster.and_then(|c| {
            let mut objects = c.objects().map(|(_, applied)| &applied.node);
            objects
                .find(|node| is_source(node))?
                .text_at(&["spec", "ref", "branch"])
                .map(str::to_owned)
        });
        let branch = of_known(&["spec", "git", "checkout", "ref", "branch"]).map(str::to_owned);
        let branch = branch.or(of_source).unwrap_or_else(|| "main".to_owned());
        let push = of_known(&["spec", "git", "push", "branch"]).map(str::to_owned);
        Push {
            source,
            push: push.filter(|push| *push != branch && !push.contains("${")),
            branch,
        }
    }
}

fn example<'w>(work: &'w Work<'_, '_, '_>) -> Option<&'w AutomationExample> {
    work.kept.example.as_ref()?.automation.as_ref()
}

/// Writes the automation of the service: for its own folder.
pub(super) fn piece(
    work: &Work<'_, '_, '_>,
    policy: &ObjectRef,
    push: &Push,
) -> Result<Piece, PlanError> {
    let known = example(work);
    let subject = work.subject;
    let pattern = known
        .filter(|e| e.is_own && e.name.contains(NAME))
        .map_or(NAME, |e| e.name.as_str());
    let namespace = match known {
        Some(known) if known.id.namespace == policy.namespace => known.written_namespace.clone(),
        Some(_) => Some(policy.namespace.clone()),
        None => match &work.kept.example {
            Some(example) => example
                .written_namespace
                .is_some()
                .then(|| policy.namespace.clone()),
            None => Some(policy.namespace.clone()),
        },
    };
    let namespace = namespace.map(|n| n.replace(NAME, subject.name));
    let foreign = push.source.namespace != policy.namespace;
    let values = json!({
        "automation_name": free_name(work, &pattern.replace(NAME, subject.name), policy),
        "image_namespace": namespace,
        "source": {
            "kind": "GitRepository",
            "name": push.source.name,
            "namespace": foreign.then_some(push.source.namespace.as_str()),
        },
        "branch": push.branch,
        "update_path": update_path(work, known),
    });
    let text = work
        .author
        .write("image-update-automation.yaml", values)?
        .text;
    Ok(Piece {
        target: work.kept.automation_target(subject),
        text: with_push(with_live_message(text)?, push)?,
        order: work.kept.order[2],
    })
}

/// Returns a name that no automation has; the service's first.
fn free_name(work: &Work<'_, '_, '_>, name: &str, policy: &ObjectRef) -> String {
    let taken = |name: &str| {
        let id = ObjectRef::new(policy.namespace.clone(), name);
        work.objects.automations.iter().any(|a| a.object.id == id)
    };
    let mut names = std::iter::once(name.to_owned()).chain((2..).map(|n| format!("{name}-{n}")));
    names.find(|name| !taken(name)).unwrap_or_default()
}

/// Returns `spec.update.path`: the example's with the service's name in it, else the folder of the marked file.
fn update_path(work: &Work<'_, '_, '_>, known: Option<&AutomationExample>) -> String {
    let folder = dir(work.subject.file);
    let own = work
        .subject
        .folders
        .iter()
        .find(|f| crate::scaffold::names::is_within(work.subject.file, f));
    let folder = own.map_or(folder, String::as_str);
    let service = work
        .kept
        .example
        .as_ref()
        .map_or("", |e| e.service.as_str());
    let of_example = known
        .filter(|e| e.is_own)
        .and_then(|e| pattern(&e.path, service));
    let filled = of_example.map(|p| p.replace(NAME, work.subject.name));
    let covers = |path: &String| {
        crate::scaffold::names::is_within(work.subject.file, &crate::flux::folder(path))
    };
    filled
        .filter(covers)
        .unwrap_or_else(|| format!("./{folder}"))
}

/// Replaces a message template that siblings have and that Flux no longer runs (image-automation-controller 1.0 removed
/// `.Updated` and `.Changed.ImageResult`).
fn with_live_message(text: String) -> Result<String, PlanError> {
    let route = |text: &str| text.parse::<Route>().unwrap_or_default();
    let (commit, message) = (
        route("spec.git.commit"),
        route("spec.git.commit.messageTemplate"),
    );
    let read = |text: &str| SourceFile::parse(FileId::NONE, "image-update-automation.yaml", text);
    let file = read(&text);
    let root = file.documents.first().and_then(|d| d.root.as_ref());
    let template = root
        .and_then(|root| message.find(root))
        .and_then(Node::text)
        .unwrap_or_default();
    if !template.contains(".Updated") && !template.contains(".ImageResult") {
        return Ok(text);
    }
    let mut editor = Editor::new(&file);
    editor.remove(0, &message)?;
    let without = editor.finish()?;
    let mut editor = Editor::new(&without);
    editor.insert_entry(0, &commit, MESSAGE, Position::End)?;
    Ok(editor.finish()?.text.to_string())
}

/// Puts another branch to push to into an automation.
fn with_push(text: String, push: &Push) -> Result<String, PlanError> {
    let Some(branch) = &push.push else {
        return Ok(text);
    };
    let file = SourceFile::parse(FileId::NONE, "image-update-automation.yaml", text.as_str());
    let known = file
        .documents
        .first()
        .and_then(|d| d.root.as_ref()?.text_at(&["spec", "git", "push", "branch"]));
    if known.is_none() || known == Some(branch) {
        return Ok(text);
    }
    let mut editor = Editor::new(&file);
    let route = "spec.git.push.branch"
        .parse()
        .map_err(|_| PlanError::Other("no route".to_owned()))?;
    editor.set_scalar(0, &route, NewScalar::Str(branch))?;
    Ok(editor.finish()?.text.to_string())
}
