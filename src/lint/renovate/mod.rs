//! Renovate's configuration as far as it tells which images Renovate updates in which files.
//!
//! As of Renovate 42. Where the configuration may say more than can be read here (a preset of another repository, an
//! unknown matcher on a rule that disables), the answer is that Renovate leaves the image alone.

mod config;
mod patterns;

use serde_json::Value;

use self::config::Config;
use self::patterns::{Pattern, any, any_of};
use crate::manifest::Tree;

/// Where Renovate looks for its configuration; the first that exists is read.
const FILES: [&str; 13] = [
    "renovate.json",
    "renovate.jsonc",
    "renovate.json5",
    ".github/renovate.json",
    ".github/renovate.jsonc",
    ".github/renovate.json5",
    ".gitlab/renovate.json",
    ".gitlab/renovate.jsonc",
    ".gitlab/renovate.json5",
    ".renovaterc",
    ".renovaterc.json",
    ".renovaterc.jsonc",
    ".renovaterc.json5",
];

/// One of Renovate's managers that read images in YAML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manager {
    /// `image:` lines of Kubernetes objects, in the files that it is told to read.
    Kubernetes,
    /// The `images` of kustomizations.
    Kustomize,
    /// `image:` in compose files.
    DockerCompose,
    /// `image` in Helm values files.
    HelmValues,
    /// `image` in the values of a HelmRelease, in the files that it is told to read.
    Flux,
}

impl Manager {
    const ALL: [Manager; 5] = [
        Manager::Kubernetes,
        Manager::Kustomize,
        Manager::DockerCompose,
        Manager::HelmValues,
        Manager::Flux,
    ];

    /// Its name in a configuration.
    pub(super) fn name(self) -> &'static str {
        match self {
            Manager::Kubernetes => "kubernetes",
            Manager::Kustomize => "kustomize",
            Manager::DockerCompose => "docker-compose",
            Manager::HelmValues => "helm-values",
            Manager::Flux => "flux",
        }
    }

    /// The files that it reads without being told.
    fn default_pattern(self) -> Option<&'static str> {
        match self {
            Manager::Kubernetes => None,
            Manager::Kustomize => Some(r"/(^|/)kustomization\.ya?ml$/"),
            Manager::DockerCompose => Some(r"/(^|/)(?:docker-)?compose[^/]*\.ya?ml$/"),
            Manager::HelmValues => Some(r"/(^|/)values\.ya?ml$/"),
            Manager::Flux => Some(r"/(^|/)gotk-components\.ya?ml$/"),
        }
    }
}

/// A configuration that Renovate would read.
pub(super) struct Renovate {
    /// The file it stands in.
    pub(super) file: &'static str,
    config: Config,
}

impl Renovate {
    /// Reads the configuration of a repository; none if there is none or it cannot be known what it says.
    pub(super) fn of(tree: &Tree) -> Option<Self> {
        let file = FILES.into_iter().find(|file| tree.id(file).is_some())?;
        let config = Config::read(tree, file)?;
        config.enabled.then_some(Renovate { file, config })
    }

    /// Tells whether Renovate updates `image` (without tag) where `manager` reads it in the file at `path`.
    pub(super) fn updates(&self, manager: Manager, path: &str, image: &str) -> bool {
        let config = &self.config;
        let runs = match &config.enabled_managers {
            Some(names) => names.iter().any(|name| name == manager.name()),
            None => !config.is_disabled(manager),
        };
        let patterns = config.patterns.get(manager.name());
        let reads = manager.default_pattern().map(Pattern::of);
        let reads = reads.iter().chain(patterns.into_iter().flatten());
        runs && any(reads, path)
            && config.takes(path)
            && !config.ignored_images.iter().any(|name| name == image)
            && !self.left_alone(manager, path, image)
    }

    /// Tells whether the last rule that enables or disables this image disables it.
    fn left_alone(&self, manager: Manager, path: &str, image: &str) -> bool {
        let mut left = false;
        for rule in &self.config.rules {
            let Some(enabled) = rule.get("enabled").and_then(Value::as_bool) else {
                continue;
            };
            match matches(rule, manager, path, image) {
                Some(true) => left = !enabled,
                None if !enabled => left = true,
                _ => {}
            }
        }
        left
    }
}

