//! The patch transformers: strategic merge and JSON 6902 (kustomize api 0.21 `PatchTransformer` and its elders).

use super::decode::Text;
use super::fields::{set_metadata_name, set_name, set_namespace, set_string_map, string_map};
use super::json6902;
use super::merge::{self, strategic_merge};
use super::model::Patch;
use super::patch_content::{Content, Context, read};
use super::problem::{Outcome, ProblemKind, Site};
use super::resource::{Resource, Touch, TouchKind};
use super::selector::Selector;
use super::session::Session;
use super::set::{NotOne, ResourceSet};
use super::style;
use crate::manifest::{Node, Place};

/// Applies one entry of `patches`.
pub(crate) fn patch(
    session: &mut Session<'_>,
    set: &mut ResourceSet,
    entry: &Patch,
    context: &Context<'_>,
) -> Outcome<()> {
    let site = context.site;
    let blank = entry.patch.value.trim().is_empty();
    let complain = |message: &str| Err(site.problem(ProblemKind::BadPatch, message));
    match (blank, entry.path.is_empty()) {
        (true, true) => return complain("must specify one of patch and path"),
        (false, false) => return complain("patch and path can't be set at the same time"),
        _ => {}
    }
    let text = if blank { &entry.path } else { &entry.patch };
    let Some(mut content) = read(session, text, !blank, context)? else {
        return Ok(());
    };
    if let Content::Merge(patches) = &mut content
        && (entry.allow_name_change || entry.allow_kind_change)
    {
        // Kustomize notes the permission in the patch's annotations, which makes strings of all of them.
        let notable = |patch: &mut Resource| patch.change(|node| stringify(node, "annotations"));
        patches.iter_mut().for_each(notable);
    }
    let selector = read_selector(entry.target.as_ref(), site)?;
    match (content, selector) {
        (Content::Merge(patches), None) => {
            for patch in &patches {
                let merged = merge_by_id(session, set, patch, (entry, false), context.site);
                session.absorb_unless(context.lossy, merged)?;
            }
            Ok(())
        }
        (Content::Merge(patches), Some(selector)) => match patches.as_slice() {
            [] => Ok(()),
            [patch] => merge_selected(session, set, patch, (&selector, entry), site),
            _ => complain(
                "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set \
                 `patches.target` field",
            ),
        },
        (Content::Json(patch), _) if patch.is_empty() => Ok(()),
        (Content::Json(_), None) => complain("must specify a target for JSON patch"),
        (Content::Json(patch), Some(selector)) => {
            json_selected(session, set, &patch, (&selector, entry, true), site)
        }
    }
}

fn read_selector(target: Option<&Node>, site: &Site) -> Outcome<Option<Selector>> {
    target
        .map(|node| {
            Selector::read(node)
                .map_err(|error| site.at(node.place).problem(ProblemKind::BadPatch, error))
        })
        .transpose()
}

/// Applies one entry of `patchesJson6902`.
pub(crate) fn json_patch(
    session: &mut Session<'_>,
    set: &mut ResourceSet,
    entry: &Patch,
    context: &Context<'_>,
) -> Outcome<()> {
    let site = context.site;
    let complain = |message: &str| Err(site.problem(ProblemKind::BadPatch, message));
    let named = entry.target.as_ref().and_then(|t| t.text_at(&["name"]));
    let Some(selector) = read_selector(entry.target.as_ref(), site)?.filter(|_| named.is_some())
    else {
        return complain("must specify the target name");
    };
    let inline = !entry.patch.is_empty();
    match (inline, entry.path.is_empty()) {
        (false, true) => return complain("empty file path and empty jsonOp"),
        (true, false) => return complain("must specify a file path or jsonOp, not both"),
        _ => {}
    }
    let text = if inline { &entry.patch } else { &entry.path };
    match read(session, text, inline, context)? {
        None => Ok(()),
        Some(Content::Json(patch)) if !patch.is_empty() => {
            json_selected(session, set, &patch, (&selector, entry, false), site)
        }
        Some(Content::Json(_)) => complain("patch appears to be empty"),
        Some(Content::Merge(_)) => complain("cannot read it as JSON patch"),
    }
}

/// Applies the entries of `patchesStrategicMerge`: a file, or the patch itself.
pub(crate) fn strategic_merge_patches(
    session: &mut Session<'_>,
    set: &mut ResourceSet,
    entries: &[Text],
    context: &Context<'_>,
) -> Outcome<()> {
    for text in entries {
        let inline = text.value.contains('\n') || text.value.contains(": ");
        let site = context.site.at(text.place);
        let context = Context {
            site: &site,
            ..*context
        };
        let read = read(session, text, inline, &context);
        let Some(content) = session.absorb(read)?.flatten() else {
            continue;
        };
        let entry = Patch {
            place: text.place,
            ..Patch::default()
        };
        match content {
            Content::Merge(patches) => {
                for patch in &patches {
                    let result = merge_by_id(session, set, patch, (&entry, true), &site);
                    session.absorb_unless(context.lossy, result)?;
                }
            }
            Content::Json(_) => {
                let problem = site.problem(ProblemKind::BadPatch, "missing Resource metadata");
                session.report(problem)?;
            }
        }
    }
    Ok(())
}

