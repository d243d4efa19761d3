//! The ImagePolicy, and the objects for the same image that are there already.

use serde_json::Value;

use super::{Ground, Subject, Work};
use crate::flux::SourceOf;
use crate::image::propose::{TagChoice, TagOrder};
use crate::image::{ImageObject, ImageObjects, Reference, TagPolicySpec, same_repository};
use crate::manifest::{Editor, FileId, Route, SourceFile};
use crate::scaffold::plan::PlanError;

/// Returns the choices of the cluster's policies, those of the nearest services first.
pub fn neighbours(
    ground: &Ground<'_>,
    siblings: &crate::scaffold::conventions::Siblings<'_>,
) -> Vec<TagChoice> {
    let Some(cluster) = ground.cluster() else {
        return Vec::new();
    };
    let objects = ImageObjects::of(cluster);
    let names: Vec<&str> = siblings.siblings.iter().map(|s| s.name()).collect();
    let mut choices: Vec<(usize, TagChoice)> = Vec::new();
    for policy in &objects.policies {
        let spec = TagPolicySpec::of(policy.node(), None);
        let Some(choice) = TagChoice::of(&spec).filter(|_| !spec.has_unknown()) else {
            continue;
        };
        let rank = names
            .iter()
            .position(|name| crate::scaffold::names::owns(name, &policy.id.name));
        choices.push((rank.unwrap_or(names.len()), choice));
    }
    choices.sort_by_key(|(rank, _)| *rank);
    choices.into_iter().map(|(_, choice)| choice).collect()
}

/// Returns a policy for an image that an automation would write into a file: its name and choice.
pub fn fitting_policy(
    ground: &Ground<'_>,
    image: &str,
    file: &str,
) -> Option<(crate::flux::ObjectRef, TagChoice)> {
    let objects = ImageObjects::of(ground.cluster()?);
    let of_image = objects
        .policies
        .iter()
        .filter(|policy| is_of(&objects, policy, image));
    let mut covered =
        of_image.filter(|policy| objects.automations.iter().any(|a| a.updates(policy, file)));
    covered.find_map(|policy| {
        Some((
            policy.id.clone(),
            TagChoice::of(&objects.tag_policy(policy))?,
        ))
    })
}

fn is_of(objects: &ImageObjects<'_>, policy: &ImageObject<'_>, image: &str) -> bool {
    let repository = objects.repository_of(policy);
    let watched = repository.and_then(|r| r.node().text_at(&["spec", "image"]));
    watched.is_some_and(|watched| same_repository(watched, image))
}

/// Returns a policy with the same image and choice that an automation may write into the file.
pub(super) fn same<'o, 'm>(
    objects: &'o ImageObjects<'m>,
    subject: &Subject<'_>,
) -> Option<&'o ImageObject<'m>> {
    let wanted = subject.choice.spec();
    objects.policies.iter().find(|policy| {
        let spec = TagPolicySpec::of(policy.node(), None);
        let near = objects.automations.iter().any(|a| {
            a.object.id.namespace == policy.id.namespace
                && a.source == SourceOf::Here
                && a.covers(subject.file)
        });
        TagChoice::of(&spec).is_some_and(|choice| choice.spec() == wanted)
            && near
            && is_of(objects, policy, subject.image)
    })
}

/// Returns the ImageRepository for the image in a namespace.
pub(super) fn repository<'o, 'm>(
    objects: &'o ImageObjects<'m>,
    subject: &Subject<'_>,
    namespace: &str,
) -> Option<&'o ImageObject<'m>> {
    objects.repositories.iter().find(|repository| {
        let image = repository.node().text_at(&["spec", "image"]);
        repository.id.namespace == namespace
            && image.is_some_and(|image| same_repository(image, subject.image))
    })
}

/// Returns the Secret with which the images of the same owner are scanned in a namespace.
pub(super) fn secret_of_kin(
    objects: &ImageObjects<'_>,
    subject: &Subject<'_>,
    namespace: &str,
) -> Option<String> {
    let owner = |image: &str| {
        let image = Reference::parse(image).ok()?;
        let (owner, _) = image.repository().rsplit_once('/')?;
        Some((image.registry().to_owned(), owner.to_owned()))
    };
    let own = owner(subject.image)?;
    let kin = objects.repositories.iter().filter(|repository| {
        let image = repository.node().text_at(&["spec", "image"]);
        repository.id.namespace == namespace && image.and_then(owner).as_ref() == Some(&own)
    });
    let mut secrets =
        kin.map(|repository| repository.node().text_at(&["spec", "secretRef", "name"]));
    secrets.next_back().flatten().map(str::to_owned)
}

/// Takes out of a policy what siblings all have and this one must not have.
fn without_siblings(text: String, choice: &TagChoice) -> Result<String, PlanError> {
    let file = SourceFile::parse(FileId::NONE, "image-policy.yaml", text.as_str());
    let mut surplus = Vec::new();
    match (&choice.pattern, &choice.extract) {
        (None, _) => surplus.push("spec.filterTags"),
        (Some(_), None) => surplus.push("spec.filterTags.extract"),
        (Some(_), Some(_)) => {}
    }
    for (key, route) in [
        ("semver", "spec.policy.semver"),
        ("numerical", "spec.policy.numerical"),
        ("alphabetical", "spec.policy.alphabetical"),
    ] {
        if key != order_key(&choice.order) {
            surplus.push(route);
        }
    }
    let mut editor = Editor::new(&file);
    for route in surplus
        .into_iter()
        .filter_map(|route| route.parse::<Route>().ok())
    {
        if editor.node(0, &route).is_some() {
            editor.remove(0, &route)?;
        }
    }
    Ok(editor.finish()?.text.to_string())
}

fn order_key(order: &TagOrder) -> &'static str {
    match order {
        TagOrder::Semver(_) => "semver",
        TagOrder::Numerical => "numerical",
        TagOrder::Alphabetical => "alphabetical",
    }
}

/// Writes the policy, and makes sure that it says what was chosen: siblings may all have a filter that this one must not
/// have.
pub(super) fn write(work: &Work<'_, '_, '_>, values: Value) -> Result<String, PlanError> {
    let text = work.author.write("image-policy.yaml", values)?.text;
    let text = without_siblings(text, work.subject.choice)?;
    let file = SourceFile::parse(FileId::NONE, "image-policy.yaml", text.as_str());
    let root = file.documents.first().and_then(|d| d.root.as_ref());
    let said = root.map(|root| TagPolicySpec::of(root, None));
    match said.as_ref() == Some(&work.subject.choice.spec()) {
        true => Ok(text),
        false => Err(PlanError::Other(format!(
            "the template image-policy.yaml does not write the policy that was chosen:\n{text}"
        ))),
    }
}
