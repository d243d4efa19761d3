//! Tokens for servers of repositories: where they are taken from. The value itself is shown to nobody.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::environment::variable;
use super::input;
use super::process::{ProcessError, Program};
use super::prompt::{Prompter, Unanswered};
use super::repo_files::reason;
use super::runtime::block_on;
use crate::error::Error;
use crate::preflight::{Forge, TokenKind};

/// How long `op` may take: it may ask for a fingerprint.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest value that is taken for a token, in bytes.
const LONGEST: usize = 10 << 10;
/// A value shorter than this is a word that stands in many a text, and no token.
const SHORTEST: usize = 8;

/// A token, and where it is from.
#[derive(Clone)]
pub struct Token {
    value: SecretString,
    origin: String,
    note: Option<String>,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// Where a token is to be taken from: `--token-from`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// `env:NAME`: a variable.
    Variable(String),
    /// `file:PATH`: a file.
    File(PathBuf),
    /// `op://VAULT/ITEM/FIELD`: 1Password, asked through its own program.
    OnePassword(String),
    /// `-`: stdin.
    Stdin,
    /// `prompt`: whoever is at the terminal.
    Prompt,
    /// What names no place, for this reason. The text is not kept: it may be a token that somebody put on the command line,
    /// and what reads command lines repeats what it refuses.
    Nowhere(String),
}

impl std::str::FromStr for TokenSource {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(parse(text).unwrap_or_else(|why| {
            TokenSource::Nowhere(format!(
                "{why}; it is one of env:NAME, file:PATH, op://VAULT/ITEM/FIELD, - and prompt"
            ))
        }))
    }
}

fn parse(text: &str) -> Result<TokenSource, &'static str> {
    match text.split_once(':') {
        _ if text == "-" => Ok(TokenSource::Stdin),
        _ if text == "prompt" => Ok(TokenSource::Prompt),
        Some(("env", "")) => Err("`env:` lacks the name of the variable"),
        Some(("env", name)) => Ok(TokenSource::Variable(name.to_owned())),
        Some(("file", "")) => Err("`file:` lacks the path of the file"),
        Some(("file", path)) => Ok(TokenSource::File(path.into())),
        Some(("op", rest)) if rest.starts_with("//") => {
            let parts = rest.split('/').filter(|part| !part.is_empty());
            match parts.count() {
                0..3 => Err("`op://` lacks the vault, the item or the field"),
                _ => Ok(TokenSource::OnePassword(text.to_owned())),
            }
        }
        _ => Err("it names no place, and a token itself does not belong on a command line"),
    }
}

/// Why there is no token. No variant holds one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// What was given names no place.
    #[error("--token-from: {0}")]
    Nowhere(String),
    /// The place is empty, or cannot be read.
    #[error("no token from {origin}: {why}")]
    Missing {
        /// The place.
        origin: String,
        /// The reason, a lower-case fragment.
        why: String,
    },
    /// The program of 1Password is not there.
    #[error("no token from {0}: `op` is not on the PATH")]
    NoProgram(String),
    /// What is there is no token.
    #[error("what {origin} holds is no token: {why}")]
    Refused {
        /// The place.
        origin: String,
        /// What is wrong, a lower-case fragment.
        why: &'static str,
    },
    /// Somebody at the terminal left.
    #[error("no token was given")]
    Left,
    /// Ctrl-C while it was asked for.
    #[error("interrupted")]
    Interrupted,
}

impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        let hint = match &error {
            TokenError::Left | TokenError::Interrupted => {
                return Error::interrupted(error.to_string());
            }
            TokenError::Nowhere(_) => return Error::usage(error.to_string()),
            TokenError::Refused { .. } => return Error::could_not_look(error.to_string()),
            TokenError::NoProgram(_) => {
                "install it: https://developer.1password.com/docs/cli/get-started/"
            }
            TokenError::Missing { origin, .. } if origin.starts_with("op://") => {
                "sign in with `op signin`, and see `op read` with the same reference"
            }
            _ => "--token-from takes env:NAME, file:PATH, op://VAULT/ITEM/FIELD, - or prompt",
        };
        Error::could_not_look(error.to_string()).hint(hint)
    }
}

