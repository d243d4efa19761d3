//! `homelab images check` as a session.

use insta::assert_snapshot;

use crate::support::runner::{answer, example, run};

#[test]
fn names_the_fault_and_the_line() {
    assert_snapshot!(run(&example(), "-C . images check --rule image/marker-malformed"), @r#"
    status: 1
    --- stdout
    error[image/marker-malformed]: Flux ignores this image policy marker: its key is `$imagePolicy`, not `$imagepolicy`
      --> apps/pihole/deployment.yaml:18:52
       |
    18 | ...ole:2026.10.1 # {"$imagePolicy": "flux-system:pihole"}
       |                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write exactly `# {"$imagepolicy": "namespace:name"}`, with `:tag`,
               `:name` or `:digest` behind the name

    1 error in 30 files, 28 objects
    "#);
}

#[test]
fn finds_the_planted_faults_of_the_example() {
    let (status, json) = answer(&example(), "-C . images check -o json");
    assert_eq!(status, Some(1));
    for rule in [
        "marker-unknown-policy",
        "marker-malformed",
        "marker-without-automation",
    ] {
        assert!(
            json.contains(&format!("\"rule\": \"image/{rule}\"")),
            "{rule}"
        );
    }
}

#[test]
fn other_families_are_not_its_business() {
    assert_snapshot!(run(&example(), "-C . images check --rule yaml/parse-error --rule x"), @"
    status: 2
    --- stderr
    error: `yaml/parse-error` is none of the rules that run here
    hint: `homelab lint` runs it
    ");
}

#[test]
fn a_skipped_rule_does_not_fail() {
    assert_snapshot!(run(&example(), "-C . images check --skip image"), @"
    status: 0
    --- stdout
    no findings in 30 files, 28 objects
    ");
}
