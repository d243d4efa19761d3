//! Gathers what the server of the repository says, with GET requests only.

use crate::adapter::forge::{self, ForgeOptions};
use crate::adapter::token::Token;
use crate::preflight::{ForgeFacts, Plan};

/// Asks the server for all that the checks look at; without a token, for what it shows to everybody.
pub(super) async fn gather(
    plan: &Plan,
    token: Option<&Token>,
    options: &ForgeOptions,
) -> ForgeFacts {
    forge::ask(plan, token, options).await
}