impl Token {
    /// Takes a value for a token, without the line feed at its end.
    fn new(value: SecretString, origin: &str) -> Result<Self, TokenError> {
        let text = value.expose_secret();
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        let why = match text {
            "" => "it is empty",
            _ if text.len() > LONGEST => "it is longer than 10 kB",
            _ if text.contains(char::is_whitespace) => "there are blanks or line breaks in it",
            _ if text.contains(char::is_control) => "there are control characters in it",
            _ if !text.is_ascii() => "there are letters in it that no header may hold",
            _ => {
                return Ok(Token {
                    value: SecretString::from(text),
                    origin: origin.to_owned(),
                    note: None,
                });
            }
        };
        let origin = origin.to_owned();
        Err(TokenError::Refused { origin, why })
    }

    /// Returns where it is from: `GITHUB_TOKEN`, `op://...`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Tells its kind.
    pub fn kind(&self, forge: Forge) -> TokenKind {
        TokenKind::of(forge, self.value.expose_secret())
    }

    /// Returns what is unwise about how it is kept.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Returns the value, to be put into the environment of a child or into a request; never on a command line.
    pub fn value(&self) -> &SecretString {
        &self.value
    }

    /// Takes the token out of a text.
    pub fn redact(&self, text: &str) -> String {
        redacted(text, &self.value)
    }
}

/// Takes a secret out of a text, also as a part of basic authentication. Secrets of a few letters stay: they are words.
pub(super) fn redacted(text: &str, secret: &SecretString) -> String {
    let value = secret.expose_secret();
    if value.len() < SHORTEST {
        return text.to_owned();
    }
    let mut clean = text.replace(value, "***");
    // Three places where a value may begin within base64.
    for user in ["", "git:", "x-access-token:"] {
        let coded = STANDARD.encode(format!("{user}{value}"));
        clean = clean.replace(coded.trim_end_matches('='), "***");
    }
    clean
}

/// Finds the token: where `source` says, else in the variable that `flux bootstrap` reads for this kind of server, else from
/// whoever is at the terminal. None where there is none and nobody to ask.
///
/// # Errors
/// The place that was named has none, or what is there is no token.
pub fn resolve(
    source: Option<&TokenSource>,
    forge: Forge,
    terminal: Option<&Prompter>,
) -> Result<Option<Token>, TokenError> {
    if let Some(source) = source {
        return from_source(source, forge, terminal).map(Some);
    }
    for name in variables(forge) {
        if let Some(value) = variable(name) {
            return Token::new(value.into(), name).map(Some);
        }
    }
    let asked = terminal.map(|terminal| ask(terminal, forge));
    asked.transpose()
}

/// Returns the variables that are looked at: what `flux bootstrap` reads, then what other programs read.
pub fn variables(forge: Forge) -> Vec<&'static str> {
    let other = (forge == Forge::GitHub).then_some("GH_TOKEN");
    std::iter::once(forge.token_variable())
        .chain(other)
        .collect()
}

fn from_source(
    source: &TokenSource,
    forge: Forge,
    terminal: Option<&Prompter>,
) -> Result<Token, TokenError> {
    match source {
        TokenSource::Nowhere(why) => Err(TokenError::Nowhere(why.clone())),
        TokenSource::Variable(name) => {
            let value = variable(name).ok_or_else(|| missing(name, "it is not set"))?;
            Token::new(value.into(), name)
        }
        TokenSource::File(path) => {
            let token = from_file(path)?;
            Ok(Token {
                note: exposure(path),
                ..token
            })
        }
        TokenSource::Stdin => from_file(Path::new("-")),
        TokenSource::OnePassword(reference) => from_one_password(reference),
        TokenSource::Prompt => {
            let terminal = terminal.ok_or_else(|| missing("prompt", "there is no terminal"))?;
            ask(terminal, forge)
        }
    }
}

fn missing(origin: &str, why: impl Into<String>) -> TokenError {
    TokenError::Missing {
        origin: origin.to_owned(),
        why: why.into(),
    }
}

fn from_file(path: &Path) -> Result<Token, TokenError> {
    let origin = input::name(path);
    let text = input::read_up_to(path, LONGEST as u64 + 2);
    let text = text.map_err(|why| missing(&origin, why))?;
    Token::new(text.into(), &origin)
}

/// Says who else may read a file.
fn exposure(path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then(|| format!("others may read it (mode {mode:03o})"))
}

