//! Where image policies live and how they are written.

use crate::manifest::{Node, Place};
use crate::scaffold::layout::Role;
use crate::scaffold::names::{NAME, dir};

use super::learnt::{Learnt, Siblings};
use super::sibling::Sibling;

/// How image automation is written. `{name}` stands for the name of the service.
#[derive(Clone, Debug, Default)]
pub struct Images {
    /// The file that holds a policy, relative to the repository root.
    pub file: Option<Learnt<String>>,
    /// Whether that file stands in the service's own folder.
    pub beside: Option<Learnt<bool>>,
    /// The namespace of policies; `None` where it is not written.
    pub namespace: Option<Learnt<Option<String>>>,
    /// The name of a policy.
    pub policy: Option<Learnt<String>>,
    /// The name of a repository.
    pub repository: Option<Learnt<String>>,
    /// How often a repository is scanned.
    pub interval: Option<Learnt<String>>,
    /// The Secret with which a repository is scanned.
    pub pull_secret: Option<Learnt<String>>,
    /// The key of `spec.policy`: `semver`, `numerical`, `alphabetical`.
    pub order: Option<Learnt<String>>,
    /// The pattern of tags.
    pub tag_pattern: Option<Learnt<String>>,
    /// The name of the automation that writes the service's markers; without `{name}` where all share one.
    pub automation: Option<Learnt<String>>,
    /// `spec.update.path` of that automation.
    pub update_path: Option<Learnt<String>>,
    /// Its message template.
    pub message: Option<Learnt<String>>,
    /// Its interval.
    pub automation_interval: Option<Learnt<String>>,
}

const POLICY: &str = "ImagePolicy";
const REPOSITORY: &str = "ImageRepository";
const AUTOMATION: &str = "ImageUpdateAutomation";

impl Images {
    pub(super) fn learn(circle: &Siblings<'_>) -> Self {
        let text = |kind, path: &[&str]| circle.learn(|s| s.text(kind, path));
        let pattern = |kind, path: &[&str]| circle.learn(|s| s.text_pattern(kind, path));
        Images {
            file: circle.learn(file),
            beside: circle.learn(beside),
            namespace: circle.learn(namespace),
            policy: pattern(POLICY, &["metadata", "name"]),
            repository: pattern(REPOSITORY, &["metadata", "name"]),
            interval: text(REPOSITORY, &["spec", "interval"]),
            pull_secret: pattern(REPOSITORY, &["spec", "secretRef", "name"]),
            order: circle.learn(order),
            tag_pattern: text(POLICY, &["spec", "filterTags", "pattern"]),
            automation: pattern(AUTOMATION, &["metadata", "name"]),
            update_path: pattern(AUTOMATION, &["spec", "update", "path"]),
            message: pattern(AUTOMATION, &["spec", "git", "commit", "messageTemplate"]),
            automation_interval: text(AUTOMATION, &["spec", "interval"]),
        }
    }
}

fn file(sibling: &Sibling<'_>) -> Option<(String, Place)> {
    let file = sibling.with(Role::ImagePolicy).next()?;
    let path: &str = &file.source.path;
    // The folder's own name need not be the service's; the new service stands in a folder of its own.
    let own = sibling.is_own(path) && dir(path) == sibling.service.folder();
    let folder = dir(sibling.service.folder());
    let pattern = match path.get(sibling.service.folder().len()..) {
        Some(rest) if own && folder.is_empty() => format!("{NAME}{}", sibling.pattern(rest)),
        Some(rest) if own => format!("{folder}/{NAME}{}", sibling.pattern(rest)),
        _ => sibling.pattern(path),
    };
    Some((pattern, file.start()))
}

fn beside(sibling: &Sibling<'_>) -> Option<(bool, Place)> {
    let file = sibling.with(Role::ImagePolicy).next()?;
    Some((sibling.is_own(&file.source.path), file.start()))
}

fn policy<'s>(sibling: &'s Sibling<'_>) -> Option<&'s Node> {
    sibling.of_kind(POLICY).next()
}

fn namespace(sibling: &Sibling<'_>) -> Option<(Option<String>, Place)> {
    let policy = policy(sibling)?;
    let written = policy.at_path(&["metadata", "namespace"]);
    let text = written.and_then(Node::text).map(|t| sibling.pattern(t));
    Some((text, written.map_or(policy.place, |n| n.place)))
}

fn order(sibling: &Sibling<'_>) -> Option<(String, Place)> {
    let entry = policy(sibling)?
        .at_path(&["spec", "policy"])?
        .entries()?
        .first()?;
    Some((entry.key.text()?.to_owned(), entry.key.place))
}
