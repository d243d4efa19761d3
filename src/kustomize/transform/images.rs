//! The image transformer (kustomize api 0.21 `filters/imagetag`).

use regex::Regex;

use super::super::config::FieldSpec;
use super::super::fields::{Fault, set_scalar, wrong_kind};
use super::super::fieldspec::{self, Create};
use super::super::id::Gvk;
use super::super::model::Image;
use super::super::problem::{Outcome, ProblemKind, Site};
use super::super::resource::{Touch, TouchKind};
use super::super::session::Session;
use super::super::set::ResourceSet;
use super::report;
use crate::manifest::{Node, Place, Tag, Value};

/// Changes name, tag or digest of an image wherever it is used: below every `containers` and `initContainers`, and where
/// `specs` say. Custom resource definitions are left alone.
pub(crate) fn images(
    session: &mut Session<'_>,
    set: &mut ResourceSet,
    image: &Image,
    specs: &[FieldSpec],
    site: &Site,
) -> Outcome<()> {
    let updater = Updater::new(image, site)?;
    let mut used = false;
    for resource in &mut set.list {
        let gvk = resource.id().gvk.clone();
        if gvk.kind == "CustomResourceDefinition" {
            continue;
        }
        let mut changed = false;
        let result = updater.apply(resource.node(), &gvk, specs, &mut changed);
        let result = match result {
            Ok(()) if changed => resource.change_content(|node| updater.write(node, &gvk, specs)),
            result => result,
        };
        match result {
            Ok(()) if changed => {
                used = true;
                resource.touch(TouchKind::Images, image.place);
            }
            Ok(()) => {}
            Err(fault) => report(session, site, resource, fault)?,
        }
    }
    if !used {
        session.idle.push(Touch {
            kind: TouchKind::Images,
            place: image.place,
        });
    }
    Ok(())
}

struct Updater<'a> {
    image: &'a Image,
    pattern: Regex,
}

impl<'a> Updater<'a> {
    /// The name is a regular expression, whether its author knows it or not.
    fn new(image: &'a Image, site: &Site) -> Outcome<Self> {
        let name = &image.name.value;
        let tail = "(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$";
        match Regex::new(&format!("^{name}{tail}")) {
            Ok(pattern) => Ok(Updater { image, pattern }),
            Err(_) => {
                let message = format!("image name '{name}' is no regular expression");
                Err(site.problem(ProblemKind::BadTransformer, message))
            }
        }
    }

    /// Looks for the image without copying anything.
    fn apply(
        &self,
        node: &Node,
        gvk: &Gvk,
        specs: &[FieldSpec],
        found: &mut bool,
    ) -> Result<(), Fault> {
        self.look_below(node, found)?;
        for spec in specs.iter().filter(|spec| spec.gvk.selects(gvk)) {
            fieldspec::visit(node, &spec.parts, &mut |field| self.look(field, found))?;
        }
        Ok(())
    }

    fn look(&self, field: &Node, found: &mut bool) -> Result<(), Fault> {
        match &field.value {
            // A null instead of a list of containers becomes an empty list.
            _ if field.is_null() => *found = true,
            Value::Scalar(s) => *found |= self.pattern.is_match(&s.text),
            _ => return Err(wrong_kind(field, "ScalarNode")),
        }
        Ok(())
    }

    fn look_below(&self, node: &Node, found: &mut bool) -> Result<(), Fault> {
        if let Some(items) = node.items() {
            return items
                .iter()
                .try_for_each(|item| self.look_below(item, found));
        }
        for entry in node.entries().unwrap_or_default() {
            self.look_below(&entry.value, found)?;
            for container in containers(entry.key.text(), &entry.value) {
                if !container.is_mapping() && !container.is_null() {
                    return Err(wrong_kind(container, "MappingNode"));
                }
                if let Some(image) = container.get("image").filter(|image| !image.is_null()) {
                    self.look(image, found)?;
                }
            }
        }
        Ok(())
    }

