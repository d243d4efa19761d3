//! Programs of the user, such as `flux` and `op`: asked for an answer, or run with every line passed on. Never through a
//! shell; secrets go to them in their environment only, and never come back in what they say.

mod stream;

use std::ffi::OsString;
use std::process::Stdio;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::process::Command;

use super::repo_files::reason;

pub use stream::Channel;

/// So many bytes of an answer are kept, and so many of one line; the rest is read and dropped.
const LONGEST: usize = 64 << 10;

/// What takes the place of a secret.
const HIDDEN: &str = "[hidden]";

/// A program to run.
pub struct Program {
    name: OsString,
    arguments: Vec<OsString>,
    variables: Vec<(&'static str, &'static str)>,
    secrets: Vec<(&'static str, SecretString)>,
    limit: Option<Duration>,
}

/// What a program said that has come to its end.
pub struct Answer {
    /// How it ended.
    pub ended: Ended,
    /// What it wrote to stdout, at most 64 KiB. May hold a secret that was asked for.
    pub out: String,
    /// What it wrote to stderr, at most 64 KiB, without the secrets that it was given.
    pub err: String,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this status; 0 is success.
    Status(i32),
    /// A signal ended it.
    Signal(i32),
}

/// Why a program did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProcessError {
    /// There is no such program.
    #[error("`{0}` is not on the PATH")]
    Missing(String),
    /// It is there, and cannot be started.
    #[error("`{name}` cannot be started: {why}")]
    NotStarted {
        /// The program.
        name: String,
        /// The reason of the system.
        why: String,
    },
    /// The time for it is over; it was ended.
    #[error("`{name}` did not end within {limit:?}")]
    TimedOut {
        /// The program.
        name: String,
        /// How long it had.
        limit: Duration,
    },
    /// Ctrl-C, or a polite request to end; it was ended.
    #[error("`{0}` was interrupted")]
    Interrupted(String),
}

impl Ended {
    /// Tells whether the program succeeded.
    pub fn is_success(self) -> bool {
        self == Ended::Status(0)
    }

    fn of(status: std::process::ExitStatus) -> Self {
        use std::os::unix::process::ExitStatusExt;
        match (status.code(), status.signal()) {
            (Some(code), _) => Ended::Status(code),
            (None, signal) => Ended::Signal(signal.unwrap_or_default()),
        }
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Ended::Status(code) => write!(f, "exit status {code}"),
            Ended::Signal(number) => write!(f, "signal {number}"),
        }
    }
}

impl Program {
    /// Names a program, to be found on the PATH, or by its path.
    pub fn new(name: impl Into<OsString>) -> Self {
        Program {
            name: name.into(),
            arguments: Vec::new(),
            variables: Vec::new(),
            secrets: Vec::new(),
            limit: None,
        }
    }

    /// Adds arguments; they are visible to everybody on the machine.
    #[must_use]
    pub fn arguments(mut self, more: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.arguments.extend(more.into_iter().map(Into::into));
        self
    }

    /// Adds a variable to its environment.
    #[must_use]
    pub fn variable(mut self, name: &'static str, value: &'static str) -> Self {
        self.variables.push((name, value));
        self
    }

    /// Adds a variable to its environment whose value is a secret.
    #[must_use]
    pub fn secret(mut self, variable: &'static str, value: SecretString) -> Self {
        self.secrets.push((variable, value));
        self
    }

    /// Gives it a time to end in.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Runs it without stdin and returns what it says, whatever its status.
    ///
    /// # Errors
    /// It cannot be started, or does not end in time.
    pub async fn answer(&self) -> Result<Answer, ProcessError> {
        let mut child = self.command().spawn().map_err(|e| self.not_started(&e))?;
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let take = &mut |channel: Channel, bytes: &[u8]| {
            let kept = match channel {
                Channel::Out => &mut out,
                Channel::Err => &mut err,
            };
            let room = LONGEST.saturating_sub(kept.len());
            kept.extend(bytes.iter().take(room));
        };
        let ended = match self.limit {
            None => stream::to_the_end(&mut child, take).await,
            Some(limit) => {
                let end = tokio::time::timeout(limit, stream::to_the_end(&mut child, take));
                end.await.map_err(|_| self.timed_out(limit))?
            }
        };
        let ended = ended.map_err(|e| self.not_started(&e))?;
        Ok(Answer {
            ended,
            out: String::from_utf8_lossy(&out).into_owned(),
            err: self.without_secrets(&String::from_utf8_lossy(&err)),
        })
    }

