//! What most siblings are: what runs them, and who brings requests to them.

use crate::flux::kind;
use crate::scaffold::names::base;
use crate::scaffold::spec::{Ingress, Workload};

use super::learnt::Siblings;
use super::network::Network;
use super::sibling::Sibling;

impl Siblings<'_> {
    /// Returns what runs most siblings; one alone where that is to be mirrored.
    pub fn workload(&self) -> Option<Workload> {
        let votes: Vec<Workload> = self
            .siblings
            .iter()
            .filter_map(workload)
            .take(self.window)
            .collect();
        let count = |workload: &Workload| votes.iter().filter(|w| *w == workload).count();
        votes.iter().rev().max_by_key(|w| count(w)).copied()
    }
}

/// Returns what runs a sibling, if that is among what can be written.
fn workload(sibling: &Sibling<'_>) -> Option<Workload> {
    let releases: Vec<_> = sibling.of_kind("HelmRelease").collect();
    if releases
        .iter()
        .any(|r| r.at_path(&["spec", "values", "controllers"]).is_some())
    {
        return Some(Workload::AppTemplate);
    }
    let chart = |r: &&crate::manifest::Node| {
        // A copy of the chart may stand in a repository, too.
        let name = r.text_at(&["spec", "chart", "spec", "chart"]);
        name.is_some_and(|name| base(name) == "onechart")
    };
    if releases.iter().any(chart) {
        return Some(Workload::OneChart);
    }
    sibling.objects().find_map(|object| match kind(object) {
        "Deployment" => Some(Workload::Deployment),
        "StatefulSet" => Some(Workload::StatefulSet),
        "CronJob" => Some(Workload::CronJob),
        _ => None,
    })
}

impl Network {
    /// Returns who brings requests to most siblings.
    pub fn ingress(&self) -> Option<Ingress> {
        let class = self
            .class
            .as_ref()
            .map(|l| l.value.as_str())
            .unwrap_or_default();
        match self.kind.as_ref()?.value.as_str() {
            "HTTPRoute" => Some(Ingress::Gateway),
            "IngressRoute" => Some(Ingress::Traefik),
            _ if class.contains("traefik") => Some(Ingress::Traefik),
            _ if class.contains("tailscale") => Some(Ingress::Tailscale),
            _ => Some(Ingress::Nginx),
        }
    }
}
