//! The files of a new repository, as templates.

/// Paths and templates.
pub(super) type Files = &'static [(&'static str, &'static str)];

/// The objects of Flux, below the folder of a cluster.
pub(super) const CLUSTER: Files = &[
    (
        "kustomization.yaml",
        include_str!("../../../templates/init/cluster/kustomization.yaml"),
    ),
    (
        "infrastructure.yaml",
        include_str!("../../../templates/init/cluster/infrastructure.yaml"),
    ),
    (
        "apps.yaml",
        include_str!("../../../templates/init/cluster/apps.yaml"),
    ),
    (
        "flux-system/kustomization.yaml",
        include_str!("../../../templates/init/cluster/flux-system/kustomization.yaml"),
    ),
    (
        "flux-system/gotk-components.yaml",
        include_str!("../../../templates/init/cluster/flux-system/gotk-components.yaml"),
    ),
    (
        "flux-system/gotk-sync.yaml",
        include_str!("../../../templates/init/cluster/flux-system/gotk-sync.yaml"),
    ),
];

/// What the units of an empty cluster apply: nothing yet.
pub(super) const EMPTY: Files = &[
    (
        "infrastructure/kustomization.yaml",
        include_str!("../../../templates/init/empty.yaml"),
    ),
    (
        "apps/kustomization.yaml",
        include_str!("../../../templates/init/empty.yaml"),
    ),
];

/// What the units of the example apply.
pub(super) const EXAMPLE: Files = &[
    (
        "apps/homepage/configmap.yaml",
        include_str!("../../../templates/init/example/apps/homepage/configmap.yaml"),
    ),
    (
        "apps/homepage/deployment.yaml",
        include_str!("../../../templates/init/example/apps/homepage/deployment.yaml"),
    ),
    (
        "apps/homepage/image-policy.yaml",
        include_str!("../../../templates/init/example/apps/homepage/image-policy.yaml"),
    ),
    (
        "apps/homepage/ingress.yaml",
        include_str!("../../../templates/init/example/apps/homepage/ingress.yaml"),
    ),
    (
        "apps/homepage/kustomization.yaml",
        include_str!("../../../templates/init/example/apps/homepage/kustomization.yaml"),
    ),
    (
        "apps/homepage/namespace.yaml",
        include_str!("../../../templates/init/example/apps/homepage/namespace.yaml"),
    ),
    (
        "apps/homepage/service.yaml",
        include_str!("../../../templates/init/example/apps/homepage/service.yaml"),
    ),
    (
        "apps/kustomization.yaml",
        include_str!("../../../templates/init/example/apps/kustomization.yaml"),
    ),
    (
        "apps/mealie/deployment.yaml",
        include_str!("../../../templates/init/example/apps/mealie/deployment.yaml"),
    ),
    (
        "apps/mealie/image-policy.yaml",
        include_str!("../../../templates/init/example/apps/mealie/image-policy.yaml"),
    ),
    (
        "apps/mealie/ingress.yaml",
        include_str!("../../../templates/init/example/apps/mealie/ingress.yaml"),
    ),
    (
        "apps/mealie/kustomization.yaml",
        include_str!("../../../templates/init/example/apps/mealie/kustomization.yaml"),
    ),
    (
        "apps/mealie/namespace.yaml",
        include_str!("../../../templates/init/example/apps/mealie/namespace.yaml"),
    ),
    (
        "apps/mealie/pvc.yaml",
        include_str!("../../../templates/init/example/apps/mealie/pvc.yaml"),
    ),
    (
        "apps/mealie/service.yaml",
        include_str!("../../../templates/init/example/apps/mealie/service.yaml"),
    ),
    (
        "apps/whoami/deployment.yaml",
        include_str!("../../../templates/init/example/apps/whoami/deployment.yaml"),
    ),
    (
        "apps/whoami/image-policy.yaml",
        include_str!("../../../templates/init/example/apps/whoami/image-policy.yaml"),
    ),
    (
        "apps/whoami/ingress.yaml",
        include_str!("../../../templates/init/example/apps/whoami/ingress.yaml"),
    ),
    (
        "apps/whoami/kustomization.yaml",
        include_str!("../../../templates/init/example/apps/whoami/kustomization.yaml"),
    ),
    (
        "apps/whoami/namespace.yaml",
        include_str!("../../../templates/init/example/apps/whoami/namespace.yaml"),
    ),
    (
        "apps/whoami/service.yaml",
        include_str!("../../../templates/init/example/apps/whoami/service.yaml"),
    ),
    (
        "infrastructure/image-automation/apps.yaml",
        include_str!("../../../templates/init/example/infrastructure/image-automation/apps.yaml"),
    ),
    (
        "infrastructure/image-automation/kustomization.yaml",
        include_str!(
            "../../../templates/init/example/infrastructure/image-automation/kustomization.yaml"
        ),
    ),
    (
        "infrastructure/kustomization.yaml",
        include_str!("../../../templates/init/example/infrastructure/kustomization.yaml"),
    ),
];

/// Beside the manifests of a new repository.
pub(super) const BESIDE: Files = &[
    (
        ".gitignore",
        include_str!("../../../templates/init/gitignore"),
    ),
    (
        "README.md",
        include_str!("../../../templates/init/README.md"),
    ),
];

/// The settings.
pub(super) const SETTINGS: &str = include_str!("../../../templates/init/homelab.yaml");
/// The settings of the example.
pub(super) const EXAMPLE_SETTINGS: &str =
    include_str!("../../../templates/init/example/homelab.yaml");
/// The hook of git.
pub(super) const HOOK: &str = include_str!("../../../templates/init/pre-commit");
/// The check on GitHub.
pub(super) const GITHUB: &str = include_str!("../../../templates/init/ci/github.yaml");
/// The check on Forgejo and Gitea.
pub(super) const FORGEJO: &str = include_str!("../../../templates/init/ci/forgejo.yaml");
/// The check on GitLab.
pub(super) const GITLAB: &str = include_str!("../../../templates/init/ci/gitlab.yaml");

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "tests look at what is on the disk"
)]
mod tests {
    use super::*;

    #[test]
    fn no_file_of_the_example_is_forgotten() {
        let folder =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/init/example");
        let mut found = vec![];
        let mut folders = vec![folder.clone()];
        while let Some(dir) = folders.pop() {
            for entry in std::fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => found.push(path.strip_prefix(&folder).unwrap().display().to_string()),
                }
            }
        }
        found.sort();
        found.retain(|path| path != "homelab.yaml");
        let mut known: Vec<&str> = EXAMPLE.iter().map(|(path, _)| *path).collect();
        known.sort_unstable();
        assert_eq!(found, known);
    }
}