    fn write(&self, node: &mut Node, gvk: &Gvk, specs: &[FieldSpec]) -> Result<(), Fault> {
        self.write_below(node);
        for spec in specs {
            fieldspec::change(node, gvk, spec, Create::Never, &mut |field| {
                self.update(field);
                Ok(())
            })?;
        }
        Ok(())
    }

    fn write_below(&self, node: &mut Node) {
        let mut found = false;
        if self.look_below(node, &mut found).is_err() || !found {
            return;
        }
        if let Some(items) = node.items_mut() {
            items.iter_mut().for_each(|item| self.write_below(item));
            return;
        }
        for entry in node.entries_mut().into_iter().flatten() {
            self.write_below(&mut entry.value);
            if containers(entry.key.text(), &entry.value).is_empty() {
                continue;
            }
            for container in entry.value.items_mut().into_iter().flatten() {
                if let Some(image) = container.get_mut("image") {
                    self.update(image);
                }
            }
        }
    }

    fn update(&self, field: &mut Node) {
        let Some(text) = field.text() else {
            return;
        };
        if self.pattern.is_match(text) {
            let (text, place) = self.updated(text);
            // Only scalars have a text.
            let _ = set_scalar(
                field,
                &text,
                Tag::None,
                if place.is_known() { place } else { field.place },
            );
        }
    }

    /// Returns the new image, and the entry that a person would change to change it again.
    fn updated(&self, old: &str) -> (String, Place) {
        let image = self.image;
        let (name, tag, digest) = split(old);
        let (mut name, mut place) = (name.to_owned(), Place::NONE);
        if !image.new_name.is_empty() {
            name = image.new_name.value.to_string();
            place = image.new_name.place;
        }
        let (mut tag, mut digest) = (tag.to_owned(), digest.to_owned());
        if !image.new_tag.is_empty() {
            tag = image.new_tag.value.to_string();
            digest = image.digest.value.to_string();
            place = image.new_tag.place;
        } else if !image.digest.is_empty() {
            tag.clear();
            digest = image.digest.value.to_string();
            place = image.digest.place;
        } else if !image.tag_suffix.is_empty() {
            tag.push_str(&image.tag_suffix.value);
            digest.clear();
            place = image.tag_suffix.place;
        }
        if !tag.is_empty() {
            name = format!("{name}:{tag}");
        }
        if !digest.is_empty() {
            name = format!("{name}@{digest}");
        }
        (name, place)
    }
}

/// Returns the containers under a key, if it is one that holds containers.
fn containers<'a>(key: Option<&str>, value: &'a Node) -> &'a [Node] {
    match key {
        Some("containers" | "initContainers") => value.items().unwrap_or_default(),
        _ => &[],
    }
}

/// Splits an image into name, tag and digest the way kustomize does.
fn split(image: &str) -> (&str, &str, &str) {
    let start = match image.find('/') {
        Some(slash) if slash > 0 => slash,
        _ => 0,
    };
    let tail = &image[start..];
    let digest = tail.find('@').map(|at| at + start);
    let tag = tail.find(':').map(|at| at + start);
    match (tag, digest) {
        (None, None) => (image, "", ""),
        (Some(tag), Some(digest)) if tag < digest => {
            (&image[..tag], &image[tag + 1..digest], &image[digest + 1..])
        }
        (_, Some(digest)) => (&image[..digest], "", &image[digest + 1..]),
        (Some(tag), None) => (&image[..tag], &image[tag + 1..], ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_images() {
        assert_eq!(split("nginx"), ("nginx", "", ""));
        assert_eq!(split("host:5000/a/b:1"), ("host:5000/a/b", "1", ""));
        assert_eq!(split("a/b@sha256:ff"), ("a/b", "", "sha256:ff"));
        assert_eq!(split("a/b:1@sha256:ff"), ("a/b", "1", "sha256:ff"));
    }
}
