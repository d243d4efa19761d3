//! What the rules of the family `image` find after a change that they did not find before.

use std::collections::HashMap;

use crate::flux::Model;
use crate::lint::{Context, Finding, Selection, covers, rules, run};

/// Returns the findings about images that `after` has and `before` has not. Lines may move; a finding is known by its
/// rule, file and the beginning of its message: what is nearest to a fault may be something else afterwards.
pub(super) fn new_findings(before: &Model<'_>, after: &Model<'_>) -> Vec<Finding> {
    let mut known: HashMap<(String, String, String), usize> = HashMap::new();
    for finding in findings(before) {
        *known.entry(key(&finding)).or_default() += 1;
    }
    let mut new = findings(after);
    new.retain(|finding| match known.get_mut(&key(finding)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    });
    new
}

fn key(finding: &Finding) -> (String, String, String) {
    (
        finding.rule.to_owned(),
        finding.location.file.clone(),
        finding
            .message
            .split(": ")
            .next()
            .unwrap_or_default()
            .to_owned(),
    )
}

fn findings(model: &Model<'_>) -> Vec<Finding> {
    let ignored = |_: &str| None;
    let context = Context::new(model, &ignored);
    let offline =
        rules::all().filter(|r| covers("image", r.info.id) && !rules::needs_registry(r.info.id));
    run(&context, offline, &Selection::default()).findings
}