/// Runs `op read`. The reference is on its command line, the value only on its stdout.
fn from_one_password(reference: &str) -> Result<Token, TokenError> {
    let program = Program::new("op")
        .arguments(["read", "--no-newline", "--", reference])
        .limit(PATIENCE);
    let answer = block_on(program.answer()).map_err(|error| missing(reference, reason(&error)))?;
    let answer = answer.map_err(|error| match error {
        ProcessError::Missing(_) => TokenError::NoProgram(reference.to_owned()),
        other => missing(reference, other.to_string()),
    })?;
    match answer.ended.is_success() {
        true => Token::new(answer.out.into(), reference),
        false => Err(missing(reference, said(&answer.err))),
    }
}

/// Returns the first line of what `op` complains about, without its date: `[ERROR] 2026/01/02 03:04:05 isn't an item`.
fn said(stderr: &str) -> String {
    let line = stderr.lines().map(str::trim).find(|line| !line.is_empty());
    let line = line.unwrap_or("op refuses without a word");
    let line = line.strip_prefix("[ERROR] ").map_or(line, |line| {
        let mut parts = line.splitn(3, ' ');
        parts.nth(2).unwrap_or(line)
    });
    line.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn ask(terminal: &Prompter, forge: Forge) -> Result<Token, TokenError> {
    let question = match forge {
        Forge::GitHub => "GitHub personal access token (PAT)",
        Forge::GitLab => "GitLab personal access token (PAT)",
        Forge::Gitea => "Gitea personal access token (PAT)",
        Forge::Git => "password or token for the git server",
    };
    match terminal.secret(question) {
        Ok(value) => Token::new(value.into(), "the prompt"),
        Err(Unanswered::Left) => Err(TokenError::Left),
        Err(Unanswered::Interrupted) => Err(TokenError::Interrupted),
        Err(Unanswered::Refused(why)) => Err(missing("the prompt", why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(value: &str) -> Result<Token, TokenError> {
        Token::new(value.into(), "GITHUB_TOKEN")
    }

    #[test]
    fn sources_are_read_and_never_repeated() {
        let read = |text: &str| match text.parse::<TokenSource>() {
            Ok(source) => source,
            Err(never) => match never {},
        };
        assert_eq!(read("env:X"), TokenSource::Variable("X".to_owned()));
        assert_eq!(read("file:/a:b"), TokenSource::File("/a:b".into()));
        let op = "op://Private/GitHub token/credential";
        assert_eq!(read(op), TokenSource::OnePassword(op.to_owned()));
        assert_eq!(read("-"), TokenSource::Stdin);
        assert_eq!(read("prompt"), TokenSource::Prompt);
        for bad in [
            "",
            "env:",
            "file:",
            "op://",
            "op://vault/item",
            "op:x",
            "ghp_s3cr3t:x",
            "ghp_s3cr3t",
        ] {
            let source = read(bad);
            assert!(matches!(source, TokenSource::Nowhere(_)), "{bad}");
            assert!(!format!("{source:?}").contains("s3cr3t"));
        }
    }

    #[test]
    fn only_what_can_be_a_token_is_one() {
        assert_eq!(
            token("ghp_abcdefgh\n").unwrap().value.expose_secret(),
            "ghp_abcdefgh"
        );
        assert_eq!(
            token("ghp_abcdefgh\r\n").unwrap().value.expose_secret(),
            "ghp_abcdefgh"
        );
        for bad in [
            "",
            "\n",
            "a b",
            " a",
            "a\n\n",
            "a\u{7}b",
            "pässword",
            &"a".repeat(10_241),
        ] {
            let error = token(bad).unwrap_err();
            assert!(matches!(error, TokenError::Refused { .. }), "{error}");
            assert!(!error.to_string().contains("pässword"));
        }
    }

    #[test]
    fn a_token_shows_itself_nowhere() {
        let token = token("ghp_abcdefgh").unwrap();
        assert!(!format!("{token:?}").contains("abcdefgh"));
        let basic = STANDARD.encode("git:ghp_abcdefgh");
        let text = format!("Bearer ghp_abcdefgh, Basic {basic}, fine");
        assert_eq!(token.redact(&text), "Bearer ***, Basic ***, fine");
    }

    #[test]
    fn complaints_of_op_lose_their_date() {
        let line = "\n[ERROR] 2026/01/02 03:04:05 \"x\" isn't a vault in this account\nmore";
        assert_eq!(said(line), "\"x\" isn't a vault in this account");
        assert_eq!(said(""), "op refuses without a word");
        assert_eq!(said("[ERROR] short"), "short");
    }
}
