//! Entries of kustomization files: the service's own list, and the lists that lead to it.

use serde_json::json;

use super::{Site, Written};
use crate::manifest::{Editor, Node, Position, Route, SourceFile, Step};
use crate::scaffold::author::Author;
use crate::scaffold::conventions::Conventions;
use crate::scaffold::layout::Role;
use crate::scaffold::names::{NAME, dir, is_within, relative, stem};
use crate::scaffold::plan::{Draft, PlanError};

use super::text::assemble;

/// What a service's list names, in order, where siblings do not say otherwise.
const ORDER: [Role; 16] = [
    Role::Namespace,
    Role::Access,
    Role::Secret,
    Role::Claim,
    Role::Volume,
    Role::Config,
    Role::Source,
    Role::Release,
    Role::Workload,
    Role::Service,
    Role::Ingress,
    Role::NetworkPolicy,
    Role::Monitoring,
    Role::ImageRepository,
    Role::ImagePolicy,
    Role::ImageAutomation,
];

/// Adds an entry to a list, where the order of the list wants it. Does nothing if it is there.
pub(super) fn add(
    draft: &mut Draft<'_>,
    file: &str,
    list: &str,
    entry: &str,
) -> Result<(), PlanError> {
    let source = draft.source(file)?;
    let Some(index) = source.documents.iter().position(|d| d.root.is_some()) else {
        return Err(PlanError::Other(format!("{file} holds no kustomization")));
    };
    let listed = listed(&source, index, list);
    let plain = |text: &str| {
        text.trim_start_matches("./")
            .trim_end_matches('/')
            .to_owned()
    };
    if listed.iter().any(|e| plain(e) == plain(entry)) {
        return Ok(());
    }
    let route = Route(vec![Step::Key(list.to_owned())]);
    let at = position(&listed, entry);
    let item = spelt(&source, entry);
    draft.edit(file, |editor: &mut Editor<'_>| {
        editor.add_item(index, &route, &item, at, Position::End)
    })
}

/// Returns the texts of a list.
fn listed<'s>(source: &'s SourceFile, document: usize, list: &str) -> Vec<&'s str> {
    let root = source.documents.get(document).and_then(|d| d.root.as_ref());
    let items = root.and_then(|r| r.get(list)).and_then(Node::items);
    items
        .unwrap_or_default()
        .iter()
        .filter_map(Node::text)
        .collect()
}

/// Returns where an entry goes. A namespace at the head of a short list stays there.
fn position<'l>(listed: &[&'l str], entry: &str) -> Position<'l> {
    let is_head = |text: &str| stem(text).contains("namespace");
    let (head, others) = match listed.split_first() {
        Some((first, others)) if is_head(first) => (*first, others),
        _ => return Position::Sorted,
    };
    let plain = |text: &str| text.trim_start_matches("./").to_lowercase();
    let is_first = others.iter().all(|other| plain(other) > plain(entry));
    match is_first && others.len() < 4 {
        true => Position::After(head),
        false => Position::Sorted,
    }
}

/// Writes an entry with the quotes of a list whose entries have them.
fn spelt(source: &SourceFile, entry: &str) -> String {
    let text = source.text.as_ref();
    let quoted = |quote: char| text.matches(&format!("- {quote}")).count();
    let plain = text
        .lines()
        .filter(|l| l.trim_start().starts_with("- "))
        .count();
    for quote in ['"', '\''] {
        if quoted(quote) * 2 > plain {
            return format!("{quote}{entry}{quote}");
        }
    }
    entry.to_owned()
}

