//! Checks of the repository as it is on this machine.

mod components;
mod content;
mod git;
mod sync;

#[cfg(test)]
mod tests;

use crate::preflight::check::{Area, Check, Verdict};
use crate::preflight::facts::Facts;

/// So many places are named; a list of all would hide what matters.
const NAMED: usize = 3;

pub(super) fn checks(facts: &Facts) -> Vec<Check> {
    let repository = match &facts.repository {
        Ok(repository) => repository,
        Err(why) => {
            let check = unknown(
                "repository/remote",
                "the repository on this machine",
                &why.message,
            );
            return vec![Check {
                help: why.help.clone(),
                ..check
            }];
        }
    };
    let plan = facts.plan.as_ref();
    let parts = [
        plan.map_or_else(Vec::new, |plan| git::checks(repository, plan)),
        plan.map_or_else(Vec::new, |plan| sync::checks(repository, plan)),
        components::checks(repository, facts),
        content::checks(repository, facts),
    ];
    parts.into_iter().flatten().collect()
}

fn check(verdict: Verdict, id: &'static str, title: &str, detail: impl Into<String>) -> Check {
    Check::new(Area::Repository, id, title, verdict, detail.into())
}

fn pass(id: &'static str, title: &str, detail: impl Into<String>) -> Check {
    check(Verdict::Pass, id, title, detail)
}

fn unknown(id: &'static str, title: &str, detail: impl Into<String>) -> Check {
    check(Verdict::Unknown, id, title, detail)
}

/// A check that found trouble always has a way out.
fn trouble(
    verdict: Verdict,
    (id, title): (&'static str, &str),
    detail: impl Into<String>,
    help: impl Into<String>,
) -> Check {
    check(verdict, id, title, detail).help(help)
}

/// Joins the first items, and counts the rest.
fn some(items: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = items.collect();
    let shown: Vec<&str> = all.iter().take(NAMED).map(String::as_str).collect();
    match all.len().checked_sub(NAMED).filter(|&left| left > 0) {
        Some(left) => format!("{}, and {left} more", shown.join(", ")),
        None => shown.join(", "),
    }
}

/// Returns a number with its noun.
fn count(number: usize, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        number => format!("{number} {many}"),
    }
}
