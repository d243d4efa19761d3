//! The integration tests: one binary, a file for each subject.
#![allow(unreachable_pub, reason = "a test binary exports nothing")]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests are an outside world of their own"
)]

mod act;
mod architecture;
mod ask;
mod bad_input;
mod bootstrap;
mod bootstrap_cluster;
mod bootstrap_forge;
mod bootstrap_gitea;
mod bootstrap_repository;
mod bootstrap_token;
mod build;
mod cli;
mod cluster;
mod cluster_support;
mod diagnose;
mod explain;
mod images_automate;
mod images_check;
mod images_list;
mod images_registry;
mod init;
mod lint;
mod new_service;
mod new_service_options;
mod new_service_refused;
mod reconcile;
mod registry;
mod registry_auth;
mod registry_real;
mod rules;
mod simulate;
mod status;
mod status_speed;
mod support;
mod suspend;
mod templates;

/// A file that is not declared here would never run.
#[test]
fn no_test_file_is_forgotten() {
    let declared = include_str!("main.rs");
    let folder = support::runner::project().join("tests/integration");
    for entry in std::fs::read_dir(folder).expect("the folder of the tests") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let is_rust = path.extension().is_some_and(|e| e == "rs");
        let is_declared = !is_rust || declared.contains(&format!("\nmod {name};\n"));
        assert!(
            name == "main" || is_declared,
            "{name} is not declared in main.rs"
        );
    }
}
