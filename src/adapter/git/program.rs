//! The user's own `git`, for what writes: their hooks run, their key signs, their credentials push.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::adapter::repo_files::reason;
use crate::adapter::runtime::block_on;
use crate::scaffold::plan::Change;

/// Why git did not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    /// The program cannot be started.
    #[error("git cannot be started: {0}")]
    Missing(String),
    /// It refused.
    #[error("git refuses to {what}")]
    Refused {
        /// What it was to do, such as `commit`.
        what: &'static str,
        /// What it, or a hook, said; without secrets.
        said: Vec<String>,
    },
    /// The remote has commits that are not here.
    #[error("the remote has commits that are not here")]
    Behind,
    /// The remote refused: a protected branch, a hook.
    #[error("the remote refused the push: {why}")]
    Declined {
        /// The reason, as the remote put it.
        why: String,
        /// What the remote said beside it.
        said: Vec<String>,
    },
    /// The time that `--timeout` gives has passed.
    #[error("git did not {0} in time")]
    TimedOut(&'static str),
}

impl GitError {
    /// Returns what git, a hook or the remote said.
    pub fn said(&self) -> &[String] {
        match self {
            GitError::Refused { said, .. } | GitError::Declined { said, .. } => said,
            _ => &[],
        }
    }
}

/// What the program said, and whether it did what it was asked.
struct Answer {
    is_done: bool,
    out: String,
    err: String,
}

/// The program, run in one folder of a work tree.
pub struct GitProgram<'p> {
    dir: &'p Path,
    timeout: Option<Duration>,
}

impl<'p> GitProgram<'p> {
    /// Runs the program in a folder. Nothing takes longer than `timeout`.
    pub fn new(dir: &'p Path, timeout: Option<Duration>) -> Self {
        GitProgram { dir, timeout }
    }

    /// Tells whether git knows who commits.
    ///
    /// # Errors
    /// It does not, or cannot be started.
    pub fn knows_author(&self) -> Result<(), GitError> {
        let words = ["var", "GIT_COMMITTER_IDENT"].map(OsStr::new);
        self.must("commit", &words).map(|_| ())
    }

    /// Commits these files and nothing else; what is staged stays staged. Returns the id of the commit.
    ///
    /// # Errors
    /// Git or a hook refuses; then the index is as it was.
    pub fn commit(&self, changes: &[Change], message: &str) -> Result<String, GitError> {
        let new: Vec<&str> = changes
            .iter()
            .filter(|c| c.before.is_none())
            .map(|c| c.path.as_str())
            .collect();
        let all: Vec<&str> = changes.iter().map(|c| c.path.as_str()).collect();
        if !new.is_empty() {
            self.must("commit", &with_paths(&["add"], &new))?;
        }
        let words = ["commit", "--quiet", "--only", "-m", message];
        let done = self.must("commit", &with_paths(&words, &all));
        if done.is_err() && !new.is_empty() {
            let words = ["rm", "--cached", "--quiet", "--force", "--ignore-unmatch"];
            // What went wrong first is what has to be said.
            let _ = self.must("commit", &with_paths(&words, &new));
        }
        done?;
        let head = self.must("commit", &["rev-parse", "HEAD"].map(OsStr::new))?;
        Ok(head.out.trim().to_owned())
    }

    /// Pushes the branch to where it is set up to go.
    ///
    /// # Errors
    /// The remote refuses, or cannot be reached.
    pub fn push(&self) -> Result<(), GitError> {
        let answer = self.run("push", &["push", "--porcelain"].map(OsStr::new))?;
        if answer.is_done {
            return Ok(());
        }
        Err(push_error(&answer))
    }

    fn must(&self, what: &'static str, words: &[&OsStr]) -> Result<Answer, GitError> {
        let answer = self.run(what, words)?;
        if answer.is_done {
            return Ok(answer);
        }
        let said = lines(&answer.err).chain(lines(&answer.out));
        Err(GitError::Refused {
            what,
            said: said.collect(),
        })
    }

