//! A fact: known, or unavailable with the reason.

/// Something that was looked up: its value, or why there is none. Unknown is never taken for good.
pub type Fact<T> = Result<T, Unavailable>;

/// Why something is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// What kind of trouble it was.
    pub why: Why,
    /// One line for people, a lower-case fragment without secrets, such as `GET /repos/me/home/keys: 403 Resource not
    /// accessible by personal access token`.
    pub message: String,
    /// The way out, if there is a special one.
    pub help: Option<String>,
}

/// The kinds of trouble that checks tell apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nobody asked: something that it depends on is missing, or was refused.
    NotAsked,
    /// The credentials are wrong or have expired (401).
    Unauthorized,
    /// The credentials may not do this (403).
    Forbidden {
        /// What they lack, as the server says it (`x-accepted-github-permissions`, `x-accepted-oauth-scopes`), such as
        /// `administration=read`.
        needed: Option<String>,
        /// Where single sign-on has to be authorised (`x-github-sso`).
        sso: Option<String>,
    },
    /// It is not there, or not for these credentials to see (404).
    NotFound,
    /// Too many requests (403 or 429 of a rate limit).
    RateLimited {
        /// When to ask again, in seconds since 1970.
        until: Option<i64>,
    },
    /// The server answered with another failure (422, 5xx).
    Refused,
    /// The server, the program or the file could not be reached.
    Unreachable,
    /// Time was up.
    TimedOut,
    /// The answer is not what was expected.
    Malformed,
}

impl Unavailable {
    /// Makes one without a special way out.
    pub fn new(why: Why, message: impl Into<String>) -> Self {
        Unavailable {
            why,
            message: message.into(),
            help: None,
        }
    }

    /// Says what was not asked, and why.
    pub fn not_asked(message: impl Into<String>) -> Self {
        Unavailable::new(Why::NotAsked, message)
    }

    /// Adds the way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
