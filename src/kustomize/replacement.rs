//! stub
use super::accumulate::Target;
use super::problem::Outcome;
use super::session::Session;
use super::set::ResourceSet;
use crate::manifest::Node;
pub(crate) fn run(
    _s: &mut Session<'_>,
    _t: &Target<'_>,
    _set: &mut ResourceSet,
    _l: &[Node],
) -> Outcome<()> {
    Ok(())
}
