//! Resolves what is to be bootstrapped, from flags, the remote and the repository.

use super::Bootstrap;
use crate::command::Global;
use crate::error::Error;
use crate::preflight::{Auth, Chosen, Forge, Plan, RepositoryFacts};

/// Puts the plan together.
///
/// # Errors
/// Nothing says which repository it is.
pub(super) fn resolve(
    _arguments: &Bootstrap,
    global: &Global,
    _repository: &RepositoryFacts,
) -> Result<Plan, Error> {
    let chosen = |value: &str| Chosen::new(value.to_owned(), "the default");
    Ok(Plan {
        forge: Chosen::new(Forge::GitHub, "the default"),
        host: chosen("github.com"),
        owner: chosen(""),
        repository: chosen(""),
        url: String::new(),
        branch: chosen("main"),
        path: chosen("./"),
        namespace: global.flux_namespace(),
        secret: global.flux_namespace(),
        auth: Chosen::new(Auth::DeployKey { read_write: false }, "the default"),
        components_extra: Vec::new(),
        components: None,
        personal: None,
        extra: Vec::new(),
    })
}