/// Writes the service's own kustomization file, which lists what was written in and below its folder.
pub(super) fn own(
    draft: &mut Draft<'_>,
    site: &Site,
    author: &Author<'_>,
    written: &[Written],
) -> Result<(), PlanError> {
    let Some(path) = &site.kustomization else {
        return Ok(());
    };
    let dot_slash = author.conventions.lists.dot_slash.as_ref();
    let dot_slash = dot_slash.is_some_and(|d| d.value);
    let mut inside: Vec<&Written> = written
        .iter()
        .filter(|w| is_within(&w.path, dir(path)) && w.path != *path)
        .filter(|w| site.unit.as_ref().is_none_or(|(unit, _)| *unit != w.path))
        .collect();
    sort(&mut inside, author.conventions);
    let mut resources: Vec<String> = Vec::new();
    for file in inside {
        let entry = entry(dir(path), &file.path, dot_slash);
        if !resources.contains(&entry) {
            resources.push(entry);
        }
    }
    if draft.exists(path) {
        for entry in &resources {
            add(draft, path, "resources", entry)?;
        }
        return Ok(());
    }
    let namespace = author.conventions.lists.namespace.as_ref();
    let has_images = author.spec.policy.is_some();
    let moves = has_images && would_move_images(author.conventions, &site.namespace);
    let namespace = namespace.filter(|n| n.value && !moves);
    let namespace = namespace.map(|_| &site.namespace);
    let values = json!({"resources": resources, "kustomization_namespace": namespace});
    let text = author.write("kustomization.yaml", values)?.text;
    draft.create(
        path,
        assemble(author.conventions, &[(Role::Kustomization, text)]),
    )
}

/// Tells whether image objects of another namespace are to stand beside the manifests: a `namespace:` would move them.
fn would_move_images(conventions: &Conventions, own: &str) -> bool {
    let (images, files) = (&conventions.images, &conventions.files);
    let fixed = images.namespace.as_ref().and_then(|l| l.value.as_deref());
    let elsewhere = fixed.is_some_and(|n| n != own && !n.contains(NAME));
    let beside = images.beside.as_ref().is_some_and(|l| l.value);
    let written = files.namespace_written.as_ref().is_none_or(|l| l.value);
    beside && elsewhere && written
}

/// Returns the entry for a file in the list of a folder.
pub(super) fn entry(folder: &str, path: &str, dot_slash: bool) -> String {
    let entry = relative(folder, path);
    match dot_slash && !entry.starts_with("..") {
        true => format!("./{entry}"),
        false => entry,
    }
}

/// Puts files in the order of siblings' lists.
pub(super) fn sort(files: &mut [&Written], conventions: &Conventions) {
    let learnt = conventions.lists.roles.as_ref();
    let learnt = learnt.map_or(&[][..], |l| l.value.as_slice());
    let usual = |role: &Role| ORDER.iter().position(|r| r == role);
    let rank = |role: &Role| -> (usize, usize) {
        if let Some(at) = learnt.iter().position(|r| r == role) {
            return (at + 1, 0);
        }
        // Behind the last one that usually stands before it.
        let own = usual(role).unwrap_or(ORDER.len());
        let before = learnt.iter().enumerate();
        let before = before.filter(|(_, r)| usual(r).is_some_and(|u| u < own));
        (before.map(|(at, _)| at + 1).max().unwrap_or(0), own + 1)
    };
    let of_file = |w: &Written| w.roles.iter().map(rank).min().unwrap_or((usize::MAX, 0));
    files.sort_by_key(|w| of_file(w));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{FileId, Place, Span, Tree};
    use crate::scaffold::conventions::Learnt;

    fn learnt<T>(value: T) -> Option<Learnt<T>> {
        let tree = Tree::of_texts([("a.yaml", "a: b\n")]);
        let place = Place {
            file: FileId(0),
            span: Span::new(0, 1),
        };
        Some(Learnt {
            value,
            from: tree.location(place)?,
            agree: 3,
            of: 3,
        })
    }

    #[test]
    fn image_objects_of_flux_stay_where_flux_is() {
        let mut conventions = Conventions::default();
        assert!(!would_move_images(&conventions, "romm"));
        conventions.images.namespace = learnt(Some("flux-system".to_owned()));
        conventions.images.beside = learnt(true);
        assert!(would_move_images(&conventions, "romm"));
        assert!(!would_move_images(&conventions, "flux-system"));
        // What does not name its namespace needs the list to name it.
        conventions.files.namespace_written = learnt(false);
        assert!(!would_move_images(&conventions, "romm"));
        conventions.files.namespace_written = None;
        conventions.images.namespace = learnt(Some("{name}".to_owned()));
        assert!(!would_move_images(&conventions, "romm"));
    }
}
