//! Gathers what the server of the repository says, with GET requests only.

use crate::preflight::{ForgeFacts, Plan, Unavailable};

/// Asks the server for all that the checks look at.
pub(super) async fn gather(_plan: &Plan) -> ForgeFacts {
    let none = || Unavailable::not_asked("the server is not asked yet");
    ForgeFacts {
        token: Err(none()),
        owner: Err(none()),
        repository: Err(none()),
        keys: Err(none()),
        branch: Err(none()),
        blockers: Err(none()),
        push: Err(none()),
    }
}
