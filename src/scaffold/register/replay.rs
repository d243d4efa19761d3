//! Plans the registrations of a new service, one after the other.

use std::sync::Arc;

use serde_json::json;

use super::text::assemble;
use super::{Ground, Site, Step, Written, entries, folder, unit};
use crate::manifest::Node;
use crate::scaffold::author::Author;
use crate::scaffold::layout::{Layout, Role};
use crate::scaffold::names::{base, dir, relative};
use crate::scaffold::plan::{Draft, PlanError};

/// What makes an overlay more than a namespace.
const PATCHES: [&str; 6] = [
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "configMapGenerator",
    "images",
    "replicas",
];

/// Plans what makes Flux apply the files that were written.
///
/// # Errors
/// A file is there already or cannot be edited safely, or a template cannot be rendered.
pub fn register(
    draft: &mut Draft<'_>,
    ground: &Ground<'_>,
    site: &Site,
    author: &Author<'_>,
    written: &[Written],
) -> Result<(), PlanError> {
    entries::own(draft, site, author, written)?;
    environments(draft, ground, site);
    for step in &site.steps {
        match step {
            Step::Unit { .. } => unit::add(draft, ground, site, author, step)?,
            Step::NamespaceFolder { folder, of } => folder::add(draft, ground, site, folder, of)?,
            Step::Overlay { file, of } => {
                overlay(draft, ground, site, author, (file, of), written)?
            }
            Step::Entry { file, list, text } => entries::add(draft, file, list, text)?,
            Step::EachFile {
                file,
                list,
                dot_slash,
            } => each_file(draft, author, file, list, *dot_slash, written)?,
        }
    }
    Ok(())
}

/// Names the files in which the sibling differs between environments: what they say cannot be known of a new service.
fn environments(draft: &mut Draft<'_>, ground: &Ground<'_>, site: &Site) {
    let sibling = ground.detection.services.get(site.service);
    let Some(sibling) = sibling.filter(|s| s.layout == Layout::EnvironmentFiles) else {
        return;
    };
    for patch in sibling.files(Role::Patch) {
        draft.next.push(format!(
            "{} says what differs in one environment: add a file like it, and list it as it is listed, where {} is to differ",
            patch.path, site.name
        ));
    }
}

/// Lists every written file.
fn each_file(
    draft: &mut Draft<'_>,
    author: &Author<'_>,
    file: &str,
    list: &str,
    dot_slash: bool,
    written: &[Written],
) -> Result<(), PlanError> {
    let mut files: Vec<&Written> = written.iter().collect();
    entries::sort(&mut files, author.conventions);
    for written in files {
        let entry = entries::entry(dir(file), &written.path, dot_slash);
        entries::add(draft, file, list, &entry)?;
    }
    Ok(())
}

/// Writes the kustomization file of an overlay that leads to the service's base.
fn overlay(
    draft: &mut Draft<'_>,
    ground: &Ground<'_>,
    site: &Site,
    author: &Author<'_>,
    (file, of): (&str, &Arc<str>),
    written: &[Written],
) -> Result<(), PlanError> {
    let source = draft.tree().source(of);
    let source = source.ok_or_else(|| PlanError::Missing(of.to_string()))?;
    let root = source.documents.iter().find_map(|d| d.root.as_ref());
    let namespace = root.and_then(|r| r.text_at(&["namespace"]));
    let namespace = namespace.map(|n| match n == site.from_namespace {
        true => site.namespace.clone(),
        false => site.rename(ground).text(n).unwrap_or_else(|| n.to_owned()),
    });
    let base_folder = site
        .kustomization
        .as_deref()
        .map_or(site.main.as_str(), dir);
    let mut entry = relative(dir(file), base_folder);
    let listed = root.and_then(|r| r.get("resources")).and_then(Node::items);
    let mut listed = listed.unwrap_or_default().iter().filter_map(Node::text);
    if listed.any(|text| text.ends_with('/')) {
        entry.push('/');
    }
    let here = written.iter().filter(|w| dir(&w.path) == dir(file));
    let mut resources: Vec<String> = here.map(|w| base(&w.path).to_owned()).collect();
    resources.push(entry);
    let values = json!({"resources": resources, "kustomization_namespace": namespace});
    let text = author.write("kustomization.yaml", values)?.text;
    if root.is_some_and(|r| PATCHES.iter().any(|key| r.get(key).is_some())) {
        let note = format!(
            "{file} only leads to {base_folder}: add patches where they are needed, as {of} does"
        );
        draft.next.push(note);
    }
    draft.create(
        file,
        assemble(author.conventions, &[(Role::Kustomization, text)]),
    )
}