    fn run(&self, what: &'static str, words: &[&OsStr]) -> Result<Answer, GitError> {
        let mut command = Command::new("git");
        command
            .arg("--literal-pathspecs")
            .args(words)
            .current_dir(self.dir)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if what == "push" {
            // The reasons of a refusal are read; hooks of a commit keep the language of the user.
            command.env("LC_ALL", "C");
        }
        let output = block_on(async {
            let output = command.output();
            match self.timeout {
                Some(limit) => tokio::time::timeout(limit, output).await.ok(),
                None => Some(output.await),
            }
        });
        let output = output.map_err(|e| GitError::Missing(reason(&e)))?;
        let output = output.ok_or(GitError::TimedOut(what))?;
        let output = output.map_err(|e| GitError::Missing(reason(&e)))?;
        Ok(Answer {
            is_done: output.status.success(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}

fn with_paths<'w>(words: &[&'w str], paths: &[&'w str]) -> Vec<&'w OsStr> {
    let all = words.iter().chain(&["--"]).chain(paths);
    all.map(|word| OsStr::new(*word)).collect()
}

/// Returns the lines of what git said that say something, without secrets.
fn lines(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(redacted)
}

/// Reads `!<tab>FROM:TO<tab>[rejected] (REASON)`, as `git push --porcelain` puts it.
fn push_error(answer: &Answer) -> GitError {
    let refused = answer.out.lines().find_map(|line| line.strip_prefix("!\t"));
    let said: Vec<String> = lines(&answer.err).collect();
    let Some(refused) = refused else {
        return GitError::Refused { what: "push", said };
    };
    let why = refused.rsplit_once('(').map_or(refused, |(_, why)| why);
    let why = redacted(why.trim_end().trim_end_matches(')'));
    if ["fetch first", "non-fast-forward", "stale info"].contains(&why.as_str()) {
        return GitError::Behind;
    }
    let remote = said.iter().filter_map(|line| line.strip_prefix("remote:"));
    let remote = remote.map(str::trim).filter(|line| !line.is_empty());
    let said = remote.map(str::to_owned).collect();
    GitError::Declined { why, said }
}

/// Takes the credentials out of the addresses in a text: `https://TOKEN@host`, `https://user:password@host`.
pub(in crate::adapter) fn redacted(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        let end = after.find(|c: char| c == '/' || c.is_whitespace() || c == '\'' || c == '"');
        let (authority, tail) = after.split_at(end.unwrap_or(after.len()));
        clean.push_str(before);
        clean.push_str("://");
        match authority.rsplit_once('@') {
            Some((user, host)) if before.ends_with("ssh") && !user.contains(':') => {
                clean.push_str(&format!("{user}@{host}"));
            }
            Some((_, host)) => clean.push_str(&format!("***@{host}")),
            None => clean.push_str(authority),
        }
        rest = tail;
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_in_addresses_are_not_shown() {
        for (text, shown) in [
            (
                "fatal: unable to access 'https://me:s3cret@git.example.com/x.git/': no",
                "fatal: unable to access 'https://***@git.example.com/x.git/': no",
            ),
            (
                "To https://ghp_abc@github.com/x and http://u:p@ss@h",
                "To https://***@github.com/x and http://***@h",
            ),
            ("ssh://git@github.com/x", "ssh://git@github.com/x"),
            ("ssh://git:p@github.com/x", "ssh://***@github.com/x"),
            ("nothing: here@all", "nothing: here@all"),
        ] {
            assert_eq!(redacted(text), shown);
        }
    }

    #[test]
    fn refusals_of_a_remote_are_told_apart() {
        let error = |out: &str, err: &str| {
            push_error(&Answer {
                is_done: false,
                out: out.to_owned(),
                err: err.to_owned(),
            })
        };
        let head = "To origin\n!\trefs/heads/main:refs/heads/main\t";
        assert_eq!(
            error(
                &format!("{head}[rejected] (fetch first)\nDone\n"),
                "error: failed\n"
            ),
            GitError::Behind
        );
        assert_eq!(
            error(
                &format!("{head}[remote rejected] (protected branch hook declined)\nDone\n"),
                "remote: \nremote: error: GH006: Protected branch update failed        \nerror: failed\n"
            ),
            GitError::Declined {
                why: "protected branch hook declined".to_owned(),
                said: vec!["error: GH006: Protected branch update failed".to_owned()],
            }
        );
        let gone = error("", "fatal: could not read from 'https://t@h/x'\n");
        assert_eq!(
            gone.said(),
            ["fatal: could not read from 'https://***@h/x'"]
        );
    }
}
