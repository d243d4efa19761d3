//! Runs the transformers of one kustomization in kustomize's order (`configureBuiltinTransformers`).

use super::accumulate::{Accumulator, Target};
use super::config::{FieldSpec, merge_all};
use super::id::Gvk;
use super::model::Label;
use super::patch_content::Context;
use super::patches;
use super::plugins;
use super::problem::{Outcome, ProblemKind, Site};
use super::replacement;
use super::session::Session;
use super::shared::untie_annotations;
use super::transform::{self, Affix, LabelKind, Namespace, Subjects};

/// Applies everything that a kustomization says about the objects of its layer.
pub(crate) fn run(
    session: &mut Session<'_>,
    target: &Target<'_>,
    acc: &mut Accumulator,
) -> Outcome<()> {
    patches(session, target, acc)?;
    metadata(session, target, acc)?;
    labels(session, target, acc)?;
    late_patches(session, target, acc)?;
    values(session, target, acc)?;
    plugins::transformers(session, target, acc)?;
    plugins::validators(session, target)
}

/// Notes that a transformer ran, where `buildMetadata` wants to know.
pub(crate) fn note(target: &Target<'_>, acc: &mut Accumulator, kind: &str) {
    let Some(trace) = &target.trace else {
        return;
    };
    add_note(acc, &trace.transformer(kind));
}

/// Adds a note on a transformer to all objects.
pub(crate) fn add_note(acc: &mut Accumulator, note: &str) {
    for resource in acc.set.list.iter_mut().filter(|r| r.trace.is_some()) {
        if let Some(notes) = &mut resource.trace {
            notes.transformations.push(note.to_owned());
        }
        // Kustomize keeps the notes in the annotations, which makes strings of all of them.
        resource.change_content(|node| patches::stringify(node, "annotations"));
        untie_annotations(&mut resource.memory.shared);
    }
}

/// Returns where a patch entry stands.
pub(crate) fn context<'a>(target: &'a Target<'_>, site: &'a Site, lossy: bool) -> Context<'a> {
    Context {
        lossy,
        dir: &target.dir,
        file: target.file.as_ref(),
        site,
    }
}

fn patches(session: &mut Session<'_>, target: &Target<'_>, acc: &mut Accumulator) -> Outcome<()> {
    let k = &target.kustomization;
    if !k.patches_strategic_merge.is_empty() {
        let context = context(target, &target.site, acc.lossy);
        patches::strategic_merge_patches(
            session,
            &mut acc.set,
            &k.patches_strategic_merge,
            &context,
        )?;
        note(target, acc, "PatchStrategicMergeTransformer");
    }
    for entry in &k.patches {
        let site = target.at(entry.place);
        let result = patches::patch(
            session,
            &mut acc.set,
            entry,
            &context(target, &site, acc.lossy),
        );
        session.absorb(result)?;
        note(target, acc, "PatchTransformer");
    }
    Ok(())
}

fn metadata(session: &mut Session<'_>, target: &Target<'_>, acc: &mut Accumulator) -> Outcome<()> {
    let k = &target.kustomization;
    let config = acc.config.clone();
    if !k.namespace.is_empty() {
        let options = Namespace {
            name: &k.namespace.value,
            place: k.namespace.place,
            unset_only: false,
            subjects: Subjects::default(),
            specs: &config.namespace,
        };
        let site = target.at(k.namespace.place);
        transform::namespace(session, &mut acc.set, &options, &site)?;
        note(target, acc, "NamespaceTransformer");
    }
    let affixes = [
        (
            Affix::Prefix,
            &k.name_prefix,
            &config.name_prefix,
            "PrefixTransformer",
        ),
        (
            Affix::Suffix,
            &k.name_suffix,
            &config.name_suffix,
            "SuffixTransformer",
        ),
    ];
    for (affix, text, specs, kind) in affixes {
        if !text.is_empty() {
            let site = target.at(text.place);
            let what = (affix, text.value.as_str(), text.place);
            transform::affix(session, &mut acc.set, what, specs, &site)?;
            note(target, acc, kind);
        }
    }
    Ok(())
}

fn labels(session: &mut Session<'_>, target: &Target<'_>, acc: &mut Accumulator) -> Outcome<()> {
    let k = &target.kustomization;
    let config = acc.config.clone();
    for label in &k.labels {
        let site = target.at(label.place);
        match label_specs(label, &config) {
            Some(specs) => {
                let what = (LabelKind::Labels, &label.pairs, label.place);
                transform::pairs(session, &mut acc.set, what, &specs, &site)?;
            }
            None => {
                let message = "failed to merge labels: conflicting fieldspecs";
                session.report(site.problem(ProblemKind::BadTransformer, message))?;
            }
        }
        note(target, acc, "LabelTransformer");
    }
    if !(k.labels.is_empty() && k.common_labels.is_empty()) {
        let site = target.at(k.common_labels_place);
        let what = (LabelKind::Labels, &k.common_labels, k.common_labels_place);
        transform::pairs(session, &mut acc.set, what, &config.common_labels, &site)?;
        note(target, acc, "LabelTransformer");
    }
    if !k.common_annotations.is_empty() {
        let place = k.common_annotations_place;
        let what = (LabelKind::Annotations, &k.common_annotations, place);
        let site = target.at(place);
        transform::pairs(
            session,
            &mut acc.set,
            what,
            &config.common_annotations,
            &site,
        )?;
        note(target, acc, "AnnotationsTransformer");
    }
    Ok(())
}

/// Returns the fields that an entry of `labels` means; nothing if they contradict each other.
fn label_specs(label: &Label, config: &super::config::Config) -> Option<Vec<FieldSpec>> {
    let mut specs = label.fields.clone();
    merge_all(&mut specs, &config.labels, "labels").ok()?;
    if label.include_selectors {
        merge_all(&mut specs, &config.common_labels, "labels").ok()?;
        return Some(specs);
    }
    if label.include_templates {
        merge_all(&mut specs, &config.template_labels, "labels").ok()?;
    }
    let own = FieldSpec::new(Gvk::default(), "metadata/labels", true);
    merge_all(&mut specs, &[own], "labels").ok()?;
    Some(specs)
}

fn late_patches(
    session: &mut Session<'_>,
    target: &Target<'_>,
    acc: &mut Accumulator,
) -> Outcome<()> {
    for entry in &target.kustomization.patches_json6902 {
        let site = target.at(entry.place);
        let result = patches::json_patch(
            session,
            &mut acc.set,
            entry,
            &context(target, &site, acc.lossy),
        );
        session.absorb(result)?;
        note(target, acc, "PatchJson6902Transformer");
    }
    Ok(())
}

fn values(session: &mut Session<'_>, target: &Target<'_>, acc: &mut Accumulator) -> Outcome<()> {
    let k = &target.kustomization;
    let config = acc.config.clone();
    for replica in &k.replicas {
        let site = target.at(replica.place);
        let result = transform::replicas(session, &mut acc.set, replica, &config.replicas, &site);
        session.absorb_unless(acc.lossy, result)?;
        note(target, acc, "ReplicaCountTransformer");
    }
    for image in &k.images {
        let site = target.at(image.place);
        let result = transform::images(session, &mut acc.set, image, &config.images, &site);
        session.absorb(result)?;
        note(target, acc, "ImageTagTransformer");
    }
    if !k.replacements.is_empty() {
        replacement::run(session, target, (&mut acc.set, acc.lossy), &k.replacements)?;
        note(target, acc, "ReplacementTransformer");
    }
    Ok(())
}
