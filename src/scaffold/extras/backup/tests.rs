use super::super::fixture::{after, model, service, tree};
use super::*;
use crate::scaffold::spec::Claim;

const CLAIM: &str = "apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: git-data
  namespace: git
";

fn job(name: &str, node: &str, script: &str) -> String {
    let script: String = script
        .lines()
        .map(|line| format!("                  {line}\n"))
        .collect();
    format!(
        "apiVersion: batch/v1
kind: CronJob
metadata:
  name: {name}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          nodeSelector:
            {node}
          containers:
            - name: backup
              command:
                - sh
                - -c
                - |
{script}"
    )
}

fn planned(
    jobs: &[&str],
    placement: Option<Placement>,
    cronjob: Option<&str>,
) -> (String, Vec<String>) {
    let paths = ["apps/a.yaml", "apps/b.yaml"];
    let files = paths
        .into_iter()
        .zip(jobs.iter().copied())
        .chain([("apps/claim.yaml", CLAIM)]);
    let tree = tree(&files.collect::<Vec<_>>());
    let backups = Backups::find(&model(&tree), 0).expect("lists");
    let mut spec = service();
    spec.placement = placement;
    spec.claims = vec![Claim {
        name: "data".to_owned(),
        ..claim()
    }];
    let mut draft = Draft::new(&tree);
    let names = claim_names(&spec);
    let notes = backups
        .plan(&mut draft, &spec, &names, cronjob)
        .expect("a plan");
    (after(draft, "apps/a.yaml"), notes)
}

fn claim() -> Claim {
    Claim {
        name: String::new(),
        size: "1Gi".to_owned(),
        mount: "/data".to_owned(),
    }
}

fn on(node: &str) -> Option<Placement> {
    Some(Placement::Node(node.to_owned()))
}

#[test]
fn one_word_is_added_to_the_list_of_the_right_node() {
    let a = job(
        "a",
        "kubernetes.io/hostname: one",
        "set -e\nPVCS=\"git_git-data x_y\"  # all\nfor P in ${PVCS}; do echo \"$P\"; done\n",
    );
    let b = job(
        "b",
        "kubernetes.io/hostname: two",
        "PVCS=\"git_git-data\"\n",
    );
    let (text, notes) = planned(&[&a, &b], on("one"), None);
    assert_eq!(text, a.replace("x_y\"", "x_y paper_paper-less-data\""));
    assert!(notes.is_empty());
    let (text, _) = planned(&[&a, &b], None, Some("a"));
    assert!(text.contains("x_y paper_paper-less-data\""));
    let crlf = a.replace('\n', "\r\n");
    let (text, _) = planned(&[&crlf, &b], on("one"), None);
    assert_eq!(text, crlf.replace("x_y\"", "x_y paper_paper-less-data\""));
}

#[test]
fn nothing_is_guessed() {
    let a = job(
        "a",
        "kubernetes.io/hostname: one",
        "PVCS=\"git_git-data\"\n",
    );
    let b = job(
        "b",
        "kubernetes.io/hostname: two",
        "PVCS=\"git_git-data\"\n",
    );
    for placement in [
        None,
        on("three"),
        Some(Placement::Prefer("worker".to_owned())),
    ] {
        let (text, notes) = planned(&[&a, &b], placement.clone(), None);
        assert_eq!(text, "");
        assert!(
            notes
                .concat()
                .ends_with("a on one (apps/a.yaml:18), b on two (apps/b.yaml:18)"),
            "{notes:?}"
        );
        assert_eq!(planned(&[&a], placement, None).0, "");
    }
}

#[test]
fn lists_are_written_in_many_ways() {
    let cases = [
        (
            "export PVCS='git_git-data'\n",
            "data'",
            "data paper_paper-less-data'",
        ),
        (
            "PVCS=\"git_git-data \\\n  x_y\"\n",
            "x_y\"",
            "x_y \\\n                    paper_paper-less-data\"",
        ),
        (
            "PVCS=\"\n  git_git-data\n  x_y\n\"\n",
            "x_y\n",
            "x_y\n                    paper_paper-less-data\n",
        ),
        (
            "PVCS=(\n  git/git-data\n)\n",
            "data\n",
            "data\n                    paper/paper-less-data\n",
        ),
        (
            "LIST=(git:git-data)\n",
            "data)",
            "data paper:paper-less-data)",
        ),
    ];
    for (script, old, new) in cases {
        let a = job("a", "role: batch", script);
        let (text, _) = planned(&[&a], None, Some("a"));
        assert_eq!(text, a.replacen(old, new, 1), "{script}");
    }
}

#[test]
fn what_is_there_is_left_alone() {
    let a = job(
        "a",
        "role: batch",
        "PVCS=\"git_git-data paper_paper-less-data\"\n",
    );
    let (text, notes) = planned(&[&a], None, Some("a"));
    assert_eq!((text.as_str(), notes.len()), ("", 1));
}

#[test]
fn velero_gets_the_namespace() {
    let schedule = "apiVersion: velero.io/v1
kind: Schedule
metadata:
  name: daily
spec:
  template:
    includedNamespaces:
      - git # code
      - wiki
    ttl: 24h
";
    let (text, _) = planned(&[schedule], None, None);
    assert_eq!(text, schedule.replace("wiki\n", "wiki\n      - paper\n"));
    let values = "apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: velero
spec:
  values:
    schedules:
      weekly:
        template:
          includedNamespaces: ['git']
";
    let (text, _) = planned(&[values], None, Some("weekly"));
    assert_eq!(text, values.replace("['git']", "['git', 'paper']"));
    let tree = tree(&[("apps/a.yaml", &schedule.replace("git", "'*'"))]);
    assert_eq!(Backups::find(&model(&tree), 0), None, "all are in it");
}
