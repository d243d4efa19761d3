//! The Flux Kustomization of a new service.

use serde_json::{Value, json};

use super::depends::dependencies;
use super::rename::Rename;
use super::text::assemble_like;
use super::{Ground, Site, Step};
use crate::manifest::{DocumentPosition, Node};
use crate::scaffold::author::Author;
use crate::scaffold::extras::title_of;
use crate::scaffold::layout::{Role, Service};
use crate::scaffold::plan::{Draft, PlanError};

/// Plans the Flux Kustomization that a step asks for.
pub(super) fn add(
    draft: &mut Draft<'_>,
    ground: &Ground<'_>,
    site: &Site,
    author: &Author<'_>,
    step: &Step,
) -> Result<(), PlanError> {
    let Step::Unit {
        file,
        of,
        document,
        appends,
    } = step
    else {
        return Ok(());
    };
    let source = draft.tree().source(of);
    let source = source.ok_or_else(|| PlanError::Missing(of.to_string()))?;
    let model = source.documents.get(*document).and_then(|d| d.resolved());
    let model = model.and_then(Result::ok);
    let model = model.ok_or_else(|| PlanError::Missing(of.to_string()))?;
    let values = values(ground, site, author, model);
    let text = author.write("flux-kustomization.yaml", values)?.text;
    if !appends {
        return draft.create(
            file,
            assemble_like(
                &source,
                author.conventions,
                &[(Role::FluxKustomization, text)],
            ),
        );
    }
    let text = match heading(site, author) {
        Some(comment) => format!("{comment}\n{text}"),
        None => text,
    };
    draft.edit(file, |editor| {
        editor.insert_document(&text, DocumentPosition::End)
    })
}

/// Returns the values of the template:
/// * `unit_name`: a text;
/// * `flux_namespace`, `path`, `target_namespace`: texts, or null where they are not written;
/// * `source`: `{kind, name, namespace}`, or null; `namespace` may be null;
/// * `depends_on`: a list of `{name, namespace}`, maybe empty; `namespace` may be null.
fn values(ground: &Ground<'_>, site: &Site, author: &Author<'_>, model: &Node) -> Value {
    let sibling = ground.detection.services.get(site.service);
    let rename = site.rename(ground);
    let name = model.text_at(&["metadata", "name"]).unwrap_or_default();
    let namespace = model.text_at(&["metadata", "namespace"]);
    let moved = |n: &str| match n == site.from_namespace && !is_flux(n) {
        true => site.namespace.clone(),
        false => n.to_owned(),
    };
    let path = model.text_at(&["spec", "path"]);
    let target = model.text_at(&["spec", "targetNamespace"]);
    let source = model.at_path(&["spec", "sourceRef"]).map(|source| {
        let text = |key: &str| source.text_at(&[key]);
        json!({"kind": text("kind"), "name": text("name"), "namespace": text("namespace")})
    });
    json!({
        "unit_name": rename.text(name).unwrap_or_else(|| site.name.clone()),
        "flux_namespace": namespace.map(moved),
        "path": path.map(|path| path_of(site, path, sibling)),
        "target_namespace": target.map(|_| &site.namespace),
        "source": source,
        "depends_on": dependencies(ground, site, author),
    })
}

fn is_flux(namespace: &str) -> bool {
    namespace == "flux-system"
}

/// Returns `spec.path`, with `./` or `/` before it or a slash behind it where the sibling has one.
fn path_of(site: &Site, sibling: &str, service: Option<&Service>) -> String {
    let start = ["./", "/"].into_iter().find(|s| sibling.starts_with(s));
    let end = if sibling.ends_with('/') { "/" } else { "" };
    let plain = crate::flux::folder(sibling);
    let overlay = service.is_some_and(|s| s.folders.iter().skip(1).any(|f| *f == plain));
    let folder = match (&site.kustomization, overlay) {
        (_, true) => site.overlay().unwrap_or(&site.main),
        (Some(path), _) => crate::scaffold::names::dir(path),
        (None, _) => &site.main,
    };
    format!("{}{folder}{end}", start.unwrap_or_default())
}

/// Returns the numbered comment above the document, where the file's documents have one.
fn heading(site: &Site, author: &Author<'_>) -> Option<String> {
    let numbered = &author.conventions.unit.numbered.as_ref()?.value;
    let between = match numbered.between.as_str() {
        "" => " - ",
        between => between,
    };
    let name = match numbered.is_title {
        true => title_of(&site.name),
        false => site.name.clone(),
    };
    let description = author.spec.description.as_deref();
    let description = description.map(|d| format!("{between}{d}"));
    Some(format!(
        "# {}{}{}{}",
        numbered.last + 1,
        numbered.before,
        name,
        description.unwrap_or_default()
    ))
}

impl Site {
    /// Returns how the sibling's names become the new ones.
    pub(super) fn rename<'s>(&'s self, ground: &Ground<'s>) -> Rename<'s> {
        let sibling = ground.detection.services.get(self.service);
        Rename {
            from: sibling.map_or("", |s| &s.name),
            to: &self.name,
            from_namespace: &self.from_namespace,
            to_namespace: &self.namespace,
        }
    }

    /// Returns the folder of the service's own overlay, if there is exactly one.
    pub(super) fn overlay(&self) -> Option<&str> {
        let mut overlays = self.steps.iter().filter_map(|step| match step {
            Step::Overlay { file, .. } => Some(crate::scaffold::names::dir(file)),
            _ => None,
        });
        let first = overlays.next()?;
        overlays.next().is_none().then_some(first)
    }
}