    /// Returns the command; what it starts is killed when nobody waits for it any more.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.name);
        command
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command.envs(self.variables.iter().copied());
        for (variable, value) in &self.secrets {
            command.env(variable, value.expose_secret());
        }
        command
    }

    fn name(&self) -> String {
        self.name.to_string_lossy().into_owned()
    }

    fn not_started(&self, error: &std::io::Error) -> ProcessError {
        match error.kind() {
            std::io::ErrorKind::NotFound => ProcessError::Missing(self.name()),
            _ => ProcessError::NotStarted {
                name: self.name(),
                why: reason(error),
            },
        }
    }

    fn timed_out(&self, limit: Duration) -> ProcessError {
        ProcessError::TimedOut {
            name: self.name(),
            limit,
        }
    }

    /// Returns a text with every secret that the program was given taken out.
    fn without_secrets(&self, text: &str) -> String {
        let secrets = self.secrets.iter().map(|(_, value)| value.expose_secret());
        let secrets = secrets.map(str::trim).filter(|secret| !secret.is_empty());
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN))
    }
}

#[cfg(test)]
mod tests {
    use super::super::runtime::block_on;
    use super::*;

    fn shell(script: &str) -> Program {
        Program::new("sh").arguments(["-c", script])
    }

    fn answer(program: Program) -> Result<Answer, ProcessError> {
        block_on(program.answer()).unwrap()
    }

    fn secret(text: &str) -> SecretString {
        SecretString::from(text.to_owned())
    }

    #[test]
    fn an_answer_has_both_channels_and_the_status() {
        let answer = self::answer(shell("echo out; echo err >&2; exit 3")).unwrap();
        assert_eq!(answer.ended, Ended::Status(3));
        assert!(!answer.ended.is_success());
        assert_eq!(
            (answer.out.as_str(), answer.err.as_str()),
            ("out\n", "err\n")
        );
        let killed = self::answer(shell("kill -9 $$")).unwrap();
        assert_eq!(killed.ended.to_string(), "signal 9");
    }

    #[test]
    fn what_cannot_be_started_says_so() {
        let missing = answer(Program::new("no-such-program-here"));
        let missing = missing.err().unwrap().to_string();
        assert_eq!(missing, "`no-such-program-here` is not on the PATH");
        let dir = tempfile::tempdir().unwrap();
        let refused = answer(Program::new(dir.path()));
        let refused = refused.err().unwrap();
        assert!(
            matches!(refused, ProcessError::NotStarted { .. }),
            "{refused}"
        );
    }

    #[test]
    fn one_that_takes_too_long_is_ended() {
        let slow = shell("sleep 600").limit(Duration::from_millis(50));
        let error = answer(slow).err().unwrap();
        assert_eq!(error.to_string(), "`sh` did not end within 50ms");
    }

    #[test]
    fn too_much_is_read_and_dropped() {
        let answer = answer(shell("head -c 1000000 /dev/zero"));
        assert_eq!(answer.unwrap().out.len(), LONGEST);
    }

    #[test]
    fn a_secret_goes_in_by_the_environment_and_does_not_come_back() {
        let program =
            shell("echo \"bad token $T\" >&2; test \"$T\" = s3cret").secret("T", secret("s3cret"));
        let answer = answer(program).unwrap();
        assert!(answer.ended.is_success());
        assert_eq!(answer.err, "bad token [hidden]\n");
    }

    #[test]
    fn a_grandchild_that_keeps_the_pipe_open_is_not_waited_for() {
        let answer = answer(shell("sleep 20 & echo done")).unwrap();
        assert_eq!(answer.out, "done\n");
    }

    #[test]
    fn lines_come_as_they_are_written() {
        let mut lines = Vec::new();
        let program = shell("printf 'one\\r\\ntwo'; printf 'token s3cret\\n' >&2; exit 1")
            .secret("T", secret("s3cret"));
        let ended =
            block_on(program.stream(&mut |channel, line| lines.push((channel, line.to_owned()))));
        assert_eq!(ended.unwrap().unwrap(), Ended::Status(1));
        lines.sort();
        let expected = [
            (Channel::Out, "one"),
            (Channel::Out, "two"),
            (Channel::Err, "token [hidden]"),
        ];
        assert_eq!(
            lines,
            expected.map(|(channel, line)| (channel, line.to_owned()))
        );
    }

    #[test]
    fn a_whole_group_is_ended_when_its_time_is_over() {
        let dir = tempfile::tempdir().unwrap();
        let pid = dir.path().join("pid");
        let script = format!("sleep 600 & echo $! > '{}'; wait", pid.display());
        let slow = shell(&script).limit(Duration::from_millis(300));
        let error = block_on(slow.stream(&mut |_, _| {})).unwrap().unwrap_err();
        assert!(matches!(error, ProcessError::TimedOut { .. }));
        let pid = std::fs::read_to_string(pid).unwrap();
        let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
        let is_gone = state.is_err() || state.is_ok_and(|state| state.contains(") Z "));
        assert!(is_gone, "the grandchild still runs");
    }
}
