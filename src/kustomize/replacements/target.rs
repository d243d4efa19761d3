//! Where a replacement writes its value.

use super::field::{self, Options};
use super::{Copied, DEFAULT_PATH, Subject, given, string_value};
use crate::kustomize::fieldpath::{self, Kind, Match, Step};
use crate::kustomize::selector::Selector;
use crate::kustomize::structured::{self, Structured};
use crate::manifest::Node;

/// The fields to write.
#[derive(Clone, Debug)]
pub(super) struct Target {
    select: Option<Node>,
    reject: Vec<Node>,
    paths: Vec<String>,
    options: Options,
}

impl Target {
    pub(super) fn read(node: &Node) -> Result<Self, String> {
        let list = |key| given(node, key).and_then(Node::items).unwrap_or_default();
        let paths = list("fieldPaths")
            .iter()
            .map(|p| string_value(p, "fieldPaths"));
        Ok(Target {
            select: given(node, "select").cloned(),
            reject: list("reject").to_vec(),
            paths: paths.collect::<Result<_, String>>()?,
            options: Options::read(node)?,
        })
    }

    pub(super) fn apply<S: Subject>(
        &self,
        subjects: &mut [S],
        value: &mut Copied,
        changed: &mut Vec<usize>,
    ) -> Result<(), String> {
        let Some(select) = &self.select else {
            return Err("target must specify resources to select".to_owned());
        };
        let read =
            |node| Selector::read(node).map_err(|e| format!("error creating target selector: {e}"));
        let select = read(select)?;
        let reject: Vec<Selector> = self.reject.iter().map(read).collect::<Result<_, _>>()?;
        for (index, subject) in subjects.iter_mut().enumerate() {
            if !is_target(subject, &select, &reject)? {
                continue;
            }
            subject.change(|node| self.write(node, index, value))?;
            if !changed.contains(&index) {
                changed.push(index);
            }
        }
        Ok(())
    }

    fn write(&self, node: &mut Node, index: usize, value: &mut Copied) -> Result<(), String> {
        let default = [DEFAULT_PATH.to_owned()];
        let paths = if self.paths.is_empty() {
            &default
        } else {
            self.paths.as_slice()
        };
        for path in paths {
            let parts = fieldpath::split(path);
            value.refresh(index, node);
            let create = self.options.create.then(|| Kind::of(&value.node));
            if write_structured(node, &parts, &value.node, create).is_ok() {
                continue;
            }
            let what = if create.is_some() {
                "find or create"
            } else {
                "find"
            };
            let failed = format!("unable to {what} field {path:?} in replacement target");
            let found = fieldpath::find_all(node, &parts, create)
                .map_err(|error| format!("{failed}: {error}"))?;
            if found.is_empty() {
                return Err(failed);
            }
            for found in found {
                let Match::At(steps) = found else { continue };
                value.refresh(index, node);
                value.detach(index, &steps);
                if let Some(field) = fieldpath::follow_mut(node, &steps) {
                    self.options.write(field, &value.node)?;
                }
            }
        }
        value.refresh(index, node);
        Ok(())
    }
}

fn is_target<S: Subject>(
    subject: &S,
    select: &Selector,
    reject: &[Selector],
) -> Result<bool, String> {
    if !select.matches_metadata(subject.node())? {
        return Ok(false);
    }
    for rejected in reject.iter().filter(|r| r.asks_for_metadata()) {
        if rejected.matches_metadata(subject.node())? {
            return Ok(false);
        }
    }
    let rejected = reject.iter().filter(|r| r.asks_for_identity());
    let is_rejected = |r: &Selector| subject.any_identity(&mut |id| r.matches_identity(id));
    Ok(!rejected.into_iter().any(is_rejected)
        && subject.any_identity(&mut |id| select.matches_identity(id)))
}

/// Writes into YAML or JSON inside of a string, if the path leads through one.
fn write_structured(
    node: &mut Node,
    path: &[String],
    value: &Node,
    create: Option<Kind>,
) -> Result<(), String> {
    let (steps, rest, mut inner) = structured_field(node, path).ok_or("no structured data")?;
    let found = fieldpath::find_all(&mut inner.root, rest, create)?;
    if found.is_empty() {
        return Err("unable to find field in structured data".to_owned());
    }
    let mut spans = Some(Vec::new());
    for found in found {
        let Match::At(steps) = found else { continue };
        let Some(field) = fieldpath::follow_mut(&mut inner.root, &steps) else {
            continue;
        };
        let span = field.scalar().is_some().then_some(field.place.span);
        field::put(field, value);
        match (span, &mut spans) {
            (Some(span), Some(spans)) if is_one_line(field) && span.end > span.start => {
                spans.push((span, field.clone()));
            }
            _ => spans = None,
        }
    }
    let text = inner.write(spans)?;
    if let Some(field) = fieldpath::follow_mut(node, &steps) {
        field::set_text(field, &text);
    }
    Ok(())
}

fn is_one_line(node: &Node) -> bool {
    node.text().is_some_and(|text| !text.contains('\n'))
}

type Inside<'p> = (Vec<Step>, &'p [String], Structured);

/// Returns the first scalar on the path, before its end, and what is in it.
fn structured_field<'p>(node: &Node, path: &'p [String]) -> Option<Inside<'p>> {
    (1..path.len()).find_map(|length| {
        let (head, rest) = path.split_at_checked(length)?;
        let steps = fieldpath::locate(node, head).ok()??;
        let text = fieldpath::follow(node, &steps)?.text()?;
        Some((steps, rest, structured::parse(text).ok()??))
    })
}