/// Tells whether a package rule is about this image; none if it cannot be known.
fn matches(rule: &Value, manager: Manager, path: &str, image: &str) -> Option<bool> {
    let mut certain = true;
    let fields = rule.as_object()?;
    for (name, value) in fields.iter().filter(|(name, _)| is_matcher(name)) {
        let texts = config::texts(value);
        let matched = match name.as_str() {
            "matchPackageNames" | "matchDepNames" => any_of(&texts, image),
            "matchPackagePatterns" | "matchDepPatterns" => patterns::any_regex(&texts, image),
            "matchPackagePrefixes" | "matchDepPrefixes" => starts_with(&texts, image),
            "excludePackageNames" | "excludeDepNames" => !any_of(&texts, image),
            "excludePackagePatterns" | "excludeDepPatterns" => !patterns::any_regex(&texts, image),
            "excludePackagePrefixes" | "excludeDepPrefixes" => !starts_with(&texts, image),
            "matchDatasources" => any_of(&texts, "docker"),
            "matchManagers" => any_of(&texts, manager.name()),
            "matchFileNames" | "matchPaths" | "matchFiles" => any_of(&texts, path),
            "matchUpdateTypes" => ["major", "minor", "patch"]
                .iter()
                .all(|kind| texts.iter().any(|text| text == kind)),
            _ => {
                certain = false;
                true
            }
        };
        if !matched {
            return Some(false);
        }
    }
    certain.then_some(true)
}

fn is_matcher(name: &str) -> bool {
    name.starts_with("match") || name.starts_with("exclude")
}

fn starts_with(prefixes: &[&str], image: &str) -> bool {
    prefixes.iter().any(|prefix| image.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::{Manager, Renovate};
    use crate::manifest::Tree;

    fn updates(files: &[(&str, &str)], manager: Manager, path: &str) -> bool {
        let tree = Tree::of_texts(files.iter().copied());
        Renovate::of(&tree).is_some_and(|r| r.updates(manager, path, "ghcr.io/me/app"))
    }

    fn kustomize(config: &str) -> bool {
        let files = [("renovate.json", config)];
        updates(&files, Manager::Kustomize, "apps/a/kustomization.yaml")
    }

    #[test]
    fn a_kustomization_is_read_unless_the_configuration_says_no() {
        assert!(kustomize(r#"{"extends": ["config:recommended"]}"#));
        assert!(kustomize("{}"));
        for off in [
            r#"{"enabled": false}"#,
            r#"{"extends": [":disableRenovate"]}"#,
            r#"{"extends": ["docker:disable"]}"#,
            r#"{"kustomize": {"enabled": false}}"#,
            r#"{"enabledManagers": ["flux"]}"#,
            r#"{"ignorePaths": ["apps/"]}"#,
            r#"{"ignorePaths": ["**/a/*"]}"#,
            r#"{"includePaths": ["infra/**"]}"#,
            r#"{"ignoreDeps": ["ghcr.io/me/app"]}"#,
            r#"{"packageRules": [{"matchPackageNames": ["ghcr.io/me/**"], "enabled": false}]}"#,
            r#"{"packageRules": [{"matchPackageNames": ["/^ghcr.io\\/ME/i"], "enabled": false}]}"#,
            r#"{"packageRules": [{"matchPackagePrefixes": ["ghcr.io/me/"], "enabled": false}]}"#,
            r#"{"packageRules": [{"matchDatasources": ["docker"], "enabled": false}]}"#,
            r#"{"packageRules": [{"matchCurrentAge": "> 3 days", "enabled": false}]}"#,
            r#"{"extends": ["github>other/presets"]}"#,
        ] {
            assert!(!kustomize(off), "{off}");
        }
    }

    #[test]
    fn a_rule_about_something_else_changes_nothing() {
        for on in [
            r#"{"packageRules": [{"matchPackageNames": ["ghcr.io/me/other"], "enabled": false}]}"#,
            r#"{"packageRules": [{"matchUpdateTypes": ["major"], "enabled": false}]}"#,
            r#"{"packageRules": [{"matchManagers": ["flux"], "enabled": false}]}"#,
            r#"{"packageRules": [{"matchPackageNames": ["!ghcr.io/me/app"], "enabled": false}]}"#,
            r#"{"packageRules": [
                 {"matchDatasources": ["docker"], "enabled": false},
                 {"matchPackageNames": ["ghcr.io/me/app"], "enabled": true}]}"#,
        ] {
            assert!(kustomize(on), "{on}");
        }
    }

    #[test]
    fn presets_of_the_repository_itself_are_read() {
        let files = [
            (
                ".renovaterc.json5",
                "{extends: ['github>me/home//.renovate/flux.json5'],}",
            ),
            (
                ".renovate/flux.json5",
                "// what to read\n{flux: {fileMatch: ['^apps/.+\\\\.yaml$']}}",
            ),
        ];
        assert!(updates(&files, Manager::Flux, "apps/a/release.yaml"));
        assert!(!updates(&files, Manager::Flux, "infra/a/release.yaml"));
        assert!(!updates(&files, Manager::Kubernetes, "apps/a/release.yaml"));
    }
}
