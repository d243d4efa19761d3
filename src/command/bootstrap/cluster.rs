//! Gathers the facts of the cluster.

use crate::adapter::cluster::ClusterOptions;
use crate::flux::ObjectRef;
use crate::preflight::{ClusterFacts, Fact, Unavailable};

/// Asks the cluster for all that the checks look at.
///
/// # Errors
/// There is no kubeconfig, or the server cannot be reached.
pub(super) async fn gather(
    _options: &ClusterOptions,
    _namespace: &str,
    _secret: &str,
    _needed: &[ObjectRef],
) -> Fact<ClusterFacts> {
    Err(Unavailable::not_asked("the cluster is not asked yet"))
}
