//! A configuration with the presets that can be read folded in.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::Manager;
use super::patterns::{Pattern, any_of};
use crate::manifest::Tree;

/// What `:ignoreModulesAndTests`, part of `config:recommended`, leaves out.
const MODULES_AND_TESTS: [&str; 9] = [
    "**/node_modules/**",
    "**/bower_components/**",
    "**/vendor/**",
    "**/examples/**",
    "**/__tests__/**",
    "**/test/**",
    "**/tests/**",
    "**/__fixtures__/**",
    "**/__mocks__/**",
];

/// The part of a configuration that says what is updated.
#[derive(Default)]
pub(super) struct Config {
    /// Whether Renovate runs at all.
    pub(super) enabled: bool,
    /// The only managers that run, if they are listed.
    pub(super) enabled_managers: Option<Vec<String>>,
    /// The files that managers read beside their own, by manager.
    pub(super) patterns: HashMap<&'static str, Vec<Pattern>>,
    /// The names of `ignoreDeps`.
    pub(super) ignored_images: Vec<String>,
    /// The `packageRules`, presets' before the repository's own.
    pub(super) rules: Vec<Value>,
    disabled: HashSet<&'static str>,
    ignore_paths: Vec<String>,
    include_paths: Vec<String>,
}

impl Config {
    /// Reads the file and the presets it extends; none if one of them cannot be read.
    pub(super) fn read(tree: &Tree, file: &str) -> Option<Self> {
        let mut config = Config {
            enabled: true,
            ..Config::default()
        };
        let mut open = vec![file.to_owned()];
        config.add_file(tree, file, &mut open)?;
        Some(config)
    }

    /// Tells whether a manager is switched off by its own setting.
    pub(super) fn is_disabled(&self, manager: Manager) -> bool {
        self.disabled.contains(manager.name())
    }

    /// Tells whether files at `path` are looked at at all.
    pub(super) fn takes(&self, path: &str) -> bool {
        let listed = |paths: &[String]| {
            let hit =
                |pattern: &String| path.contains(pattern.as_str()) || any_of(&[pattern], path);
            paths.iter().any(hit)
        };
        (self.include_paths.is_empty() || listed(&self.include_paths))
            && !listed(&self.ignore_paths)
    }

    fn add_file(&mut self, tree: &Tree, file: &str, open: &mut Vec<String>) -> Option<()> {
        let text = tree.text(file)?;
        let value: Value = json5::from_str(&text).ok()?;
        self.add(tree, value.as_object()?, open)
    }

    fn add(
        &mut self,
        tree: &Tree,
        object: &Map<String, Value>,
        open: &mut Vec<String>,
    ) -> Option<()> {
        for preset in list(object, "extends") {
            self.extend(tree, preset, open)?;
        }
        if let Some(enabled) = object.get("enabled").and_then(Value::as_bool) {
            self.enabled = enabled;
        }
        if object.contains_key("enabledManagers") {
            self.enabled_managers = Some(owned(list(object, "enabledManagers")));
        }
        for (key, paths) in [
            ("ignorePaths", &mut self.ignore_paths),
            ("includePaths", &mut self.include_paths),
        ] {
            if object.contains_key(key) {
                *paths = owned(list(object, key));
            }
        }
        self.ignored_images
            .extend(owned(list(object, "ignoreDeps")));
        if let Some(rules) = object.get("packageRules").and_then(Value::as_array) {
            self.rules.extend(rules.iter().cloned());
        }
        for manager in Manager::ALL {
            if let Some(settings) = object.get(manager.name()).and_then(Value::as_object) {
                self.add_manager(manager, settings);
            }
        }
        Some(())
    }

    fn add_manager(&mut self, manager: Manager, settings: &Map<String, Value>) {
        let name = manager.name();
        match settings.get("enabled").and_then(Value::as_bool) {
            Some(true) => drop(self.disabled.remove(name)),
            Some(false) => drop(self.disabled.insert(name)),
            None => {}
        }
        let patterns = list(settings, "managerFilePatterns")
            .into_iter()
            .map(Pattern::of);
        let older = list(settings, "fileMatch");
        let older = older.into_iter().map(|body| Pattern::regex(body, false));
        let all = self.patterns.entry(name).or_default();
        all.extend(patterns.chain(older));
    }

    /// Folds in a preset: those of Renovate itself by what they are known to do, those of this repository by reading them.
    fn extend(&mut self, tree: &Tree, preset: &str, open: &mut Vec<String>) -> Option<()> {
        let name = preset.split('(').next().unwrap_or(preset);
        if let Some((_, path)) = name.split_once("//").filter(|_| name.contains('>')) {
            let path = path.split('#').next().unwrap_or(path);
            let found = ["", ".json", ".json5"]
                .iter()
                .map(|ending| format!("{path}{ending}"))
                .find(|path| tree.id(path).is_some())?;
            if open.contains(&found) {
                return Some(());
            }
            open.push(found.clone());
            return self.add_file(tree, &found, open);
        }
        match name {
            _ if name.contains('>') || !name.contains(':') => return None,
            ":disableRenovate" => self.enabled = false,
            "docker:disable" => self.disabled.extend(Manager::ALL.map(Manager::name)),
            ":onlyNpm" => self.enabled_managers = Some(vec!["npm".to_owned()]),
            ":ignoreModulesAndTests"
            | "config:recommended"
            | "config:base"
            | "config:best-practices"
            | "config:js-app"
            | "config:js-lib"
            | "config:semverAllMonthly"
            | "config:semverAllWeekly" => {
                self.ignore_paths = MODULES_AND_TESTS.map(String::from).to_vec()
            }
            _ => {}
        }
        Some(())
    }
}

/// Returns the texts of a value that is a text or a list of them.
pub(super) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn list<'v>(object: &'v Map<String, Value>, key: &str) -> Vec<&'v str> {
    object.get(key).map(texts).unwrap_or_default()
}

fn owned(texts: Vec<&str>) -> Vec<String> {
    texts.into_iter().map(String::from).collect()
}
