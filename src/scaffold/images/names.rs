//! The names of new image objects.

use super::Work;
use crate::flux::ObjectRef;
use crate::scaffold::names::{NAME, base};
use crate::scaffold::plan::PlanError;

/// The names of a policy and its repository.
pub(super) struct Names {
    pub(super) policy: String,
    pub(super) repository: String,
}

/// Names the objects as the example does; a second image of a service adds the image's own name.
///
/// # Errors
/// Both are taken.
pub(super) fn of(work: &Work<'_, '_, '_>) -> Result<Names, PlanError> {
    let namespace = work.kept.namespace(work.subject).rendered;
    let subject = work.subject;
    let example = work.kept.example.as_ref();
    let pattern = |found: Option<&String>| match found.filter(|p| p.contains(NAME)) {
        Some(pattern) => pattern.clone(),
        None => NAME.to_owned(),
    };
    let policy = pattern(example.map(|e| &e.policy_name));
    let repository = pattern(example.and_then(|e| e.repository_name.as_ref()));
    let image = label(base(subject.image));
    let owners = [
        subject.name.to_owned(),
        image.clone(),
        format!("{}-{image}", subject.name),
    ];
    let taken = |owner: &String| {
        let id = |pattern: &str| ObjectRef::new(namespace.clone(), pattern.replace(NAME, owner));
        let objects = work.objects;
        objects.policies.iter().any(|p| p.id == id(&policy))
            || objects.repositories.iter().any(|r| r.id == id(&repository))
    };
    let owner = owners.iter().find(|owner| !taken(owner)).ok_or_else(|| {
        PlanError::Other(format!(
            "{namespace}/{} exists already, for another image",
            policy.replace(NAME, subject.name)
        ))
    })?;
    Ok(Names {
        policy: policy.replace(NAME, owner),
        repository: repository.replace(NAME, owner),
    })
}

/// Returns a text as a part of a DNS label.
fn label(text: &str) -> String {
    let legal = text
        .to_ascii_lowercase()
        .replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    legal.trim_matches('-').to_owned()
}
