//! The patch transformers: strategic merge and JSON 6902 (kustomize api 0.21 `PatchTransformer` and its elders).

use std::sync::Arc;

use super::decode::Text;
use super::fields::{set_metadata_name, set_name, set_namespace, set_string_map, string_map};
use super::inline;
use super::json6902;
use super::load;
use super::merge::{self, strategic_merge};
use super::model::Patch;
use super::problem::{Outcome, ProblemKind, Site};
use super::resource::{Origin, Resource, Touch, TouchKind};
use super::selector::Selector;
use super::session::{Mode, Role, Session};
use super::set::{NotOne, ResourceSet};
use super::style;
use crate::manifest::{Node, Place, SourceFile};

/// A patch that was read.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// Strategic merge patches; none where the text says nothing.
    Merge(Vec<Resource>),
    /// The operations of a JSON patch.
    Json(json6902::Patch),
}

/// Where a patch of a kustomization comes from, for messages.
pub(crate) struct Context<'a> {
    /// The folder of the kustomization.
    pub dir: &'a str,
    /// The kustomization file, which holds inline patches.
    pub file: Option<&'a Arc<SourceFile>>,
    /// The kustomization file and the entry.
    pub site: &'a Site,
}

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
                merge_by_id(session, set, patch, (entry, false), context.site)?;
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
                    session.absorb(result)?;
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

/// Reads a patch from a file or from the string itself; nothing where the file is on another host.
pub(crate) fn read(
    session: &mut Session<'_>,
    text: &Text,
    inline: bool,
    context: &Context<'_>,
) -> Outcome<Option<Content>> {
    let site = context.site.at(text.place);
    if inline {
        let parsed = inline::parse(text, context.file.map(|f| &**f));
        let move_in = |node: &Node| inline::place(node, text, context.file.map(|f| &**f));
        return content(&parsed, &site, &move_in).map(Some);
    }
    match session.source(context.dir, text, Role::Patch, &site)? {
        Some(source) => content(&source, &site, &Node::clone).map(Some),
        None => Ok(None),
    }
}

fn content(source: &SourceFile, site: &Site, place: &dyn Fn(&Node) -> Node) -> Outcome<Content> {
    let unreadable = || site.problem(ProblemKind::BadPatch, "unable to parse SM or JSON patch");
    if let Some(error) = source.errors.first() {
        let message = format!("unable to parse SM or JSON patch: yaml: {}", error.message);
        return Err(site.problem(ProblemKind::BadPatch, message));
    }
    let roots: Vec<Node> = source
        .documents
        .iter()
        .filter_map(|d| d.resolved())
        .map(|root| root.map(place).map_err(|_| unreadable()))
        .collect::<Outcome<_>>()?;
    if let Some(operations) = roots.first().filter(|root| root.is_sequence()) {
        return json6902::Patch::read(operations)
            .map(Content::Json)
            .map_err(|error| site.problem(ProblemKind::BadPatch, error.to_string()));
    }
    let patches = roots
        .into_iter()
        .filter(|root| !super::resource::is_empty(root));
    let patches = patches.map(|root| {
        load::validate(&root)
            .map_err(|fault| {
                let message = format!("unable to parse SM or JSON patch: {}", fault.0);
                site.problem(ProblemKind::BadPatch, message)
            })
            .map(|()| resource(root, site))
    });
    patches.collect::<Outcome<_>>().map(Content::Merge)
}

fn resource(node: Node, site: &Site) -> Resource {
    let origin = Origin {
        file: node.place.file,
        path: (&*site.path).into(),
        document: 0,
        place: node.place,
        generated: false,
    };
    Resource::new(node, origin)
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
            let why = match why {
                NotOne::None => "no",
                NotOne::Several => "multiple",
            };
            let message = format!(
                "no resource matches strategic merge patch \"{id}\": {why} matches for Id {id}; \
                 failed to find unique target for patch {id}"
            );
            let problem = site.problem(ProblemKind::PatchWithoutTarget, message);
            return session.report(problem);
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
    if session.options.mode == Mode::Partial && !selected.contains(&true) {
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
fn stringify(patch: &mut Node, field: &str) {
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
