//! Checks of the server of the repository: token, owner, repository, keys, branch.

mod branch;
mod keys;
mod owner;
mod repository;
mod token;
mod view;

use crate::preflight::check::Check;
use crate::preflight::facts::Facts;

use self::view::View;

pub(super) fn checks(facts: &Facts) -> Vec<Check> {
    let Some(view) = View::of(facts) else {
        return Vec::new();
    };
    let all = [
        token::checks(&view),
        owner::checks(&view),
        repository::checks(&view),
        keys::checks(&view),
        branch::checks(&view),
    ];
    all.into_iter().flatten().collect()
}
