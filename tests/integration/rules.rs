//! Every rule against its cases: `bad-*` must give exactly what `expect.txt` says, `good-*` nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use homelab::adapter::{git, repo_files};
use homelab::flux::Model;
use homelab::lint::{self, Context, PolicyTest, Report, Rule, Selection, rules};
use homelab::settings;

use crate::support::repo::{Repo, fixtures};

/// Runs one rule over a repository.
fn run(rule: &Rule, root: &Path) -> Report {
    let snapshot = repo_files::read(Some(root), root).expect("a readable repository");
    let model = Model::of(&snapshot.tree, snapshot.remote.as_deref());
    let root = snapshot.root.clone();
    let ignored = move |path: &str| git::ignored_by(&root, path);
    let context = Context::new(&model, &ignored).with_policy_tests(policy_tests(&snapshot.root));
    let selection = Selection {
        only: vec![rule.info.id.to_owned()],
        ..Selection::default()
    };
    lint::run(&context, [rule], &selection)
}

/// Reads the tests of policies in the settings of a repository.
fn policy_tests(root: &Path) -> Vec<PolicyTest> {
    let text = fs::read_to_string(root.join(settings::FILE)).unwrap_or_default();
    let ids: Vec<&str> = rules::all().map(|rule| rule.info.id).collect();
    let settings = settings::read(&text, &ids).expect("settings");
    settings.policy_tests
}

fn line(finding: &lint::Finding) -> String {
    format!(
        "{} {}:{}",
        finding.severity.name(),
        finding.location.file,
        finding.location.line
    )
}

fn lines(report: &Report) -> BTreeSet<String> {
    report.findings.iter().map(line).collect()
}

/// Returns what is wrong with a case, if anything.
fn judge(rule: &Rule, case: &Path) -> Option<String> {
    let repo = Repo::new();
    repo.lay(&fixtures().join("lint/base"));
    repo.lay(case);
    repo.commit();
    let report = run(rule, repo.path());
    let text = fs::read_to_string(case.join("expect.txt")).unwrap_or_default();
    let expected: Vec<(&str, Option<&str>)> = text
        .lines()
        .filter(|l| !l.trim().is_empty())
        .map(|l| {
            l.split_once(": ")
                .map_or((l, None), |(at, end)| (at, Some(end)))
        })
        .collect();
    let got = lines(&report);
    let messages: Vec<&str> = report.findings.iter().map(|f| f.message.as_str()).collect();
    let places: BTreeSet<String> = expected.iter().map(|(at, _)| (*at).to_owned()).collect();
    let is_said = |(at, end): &(&str, Option<&str>)| {
        let mut found = report.findings.iter().filter(|f| line(f) == *at);
        end.is_none_or(|end| found.any(|f| f.message.ends_with(end)))
    };
    (got != places || !expected.iter().all(is_said)).then(|| {
        format!(
            "{}: expected {expected:?}, got {got:?} {messages:?}",
            case.display()
        )
    })
}

/// `HOMELAB_RULE=id` limits this to one rule or family.
#[test]
fn cases() {
    let wanted = std::env::var("HOMELAB_RULE").unwrap_or_default();
    let mut failures = Vec::new();
    for rule in rules::all().filter(|r| r.info.id.starts_with(&wanted)) {
        let folder = fixtures().join("lint").join(rule.info.id);
        let mut cases: Vec<_> = fs::read_dir(&folder)
            .map(|d| d.flatten().map(|e| e.path()).collect())
            .unwrap_or_default();
        cases.sort();
        let has = |prefix: &str| {
            cases.iter().any(|c| {
                c.file_name()
                    .is_some_and(|n| n.to_string_lossy().starts_with(prefix))
            })
        };
        assert!(
            has("bad-") && has("good-"),
            "{} has no fixtures",
            rule.info.id
        );
        failures.extend(cases.iter().filter_map(|case| judge(rule, case)));
    }
    assert!(
        failures.is_empty(),
        "{} cases fail:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// Returns the files of the fenced blocks below a heading: (path, text).
fn blocks(page: &str, heading: &str) -> Vec<(String, String)> {
    let section = page
        .split("\n## ")
        .find(|s| s.starts_with(heading))
        .unwrap_or_default();
    let mut found = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in section.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                let title = info
                    .split_whitespace()
                    .find_map(|w| w.strip_prefix("title="));
                open = Some((title.unwrap_or_default().to_owned(), String::new()));
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some((_, text)), None) => text.push_str(&format!("{line}\n")),
            (None, None) => {}
        }
    }
    found.retain(|(title, _)| !title.is_empty());
    found
}

#[test]
fn the_examples_of_the_pages_do_what_they_say() {
    let wanted = std::env::var("HOMELAB_RULE").unwrap_or_default();
    let mut failures = Vec::new();
    for rule in rules::all().filter(|r| r.info.id.starts_with(&wanted)) {
        for (heading, must_fire) in [("Bad", true), ("Good", false)] {
            let repo = Repo::new();
            repo.lay(&fixtures().join("lint/base"));
            for (path, text) in blocks(rule.info.page, heading) {
                repo.write(&path, text.as_bytes());
            }
            repo.commit();
            let got = lines(&run(rule, repo.path()));
            if got.is_empty() == must_fire {
                failures.push(format!("{} {heading}: {got:?}", rule.info.id));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_base_is_clean_of_every_rule() {
    let repo = Repo::new();
    repo.lay(&fixtures().join("lint/base"));
    repo.commit();
    for rule in rules::all() {
        assert_eq!(
            lines(&run(rule, repo.path())),
            BTreeSet::new(),
            "{}",
            rule.info.id
        );
    }
}

#[test]
fn every_rule_says_what_its_page_says() {
    for rule in rules::all() {
        let info = rule.info;
        assert!(
            info.page
                .starts_with(&format!("# {}\n\n{}\n", info.id, info.summary)),
            "{}",
            info.id
        );
        assert!(
            info.page
                .contains(&format!("\nSeverity: {}", info.severity.name())),
            "{}",
            info.id
        );
    }
}
