//! Turns the documents of a file into objects (kustomize api 0.21 `resource.Factory`, kyaml `kio.ByteReader`).

use std::collections::VecDeque;

use super::fields::Fault;
use super::problem::{Outcome, Problem, ProblemKind, Site};
use super::resource::{Origin, Resource, is_empty};
use super::session::Session;
use crate::manifest::{Document, Node, SourceFile};

/// Returns the objects of a file, lists taken apart. What is no object is a problem at its place in that file.
pub(crate) fn objects(session: &mut Session<'_>, source: &SourceFile) -> Outcome<Vec<Resource>> {
    let site = file_site(source);
    for error in &source.errors {
        let site = site.at(source.place(error.span));
        session.report_loss(malformed(&site, &error.message))?;
    }
    let broken = |d: &Document| source.errors.iter().any(|e| e.document == d.index);
    let mut queue = VecDeque::new();
    for document in source.documents.iter().filter(|d| !broken(d)) {
        match root(source, document, &site) {
            Ok(Some(root)) => queue.push_back((root, document.index)),
            Ok(None) => {}
            Err(problem) => session.report_loss(problem)?,
        }
    }
    let mut resources = Vec::with_capacity(queue.len());
    while let Some((node, document)) = queue.pop_front() {
        let site = site.at(node.place);
        let items = match validate(&node).and_then(|()| items(&node)) {
            Ok(items) => items,
            Err(fault) => {
                session.report_loss(site.problem(ProblemKind::InvalidObject, fault.0))?;
                continue;
            }
        };
        match items {
            Some(items) => {
                session.count_objects(items.len(), &site)?;
                let full = items.into_iter().filter(|item| !is_empty(item));
                queue.extend(full.map(|item| (item, document)));
            }
            None => resources.push(resource(node, source, document)),
        }
    }
    session.count_objects(resources.len(), &site)?;
    Ok(resources)
}

fn resource(node: Node, source: &SourceFile, document: usize) -> Resource {
    let origin = Origin {
        file: source.id,
        path: (&*source.path).into(),
        document,
        place: node.place,
        generated: false,
    };
    Resource::new(node, origin)
}

/// Returns the site of a file as a whole.
pub(crate) fn file_site(source: &SourceFile) -> Site {
    Site {
        path: source.path.clone(),
        place: source.place(crate::manifest::Span::default()),
    }
}

fn malformed(site: &Site, message: &str) -> Box<Problem> {
    site.problem(
        ProblemKind::Malformed,
        format!("MalformedYAMLError: yaml: {message}"),
    )
}

/// Returns the tree of a document, or nothing where it is empty.
fn root(source: &SourceFile, document: &Document, site: &Site) -> Outcome<Option<Node>> {
    check_separator(source, document, site)?;
    match document.resolved() {
        None => Ok(None),
        Some(Err(message)) => Err(malformed(&site.at(source.place(document.span)), message)),
        Some(Ok(root)) if is_empty(root) => Ok(None),
        Some(Ok(root)) => Ok(Some(root.clone())),
    }
}

/// Kustomize splits files at lines that start with `---` and wants nothing but a comment behind it.
fn check_separator(source: &SourceFile, document: &Document, site: &Site) -> Outcome<()> {
    if document.index == 0 || !document.explicit {
        return Ok(());
    }
    let text = source.slice(document.span);
    let line = text.lines().next().unwrap_or_default();
    match line.strip_prefix("---").map(str::trim) {
        Some(rest) if !rest.is_empty() && !rest.starts_with('#') => {
            let site = site.at(source.place(document.span));
            let message = format!("invalid document separator: {}", line.trim());
            Err(site.problem(ProblemKind::Malformed, message))
        }
        _ => Ok(()),
    }
}

/// Checks that a tree is an object with a kind and, lists aside, a name.
pub(crate) fn validate(node: &Node) -> Result<(), Fault> {
    let text = |keys: &[&str]| {
        let value = node.at_path(keys).filter(|v| !v.is_null());
        value.and_then(Node::text).unwrap_or_default()
    };
    if !node.is_mapping()
        || (node.get("kind").is_none()
            && node.get("apiVersion").is_none()
            && node.get("metadata").is_none())
    {
        return Err(Fault::new("missing Resource metadata"));
    }
    let kind = text(&["kind"]);
    if kind.is_empty() {
        return Err(Fault::new(format!(
            "missing kind in object {}",
            text(&["metadata", "name"])
        )));
    }
    if !kind.ends_with("List") && text(&["metadata", "name"]).is_empty() {
        let message = format!(
            "missing metadata.name in object {} {kind}",
            text(&["apiVersion"])
        );
        return Err(Fault::new(message.replace("  ", " ")));
    }
    Ok(())
}

/// Returns the items of a list of objects; nothing for other objects.
fn items(node: &Node) -> Result<Option<Vec<Node>>, Fault> {
    let kind = node.text_at(&["kind"]).unwrap_or_default();
    if !kind.ends_with("List") {
        return Ok(None);
    }
    match node.get("items") {
        None => Ok(None),
        Some(items) if items.is_null() => Ok(Some(Vec::new())),
        Some(items) => match items.items() {
            Some(items) => Ok(Some(items.to_vec())),
            None => Err(Fault::new(format!("expected array in {kind}/items"))),
        },
    }
}
