//! `homelab explain` as a session; every rule has its page and its fixtures.

use insta::assert_snapshot;

use homelab::lint::rules;

use crate::support::repo::fixtures;
use crate::support::runner::{answer, example, project, run};

#[test]
fn a_page_can_be_read() {
    let (status, page) = answer(&example(), "explain image/marker-malformed");
    assert_eq!(status, Some(0));
    let head: Vec<_> = page.lines().take(12).collect();
    assert_snapshot!(head.join("\n"), @"
    image/marker-malformed (error)
      A comment is meant as an image policy marker, but Flux cannot read it.

      A comment is meant as an image policy marker, but Flux cannot read it.

      Severity: error

    What it finds

      A comment that holds `$imagepolicy` in any spelling and that Flux would skip,
      because
    ");
}

#[test]
fn all_rules_are_listed() {
    let (status, list) = answer(&example(), "explain");
    assert_eq!(status, Some(0));
    let listed: Vec<_> = list
        .lines()
        .filter_map(|l| l.split_whitespace().next())
        .collect();
    let ids: Vec<_> = rules::all().map(|rule| rule.info.id).collect();
    assert_eq!(listed, ids);
}

#[test]
fn a_family_lists_its_rules() {
    let (status, list) = answer(&example(), "explain image");
    assert_eq!(status, Some(0));
    assert!(list.lines().all(|line| line.starts_with("image/")) && list.lines().count() > 1);
}

#[test]
fn a_misspelt_rule_is_refused() {
    assert_snapshot!(run(&example(), "explain marker-malformd"), @"
    status: 2
    --- stderr
    error: no rule or family is called `marker-malformd`
    hint: did you mean `image/marker-malformed`?
    ");
    assert_snapshot!(run(&example(), "explain nothing-of-the-kind"), @"
    status: 2
    --- stderr
    error: no rule or family is called `nothing-of-the-kind`
    hint: `homelab explain` lists the rules
    ");
}

#[test]
fn every_rule_has_a_page_and_fixtures() {
    for rule in rules::all() {
        let id = rule.info.id;
        assert!(
            project().join(format!("docs/rules/{id}.md")).is_file(),
            "{id} has no page"
        );
        assert!(
            fixtures().join("lint").join(id).is_dir(),
            "{id} has no fixtures"
        );
    }
}

#[test]
fn no_rule_is_listed_twice() {
    let mut ids: Vec<_> = rules::all().map(|rule| rule.info.id).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

/// The other way round: no page without a rule.
#[test]
fn every_page_has_a_rule() {
    let ids: Vec<_> = rules::all()
        .map(|rule| format!("{}.md", rule.info.id))
        .collect();
    let folder = project().join("docs/rules");
    for page in crate::support::repo::files_below(&folder) {
        let name = page
            .strip_prefix(&folder)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        assert!(
            name == "README.md" || ids.contains(&name),
            "{name} has no rule"
        );
    }
}
