//! What servers of repositories answer, read as facts: lenient with what they leave out, strict with what nobody said.

mod answer;
mod field;
mod git;
pub mod gitea;
pub mod github;
pub mod github_rules;
pub mod gitlab;
mod moment;
mod public_key;
mod token;

pub use answer::Answer;
pub use git::{Advertisement, advertisement, listed};
