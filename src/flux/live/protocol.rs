//! How a controller is asked to work on an object now (flux2 2.9 `cmd/flux/reconcile.go`, fluxcd/pkg `apis/meta`).

use serde_json::{Map, Value, json};

/// The annotation that asks; its value is a token that the controller repeats in the status.
pub const REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";
const FORCE_AT: &str = "reconcile.fluxcd.io/forceAt";
const RESET_AT: &str = "reconcile.fluxcd.io/resetAt";

/// A request with a token of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What the controller repeats; any text that was not there before.
    pub token: String,
    /// Install or upgrade once, though nothing changed (HelmRelease).
    pub force: bool,
    /// Set the counters of failures to zero (HelmRelease).
    pub reset: bool,
}

impl Asked {
    /// Returns the merge patch that asks. helm-controller 1.6 takes `forceAt` and `resetAt` only with the token of the request.
    pub fn patch(&self) -> Value {
        let extra = [(FORCE_AT, self.force), (RESET_AT, self.reset)];
        let extra = extra.into_iter().filter(|&(_, wanted)| wanted);
        let keys = std::iter::once(REQUESTED_AT).chain(extra.map(|(key, _)| key));
        let annotations: Map<String, Value> = keys
            .map(|key| (key.to_owned(), self.token.clone().into()))
            .collect();
        json!({"metadata": {"annotations": annotations}})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn force_and_reset_carry_the_token_of_the_request() {
        let mut asked = Asked {
            token: "t1".to_owned(),
            force: false,
            reset: false,
        };
        assert_eq!(
            asked.patch(),
            json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "t1"}}})
        );
        asked.force = true;
        asked.reset = true;
        assert_eq!(
            asked.patch(),
            json!({"metadata": {"annotations": {
                "reconcile.fluxcd.io/requestedAt": "t1",
                "reconcile.fluxcd.io/forceAt": "t1",
                "reconcile.fluxcd.io/resetAt": "t1",
            }}})
        );
    }
}
