//! Runs the program as a session on a machine that knows nothing: no variables, no home, no settings of git.

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

/// Runs `homelab` with words separated by blanks in a folder, and returns what a person would see: status, stdout, stderr.
/// The folder's own path is shown as `[DIR]`.
pub fn run(dir: &Path, arguments: &str) -> String {
    run_words(dir, &arguments.split_whitespace().collect::<Vec<_>>())
}

/// Like [`run`], for arguments with blanks in them.
pub fn run_words(dir: &Path, arguments: &[&str]) -> String {
    let output = command(dir, &home()).args(arguments).output();
    let whole = dir.canonicalize().expect("a folder").display().to_string();
    session(output.expect("the program runs")).replace(&whole, "[DIR]")
}

/// Returns what a person saw of a run: status, stdout, stderr.
pub fn session(output: Output) -> String {
    let status = output
        .status
        .code()
        .map_or("signal".to_owned(), |c| c.to_string());
    let out = String::from_utf8(output.stdout).expect("UTF-8 on stdout");
    let err = String::from_utf8(output.stderr).expect("UTF-8 on stderr");
    let mut session = format!("status: {status}\n");
    for (name, text) in [("stdout", out), ("stderr", err)] {
        if !text.is_empty() {
            session.push_str(&format!("--- {name}\n{text}"));
        }
    }
    session
}

/// Runs a command of homelab that asks a cluster, with words separated by blanks, and returns what a person would see.
pub fn ask_cluster(
    name: &str,
    kubeconfig: &Path,
    arguments: &str,
    variables: &[(&str, &str)],
) -> String {
    let (dir, home) = (home(), home());
    let mut command = command(dir.path(), &home);
    command.arg(name).arg("--kubeconfig").arg(kubeconfig);
    command.args(arguments.split_whitespace());
    command.envs(variables.iter().copied());
    session(command.output().expect("the program runs"))
}

/// Runs `homelab` and returns its status and what it wrote to stdout.
pub fn answer(dir: &Path, arguments: &str) -> (Option<i32>, String) {
    let output = command(dir, &home())
        .args(arguments.split_whitespace())
        .output();
    let output = output.expect("the program runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8 on stdout");
    (output.status.code(), text)
}

/// Makes a command with nothing around it.
pub fn command(dir: &Path, home: &TempDir) -> Command {
    let mut command = Command::new(program());
    command
        .current_dir(dir)
        .env_clear()
        .env("HOME", home.path())
        .env("GIT_CONFIG_GLOBAL", home.path().join("gitconfig"))
        .env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

/// Makes an empty home.
pub fn home() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Returns the path of the program.
pub fn program() -> PathBuf {
    env!("CARGO_BIN_EXE_homelab").into()
}

/// Returns the folder of this project.
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// Returns the example repository.
pub fn example() -> PathBuf {
    project().join("examples/pi-cluster")
}
