//! Which controllers to install: those that the repository needs and those that are there, so that none is dropped.

use super::{Chosen, Plan, Wishes};
use crate::preflight::facts::{ClusterFacts, RepositoryFacts};

/// What `flux bootstrap` installs without `--components` (flux2 v2.9).
pub const DEFAULT_COMPONENTS: [&str; 4] = [
    "source-controller",
    "kustomize-controller",
    "helm-controller",
    "notification-controller",
];

/// What it installs only where `--components-extra` names it (flux2 v2.9).
pub const EXTRA_COMPONENTS: [&str; 3] = [
    "image-reflector-controller",
    "image-automation-controller",
    "source-watcher",
];

/// Returns `--components-extra`: the flag, else what the repository needs and what `gotk-components.yaml` has.
pub(super) fn extra(wishes: &Wishes, repository: &RepositoryFacts) -> Vec<Chosen<String>> {
    if let Some(given) = &wishes.components_extra {
        let given = given.iter().filter(|name| !name.is_empty());
        return given
            .map(|name| Chosen::new(name.clone(), "the flag --components-extra"))
            .collect();
    }
    let reasons = EXTRA_COMPONENTS.map(|name| (name, reason(name, repository)));
    let chosen = reasons
        .into_iter()
        .filter_map(|(name, why)| Some(Chosen::new(name.to_owned(), why?)));
    chosen.collect()
}

/// Returns `--components` where it cannot be the default: the flag, else the defaults that `gotk-components.yaml` has and
/// those that the repository needs.
pub(super) fn base(wishes: &Wishes, repository: &RepositoryFacts) -> Option<Chosen<Vec<String>>> {
    if let Some(given) = &wishes.components {
        return Some(Chosen::new(given.clone(), "the flag --components"));
    }
    let installed = repository.installed.as_ref()?;
    let has = |name: &str| installed.components.iter().any(|one| one == name);
    // A header that does not list what every installation has says nothing about the others.
    if !has("source-controller") || !has("kustomize-controller") {
        return None;
    }
    let needs = |name: &str| {
        repository
            .needed_components
            .iter()
            .any(|(one, _)| one == name)
    };
    let (kept, left): (Vec<&str>, Vec<&str>) = DEFAULT_COMPONENTS
        .iter()
        .partition(|name| has(name) || needs(name));
    let kept = kept.into_iter().map(str::to_owned).collect();
    (!left.is_empty()).then(|| {
        let why = format!("{} has no {}", installed.file, left.join(" and no "));
        Chosen::new(kept, why)
    })
}

/// Says why a component is needed.
fn reason(name: &str, repository: &RepositoryFacts) -> Option<String> {
    let wanted: &[&str] = match name {
        "image-reflector-controller" => {
            &["ImagePolicy", "ImageRepository", "ImageUpdateAutomation"]
        }
        "image-automation-controller" => &["ImageUpdateAutomation"],
        _ => &[],
    };
    let kinds = &repository.image_kinds;
    let kind = wanted
        .iter()
        .find_map(|wanted| kinds.iter().find(|(kind, _)| kind == wanted));
    if let Some((kind, place)) = kind {
        return Some(format!("the repository has an {kind} ({place})"));
    }
    let needed = repository
        .needed_components
        .iter()
        .find(|(one, _)| one == name);
    if let Some((_, by)) = needed {
        return Some(by.clone());
    }
    let installed = repository.installed.as_ref()?;
    let is_there = installed.components.iter().any(|one| one == name);
    is_there.then(|| {
        format!(
            "{} has it; without the flag it would be removed",
            installed.file
        )
    })
}

/// Adds the extra controllers that run in the cluster, unless the user said which ones there are to be: whatever is not named
/// is removed.
pub(super) fn keep_installed(plan: &mut Plan, wishes: &Wishes, cluster: &ClusterFacts) {
    let Ok(controllers) = &cluster.controllers else {
        return;
    };
    if wishes.components_extra.is_some() {
        return;
    }
    for name in EXTRA_COMPONENTS {
        let runs = controllers.iter().any(|one| one.name == name);
        let is_in = plan.components_extra.iter().any(|one| one.value == name);
        if runs && !is_in {
            let why = "it runs in the cluster; without the flag it would be removed";
            plan.components_extra
                .push(Chosen::new(name.to_owned(), why));
        }
    }
}
