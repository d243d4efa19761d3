//! `homelab bootstrap` against a server on loopback, as a person would run it, without a cluster.

use assert_cmd::Command;
use rexpect::session::{PtySession, spawn_command};
use serde_json::Value;

use crate::support::repo::Repo;
use crate::support::runner::{command, home, program, session};

/// A repository with a cluster, whose remote is a server.
pub struct Desk {
    pub repo: Repo,
    home: tempfile::TempDir,
}

impl Desk {
    /// Makes one; `remote` is its address.
    pub fn new(remote: &str) -> Self {
        let repo = Repo::new();
        repo.write(
            "clusters/home/apps.yaml",
            b"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: apps\n",
        );
        repo.commit();
        let set = std::process::Command::new("git")
            .args(["remote", "add", "origin", remote])
            .current_dir(repo.path())
            .output();
        assert!(set.unwrap().status.success());
        Desk { repo, home: home() }
    }

    /// Makes the command, with the server's kind and more words.
    pub fn command(&self, words: &str) -> Command {
        let mut command = command(self.repo.path(), &self.home);
        let path = std::env::var("PATH").unwrap();
        command
            .env("PATH", path)
            .arg("bootstrap")
            .args(words.split_whitespace());
        command.args([
            "--path",
            "clusters/home",
            "--kubeconfig",
            "/nonexistent/config",
        ]);
        command
    }

    /// Runs it on a terminal, without a token.
    pub fn on_terminal(&self, words: &str) -> PtySession {
        let mut command = std::process::Command::new(program());
        command
            .arg("bootstrap")
            .args(words.split_whitespace())
            .args([
                "--path",
                "clusters/home",
                "--kubeconfig",
                "/nonexistent/config",
            ])
            .current_dir(self.repo.path())
            .env_clear()
            .env("HOME", self.home.path())
            .env("PATH", std::env::var("PATH").unwrap())
            .env("TERM", "dumb");
        spawn_command(command, Some(30_000)).unwrap()
    }

    /// Runs it for JSON and returns the checks about the server that are no pass, as lines, and whatever went to stderr.
    pub fn checks(&self, words: &str, variables: &[(&str, &str)]) -> String {
        let mut command = self.command(words);
        let output = command
            .args(["-o", "json"])
            .envs(variables.iter().copied())
            .output();
        let output = output.unwrap();
        let whole = session(output.clone());
        assert!(!whole.contains("s3cret"), "{whole}");
        let Ok(report) = serde_json::from_slice::<Value>(&output.stdout) else {
            return whole;
        };
        let mut text = String::new();
        for check in report["checks"].as_array().unwrap() {
            let field = |name: &str| check[name].as_str().unwrap_or_default().to_owned();
            let areas = [
                "token/",
                "owner/",
                "repository/exists/",
                "repository/push/",
                "key/list/",
                "branch/",
            ];
            let is_ours = areas
                .iter()
                .any(|area| format!("{}/", field("id")).starts_with(area));
            if is_ours && field("verdict") != "pass" {
                text.push_str(&format!(
                    "{} {}: {}\n",
                    field("verdict"),
                    field("id"),
                    field("detail")
                ));
                if !field("help").is_empty() {
                    text.push_str(&format!("    {}\n", field("help")));
                }
            }
        }
        text
    }
}