/// Applies a strategic merge patch to the object of its own identity. Those of `patchesStrategicMerge` are adapted to it.
fn merge_by_id(
    session: &mut Session<'_>,
    set: &mut ResourceSet,
    patch: &Resource,
    (entry, old_style): (&Patch, bool),
    site: &Site,
) -> Outcome<()> {
    let id = patch.id();
    let index = match set.only(id) {
        Ok(index) => index,
        Err(why) => {
            let (why, kind) = match why {
                NotOne::None => ("no", ProblemKind::PatchWithoutTarget),
                NotOne::Several => ("multiple", ProblemKind::AmbiguousPatch),
            };
            let message = format!(
                "no resource matches strategic merge patch \"{id}\": {why} matches for Id {id}; \
                 failed to find unique target for patch {id}"
            );
            return Err(site.problem(kind, message));
        }
    };
    let merged = set
        .list
        .get_mut(index)
        .map_or(Ok(merge::Outcome::Merged), |target| {
            let patch = match old_style {
                true => adapted(patch.node(), target),
                false => patch.node().clone(),
            };
            apply_merge(target, &patch, entry, site)
        });
    if session.absorb(merged)? == Some(merge::Outcome::Deleted) {
        set.list.remove(index);
    }
    Ok(())
}

/// Applies a strategic merge patch to every object that is selected.
fn merge_selected(
    session: &mut Session<'_>,
    set: &mut ResourceSet,
    patch: &Resource,
    (selector, entry): (&Selector, &Patch),
    site: &Site,
) -> Outcome<()> {
    let selected = select(set, selector, site)?;
    note_idle(session, &selected, entry);
    let mut kept = Vec::with_capacity(set.list.len());
    for (mut resource, selected) in std::mem::take(&mut set.list).into_iter().zip(selected) {
        if !selected {
            kept.push(resource);
            continue;
        }
        let own = adapted(patch.node(), &resource);
        let merged = apply_merge(&mut resource, &own, entry, site);
        if session.absorb(merged)? != Some(merge::Outcome::Deleted) {
            kept.push(resource);
        }
    }
    set.append_all(kept, session, site)
}

/// Tells for each object whether it is selected.
fn select(set: &ResourceSet, selector: &Selector, site: &Site) -> Outcome<Vec<bool>> {
    let selected = set.list.iter().map(|resource| {
        resource
            .is_selected(selector)
            .map_err(|message| site.problem(ProblemKind::BadPatch, message))
    });
    selected.collect()
}

fn note_idle(session: &mut Session<'_>, selected: &[bool], entry: &Patch) {
    if !selected.contains(&true) {
        session.idle.push(Touch {
            kind: TouchKind::Patch,
            place: entry.place,
        });
    }
}

/// Returns a patch as kustomize applies it to a selected object: with the object's `apiVersion`, and with labels and
/// annotations that are strings, so that `null` there removes nothing.
fn adapted(patch: &Node, target: &Resource) -> Node {
    let mut patch = patch.clone();
    stringify(&mut patch, "labels");
    stringify(&mut patch, "annotations");
    let api_version = target.node().text_at(&["apiVersion"]).unwrap_or_default();
    set_name(&mut patch, "apiVersion", api_version);
    patch
}

/// Makes strings of all labels or annotations.
pub(crate) fn stringify(patch: &mut Node, field: &str) {
    if patch.at_path(&["metadata", field]).is_none() {
        return;
    }
    let mut map = string_map(patch, field);
    for (_, value) in &mut map {
        *value = style::string_node(value.text().unwrap_or_default()).at(value.place);
    }
    set_string_map(patch, field, map);
}

fn apply_merge(
    target: &mut Resource,
    patch: &Node,
    entry: &Patch,
    site: &Site,
) -> Outcome<merge::Outcome> {
    if entry.allow_name_change || entry.allow_kind_change {
        target.remember_id();
    }
    let id = target.id().clone();
    let outcome = target.change(|node| {
        let outcome = strategic_merge(node, patch)?;
        if outcome == merge::Outcome::Merged {
            if !entry.allow_kind_change {
                set_name(node, "kind", &id.gvk.kind);
            }
            if !entry.allow_name_change {
                set_metadata_name(node, "name", &id.name);
            }
            set_namespace(node, &id.namespace);
        }
        Ok(outcome)
    });
    target.sync_shared();
    target.touch(TouchKind::Patch, entry_place(entry, site));
    outcome.map_err(|error: merge::MergeError| {
        site.problem(ProblemKind::BadPatch, format!("{error} (patching {id})"))
    })
}

fn entry_place(entry: &Patch, site: &Site) -> Place {
    if entry.place.is_known() {
        entry.place
    } else {
        site.place
    }
}

/// Applies a JSON patch to every object that is selected.
fn json_selected(
    session: &mut Session<'_>,
    set: &mut ResourceSet,
    patch: &json6902::Patch,
    (selector, entry, remember): (&Selector, &Patch, bool),
    site: &Site,
) -> Outcome<()> {
    let selected = select(set, selector, site)?;
    note_idle(session, &selected, entry);
    for (resource, _) in set
        .list
        .iter_mut()
        .zip(selected)
        .filter(|(_, selected)| *selected)
    {
        if remember {
            resource.remember_id();
        }
        let with_annotations = resource.has_build_annotations();
        let result = resource.change(|node| {
            if with_annotations {
                ensure_annotations(node);
            }
            patch.apply(node)
        });
        resource.memory.shared.clear();
        resource.touch(TouchKind::Patch, entry_place(entry, site));
        if let Err(error) = result {
            let message = format!("{error} (patching {})", resource.id());
            session.report(site.problem(ProblemKind::BadPatch, message))?;
        }
    }
    Ok(())
}

/// Makes `metadata.annotations`, where kustomize keeps notes of its own by now, so that operations below it find it.
fn ensure_annotations(node: &mut Node) {
    if let Some(metadata) = node.get_mut("metadata").filter(|m| m.is_mapping())
        && metadata.get("annotations").is_none_or(Node::is_null)
    {
        metadata.set("annotations", Node::mapping());
    }
}
