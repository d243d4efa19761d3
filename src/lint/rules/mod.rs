//! The rules, a file each; the list below is what runs.

use super::engine::Rule;
use super::finding::RuleInfo;

mod image;
mod kustomize;
mod yaml;

/// Returns every rule, by family.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let families = [
        image::RULES,
        image::REGISTRY_RULES,
        kustomize::RULES,
        yaml::RULES,
    ];
    families.into_iter().flatten()
}

/// Tells whether a rule says nothing unless registries were asked.
pub fn needs_registry(id: &str) -> bool {
    image::REGISTRY_RULES.iter().any(|rule| rule.info.id == id)
}

/// Makes the description of a rule from its page: the paragraph below the title is the summary.
const fn page(id: &'static str, severity: super::Severity, page: &'static str) -> RuleInfo {
    let (_, rest) = page.split_at(paragraph_end(page) + 2);
    let (summary, _) = rest.split_at(paragraph_end(rest));
    RuleInfo {
        id,
        summary,
        severity,
        page,
    }
}

/// Returns the offset of the first blank line.
const fn paragraph_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at + 1 < bytes.len() && !(bytes[at] == b'\n' && bytes[at + 1] == b'\n') {
        at += 1;
    }
    at
}
